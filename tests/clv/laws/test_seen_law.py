"""The customers of a log that begins mid-history: shares, survival and purchases against a simulated shop."""

from __future__ import annotations

from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

import clv
from clv._laws.seen_law import SeenLaw, Smooth, has_survivors
from clv._laws.survivors import Ages, beta_nodes

PARETO = clv.ParetoNBD(r=0.7, alpha=8.0, s=0.5, beta=12.0)
BG = clv.BGNBD(r=0.7, alpha=8.0, a=0.8, b=2.5)
MBG = clv.MBGNBD(r=0.7, alpha=8.0, a=0.8, b=2.5)
LAWS = pytest.mark.parametrize("law", [PARETO, BG, MBG], ids=lambda law: law.name)
WINDOW, GROWTH, PAST, AHEAD, RATE = 104.0, 0.004, 300.0, 52.0, 90.0


class Shop(NamedTuple):
    x: np.ndarray
    t_x: np.ndarray
    T: np.ndarray
    joined: np.ndarray
    alive: np.ndarray
    later: np.ndarray


@cache
def shop(law):
    """What a log shows of a simulated shop, and what it does not."""
    rng = np.random.default_rng(11)
    low, high = np.exp(-GROWTH * PAST), np.exp(GROWTH * WINDOW)
    joined = np.log(low + rng.random(rng.poisson(RATE * (high - low) / GROWTH)) * (high - low)) / GROWTH
    made = law.simulate(WINDOW + AHEAD - joined, rng)
    who = np.concatenate([np.arange(len(joined)), made.customer])
    when = np.concatenate([joined, joined[made.customer] + made.times])
    order = np.lexsort((when, who))
    who, when = who[order], when[order]
    in_log = (when > 0) & (when <= WINDOW)
    ids, first, number = np.unique(who[in_log], return_index=True, return_counts=True)
    begin, end = when[in_log][first], when[in_log][first + number - 1]
    later = np.bincount(who[when > WINDOW], minlength=len(joined))[ids].astype(float)
    return Shop(number - 1.0, end - begin, WINDOW - begin, joined[ids], later > 0, later)


def seen(law):
    return SeenLaw(law, GROWTH, PAST, WINDOW)


@LAWS
def test_as_many_are_old_as_the_shares_say(law):
    found = shop(law)
    share = seen(law).share_old(*found[:3])
    old = found.joined < 0
    for some in [found.x == k for k in (0, 1, 2, 5)] + [found.x > 20, found.T > 90, found.T < 30]:
        spread = np.sqrt((share * (1 - share))[some].sum())
        assert abs(old[some].sum() - share[some].sum()) < 4 * spread


@LAWS
def test_as_many_are_seen_as_the_law_says(law):
    found = shop(law)
    for after in (0.0, 26.0, 78.0):
        number = float(np.sum(WINDOW - after > found.T))
        expected = RATE * np.exp(float(seen(law).log_seen(after)))
        assert abs(number - expected) < 4 * np.sqrt(expected)


@LAWS
def test_purchases_to_come_are_those_that_come(law):
    found = shop(law)
    at = seen(law)
    expected = at.p_alive(*found[:3]) * at.posterior(*found[:3]).expected_purchases(AHEAD)
    for some in (found.x >= 0, found.x == 0, found.x > 3, found.T > 90, found.T < 40):
        gap = (found.later - expected)[some]
        assert abs(gap.sum()) < 4 * np.sqrt((gap**2).sum())


@LAWS
def test_taking_everybody_for_new_would_be_wrong(law):
    found = shop(law)
    gap = found.later - law.conditional_expected_purchases(AHEAD, *found[:3])
    assert gap.sum() > 2 * np.sqrt((gap**2).sum())


@LAWS
def test_known_ages_predict_too(law):
    found = shop(law)
    old = found.joined < 0
    age = np.where(old, -found.joined, 0.0)
    since = WINDOW - found.T
    x, t_x = found.x + old, np.where(old, age + since + found.t_x, found.t_x)
    T = np.where(old, WINDOW + age, found.T)
    at = SeenLaw(law, window=WINDOW)
    expected = at.p_alive(x, t_x, T) * at.posterior(x, t_x, T).expected_purchases(AHEAD)
    for some in (old, ~old, old & (age > 100)):
        gap = (found.later - expected)[some]
        assert abs(gap.sum()) < 4 * np.sqrt((gap**2).sum())


@LAWS
def test_customers_of_a_whole_log_are_the_laws_own(law):
    found = shop(law)
    x, t_x, T = (each[:500] for each in found[:3])
    at = SeenLaw(law, window=WINDOW)
    np.testing.assert_allclose(at.p_alive(x, t_x, T), law.p_alive(x, t_x, T), rtol=1e-12)
    np.testing.assert_allclose(at.log_likelihood(x, t_x, T), law.log_likelihood(x, t_x, T), rtol=1e-12)
    own, member = law.posterior(x, t_x, T), at.posterior(x, t_x, T)
    assert type(member) is type(own)
    np.testing.assert_allclose(
        member.log_parameters, np.broadcast_to(own.log_parameters, (4, 500)), rtol=1e-12
    )


def exact_mixture(law, x, T, horizon):
    """Expected purchases, and P(none), of a customer who is alive: the mixture over new and old of every age."""
    nodes, weights = np.polynomial.legendre.leggauss(150)
    span = np.log1p(PAST / 5)
    ages = 5 * np.expm1((nodes + 1) / 2 * span)
    weights = weights * span / 2 * (ages + 5) * np.exp(-GROWTH * ages)
    t_x = 0.9 * T if x else 0.0
    m = law.r + x + 1
    front = np.exp(law.r * np.log(law.alpha) + np.log(law.r + np.arange(x + 1)).sum())
    if isinstance(law, clv.ParetoNBD):
        weights = (
            weights * front * (law.alpha + WINDOW) ** -m * (law.beta / (law.beta + ages + WINDOW)) ** law.s
        )
        old = clv.ParetoNBD(m, law.alpha + WINDOW, law.s, law.beta + ages + WINDOW)
        expected, none = old.expected_purchases(horizon), old.pmf(0, horizon)
    else:
        k = x + 1 + law.first_coin
        p, of_p = (each[0][:, None] for each in beta_nodes(law.a, np.array([law.b + k])))
        rate = law.alpha + WINDOW + p * ages
        kept = np.exp(np.log(law.b + np.arange(k)).sum() - np.log(law.a + law.b + np.arange(k)).sum())
        weights = of_p * weights * front * kept * rate**-m
        expected, none = (1 - (1 + p * horizon / rate) ** -m) / p, (1 + horizon / rate) ** -m
    new = np.exp(GROWTH * (WINDOW - T) + law.log_likelihood(x, t_x, T) + law.log_p_alive(x, t_x, T))
    member = law.posterior(x, t_x, T)
    whole = weights.sum() + new
    return (
        ((weights * expected).sum() + new * member.expected_purchases(horizon)) / whole,
        ((weights * none).sum() + new * member.pmf(0, horizon)) / whole,
    )


@LAWS
@pytest.mark.parametrize("history", [(0, 10.0), (0, 95.0), (1, 50.0), (3, 100.0), (10, 100.0), (40, 103.0)])
@pytest.mark.parametrize(
    ("horizon", "near", "of_none"), [(13.0, 1e-3, 0.003), (52.0, 5e-3, 0.03), (156.0, 0.015, 0.2)]
)
def test_one_member_stands_for_the_mixture(law, history, horizon, near, of_none):
    x, T = history
    expected, none = exact_mixture(law, x, T, horizon)
    found = seen(law).posterior(np.array([float(x)]), np.array([0.9 * T if x else 0.0]), np.array([T]))
    assert found.expected_purchases(horizon)[0] == pytest.approx(expected, rel=near)
    assert found.pmf(0, horizon)[0] == pytest.approx(none, rel=of_none, abs=0.01)


@LAWS
def test_silence_moves_the_end_and_not_the_first_sight(law):
    x, t_x, T = np.array([0.0, 4.0]), np.array([0.0, 30.0]), np.array([50.0, 50.0])
    at = seen(law)
    later = at.later(10.0)
    assert later == SeenLaw(law, GROWTH, PAST, WINDOW + 10)
    silent = np.array([10.0, 20.0])
    by_row = at.later(silent)
    each = [at.later(d).p_alive(x[[i]], t_x[[i]], T[[i]] + d)[0] for i, d in enumerate((10.0, 20.0))]
    np.testing.assert_allclose(by_row.p_alive(x, t_x, T + silent), each, rtol=1e-9)
    assert (by_row.p_alive(x, t_x, T + silent) < at.p_alive(x, t_x, T)).all()


@LAWS
def test_a_table_of_the_smooth_part_is_accurate(law):
    rng = np.random.default_rng(3)
    x = rng.integers(1, 150, 2000).astype(float)
    last = WINDOW * np.sqrt(rng.random(2000))
    T = rng.uniform(1, WINDOW, 2000)
    at, ages = seen(law), Ages(GROWTH, PAST)
    window = np.full(2000, WINDOW)
    smooth = at.old(x, last, window, ages, Smooth(x, last, WINDOW))
    few = [at.old(x[rows], last[rows], window[rows], ages) for rows in np.split(np.arange(2000), 10)]
    for found, parts in zip(smooth, zip(*few, strict=True), strict=True):
        np.testing.assert_allclose(found, np.concatenate(parts), atol=5e-3)
    assert len(T) == 2000


@LAWS
def test_behaviour_is_the_density_given_when_they_were_first_seen(law):
    """The number first seen at s is minus the derivative of the number seen after s."""
    at, step = seen(law), 1e-3
    since = np.array([3.0, 30.0, 90.0])
    x, t_x, T = np.array([0.0, 2.0, 1.0]), np.array([0.0, 40.0, 9.0]), WINDOW - since
    numbers = [[np.exp(float(at.log_seen(s + sign * step))) for s in since] for sign in (-1, 1)]
    rate = np.subtract(*numbers) / (2 * step)
    expected = np.logaddexp.reduce(at.parts(x, t_x, T)) - np.log(rate)
    np.testing.assert_allclose(at.log_behaviour(x, t_x, T), expected, atol=1e-5)


@LAWS
def test_old_customers_behave_as_such(law):
    found = shop(law)
    columns = found[:3]
    assert seen(law).log_behaviour(*columns).sum() > law.log_likelihood(*columns).sum() + 50


def test_only_some_laws_know_their_survivors():
    assert has_survivors(clv.BGNBD)
    assert has_survivors(clv.MBGNBD)
    assert has_survivors(clv.ParetoNBD)
    assert not has_survivors(clv.BGBB)
