"""Sums over the purchases of a period, where the truth is known: Poisson purchases until a random end."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from scipy import integrate

import clv
from clv._laws.pareto_nbd import ParetoNBD
from clv._values.alike_members import Alike
from clv._values.customer_moments import factorial_moments
from clv._values.periods_ahead import _buys, _tables
from clv._values.simulated_future import Base
from clv._values.times_ahead import TimesAhead

LAWS = (
    clv.BGNBD(0.243, 4.414, 0.793, 2.426),
    clv.MBGNBD(0.525, 6.183, 0.891, 1.614),
    ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669),
)
START, STOP = 13.0, 17.0


def certain(rate, leaving):
    """A law of which everything is known: everybody buys and leaves at these rates."""
    return ParetoNBD(r=1e7, alpha=1e7 / rate, s=1e7, beta=1e7 / leaving)


def known(law, horizon=39.0):
    base = Base(*(np.array([value]) for value in (0.0, 0.0, 1.0, 0.0)))
    return Alike.exactly(law, base), TimesAhead(horizon)


def sums(law, start, stop, worth=None):
    alike, times = known(law)
    moments = np.array([factorial_moments(law, alike, float(t))[0] for t in times.nodes])
    return [float(w @ moments[:, k - 1]) for k, w in times.weights(start, stop, worth)]


@pytest.mark.parametrize("force", [0.0, 0.02])
def test_purchases_at_a_known_rate_until_a_known_rate_of_leaving(force):
    """E Π over k-tuples = λ^k E (∫ v over the time in the period until the end)^k."""
    rate, leaving = 0.4, 0.05
    worth = None if force == 0 else lambda t: np.exp(-force * t)
    found = sums(certain(rate, leaving), START, STOP, worth)

    def mean(power, *forces):
        """λ^k E Π over some forces of ∫ₛ^min(τ, t) e^(−force u) du, by the end τ."""

        def gained(end):
            parts = [integrate.quad(lambda u, f=f: np.exp(-f * u), START, end)[0] for f in forces]
            return np.prod(parts)

        inside = integrate.quad(lambda end: leaving * np.exp(-leaving * end) * gained(end), START, STOP)[0]
        return rate**power * (inside + np.exp(-leaving * STOP) * gained(STOP))

    truth = [
        mean(1, force), mean(1, 2 * force), mean(1, 3 * force), mean(2, force, force),
        mean(2, 2 * force, force), mean(3, force, force, force),
    ]  # fmt: skip
    assert found == pytest.approx(truth, rel=2e-4)


def test_who_buys_in_a_period_at_a_known_rate():
    """Alive at its start, and the first purchase falls before its end and before leaving."""
    rate, leaving = 0.4, 0.05
    law = certain(rate, leaving)
    alike, times = known(law)
    found = _buys(_tables(law, alike, times), times, START, STOP)[0]
    both = rate + leaving
    truth = np.exp(-leaving * START) * rate / both * (1 - np.exp(-both * (STOP - START)))
    assert found == pytest.approx(truth, rel=2e-4)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_periods_are_those_of_simulated_members(law):
    """To four standard errors of half a million futures of a customer who is alive."""
    alike, times = known(law)
    rng, count = np.random.default_rng(3), 500_000
    ahead = law.posterior(np.zeros(count), np.zeros(count), np.ones(count))
    future = ahead.simulate(np.full(count, 39.0), rng)
    inside = (future.times > START) & (future.times <= STOP)
    bought = np.bincount(future.customer[inside], minlength=count).astype(float)
    buys = _buys(_tables(law, alike, times), times, START, STOP)[0]
    error = np.sqrt(buys * (1 - buys) / count)
    assert buys == pytest.approx((bought > 0).mean(), abs=4 * error)
    found = sums(law, START, STOP)
    for k, term in ((1, found[0]), (2, found[3]), (3, found[5])):
        falling = np.prod([bought - j for j in range(k)], axis=0)
        assert term == pytest.approx(falling.mean(), abs=4 * falling.std() / np.sqrt(count))


def test_periods_add_up():
    """Of the purchases and of the chance: over periods that follow each other they are those of the whole."""
    law = LAWS[0]
    edges = [0.0, 4.0, 13.0, 39.0]
    parts = [sums(law, a, b)[0] for a, b in pairwise(edges)]
    assert sum(parts) == pytest.approx(sums(law, 0.0, 39.0)[0], rel=1e-12)
    alike, times = known(law)
    none = 1 - _buys(_tables(law, alike, times), times, 0.0, 39.0)[0]
    base = law.posterior(np.zeros(1), np.zeros(1), np.ones(1))
    assert none == pytest.approx(float(base.pmf(0, 39.0)[0]), rel=1e-6)
