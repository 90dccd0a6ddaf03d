"""BG/CNBD-k alone; what it shares with MBG/CNBD-k is in test_erlang_law.py, its numbers in test_erlang.py."""

from __future__ import annotations

import numpy as np
from scipy.stats import nbinom

import clv

LAW = clv.BGCNBD(r=0.85, alpha=1.45, a=0.79, b=2.42, k=3)


def test_who_never_came_back_is_alive() -> None:
    assert np.array_equal(LAW.may_leave([0, 1, 7]), [False, True, True])
    assert LAW.p_alive(0, 0, 1000) == 1.0
    assert LAW.p_alive(1, 10, 1000) < 0.2


def test_the_first_gap_has_k_phases_like_the_others() -> None:
    """P(X(t) ≥ 1) is that of k events of the negative binomial process."""
    t = np.array([0.1, 3.0, 52.0])
    expected = nbinom.sf(2, LAW.r, LAW.alpha / (LAW.alpha + t))
    assert np.allclose(1 - LAW.pmf(0, t), expected, rtol=1e-11)
