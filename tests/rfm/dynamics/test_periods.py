"""Periods compared with the calendar of the standard library."""

from __future__ import annotations

from datetime import date, timedelta

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm._days import as_day
from rfm._dynamics.periods import as_days, cut_periods, stepwise, with_steps
from rfm.errors import DataError

EPOCH = date(1970, 1, 1)
days = st.integers(-20_000, 40_000)
spans = st.tuples(days, st.integers(0, 1_500)).map(lambda pair: (pair[0], sum(pair)))
lengths = st.sampled_from(["1D", "7D", "30D", "1W", "2W", "1M", "2M", "5M", "6M", "18M", "1Q", "1Y", "2Y"])


def calendar_date(day: int) -> date:
    return EPOCH + timedelta(days=int(day))


@given(spans, lengths)
def test_periods_cover_the_log_once_and_no_more(span, every):
    first, last = span
    periods = cut_periods(every, first, last)
    assert periods.starts[0] <= first <= periods.ends[0]
    assert periods.starts[-1] <= last <= periods.ends[-1]
    assert (periods.starts[1:] == periods.ends[:-1] + 1).all()
    assert (np.diff(periods.edges) > 0).all()
    number = periods.of(np.arange(first, last + 1))
    assert (periods.starts[number] <= np.arange(first, last + 1)).all()
    assert (np.arange(first, last + 1) <= periods.ends[number]).all()
    whole = [first <= a and b <= last for a, b in zip(periods.starts, periods.ends, strict=True)]
    assert periods.complete.tolist() == whole


@given(spans, st.sampled_from([("1M", 1), ("1Q", 3), ("3M", 3), ("6M", 6), ("1Y", 12)]))
def test_months_start_on_the_first_and_divide_the_year(span, every):
    text, months = every
    for start in map(calendar_date, cut_periods(text, *span).starts):
        assert start.day == 1
        assert (start.month - 1) % months == 0


@given(spans)
def test_weeks_start_on_monday_and_days_with_the_log(span):
    assert all(calendar_date(start).weekday() == 0 for start in cut_periods("1W", *span).starts)
    tens = cut_periods("10D", *span)
    assert tens.starts[0] == span[0]
    assert set(np.diff(tens.edges)) == {10}


def test_five_months_are_counted_from_january_of_the_first_year():
    periods = cut_periods("5M", as_day("2023-07-20", "first"), as_day("2024-12-31", "last"))
    assert [str(calendar_date(start)) for start in periods.starts] == [
        "2023-06-01", "2023-11-01", "2024-04-01", "2024-09-01"
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("every", "to_a_year"),
    [("1M", 12), ("1Q", 4), ("6M", 2), ("1Y", 1), ("5M", None), ("2Y", None), ("1W", 52), ("4W", 13), ("3W", None),
     ("7D", 52), ("1D", 364), ("30D", None)],
)  # fmt: skip
def test_the_year_before_is_a_whole_number_of_periods_back(every, to_a_year):
    assert cut_periods(every, 0, 1_000).to_a_year == to_a_year


@pytest.mark.parametrize(
    "every", ["0D", "0M", "M", "1", "1H", "-1M", "1.5M", "", "1M ", None, 30, "1000000D"]
)
def test_no_length_of_a_period_is_refused(every):
    with pytest.raises(DataError, match=r'is not a period length\. Hint: "1M" calendar months'):
        cut_periods(every, 0, 100)


def test_too_many_periods_are_refused_with_the_span():
    with pytest.raises(
        DataError, match=r"'1D' cuts 1970-01-01 to 2999-12-31 into 376,200 periods; at most 10,000 are"
    ):
        cut_periods("1D", 0, as_day("2999-12-31", "last"))


def test_named_days_are_taken_as_they_are():
    assert as_days(["1970-01-02", date(1970, 2, 1), pd.Timestamp("1970-03-01")], 0, 100).tolist() == [
        1,
        31,
        59,
    ]
    assert as_days(pd.to_datetime(["1970-01-01", "1970-04-11"]), 0, 100).tolist() == [0, 100]


@pytest.mark.parametrize(
    ("dates", "words"),
    [
        ([], "dates is empty"),
        ("1970-01-05", "dates must be a list; got '1970-01-05'"),
        (5, "dates must be a list; got 5"),
        (["1970-01-05", "soon"], "dates must be a date; got 'soon'"),
        (["1970-02-01", "1970-01-01"], "1970-01-01 comes after 1970-02-01. Hint: dates=sorted"),
        (["1970-02-01", "1970-02-01"], "dates must rise: 1970-02-01 is given twice"),
        (
            ["1969-12-31", "1970-02-01"],
            "1969-12-31 lies outside the log, which runs from 1970-01-01 to 1970-04-11",
        ),
        (["1970-02-01", "1970-04-12"], "1970-04-12 lies outside the log"),
    ],
)
def test_days_that_cannot_be_are_refused_in_words(dates, words):
    with pytest.raises(DataError, match=words):
        as_days(dates, 0, 100)


@given(st.lists(st.integers(-50, 50), unique=True, max_size=20).map(sorted), st.lists(st.integers(-60, 60)))
def test_stepwise_counts_the_edges_reached(edges, values):
    frame = nw.from_native(pd.DataFrame({"x": np.array(values, dtype=np.int64)}), eager_only=True)
    steps = np.array(edges, dtype=np.int64)
    known = [sum(edge <= value for edge in edges) for value in values]
    assert frame.with_columns(step=stepwise(nw.col("x"), steps))["step"].to_list() == known
    assert with_steps(frame, steps, step=nw.col("x"))["step"].to_list() == known


@pytest.mark.parametrize("every", ["1M", "1Q", "2Y", "1W", "30D"])
def test_small_letters_cut_the_same_periods(every):
    assert cut_periods(every.lower(), 10, 900).edges.tolist() == cut_periods(every, 10, 900).edges.tolist()


def test_a_list_of_periods_is_a_list_of_last_days():
    months = list(pd.period_range("1970-01", periods=3, freq="M"))
    assert as_days(months, 0, 400).tolist() == [30, 58, 89]
    with pytest.raises(DataError, match="dates must be a list"):
        as_days(pd.Period("1970-01"), 0, 400)
