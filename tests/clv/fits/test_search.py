"""From a likelihood to its highest maximum."""

from __future__ import annotations

import numpy as np
import pytest

import clv
from benchmarks.never_failing import design
from clv._fits.data import FitData
from clv._fits.likelihood import Likelihood
from clv._fits.search import FLAT, climb, covariance_of, gain_worth, search


def likelihood_of(law, n: int, span: float, seed: int) -> Likelihood:
    made = law.simulate(np.full(n, span), np.random.default_rng(seed))
    rows = FitData(type(law).data_columns, (made.x, made.t_x, made.T), np.ones(n))
    return Likelihood.of(type(law), rows)


@pytest.mark.parametrize("seed", range(6))
def test_it_finds_the_best_of_many_random_starts(seed: int) -> None:
    """Few customers: interior maxima beside boundaries, either of which may be higher."""
    likelihood = likelihood_of(clv.MBGNBD(0.3, 50.0, 0.5, 3.0), 150, 60.0, seed)
    best = search(likelihood)
    rng = np.random.default_rng(seed)
    others = [climb(likelihood, start).value for start in rng.uniform(-3, 3, (10, 4))]
    assert best.converged
    assert best.value > max(others) - 1e-6


def test_a_ridge_to_infinity_is_followed_to_its_end() -> None:
    """Nobody leaves, or a part at once: two limits that differ by 0.04, the higher one at the end of a slow climb."""
    law, table = design("pareto-nbd", 45, 1000)
    columns = tuple(table[name].to_numpy() for name in law.data_columns)
    likelihood = Likelihood.of(clv.ParetoNBD, FitData(law.data_columns, columns, np.ones(1000)).merged())
    along = climb(likelihood, np.array([1.87, 2.19, 0.78, -2.72]))
    assert search(likelihood).value > along.value - 1e-6


def test_a_sharp_maximum_takes_one_climb(monkeypatch) -> None:
    likelihood = likelihood_of(clv.BGNBD(0.8, 8.0, 0.8, 3.0), 3_000, 40.0, 0)
    calls = []
    monkeypatch.setattr("clv._fits.search.climb", lambda *args: calls.append(1) or climb(*args))
    search(likelihood)
    assert len(calls) == 1


def test_the_covariance_is_finite_where_a_direction_is_flat() -> None:
    covariance, flat = covariance_of(-np.array([[4.0, 4.0], [4.0, 4.0]]))
    assert flat[:, 0] == pytest.approx(np.array([1, -1]) / np.sqrt(2) * np.sign(flat[0, 0]))
    assert (covariance == covariance.T).all()
    assert np.linalg.eigvalsh(covariance) == pytest.approx([1 / 8, 1 / FLAT], rel=1e-6)


def test_more_customers_are_worth_no_worse_an_answer() -> None:
    assert gain_worth(100) < gain_worth(10_000) <= gain_worth(10**12) == 1e-8
