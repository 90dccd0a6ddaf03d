"""Distributions as tables: against the laws' own pmf."""

from __future__ import annotations

import numpy as np
import pytest

from clv._laws import BGBB, BGNBD, MBGNBD, ParetoNBD
from clv._values.pmf_tables import NEGLIGIBLE, counts_alive

LAWS = [
    BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426),
    MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614),
    ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669),
    ParetoNBD(r=3.0, alpha=0.5, s=0.01, beta=0.01),
]
X = np.array([0.0, 1.0, 5.0, 30.0, 200.0])
T = np.array([10.0, 20.0, 38.0, 38.0, 38.0])
TX = np.where(X > 0, 0.9 * T, 0.0)


@pytest.mark.parametrize("law", LAWS, ids=repr)
@pytest.mark.parametrize("t", [0.1, 39.0, 400.0])
def test_the_table_is_the_pmf(law, t):
    posterior = law.posterior(X, TX, T)
    expected = np.asarray(posterior.pmf(np.arange(120)[:, None], t)).T
    np.testing.assert_allclose(posterior.pmf_table(120, t), expected, atol=1e-11)


@pytest.mark.parametrize(
    ("law", "x", "t_x", "T", "t"),
    [
        (ParetoNBD(5e3, 1e3, 0.6, 11.7), 3.0, 8.1, 9.0, 520.0),  # all buy alike: narrow peaks
        (ParetoNBD(0.5, 3.0, 50.0, 0.1), 200.0, 90.0, 100.0, 52.0),
        (ParetoNBD(386.0, 1213.0, 1.3e9, 1.3e10), 7.0, 18.0, 20.0, 520.0),  # all leave at the same rate
        (ParetoNBD(5e8, 1.5e9, 1e8, 1e9), 5.0, 8.0, 39.0, 520.0),
        (ParetoNBD(0.05, 0.1, 5.0, 0.4), 5.0, 8.0, 39.0, 520.0),
        (ParetoNBD(1.0, 1.0, 1.0, 1e6), 100.0, 38.0, 39.0, 52.0),  # hardly anybody leaves
    ],
)
def test_the_table_is_the_pmf_at_the_edges_too(law, x, t_x, T, t):
    table = counts_alive(law, np.array([x]), np.array([t_x]), np.array([T]), t)[0]
    expected = np.asarray(law.posterior(x, t_x, T).pmf(np.arange(len(table)), t))
    np.testing.assert_allclose(table, np.where(table > 0, expected, 0), atol=1e-10)
    np.testing.assert_allclose(table.cumsum(), expected.cumsum(), atol=1e-6)


@pytest.mark.parametrize("law", LAWS, ids=repr)
def test_nothing_but_a_little_is_left_out(law):
    table = counts_alive(law, X, TX, T, 39.0)
    assert (table.sum(axis=1) > 1 - 2 * NEGLIGIBLE).all()
    mean = table @ np.arange(table.shape[1])
    np.testing.assert_allclose(mean, law.posterior(X, TX, T).expected_purchases(39.0), rtol=1e-4)


def test_periods_are_counted_by_the_laws_own_pmf():
    law = BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    table = counts_alive(law, np.array([0.0, 4.0]), np.array([0.0, 5.0]), np.array([6.0, 6.0]), 10)
    assert table.shape[1] == 11
    assert table.sum(axis=1) == pytest.approx([1, 1])
