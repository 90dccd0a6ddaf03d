"""Logs, and what the lenses of the audit must say of them, counted customer by customer."""

from __future__ import annotations

from types import SimpleNamespace

import numpy as np
import pandas as pd
from hypothesis import strategies as st

from rfm._base_report.cohorts import cohorts
from rfm._base_report.second_purchase import second_purchase
from rfm._base_report.spend_to_date import spend_to_date
from rfm._base_report.stacked_cohorts import stacked_cohorts
from rfm._base_report.triangle import triangle
from rfm._dynamics.active_days import timeline
from rfm._dynamics.periods import Periods, cut_periods
from rfm._frames.small_tables import table_like
from rfm._orders.transactions import as_transactions

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


def lenses(log: pd.DataFrame, every: str) -> SimpleNamespace:
    """Lenses 3 to 5 alone, as `rfm.base_report` makes them, for the many small logs of property tests."""
    tx = as_transactions(log)
    periods, rows = cut_periods(every, tx.first_day, tx.last_day), timeline(tx)
    cells = triangle(rows, periods, tx.decimals)
    found = {"second_purchase": second_purchase(rows, periods)}
    found |= {lens.__name__: lens(cells) for lens in (spend_to_date, cohorts, stacked_cohorts)}
    return SimpleNamespace(**{name: table_like(tx.ledger, table) for name, table in found.items()})
