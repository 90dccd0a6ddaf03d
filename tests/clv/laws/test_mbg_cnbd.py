"""MBG/CNBD-k: the effect of its coin at time zero; what it shares with BG/CNBD-k is in test_erlang_law.py."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.stats import nbinom

import clv

LAW = clv.MBGCNBD(r=0.85, alpha=1.45, a=0.79, b=2.42, k=3)


def test_who_never_came_back_may_have_left() -> None:
    """P(alive | x = 0) = 1/(1 + (a/b)/P(fewer than k events in T)), a negative binomial's chance."""
    for T in (0.0, 5.0, 39.0):
        waiting = nbinom.cdf(2, LAW.r, LAW.alpha / (LAW.alpha + T))
        assert LAW.p_alive(0, 0, T) == pytest.approx(1 / (1 + LAW.a / LAW.b / waiting), rel=1e-12)


def test_one_coin_apart_from_bg_cnbd() -> None:
    survived = clv.BGCNBD(LAW.r, LAW.alpha, LAW.a, LAW.b + 1, k=3)
    stay = LAW.b / (LAW.a + LAW.b)
    n = np.arange(1, 30)
    assert np.allclose(LAW.pmf(n, 39), stay * survived.pmf(n, 39), rtol=1e-13)
    assert LAW.pmf(0, 39) == pytest.approx(1 - stay + stay * survived.pmf(0, 39), rel=1e-14)
    assert LAW.expected_purchases(39) == pytest.approx(stay * survived.expected_purchases(39), rel=1e-14)
    assert LAW.posterior(2, 30.0, 39.0) == survived.posterior(2, 30.0, 39.0)
