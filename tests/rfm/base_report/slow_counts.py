"""Logs, and what the lenses of the audit must say of them, counted customer by customer."""

from __future__ import annotations

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from rfm._dynamics.periods import Periods, cut_periods

EVERY = st.sampled_from(["1M", "1Q", "2W", "45D", "1Y"])
# customer, day, quarters of a unit of money; refunds too
ROWS = st.lists(
    st.tuples(st.integers(0, 8), st.integers(0, 300), st.integers(-6, 12)), min_size=1, max_size=50
).map(lambda rows: [*rows, (9, 40, 8)])  # somebody buys


def as_log(rows) -> pd.DataFrame:
    who, day, amount = np.array(rows).T
    date = pd.Timestamp("2023-02-10") + pd.to_timedelta(day, unit="D")
    return pd.DataFrame({"customer_id": who, "date": date, "amount": amount / 4})


def days_of(log: pd.DataFrame, every: str) -> tuple[pd.DataFrame, Periods]:
    """Days of the customers who ever bought: ``customer_id, day, sum, bought, first, cohort, period``."""
    log = log.assign(day=(log["date"] - pd.Timestamp("1970-01-01")).dt.days)
    periods = cut_periods(every, log["day"].min(), log["day"].max())
    days = log.groupby(["customer_id", "day"])["amount"].agg(["sum", "min"]).reset_index()
    days["bought"] = (days["sum"] > 0) | ((days["sum"] == 0) & (days["min"] >= 0))
    days["first"] = days["customer_id"].map(days[days["bought"]].groupby("customer_id")["day"].min())
    days = days.dropna(subset=["first"]).astype({"first": int})
    days["cohort"] = periods.of(days["first"].to_numpy())
    days["period"] = np.maximum(periods.of(days["day"].to_numpy()), days["cohort"])
    return days, periods


def as_starts(periods: Periods, numbers: pd.Series) -> pd.Series:
    return pd.Series(
        periods.starts[numbers.to_numpy(int)].astype("datetime64[D]").astype("datetime64[us]"), numbers.index
    )
