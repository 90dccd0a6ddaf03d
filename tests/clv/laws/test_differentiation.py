"""Numerical derivatives of functions whose derivatives are known."""

from __future__ import annotations

import numpy as np
import pytest

from clv._laws.differentiation import numerical_derivatives

RATES = np.array([0.5, 1.0, 2.0])  # of three rows


def function(theta):
    """Row by row exp(rate · x) + sin(y) · z², of (x, y, z)."""
    x, y, z = theta
    return np.exp(RATES * x) + np.sin(y) * z**2


@pytest.mark.parametrize("by_row", [False, True])
def test_value_gradient_and_hessian_are_those_of_the_function(by_row):
    point = np.array([0.3, -0.7, 1.9])
    theta = np.tile(point[:, None], 3) if by_row else point
    value, gradient, hessian = numerical_derivatives(function, theta)
    x, y, z = point
    grown, flat = np.exp(RATES * x), np.ones(3)
    np.testing.assert_allclose(value, function(theta), rtol=1e-15)
    slopes = [RATES * grown, np.cos(y) * z**2 * flat, 2 * np.sin(y) * z * flat]
    np.testing.assert_allclose(gradient, slopes, rtol=1e-9)
    known = np.zeros((3, 3, 3))
    known[0, 0] = RATES**2 * grown
    known[1, 1], known[2, 2] = -np.sin(y) * z**2, 2 * np.sin(y)
    known[1, 2] = known[2, 1] = 2 * np.cos(y) * z
    np.testing.assert_allclose(hessian, known, rtol=1e-8, atol=1e-10)
