"""A season's factors: given by month, week, date and period, multiplied, drawn, and never changed."""

from __future__ import annotations

import pickle

import numpy as np
import pandas as pd
import pytest

import clv
from clv._season.factors import drawn_factors, factors_on
from rfm._days import as_day
from rfm.errors import DataError

MONTHS = pd.Series(np.linspace(0.5, 1.6, 12), index=range(1, 13))


def learned(spread: float = 0.1) -> clv.Season:
    return clv.Season(
        shape="month",
        coefficients=tuple(np.log(MONTHS)),
        covariance=tuple(map(tuple, (np.eye(12) * spread**2).tolist())),
        freedom=11.0,
    )


def test_factors_of_months_are_taken_as_they_are() -> None:
    season = clv.Season.from_factors(MONTHS)
    days = pd.date_range("2023-01-01", "2024-12-31")
    assert season.factors(days) == pytest.approx(MONTHS.loc[days.month].to_numpy())
    assert season.by_month == pytest.approx(MONTHS.to_numpy())


def test_learned_factors_have_mean_1_over_four_years() -> None:
    days = pd.date_range("2021-01-01", "2024-12-31")
    assert learned().factors(days).mean() == pytest.approx(1.0, abs=1e-12)
    assert learned().mean == pytest.approx(1.0)


def test_given_factors_multiply_and_are_not_renormalised() -> None:
    promotion = learned().with_factors({"2024-11-29": 4.0, "2024-12-25": 0.0})
    before, after = (
        season.factors(["2024-11-28", "2024-11-29", "2024-12-25"]) for season in (learned(), promotion)
    )
    assert after == pytest.approx(before * [1, 4, 0])
    twice = promotion.with_factors({"2024-11-29": 0.5})
    assert twice.factors(["2024-11-29"]) == pytest.approx(before[1:2] * 2)
    assert learned().dated == ()  # nothing was changed


def test_weeks_are_counted_from_january_the_first() -> None:
    weeks = pd.Series(np.arange(1.0, 53.0), index=range(1, 53))
    season = clv.Season.from_factors(weeks)
    assert season.factors(["2024-01-01", "2024-01-07", "2024-01-08", "2024-12-31"]) == pytest.approx(
        [1, 1, 2, 52]
    )
    with_last = clv.Season.from_factors(pd.concat([weeks, pd.Series({53: 99.0})]))
    assert with_last.factors(["2024-12-31"]) == pytest.approx([99])


def test_periods_stand_for_their_days_and_overlap_as_products() -> None:
    eve = pd.Series(
        [2.0, 3.0], index=pd.PeriodIndex(["2024-02-05/2024-02-11", "2024-02-12/2024-02-18"], freq="W")
    )
    season = clv.Season.from_factors(eve)
    assert season.factors(["2024-02-04", "2024-02-05", "2024-02-18", "2025-02-05"]) == pytest.approx(
        [1, 2, 3, 1]
    )
    both = clv.Season.from_factors({pd.Period("2024-02"): 2.0, "2024-02-29": 5.0})
    assert both.factors(["2024-02-28", "2024-02-29"]) == pytest.approx([2, 10])


def test_draws_have_the_covariance_and_mean_1() -> None:
    drawn = drawn_factors(learned(), 3_000, np.random.default_rng(1))
    weights = np.ones(366)
    weights[59] = 0.25
    assert drawn @ weights / weights.sum() == pytest.approx(np.ones(3_000))
    assert np.log(drawn[:, 40]).std() == pytest.approx(0.1, rel=0.1)  # in February, which has 8% of the year
    given = clv.Season.from_factors(MONTHS)
    assert (drawn_factors(given, 2, np.random.default_rng(1)) == given.by_slot).all()


def test_seasons_compare_hash_and_pickle() -> None:
    one, other = learned(), learned()
    assert one.by_slot.sum()  # computed before the copy is made
    assert one == other == pickle.loads(pickle.dumps(one))
    assert hash(one) == hash(other)
    assert one != clv.Season()
    assert clv.Season().flat
    assert not learned().flat
    assert not clv.Season.from_factors({"2024-01-01": 2.0}).flat


def test_a_season_is_shown_by_what_it_is() -> None:
    assert repr(clv.Season()) == "Season(no season)"
    assert "learned by month" in repr(learned())
    assert "given factors of the year" in repr(clv.Season.from_factors(MONTHS))
    assert "given factors of 1 days" in repr(clv.Season.from_factors({"2024-01-01": 2.0}))


def test_the_factors_of_one_text_are_refused() -> None:
    with pytest.raises(DataError, match="days must be a sequence of dates; got '2024-01-01'"):
        clv.Season().factors("2024-01-01")


def test_the_29th_of_february_has_a_place_of_its_own() -> None:
    season = clv.Season.from_factors(pd.Series(range(1, 13), index=range(1, 13), dtype=float))
    days = np.array(
        [as_day(day, "day") for day in ("2023-02-28", "2023-03-01", "2024-02-29", "2024-03-01", "1968-02-29")]
    )
    assert factors_on(season, days).tolist() == [2.0, 3.0, 2.0, 3.0, 2.0]
