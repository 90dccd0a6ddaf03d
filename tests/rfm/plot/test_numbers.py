import numpy as np
import pytest

from rfm.plot._numbers import number, percent


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (0, "0"), (5, "5"), (0.5, "0.5"), (123, "123"), (999, "999"), (999.6, "1k"), (1000, "1k"),
        (12_345, "12.3k"),
        (999_499, "999k"), (999_500, "1M"), (1.234e9, "1.23B"), (1.5e13, "15,000B"), (-12_345, "−12.3k"),
        (-0.0, "0"), (np.nan, "–"), (np.inf, "–"),
    ],
)  # fmt: skip
def test_numbers_for_people(value, text):
    assert number(value) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [
        (0, "0%"), (0.0004, "<0.1%"), (0.0005, "0.1%"), (0.0451, "4.5%"), (0.05, "5%"), (0.0999, "10%"),
        (0.453, "45%"), (0.996, "99.6%"), (1, "100%"), (1.5, "150%"), (-0.12, "−12%"), (-0.0001, "0%"),
        (np.nan, "–"),
    ],
)  # fmt: skip
def test_percentages_for_people(share, text):
    assert percent(share) == text
