"""Numerical derivatives of a log-likelihood: central differences of order eight in the log-parameters."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from clv._numerics import Array

__all__ = ["numerical_derivatives"]

# In its log-parameters a log-likelihood is smooth at the scale of 1: with this step the truncation error is about
# STEP⁸/630 of the ninth derivative, and rounding adds some units in the last place over STEP, or STEP² in the Hessian.
STEP = 0.05
FIRST = (4 / 5, -1 / 5, 4 / 105, -1 / 280)  # weights of f(+jh) − f(−jh), over h
SECOND = (8 / 5, -1 / 5, 8 / 315, -1 / 560)  # weights of f(+jh) + f(−jh) − 2 f(0), over h²


def numerical_derivatives(
    log_likelihood: Callable[[Array], Array], theta: Array
) -> tuple[Array, Array, Array]:
    """Value (n,), gradient (k, n) and Hessian (k, k, n) of a function of log-parameters, row by row.

    Parameters
    ----------
    log_likelihood : callable
        Log-parameters of the shape of `theta` -> (n,).
    theta : ndarray of shape (k,) or (k, n)
        Where.

    Notes
    -----
    1 + 4k + 4k² evaluations: along each axis, and along the diagonal of each pair, whose second derivative is the sum
    of both axes' and twice the mixed one.
    """
    k = len(theta)
    value = np.asarray(log_likelihood(theta), dtype=float)
    gradient, hessian = np.empty((k, *value.shape)), np.empty((k, k, *value.shape))

    def along(*axes: int) -> tuple[Array, Array]:
        step = np.zeros(theta.shape)
        step[list(axes)] = STEP
        slope, bend = np.zeros(value.shape), np.zeros(value.shape)
        for j, (first, second) in enumerate(zip(FIRST, SECOND, strict=True), start=1):
            up, down = log_likelihood(theta + j * step), log_likelihood(theta - j * step)
            slope += first * (up - down)
            bend += second * ((up - value) + (down - value))
        return slope / STEP, bend / STEP**2

    for i in range(k):
        gradient[i], hessian[i, i] = along(i)
    for i in range(k):
        for j in range(i):
            both = along(i, j)[1]
            hessian[i, j] = hessian[j, i] = (both - hessian[i, i] - hessian[j, j]) / 2
    return value, gradient, hessian
