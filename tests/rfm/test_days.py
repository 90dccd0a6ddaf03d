"""Day numbers: dates given as options."""

import datetime as dt

import numpy as np
import pandas as pd
import pytest

from rfm import DataError
from rfm.days import as_day


def test_as_day():
    for value in ("2011-12-09", "2011-12-09 23:59", dt.date(2011, 12, 9), dt.datetime(2011, 12, 9, 23),
                  pd.Timestamp("2011-12-09 12:00"), np.datetime64("2011-12-09")):  # fmt: skip
        assert as_day(value, "until") == 15317
    for value in ("9/12/2011", pd.NaT, 15317, None):
        with pytest.raises(DataError, match=r"until must be a date; got .* year first"):
            as_day(value, "until")
