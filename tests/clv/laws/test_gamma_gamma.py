"""The Gamma-Gamma law against 50-digit arithmetic, its own simulation, and itself."""

from __future__ import annotations

import itertools
from random import Random

import mpmath as mp
import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from benchmarks.comparison import TOLERANCE
from benchmarks.grids import gamma_gamma as grid
from benchmarks.truth import gamma_gamma as truth
from clv._laws.gamma_gamma import GammaGamma
from rfm.errors import DataError

P = (1e-8, 0.1, 1.0, 6.25, 50.0, 1e6)
Q = (1e-8, 0.5, 1 - 1e-12, 1.0, 1 + 1e-12, 3.74, 50.0, 1e6)
GAMMA = (1e-6, 1.0, 15.44, 1e6)
X = (1, 2, 7, 50, 500, 20_000)
M = (1e-3, 1.0, 35.0, 1e5)


def exact_log_likelihood(p: float, q: float, gamma: float, x: float, m: float) -> mp.mpf:
    p, q, gamma, x, m = (mp.mpf(v) for v in (p, q, gamma, x, m))
    a = p * x
    return (
        mp.loggamma(a + q)
        - mp.loggamma(a)
        - mp.loggamma(q)
        + q * mp.log(gamma)
        + (a - 1) * mp.log(m)
        + a * mp.log(x)
        - (a + q) * mp.log(gamma + x * m)
    )


@pytest.mark.filterwarnings("error")
def test_log_likelihood_is_exact_on_a_grid_of_extremes() -> None:
    with mp.workdps(50):
        for p, q, gamma in itertools.product(P, Q, GAMMA):
            rows = list(itertools.product(X[:: 1 + (p > 1)], M))
            got = GammaGamma(p, q, gamma).log_likelihood(*np.array(rows, dtype=float).T)
            for value, (x, m) in zip(got, rows, strict=True):
                exact = exact_log_likelihood(p, q, gamma, x, m)
                assert abs(value - exact) <= 1e-8 * max(1, abs(exact)), (p, q, gamma, x, m)


def test_every_quantity_is_exact_at_points_of_the_grid() -> None:
    compared = list(grid.comparisons(Random(7), 25))
    assert len({comparison.quantity for comparison in compared}) == 8
    for comparison in compared:
        assert comparison.error <= TOLERANCE, comparison


def test_nothing_breaks_on_the_whole_grid() -> None:
    assert list(grid.sweep()) == []


@pytest.mark.parametrize(("a", "b"), [(0.3, 0.2), (4.0, 9.0), (150.0, 2.5)])
def test_the_truth_of_the_incomplete_functions_is_that_of_mpmath(a: float, b: float) -> None:
    with mp.workdps(truth.DIGITS):
        for share in map(mp.mpf, (0.01, 0.5, 0.97)):
            beta = mp.betainc(a, b, 0, share, regularized=True)
            assert abs(truth.lower_beta(mp.mpf(a), mp.mpf(b), share, 1 - share) / beta - 1) < 1e-40
            gamma = mp.gammainc(a, 3 * a * share, mp.inf, regularized=True)
            assert abs(truth.upper_gamma(mp.mpf(a), 3 * a * share) / gamma - 1) < 1e-40


def test_log_likelihood_where_everything_is_huge_does_not_cancel() -> None:
    law = GammaGamma(1e8, 1e8, 30.0)
    with mp.workdps(50):
        exact = exact_log_likelihood(1e8, 1e8, 30.0, 20_000, 30.0)
    assert law.log_likelihood(20_000, 30.0) == pytest.approx(float(exact), rel=1e-8)


@pytest.mark.parametrize(("p", "q", "gamma"), [(6.25, 3.74, 15.44), (0.05, 0.2, 100.0), (1e4, 2e5, 40.0)])
def test_derivatives_are_those_of_the_log_likelihood(p: float, q: float, gamma: float) -> None:
    x, m = np.array([1.0, 3.0, 200.0]), np.array([0.7, 28.0, 400.0])
    value, gradient, hessian = GammaGamma(p, q, gamma).derivatives(x, m)
    assert value == pytest.approx(GammaGamma(p, q, gamma).log_likelihood(x, m), rel=1e-14)
    with mp.workdps(60):
        logs = [mp.log(mp.mpf(v)) for v in (p, q, gamma)]
        for row in range(3):

            def surface(*theta: mp.mpf, row: int = row) -> mp.mpf:
                return exact_log_likelihood(*(mp.exp(t) for t in theta), x[row], m[row])

            for i in range(3):
                order = [int(k == i) for k in range(3)]
                assert gradient[i, row] == pytest.approx(
                    float(mp.diff(surface, logs, order)), rel=1e-7, abs=1e-9
                )
                for j in range(3):
                    both = [int(k == i) + int(k == j) for k in range(3)]
                    exact = float(mp.diff(surface, logs, both))
                    assert hessian[i, j, row] == pytest.approx(exact, rel=1e-6, abs=1e-8)


def test_total_derivatives_are_the_weighted_sums() -> None:
    rng = np.random.default_rng(0)
    x, m, w = rng.integers(1, 9, 200).astype(float), rng.gamma(2.0, 20.0, 200), rng.random(200)
    law = GammaGamma(6.25, 3.74, 15.44)
    rows = law.derivatives(x, m)
    total = law.total_derivatives(GammaGamma.prepared(x, m, w))
    for part, sums in zip(rows, total, strict=True):
        assert part @ w == pytest.approx(sums, rel=1e-12)


@pytest.mark.parametrize("q", [1 + 1e-12, 1 + 1e-6, 3.74, 1e8])
@pytest.mark.parametrize("p", [1e-8, 1.0, 1e8])
def test_expected_spend_is_the_posterior_mean(p: float, q: float) -> None:
    law = GammaGamma(p, q, 15.44)
    assert law.expected_spend() == pytest.approx(p * 15.44 / (q - 1), rel=1e-12)
    assert law.expected_spend(4, 20.0) == pytest.approx(p * (15.44 + 80) / (p * 4 + (q - 1)), rel=1e-12)
    assert law.expected_spend(4, 20.0) == pytest.approx(law.posterior(4, 20.0).expected_spend(), rel=1e-3)


@given(
    p=st.floats(1e-6, 1e6),
    q=st.floats(1e-6, 1.0),
    gamma=st.floats(1e-3, 1e4),
    x=st.integers(0, 1000),
    m=st.floats(0.01, 1e5),
)
def test_without_a_finite_mean_the_answer_lies_between_the_customers_and_the_population(
    p: float, q: float, gamma: float, x: int, m: float
) -> None:
    value, level = GammaGamma(p, q, gamma).expected_spend(x, m), p * gamma / q
    low, high = sorted((m, level))
    assert low * (1 - 1e-9) <= value <= high * (1 + 1e-9)


def test_orders_that_the_law_does_not_know_tell_nothing() -> None:
    law = GammaGamma(6.25, 3.74, 15.44)
    population = law.expected_spend()
    assert law.expected_spend([0, 3], [50.0, 0.0]) == pytest.approx(population)
    assert law.posterior([0, 2], [9.0, 0.0]).q == pytest.approx(3.74)


@pytest.mark.parametrize("m", [-5.0, np.nan, np.inf])
def test_a_mean_spend_that_no_orders_have_is_refused(m: float) -> None:
    law = GammaGamma(6.25, 3.74, 15.44)
    for method in (law.expected_spend, law.posterior):
        with pytest.raises(
            DataError, match=r"A mean spend must be finite, 0 or more, got x = 3, m = .* in row 1"
        ):
            method([0, 3], [50.0, m])


def test_the_mean_spend_is_inverse_gamma() -> None:
    law = GammaGamma(6.25, 3.74, 15.44)
    values = np.array([0.5, 10.0, 35.0, 400.0])
    with mp.workdps(40):
        exact = [float(mp.gammainc(3.74, 6.25 * 15.44 / v, mp.inf, regularized=True)) for v in values]
    assert law.mean_spend_cdf(values) == pytest.approx(exact, rel=1e-10)
    step = 1e-5
    slope = (law.mean_spend_cdf(values + step) - law.mean_spend_cdf(values - step)) / (2 * step)
    assert law.mean_spend_pdf(values) == pytest.approx(slope, rel=1e-6, abs=1e-11)
    assert law.mean_spend_quantile(law.mean_spend_cdf(values[1:])) == pytest.approx(values[1:], rel=1e-9)
    assert law.mean_spend_cdf([-1.0, 0.0]).tolist() == [0.0, 0.0]
    assert law.mean_spend_pdf(-1.0) == 0.0


@pytest.mark.parametrize("n", [1, 3, 40])
def test_the_total_spend_is_a_scaled_beta_prime(n: int) -> None:
    law = GammaGamma(6.25, 3.74, 15.44)
    values = np.array([5.0, 40.0, 300.0, 5000.0])
    with mp.workdps(40):
        shares = [mp.mpf(v) / (v + mp.mpf(15.44)) for v in values]
        exact = [float(mp.betainc(6.25 * n, 3.74, 0, share, regularized=True)) for share in shares]
    assert law.total_spend_cdf(values, n) == pytest.approx(exact, rel=1e-10, abs=1e-300)
    step = 1e-4
    slope = (law.total_spend_cdf(values + step, n) - law.total_spend_cdf(values - step, n)) / (2 * step)
    assert law.total_spend_pdf(values, n) == pytest.approx(slope, rel=1e-5, abs=1e-11)
    probability = np.array([1e-6, 0.05, 0.5, 0.95, 1 - 1e-6])
    assert law.total_spend_cdf(law.total_spend_quantile(probability, n), n) == pytest.approx(
        probability, rel=1e-9
    )


def test_no_order_no_spend() -> None:
    law = GammaGamma(6.25, 3.74, 15.44)
    assert law.total_spend_quantile([0.1, 0.9], 0).tolist() == [0.0, 0.0]
    assert law.total_spend_cdf([-1.0, 0.0, 5.0], 0).tolist() == [0.0, 1.0, 1.0]


def test_simulated_customers_follow_the_law() -> None:
    rng = np.random.default_rng(5)
    law, orders = GammaGamma(6.25, 3.74, 15.44), np.repeat([0, 1, 4], 20_000)
    amounts = law.simulate(orders, rng)
    assert len(amounts) == orders.sum()
    totals = np.bincount(np.repeat(np.arange(len(orders)), orders), amounts, len(orders))
    assert not totals[:20_000].any()
    for n in (1, 4):
        ranks = np.sort(law.total_spend_cdf(totals[orders == n], n))
        gap = np.abs(ranks - (np.arange(20_000) + 0.5) / 20_000).max()
        assert gap < 1.63 / np.sqrt(20_000)  # Kolmogorov's 1% point


@pytest.mark.parametrize("seed", range(3))
def test_simulated_later_orders_average_to_the_expected_spend(seed: int) -> None:
    """2,000 customers at a time, by what they spent on their first orders; no posterior is used to make them."""
    law, known, later, customers = GammaGamma(6.25, 5.0, 20.0), 3, 5, 24_000
    amounts = law.simulate(np.full(customers, known + later), np.random.default_rng(seed))
    orders = amounts.reshape(customers, known + later)
    mean = orders[:, :known].mean(axis=1)
    error = orders[:, known:].mean(axis=1) - law.expected_spend(known, mean)
    for group in np.split(np.argsort(mean), customers // 2000):
        assert abs(error[group].mean()) < 4 * error[group].std() / np.sqrt(2000)


def test_simulation_of_posteriors_takes_each_customers_own_parameters() -> None:
    law = GammaGamma(6.25, 3.74, 15.44).posterior([1000, 1000], [10.0, 90.0])
    amounts = law.simulate([2000, 2000], np.random.default_rng(1))
    assert amounts[:2000].mean() == pytest.approx(10, rel=0.1)
    assert amounts[2000:].mean() == pytest.approx(90, rel=0.1)


def test_scaled_is_the_same_law_in_another_currency_unit() -> None:
    law = GammaGamma(6.25, 3.74, 15.44)
    cents = law.scaled(100)
    assert cents.expected_spend(2, 3500.0) == pytest.approx(100 * law.expected_spend(2, 35.0), rel=1e-13)
    assert cents.total_spend_quantile(0.9, 3) == pytest.approx(
        100 * law.total_spend_quantile(0.9, 3), rel=1e-12
    )


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda: GammaGamma(-1.0, 2.0, 3.0),
            "GammaGamma: the parameter p must be finite and above 0, got p = -1",
        ),
        (lambda: GammaGamma(1.0, np.inf, 3.0), "parameter q"),
        (lambda: GammaGamma(1, 2, 3).log_likelihood(0, 5.0), "number of orders must be 1 or more, got x = 0"),
        (
            lambda: GammaGamma(1, 2, 3).log_likelihood(2, 0.0),
            "mean spend must be finite and above 0, got m = 0",
        ),
        (lambda: GammaGamma(1, 2, 3).mean_spend_quantile(1.5), "between 0 and 1, got u = 1.5"),
        (lambda: GammaGamma(1, 2, 3).total_spend_cdf(1.0, -1), "whole and 0 or more"),
    ],
)
def test_what_cannot_be_is_refused(call: object, text: str) -> None:
    with pytest.raises(DataError, match=text):
        call()  # type: ignore[operator]
