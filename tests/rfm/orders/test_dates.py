"""Reading date columns in memory: every kind of date, and what is refused."""

from __future__ import annotations

import datetime as dt

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm import TransactionsError
from rfm._orders.dates import read_days
from rfm._orders.verdicts import Verdict

UTC = dt.UTC
KEPT, MISSING, UNREADABLE = Verdict.KEPT, Verdict.MISSING_DATE, Verdict.UNREADABLE_DATE


def read(values, *, date_format=None, tz=None):
    series = values if isinstance(values, pd.Series) else pd.Series(values)
    before = series.copy()
    days, verdicts = read_days(
        nw.from_native(series.rename("date"), series_only=True), date_format=date_format, tz=tz
    )
    pd.testing.assert_series_equal(series, before)
    return days.tolist(), [KEPT] * len(days) if verdicts is None else verdicts.tolist()


@pytest.mark.parametrize("unit", ["s", "ms", "us", "ns"])
def test_datetimes_of_any_resolution(unit):
    times = ["1969-12-31 23:59:59", "1970-01-01", "2011-12-09 23:59:59", None]
    assert read(pd.Series(times, dtype=f"datetime64[{unit}]")) == ([-1, 0, 15317, 0], [0, 0, 0, MISSING])


def test_dates_in_1970_and_2999():
    far = pd.Series(np.array(["1970-01-01", "2999-12-31"], dtype="datetime64[s]"))
    assert read(far)[0] == [0, 376_199]
    assert read(["1970-01-01", "2999-12-31"])[0] == [0, 376_199]
    assert read(["31/12/2999"], date_format="%d/%m/%Y")[0] == [376_199]
    assert read(pd.Series([dt.date(1970, 1, 1), dt.date(2999, 12, 31)]))[0] == [0, 376_199]


def test_python_and_numpy_dates_in_one_column():
    values = [dt.date(1970, 1, 2), dt.datetime(1970, 1, 3, 23, 59), np.datetime64("1970-01-04T10"), None]
    values += [pd.NaT, pd.Timestamp("1970-01-06"), "1970-01-07", 3.5]
    days, verdicts = read(pd.Series(values, dtype=object))
    assert days == [1, 2, 3, 0, 0, 5, 6, 0]
    assert verdicts == [0, 0, 0, MISSING, MISSING, 0, 0, UNREADABLE]


@pytest.mark.parametrize(
    "text",
    ["1971-02-03", "1971/02/03", "1971.02.03", "19710203", "1971-2-3", " 1971-02-03 ", "1971-02-03 08:26",
     "1971-02-03T08:26:00.123456", "1971-02-03 8:26 PM", "1971/2/3 08:26:01"],
)  # fmt: skip
def test_texts_with_the_year_first(text):
    assert read([text]) == ([398], [KEPT])


@pytest.mark.parametrize(
    "text", ["", "x", "now", "today", "1971", "1971-02", "1971-13-01", "1971-02-30", "1971-02-03 25:00",
             "1971-02-03 later", "02/30/1971", "1/1/71"]
)  # fmt: skip
def test_texts_that_are_no_date(text):
    assert read(["1971-02-03", text]) == ([398, 0], [KEPT, UNREADABLE])


def test_the_order_of_day_and_month_is_read_off_the_texts():
    assert read(["31/12/1970", "1/2/1970 8:26"])[0] == [364, 31]
    assert read(["12/31/1970", "1/2/1970 8:26"])[0] == [364, 1]
    assert read(["5/5/1970", "6.6.1970"])[0] == [124, 156]  # the same either way
    assert read(["31-12-1970", "99/99/1970"]) == ([364, 0], [KEPT, UNREADABLE])


def test_an_ambiguous_order_is_refused_not_guessed():
    with pytest.raises(TransactionsError, match=r"'date' holds dates such as '1/2/1970', in which the order"):
        read(["5/5/1970", "3/4/1970", "1/2/1970"])
    with pytest.raises(TransactionsError, match=r'Hint: date_format="%d\.%m\.%Y"'):
        read(["01.02.1970"])
    with pytest.raises(TransactionsError, match="some day first and some month first"):
        read(["31/12/1970", "12/31/1970"])
    assert read(["1/2/1970"], date_format="%d/%m/%Y")[0] == [31]
    assert read(["1/2/1970"], date_format="%m/%d/%Y")[0] == [1]


def test_a_format_reads_nothing_else():
    texts = ["1 Feb 1970", "2 Feb 1970", "1970-02-01", None]
    assert read(texts, date_format="%d %b %Y") == ([31, 32, 0, 0], [0, 0, UNREADABLE, MISSING])
    with pytest.raises(TransactionsError, match="is not a format"):
        read(["1970-02-01"], date_format="%Y-%Q")


def test_numbers_are_dates_only_when_told_how():
    with pytest.raises(TransactionsError, match=r"'date' holds numbers, such as 40513\.5, not dates.*excel"):
        read([40513.5, 1.0])
    with pytest.raises(TransactionsError, match="holds numbers"):
        read([20111209])
    # Excel: 1 January 1900 is 1, and 40513 is 1 December 2010
    assert read([40513.99, 61, 60, np.nan, np.inf], date_format="excel") == (
        [14944, -25508, 0, 0, 0],
        [KEPT, KEPT, UNREADABLE, MISSING, UNREADABLE],
    )
    assert read([20111209, 7], date_format="%Y%m%d") == ([15317, 0], [KEPT, UNREADABLE])
    assert read(pd.Series([20111209, np.nan]), date_format="%Y%m%d") == ([15317, 0], [KEPT, MISSING])
    mixed = pd.Series([40513, dt.datetime(2010, 12, 1), None], dtype=object)
    assert read(mixed, date_format="excel") == ([14944, 14944, 0], [KEPT, KEPT, MISSING])


def test_true_and_false_are_no_dates():
    with pytest.raises(TransactionsError, match="holds Boolean, which is not a date"):
        read([True, False])


@pytest.mark.parametrize("zone", ["UTC", "America/New_York", dt.timezone(dt.timedelta(hours=-5))])
def test_a_zoned_column_counts_by_its_own_clock_or_by_tz(zone):
    noon = pd.Series(pd.to_datetime(["2020-07-01 16:00", "2020-07-01 02:00"], utc=True)).dt.tz_convert(zone)
    own = [18444, 18444] if zone == "UTC" else [18444, 18443]
    assert read(noon)[0] == own
    assert read(noon, tz="Asia/Tokyo")[0] == [18445, 18444]


def test_tz_follows_daylight_saving():
    # London is on summer time from 2020-03-29 01:00 UTC on
    times = pd.Series(pd.to_datetime(["2020-03-28 23:30", "2020-03-29 23:30"], utc=True))
    assert read(times, tz="Europe/London")[0] == [18349, 18351]


def test_mixed_zones_are_refused():
    tokyo = dt.timezone(dt.timedelta(hours=9))
    mixed = [dt.datetime(2020, 1, 1, 3, tzinfo=UTC), dt.datetime(2020, 1, 1, 3, tzinfo=tokyo)]
    for values in (mixed, [moment.isoformat() for moment in mixed]):
        with pytest.raises(TransactionsError, match=r"mixes time zones: UTC, UTC\+09:00\. Hint: tz="):
            read(pd.Series(values, dtype=object))
        assert read(pd.Series(values, dtype=object), tz="UTC")[0] == [18262, 18261]
    for values in ([mixed[0], dt.datetime(2020, 1, 1)], ["2020-01-01T03:00Z", "2020-01-01"]):
        for tz in (None, "UTC"):
            with pytest.raises(TransactionsError, match="mixes times with a time zone and times without"):
                read(pd.Series(values, dtype=object), tz=tz)


def test_tz_for_times_without_a_zone_is_refused():
    for values in (pd.to_datetime(["2020-01-01"]), ["2020-01-01"], [dt.date(2020, 1, 1)]):
        with pytest.raises(TransactionsError, match="times of column 'date' have no zone"):
            read(pd.Series(values), tz="Asia/Tokyo")


def test_texts_with_an_offset():
    assert read(["1970-01-01T23:30:00-05:00", None])[0] == [0, 0]
    assert read(["1970-01-01T23:30:00-05:00", "1970-01-01 10:00Z"], tz="UTC")[0] == [1, 0]
    assert read(["1970-01-01 23:30 +0100"], date_format="%Y-%m-%d %H:%M %z", tz="Asia/Tokyo")[0] == [1]


@given(st.lists(st.dates(), min_size=1, max_size=20))
def test_every_way_of_writing_dates_gives_the_same_days(dates):
    days = [date.toordinal() - dt.date(1970, 1, 1).toordinal() for date in dates]
    assert read(pd.Series(dates, dtype=object))[0] == days
    assert read([date.isoformat() for date in dates])[0] == days
    assert (
        read([f"{date.day}/{date.month}/{date.year:04}" for date in dates], date_format="%d/%m/%Y")[0] == days
    )
    assert read(pd.Series(np.array(dates, dtype="datetime64[s]")))[0] == days
