"""Sums over customers: scipy's quantiles, moments of a simulation, interpolation of exact means."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

import clv
from clv._values.interpolated_draws import EXACT, LEARNED, expectations
from clv._values.sums_of_customers import Luck, mixture_bounds, standardised


@pytest.mark.parametrize("skewness", [-1.2, -0.05, 0.0, 0.3, 2.0])
def test_quantiles_are_scipys_pearson_iii(skewness: float) -> None:
    u = np.array([0.01, 0.05, 0.5, 0.95, 0.99])
    assert standardised(u, skewness) == pytest.approx(stats.pearson3(skewness).ppf(u), abs=1e-9)


def test_bounds_of_a_sum_are_those_of_many_simulated_sums() -> None:
    rng = np.random.default_rng(1)
    customers, futures = 300, 200
    values = rng.gamma(0.2, 5.0, (futures, customers))  # mean 1, variance 5, third moment 50 each
    luck = Luck(*np.zeros((3, 1)))
    for one in values:
        luck += Luck(*np.array([[customers], [((one - 1) ** 2).sum()], [((one - 1) ** 3).sum()]]))
    assert luck.spread(np.array([300.0])) == pytest.approx(np.sqrt(5 * customers), rel=0.05)
    low, high = mixture_bounds(np.full((3, 1), 300.0), luck, futures, 0.9)
    known = stats.gamma(0.2 * customers, scale=5.0).ppf([0.05, 0.95])
    assert [low[0], high[0]] == pytest.approx(known, rel=0.01)


def laws(count: int, spread: float) -> list[tuple[clv.BGNBD, clv.GammaGamma]]:
    rng = np.random.default_rng(2)
    purchase = np.log([0.24, 4.4, 0.8, 2.4]) + spread * rng.standard_normal((count, 4))
    spend = np.log([6.2, 3.7, 15.4]) + spread * rng.standard_normal((count, 3))
    return [(clv.BGNBD.from_log(a), clv.GammaGamma.from_log(b)) for a, b in zip(purchase, spend, strict=True)]


def value(law: clv.BGNBD, spend: clv.GammaGamma) -> np.ndarray:
    bought = float(law.expected_purchases(39.0))
    return np.array([bought, bought * spend.expected_spend(3, 20.0), 0.0])


def test_expectations_between_the_draws_that_were_evaluated_are_exact_enough() -> None:
    draws = laws(400, 0.1)
    found = expectations(value, draws)
    exact = np.array([value(*draw) for draw in draws])
    assert found.shape == exact.shape
    apart = np.abs(found - exact)[:, :2] / exact[:, :2].std(axis=0)
    assert apart.max() < 0.2
    assert np.sqrt((apart**2).mean()) < 0.02
    assert (found[:, 2] == 0).all()


def test_where_no_quadratic_fits_only_exact_expectations_count() -> None:
    draws = laws(400, 2.0)
    found = expectations(lambda law, spend: np.array([np.sin(30 * float(law.r)) + 2]), draws)
    assert len(found) == EXACT
    assert found[LEARNED, 0] == np.sin(30 * float(draws[LEARNED][0].r)) + 2
