"""Numbers of purchases when every k-th event is one: of a customer who may be in the middle of a gap.

Events come at rate λ ~ Gamma(r, α), and C(t) of them, a negative binomial number, by time t. After j phases of the
first gap X(t) is (C(t) + j)/k, rounded down, or less if the customer has left. So for p ~ Beta(a, b) and n ≥ 1

    P(X(t) ≥ n) = E[(1 − p)^(n − 1)] P(C(t) ≥ kn − j),

a product, as the coins do not depend on the events. Every sum below is of positive terms, so that nothing cancels.
"""

from __future__ import annotations

import numpy as np
from scipy import special

from clv._laws.beta_geometric import Parameters, log_last_coin
from clv._laws.erlang import phase_chances
from clv._laws.event_sums import expected_by_phase
from clv._laws.negative_binomial import count_table, log_count
from clv._laws.simulation import Simulation
from clv._numerics import Array, log_add, log_beta_moment, log_betainc, unique_rows

__all__ = ["expected_purchases", "log_pmf", "pmf_table", "simulate", "summed_purchases"]


def log_pmf(law: Parameters, k: int, waited: Array, n: Array, t: Array) -> Array:
    """ln P(X(t) = n): n purchases and alive, or gone with the n-th of n or more; summed over the phases at time 0."""
    every = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (*law, waited, n, t)))
    shape = every[0].shape
    *rows, waited, n, t = (v.ravel() for v in every)
    first, alike = unique_rows(*rows, n, t)
    by_phase = _log_pmf_by_phase(Parameters(*(row[first] for row in rows)), k, n[first], t[first])
    total = np.full(len(n), -np.inf)
    with np.errstate(divide="ignore"):
        log_chances = np.log(phase_chances(rows[0], waited / rows[1], k))
    for chance, each in zip(log_chances, by_phase, strict=True):
        total = log_add(total, chance + each[alike])
    return total.reshape(shape)


@np.errstate(under="ignore")
def _log_pmf_by_phase(law: Parameters, k: int, n: Array, t: Array) -> Array:
    """The same after j = 0 … k − 1 phases, (k, rows)."""
    r, alpha, a, b = law
    ratio = np.where(t > 0, t, alpha) / alpha
    last, found = log_last_coin(law, n), np.empty((k, len(n)))
    for j in range(k):
        counts = k * n - j + np.arange(k)[:, None]
        here = special.logsumexp(log_count(r + j, np.maximum(counts, 0.0), ratio), b=counts >= 0, axis=0)
        more = log_betainc(np.maximum(k * n - j, 1.0), r + j, ratio / (1 + ratio), 1 / (1 + ratio))
        found[j] = log_beta_moment(a, b, n) + log_add(here, last + more)
    return np.where(t > 0, found, np.where(n > 0, -np.inf, 0.0))


@np.errstate(under="ignore")
def pmf_table(law: Parameters, k: int, waited: Array, size: int, t: float) -> Array:
    """P(X(t) = n) for n = 0 … size − 1 and each of the parameters, (h, size)."""
    r, alpha, a, b, waited = np.broadcast_arrays(*(np.atleast_1d(v) for v in (*law, waited)))
    chances, n = phase_chances(r, waited / alpha, k), np.arange(size)
    table = np.zeros((len(r), size))
    stay = (b[:, None] + n[:-1]) / ((a + b)[:, None] + n[:-1])  # at the (n + 1)-th coin
    here = np.concatenate([np.ones((len(r), 1)), np.cumprod(stay, axis=1)], axis=1)
    gone = here[:, :-1] * (a[:, None] / ((a + b)[:, None] + n[:-1]))
    for j in range(k):
        events = count_table(r + j, alpha, k * size - j, t)
        bought = np.add.reduceat(events, np.maximum(k * n - j, 0), axis=1)
        at_least = np.maximum(1.0 - np.cumsum(bought, axis=1)[:, :-1], 0.0)
        found = here * bought
        found[:, 1:] += gone * at_least
        table += chances[j][:, None] * found
    return table


def expected_purchases(law: Parameters, k: int, waited: Array, t: Array) -> Array:
    """E[X(t)] of a customer who bought last at the time −waited."""
    return summed_purchases(law, k, waited, t[None], np.ones(1))


def summed_purchases(law: Parameters, k: int, waited: Array, t: Array, weights: Array) -> Array:
    """Σ w E[X(t)] over the first axis of t and w.

    The expectation after each number of phases does not depend on how long was waited, and is computed once for all
    customers who are alike but for that.
    """
    shape = np.broadcast_shapes(t.shape[1:], weights.shape[1:], waited.shape, *(v.shape for v in law))
    *rows, waited = (np.broadcast_to(v, shape).ravel() for v in (*law, waited))
    t, weights = (np.stack([np.broadcast_to(each, shape).ravel() for each in v]) for v in (t, weights))
    weights = np.broadcast_to(weights, t.shape)
    first, alike = unique_rows(*rows, t[-1], weights[-1])
    if len(t) > 1 and not all(np.array_equal(v, v[:, first][:, alike]) for v in (t, weights)):
        first = alike = np.arange(len(waited))
    r, alpha, a, b = (row[first] for row in rows)
    reached = expected_by_phase(k, r, alpha, a, b, t[:, first], weights[:, first])
    chances = phase_chances(rows[0], waited / rows[1], k)
    total = sum(chance * each[alike] for chance, each in zip(chances, reached, strict=True))
    return np.asarray(total).reshape(shape)


def simulate(
    law: Parameters, k: int, waited: Array, T: Array, first_coin: int, rng: np.random.Generator
) -> Simulation:
    """Members, each observed for a time T: C ~ Poisson(λT) phases would end, and dropout cuts purchases.

    Purchases are at the phases k − j, 2k − j, …; of C uniform times these are sums of gamma variates over the sum of
    all.
    """
    r, alpha, a, b, waited, T = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (*law, waited, T)))
    chances = np.cumsum(phase_chances(r, waited / alpha, k), axis=0)
    passed = (rng.random(T.shape) > chances[:-1]).sum(axis=0)
    leave = np.clip(rng.beta(a, b), 1e-300, 1 - 1e-16)
    allowed = np.floor(rng.standard_exponential(T.shape) / -np.log1p(-leave)) + 1 - first_coin
    events = rng.poisson(rng.gamma(r + passed) / alpha * T).astype(float)
    would = np.floor((events + passed) / k)
    x = np.minimum(would, allowed)
    customer = np.repeat(np.arange(len(T)), x.astype(np.int64))
    begin = np.cumsum(x).astype(np.int64) - x.astype(np.int64)
    phases = np.full(len(customer), float(k))
    phases[begin[x > 0]] -= passed[x > 0]
    parts = np.cumsum(rng.standard_gamma(phases)) if len(phases) else np.zeros(0)
    before = np.where(begin > 0, parts[begin - 1], 0.0) if len(parts) else np.zeros(len(T))
    reached = parts - before[customer]
    after = rng.standard_gamma(np.maximum(events + 1 - (k * x - passed), 1.0))
    whole = np.zeros(len(T))
    whole[x > 0] = reached[(begin + x.astype(np.int64) - 1)[x > 0]]
    times = T[customer] * (reached / (whole + after)[customer])
    t_x = np.where(x > 0, T * (whole / (whole + after)), 0.0)
    return Simulation(times, customer, x, t_x, T.copy(), would < allowed)
