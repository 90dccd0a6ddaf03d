"""Which items go together: pairs that the same customers buy."""

from __future__ import annotations

from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from scipy import stats

from rfm._baskets.lines import buyers, check_lines
from rfm._frames.execution import fetch, materialise
from rfm._frames.joins import join_in_order
from rfm._frames.native import Frame
from rfm._frames.small_tables import empty_like, table_like
from rfm._options import whole
from rfm.errors import DataError

__all__ = ["MOST_ITEMS", "cross_shop"]

MOST_ITEMS = 2_000


def cross_shop(lines: Any, item: str = "category", *, least: int = 5) -> Any:
    """Pairs of items that the same customers buy, more often than by chance.

    Parameters
    ----------
    lines : dataframe
        Order lines: a row for each thing bought, with ``customer_id`` and a column of items.
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
            ``share_also`` over the other's share of all customers: 1 where the two are independent.
        ``jaccard``
            ``both`` over those who bought one of them.
        ``p_value, false_discovery``
            Of the exact test of independence (hypergeometric, two-sided), and corrected for the number of pairs.

    Raises
    ------
    DataError
        If a column is missing, there are more than 2,000 items with enough buyers, or no pair has enough.

    See Also
    --------
    affinity : Items by segment.

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
    customers = int(fetch(bought.select(nw.col("customer_id").n_unique().alias("n"))).item())
    counts = pd.DataFrame(
        fetch(bought.group_by("item").agg(buyers=nw.len())).to_dict(as_series=False)
    ).set_index("item")["buyers"]
    kept = counts[counts >= rare]
    if len(kept) > MOST_ITEMS:
        raise DataError(
            f"{len(kept):,} items have {rare} buyers or more, which makes too many pairs. "
            f"Hint: a larger least=, or broader items; at most {MOST_ITEMS:,}."
        )
    pairs = _pairs(bought, rare)
    if not len(pairs):
        raise DataError(
            f"No two items were bought by {rare} of the same customers. Hint: least=1, or broader items."
        )
    table = _measured(pairs, kept, customers).sort_values(
        ["lift", "item", "other"], ascending=[False, True, True]
    )
    return table_like(empty_like(rows), {str(name): values.to_numpy() for name, values in table.items()})


def _pairs(bought: Any, least: int) -> pd.DataFrame:
    """How many customers bought both of two items, each pair in both orders."""
    other: Frame = bought.select("customer_id", other=nw.col("item"))
    both: Any = join_in_order(bought, other, how="inner").filter(nw.col("item") != nw.col("other"))
    counted = both.group_by("item", "other").agg(both=nw.len()).filter(nw.col("both") >= least)
    return pd.DataFrame(fetch(counted).to_dict(as_series=False))


def _measured(pairs: pd.DataFrame, counts: pd.Series[Any], customers: int) -> pd.DataFrame:
    both = pairs["both"].to_numpy(dtype=float)
    a, b = (counts[pairs[name]].to_numpy(dtype=float) for name in ("item", "other"))
    law = stats.hypergeom(customers, a, b)
    p = np.minimum(1.0, 2 * np.minimum(law.cdf(both), law.sf(both - 1)))
    return pd.DataFrame({
        "item": pairs["item"], "other": pairs["other"], "buyers": a.astype(np.int64),
        "other_buyers": b.astype(np.int64), "both": both.astype(np.int64), "share_also": both / a,
        "lift": both / a / (b / customers),
        "jaccard": both / (a + b - both), "p_value": p, "false_discovery": stats.false_discovery_control(p),
    })  # fmt: skip
