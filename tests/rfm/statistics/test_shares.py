"""Intervals of shares, compared with SciPy's and with published ones."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rfm._statistics.shares import newcombe, wilson


@given(st.integers(0, 400), st.integers(1, 400), st.floats(0.5, 0.999))
def test_wilson_is_scipys(k, n, confidence):
    k = min(k, n)
    low, high = wilson(k, n, confidence)
    known = stats.binomtest(k, n).proportion_ci(confidence, method="wilson")
    assert (float(low), float(high)) == pytest.approx((known.low, known.high), abs=1e-12)
    assert 0 <= low <= k / n <= high <= 1


def test_wilson_of_nobody_is_missing_and_arrays_broadcast():
    low, high = wilson([[0, 1], [2, 0]], [[2], [0]])
    assert np.isnan([low[1], high[1]]).all()
    assert low[0, 0] == 0
    assert high.shape == (2, 2)


def test_newcombes_examples():
    """Table II of Newcombe (1998), method 10."""
    published = {(56, 70, 48, 80): (0.0524, 0.3339), (9, 10, 3, 10): (0.1705, 0.8090),
                 (6, 7, 2, 7): (0.0582, 0.8062), (5, 56, 0, 29): (-0.0381, 0.1926),
                 (0, 10, 0, 10): (-0.2775, 0.2775), (10, 10, 0, 10): (0.6075, 1.0)}  # fmt: skip
    for counts, ends in published.items():
        made = newcombe(*counts)
        assert [float(end) for end in made] == pytest.approx(ends, abs=5e-5)
