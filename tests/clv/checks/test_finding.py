"""When an effect counts as absent, in doubt or present, and Student's intervals."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy import stats

from clv._checks.finding import Estimate, Finding, percent, student, unknown, verdict


@pytest.mark.parametrize(
    ("estimate", "holds"),
    [
        (Estimate(0.5, -0.1, 1.1), "yes"),  # not to be told from none
        (Estimate(0.5, 0.0, 1.0), "yes"),
        (Estimate(0.09, 0.08, 0.1), "yes"),  # small
        (Estimate(0.1, 0.05, 0.2), "doubtful"),
        (Estimate(-0.2, -0.3, -0.1), "doubtful"),
        (Estimate(0.3, 0.2, 0.4), "no"),
        (Estimate(-0.9, -1.0, -0.8), "no"),
        (Estimate(0.9), "yes"),  # without an interval nothing is known against it
    ],
)
def test_an_effect_counts_where_it_is_large_and_not_chance(estimate, holds):
    assert verdict(estimate, doubtful=0.1, no=0.3) == holds


def test_students_interval_is_scipys_of_a_mean():
    values = np.array([1.0, 2.0, 4.0, 8.0])
    found = student(values.mean(), values.std(ddof=1) / 2, 3)
    low, high = stats.ttest_1samp(values, 0).confidence_interval(0.95)
    assert (found.low, found.high) == pytest.approx((low, high))
    assert found.n == 4


def test_on_another_scale_the_bounds_move_along():
    assert Estimate(0.0, -1.0, 1.0, 7).mapped(math.exp) == Estimate(1.0, math.exp(-1), math.e, 7)


def test_where_too_little_is_known_the_estimate_is_missing():
    found = unknown("Rates are steady", "slope", "Too few customers.", 9)
    assert (found.holds, found.customers) == ("unknown", 9)
    assert np.isnan([found.row[name] for name in ("value", "low", "high")]).all()


def test_a_finding_is_a_row_of_the_table():
    found = Finding("Rates are steady", "no", "slope", Estimate(0.3, 0.2, 0.4, 50), "They fall.", 40)
    assert found.row == {
        "check": "Rates are steady",
        "holds": "no",
        "statistic": "slope",
        "value": 0.3,
        "low": 0.2,
        "high": 0.4,
        "finding": "They fall.",
        "customers": 40,
    }


def test_a_change_has_its_sign():
    assert [percent(share) for share in (0.0, 0.004, -0.996, 12.3456)] == ["+0%", "+0%", "-100%", "+1,235%"]
