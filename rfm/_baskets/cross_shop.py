"""Which items go together: pairs that the same customers buy."""

from __future__ import annotations

from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._baskets.lines import buyers, check_lines, counted_items
from rfm._baskets.pairs import frequent, numbered, pair_counts
from rfm._baskets.statistics import exact_p_values
from rfm._frames.execution import fetch, materialise
from rfm._frames.small_tables import empty_like, table_like
from rfm._options import whole
from rfm._statistics.many_tests import false_discovery
from rfm.errors import DataError

__all__ = ["cross_shop"]

NO_PAIRS: Final = np.zeros((0, 0), dtype=np.int64)


def cross_shop(lines: Any, item: str = "category", *, least: int = 5) -> Any:
    """Pairs of items that the same customers buy, more often than by chance.

    Parameters
    ----------
    lines : dataframe
        Order lines: a row for each thing bought, with ``customer_id`` and a column of items. Lines without
        an item are left out, and returns: those with a negative ``amount``, where there is such a column.
    item : str
        The column that says what was bought.
    least : int
        Customers who bought both items; rarer pairs are left out.

    Returns
    -------
    dataframe of the kind that came in
        One row per pair, the largest lift first:

        ``item, other``
            Each pair twice, either item first.
        ``buyers, other_buyers, both``
            Customers who bought the one, the other, both.
        ``share_also``
            ``both / buyers``: of those who bought the item, the share that bought the other (confidence).
        ``lift``
            ``share_also`` over the other's share of all customers in ``lines``: 1 where the two are independent.
        ``jaccard``
            ``both`` over those who bought one of them.
        ``p_value, false_discovery``
            Of the exact test of independence (hypergeometric, two-sided), and corrected for the number of all pairs
            of items with enough buyers (Benjamini & Hochberg 1995), since those that are left out as too rare were
            looked at as well.

    Raises
    ------
    DataError
        If a column is missing, there are more than 2,000 items with enough buyers, or no pair has enough.

    Warns
    -----
    DataWarning
        If items differ only in case or spaces.

    See Also
    --------
    affinity : Items by segment.
    next_best_offers : What each customer lacks.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> lines = pd.DataFrame({"customer_id": [*range(10), *range(8), *range(20)],
    ...                       "category": ["wine"] * 10 + ["cheese"] * 8 + ["bread"] * 20})
    >>> rfm.cross_shop(lines)[["item", "other", "both", "share_also", "lift"]].head(2)
         item   other  both  share_also  lift
    0  cheese    wine     8         1.0   2.0
    1    wine  cheese     8         0.8   2.0
    """
    rows = check_lines(lines, item)
    rare = whole("least", least, "least=5", least=1)
    bought = materialise(buyers(rows, item))
    customers = int(fetch(bought.select("customer_id").unique().select(nw.len().alias("n"))).item())
    kept = frequent(counted_items(bought), rare)
    both = pair_counts(numbered(bought, kept.index.tolist()), len(kept)) if len(kept) else NO_PAIRS
    table = _measured(both, kept, customers, rare)
    if not len(table):
        raise DataError(
            f"No two items were bought by {rare} of the same customers. Hint: least=1, or broader items."
        )
    table = table.sort_values(["lift", "item", "other"], ascending=[False, True, True])
    return table_like(empty_like(rows), {str(name): values.to_numpy() for name, values in table.items()})


def _measured(
    counts: npt.NDArray[np.int64], items: pd.Series[Any], customers: int, least: int
) -> pd.DataFrame:
    """The pairs that enough customers bought, in both orders."""
    first, second = np.nonzero(np.triu(counts >= least, 1))
    sizes, names = items.to_numpy(dtype=float), items.index.to_numpy(dtype=object)
    p = exact_p_values(counts[first, second].astype(float), sizes[first], sizes[second], float(customers))
    chance = {"p_value": p, "false_discovery": false_discovery(p, len(items) * (len(items) - 1) // 2)}
    one, other = np.append(first, second), np.append(second, first)
    both, a, b = counts[one, other], sizes[one], sizes[other]
    return pd.DataFrame({
        "item": names[one], "other": names[other], "buyers": a.astype(np.int64),
        "other_buyers": b.astype(np.int64), "both": both, "share_also": both / a,
        "lift": both / a / (b / customers), "jaccard": both / (a + b - both),
        **{name: np.tile(values, 2) for name, values in chance.items()},
    })  # fmt: skip
