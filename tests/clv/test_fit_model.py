"""The one call from a table to a model: the last day of observation is a date, however it was written."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

import clv
import rfm


@pytest.fixture(scope="module")
def summary():
    return clv.summarize(rfm.datasets.cdnow_sample(), end="1997-09-30")


@pytest.mark.parametrize(
    "end",
    [
        "1997-09-30",
        date(1997, 9, 30),
        datetime(1997, 9, 30, 17, 45),
        pd.Timestamp("1997-09-30 17:45"),
        np.datetime64("1997-09-30"),
    ],
    ids=lambda end: type(end).__name__,
)
def test_the_last_day_is_a_date_and_can_be_saved(summary, end, tmp_path):
    model = clv.fit_summary(summary, end=end)
    assert type(model.end) is date
    model.save(tmp_path / "m.json")
    assert clv.load(tmp_path / "m.json").end == model.end == date(1997, 9, 30)


def test_the_last_day_need_not_be_known(summary, tmp_path):
    clv.fit_summary(summary).save(tmp_path / "m.json")
    assert clv.load(tmp_path / "m.json").end is None


@pytest.mark.parametrize("end", ["hello", "30.09.1997", pd.NaT, 19970930, ""], ids=repr)
def test_what_is_no_day_is_refused(summary, end):
    with pytest.raises(rfm.DataError, match=r"end must be a date; got .* Hint: end="):
        clv.fit_summary(summary, end=end)
