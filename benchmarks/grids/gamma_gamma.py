"""The grid of Gamma-Gamma: comparison with true values, and a search of all of it for invalid results."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import product
from random import Random

import numpy as np
from mpmath import mp

from benchmarks.comparison import Comparison
from benchmarks.truth import gamma_gamma as truth
from clv._laws import GammaGamma

ORDERS = (1, 2, 7, 50, 500, 2000, 20000)
P = (1e-8, 0.1, 1.0, 6.25, 50.0, 1e6)
Q = (1e-8, 0.1, 0.5, 1 - 1e-12, 1.0, 1 + 1e-12, 3.74, 50.0, 1e6)
GAMMA = (1e-6, 1.0, 15.44, 1e6)
MEANS = (1e-3, 1.0, 35.0, 1e5)
PROBABILITIES = (1e-9, 0.05, 0.5, 0.95, 1 - 1e-9)
TINY = 1e-290  # amounts below it are compared absolutely


def comparisons(rng: Random, points: int) -> Iterator[Comparison]:
    """Every quantity at `points` points: each pair (orders, q) in turn, the rest drawn from the grid."""
    pairs = list(product(ORDERS, Q))
    rng.shuffle(pairs)
    with mp.workdps(truth.DIGITS):
        for i in range(points):
            x, q = pairs[i % len(pairs)]
            law = GammaGamma(p=rng.choice(P), q=q, gamma=rng.choice(GAMMA))
            yield from at_customer(law, x, rng.choice(MEANS))
            yield from at_probability(law, x, rng.choice(PROBABILITIES))


def at_customer(law: GammaGamma, x: int, m: float) -> Iterator[Comparison]:
    """The quantities of a customer with x orders of mean m, and the distributions at that amount."""
    given = (law.p, law.q, law.gamma)
    point = dict(zip(law.parameters, given, strict=True)) | {"x": x, "m": m}
    likelihood = truth.log_likelihood(*given, x, m)
    yield Comparison("log_likelihood", point, law.log_likelihood(x, m), likelihood, True)
    yield Comparison("expected_spend", point, law.expected_spend(x, m), truth.expected_spend(*given, x, m))
    density = mp.exp(truth.log_mean_spend_pdf(*given, m))
    yield Comparison("mean_spend_pdf", point, law.mean_spend_pdf(m), density)
    yield Comparison("mean_spend_cdf", point, law.mean_spend_cdf(m), truth.mean_spend_cdf(*given, m))
    total = x * m
    density = mp.exp(truth.log_total_spend_pdf(*given, total, x))
    yield Comparison("total_spend_pdf", point, law.total_spend_pdf(total, x), density)
    below = truth.total_spend_cdf(*given, total, x)
    yield Comparison("total_spend_cdf", point, law.total_spend_cdf(total, x), below)


def at_probability(law: GammaGamma, n: int, probability: float) -> Iterator[Comparison]:
    """Quantiles against the truth that a Newton step leads to, where a double can hold them."""
    given = (law.p, law.q, law.gamma)
    point = dict(zip(law.parameters, given, strict=True)) | {"n": n, "probability": probability}
    for name, ours, cdf, log_pdf, rest in (
        ("mean_spend_quantile", law.mean_spend_quantile(probability), truth.mean_spend_cdf,
         truth.log_mean_spend_pdf, ()),
        ("total_spend_quantile", law.total_spend_quantile(probability, n), truth.total_spend_cdf,
         truth.log_total_spend_pdf, (n,)),
    ):  # fmt: skip
        if TINY < ours < 1 / TINY:
            off = cdf(*given, ours, *rest) - mp.mpf(probability)
            yield Comparison(name, point, ours, ours - off * mp.exp(-log_pdf(*given, ours, *rest)))


def sweep() -> Iterator[str]:
    """Invalid results, over the whole product of the grid, with floating-point events raised.

    The least double is 5e-324 and the greatest 2e308: a quantile may lie beyond either, and is 0 or inf then.
    """
    x, m = (np.array(column, dtype=float) for column in zip(*product(ORDERS, MEANS), strict=True))
    values = np.array([0.0, 1e-9, *MEANS, 1e12])[:, None]
    shares = np.array([0.0, *PROBABILITIES])[:, None]
    for p, q, gamma in product(P, Q, GAMMA):
        law = GammaGamma(p=p, q=q, gamma=gamma)
        with np.errstate(all="raise"):
            rising = {
                "mean_spend_cdf": law.mean_spend_cdf(values),
                "total_spend_cdf": law.total_spend_cdf(values, x),
                "mean_spend_quantile": law.mean_spend_quantile(shares),
                "total_spend_quantile": law.total_spend_quantile(shares, x),
            }
            finite = {
                "log_likelihood": law.log_likelihood(x, m),
                "expected_spend": law.expected_spend(x, m),
                "mean_spend_pdf": law.mean_spend_pdf(values),
                "total_spend_pdf": law.total_spend_pdf(values, x),
                "derivatives": np.concatenate([part.ravel() for part in law.derivatives(x, m)]),
            }
        for quantity, found in finite.items():
            if not np.all(np.isfinite(found)):
                yield f"{quantity} is not finite at {law}"
        for quantity, found in rising.items():
            if (
                np.any(np.isnan(found))
                or np.any(found[1:] < found[:-1] * (1 - 1e-12))
                or np.any(found[0] != 0)
            ):
                yield f"{quantity} does not rise from 0 at {law}"
        if np.any(finite["expected_spend"] <= 0):
            yield f"expected_spend is not above 0 at {law}"
