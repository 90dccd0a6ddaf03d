"""The classes of BG/CNBD-k and MBG/CNBD-k by k, and the numbers that do not depend on which of both it is."""

from __future__ import annotations

import copy
import math
import pickle
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._laws.erlang_law import MOST_PHASES
from clv._laws.registry import as_purchase_law
from clv._values.due import silence_until
from rfm.errors import DataError

FAMILIES = [clv.BGCNBD, clv.MBGCNBD]
X, T_X, T = np.array(
    [[0, 0, 39.0], [1, 3, 39], [2, 10, 39], [5, 38, 39], [40, 38, 38], [0, 0, 0], [3, 0.01, 39]]
).T


@pytest.mark.parametrize("family", FAMILIES)
def test_each_k_is_one_class_that_its_name_finds(family: Any) -> None:
    for k in range(1, MOST_PHASES + 1):
        law_class = family.with_k(k)
        assert (law_class.k, law_class.name) == (k, f"{family.name}-{k}")
        assert law_class is family.with_k(k) is as_purchase_law(law_class.name)
        assert law_class.with_k(2) is family.with_k(2)
    assert family.k is None
    assert as_purchase_law(family.name) is family
    assert family.with_k(2).title == family.title.replace("-k", "-2")


@pytest.mark.parametrize("family", FAMILIES)
def test_a_law_is_made_with_k_or_of_the_class_with_k(family: Any) -> None:
    law = family(r=0.5, alpha=4.0, a=0.8, b=2.4, k=2)
    assert type(law) is family.with_k(2)
    assert law == family(0.5, 4.0, 0.8, 2.4, 2) == family.with_k(2)(0.5, 4.0, 0.8, 2.4)
    assert law != family(0.5, 4.0, 0.8, 2.4, k=3)
    assert repr(law) == f"{family.__name__}(r=0.5, alpha=4.0, a=0.8, b=2.4, k=2)"
    assert eval(repr(law), {family.__name__: family}) == law
    assert pickle.loads(pickle.dumps(law)) == copy.deepcopy(law) == law
    assert family.with_k(2).from_log(law.log_parameters).k == 2


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("k", [0, 13, 2.5, "2", True, None])
def test_refuses_other_k(family: Any, k: Any) -> None:
    with pytest.raises(DataError, match="k must be a whole number"):
        family.with_k(k)


@pytest.mark.parametrize("family", FAMILIES)
def test_a_law_without_k_or_with_two_is_refused(family: Any) -> None:
    with pytest.raises(DataError, match="needs k, the phases of a gap"):
        family(0.5, 4.0, 0.8, 2.4)
    with pytest.raises(DataError, match="has k = 2; got k=3"):
        family.with_k(2)(0.5, 4.0, 0.8, 2.4, k=3)
    with pytest.raises(DataError, match="has no k yet"):
        family.log_gap_term(1.0, 2)
    with pytest.raises(DataError, match="No purchase law 'bg-cnbd-13'"):
        as_purchase_law("bg-cnbd-13")


@pytest.mark.parametrize(("family", "random"), [(clv.BGCNBD, clv.BGNBD), (clv.MBGCNBD, clv.MBGNBD)])
def test_at_one_phase_it_is_the_law_of_random_gaps(family: Any, random: Any) -> None:
    given = (0.243, 4.414, 0.793, 2.426)
    law, known = family(*given, k=1), random(*given)
    n, t = np.arange(30)[:, None], np.array([0.0, 0.5, 39.0, 1e4])
    pairs = [
        (law.log_likelihood(X, T_X, T), known.log_likelihood(X, T_X, T)),
        (law.log_p_alive(X, T_X, T), known.log_p_alive(X, T_X, T)),
        (law.expected_purchases(t), known.expected_purchases(t)),
        (law.pmf(n, t), known.pmf(n, t)),
        (law.log_pmf(n, t[1:]), known.log_pmf(n, t[1:])),
        (law.pmf_table(30, 39.0), known.pmf_table(30, 39.0)),
        (
            law.conditional_expected_purchases(26.0, X, T_X, T),
            known.conditional_expected_purchases(26.0, X, T_X, T),
        ),
        (law.conditional_pmf(n, 26.0, X, T_X, T), known.conditional_pmf(n, 26.0, X, T_X, T)),
        *zip(law.derivatives(X, T_X, T), known.derivatives(X, T_X, T), strict=True),
    ]
    for ours, theirs in pairs:
        assert np.allclose(ours, theirs, rtol=1e-10, atol=1e-14)
    assert np.all(family.with_k(1).log_gap_term([2.0, 0.0], [3, 0]) == 0.0)


@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("k", [1, 2, 5])
def test_the_likelihood_is_the_density_of_the_purchase_times(family: Any, k: int) -> None:
    """BTYDplus' `mbgcnbd.LL` and `bgcnbd.LL`, of x, t.x, T.cal and litt, written as a mean over λ and p.

    The customer's density, given both, is a product of Erlang densities of gaps; its mean over Gamma(r, α) and Beta(a,
    b) is taken by Gauss quadrature.
    """
    r, alpha, a, b = 1.3, 6.0, 1.4, 2.2
    law = family(r, alpha, a, b, k=k)
    gaps, T = np.array([3.0, 1.2, 4.1]), 15.0
    lam, rates = np.polynomial.laguerre.laggauss(60)
    weight_of_rate = rates * lam ** (r - 1) / math.gamma(r)
    lam = lam / alpha
    p, chances = np.polynomial.legendre.leggauss(200)
    p = (p + 1) / 2
    beta = math.gamma(a) * math.gamma(b) / math.gamma(a + b)
    weight_of_p = chances / 2 * p ** (a - 1) * (1 - p) ** (b - 1) / beta
    density = np.prod([lam**k * gap ** (k - 1) * np.exp(-lam * gap) for gap in gaps], axis=0)
    density = density / math.factorial(k - 1) ** 3
    silence = lam * (T - gaps.sum())
    waiting = np.exp(-silence) * sum(silence**j / math.factorial(j) for j in range(k))
    coins = 3 + family.first_coin
    stayed, left = weight_of_p @ (1 - p) ** coins, weight_of_p @ (p * (1 - p) ** (coins - 1))
    expected = (weight_of_rate * density) @ (stayed * waiting + left)
    alive = (weight_of_rate * density) @ (stayed * waiting) / expected
    history = 3, gaps.sum(), T
    found = law.log_likelihood(*history) + law.log_gap_term(np.log(gaps).sum(), 3)
    assert found == pytest.approx(math.log(expected), abs=2e-5)
    assert law.p_alive(*history) == pytest.approx(alive, abs=2e-5)


def test_cdnow_is_not_regular() -> None:
    """BTYDplus' demo of CDNOW: k = 1 is the most likely, for both laws, and its digits are MBG/NBD's."""
    tx = rfm.datasets.cdnow_sample()
    summary = clv.summarize(tx, unit="W", end="1997-09-30")
    days = tx[tx["date"] <= "1997-09-30"].drop_duplicates(["customer_id", "date"])
    gaps = days.sort_values("date").groupby("customer_id")["date"].diff().dt.days / 7
    log_gaps = np.log(gaps).groupby(days["customer_id"]).sum().reindex(summary["customer_id"]).to_numpy()
    x = summary["frequency"].to_numpy(float)
    for family in FAMILIES:
        values = []
        for k in (1, 2, 3):
            without = clv.fit_law(family.with_k(k), summary.drop(columns="sum_log_gaps"))
            values.append(without.log_likelihood + np.sum(family.with_k(k).log_gap_term(log_gaps, x)))
            assert clv.fit_law(family.with_k(k), summary).log_likelihood == pytest.approx(
                values[-1], abs=1e-6
            )
        assert values[0] > values[1] + 200 > values[2] + 400
    found = clv.fit_law(clv.MBGCNBD.with_k(1), summary).law
    printed = {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}
    assert {name: round(getattr(found, name), 3) for name in printed} == printed


def test_a_law_with_parameters_is_not_fitted() -> None:
    table = pd.DataFrame({"frequency": [1.0], "recency": [2.0], "T": [3.0]})
    with pytest.raises(
        DataError, match=r"Hint: clv.BGCNBD.with_k\(2\), whose parameters are to be estimated"
    ):
        clv.fit_law(clv.BGCNBD(0.5, 4.0, 0.8, 2.4, k=2), table)  # type: ignore[call-overload]


def test_another_unit_changes_the_density_of_times_for_all_k_alike() -> None:
    gaps = np.array([3.0, 1.2, 4.1])
    for k in (1, 2, 6):
        law = clv.MBGCNBD(1.3, 6.0, 1.4, 2.2, k=k)
        weeks = law.log_likelihood(3, gaps.sum(), 15.0) + law.log_gap_term(np.log(gaps).sum(), 3)
        days = law.scaled(7)
        found = days.log_likelihood(3, 7 * gaps.sum(), 105.0) + days.log_gap_term(np.log(7 * gaps).sum(), 3)
        assert found == pytest.approx(weeks - 3 * math.log(7), rel=1e-13)


def test_silence_alarms_sooner_the_more_regular_customers_are() -> None:
    """At the same mean rates and chances of leaving: P(alive) halves sooner with every k."""
    x, t_x, T = np.array([10.0]), np.array([40.0]), np.array([40.0])
    until = [
        float(silence_until(clv.MBGCNBD(0.8, 3.0 / k, 0.8, 4.0, k=k), x, t_x, T, 0.5, 1e4)[0][0])
        for k in (1, 2, 4, 8, 12)
    ]
    assert np.all(np.diff(until) < 0)
    assert until[-1] < until[0] / 1.5


@pytest.mark.parametrize("family", FAMILIES)
def test_simulated_gaps_are_erlang(family: Any) -> None:
    """Of customers who hardly differ: the coefficient of variation of a gap is 1/√k, and P(alive) is calibrated."""
    law = family(r=4e4, alpha=1e4, a=0.8, b=8.0, k=4)  # a gap takes 1
    sample = law.simulate(np.full(20_000, 20.0), np.random.default_rng(3))
    first = np.r_[True, np.diff(sample.customer) != 0]
    gaps = np.where(first, sample.times, np.diff(sample.times, prepend=0.0))
    early = (gaps > 0) & (sample.times - gaps < 12.0)  # whose gaps are hardly cut off
    assert gaps[early].mean() == pytest.approx(1.0, abs=0.01)
    assert gaps[early].std() == pytest.approx(0.5, abs=0.01)
    alive = law.p_alive(sample.x, sample.t_x, sample.T)
    assert alive.mean() == pytest.approx(sample.alive.mean(), abs=4 * np.sqrt(0.25 / 20_000))
    assert np.all(sample.t_x <= sample.T)


@pytest.mark.slow
@pytest.mark.parametrize("family", FAMILIES)
@pytest.mark.parametrize("k", [2, 3])
def test_a_fit_finds_the_parameters_again(family: Any, k: int) -> None:
    """With the parameters by which BTYDplus tests itself: r .85, α 1.45, a .79, b 2.42."""
    rng = np.random.default_rng(1)
    truth = family(0.85, 1.45, 0.79, 2.42, k=k)
    sample = truth.simulate(rng.uniform(12, 96, 20_000), rng)
    table = pd.DataFrame({"frequency": sample.x, "recency": sample.t_x, "T": sample.T})
    fit = clv.fit_law(family.with_k(k), table, unit="W")
    assert fit.converged
    assert np.all(
        np.abs(fit.law.log_parameters - truth.log_parameters) < 4 * np.sqrt(np.diag(fit.log_covariance))
    )


@pytest.mark.slow
def test_the_conditional_expectation_is_exact_where_btydplus_approximates() -> None:
    """BTYDplus: BG/NBD's, with kα for α, and all scaled to the exact total of the cohort."""
    law, t, rng = clv.MBGCNBD(0.85, 1.45, 0.79, 2.42, k=6), 32.0, np.random.default_rng(6)
    T = np.round(rng.uniform(12, 96, 100_000) / 12) * 12
    sample = law.simulate(T + t, rng)
    early = sample.times <= T[sample.customer]
    x = np.bincount(sample.customer[early], minlength=len(T)).astype(float)
    t_x = np.zeros(len(T))
    np.maximum.at(t_x, sample.customer[early], sample.times[early])
    later = sample.x - x
    exact = law.conditional_expected_purchases(t, x, t_x, T)
    random = clv.BGNBD(law.r + x, law.k * law.alpha + T, law.a, law.b + x + 1)
    theirs = law.p_alive(x, t_x, T) * random.expected_purchases(t)
    theirs *= np.sum(law.expected_purchases(T + t) - law.expected_purchases(T)) / theirs.sum()
    due = (x >= 4) & (np.abs((T - t_x) * x - t_x) < 0.2 * t_x)
    for some in (np.ones(len(T), dtype=bool), x == 0, (x > 0) & (x < 4), due):
        error = later[some].std() / np.sqrt(some.sum())
        assert later[some].mean() == pytest.approx(exact[some].mean(), abs=4 * error)
    assert theirs[x == 0].mean() > 1.2 * later[x == 0].mean()
    assert theirs[due].mean() < 0.95 * later[due].mean()
    assert np.mean(np.abs(later - exact)) < 0.98 * np.mean(np.abs(later - theirs))
