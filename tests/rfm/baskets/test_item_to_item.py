"""The regressions of all items at once are those of each item on the others, computed one by one."""

from __future__ import annotations

import numpy as np
import pytest

from rfm._baskets.item_to_item import CAUTION, PENALTIES, STEPS, _Ridge, inclinations


def shop(n=150, items=8, seed=0):
    rng = np.random.default_rng(seed)
    taste = rng.random((n, 1)) < 0.4
    return rng.random((n, items)) < np.where(taste == (np.arange(items) < items / 2), 0.6, 0.2)


def counts(owned):
    return owned.astype(np.int64).T @ owned.astype(np.int64)


def one_by_one(owned, penalty, item):
    """Slopes of one item on the others by ridge regression with a constant, and the hat matrix."""
    others = np.delete(owned, item, axis=1).astype(float)
    n = len(owned)
    centred = others - others.mean(axis=0)
    inner = centred.T @ centred / n + penalty * np.eye(others.shape[1])
    slopes = np.linalg.solve(inner, centred.T @ (owned[:, item] - owned[:, item].mean()) / n)
    hat = centred @ np.linalg.solve(inner, centred.T) / n + 1 / n
    return np.insert(slopes, item, 0.0), hat


@pytest.mark.parametrize("penalty", [0.02, 0.3])
def test_slopes_leverage_and_error_are_those_of_single_regressions(penalty):
    owned = shop()
    share = owned.mean(axis=0)
    ridge = _Ridge(counts(owned) / len(owned) - np.outer(share, share), len(owned))
    error = 0.0
    for item in range(owned.shape[1]):
        slopes, hat = one_by_one(owned, penalty, item)
        assert ridge.slopes(penalty)[:, item] == pytest.approx(slopes, rel=1e-9, abs=1e-12)
        assert ridge.leverage(penalty)[item] == pytest.approx(np.trace(hat) / len(owned), rel=1e-9)
        left = owned[:, item] - hat @ owned[:, item]
        error += (left**2).mean() / (1 - CAUTION * np.trace(hat) / len(owned)) ** 2
    assert ridge.error(penalty) == pytest.approx(error, rel=1e-9)


def test_the_chosen_penalty_has_the_smallest_error():
    owned = shop()
    found, share = inclinations(counts(owned), len(owned)), owned.mean(axis=0)
    covariance = counts(owned) / len(owned) - np.outer(share, share)
    ridge, unit = _Ridge(covariance, len(owned)), np.trace(covariance) / owned.shape[1]
    errors = [ridge.error(penalty * unit) for penalty in PENALTIES]
    assert found.penalty == PENALTIES[int(np.argmin(errors))]
    assert 0 < int(np.argmin(errors)) < len(PENALTIES) - 1


def test_what_is_expected_is_what_the_other_customers_say():
    """Of a customer who lacks the item: the regression without that customer, as nearly as the mean leverage says."""
    owned = shop(400)
    found, share = inclinations(counts(owned), len(owned)), owned.mean(axis=0)
    penalty = found.penalty * np.mean(share * (1 - share))
    item, scores = 2, found.of(owned) / STEPS
    lacking = np.flatnonzero(~owned[:, item])[:60]
    for customer in lacking:
        rest = np.delete(owned, customer, axis=0)
        slopes, _ = one_by_one(rest, penalty, item)
        others = np.delete(owned[customer] - rest.mean(axis=0), item)
        expected = rest[:, item].mean() + others @ np.delete(slopes, item)
        assert scores[customer, item] == pytest.approx(expected, abs=0.015)


def test_expected_shares_rise_with_those_that_come_true():
    """An item is judged without itself, so its buyers test what was expected: the same in all, and a slope of 1."""
    owned = shop(6000, 12, seed=4)
    scores = inclinations(counts(owned), len(owned)).of(owned) / STEPS
    for item in (0, 5, 9):
        slope = np.polyfit(scores[:, item], owned[:, item].astype(float), 1)[0]
        assert slope == pytest.approx(1, abs=0.1)
        assert scores[:, item].mean() == pytest.approx(owned[:, item].mean(), abs=0.01)
        for group in np.array_split(
            np.argsort(scores[:, item]), 5
        ):  # two tastes make a step, not a straight line
            assert scores[group, item].mean() == pytest.approx(owned[group, item].mean(), abs=0.08)


def test_items_that_everybody_bought_are_expected_of_everybody():
    found = inclinations(np.full((3, 3), 10), 10)
    assert found.of(np.zeros((1, 3), dtype=bool)) == pytest.approx(np.full((1, 3), STEPS))
    assert not found.weights.any()
