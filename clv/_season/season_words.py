"""A season in words."""

from __future__ import annotations

from typing import Final

import numpy as np

from clv._season.factors import Factors
from rfm._words import declare, joined

__all__ = ["MONTHS", "TEXTS", "season_note", "season_summary", "strength_words"]

MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")
TEXTS: Final = declare(
    "season",
    {
        "short": "No season was learned: the log has {weeks} weeks, and {cycles} cycles of {cycle} are needed to tell "
        "a season from a decline. If you know the calendar, give its factors: season=clv.Season.from_factors(…).",
        "few": "No season was learned: the first part of the log does not hold enough repeat purchases to fit the law.",
        "none": "No season was kept: in the last {weeks} weeks, which were held out, purchases of four weeks each were "
        "off by {without} without a season and by {with} with the better one, {shape}.",
        "kept": "A season was kept, {shape}: in the last {weeks} weeks, which were held out, purchases of four weeks "
        "each were off by {with} with it and by {without} without. Purchases against the year's average: {strength}.",
        "learned": "A season was learned, {shape}. Purchases against the year's average: {strength}.",
        "given": "The factors of the season were given. Purchases against the year's average: {strength}.",
        "two": "two",
        "month": "with a factor for each month",
        "week": "a curve by week",
        "change": "{month} {change}",
        **{month: month for month in MONTHS},
    },
)


def strength_words(season: Factors) -> str:
    """The two highest and the two lowest months."""
    change = season.by_month / max(season.mean, 1e-300) - 1
    order = np.argsort(change, kind="stable")
    chosen = [*order[::-1][:2], *order[:2][::-1]]
    return joined(
        "list", [TEXTS("change", month=TEXTS(MONTHS[m]), change=f"{change[m]:+.0%}") for m in chosen]
    )


def season_note(season: Factors) -> str:
    """How a season was chosen, and its months, in a sentence."""
    return season.note or TEXTS("given", strength=strength_words(season))


def season_summary(season: Factors) -> str:
    """The season below the summary of the fits: its months, and how it was chosen."""
    note = season_note(season)
    if season.flat:
        return f"season: none\n{note}"
    head = "".join(f"{month:>6}" for month in MONTHS)
    row = "".join(f"{factor:6.2f}" for factor in season.by_month)
    days = f"\nand given factors of {len(season.dated):,} days" if season.dated else ""
    worth = f"{season.freedom:.1f} parameters" if season.shape else "given factors"
    return f"season: {worth}\n{head}\n{row}{days}\n{note}"
