"""MBG/NBD: the effect of its coin at time zero. Its part of the grid at 50 digits is in test_bg_nbd.py."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.special import beta, hyp2f1

from clv._laws import BGNBD, MBGNBD

LAW = MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614)


def test_who_never_came_back_may_have_left() -> None:
    """Batislam, Denizel & Filiztekin (2007): P(alive | x = 0) = 1/(1 + (a/b)((α+T)/α)^r)."""
    for T in (0.0, 1.0, 39.0):
        odds = LAW.a / LAW.b * ((LAW.alpha + T) / LAW.alpha) ** LAW.r
        assert LAW.p_alive(0, 0, T) == pytest.approx(1 / (1 + odds), rel=1e-13)
    assert BGNBD(LAW.r, LAW.alpha, LAW.a, LAW.b).p_alive(0, 0, 39) == 1


def test_the_likelihood_of_the_paper() -> None:
    """Batislam et al. (2007), equation (2), for x from 0 on."""
    r, alpha, a, b = LAW.r, LAW.alpha, LAW.a, LAW.b
    for x, t_x, T in ((0, 0.0, 39.0), (1, 3.0, 39.0), (4, 30.0, 38.0)):
        rising = np.prod([r + i for i in range(x)])
        alive = beta(a, b + x + 1) / beta(a, b) * rising * alpha**r / (alpha + T) ** (r + x)
        dead = beta(a + 1, b + x) / beta(a, b) * rising * alpha**r / (alpha + t_x) ** (r + x)
        assert LAW.log_likelihood(x, t_x, T) == pytest.approx(np.log(alive + dead), rel=1e-12)


def test_the_paper_s_expectations() -> None:
    """Hoppe & Wagner (2007): their ₂F₁, where its terms are harmless."""
    r, alpha, a, b = LAW.r, LAW.alpha, LAW.a, LAW.b
    t = 26.0
    new = b / (a - 1) * (1 - (alpha / (alpha + t)) ** r * hyp2f1(r, b + 1, a + b, t / (alpha + t)))
    assert LAW.expected_purchases(t) == pytest.approx(new, rel=1e-11)
    x, t_x, T = np.array([[0, 0, 30.0], [1, 8, 30], [4, 25, 38], [9, 38, 38]]).T
    bracket = 1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * hyp2f1(
        r + x, b + x + 1, a + b + x, t / (alpha + T + t)
    )
    odds = a / (b + x) * ((alpha + T) / (alpha + t_x)) ** (r + x)
    paper = (a + b + x) / (a - 1) * bracket / (1 + odds)
    assert np.allclose(LAW.conditional_expected_purchases(t, x, t_x, T), paper, rtol=1e-11)


def test_the_posterior_has_no_coin_at_time_zero() -> None:
    assert LAW.posterior(2, 30.0, 39.0) == BGNBD(LAW.r + 2, LAW.alpha + 39, LAW.a, LAW.b + 3)


def test_one_coin_apart_from_bg_nbd() -> None:
    survived = BGNBD(LAW.r, LAW.alpha, LAW.a, LAW.b + 1)
    stay = LAW.b / (LAW.a + LAW.b)
    n = np.arange(1, 30)
    assert np.allclose(LAW.pmf(n, 39), stay * survived.pmf(n, 39), rtol=1e-13)
    assert LAW.pmf(0, 39) == pytest.approx(1 - stay + stay * survived.pmf(0, 39), rel=1e-14)
    sample = LAW.simulate(np.full(50_000, 1e3), np.random.default_rng(2))
    none = np.mean(sample.x == 0)
    assert abs(none - LAW.pmf(0, 1e3)) < 4 * np.sqrt(none / 50_000)
