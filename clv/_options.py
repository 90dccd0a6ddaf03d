"""Validation of numeric options: rates, costs and shares."""

from __future__ import annotations

import math
from typing import Any

from rfm._requirements import is_number
from rfm.errors import DataError

__all__ = ["finite", "fraction", "mass_of"]


def finite(value: Any, name: str, hint: str, *, least: float = -math.inf) -> float:
    """A finite number, `least` or more, as a float.

    >>> finite(1, "margin", "margin=0.3", least=0)
    1.0
    >>> finite(float("nan"), "margin", "margin=0.3", least=0)
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: margin must be a finite number, 0 or more; got nan. Hint: margin=0.3.
    """
    if not is_number(value) or not math.isfinite(value) or value < least:
        bound = f", {least:g} or more" if math.isfinite(least) else ""
        raise DataError(f"{name} must be a finite number{bound}; got {value!r}. Hint: {hint}.")
    return float(value)


def fraction(value: Any, name: str, hint: str) -> float:
    """A number between 0 and 1, both excluded, as a float.

    >>> fraction(0.9, "interval", "interval=0.9")
    0.9
    """
    if not is_number(value) or not 0 < value < 1:
        raise DataError(f"{name} must lie between 0 and 1, got {value!r}. Hint: {hint}.")
    return float(value)


def mass_of(interval: Any) -> float:
    """The mass of an interval, checked.

    >>> mass_of(0.9)
    0.9
    """
    return fraction(interval, "interval", "interval=0.9")
