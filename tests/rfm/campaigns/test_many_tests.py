"""Corrections for many tests, against their definitions by closed testing and by SciPy."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm.campaigns._many_tests import false_discovery, holm


@given(st.lists(st.floats(0, 1), min_size=1, max_size=6))
def test_holm_is_the_closed_test_of_bonferroni(p):
    n = len(p)
    groups = [g for k in range(1, n + 1) for g in itertools.combinations(range(n), k)]
    closed = [max(min(1.0, len(g) * min(p[j] for j in g)) for g in groups if i in g) for i in range(n)]
    assert holm(p) == pytest.approx(closed)


@given(st.lists(st.floats(0, 1), min_size=1, max_size=8))
def test_false_discovery_is_its_definition(p):
    order = np.argsort(p)
    q, least = np.empty(len(p)), 1.0
    for rank in range(len(p), 0, -1):
        least = min(least, p[order[rank - 1]] * len(p) / rank)
        q[order[rank - 1]] = least
    assert false_discovery(p) == pytest.approx(q)


def test_missing_values_do_not_count():
    assert np.isnan(holm([np.nan])).all()
    assert holm([0.01, np.nan])[0] == false_discovery([0.01, np.nan])[0] == 0.01
