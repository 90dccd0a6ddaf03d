"""Members of the Pareto/NBD and BG/BB laws, drawn at random."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from clv._laws.purchase_law import Simulation
from clv._numerics import Array, FloatOrArray

__all__ = ["bg_bb_members", "pareto_nbd_members"]


def pareto_nbd_members(
    T: Array, r: FloatOrArray, alpha: FloatOrArray, s: FloatOrArray, beta: FloatOrArray,
    rng: np.random.Generator,
) -> Simulation:  # fmt: skip
    """Purchases at rate λ until T or the dropout at rate μ, uniform in that time given their number."""
    T, r, alpha, s, beta = np.broadcast_arrays(*(np.asarray(v, dtype=float) for v in (T, r, alpha, s, beta)))
    rate, decay = rng.gamma(r) / alpha, rng.gamma(s) / beta
    with np.errstate(divide="ignore", over="ignore"):  # a dropout rate of 0 is a life without end
        life = rng.standard_exponential(T.shape) / decay
    observed = np.minimum(life, T)
    customer = np.repeat(np.arange(len(T)), rng.poisson(rate * observed))
    times = (1 - rng.random(len(customer))) * observed[customer]  # above 0
    return _simulation(times[np.lexsort((times, customer))], customer, T.copy(), life > T)


def bg_bb_members(
    n: Array, alpha: FloatOrArray, beta: FloatOrArray, gamma: FloatOrArray, delta: FloatOrArray,
    rng: np.random.Generator,
) -> Simulation:  # fmt: skip
    """A coin of chance p in each of the periods 1 … n before the dropout, which has chance θ in each."""
    n, alpha, beta, gamma, delta = np.broadcast_arrays(
        *(np.asarray(v, dtype=float) for v in (n, alpha, beta, gamma, delta))
    )
    chance, leave = rng.beta(alpha, beta), rng.beta(gamma, delta)
    with np.errstate(divide="ignore", over="ignore"):  # θ = 0 is a life without end, θ = 1 none at all
        life = np.floor(rng.standard_exponential(n.shape) / -np.log1p(-leave))
    lived = np.minimum(life, n).astype(np.int64)
    member = np.repeat(np.arange(len(n)), lived)
    period = np.arange(1, len(member) + 1) - np.repeat(np.cumsum(lived) - lived, lived)
    bought = rng.random(len(member)) < chance[member]
    return _simulation(period[bought].astype(float), member[bought], n.copy(), life >= n)


def _simulation(times: Array, customer: NDArray[np.int64], T: Array, alive: NDArray[np.bool_]) -> Simulation:
    """With the number and the last of each customer's times, which are sorted by customer and time."""
    counts = np.bincount(customer, minlength=len(T))
    t_x = np.zeros(len(T))
    t_x[counts > 0] = times[np.cumsum(counts)[counts > 0] - 1]
    return Simulation(times, customer, counts.astype(float), t_x, T, alive)
