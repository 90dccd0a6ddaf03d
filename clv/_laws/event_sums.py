"""Expected purchases as sums over the numbers of events: of a few hundred terms, or by Gauss quadrature of a sum.

A customer buys at every k-th of C events, after j of them were before; C is negative binomial with mean r·t/α. Of the
purchases the (n + 1)-th happens with P(C ≥ k(n + 1) − j) and is reached, n coins survived, with E[(1 − p)^n].
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

from clv._laws.negative_binomial import count_table
from clv._numerics import Array, exp, log_beta_moment, log_rising

__all__ = ["expected_after"]

CELLS = 1 << 17  # numbers in memory at a time
SIZES = 2 ** np.arange(4, 16)  # counts of events in a table
LOST = -41.0  # e^-41 < 2e-18: what is left out, relative to the answer
DIRECT = 32  # purchases that are summed one by one in a sum without a table
RATIO, NODES = 0.25, 24  # a block of the others, relative to its beginning, and its nodes
NARROW = 2.0  # near the mean a block is at most so many standard deviations of the logarithm of C wide
AWAY = 12.0  # so many standard deviations below the mean all events are certain


def expected_after(
    j: int, k: int, r: Array, alpha: Array, a: Array, b: Array, t: Array, weights: Array
) -> Array:
    """Σ w E[X(t)] after j phases, for parameters (n,) and times and weights (m, n); r is that after j phases."""
    answer = np.zeros(len(r))
    for each, weight in zip(t, weights, strict=True):
        need = _events_needed(r, each / alpha, k - j)
        group = np.searchsorted(SIZES, need)
        for size, some in ((g, np.flatnonzero(group == g)) for g in np.unique(group)):
            rows = (column[some] for column in (r, alpha, a, b, each))
            summed = _blocks(j, k, *rows) if size == len(SIZES) else _table(j, k, int(SIZES[size]), *rows)
            answer[some] += weight[some] * summed
    return answer


def _log_events(r: Array, count: Array, ratio: Array) -> Array:
    """ln P(C = count), with ratio = t/α > 0."""
    log_rest = -np.log1p(ratio)
    front = log_rising(r, count) - special.gammaln(count + 1)
    return np.asarray(front + r * log_rest + count * (np.log(ratio) + log_rest))


def _log_rest(r: Array, count: Array, ratio: Array) -> Array:
    """A bound of ln Σ c P(C = c) over c ≥ count; infinite where these do not fall yet.

    Each term is less than z(r + count)/count of the one before.
    """
    fall = ratio / (1 + ratio) * (r + count) / count
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = _log_events(r, count, ratio) + np.log(count) - 2 * np.log1p(-fall)
    return np.asarray(np.where(fall < 1, rest, np.inf))


def _events_needed(r: Array, ratio: Array, first: int) -> Array:
    """How many events hold all of the expectation, but for rounding, as E[X] ≥ P(C = first); or infinity."""
    need = np.full(len(r), np.inf)
    safe = np.where(ratio > 0, ratio, 1.0)
    log_least = np.minimum(_log_events(r, np.full(len(r), float(first)), safe), 0.0)
    for size in SIZES[::-1]:
        need = np.where(_log_rest(r, np.full(len(r), float(size)), safe) < LOST + log_least, size, need)
    return np.where(ratio > 0, need, 0.0)


def purchases_by_count(a: Array, b: Array, size: int) -> Array:
    """Expected purchases before the customer leaves, if at most n = 0 … size − 1 are made: (rows, size)."""
    n = np.arange(size - 1)
    reached = np.ones((len(a), size - 1))
    np.cumprod((b[:, None] + n[:-1]) / ((a + b)[:, None] + n[:-1]), axis=1, out=reached[:, 1:])
    return np.concatenate([np.zeros((len(a), 1)), np.cumsum(reached, axis=1)], axis=1)


def _table(j: int, k: int, size: int, r: Array, alpha: Array, a: Array, b: Array, t: Array) -> Array:
    """By the probability of each number of events below `size`."""
    answer, of_count = np.zeros(len(r)), (np.arange(size) + j) // k
    step = max(1, CELLS // size)
    later = np.flatnonzero(t > 0)
    for start in range(0, len(later), step):
        some = later[start : start + step]
        events = count_table(r[some], alpha[some], size, t[some])
        events /= events.sum(
            axis=1, keepdims=True
        )  # of large logarithms some digits are lost, in all terms alike
        bought = purchases_by_count(a[some], b[some], max(int(of_count[-1]) + 1, 2))
        answer[some] = np.einsum("ij,ij->i", events, bought[:, of_count])
    return answer


def _blocks(j: int, k: int, r: Array, alpha: Array, a: Array, b: Array, t: Array) -> Array:
    """By the chance of each purchase, a smooth function of its number, at the nodes of a quadrature of the sum."""
    return np.array([_of_one(j, k, *map(float, row)) for row in zip(r, a, b, t / alpha, strict=True)])


def _of_one(j: int, k: int, r: float, a: float, b: float, ratio: float) -> float:
    n, weights = _nodes(k, r, ratio)
    share, rest = ratio / (1 + ratio), 1 / (1 + ratio)
    with np.errstate(under="ignore"):
        at_least = (
            special.betainc(k * n - j, r, share) if share < 0.5 else special.betaincc(r, k * n - j, rest)
        )
    reached = exp(log_beta_moment(np.array(a), np.array(b), n - 1))
    return float(weights @ (reached * at_least))


def _nodes(k: int, r: float, ratio: float) -> tuple[Array, Array]:
    """Nodes n and weights of the sum over n = 1, 2, … as far as a share of 1e-18 of the events.

    P(C ≥ kn) falls around the mean of C within `spread` of its logarithm: there the blocks are narrow.
    """
    mean = r * ratio
    spread = float(np.sqrt(1 / r + 1 / mean))
    fine = RATIO / 2.0 ** max(0, int(np.ceil(np.log2(RATIO / (NARROW * spread)))))
    low = mean / k * np.exp(-AWAY * spread) if fine < RATIO else 0.0
    high = _last_purchase(k, r, ratio)
    begin, nodes, weights = 1, [], []
    while begin <= high:
        size = DIRECT if begin == 1 else max(1, int(begin * (RATIO if begin < low else fine)))
        if begin < low:
            size = min(size, max(1, int(low) - begin))
        place, weight = _sum_nodes(size)
        nodes.append(begin + place)
        weights.append(weight)
        begin += size
    return np.concatenate(nodes), np.concatenate(weights)


def _last_purchase(k: int, r: float, ratio: float) -> float:
    """A number of purchases beyond which there is nothing, as E[X] ≥ P(C ≥ k) ≥ P(C = k) or P(C = mean)."""
    grid = 2.0 ** np.arange(0, 120, 0.25)
    power, share = np.array(r), np.array(ratio)
    least = np.max(_log_events(power, np.array([k, max(k, np.floor(r * ratio))]), share))
    for _ in range(2):  # roughly, then finer: far beyond, incomplete beta functions are slow
        last = int(np.argmax(_log_rest(power, k * grid, share) < LOST + least))
        found = float(grid[last])
        grid = np.geomspace(grid[max(last - 1, 0)], found, 100)
    return found


@lru_cache(maxsize=4096)
def _sum_nodes(size: int) -> tuple[Array, Array]:
    """Nodes and weights of a sum over 0 … size − 1: Gauss quadrature of the discrete measure (Gram's polynomials)."""
    if size <= max(NODES, DIRECT):
        return np.arange(float(size)), np.ones(size)
    i = np.arange(1.0, NODES)
    side = np.sqrt(i * i * (float(size) ** 2 - i * i) / (4 * (4 * i * i - 1)))
    nodes, vectors = np.linalg.eigh(np.diag(side, 1) + np.diag(side, -1))
    return nodes + (size - 1) / 2, vectors[0] ** 2 * size
