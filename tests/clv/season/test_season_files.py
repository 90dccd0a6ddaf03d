"""Seasons in model files: whole, and nothing else."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clv
from clv._season.season_files import season_from_dict, season_to_dict

LEARNED = clv.Season(
    shape="month",
    coefficients=tuple(np.linspace(-0.5, 0.5, 12).tolist()),
    covariance=tuple(map(tuple, (np.eye(12) * 0.02).tolist())),
    freedom=10.5,
    note="A season was learned.",
)
SEASONS = {
    "none": clv.Season(),
    "learned": LEARNED,
    "given": clv.Season.from_factors(pd.Series(np.arange(1.0, 13.0), index=range(1, 13))),
    "both": LEARNED.with_factors({"2024-11-29": 4.0, "2024-12-25": 0.0}),
}


@pytest.mark.parametrize("name", SEASONS)
def test_a_season_comes_back_as_it_was(name: str) -> None:
    assert season_from_dict(json.loads(json.dumps(season_to_dict(SEASONS[name])))) == SEASONS[name]


HOSTILE: dict[str, tuple[str, Any, str]] = {
    "a text": ("yearly", "1.0", "366 numbers"),
    "too few factors": ("yearly", [1.0] * 365, "366 numbers"),
    "negative factors": ("yearly", [-1.0] * 366, "from 0 to 10000"),
    "no factor above 0": ("yearly", [0.0] * 366, "all factors of a season are 0"),
    "an unknown shape": ("shape", "os.system", "'os.system' is no shape of a season"),
    "a list as shape": ("shape", ["month"], "is no shape"),
    "too few coefficients": ("coefficients", [0.0], "12 numbers"),
    "huge coefficients": ("coefficients", [1e9] * 12, "from -100 to 100"),
    "flags": ("coefficients", [True] * 12, "got True"),
    "no covariance": ("covariance", [], "has 12 rows"),
    "an asymmetric one": ("covariance", np.triu(np.ones((12, 12))).tolist(), "symmetric"),
    "a negative variance": ("covariance", (-np.eye(12)).tolist(), "no variance below 0"),
    "a day as text": ("dated", [["2024-01-01", 1.0]], "a day and its factor"),
    "days twice": ("dated", [[5, 1.0], [5, 1.0]], "must ascend"),
    "a day beyond all calendars": ("dated", [[10**9, 1.0]], "must ascend"),
    "freedom of a text": ("freedom", "1", "got '1'"),
    "no note": ("note", None, "note is text"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_seasons_are_errors(case: str) -> None:
    field, value, message = HOSTILE[case]
    with pytest.raises((TypeError, ValueError), match=message):
        season_from_dict(season_to_dict(LEARNED) | {field: value})


def test_missing_fields_and_other_values_are_errors() -> None:
    document = season_to_dict(LEARNED)
    for name in document:
        with pytest.raises(ValueError, match=f"{name!r} is missing"):
            season_from_dict({key: value for key, value in document.items() if key != name})
    with pytest.raises(TypeError, match="an object with fields"):
        season_from_dict([1, 2])
