"""Gradient and Hessian of BG/BB's log-likelihood, from sums over the period of dropout.

The likelihood is a mixture over the period of dropout. The gradient of its logarithm is the mean of the
scores, the gradients of the logarithm of each mass; the Hessian is the mean of their own Hessian plus the
scores' covariance. Scores are differences of digammas at whole steps, that is sums of 1/(z + j), so no
digamma is evaluated.
"""

from __future__ import annotations

import numpy as np

from clv._laws.bg_bb_sums import Lines, exclusive_sums, lines, sums_to_the_end
from clv._numerics import Array, exp, rising_derivatives

__all__ = ["log_derivatives"]

DEAD = np.array([0.0, 0.0, 1.0, 0.0])  # score of the factor γ in B(γ+1, δ+j) = γ·…
PAIRS = np.triu_indices(4)
FIELDS = 1 + 4 + 4 + len(PAIRS[0])  # mass, scores, sums of squares, products of two scores


@np.errstate(under="ignore")
def log_derivatives(
    x: Array, t_x: Array, n: Array, alpha: Array, beta: Array, gamma: Array, delta: Array
) -> tuple[Array, Array, Array]:
    """Log-likelihood with gradient and Hessian in ln α, ln β, ln γ and ln δ: (n,), (4, n) and (4, 4, n)."""
    value, gradient, hessian = np.empty(x.size), np.empty((4, x.size)), np.empty((4, 4, x.size))
    for block in lines(t_x, n, x, alpha, beta, gamma, delta, fields=FIELDS):
        value[block.rows], gradient[:, block.rows], hessian[:, :, block.rows] = _of_block(block, t_x, n)
    return value, gradient, hessian


def _of_block(block: Lines, t_x: Array, n: Array) -> tuple[Array, Array, Array]:
    """`log_derivatives` of the rows (m,) of one block."""
    here, there = block.entries(t_x), block.entries(n)
    log_c = block.log_first + exclusive_sums(np.log(block.ratio))
    fall = exp(log_c[there] - log_c[here])
    steps = block.steps
    harmonic, squares = exclusive_sums(1 / steps), exclusive_sums(1 / steps**2)
    sums = sums_to_the_end(_fields(_scores(harmonic, block.theta) + DEAD, squares), block.ratio)
    dead = sums[here] - fall[:, None] * sums[there]

    theta = block.theta[block.line]
    last = np.zeros((here[1].size, 4))
    last[:, 2] = 1 / (steps[there][:, 2] - 1)  # 1/(γ+δ+n): a step that only dropped-out customers have made
    alive = _fields(_scores(harmonic[there] - last, theta), squares[there] - last**2)
    alive *= (fall * (1 + (theta[:, 3] + n[block.rows]) / theta[:, 2]))[:, None]

    total = (dead + alive).T
    mass, total = total[0], total / total[0]
    first, second, bought = _at_start(block)
    gradient = first[:, block.line] + total[1:5]
    without_dead = gradient - np.outer(DEAD, dead[:, 0] / mass)
    covariance = np.empty((4, 4, mass.size))
    covariance[PAIRS] = covariance[PAIRS[::-1]] = total[9:]
    covariance -= total[1:5] * total[1:5, None]
    hessian = covariance + _own_hessian(without_dead, second[:, block.line] - total[5:9], theta.T)
    hessian[0, 0] += bought[block.line]
    return log_c[here] + np.log(mass), gradient, hessian


def _scores(harmonic: Array, theta: Array) -> Array:
    """Gradient of ln A at a period, (…, 4), from sums (…, 4) of 1/z along the steps of `Lines.steps`."""
    both_ab, b, both_gd, d = np.moveaxis(harmonic, -1, 0)
    return np.asarray(theta * np.stack([-both_ab, b - both_ab, -both_gd, d - both_gd], axis=-1))


def _fields(scores: Array, squares: Array) -> Array:
    """The terms summed over the periods of dropout: (…, FIELDS)."""
    products = scores[..., PAIRS[0]] * scores[..., PAIRS[1]]
    return np.concatenate([np.ones((*scores.shape[:-1], 1)), scores, squares, products], axis=-1)


def _at_start(block: Lines) -> tuple[Array, Array, Array]:
    """At the start of each line: scores (4, lines), −Σ 1/z² of steps (4, lines), α²·(ψ′(α+x) − ψ′(α))."""
    (alpha, beta, gamma, delta), j = block.theta.T, block.start
    _, first, second = rising_derivatives(
        np.stack([alpha + beta, beta, gamma + delta, delta]), np.stack([j, j - block.x, j + 1, j])
    )
    _, bought, bought_twice = rising_derivatives(alpha, block.x)
    scores = _scores(first.T, block.theta).T
    scores[0] += alpha * bought
    return scores, second, alpha**2 * bought_twice


def _own_hessian(scores: Array, trigammas: Array, theta: Array) -> Array:
    """Hessian of the logarithm of a mass in the logarithms of θ: (4, 4, m), from (4, m) each."""
    both_ab, b, both_gd, d = trigammas
    alpha, beta, gamma, delta = theta
    hessian = np.zeros((4, *scores.shape))
    hessian[range(4), range(4)] = scores + theta**2 * np.stack([-both_ab, b - both_ab, -both_gd, d - both_gd])
    hessian[0, 1] = hessian[1, 0] = -alpha * beta * both_ab
    hessian[2, 3] = hessian[3, 2] = -gamma * delta * both_gd
    return hessian
