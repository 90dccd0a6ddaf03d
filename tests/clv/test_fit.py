"""From a table to a model in one call: the last day of observation is a date in any form."""

from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest

import clv
import rfm


@pytest.fixture(scope="module")
def summary():
    """What people have who did not make it here: no unit, no day."""
    table = clv.summarize(rfm.datasets.cdnow_sample(), end="1997-09-30")
    return table[["customer_id", "frequency", "recency", "T", "monetary_value"]]


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
    model = clv.fit_summary(summary, unit="W", end=end)
    assert type(model.end) is date
    model.save(tmp_path / "m.json")
    assert clv.load(tmp_path / "m.json").end == model.end == date(1997, 9, 30)


def test_the_last_day_need_not_be_known(summary, tmp_path):
    clv.fit_summary(summary, unit="W").save(tmp_path / "m.json")
    assert clv.load(tmp_path / "m.json").end is None


@pytest.mark.parametrize("end", ["hello", "30.09.1997", pd.NaT, 19970930, ""], ids=repr)
def test_what_is_no_day_is_refused(summary, end):
    with pytest.raises(rfm.DataError, match=r"end must be a date; got .* Hint: end="):
        clv.fit_summary(summary, unit="W", end=end)


@pytest.fixture(scope="module")
def weekly():
    return clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")


@pytest.mark.parametrize("unit", ["D", "M"])
def test_a_table_of_any_unit_is_worth_the_same(weekly, unit):
    table = clv.summarize(rfm.datasets.cdnow_sample(), unit=unit, end="1997-09-30")
    model = clv.fit_summary(table)
    assert (model.unit, model.end) == (unit, date(1997, 9, 30))
    assert model.predict("52W")["clv"].sum() == pytest.approx(weekly.predict("52W")["clv"].sum(), rel=1e-5)


@pytest.mark.parametrize(
    ("given", "options", "message"),
    [
        (
            ["unit", "end"],
            {"unit": "D"},
            r"unit='D' was given, and the table says 'W'. Hint: leave out unit=",
        ),
        (
            ["unit", "end"],
            {"end": "1998-01-01"},
            r"end='1998-01-01' was given, and the table says '1997-09-30'",
        ),
        ([], {}, r"btyd_summary has no column 'unit', .* Hint: unit=\"D\", \"W\", \"M\" or \"Y\""),
    ],
)
def test_a_table_says_its_unit_and_its_day_or_is_asked(summary, given, options, message):
    table = summary.assign(**{name: {"unit": "W", "end": "1997-09-30"}[name] for name in given})
    with pytest.raises(rfm.DataError, match=message):
        clv.fit_summary(table, **options)


def test_what_a_table_says_outlives_a_file(summary, weekly, tmp_path):
    found = clv.summarize(rfm.datasets.cdnow_sample(), end="1997-09-30")
    found.to_csv(tmp_path / "summary.csv", index=False)
    # Told how, for pandas 2 reads floats to a unit in their last place.
    exact = dict.fromkeys(["recency", "T", "monetary_value"], float)
    model = clv.fit_summary(pd.read_csv(tmp_path / "summary.csv", converters=exact))
    assert (model.unit, model.end, model.fingerprint) == (weekly.unit, weekly.end, weekly.fingerprint)
    same = clv.fit_summary(summary, unit="W", end="1997-09-30")
    pd.testing.assert_frame_equal(same.predict(), weekly.predict())


def test_a_law_is_told_by_its_class_or_its_name(summary):
    by_name, by_class = (clv.fit_law(law, summary, unit="W") for law in ("bg-nbd", clv.BGNBD))
    assert by_name.law == by_class.law


def test_a_log_of_refunds_only_says_that_nobody_has_bought():
    refunds = pd.DataFrame(
        {"customer_id": [1, 2], "date": ["2024-01-05", "2024-02-05"], "amount": [-5.0, -8.0]}
    )
    with pytest.raises(clv.FitError, match="There is no customer to fit to: none has bought"):
        clv.fit(refunds)
