"""Which season a log gets: asked for, kept because it predicts, not kept, or refused, always in words."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
from clv._season.choice import refuse_season
from rfm.errors import DataError


def test_auto_keeps_a_season_that_predicts(past: pd.DataFrame, christmas: clv.Season) -> None:
    season = clv.Season.fit(past, end="2021-12-31")
    assert season.note.startswith("A season was kept, ")
    assert "in the last 52 weeks, which were held out" in season.note
    assert season.by_month == pytest.approx(christmas.by_month, rel=0.15)


def test_auto_keeps_none_where_none_predicts_better() -> None:
    log = clv.simulate(
        clv.BGNBD(r=0.8, alpha=9.0, a=0.7, b=2.5),
        clv.ConstantSpend(10.0),
        800,
        rng=np.random.default_rng(1),
        joining="150W",
        observed="156W",
    )[["customer_id", "date"]]
    season = clv.Season.fit(log)
    assert season.note.startswith("No season was kept: in the last 52 weeks, which were held out, ")
    assert season.flat
    model = clv.fit(log, season="auto")
    plain = clv.fit(log)
    pd.testing.assert_frame_equal(model.predict("13W"), plain.predict("13W"))
    assert model.purchases.aic == pytest.approx(plain.purchases.aic)
    assert "season: none" in model.summary()


def test_one_cycle_is_not_enough(past: pd.DataFrame) -> None:
    short = past[past["date"] < "2020-12-25"]  # 725 days
    assert clv.Season.fit(short).note.startswith(
        "No season was learned: the log has 103 weeks, and two cycles of 52"
    )
    with pytest.raises(
        DataError, match=r"season='month' needs two cycles .* Hint: give the factors, season=clv.Season"
    ):
        clv.fit(short, season="month")
    assert clv.fit(short, season="auto").season.flat


def test_given_factors_are_kept_beside_the_learned_ones(past: pd.DataFrame) -> None:
    given = clv.Season.from_factors({"2020-05-01": 2.0})
    season = clv.Season.fit(past, "month", given=given, model="mbg-nbd")
    assert season.dated == given.dated
    assert season.shape == "month"
    with pytest.raises(DataError, match="given holds learned factors, and these would be learned twice"):
        clv.Season.fit(past, given=season)


@pytest.mark.parametrize("season", ["yearly", 3, True, ["auto"], {"month": 1.0}])
def test_what_is_no_season_is_refused(season: object, past: pd.DataFrame) -> None:
    with pytest.raises(
        DataError, match=r"season=.* is none. Hint: \"auto\", \"month\", \"week\", or a clv.Season"
    ):
        clv.fit(past, season=season)


def test_laws_of_periods_and_other_engines_have_no_season(past: pd.DataFrame, christmas: clv.Season) -> None:
    with pytest.raises(DataError, match=r"BG/BB counts periods, .* has no time that a season could stretch"):
        clv.fit(past, "bg-bb", season=christmas)
    with pytest.raises(DataError, match='engine="lifetimes" has no season'):
        clv.fit(past, season="auto", engine="lifetimes")
    with pytest.raises(DataError, match="counts periods"):
        clv.backtest(past, "8W", models="bg-bb", season="auto")
    refuse_season(None, clv.BGBB)


def test_wrong_options_of_learning_are_refused(past: pd.DataFrame) -> None:
    with pytest.raises(DataError, match=r"shape must be one of .*; got 'day'"):
        clv.Season.fit(past, "day")
    with pytest.raises(DataError, match=r"given must be a clv\.Season; got 2\.0"):
        clv.Season.fit(past, given=2.0)


def test_a_first_part_without_repeat_purchases_teaches_nothing() -> None:
    days = pd.date_range("2020-01-01", periods=8, freq="100D")
    log = pd.DataFrame({"customer_id": [*range(8), 0, 1], "date": [*days, "2022-03-01", "2022-03-05"]})
    log["date"] = pd.to_datetime(log["date"])
    assert clv.Season.fit(log).note.startswith(
        "No season was learned: the first part of the log does not hold enough"
    )
