"""Factors that are given: what is read, and what is refused in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from clv._season.given_factors import given_factors
from rfm._days import as_day
from rfm.errors import DataError

MONTHS = pd.Series(1.0, index=range(1, 13))

WRONG = {
    "no series": ([1.0, 2.0], "factors must be a Series or dict with an entry; got "),
    "nothing": ({}, "with an entry; got a Series"),
    "a text": ({"2024-01-01": "2"}, "the factor of '2024-01-01' must be a number from 0 to 10,000; got '2'"),
    "a flag": ({"2024-01-01": True}, "must be a number .* got True"),
    "negative": ({"2024-01-01": -0.1}, "got -0.1"),
    "missing": ({"2024-01-01": np.nan}, "got nan"),
    "infinite": ({"2024-01-01": np.inf}, "got inf"),
    "eleven months": (MONTHS[:11], "all months 1 … 12, or of all weeks 1 … 52; got 11 from 1 to 11"),
    "all closed": (MONTHS * 0, "all are 0, so that nobody ever buys"),
    "no date": ({"May": 2.0}, "'May' is no month, week, date or period"),
    "twice": (pd.Series([1.0, 2.0], index=["2024-01-01"] * 2), "'2024-01-01' has more than one factor"),
    "centuries": (
        {pd.Period(str(year), "Y"): 2.0 for year in range(1900, 2200)},
        "more than 100,000 days have one",
    ),
}


@pytest.mark.parametrize("case", WRONG)
def test_wrong_factors_are_refused_with_a_hint(case: str) -> None:
    factors, message = WRONG[case]
    with pytest.raises(DataError, match=message) as caught:
        given_factors(factors)
    assert "Hint: " in str(caught.value)


def test_indices_say_what_factors_are_of() -> None:
    assert given_factors({month: float(month) for month in range(1, 13)}).yearly[
        [0, 59, 60, 365]
    ].tolist() == [1, 2, 3, 12]
    day = as_day("2024-05-01", "day")
    for index in (
        ["2024-05-01"],
        pd.DatetimeIndex(["2024-05-01 12:00"]),
        pd.PeriodIndex(["2024-05-01"], freq="D"),
    ):
        found = given_factors(pd.Series([3.0], index=index))
        assert (found.dated, set(found.yearly)) == ({day: 3.0}, {1.0})
