"""What to offer each customer: items not bought that those who bought the same other items have."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._baskets.choosing_offers import CHOSEN, choose_offers, reasons
from rfm._baskets.item_to_item import STEPS, inclinations
from rfm._baskets.lines import MOST_ITEMS, UNITS, buyers, check_lines, counted_items, has_money, revenue
from rfm._baskets.pairs import frequent, numbered, pair_counts
from rfm._frames.columns import new_column
from rfm._frames.execution import fetch, materialise
from rfm._frames.mapping import map_rows
from rfm._frames.native import to_native
from rfm._options import confidence_level, whole
from rfm._statistics.shares import wilson
from rfm.errors import DataError

__all__ = ["next_best_offers"]

Eager = nw.DataFrame[Any]
Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

MADE: Final = (
    *("customer_id", "rank", "expected_share", "share_of_all", "because", "customers_alike", "share_alike"),
    *("share_alike_low", "share_alike_high", "spend_per_buyer", "expected_spend"),
)


def next_best_offers(
    lines: Any, item: str = "category", n: int = 5, *, confidence: float = 0.95, least: int = 20
) -> Any:
    """The items that each customer has not bought and is most likely to, judged by what else the customer bought.

    Parameters
    ----------
    lines : dataframe
        Order lines: a row for each thing bought, with ``customer_id`` and a column of items. Lines without
        an item are left out, and returns: those with a negative ``amount``, where there is such a column.
    item : str
        The column that says what was bought: a category, brand or product.
    n : int
        How many offers each customer gets, at most.
    confidence : float
        Of the intervals.
    least : int
        Customers who bought an item; rarer items are neither offered nor a reason for an offer.

    Returns
    -------
    dataframe of the kind that came in
        Up to ``n`` rows per customer who bought any of the items, by customer, the best offer first:

        ``customer_id, rank``
            1 is the best offer.
        ``item``
            Named as in the column ``item``.
        ``expected_share``
            Of customers with the same other items, the share expected to have bought it too in a log as long as this.
            It ranks the offers; how many buy it *next* is less, and its ratio depends on the time.
        ``share_of_all``
            Of all customers.
        ``because``
            The item of the customer's that speaks most for the offer; missing where none does.
        ``customers_alike, share_alike, share_alike_low, share_alike_high``
            How many customers bought that item, and the share of them who bought the offered one, with its interval
            (Wilson); all customers, where none speaks for it.
        ``spend_per_buyer, expected_spend``
            Net spend on the item per customer who bought it, over the log, and ``expected_share`` times that; only
            where the lines have amounts.

    Raises
    ------
    DataError
        If a column is missing, or fewer than two or more than 2,000 items have enough buyers.

    Warns
    -----
    DataWarning
        If items differ only in case or spaces.

    See Also
    --------
    white_space : What a segment lacks that a better one buys.
    cross_shop : Which items go together.

    Notes
    -----
    Every item is regressed on all others by ridge regression (Steck 2019, "Embarrassingly shallow autoencoders for
    sparse data", with a constant); the penalty has the smallest generalised cross-validation error, in which a degree
    of freedom counts 1.4 times (Kim & Gu 2004). Only how many customers bought each pair of items is needed.

    On a year of groceries (``python -m benchmarks.affinity``), households bought 29.6% of five such offers in the next
    13 weeks; of the five most popular categories that they lacked, 27.4%, and of those most popular in their segment,
    27.5%: segments by recency, frequency and spend say how much a household buys, not what.

    Offers are what goes with the basket, not what a message sells: that takes a hold-out, `rfm.campaigns`.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> lines = pd.DataFrame({"customer_id": [*range(30), *range(24), *range(30, 60), *range(60)],
    ...                       "category": ["wine"] * 30 + ["cheese"] * 24 + ["beer"] * 30 + ["bread"] * 60})
    >>> offers = rfm.next_best_offers(lines, n=1)
    >>> offers[offers["customer_id"].isin([5, 28])].drop(columns=["rank", "share_of_all"]).round(2).T
                        5       28
    customer_id          5      28
    category          beer  cheese
    expected_share    0.01    0.81
    because            NaN    wine
    customers_alike     60      30
    share_alike        0.5     0.8
    share_alike_low   0.38    0.63
    share_alike_high  0.62     0.9
    """
    rows = check_lines(lines, item, taken=MADE)
    many, level = whole("n", n, "n=5", least=1, most=MOST_ITEMS), confidence_level(confidence)
    rare = whole("least", least, "least=20", least=2)
    bought = materialise(buyers(rows, item))
    kept = frequent(counted_items(bought), rare)
    if len(kept) < 2:
        raise DataError(
            f"Fewer than two items were bought by {rare} customers or more. Hint: least=5, or broader items."
        )
    names = kept.index.tolist()
    owned = numbered(bought, names)
    counts = pair_counts(owned, len(names))
    customers = int(fetch(bought.select("customer_id").unique().select(nw.len().alias("n"))).item())
    found = inclinations(counts, customers)
    chosen = choose_offers(owned, found, many)
    spent = _spend_per_buyer(rows, item, kept) if has_money(rows) else None
    evidence = _Evidence(item, names, counts, customers, level, spent)
    return to_native(map_rows(chosen, evidence.told))


def _spend_per_buyer(rows: Any, item: str, kept: pd.Series[Any]) -> Floats:
    """Net spend on each kept item per buyer."""
    spent = fetch(revenue(rows, item).group_by("item").agg(nw.col("units").sum())).to_dict(as_series=False)
    units = pd.Series(spent["units"], index=pd.Index(spent["item"], dtype=object)).reindex(kept.index)
    return (units.astype(float) / UNITS / kept).to_numpy()


@dataclass(frozen=True)
class _Evidence:
    """What is known of the items, for the offers to be told with."""

    item: str
    names: list[str]
    counts: Ints
    customers: int
    level: float
    spent: Floats | None

    def told(self, piece: Eager) -> Eager:
        """Offers by numbers as rows of the answer; in pieces, where an engine holds them."""
        rank, other, score, plea = (piece.get_column(name).to_numpy().astype(np.int64) for name in CHOSEN)
        names = np.array([*self.names, None], dtype=object)
        buyers_of = np.append(np.diag(self.counts), self.customers).astype(float)
        both = np.vstack([self.counts, np.diag(self.counts)]).astype(float)
        reason = reasons(plea, len(self.names))
        low, high = wilson(both[reason, other], buyers_of[reason], self.level)
        expected = np.clip(score / STEPS, 0.0, 1.0)
        found: dict[str, npt.NDArray[Any]] = {
            "rank": rank,
            self.item: names[other],
            "expected_share": expected,
            "share_of_all": buyers_of[other] / self.customers,
            "because": names[reason],
            "customers_alike": buyers_of[reason].astype(np.int64),
            "share_alike": both[reason, other] / buyers_of[reason],
            "share_alike_low": low,
            "share_alike_high": high,
        }
        if self.spent is not None:
            found |= {"spend_per_buyer": self.spent[other], "expected_spend": expected * self.spent[other]}
        ids = piece.select("customer_id")
        told = ids.with_columns([new_column(ids, name, values) for name, values in found.items()])
        texts = [name for name, values in found.items() if values.dtype == object]
        return told.with_columns(
            nw.when(~nw.col(name).is_null()).then(nw.col(name).cast(nw.String)).alias(name) for name in texts
        )
