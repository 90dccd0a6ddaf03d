"""The credibility spend law: the best linear estimate, its conjugacy, and the distribution of totals."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from clv._laws.credibility_spend import CredibilitySpend
from clv._laws.gamma_gamma import GammaGamma
from rfm.errors import DataError

LAW = CredibilitySpend(mean=35.0, within=0.9, k=2.3)
ROWS = json.loads((Path(__file__).parents[2] / "oracles" / "credibility.json").read_text())["rows"]


def test_probabilities_and_densities_are_those_at_fifty_digits():
    for row in ROWS:
        law = CredibilitySpend(row["mean"], row["within"], row["k"])
        cdf = float(law.total_spend_cdf(row["value"], row["n"]))
        assert cdf == pytest.approx(row["cdf"], rel=1e-8, abs=1e-300)
        density = law.log_likelihood(row["n"], row["value"] / row["n"])
        assert density == pytest.approx(row["log_density_of_mean"], rel=1e-9, abs=1e-7)


def test_a_quantile_is_where_the_probability_is_reached():
    n = np.array([0, 1, 4, 90])
    for probability in (0.01, 0.5, 0.99):
        value = LAW.total_spend_quantile(probability, n)
        assert value[0] == 0
        assert LAW.total_spend_cdf(value[1:], n[1:]) == pytest.approx(probability, rel=1e-10)
    assert LAW.total_spend_cdf([-1.0, 0.0, 0.0], [0, 0, 1]).tolist() == [0, 1, 0]


def test_orders_one_by_one_teach_as_much_as_their_mean():
    together = LAW.posterior(3, 20.0)
    step = LAW
    for order in (14.0, 16.0, 30.0):
        step = step.posterior(1, order)
    assert step.mean == pytest.approx(together.mean)
    assert step.k == pytest.approx(together.k) == LAW.k + 3
    assert LAW.expected_spend(3, 20.0) == pytest.approx(together.mean)
    assert LAW.posterior([0, 2], [0.0, 0.0]).mean.tolist() == [35.0, 35.0]


def test_no_other_linear_estimate_is_better():
    """Of customers whose spreads differ, in a distribution that is not Gamma: the weights that a regression finds."""
    rng = np.random.default_rng(3)
    x = rng.integers(1, 8, 200_000)
    level = 35 * np.exp(rng.normal(0, 0.5, len(x)) - 0.125)
    spread = level * np.where(rng.random(len(x)) < 0.5, 0.3, 1.1)
    m = level + spread / np.sqrt(x) * rng.choice([-1.0, 1.0], len(x))
    within, between = float(np.mean(spread**2)), float(level.var())
    law = CredibilitySpend(float(level.mean()), np.sqrt(within) / level.mean(), within / between)
    for n in range(1, 8):
        some = x == n
        slope = np.cov(m[some], level[some])[0, 1] / m[some].var()
        got = (law.expected_spend(n, 80.0) - law.expected_spend(n, 10.0)) / 70.0
        assert got == pytest.approx(slope, abs=0.02)


def test_what_is_simulated_has_the_moments_and_nearly_the_distribution():
    rng = np.random.default_rng(1)
    orders = np.full(40_000, 5)
    spent = LAW.simulate(orders, rng).reshape(-1, 5)
    assert spent.mean() == pytest.approx(35.0, rel=0.02)
    inside = spent.var(axis=1, ddof=1).mean()
    assert inside == pytest.approx((0.9 * 35) ** 2, rel=0.04)
    between = np.cov(spent[:, 0], spent[:, 1])[0, 1]
    assert between == pytest.approx((0.9 * 35) ** 2 / 2.3, rel=0.05)
    total = spent.sum(axis=1)
    for probability in (0.05, 0.1, 0.25, 0.5, 0.75, 0.9, 0.95):  # the docstring says by how much they differ
        assert np.mean(total < LAW.total_spend_quantile(probability, 5)) == pytest.approx(
            probability, abs=0.03
        )


def test_totals_scale_with_what_the_customer_is_expected_to_spend():
    u, n = np.array([0.5, 2.0, 9.0]), np.array([1, 2, 3])
    scale = LAW.own_scale(4, 50.0)
    beyond = 1 - np.asarray(LAW.posterior(4, 50.0).total_spend_cdf(u * scale, n))
    assert LAW.total_beyond(u, n, 4.0) == pytest.approx(beyond, rel=1e-12)
    place = np.exp(LAW.total_place(0.8, 3, 4.0))
    assert LAW.total_beyond(np.array([place]), np.array([3]), 4.0) == pytest.approx(0.2)


def test_it_has_gamma_gammas_means_where_both_say_so():
    """Of orders that are exponential about means that do not vary: k → ∞ is p = 1, q → ∞."""
    near, limit = CredibilitySpend(20.0, 1.0, 1e9), GammaGamma(1.0, 1e9, 20e9)
    assert near.expected_spend(3, 90.0) == pytest.approx(limit.expected_spend(3, 90.0), rel=1e-6)
    assert near.total_spend_quantile(0.9, 4) == pytest.approx(limit.total_spend_quantile(0.9, 4), rel=1e-5)


def test_currency_is_a_unit():
    assert LAW.scaled(100.0) == CredibilitySpend(3500.0, 0.9, 2.3)


@pytest.mark.parametrize("values", [(0.0, 1.0, 1.0), (1.0, -1.0, 1.0), (1.0, 1.0, np.inf)])
def test_parameters_are_finite_and_above_zero(values):
    with pytest.raises(DataError, match="must be finite and above 0"):
        CredibilitySpend(*values)


def test_it_starts_where_a_fit_to_a_summary_would():
    (start,) = CredibilitySpend.starts(np.ones(2), np.array([10.0, 40.0]), np.array([3.0, 1.0]))
    assert np.exp(start).tolist() == pytest.approx([17.5, 0.5, 1.0])
