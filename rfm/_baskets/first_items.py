"""What a first purchase leads to: what customers spend later, by the items that they bought first."""

from __future__ import annotations

from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from rfm._baskets.lines import bought_lines, check_lines, warn_of_variants
from rfm._customers.netting import netted_days, purchase_days
from rfm._first_seen import warn_of_old_customers
from rfm._frames.dates import with_day_numbers
from rfm._frames.execution import fetch, materialise
from rfm._frames.joins import join_in_order
from rfm._frames.native import INTERNAL
from rfm._frames.small_tables import empty_like, table_like
from rfm._options import confidence_level, received, whole
from rfm._orders.transactions import Transactions, as_transactions
from rfm._statistics.many_tests import false_discovery
from rfm.errors import DataError

__all__ = ["first_items"]

MEASURES: Final = (
    *("customers", "bought_again", "later_spend", "later_spend_low", "later_spend_high", "first_spend"),
    *("p_value", "false_discovery"),
)
DAY: Final = f"{INTERNAL}day"


def first_items(
    lines: Any, item: str = "category", horizon: str = "365D", *, confidence: float = 0.95, least: int = 30
) -> Any:
    """What customers spend later, by what they bought on the day of their first purchase.

    It says what goes with a good start, not what makes one: customers who begin with a jacket differ from those who
    begin with socks before they buy anything, and a large first basket, which foretells more, holds many items.

    Parameters
    ----------
    lines : dataframe
        Order lines with ``customer_id``, ``date``, ``amount`` and a column of items. Amounts below 0 are returns: they
        lower what is spent, and nobody begins with them.
    item : str
        The column that says what was bought.
    horizon : str
        How long after the first purchase, in days or weeks: "365D", "52W". Only customers whom the log has seen for
        so long count.
    confidence : float
        Of the intervals.
    least : int
        Customers who began with an item; rarer items are left out.

    Returns
    -------
    dataframe of the kind that came in
        One row per item, the largest later spend first, and "all" last:

        ``item``
            Named as in the column ``item``. A customer who began with several items counts for each of them.
        ``customers``
            Who began with it.
        ``bought_again``
            Share who bought again within the horizon.
        ``later_spend, later_spend_low, later_spend_high``
            Mean net spend per customer after the day of the first purchase, within the horizon, with its interval
            (Student's t).
        ``first_spend``
            Mean net spend on that day.
        ``p_value, false_discovery``
            Of Welch's test that those who began without the item spend as much later, and corrected for the number of
            items.

    Raises
    ------
    DataError
        If a column is missing, the log is shorter than the horizon, or no item has enough customers.

    Warns
    -----
    DataWarning
        If the days of first purchases show that the log begins in the middle of its customers' histories, so that what
        they bought first is not in it, or items differ only in case or spaces.

    See Also
    --------
    affinity : Items by segment.
    cohorts : Customers by their first period.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> log = rfm.datasets.cdnow_sample()
    >>> lines = log.assign(size=log["quantity"].clip(upper=3).map({1: "one CD", 2: "two", 3: "three or more"}))
    >>> rfm.first_items(lines, "size", "270D")[["size", "customers", "later_spend"]].round(1)
                size  customers  later_spend
    0  three or more        598         93.8
    1            two        569         34.1
    2         one CD       1204         33.4
    3            all       2357         46.1
    """
    rows = check_lines(lines, item, taken=MEASURES)
    days = _horizon(horizon)
    level, rare = confidence_level(confidence), whole("least", least, "least=30", least=2)
    tx = as_transactions(lines)
    last = tx.last_day - days
    if last < tx.first_day:
        raise DataError(
            f"The log is {tx.last_day - tx.first_day + 1:,} days long, and nobody was seen for {horizon}. "
            "Hint: a shorter horizon."
        )
    customers = materialise(_customers(tx, last, days))
    starts = with_day_numbers(bought_lines(rows, item, "date"), "date", DAY)
    own = starts.select("customer_id", "item", first=nw.col(DAY)).unique()
    begun = join_in_order(own, customers, on=["customer_id", "first"], how="inner")
    scale = 10.0**tx.decimals
    _warn_of_beginning(tx)
    by_item = _sums(begun, ("item",), scale)
    warn_of_variants(by_item["item"].tolist())
    table = _table(by_item, _sums(customers, (), scale), rare, level)
    columns = {item if name == "item" else str(name): values.to_numpy() for name, values in table.items()}
    return table_like(empty_like(rows), columns)


def _warn_of_beginning(tx: Transactions) -> None:
    """Warn where what is first in the log is not the customers' first."""
    rows = purchase_days(tx, tx.last_day).group_by("customer_id").agg(first=nw.col("day").min())
    found = fetch(rows.group_by("first").agg(customers=nw.len()))
    first, customers = (found.get_column(name).to_numpy().astype(np.int64) for name in ("first", "customers"))
    if len(first):
        start = int(first.min())
        warn_of_old_customers(first - start, customers, tx.last_day - start, "a first item means one")


def _horizon(horizon: Any) -> int:
    """Days."""
    text = str(horizon).upper() if isinstance(horizon, str) else ""
    if text[-1:] in ("D", "W") and text[:-1].isdecimal() and 0 < int(text[:-1]) < 10**5:
        return int(text[:-1]) * (7 if text[-1] == "W" else 1)
    raise DataError(f'horizon must be days or weeks; got {received(horizon)}. Hint: horizon="365D".')


def _customers(tx: Any, last: int, days: int) -> Any:
    """Customers whose first purchase lies so far back, with what they did on that day and later."""
    every = netted_days(tx, tx.last_day)
    bought = nw.col("net") >= 0
    first = every.filter(bought).group_by("customer_id").agg(first=nw.col("day").min())
    first = first.filter(nw.col("first") <= last)
    joined = join_in_order(every, first, how="inner")
    since, zero = nw.col("day") - nw.col("first"), nw.lit(0).cast(nw.Int64)
    within = (since > 0) & (since <= days)
    return (
        joined.with_columns(
            again=nw.when(within & bought).then(1).otherwise(0),
            later=nw.when(within).then("net").otherwise(zero),
            start=nw.when(since == 0).then("net").otherwise(zero),
        )
        .group_by("customer_id", "first")
        .agg(nw.col("again").max(), nw.col("later").sum(), nw.col("start").sum())
    )


def _sums(frame: Any, keys: tuple[str, ...], scale: float) -> pd.DataFrame:
    """Numbers, sums and sums of squares by group: all that leaves an engine."""
    later = nw.col("later").cast(nw.Float64) / scale
    own = frame.select(
        *keys, "again", later=later, squares=later * later, start=nw.col("start").cast(nw.Float64) / scale
    )
    if not keys:
        own = own.with_columns(item=nw.lit("all"))
    grouped = own.group_by("item").agg(
        nw.len().alias("n"), nw.col("again", "later", "squares", "start").sum()
    )
    return pd.DataFrame(fetch(grouped).to_dict(as_series=False)).astype(
        dict.fromkeys(("n", "again", "later", "squares", "start"), float)
    )


def _table(items: pd.DataFrame, everybody: pd.DataFrame, least: int, level: float) -> pd.DataFrame:
    items = items[items["n"] >= least]
    if not len(items):
        raise DataError(f"No item began {least} customers or more. Hint: least=2, or broader items.")
    measured = pd.concat([_measured(items, level), _measured(everybody, level)])
    whole_log = everybody.iloc[0]
    rest = items.assign(**{name: whole_log[name] - items[name] for name in ("n", "later", "squares")})
    p = _welch(items, rest)
    measured["p_value"] = np.append(p, np.nan)
    measured["false_discovery"] = np.append(false_discovery(p), np.nan)
    order = np.lexsort([measured["item"], -measured["later_spend"], np.arange(len(measured)) == len(items)])
    return measured.iloc[order]


def _measured(sums: pd.DataFrame, level: float) -> pd.DataFrame:
    n = sums["n"]
    mean = sums["later"] / n
    reach = stats.t.ppf((1 + level) / 2, n - 1) * np.sqrt(_variance(sums) / n)
    return pd.DataFrame({
        "item": sums["item"], "customers": n.astype(np.int64), "bought_again": sums["again"] / n,
        "later_spend": mean, "later_spend_low": mean - reach, "later_spend_high": mean + reach,
        "first_spend": sums["start"] / n,
    })  # fmt: skip


def _variance(sums: pd.DataFrame) -> pd.Series[Any]:
    return (sums["squares"] - sums["later"] ** 2 / sums["n"]).clip(lower=0) / (sums["n"] - 1)


def _welch(one: pd.DataFrame, other: pd.DataFrame) -> npt.NDArray[np.float64]:
    """p-values of equal means; not a number where fewer than two are in a group."""
    with np.errstate(divide="ignore", invalid="ignore"):
        a, b = _variance(one) / one["n"], _variance(other) / other["n"]
        freedom = (a + b) ** 2 / (a**2 / (one["n"] - 1) + b**2 / (other["n"] - 1))
        t = (one["later"] / one["n"] - other["later"] / other["n"]) / np.sqrt(a + b)
        p: npt.NDArray[np.float64] = np.asarray(2 * stats.t.sf(np.abs(t), freedom), dtype=float)
    p[(other["n"] < 2).to_numpy()] = np.nan
    return p
