"""The prior is that of the table of real logs."""

from __future__ import annotations

import pytest

from benchmarks.typical_errors import left_out, medians, read
from clv._past_errors.typical import LEAST, ORDERS, PURCHASES


@pytest.fixture(scope="module")
def errors():
    """Of purchases, and of mean orders, by shop and log."""
    return read()


@pytest.mark.nightly
def test_the_medians_are_the_most_likely_ones(errors):
    for place, prior in enumerate((PURCHASES, ORDERS)):
        found = medians({key: pair[place] for key, pair in errors.items()})
        least = LEAST if prior is ORDERS else 0.0
        assert [max(found.bias, least), found.shocks, found.drift] == pytest.approx(
            [prior.bias, prior.shocks, prior.drift], rel=0.03
        )


@pytest.mark.nightly
def test_totals_of_a_shop_lie_in_intervals_learned_from_the_others(errors):
    found = left_out({key: pair[0] for key, pair in errors.items()})
    held = found.groupby(["source", "shop"])["held 90%"].mean()
    assert held["past errors"].between(0.85, 0.98).all()
    assert (held["law"] < 0.8).all()
