"""The team's calendar against pandas' business days, and day by day."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv._contacts.work_days import WorkDays

CALENDARS = st.builds(
    WorkDays,
    st.integers(-400, 20_000),
    st.sampled_from(["day", "week"]),
    st.frozensets(st.integers(0, 6), max_size=6),
)


def weekmask(days: WorkDays) -> list[bool]:
    return [weekday not in days.closed for weekday in range(7)]


@given(CALENDARS, st.integers(0, 60))
def test_periods_are_numpys_business_days(days, period):
    forward = {"roll": "forward", "weekmask": weekmask(days)}
    start = np.datetime64(days.start, "D")
    if days.per == "day":
        expected = np.busday_offset(start, period, **forward)
    else:
        expected = np.busday_offset(start + 7 * period, 0, **forward)
    assert days.day_of(period) == expected.astype(int)
    assert days.period_of(days.day_of(period)) == period


@given(CALENDARS, st.integers(-30, 90))
def test_the_first_period_is_the_first_that_begins_on_the_day_or_later(days, after):
    day = days.start + after
    period = days.first_period(day)
    assert days.day_of(period) >= day
    assert period == 0 or days.day_of(period - 1) < day


@given(CALENDARS, st.integers(0, 9), st.lists(st.integers(1, 40), max_size=4, unique=True))
def test_contacts_are_on_days_that_are_worked_none_before_its_time_and_none_twice(days, period, offsets):
    cadence = [0, *sorted(offsets)]
    found = days.contacts_from(period, cadence)
    assert found[0] == days.day_of(period)
    assert len(set(found)) == len(found)
    for day, offset in zip(found, cadence, strict=True):
        assert weekmask(days)[(day + 3) % 7]
        assert found[0] + offset <= day
        assert day <= found[0] + offset + 7 * len(cadence)


@pytest.mark.parametrize(("per", "period"), [("day", 5), ("week", 1)])
def test_a_week_without_its_end(per, period):
    days = WorkDays(4, per, frozenset({5, 6}))  # 1970-01-05, a Monday
    assert days.day_of(period) == 11
    assert days.day_from(9) == 11
