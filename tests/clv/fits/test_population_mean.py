"""The population mean spend near q = 1: smooth in the data, finite, and the law's own if q is precisely estimated."""

from __future__ import annotations

import dataclasses

import numpy as np
import pandas as pd
import pytest
from scipy import integrate, stats

import clv
import rfm
from clv._fits.data import FitData
from clv._fits.fit_law import fit_to_data
from clv._fits.population_mean import population_weight, spend_warnings
from clv._fits.spend_fit import expecting

UNSURE = np.array([[0.04, 0.01, -0.02], [0.01, 0.09, 0.05], [-0.02, 0.05, 0.08]])
SURE = UNSURE * 1e-4
# Customers nearly alike: q and γ are known by their ratio only, and the mean is known well.
ALIKE = np.array([[0.01, 0.0, 0.0], [0.0, 1.0, 0.999], [0.0, 0.999, 1.0]])


def mean_of(law: clv.GammaGamma, covariance: np.ndarray, mean_order: float) -> float:
    """What one-time buyers are expected to spend."""
    return law.p * law.gamma / population_weight(law, covariance, mean_order)


@pytest.fixture(scope="module")
def cdnow():
    return clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")


def test_published_numbers_do_not_move(cdnow):
    """Fader & Hardie (2013): q = 3.74, and 35.22 for one-time buyers of the CDNOW sample."""
    law = cdnow.spend.law
    assert (
        population_weight(law, cdnow.spend.log_covariance, cdnow.spend.mean_order) == law.q - 1
    )  # to the last bit
    table = cdnow.customers
    x, m = table["frequency"], table["monetary_value"]
    assert expecting(cdnow.spend).expected_spend(0, 0.0) == pytest.approx(35.22, abs=0.05)
    assert np.array_equal(expecting(cdnow.spend).expected_spend(x, m), law.expected_spend(x, m))
    assert cdnow.spend.warnings == ()


@pytest.mark.parametrize("q", [0.7, 0.95, 1.0, 1.036, 1.3, 2.0])
def test_it_is_the_mean_over_what_the_inverse_may_be(q):
    """1/M* = E[u; u > 0] + P(u ≤ 0)/m̄, by quadrature over the normal error of u = (q − 1)/(p·γ)."""
    law, mean_order = clv.GammaGamma(2.0, q, 10.0), 30.0
    u = (q - 1) / 20
    gradient = np.array([-u, q / 20, -u])
    error = stats.norm(u, np.sqrt(gradient @ UNSURE @ gradient))
    above = integrate.quad(lambda v: v * error.pdf(v), 0, u + 12 * error.std(), epsabs=1e-13)[0]
    assert 1 / mean_of(law, UNSURE, mean_order) == pytest.approx(above + error.cdf(0) / mean_order, rel=1e-9)


def test_there_is_no_jump_at_one():
    q = np.linspace(0.9, 1.1, 2_001)
    means = np.array([mean_of(clv.GammaGamma(2.0, value, 10.0), UNSURE, 30.0) for value in q])
    steps = np.abs(np.diff(np.log(means)))
    assert steps.max() < 1e-3  # the law itself goes from 20 to infinity between two neighbours


def test_both_ends_are_those_of_a_known_q():
    assert mean_of(clv.GammaGamma(2.0, 1.5, 10.0), SURE, 30.0) == 40.0  # p·γ/(q − 1)
    assert mean_of(clv.GammaGamma(2.0, 0.5, 10.0), SURE, 30.0) == pytest.approx(30.0)  # the mean order


def test_the_unit_of_money_does_not_matter():
    in_cents = mean_of(clv.GammaGamma(2.0, 1.05, 1_000.0), UNSURE, 3_000.0)
    assert in_cents == pytest.approx(100 * mean_of(clv.GammaGamma(2.0, 1.05, 10.0), UNSURE, 30.0))


def test_a_customers_own_orders_count_as_before():
    """p(γ + x·m)/(p·x + weight): the posterior mean with the population's mean as it is now."""
    fit = fit_to_data(clv.GammaGamma, sample(np.random.default_rng(3), q=1.5, n=30))
    law, population = fit.law, float(expecting(fit).expected_spend())
    weight = law.p * law.gamma / population
    own = law.p * 4 / (law.p * 4 + weight)
    assert expecting(fit).expected_spend(4, 50.0) == pytest.approx(own * 50.0 + (1 - own) * population)


@pytest.mark.parametrize(
    ("q", "covariance", "words"),
    [
        (1.036, UNSURE, "q = 1.036 is within two standard errors (0.31) of 1"),
        (0.5, SURE, "q = 0.5 is not above 1, so that the population has no finite mean spend"),
    ],
)
def test_a_q_near_one_is_said(q, covariance, words):
    (text,) = spend_warnings(clv.GammaGamma(2.0, q, 10.0), covariance, 30.0)
    assert words in text
    assert "shrunken towards the mean repeat order of 30" in text


def test_the_numbers_in_the_sentences_are_the_laws():
    """p·γ = 20: over q, over q − 1, and what a model expects of a one-time buyer."""
    (below,) = spend_warnings(clv.GammaGamma(2.0, 0.5, 10.0), SURE, 30.0)
    assert "q = 0.5 is not above 1" in below
    assert "to spend 30, shrunken towards the mean repeat order of 30," in below
    assert below.endswith("p·gamma/q = 40.")
    near = clv.GammaGamma(2.0, 1.04, 10.0)
    (text,) = spend_warnings(near, UNSURE, 35.0)
    assert "q = 1.04 is within two standard errors (0.31) of 1" in text  # 1.04 · √0.09
    assert "p·gamma/(q − 1) = 500 is very uncertain" in text
    assert (
        f"to spend {mean_of(near, UNSURE, 35.0):.4g}, shrunken towards the mean repeat order of 35." in text
    )


@pytest.mark.parametrize(("q", "covariance"), [(1.036, SURE), (3.74, UNSURE), (200.0, ALIKE)])
def test_a_q_that_is_well_known_or_far_from_one_is_not(q, covariance):
    assert spend_warnings(clv.GammaGamma(2.0, q, 10.0), covariance, 30.0) == ()


def test_a_model_shrinks_where_its_law_does_not(cdnow):
    """25 repeat buyers at q = 1.2, told as 1.10 (±0.29): 53 a newcomer by the law, where the mean order is 16."""
    data = sample(np.random.default_rng(2), q=1.2, n=25)
    table = pd.DataFrame(dict(zip(data.names, data.columns, strict=True)))
    with pytest.warns(clv.FitWarning, match=r"q = 1\.1\d* is within two standard errors"):
        fit = clv.fit_law(clv.GammaGamma, table)
    model = dataclasses.replace(cdnow, spend=fit)
    newcomer = pd.DataFrame(
        {"customer_id": [1], "frequency": 0, "recency": 0.0, "T": 5.0, "monetary_value": 0.0}
    )
    [found] = model.predict(customers=newcomer, unit="W")["expected_spend"]
    assert fit.mean_order == pytest.approx(np.average(table["monetary_value"], weights=table["frequency"]))
    assert fit.law.expected_spend() > 3 * fit.mean_order
    assert found == pytest.approx(mean_of(fit.law, fit.log_covariance, fit.mean_order))
    assert fit.mean_order < found < 1.5 * fit.mean_order


def sample(rng: np.random.Generator, q: float, n: int, p: float = 1.5) -> FitData:
    """Repeat buyers of a Gamma-Gamma law with the population's mean at 30."""
    x = 1 + rng.negative_binomial(0.8, 0.25, n)
    rate = rng.gamma(q, p / (30 * (q - 1)), n)
    return FitData(
        ("frequency", "monetary_value"), (x.astype(float), rng.gamma(p * x) / rate / x), np.ones(n)
    )


def compared(seeds: int, q: float, n: int) -> tuple[np.ndarray, np.ndarray]:
    """One-time buyers' expected spend by the law, and by the model, relative to the mean order; a row a sample."""
    rng, found = np.random.default_rng(12), []
    for _ in range(seeds):
        fit = fit_to_data(clv.GammaGamma, sample(rng, q, n))
        found.append(
            (float(fit.law.expected_spend()), float(expecting(fit).expected_spend()), fit.mean_order)
        )
    law, model, mean_order = np.array(found).T
    return np.array([law, model]) / mean_order, np.array([law, model]) / 30


def test_small_samples_no_longer_make_newcomers_rich():
    """60 samples of 30 repeat buyers at q = 1.5: how often over three mean orders, and how far from the truth."""
    over, error = compared(60, 1.5, 30)
    assert (over[0] > 3).mean() > 0.02
    assert (over[1] > 3).mean() == 0
    assert np.abs(error[1] - 1).mean() < 0.7 * np.abs(error[0] - 1).mean()


@pytest.mark.nightly
@pytest.mark.parametrize("n", [20, 100])
def test_small_samples_at_any_ordinary_q(n):
    """Unbiased to a tenth, never over three mean orders, and nowhere worse than the law's own mean."""
    for q in (1.5, 2.0, 3.0, 4.0):
        over, error = compared(80, q, n)
        assert (over[1] > 3).mean() == 0
        assert np.sqrt(np.mean(np.log(error[1]) ** 2)) <= 1.02 * np.sqrt(np.mean(np.log(error[0]) ** 2))
        if q > 2:
            assert error[1].mean() == pytest.approx(1, abs=0.1)
