from datetime import date

import numpy as np
import pandas as pd
import pytest

from clv._payback.cohorts import as_cohort, cohort_days
from rfm._days import as_day
from rfm.errors import DataError


@pytest.mark.parametrize(("by", "letter"), [("month", "M"), ("quarter", "Q"), ("year", "Y")])
def test_first_days_are_those_of_pandas(by, letter):
    days = pd.date_range("1969-01-01", "2030-12-31", freq="13D")
    wanted = days.to_period(letter).start_time
    found = cohort_days(np.array([as_day(day, "day") for day in days]), by)
    assert found.astype("datetime64[D]").tolist() == [day.date() for day in wanted]


@pytest.mark.parametrize(
    ("by", "keys", "first"),
    [
        ("month", ["2024-05", " 2024-05 ", "2024-05-31", date(2024, 5, 7), pd.Period("2024-05"),
                   pd.Timestamp("2024-05-01")], "2024-05-01"),
        ("quarter", ["2024-Q2", "2024Q2", "2024-q2", "2024-05", pd.Period("2024Q2"), np.datetime64("2024-06-30")],
         "2024-04-01"),
        ("year", ["2024", 2024, np.int64(2024), "2024-12-31", pd.Period("2024")], "2024-01-01"),
    ],
)  # fmt: skip
def test_names_of_periods(by, keys, first):
    assert {as_cohort(key, by) for key in keys} == {as_day(first, "first")}


@pytest.mark.parametrize("key", ["May", 2024, None, 3.5, "2024-13", "2024-Q5"])
def test_what_is_no_month(key):
    with pytest.raises(DataError, match="costs"):
        as_cohort(key, "month")
