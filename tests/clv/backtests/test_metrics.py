"""Measures of error: against hand-made cases, scikit-learn, and under permutation."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn import metrics as sk

from clv._backtests.metrics import (
    METRICS,
    bias,
    calibration,
    correlation,
    coverage,
    errors,
    gini,
    mae,
    rmse,
    top_lift,
)

RNG = np.random.default_rng(7)
PREDICTED, HAPPENED = RNG.gamma(1.0, 1.0, 500), RNG.poisson(1.0, 500).astype(float)


def test_errors_are_scikit_learns():
    assert mae(PREDICTED, HAPPENED) == pytest.approx(sk.mean_absolute_error(HAPPENED, PREDICTED))
    assert rmse(PREDICTED, HAPPENED) == pytest.approx(sk.root_mean_squared_error(HAPPENED, PREDICTED))
    assert correlation(PREDICTED, HAPPENED) == pytest.approx(np.corrcoef(PREDICTED, HAPPENED)[0, 1])
    assert bias(PREDICTED, HAPPENED) == pytest.approx(PREDICTED.sum() / HAPPENED.sum() - 1)


def test_gini_of_yes_and_no_is_twice_the_auc_minus_one():
    bought = (HAPPENED > 0).astype(float)
    assert gini(PREDICTED, bought) == pytest.approx(2 * sk.roc_auc_score(bought, PREDICTED) - 1)


def test_gini_of_ties_is_the_mean_over_their_orders():
    # Three customers tied: what happened, 6, 3 and 0, in each of the six orders, leaves no area on average.
    assert gini(np.array([1.0, 1.0, 1.0]), np.array([6.0, 3.0, 0.0])) == pytest.approx(0.0)
    assert gini(-HAPPENED, HAPPENED) == pytest.approx(-1.0)


def test_top_lift_by_hand():
    predicted, happened = np.arange(20.0), np.zeros(20)
    happened[[19, 18, 0]] = 6.0, 2.0, 2.0
    assert top_lift(predicted, happened) == pytest.approx((8 / 2) / (10 / 20))
    assert top_lift(np.ones(20), happened) == pytest.approx(1.0)


def test_coverage_counts_the_bounds():
    assert coverage(
        np.array([0.0, 1.0, 2.0]), np.array([1.0, 1.0, 5.0]), np.array([1.0, 1.0, 6.0])
    ) == pytest.approx(2 / 3)


def test_calibration_groups_hold_everybody_once_and_never_split_ties():
    predicted = np.repeat([0.1, 0.5, 2.0], [700, 200, 100])
    happened = np.repeat([0.0, 1.0, 3.0], [700, 200, 100])
    group, customers, result, did = calibration(predicted, happened)
    assert customers.tolist() == [700, 200, 100]
    assert result == pytest.approx([0.1, 0.5, 2.0])
    assert did == pytest.approx([0.0, 1.0, 3.0])
    assert (np.diff(group) > 0).all()
    _, customers, result, did = calibration(PREDICTED, HAPPENED)
    assert customers.tolist() == [50] * 10
    assert customers @ result == pytest.approx(PREDICTED.sum())
    assert customers @ did == pytest.approx(HAPPENED.sum())


def test_nothing_happened_is_nan_not_an_error():
    nothing = np.zeros(500)
    found = errors(PREDICTED, nothing)
    assert np.isnan([found["bias"], found["correlation"], found["gini"], found["top_decile_lift"]]).all()
    assert found["mae"] == pytest.approx(PREDICTED.mean())


@given(st.lists(st.tuples(st.integers(0, 4), st.integers(0, 3)), min_size=2, max_size=30), st.randoms())
def test_the_order_of_customers_never_matters(pairs, random):
    shuffled = random.sample(pairs, len(pairs))
    for measure in METRICS.values():
        one, other = (measure(*np.array(rows, dtype=float).T) for rows in (pairs, shuffled))
        assert one == pytest.approx(other, nan_ok=True, abs=1e-12)
