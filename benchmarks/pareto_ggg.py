"""Pareto/GGG without MCMC: how exact and how fast its likelihood is by quadrature. An experiment, not a law of `clv`.

    python -m benchmarks.pareto_ggg [--customers 2000]

Platzer & Reutterer (2016), "Ticking Away the Moments", Marketing Science 35(5): gaps are Gamma(k, kλ), with
k ~ Gamma(t, γ), λ ~ Gamma(r, α), lifetimes exponential with rates μ ~ Gamma(s, β). Given k, and silence of w after the
last purchase, λ integrates in closed form: with R = r + kx and A = α + k t_x the posterior of λ is Gamma(R, A) and

    E[Q(k, kλw)] = P(Gamma(k)/k > λw) = I_{A/(A + kw)}(R, k),

a regularised incomplete beta. What remains are two integrals, over k and over the time of dropout, here by
Gauss–Legendre in ln k and in the logarithm of time. Printed are the errors beside many more nodes, the agreement with
Pareto/NBD as k → 1 for everybody, and the time for each customer.
"""

from __future__ import annotations

import argparse
import time
from dataclasses import astuple, dataclass

import numpy as np
from scipy import special

import clv
from clv._laws.log_concave import gauss_legendre

REACH = 1e-14  # of the law of k beyond the ends of its quadrature
LOOKED_AT, FALL = (
    24,
    36.0,
)  # points at which the integrand is looked at for where it matters, and where it does not
BLOCK = 200


@dataclass(frozen=True)
class Parameters:
    """Of the Pareto/GGG law."""

    t: float
    gamma: float
    r: float
    alpha: float
    s: float
    beta: float


def log_likelihood(law: Parameters, x, t_x, T, log_gaps, nodes: tuple[int, int]):
    """Of each customer, (n,), where `log_gaps` is the sum of the logarithms of their gaps."""
    parts = []
    for start in range(0, len(x), BLOCK):
        rows = slice(start, start + BLOCK)
        parts.append(_of_block(law, x[rows], t_x[rows], T[rows], log_gaps[rows], nodes))
    return np.concatenate(parts)


def _of_block(law: Parameters, x, t_x, T, log_gaps, nodes):
    """First where each customer's k may lie, by few nodes, and then the integral over there."""
    x, t_x, T, log_gaps = (column[:, None] for column in (x, t_x, T, log_gaps))
    low = np.log(max(special.gammaincinv(law.t, REACH), 1e-12) / law.gamma)
    high = np.log(special.gammainccinv(law.t, REACH) / law.gamma)
    low, high = np.full_like(x, low), np.full_like(x, high)
    for _ in range(2):
        log_k = low + (high - low) * np.linspace(0, 1, LOOKED_AT)
        heights = _terms(law, log_k, x, t_x, T, log_gaps, 4)
        kept = heights > heights.max(axis=1, keepdims=True) - FALL
        row, step = np.arange(len(x)), (high - low) / (LOOKED_AT - 1)
        first, last = np.argmax(kept, axis=1), LOOKED_AT - 1 - np.argmax(kept[:, ::-1], axis=1)
        low, high = (
            np.maximum(log_k[row, first][:, None] - step, low),
            np.minimum(log_k[row, last][:, None] + step, high),
        )
    place, weights = gauss_legendre(nodes[0])
    log_k = low + (high - low) * place
    terms = np.log(weights * (high - low)) + _terms(law, log_k, x, t_x, T, log_gaps, nodes[1])
    return special.logsumexp(terms, axis=1) - law.s * np.log1p(t_x[:, 0] / law.beta)


def _terms(law: Parameters, log_k, x, t_x, T, log_gaps, order: int):
    """Logarithm of the integrand over ln k."""
    t, gamma, r, alpha, *_ = astuple(law)
    k = np.exp(log_k)
    shape, rate = r + k * x, alpha + k * t_x
    of_k = t * np.log(gamma) - special.gammaln(t) + t * log_k - gamma * k
    gaps = x * (k * log_k - special.gammaln(k)) + (k - 1) * log_gaps
    of_rate = r * np.log(alpha) - special.gammaln(r) + special.gammaln(shape) - shape * np.log(rate)
    silent = _silent(law, k, shape, rate, t_x, T, order)
    return of_k + gaps + of_rate + np.log(np.maximum(silent, 1e-300))


def _silent(law: Parameters, k, shape, rate, t_x, T, order: int):
    """P(no purchase since t_x until T or a dropout before it), for each customer and k."""
    place, weights = gauss_legendre(order)
    old = law.beta + t_x
    scale = np.minimum(old, rate / shape)  # of the dropout, or of the gaps
    span = np.log1p((T - t_x) / scale)
    total = np.exp(-law.s * np.log1p((T - t_x) / old)) * special.betainc(
        shape, k, rate / (rate + k * (T - t_x))
    )
    for node, weight in zip(place, weights, strict=True):
        silence = scale * np.expm1(span * node)
        share = special.betainc(shape, k, rate / (rate + k * silence))
        density = law.s / (old + silence) * np.exp(-law.s * np.log1p(silence / old))
        total += weight * span * (scale + silence) * density * share
    return total


def simulated(law: Parameters, customers: int, rng: np.random.Generator):
    """x, t_x, T and sums of log gaps of customers of the law."""
    rows = []
    for _ in range(customers):
        k, rate = rng.gamma(law.t) / law.gamma, rng.gamma(law.r) / law.alpha
        T = rng.uniform(20, 104)
        end = min(rng.exponential() / (rng.gamma(law.s) / law.beta), T)
        gaps = rng.gamma(k, 1 / (k * rate), 4 + int(6 * rate * T))
        times = np.cumsum(gaps)
        x = int(np.searchsorted(times, end))
        rows.append((x, times[x - 1] if x else 0.0, T, np.log(gaps[:x]).sum()))
    return np.array(rows).T


def main() -> None:
    """Print errors and times."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=2000)
    options = parser.parse_args()
    law = Parameters(t=3.0, gamma=1.5, r=0.9, alpha=5.0, s=0.7, beta=30.0)
    data = simulated(law, options.customers, np.random.default_rng(0))
    x = data[0]
    few = np.arange(0, len(x), max(1, len(x) // 200))
    truth = log_likelihood(law, *data[:, few], (128, 128))
    for nodes in ((16, 12), (24, 16), (32, 24), (64, 48)):
        begin = time.process_time()
        error = np.abs(log_likelihood(law, *data[:, few], nodes) - truth)
        taken = (time.process_time() - begin) / len(few)
        often = x[few] > 20
        print(
            f"{nodes[0]} × {nodes[1]} nodes: {1e3 * taken:.2f} ms a customer, worst error {error[~often].max():.0e} up "
            f"to 20 purchases, {error[often].max(initial=0.0):.0e} above"
        )
    same = Parameters(t=1e8, gamma=1e8, r=0.9, alpha=5.0, s=0.7, beta=30.0)
    off = log_likelihood(same, *data[:, few], (48, 48)) - clv.ParetoNBD(0.9, 5.0, 0.7, 30.0).log_likelihood(
        *data[:3, few]
    )
    print(f"k = 1 for all: {np.abs(off).max():.0e} from Pareto/NBD")


if __name__ == "__main__":
    main()
