"""Expected purchases as sums over the numbers of events: of up to some thousand terms, or by Gauss quadrature of a sum.

A customer buys at every k-th of C events, after j of them were before; C is negative binomial with shape r + j and z =
t/(α + t). Of the purchases the n-th happens with P(C ≥ kn − j) and is reached, n − 1 coins survived, with
E[(1 − p)^(n−1)]. What is known for j = 0 gives the others by multiplications: for P(C = c) with shape r + 1 instead of
r a factor of (1 − z)(r + c)/r.
"""

from __future__ import annotations

from functools import lru_cache

import numpy as np
from scipy import special

from clv._laws.negative_binomial import count_table, log_count
from clv._numerics import Array, exp, log_beta_moment

__all__ = ["expected_by_phase"]

CELLS = 1 << 17  # numbers in memory at a time
SIZES = 2 ** np.arange(4, 16)  # counts of events in a table
LOST = -41.0  # e^-41 < 2e-18: what is left out, relative to the answer
DIRECT = 32  # purchases that are summed one by one in a sum without a table
RATIO, NODES = 0.25, 24  # a block of the others, relative to its beginning, and its nodes
NARROW = 2.0  # near the mean a block is at most so many standard deviations of the logarithm of C wide
AWAY = 12.0  # so many standard deviations below the mean all events are certain


@np.errstate(under="ignore")
def expected_by_phase(k: int, r: Array, alpha: Array, a: Array, b: Array, t: Array, weights: Array) -> Array:
    """Σ w E[X(t)] after j = 0 … k − 1 phases, (k, n), for parameters (n,) and times and weights (m, n)."""
    answer = np.zeros((k, len(r)))
    for each, weight in zip(t, weights, strict=True):
        group = np.searchsorted(SIZES, _events_needed(k, r, each / alpha))
        group[each == 0] = -1
        for size in np.unique(group[group >= 0]):
            some = np.flatnonzero(group == size)
            rows = tuple(column[some] for column in (r, a, b, each / alpha))
            summed = _blocks(k, *rows) if size == len(SIZES) else _table(k, int(SIZES[size]), *rows)
            answer[:, some] += weight[some] * summed
    return answer


def _log_rest(r: Array, count: Array, ratio: Array) -> Array:
    """A bound of ln Σ c P(C = c) over c ≥ count; infinite where these do not fall yet.

    Each term is less than z(r + count)/count of the one before.
    """
    fall = ratio / (1 + ratio) * (r + count) / count
    with np.errstate(divide="ignore", invalid="ignore"):
        rest = log_count(r, count, ratio) + np.log(count) - 2 * np.log1p(-fall)
    return np.asarray(np.where(fall < 1, rest, np.inf))


def _events_needed(k: int, r: Array, ratio: Array) -> Array:
    """How many events hold all of the expectation, but for rounding, as E[X] ≥ P(C = k); or infinity."""
    need, open_ = np.full(len(r), np.inf), np.flatnonzero(ratio > 0)
    log_least = np.minimum(log_count(r[open_], np.array(float(k)), ratio[open_]), 0.0)
    for size in SIZES:
        if not len(open_):
            break
        enough = _log_rest(r[open_] + (k - 1), np.array(float(size)), ratio[open_]) < LOST + log_least
        need[open_[enough]] = size
        open_, log_least = open_[~enough], log_least[~enough]
    return need


def _worth(a: Array, b: Array, size: int) -> Array:
    """Expected purchases before the customer leaves, if at most n = 0 … size − 1 are made: (rows, size)."""
    n = np.arange(size - 1)
    reached = np.ones((len(a), size - 1))
    np.cumprod((b[:, None] + n[:-1]) / ((a + b)[:, None] + n[:-1]), axis=1, out=reached[:, 1:])
    return np.concatenate([np.zeros((len(a), 1)), np.cumsum(reached, axis=1)], axis=1)


def _table(k: int, size: int, r: Array, a: Array, b: Array, ratio: Array) -> Array:
    """By the probability of each number of events below `size`, (k, rows)."""
    answer, c = np.zeros((k, len(r))), np.arange(size)
    step = max(1, CELLS // size)
    for start in range(0, len(r), step):
        some = slice(start, start + step)
        shape, events = r[some, None], count_table(r[some], np.ones(1), size, ratio[some])
        worth = _worth(a[some], b[some], (size + k) // k + 1)
        for j in range(k):
            # of large logarithms some digits are lost, in all terms alike
            events /= events.sum(axis=1, keepdims=True)
            answer[j, some] = np.einsum("ij,ij->i", events, worth[:, (c + j) // k])
            events *= (shape + j + c) / (shape + j)
    return answer


def _blocks(k: int, r: Array, a: Array, b: Array, ratio: Array) -> Array:
    """By the chance of each purchase, a smooth function of its number, at the nodes of a quadrature of the sum."""
    return np.array([_of_one(k, *map(float, row)) for row in zip(r, a, b, ratio, strict=True)]).T


def _of_one(k: int, r: float, a: float, b: float, ratio: float) -> Array:
    """With P(C ≥ m) for shape r as I(m, r), I(m − 1, r + 1) = I(m, r) + z^(m−1) (1−z)^r Γ(m + r)/(Γ(m) Γ(r + 1))."""
    n, weights = _nodes(k, r, ratio)
    share, rest, count = ratio / (1 + ratio), 1 / (1 + ratio), k * n
    with np.errstate(under="ignore"):
        at_least = special.betainc(count, r, share) if share < 0.5 else special.betaincc(r, count, rest)
        weights = weights * exp(log_beta_moment(np.array(a), np.array(b), n - 1))
        answer = [weights @ at_least]
        step = exp(log_count(np.array(r), count - 1, np.array(ratio))) * ((r + count - 1) / r)
        for j in range(1, k):
            at_least = at_least + step
            answer.append(weights @ at_least)
            count = count - 1
            step = step * ((count / (share * (r + j))) * rest)
    return np.array(answer)


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
    least = np.max(log_count(power, np.array([k, max(k, np.floor(r * ratio))]), share))
    for _ in range(2):  # roughly, then finer: far beyond, incomplete beta functions are slow
        last = int(np.argmax(_log_rest(power + (k - 1), k * grid, share) < LOST + least))
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
