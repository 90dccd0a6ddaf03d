"""What was known of each customer on a day, and what they did in the time after it: one code path for both."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from clv.backtests.baselines import Known
from clv.frames import to_pandas
from clv.summary import summarize as btyd_summary
from clv.units import Unit, days_per_unit
from rfm.customers.summary import summarize
from rfm.days import day_date
from rfm.orders.transactions import Transactions
from rfm.schemes.scheme import Scheme
from rfm.segments import segment

__all__ = ["Holdout", "split"]


@dataclass(frozen=True)
class Holdout:
    """A log cut on a day.

    Attributes
    ----------
    origin : date
        Last day that is known, inclusive.
    days : int
        Length of the hold-out, which begins on the day after.
    btyd : DataFrame
        The BTYD summary at the origin, one row a customer.
    customers : DataFrame
        Rows as in `btyd`: `customer_id, segment`, `purchases` and `spend` in the hold-out, `mean_order` until the
        origin.
    known : Known
        What the baselines look at, rows as in `btyd`.
    newcomers : int
        Customers first seen in the hold-out, whom no model of the known customers can foresee.
    newcomer_purchases : int
        Their purchases in it, the first included.
    """

    origin: date
    days: int
    btyd: pd.DataFrame
    customers: pd.DataFrame
    known: Known
    newcomers: int
    newcomer_purchases: int


def split(tx: Transactions, origin: int, days: int, unit: Unit, scheme: str | Scheme) -> Holdout:
    """Cut a log after a day, given as days since 1970-01-01; see `Holdout`."""
    btyd = to_pandas(btyd_summary(tx, unit=unit, end=day_date(origin)))
    scored, later = _scores(tx, origin, scheme), _bought(tx, origin, days)
    customers = btyd[["customer_id"]].merge(scored, on="customer_id").merge(later, on="customer_id")
    past_cells, past_purchases = _past(tx, origin, days, scheme)
    known = Known(
        x=btyd["frequency"].to_numpy(dtype=float),
        t_x=btyd["recency"].to_numpy(dtype=float),
        T=btyd["T"].to_numpy(dtype=float),
        cells=customers[["R", "F", "M"]].to_numpy(dtype=np.int64),
        past_cells=past_cells,
        past_purchases=past_purchases,
        horizon=days / days_per_unit(unit),
    )
    customers["mean_order"] = customers["monetary_spend"] / customers["orders_before"]
    new = later[later["orders_before"] == 0]
    kept = customers[["customer_id", "segment", "purchases", "spend", "mean_order"]]
    return Holdout(
        day_date(origin),
        days,
        btyd,
        kept,
        known,
        int((new["purchases"] > 0).sum()),
        int(new["purchases"].sum()),
    )


def _bought(tx: Transactions, origin: int, days: int) -> pd.DataFrame:
    """Purchases and spend of each customer in the `days` after `origin`, and what they had bought until then."""
    before, after = (
        to_pandas(summarize(tx, as_of=day_date(day)))[["customer_id", "orders", "spend"]]
        for day in (origin, origin + days)
    )
    both = after.merge(before, on="customer_id", how="left", suffixes=("", "_before"))
    both = both.fillna({"orders_before": 0, "spend_before": 0.0})
    return pd.DataFrame(
        {
            "customer_id": both["customer_id"],
            "purchases": both["orders"] - both["orders_before"],
            "spend": both["spend"] - both["spend_before"],
            "orders_before": both["orders_before"],
            "monetary_spend": both["spend_before"],
        }
    )


def _scores(tx: Transactions, day: int, scheme: str | Scheme) -> pd.DataFrame:
    return to_pandas(segment(tx, as_of=day_date(day), scheme=scheme))[
        ["customer_id", "R", "F", "M", "segment"]
    ]


def _past(tx: Transactions, origin: int, days: int, scheme: str | Scheme) -> tuple[Any, Any]:
    """Scores on a day inside calibration, and the purchases that followed, scaled to the length of the hold-out.

    The day lies a hold-out before the origin, or at the middle of calibration where that is shorter.
    """
    span = min(days, (origin - tx.first_day) // 2)
    if span < 1:
        return np.empty((0, 3), dtype=np.int64), np.empty(0)
    scored = _scores(tx, origin - span, scheme).merge(_bought(tx, origin - span, span), on="customer_id")
    return scored[["R", "F", "M"]].to_numpy(dtype=np.int64), scored["purchases"].to_numpy(
        dtype=float
    ) * days / span
