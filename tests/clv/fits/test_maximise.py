"""The search: it finds any existing maximum, and reports when it did not converge."""

from __future__ import annotations

import numpy as np
import pytest

from clv._fits.maximise import LIMIT, maximise, trust_step


def test_a_quadratic_takes_one_step() -> None:
    curvature, top = np.array([[2.0, 0.5], [0.5, 1.0]]), np.array([0.3, -0.2])

    def objective(theta):
        gap = theta - top
        return -0.5 * gap @ curvature @ gap, -curvature @ gap, -curvature

    found = maximise(objective, np.zeros(2), 1e-12)
    assert found.converged
    assert found.evaluations <= 2
    assert found.theta == pytest.approx(top, abs=1e-12)


def test_it_turns_uphill_where_the_curvature_is_the_wrong_way() -> None:
    def objective(theta):  # two tops at ±2, a valley between them at 0
        x, y = theta
        value = -((x * x - 4) ** 2) / 8 - y * y
        return value, np.array([-x * (x * x - 4) / 2, -2 * y]), np.diag([-(3 * x * x - 4) / 2, -2.0])

    found = maximise(objective, np.array([0.01, 1.0]), 1e-14)
    assert found.converged
    assert found.theta == pytest.approx([2.0, 0.0], abs=1e-7)


def test_a_slope_without_a_top_ends_where_nothing_is_gained() -> None:
    def objective(theta):
        return -np.exp(-theta[0]), np.array([np.exp(-theta[0])]), np.array([[-np.exp(-theta[0])]])

    found = maximise(objective, np.zeros(1), 1e-9)
    assert found.converged
    assert 15 < found.theta[0] < LIMIT
    assert found.value > -1e-8


def test_the_limit_holds_one_parameter_and_the_others_go_on() -> None:
    def objective(theta):  # rises for ever in the first, has a top at 1 in the second
        return theta[0] - (theta[1] - 1) ** 2, np.array([1.0, -2 * (theta[1] - 1)]), np.diag([0.0, -2.0])

    found = maximise(objective, np.zeros(2), 1e-10)
    assert found.converged
    assert found.theta == pytest.approx([LIMIT, 1.0])


def test_a_search_that_cannot_climb_is_not_converged() -> None:
    def objective(theta):  # the gradient promises what the value never gives
        return 0.0, np.array([1.0]), np.array([[-1.0]])

    assert not maximise(objective, np.zeros(1), 1e-9).converged


def test_a_value_that_is_not_finite_is_stepped_back_from() -> None:
    def objective(theta):
        x = theta[0]
        if x > 1.5:
            return np.nan, np.array([np.nan]), np.array([[np.nan]])
        return -((x - 1) ** 4), np.array([-4 * (x - 1) ** 3]), np.array([[-12 * (x - 1) ** 2]])

    found = maximise(objective, np.array([-3.0]), 1e-12)
    assert found.theta[0] == pytest.approx(1.0, abs=1e-2)


def test_a_step_stays_within_its_radius() -> None:
    gradient, hessian = np.array([3.0, -1.0]), np.array([[1.0, 0.3], [0.3, -2.0]])
    for radius in (0.1, 1.0, 5.0):
        step, gain = trust_step(gradient, hessian, radius)
        assert np.linalg.norm(step) == pytest.approx(radius, rel=2e-3)
        assert gain == pytest.approx(gradient @ step + 0.5 * step @ hessian @ step)
