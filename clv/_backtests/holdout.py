"""The data on each customer as of a day, and the outcomes after it: one code path for both."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any, Literal

import numpy as np
import pandas as pd

from clv._backtests.baselines import Known
from clv._periods import last_end
from clv._refund_log import refund_rate, refunds_of_orders
from clv._refund_rate import RefundRate
from clv._summary import btyd_summary_of, periods_between
from clv._units import Unit, days_per_unit
from rfm._customers.summary import summarize
from rfm._days import day_date
from rfm._frames.joins import merge_in_order
from rfm._frames.mapping import to_pandas
from rfm._orders.transactions import Transactions
from rfm._schemes.prospects import buyers_only
from rfm._schemes.scheme import Scheme, as_scheme
from rfm._segment import segment

__all__ = ["Counts", "Holdout", "split"]

Counts = Literal["purchases", "periods"]

MONEY = ["spend", "returned", "mean_spend", "mean_net_spend"]


@dataclass(frozen=True)
class Holdout:
    """A log split at a day.

    Attributes
    ----------
    origin : date
        Last day of calibration, inclusive; the hold-out begins on the day after.
    counts : {"purchases", "periods"}
        What is counted, before the origin and after it: purchases, or calendar periods with a purchase.
    horizon : str
        Length of the hold-out, in days or in whole periods: "273D", "39W".
    btyd : DataFrame
        The BTYD summary at the origin, one row per customer.
    customers : DataFrame
        Rows as in `btyd`: `customer_id, segment`, what `happened` and `spend` in the hold-out, `returned`, the refunds
        that belong to its orders (at most 0; also those that came after it); `mean_spend` of a purchase (or period)
        until the origin, and `mean_net_spend`, less refunds.
    known : Known
        What the baselines use, rows as in `btyd`.
    newcomers : DataFrame
        `customer_id`, `purchases` and `spend` in the hold-out of those first seen in it, whom no model of the known
        customers can predict.
    refunds : RefundRate
        The refund rate estimated from the log until the origin.

    For a log without amounts no table has a column of spend.
    """

    origin: date
    counts: Counts
    horizon: str
    btyd: pd.DataFrame
    customers: pd.DataFrame
    known: Known
    newcomers: pd.DataFrame
    refunds: RefundRate = field(default_factory=RefundRate)

    @property
    def has_amounts(self) -> bool:
        """Whether the log has amounts."""
        return "spend" in self.customers


def split(
    tx: Transactions,
    origin: int,
    days: int,
    unit: Unit,
    scheme: str | Scheme,
    counts: Counts = "purchases",
    btyd: pd.DataFrame | None = None,
    attributes: Any = None,
) -> Holdout:
    """Split a log after a day, given as days since 1970-01-01; see `Holdout`.

    Where periods are counted, the origin and the hold-out's last day each end one. `btyd` is the summary at the origin
    if it has been made. `attributes` are the customers' own, as they are today, for rules
    that read them.
    """
    period = unit if counts == "periods" else None
    if btyd is None:
        btyd = to_pandas(btyd_summary_of(tx, unit, origin, period, gaps=False))
    scored, later = _scores(tx, origin, scheme, attributes), _bought(tx, origin, origin + days, period)
    customers = merge_in_order(btyd[["customer_id"]], scored, how="inner")
    customers = merge_in_order(customers, later, how="inner")
    customers["mean_spend"] = customers["spend_before"] / customers["counted_before"]
    net_before = customers["spend_before"] + customers["refunds_before"]
    customers["mean_net_spend"] = net_before / customers["counted_before"]
    returned = _returned(tx, origin, origin + days)
    customers["returned"] = customers["customer_id"].map(returned).fillna(0.0).astype(float)
    length = _length(origin, origin + days, unit, period)
    past_cells, past_purchases, past_length = _past(tx, origin, days, unit, scheme, period, attributes)
    known = Known(
        x=btyd["frequency"].to_numpy(dtype=float),
        t_x=btyd["recency"].to_numpy(dtype=float),
        T=btyd["T" if period is None else "n_periods"].to_numpy(dtype=float),
        cells=customers[["R", "F", "M"]].to_numpy(dtype=np.int64),
        past_cells=past_cells,
        past_purchases=past_purchases,
        horizon=length,
        past_scale=length / past_length,
    )
    new = later[(later["counted_before"] == 0) & (later["purchases"] > 0)]
    return Holdout(
        day_date(origin),
        counts,
        f"{days}D" if period is None else f"{length:.0f}{unit}",
        btyd,
        customers[["customer_id", "segment", "happened", *(MONEY if tx.has_amounts else [])]],
        known,
        new[["customer_id", "purchases", *(["spend"] if tx.has_amounts else [])]],
        refund_rate(tx, origin, btyd, unit) if tx.has_amounts else RefundRate(),
    )


def _returned(tx: Transactions, start: int, end: int) -> pd.Series:
    """Refunds of the orders after one day until another, by customer, as far as the log has them; at most 0."""
    if not tx.has_returns:
        return pd.Series(dtype=float)
    found = refunds_of_orders(tx, tx.last_day)
    day = found["order_day"].fillna(found["back_day"])
    inside = found[(day > start) & (day <= end)]
    sums: pd.Series = inside.groupby("customer_id")["back"].sum()
    return sums / 10.0**tx.decimals


def _length(start: int, end: int, unit: Unit, period: Unit | None) -> float:
    """Time between the ends of two days, in units of time or in whole periods."""
    return (
        (end - start) / days_per_unit(unit) if period is None else float(periods_between(start, end, period))
    )


def _bought(tx: Transactions, start: int, end: int, period: Unit | None) -> pd.DataFrame:
    """What each customer did after one day until another, and up to the first."""
    before, after = (_facts(tx, day, period) for day in (start, end))
    both = merge_in_order(after, before, suffix="_before")
    both = both.fillna({"orders_before": 0, "counted_before": 0, "spend_before": 0.0, "refunds_before": 0.0})
    return pd.DataFrame(
        {
            "customer_id": both["customer_id"],
            "happened": both["counted"] - both["counted_before"],
            "purchases": (both["orders"] - both["orders_before"]).astype("int64"),
            "spend": both["spend"] - both["spend_before"],
            "counted_before": both["counted_before"],
            "spend_before": both["spend_before"],
            "refunds_before": both["refunds_before"],
        }
    )


def _facts(tx: Transactions, day: int, period: Unit | None) -> pd.DataFrame:
    """Until a day: `orders`, `spend`, `refunds` of each customer, and what is `counted`, orders or their periods."""
    facts = to_pandas(summarize(tx, as_of=day_date(day)))
    if not tx.has_amounts:
        facts = facts.assign(spend=0.0, refunds=0.0)
    facts = facts[["customer_id", "orders", "spend", "refunds"]]
    if period is None:
        return facts.assign(counted=facts["orders"])
    periods = to_pandas(btyd_summary_of(tx, "W", day, period, gaps=False))
    counted = pd.DataFrame({"customer_id": periods["customer_id"], "counted": periods["frequency"] + 1})
    return merge_in_order(facts, counted).fillna({"counted": 0})


def _scores(tx: Transactions, day: int, scheme: str | Scheme, attributes: Any) -> pd.DataFrame:
    """R, F, M and the segment; the same M for all if the log has no amounts."""
    found = to_pandas(segment(tx, day_date(day), buyers_only(as_scheme(scheme)), attributes=attributes))
    if not tx.has_amounts:
        found = found.assign(M=1)
    return found[["customer_id", "R", "F", "M", "segment"]]


def _past(
    tx: Transactions,
    origin: int,
    days: int,
    unit: Unit,
    scheme: str | Scheme,
    period: Unit | None,
    attributes: Any,
) -> tuple[Any, Any, float]:
    """Scores on a day inside calibration, the purchases from it until the origin, and the ratio of lengths.

    The day lies a hold-out before the origin, or at the middle of calibration where that is shorter; where periods are
    counted, at the end of the last period before that.
    """
    day = origin - min(days, (origin - tx.first_day) // 2)
    day = day if period is None else last_end(day, period)
    if not tx.first_day <= day < origin:
        return np.empty((0, 3), dtype=np.int64), np.empty(0), 1.0
    scored = merge_in_order(
        _scores(tx, day, scheme, attributes), _bought(tx, day, origin, period), how="inner"
    )
    cells, happened = (scored[c].to_numpy() for c in (["R", "F", "M"], "happened"))
    return cells.astype(np.int64), happened.astype(float), _length(day, origin, unit, period)
