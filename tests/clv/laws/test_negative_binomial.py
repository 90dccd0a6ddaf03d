"""The distribution of the number of purchases is SciPy's negative binomial."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from clv._laws.negative_binomial import count_table


@pytest.mark.parametrize("t", [0.3, 52.0])
def test_counts_are_scipys_for_each_customer(t):
    r, alpha = np.array([0.243, 1.0, 7.5]), np.array([4.414, 0.2, 30.0])
    table = count_table(r, alpha, 40, t)
    known = stats.nbinom.pmf(np.arange(40), r[:, None], (alpha / (alpha + t))[:, None])
    assert table.shape == (3, 40)
    np.testing.assert_allclose(table, known, rtol=1e-10)


def test_in_no_time_nobody_buys():
    table = count_table(np.array([0.5]), np.array([2.0]), 3, 0.0)
    np.testing.assert_allclose(table, [[1, 0, 0]], atol=1e-300)
