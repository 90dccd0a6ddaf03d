"""Dates as they are written; the truths are read by eye or written by Python's own formats."""

from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm import TransactionsError
from rfm._orders.spelled_dates import read_spelled_dates

DAY = "2025-04-23"
COLUMNS = [
    (["23/04/2025", "3/4/2025"], [DAY, "2025-04-03"]),
    (["04/23/2025", "4/3/2025 15:12"], [DAY, "2025-04-03"]),
    (["23.04.2025 15:12", "3.4.2025"], [DAY, "2025-04-03"]),
    (["03.04.2025"], ["2025-04-03"]),  # nobody writes the month first with points
    (["2025/4/23 下午 03:12", "2025-04-23T15:12:00Z", "2025.4.23", "20250423"], [DAY] * 4),
    (["2025-W17-3", "2025W17", "2025-w17-3"], [DAY, "2025-04-21", DAY]),
    (["Apr 23, 2025", "23 avr. 2025", "23-Apr-25", "23. April 2025", "23 de abril de 2025"], [DAY] * 5),
    (["Wed, 23 Apr 2025 15:12", "April 23rd, 2025"], [DAY, DAY]),
    (["114/04/23", "99/04/23"], [DAY, "2010-04-23"]),
    (["1140423"], [DAY]),
    (["民國114年4月3日", "民國99年12月31日"], ["2025-04-03", "2010-12-31"]),
    (["2025年4月23日", "2025年4月23日 15時12分"], [DAY, DAY]),
    (["2025. 4. 23.", "2025년 4월 23일"], [DAY, DAY]),
    (["45770", "45771.5"], [DAY, "2025-04-24"]),  # Excel's serial days
    (["4/23/25", "12/31/24"], [DAY, "2024-12-31"]),
    (["abc", None, "", "11400423", "2025-02-29", "0000-00-00"], ["NaT"] * 6),
]


@pytest.mark.parametrize(("texts", "days"), COLUMNS)
def test_a_column(texts, days):
    read = read_spelled_dates(pd.Series(texts, dtype=object, name="day"))
    np.testing.assert_array_equal(read.days, np.array(days, "datetime64[D]"))
    blank = np.array([not text for text in texts])
    np.testing.assert_array_equal(read.unreadable, np.isnat(read.days) & ~blank)


REFUSED = [
    (["03/04/2025", "05/06/2025"], "'03/04/2025' is 2025-04-03 or 2025-03-04", "%d/%m/%Y", "2025-04-03"),
    (["03/04/2025", "05/06/2025"], "'03/04/2025' is 2025-04-03 or 2025-03-04", "%m/%d/%Y", "2025-03-04"),
    (["03-04-2025 10:12"], "'03-04-2025 10:12' is 2025-04-03 or 2025-03-04", "%m/%d/%Y", "2025-03-04"),
    (["99/04/23"], "'99/04/23' is 1999-04-23 or 2010-04-23", "roc", "2010-04-23"),
    (["25/04/23"], "'25/04/23' is 2023-04-25 or 2025-04-23", "%y/%m/%d", DAY),
]


@pytest.mark.parametrize(("texts", "readings", "date_format", "day"), REFUSED)
def test_two_readings_are_refused_with_a_format_for_each(texts, readings, date_format, day):
    column = pd.Series(texts, name="day")
    with pytest.raises(
        TransactionsError, match=f"'day' can be read in two ways: {readings}. Hint: .*{date_format}"
    ):
        read_spelled_dates(column)
    assert str(read_spelled_dates(column, date_format=date_format).days[0]) == day


def test_a_format_of_eight_digits_takes_eight():
    read = read_spelled_dates(pd.Series(["1140423", "20250423"]), date_format="%Y%m%d")
    assert read.unreadable.tolist() == [True, False]


@given(
    st.lists(st.dates(date(1990, 1, 1), date(2060, 12, 31)), min_size=1),
    st.sampled_from(["%d/%m/%Y", "%m/%d/%Y %H:%M"]),
)
def test_an_order_is_found_or_refused_but_never_wrong(days, order):
    texts = pd.Series([day.strftime(order) for day in days])
    try:
        read = read_spelled_dates(texts).days.tolist()
    except TransactionsError:
        assert all(day.day <= 12 for day in days)
    else:
        assert read == days
