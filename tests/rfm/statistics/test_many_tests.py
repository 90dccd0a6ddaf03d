"""Corrections for many tests, against their definitions by closed testing, SciPy and statsmodels."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from rfm._statistics.many_tests import false_discovery, holm


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_the_closed_test_of_bonferronis(p):
    """A hypothesis falls if every set of hypotheses with it does: the largest |S| · min p over the sets S with it."""
    sets = [s for size in range(1, len(p) + 1) for s in itertools.combinations(range(len(p)), size)]
    closed = [max(min(len(s) * min(p[i] for i in s), 1.0) for s in sets if k in s) for k in range(len(p))]
    assert holm(np.array(p)) == pytest.approx(closed)


def test_holm_is_statsmodels():
    """One call: each of theirs collects Python's garbage, which takes longer than all the rest."""
    multitest = pytest.importorskip("statsmodels.stats.multitest")
    p = np.array([0.04, 0.001, 0.03, 1.0, 0.001, 0.2, 0.0, 0.011, 0.5, 0.03])
    assert holm(p) == pytest.approx(multitest.multipletests(p, method="holm")[1])


def test_tests_that_were_not_made_do_not_count():
    corrected = holm(np.array([0.02, np.nan, 0.5]))
    assert corrected[[0, 2]] == pytest.approx([0.04, 0.5])
    assert np.isnan(corrected[1])
    assert np.isnan(false_discovery([np.nan])).all()
    assert holm([0.01, np.nan])[0] == false_discovery([0.01, np.nan])[0] == 0.01


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_false_discovery_is_its_definition(p):
    order = np.argsort(p)
    q, least = np.empty(len(p)), 1.0
    for rank in range(len(p), 0, -1):
        least = min(least, p[order[rank - 1]] * len(p) / rank)
        q[order[rank - 1]] = least
    assert false_discovery(p) == pytest.approx(q)


def test_corrections_are_scipys_with_the_tests_that_are_not_shown_as_ones():
    p = np.random.default_rng(2).beta(0.5, 2, 40)
    assert false_discovery(p) == pytest.approx(stats.false_discovery_control(p), rel=1e-12)
    all_of_them = stats.false_discovery_control(np.append(p, np.ones(60)))
    assert false_discovery(p, 100) == pytest.approx(all_of_them[:40], rel=1e-12)
    assert false_discovery(np.empty(0)).size == 0
