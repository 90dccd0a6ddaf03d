"""What an analyst prints first: how large a log is, how often its customers buy, and when."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final, Generic

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._customers.netting import customer_facts, gap_counts, netted_once, purchase_days
from rfm._frames.execution import fetch
from rfm._frames.small_tables import table_like
from rfm._frames.types import FrameT
from rfm._orders.transactions import as_transactions
from rfm._printed import Printed

__all__ = ["Description", "describe"]

WEEKDAYS: Final = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
MONTHS: Final = (
    "January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
    "December",
)  # fmt: skip
BAR: Final = 24  # characters of the longest bar
Table = dict[str, npt.NDArray[Any]]


@dataclass(frozen=True, repr=False)
class Description(Generic[FrameT]):
    """A log in a few small tables, of the kind of dataframe that came in; made by `describe`.

    Attributes
    ----------
    table : dataframe
        One row: ``customers, one_time_customers, one_time_share, first_day, last_day, days, orders,
        orders_per_customer``; ``gap_low, gap_median, gap_high``, the quartiles of the days between a customer's
        successive purchases; ``spend, refunds, order_value`` (mean), ``spend_per_customer``, the last four not for a
        log without amounts. Customers are those who bought.
    orders : dataframe
        ``orders, customers, share``: how many customers bought so often; ten and more are one row.
    weekdays : dataframe
        ``weekday, days, orders, share, orders_per_day, spend``, Monday first; ``days`` are those of the log.
    months : dataframe
        The same by ``month`` of the year, all years together: ``orders_per_day`` is fair to months that the log has
        once.
    first_seen : dataframe
        ``month`` (its first day), ``new_customers, orders, spend``: every month of the log, and who bought in it for
        the first time.

    See Also
    --------
    describe : Makes it.

    Examples
    --------
    >>> import rfm
    >>> rfm.describe(rfm.datasets.cdnow_sample()).weekdays[["weekday", "days", "orders"]].head(2)
       weekday  days  orders
    0   Monday    78    1050
    1  Tuesday    78    1046
    """

    table: FrameT
    orders: FrameT
    weekdays: FrameT
    months: FrameT
    first_seen: FrameT
    _text: str = ""

    def __repr__(self) -> str:
        return str(Printed(self._text))

    def _repr_html_(self) -> str:
        return Printed(self._text)._repr_html_()


def describe(tx: Any) -> Description[Any]:
    """Describe a log: customers, orders, period, spend, gaps between purchases, weekdays and months.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id`` and ``date``, and ``amount`` where money is to be read.

    Returns
    -------
    Description
        Its repr is a page to read; its tables are of the kind that came in.

    See Also
    --------
    summarize : One row per customer.
    trend : The same by period, with what changed.
    Transactions : Its ``audit`` says what was dropped or netted.

    Notes
    -----
    An order is a purchase day, as everywhere in `rfm`.

    Examples
    --------
    >>> import rfm
    >>> described = rfm.describe(rfm.datasets.cdnow_sample())
    >>> print(described)
    2,357 customers bought 6,696 times from 1997-01-01 to 1998-06-30 (546 days)
    ...
    >>> described.table[["customers", "one_time_share", "gap_median"]].round(3)
       customers  one_time_share  gap_median
    0       2357           0.517        34.0
    """
    tx = as_transactions(tx)
    end = tx.last_day
    with netted_once(tx, days=True):
        facts = customer_facts(tx, end).filter(nw.col("orders") > 0)
        often = _counted(facts, "orders", "customers")
        first = _counted(facts, "first", "customers")
        bought = purchase_days(tx, end).group_by("day").agg(orders=nw.len(), units=nw.col("net").sum())
        days = pd.DataFrame(fetch(bought).to_dict(as_series=False)).astype(
            {"orders": np.int64, "units": np.int64}
        )
        back = fetch(facts.select(nw.col("refunds").cast(nw.Int64).sum())).item()
        pairs = gap_counts(tx, end)
    gaps = pd.DataFrame(
        {"gap": (pairs["day"] - pairs["before"]).to_numpy(), "n": pairs["repeats"].to_numpy()}
    )
    scale = 10.0**tx.decimals
    days["spend"] = days["units"] / scale
    parts: dict[str, Table] = {
        "table": _facts(tx, often, days, gaps, float(back or 0) / scale),
        "orders": _by_orders(often),
        "weekdays": _by_calendar(tx, days, WEEKDAYS, "weekday", _weekdays),
        "months": _by_calendar(tx, days, MONTHS, "month", lambda each: _months(each) % 12),
        "first_seen": _first_seen(days, first),
    }
    if not tx.has_amounts:
        money = {"spend", "refunds", "order_value", "spend_per_customer"}
        parts = {name: {c: v for c, v in part.items() if c not in money} for name, part in parts.items()}
    tables = {name: table_like(tx.ledger, part) for name, part in parts.items()}
    return Description(**tables, _text=_page(parts))


def _counted(facts: Any, key: str, name: str) -> pd.DataFrame:
    """Customers by a whole number, ascending."""
    counted = fetch(facts.group_by(key).agg(nw.len().alias(name))).to_dict(as_series=False)
    return pd.DataFrame(counted).astype(np.int64).sort_values(key, ignore_index=True)


def _facts(tx: Any, often: pd.DataFrame, days: pd.DataFrame, gaps: pd.DataFrame, refunds: float) -> Table:
    customers, orders = int(often["customers"].sum()), int(days["orders"].sum())
    once = int(often.loc[often["orders"] == 1, "customers"].sum())
    spend = float(days["units"].sum() / 10.0**tx.decimals)
    low, middle, high = (_quantile(gaps, share) for share in (0.25, 0.5, 0.75))
    facts = {
        "customers": customers, "one_time_customers": once, "one_time_share": _ratio(once, customers),
        "first_day": np.datetime64(tx.first_day, "D"), "last_day": np.datetime64(tx.last_day, "D"),
        "days": tx.last_day - tx.first_day + 1, "orders": orders, "orders_per_customer": _ratio(orders, customers),
        "gap_low": low, "gap_median": middle, "gap_high": high, "spend": spend, "refunds": refunds,
        "order_value": _ratio(spend, orders), "spend_per_customer": _ratio(spend + refunds, customers),
    }  # fmt: skip
    return {name: np.array([value]) for name, value in facts.items()}


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else float("nan")


def _quantile(gaps: pd.DataFrame, share: float) -> float:
    """A quantile of the gaps, each counted as often as it occurs: the smallest that so many are at most."""
    if not len(gaps):
        return float("nan")
    totals = gaps.groupby("gap")["n"].sum()
    up_to = totals.cumsum().to_numpy()
    return float(totals.index[int(np.searchsorted(up_to, share * up_to[-1]))])


def _by_orders(often: pd.DataFrame) -> Table:
    few = often.assign(orders=often["orders"].clip(upper=10)).groupby("orders")["customers"].sum()
    many = np.array([str(n) if n < 10 else "10 or more" for n in few.index], dtype=object)
    return {"orders": many, "customers": few.to_numpy(), "share": few.to_numpy() / max(few.sum(), 1)}


def _by_calendar(
    tx: Any,
    days: pd.DataFrame,
    names: tuple[str, ...],
    column: str,
    number: Callable[[npt.NDArray[np.int64]], npt.NDArray[np.int64]],
) -> Table:
    sums = days.groupby(number(days["day"].to_numpy()))[["orders", "spend"]].sum()
    sums = sums.reindex(range(len(names)), fill_value=0)
    orders = sums["orders"].to_numpy(dtype=np.int64)
    there = np.bincount(number(np.arange(tx.first_day, tx.last_day + 1)), minlength=len(names))
    return {
        column: np.array(names, dtype=object),
        "days": there.astype(np.int64),
        "orders": orders,
        "share": orders / max(orders.sum(), 1),
        "orders_per_day": np.divide(orders, there, out=np.full(len(names), np.nan), where=there > 0),
        "spend": sums["spend"].to_numpy(dtype=float),
    }


def _weekdays(days: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """0 for Monday."""
    return (days + 3) % 7  # 1970-01-01 was a Thursday


def _months(days: npt.NDArray[np.int64]) -> npt.NDArray[np.int64]:
    """Months since January 1970."""
    return days.astype("datetime64[D]").astype("datetime64[M]").astype(np.int64)


def _first_seen(days: pd.DataFrame, first: pd.DataFrame) -> Table:
    of_days, of_first = _months(days["day"].to_numpy()), _months(first["first"].to_numpy())
    span = np.arange(of_days.min(), of_days.max() + 1) if len(of_days) else np.empty(0, dtype=np.int64)
    sums = days.groupby(of_days)[["orders", "spend"]].sum().reindex(span, fill_value=0)
    new = first["customers"].groupby(of_first).sum().reindex(span, fill_value=0)
    return {
        "month": span.astype("datetime64[M]").astype("datetime64[D]"),
        "new_customers": new.to_numpy(dtype=np.int64),
        "orders": sums["orders"].to_numpy(dtype=np.int64),
        "spend": sums["spend"].to_numpy(dtype=float),
    }


def _page(parts: Mapping[str, Table]) -> str:
    """The tables as a page to read."""
    one = {name: values[0] for name, values in parts["table"].items()}
    lines = [
        f"{one['customers']:,} customers bought {one['orders']:,} times from {one['first_day']} to {one['last_day']} "
        f"({one['days']:,} days)"
    ]
    if not one["customers"]:
        return lines[0]
    lines.append(
        f"{one['one_time_share']:.0%} bought once; {one['orders_per_customer']:.2f} orders per customer"
    )
    if not np.isnan(one["gap_median"]):
        lines.append(
            f"{one['gap_median']:.0f} days between purchases (median; half of the gaps are {one['gap_low']:.0f} to "
            f"{one['gap_high']:.0f})"
        )
    if "spend" in one:
        back = f", {-one['refunds']:,.2f} of it returned" if one["refunds"] else ""
        lines.append(
            f"{one['spend']:,.2f} spent{back}; {one['order_value']:,.2f} per order, "
            f"{one['spend_per_customer']:,.2f} per customer"
        )
    for table, label, values, title in (
        ("weekdays", "weekday", "orders_per_day", "Orders per day by weekday"),
        ("months", "month", "orders_per_day", "Orders per day by month of the year"),
        ("first_seen", "month", "new_customers", "New customers by month"),
    ):
        lines += ["", title, *_bars(parts[table][label], parts[table][values])]
    return "\n".join(lines)


def _bars(labels: npt.NDArray[Any], values: npt.NDArray[Any]) -> list[str]:
    names = [str(label)[:7] if "-" in str(label) else str(label) for label in labels]
    known = np.nan_to_num(values.astype(float))
    width, most = max(map(len, names), default=0), float(known.max(initial=0)) or 1.0
    texts = [f"{value:,.{1 if values.dtype.kind == 'f' else 0}f}" for value in known]
    digits = max(map(len, texts), default=0)
    return [
        f"  {name:<{width}}  {text:>{digits}}  {'█' * round(BAR * value / most)}".rstrip()
        for name, text, value in zip(names, texts, known, strict=True)
    ]
