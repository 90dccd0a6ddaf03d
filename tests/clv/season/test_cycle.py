"""The days of the year, and the shapes that factors have over it."""

from __future__ import annotations

import numpy as np
import pandas as pd

from clv._season.cycle import basis, factors_of, mean_of, month_of_slot, slot_of


def test_slots_follow_the_calendar_of_four_centuries() -> None:
    days = pd.date_range("1899-12-31", "2301-01-01", unit="s")
    number = (days - pd.Timestamp("1970-01-01")).days.to_numpy()
    leap = pd.to_datetime("2000-" + days.strftime("%m-%d"))
    assert (slot_of(number) == leap.day_of_year - 1).all()
    assert (month_of_slot()[slot_of(number)] == days.month - 1).all()


def test_factors_have_mean_1_whatever_the_coefficients() -> None:
    rng = np.random.default_rng(0)
    for shape in ("month", "week"):
        drawn = rng.normal(0, 1, (3, basis(shape).shape[1]))
        np.testing.assert_allclose(mean_of(factors_of(shape, drawn)), 1.0)


def test_a_month_has_one_factor_and_weeks_are_smooth() -> None:
    factors = factors_of("month", np.linspace(-1, 1, 12))
    assert len(np.unique(factors.round(12))) == 12
    # equal coefficients are a random walk around the year: neighbours differ little, and half a year apart much
    walks = np.random.default_rng(1).normal(size=(500, basis("week").shape[1])) @ basis("week").T
    steps = [np.mean((walks - np.roll(walks, lag, axis=1)) ** 2) for lag in (7, 28, 183)]
    assert steps[0] < 0.4 * steps[1] < 0.2 * steps[2]
    np.testing.assert_allclose(np.mean((walks[:, 0] - walks[:, -1]) ** 2), steps[0] / 7, rtol=0.9)
