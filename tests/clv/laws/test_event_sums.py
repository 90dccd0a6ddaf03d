"""Expected purchases by the number of events: tables, and Gauss quadrature of the sum, against each other."""

from __future__ import annotations

import numpy as np
import pytest

from clv._laws import event_sums
from clv._laws.event_sums import expected_by_phase
from clv._laws.negative_binomial import count_table, log_count


@pytest.mark.parametrize(
    ("k", "r", "ratio"), [(1, 0.3, 200.0), (2, 30.0, 20.0), (5, 1e-6, 300.0), (12, 2e3, 1.0), (3, 0.7, 1e3)]
)
def test_both_ways_agree(k: int, r: float, ratio: float, monkeypatch: pytest.MonkeyPatch) -> None:
    rows = [np.array([value]) for value in (r, 1.0, 0.8, 2.4)]
    t, weights = np.array([[ratio]]), np.ones((1, 1))
    by_table = expected_by_phase(k, *rows, t, weights)
    monkeypatch.setattr(event_sums, "SIZES", np.array([1]))
    by_nodes = expected_by_phase(k, *rows, t, weights)
    assert by_table.shape == (k, 1)
    assert np.allclose(by_nodes, by_table, rtol=1e-12)
    assert np.all(np.diff(by_table[:, 0]) > 0)


def test_a_gauss_quadrature_of_a_sum_is_exact_for_polynomials() -> None:
    place, weights = event_sums._sum_nodes(100_000)
    n = np.arange(100_000.0)
    for power in (0, 1, 5, 20):
        expected = np.sum((n / 1e5) ** power)
        assert weights @ (place / 1e5) ** power == pytest.approx(expected, rel=1e-12)
    assert len(place) == event_sums.NODES


def test_the_chance_of_a_count_does_not_cancel() -> None:
    from mpmath import mp, mpf

    with mp.workdps(40):
        for r, n, ratio in (
            (1e-8, 3, 1e9),
            (0.3, 0, 2.0),
            (1e6, 1_000_000, 1.0),
            (2.0, 10**9, 1e9),
            (50.0, 7, 1e-6),
        ):
            R, c, q = mpf(r), mpf(n), mpf(ratio)
            truth = (
                mp.loggamma(R + c)
                - mp.loggamma(R)
                - mp.loggamma(c + 1)
                - (R + c) * mp.log1p(q)
                + c * mp.log(q)
            )
            found = float(log_count(np.array(r), np.array(float(n)), np.array(ratio)))
            assert found == pytest.approx(float(truth), rel=1e-12, abs=1e-12)
    n = np.arange(30)
    table = count_table(np.array([0.7]), np.array([1.0]), 30, 4.0)[0]
    assert np.allclose(np.log(table), log_count(np.array(0.7), n.astype(float), np.array(4.0)), rtol=1e-12)
