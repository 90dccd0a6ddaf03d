"""Calendar periods are those of the discrete BTYD summary."""

from __future__ import annotations

import pandas as pd
import pytest

import clv
from clv._periods import last_end
from clv._summary import periods_between
from rfm._days import as_day, day_date

DAYS = ["1969-12-28", "1999-12-31", "2024-02-29", "2024-03-01", "2024-12-29", "2024-12-30", "2025-01-01"]


@pytest.mark.parametrize("unit", ["D", "W", "M", "Y"])
def test_they_are_counted_as_the_discrete_summary_counts(unit):
    log = pd.DataFrame({"customer_id": range(len(DAYS)), "date": DAYS, "amount": 1.0})
    end = last_end(as_day("2026-03-07", "end"), unit)
    expected = clv.summarize(log, end=day_date(end), discrete=unit)["n_periods"]
    assert [periods_between(as_day(day, "day"), end, unit) for day in DAYS] == expected.tolist()


@pytest.mark.parametrize("unit", ["D", "W", "M", "Y"])
def test_a_day_ends_a_period_where_the_next_begins_another(unit):
    for start in (as_day("2023-12-15", "day"), as_day("1968-12-15", "day")):
        for day in range(start, start + 100):
            end = last_end(day, unit)
            assert end <= day
            assert periods_between(end, end + 1, unit) == 1
            assert periods_between(end + 1, day + 1, unit) == 0
