"""Numeric options: finite, of the right sign, and not text or booleans."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pytest

from clv._options import finite, fraction
from rfm.errors import DataError

NO_NUMBERS = [None, "1", True, 1j, [0.5], np.array([0.5]), math.nan]


@pytest.mark.parametrize("value", [*NO_NUMBERS, math.inf, -math.inf])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(
        DataError, match=r"^margin must be a finite number, 0 or more; got .* Hint: margin=0.3\.$"
    ):
        finite(value, "margin", "margin=0.3", least=0)


def test_the_least_value_is_allowed_and_said():
    assert finite(0, "margin", "margin=0.3", least=0) == 0
    assert finite(-2, "rate", "rate=0.1") == -2
    with pytest.raises(DataError, match=r"margin must be a finite number, 0 or more; got -0\.1"):
        finite(-0.1, "margin", "margin=0.3", least=0)


@pytest.mark.parametrize("value", [*NO_NUMBERS, 0, 1, -0.5, math.inf])
def test_what_is_no_fraction_is_refused(value):
    with pytest.raises(DataError, match=r"^interval must lie between 0 and 1, got "):
        fraction(value, "interval", "interval=0.9")


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), Fraction(1, 2)])
def test_numbers_of_any_kind_become_floats(value):
    assert type(fraction(value, "interval", "interval=0.9")) is float
    assert fraction(value, "interval", "interval=0.9") == 0.5
