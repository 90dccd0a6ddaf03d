"""A season in words, for summaries and reports."""

from __future__ import annotations

import clv
from clv._season.season_words import season_note, season_summary, strength_words


def test_the_two_highest_and_lowest_months_are_named(christmas: clv.Season) -> None:
    words = strength_words(christmas)
    assert words.startswith(("Dec +", "Nov +"))
    assert words.count("%") == 4


def test_a_season_without_a_note_was_given(christmas: clv.Season) -> None:
    assert season_note(christmas).startswith("The factors of the season were given.")
    assert season_summary(clv.Season(note="None was kept.")) == "season: none\nNone was kept."


def test_the_summary_has_the_months_and_what_they_are_worth(seasonal: clv.CustomerModel) -> None:
    lines = seasonal.summary().splitlines()
    months = lines.index(next(line for line in lines if line.startswith("   Jan   Feb")))
    assert [float(value) for value in lines[months + 1].split()] == seasonal.season.by_month.round(2).tolist()
    assert lines[months - 1].startswith("season: 1")  # about 11 parameters
    dated = season_summary(seasonal.season.with_factors({"2024-01-01": 2.0}))
    assert "and given factors of 1 days" in dated
