"""Day numbers: dates given as options."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from rfm import DataError
from rfm._days import as_day, is_day


def test_as_day():
    for value in ("2011-12-09", "2011-12-09 23:59", dt.date(2011, 12, 9), dt.datetime(2011, 12, 9, 23),
                  pd.Timestamp("2011-12-09 12:00"), np.datetime64("2011-12-09")):  # fmt: skip
        assert as_day(value, "until") == 15317
    for value in ("9/12/2011", pd.NaT, 15317, None):
        with pytest.raises(DataError, match=r"until must be a date; got .* year first"):
            as_day(value, "until")


@pytest.mark.parametrize(
    ("period", "last"),
    [(pd.Period("2011-12"), "2011-12-31"), (pd.Period("2012Q1"), "2012-03-31"), (pd.Period("2011", "Y"), "2011-12-31"),
     (pd.Period("2011-12-05", "W"), "2011-12-11"), (pd.Period("2011-12-09", "D"), "2011-12-09"),
     (pd.Period("2011-12-09 13:00", "h"), "2011-12-09"), (np.datetime64("2012-02"), "2012-02-29"),
     (np.datetime64("2012"), "2012-12-31")],
)  # fmt: skip
def test_a_period_stands_for_its_last_day(period, last):
    assert as_day(period, "as_of") == as_day(last, "as_of")
    assert is_day(period)


def test_what_is_no_day():
    for value in ("52W", "9/12/2011", None, 5, pd.NaT, np.datetime64("NaT"), dt.timedelta(3)):
        assert not is_day(value)
