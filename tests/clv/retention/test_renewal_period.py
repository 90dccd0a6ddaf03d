"""Renewals of the calendar: months of 28 to 31 days, leap years, and periods of days."""

from __future__ import annotations

import calendar
from datetime import date, timedelta

import numpy as np
import pytest

from clv._retention.renewal_period import RenewalPeriod
from rfm import DataError

EPOCH = date(1970, 1, 1)


def number(day: date) -> int:
    return (day - EPOCH).days


def by_hand(start: date, months: int) -> date:
    """The same day of a later month, or its last."""
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    return date(year, month + 1, min(start.day, calendar.monthrange(year, month + 1)[1]))


@pytest.mark.parametrize(("text", "months"), [("1M", 1), ("1Q", 3), ("1Y", 12), ("6M", 6)])
def test_renewals_of_every_start_are_those_counted_by_hand(text, months):
    period = RenewalPeriod.of(text)
    starts = [date(2019, 12, 25) + timedelta(days=each) for each in range(0, 500, 1)]
    days = np.array([number(start) for start in starts])
    for k in (1, 2, 5, 13):
        wanted = [number(by_hand(start, k * months)) for start in starts]
        dates = period.date(days, np.full(len(days), k))
        assert dates.tolist() == wanted
        assert (period.renewals(days, dates) == k).all()
        assert (period.renewals(days, dates - 1) == k - 1).all()


def test_a_contract_from_the_31st_is_renewed_on_the_29th_and_the_31st_again():
    month, start = RenewalPeriod.of("1m"), np.array([number(date(2024, 1, 31))])
    dates = month.date(np.repeat(start, 3), np.array([1, 2, 3]))
    assert dates.astype("datetime64[D]").astype(str).tolist() == ["2024-02-29", "2024-03-31", "2024-04-30"]


@pytest.mark.parametrize(
    ("end", "periods"),
    [
        ("2024-01-15", 1),
        ("2024-01-16", 1),
        ("2024-02-14", 1),
        ("2024-02-15", 1),
        ("2024-02-16", 2),
        ("2024-03-15", 2),
    ],
)
def test_a_contract_lasts_the_periods_that_it_paid_for(end, periods):
    start = np.array([number(date(2024, 1, 15))])
    assert RenewalPeriod.of("1M").lasted(start, np.array([number(date.fromisoformat(end))])).tolist() == [
        periods
    ]


def test_periods_of_days():
    four_weeks, start = RenewalPeriod.of("4W"), np.array([10])
    assert four_weeks.date(start, np.array([2])).tolist() == [66]
    assert four_weeks.renewals(start, np.array([65])).tolist() == [1]
    assert four_weeks.renewals(start, np.array([3])).tolist() == [0]
    assert four_weeks.years == pytest.approx(28 / 365.25)
    assert RenewalPeriod.of("1Q").per_period(0.1) == pytest.approx(1.1**0.25 - 1)


def test_cohorts_are_calendar_periods():
    days = np.array([number(date(2024, 5, 17))])
    firsts = {
        each: RenewalPeriod.of(each).cohort(days).astype("datetime64[D]").astype(str)[0]
        for each in ("1M", "1Q", "1Y", "2Y", "1W")
    }
    assert firsts == {
        "1M": "2024-05-01",
        "1Q": "2024-04-01",
        "1Y": "2024-01-01",
        "2Y": "2024-01-01",
        "1W": "2024-05-13",
    }


@pytest.mark.parametrize("text", ["", "M", "0M", "1 month", "-1M", 30, None])
def test_what_is_no_period_is_refused(text):
    with pytest.raises(DataError, match="is not the period of a contract"):
        RenewalPeriod.of(text)
