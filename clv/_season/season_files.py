"""A season as plain JSON values, and back, checked."""

from __future__ import annotations

import math
import reprlib
from typing import Any, get_args

import numpy as np

from clv._season.cycle import SLOTS, Shape, basis
from clv._season.factors import NO_WAVES
from clv._season.given_factors import MOST_DAYS, MOST_FACTOR
from clv._season.season import Season
from rfm._days import FIRST, LAST

__all__ = ["season_from_dict", "season_to_dict"]

MOST_COEFFICIENT = 100.0  # of a logarithm
ROUNDING = 1e-9  # tolerated asymmetry of a covariance, relative to its largest entry


def season_to_dict(season: Season) -> dict[str, Any]:
    """A season as plain JSON values."""
    return {
        "yearly": None if season.yearly == NO_WAVES else list(season.yearly),
        "dated": [list(each) for each in season.dated],
        "shape": season.shape,
        "coefficients": list(season.coefficients),
        "covariance": [list(row) for row in season.covariance],
        "freedom": season.freedom,
        "note": str(season.note),
    }


def season_from_dict(document: Any) -> Season:
    """The season back from its JSON values.

    Raises
    ------
    TypeError, ValueError
        If a field is missing, has the wrong type, or is invalid.
    """
    if not isinstance(document, dict):
        raise TypeError("a season is an object with fields")
    names = ("yearly", "dated", "shape", "coefficients", "covariance", "freedom", "note")
    for name in names:
        if name not in document:
            raise ValueError(f"the season's field {name!r} is missing")
    yearly, dated, shape, coefficients, covariance, freedom, note = (document[name] for name in names)
    if shape not in (None, *get_args(Shape)):
        raise ValueError(f"{reprlib.repr(shape)} is no shape of a season")
    if not isinstance(note, str):
        raise TypeError("a season's note is text")
    k = 0 if shape is None else basis(shape).shape[1]
    return Season(
        yearly=NO_WAVES if yearly is None else _factors(yearly),
        dated=_dated(dated),
        shape=shape,
        coefficients=_numbers(coefficients, k, -MOST_COEFFICIENT, MOST_COEFFICIENT),
        covariance=_covariance(covariance, k),
        freedom=_numbers([freedom], 1, 0.0, SLOTS)[0],
        note=note,
    )


def _factors(values: Any) -> tuple[float, ...]:
    factors = _numbers(values, SLOTS, 0.0, MOST_FACTOR)
    if max(factors) == 0:
        raise ValueError("all factors of a season are 0")
    return factors


def _dated(rows: Any) -> tuple[tuple[int, float], ...]:
    if not isinstance(rows, list) or len(rows) > MOST_DAYS:
        raise TypeError("a season's dated factors are a list of days and factors")
    found: list[tuple[int, float]] = []
    for row in rows:
        if not isinstance(row, list) or len(row) != 2 or type(row[0]) is not int:
            raise TypeError(f"a day and its factor are expected, got {reprlib.repr(row)}")
        if not FIRST <= row[0] <= LAST or (found and row[0] <= found[-1][0]):
            raise ValueError(f"the days of a season must ascend, got {reprlib.repr(row[0])}")
        found.append((row[0], _numbers([row[1]], 1, 0.0, MOST_FACTOR**2)[0]))
    return tuple(found)


def _covariance(rows: Any, k: int) -> tuple[tuple[float, ...], ...]:
    if not isinstance(rows, list) or len(rows) != k:
        raise ValueError(f"the covariance of {k} coefficients has {k} rows")
    found = tuple(_numbers(row, k, -1e6, 1e6) for row in rows)
    if k:
        matrix = np.array(found)
        slack = ROUNDING * max(float(np.abs(matrix).max()), 1e-12)
        if np.abs(matrix - matrix.T).max() > slack or np.linalg.eigvalsh(matrix)[0] < -slack:
            raise ValueError("a covariance must be symmetric, with no variance below 0")
    return found


def _numbers(values: Any, count: int, least: float, most: float) -> tuple[float, ...]:
    if not isinstance(values, list) or len(values) != count:
        raise ValueError(f"{count} numbers of a season are expected, got {reprlib.repr(values)}")
    for value in values:
        known = not isinstance(value, bool) and isinstance(value, (int, float))
        if not known or not (least <= value <= most) or not math.isfinite(float(value)):
            raise ValueError(f"a number from {least:g} to {most:g} is expected, got {reprlib.repr(value)}")
    return tuple(float(value) for value in values)
