"""BG/BB: against mpmath at 50 digits, the paper, simulated coins, and its tables."""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import betaln

import clv
import rfm
from clv._laws import BGBB
from clv._laws import bg_bb_sums as _periods
from clv._laws.bg_bb_periods_alive import periods_alive
from clv._numerics import exp
from rfm.errors import DataError

ORACLE = json.loads((Path(__file__).parents[2] / "oracles" / "bg_bb.json").read_text(encoding="utf-8"))
UPPER = np.triu_indices(4)
LAW = BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)


def columns(name: str) -> tuple[BGBB, np.ndarray]:
    """A table of the oracle: its law, with one parameter a row, and its other columns."""
    table = np.array(ORACLE[name], dtype=float).T
    return BGBB(*table[:4]), table[4:]


def log_error(ours: np.ndarray, truth: np.ndarray) -> float:
    return float(np.max(np.abs(ours - truth) / np.maximum(1, np.abs(truth))))


def error(ours: np.ndarray, truth: np.ndarray) -> float:
    """Relative above 1e-290, absolute below."""
    scale = np.where(np.abs(truth) > 1e-290, np.abs(truth), 1.0)
    return float(np.max(np.abs(ours - truth) / scale))


# -- against mpmath --------------------------------------------------------------------------------


def test_histories_to_the_last_digits() -> None:
    law, (x, t_x, n, t, log_likelihood, log_p_alive, expected) = columns("histories")
    with np.errstate(all="raise"):
        assert log_error(law.log_likelihood(x, t_x, n), log_likelihood) < 1e-11
        assert log_error(law.log_p_alive(x, t_x, n), log_p_alive) < 1e-11
        assert error(law.p_alive(x, t_x, n), exp(log_p_alive)) < 1e-10
        assert error(law.conditional_expected_purchases(t, x, t_x, n), expected) < 1e-10
    assert n.max() == 20_000
    assert log_p_alive.min() < -1000


def test_expectations_to_the_last_digits() -> None:
    law, (t, expected) = columns("expectations")
    with np.errstate(all="raise"):
        assert error(law.expected_purchases(t), expected) < 1e-13


def test_counts_to_the_last_digits() -> None:
    law, (n, t, log_pmf) = columns("counts")
    with np.errstate(all="raise"):
        assert log_error(law.log_pmf(n, t), log_pmf) < 1e-10
        assert error(law.pmf(n, t), exp(log_pmf)) < 1e-9


def test_derivatives_to_the_last_digits() -> None:
    law, (x, t_x, n, *truth) = columns("derivatives")
    with np.errstate(all="raise"):
        value, gradient, hessian = law.derivatives(x, t_x, n)
    assert log_error(value, law.log_likelihood(x, t_x, n)) < 1e-13
    assert log_error(gradient, np.array(truth[:4])) < 1e-12
    assert log_error(hessian[UPPER], np.array(truth[4:])) < 1e-12
    assert np.array_equal(hessian, np.swapaxes(hessian, 0, 1))


# -- against the paper -----------------------------------------------------------------------------


@pytest.fixture(scope="module")
def donors() -> clv.Fit:
    """11,104 donors of 1995 over six years: Fader, Hardie & Shang (2010), section 4."""
    table = rfm.datasets.donations()
    table["customer_id"] = np.arange(len(table))
    return clv.fit_law(BGBB, table, weights=table["weights"])


def test_donations_estimates(donors: clv.Fit) -> None:
    assert donors.converged
    assert donors.n == 11_104
    assert round(donors.log_likelihood, 1) == -33_225.6
    for name, printed in {"alpha": 1.204, "beta": 0.750, "gamma": 0.657, "delta": 2.783}.items():
        assert round(donors.parameters[name], 3) == printed, name


def test_donations_predictions(donors: clv.Fit) -> None:
    """The vignette of the R package BTYD, whose search ends a little off the maximum: 3.6279 for our 3.62797."""
    law = donors.law
    assert round(law.expected_purchases(10), 4) == 3.1798
    conditional = law.conditional_expected_purchases(10, [0, 4], [0, 5], 6)
    assert round(conditional[0], 4) == 0.1302
    assert conditional[1] == pytest.approx(3.6279, abs=1e-4)


def test_p_alive_of_the_paper_is_one_coin_ahead(donors: clv.Fit) -> None:
    """Equation (11) as printed, by beta functions, with the likelihood that this test sums itself."""
    law, (x, t_x, n) = donors.law, (4, 5, 6)
    a, b, c, d = (donors.parameters[name] for name in law.parameters)
    front = betaln(a, b) + betaln(c, d)
    alive = np.exp(betaln(a + x, b + n - x) + betaln(c, d + n) - front)
    left = sum(np.exp(betaln(a + x, b + j - x) + betaln(c + 1, d + j) - front) for j in range(t_x, n))
    printed = np.exp(betaln(a + x, b + n - x) + betaln(c, d + n + 1) - front) / (alive + left)
    assert law.p_alive(x, t_x, n, ahead=1) == pytest.approx(printed, rel=1e-12)
    assert law.p_alive(x, t_x, n) == pytest.approx(alive / (alive + left), rel=1e-12)
    stay = law.posterior(x, t_x, n)
    assert law.p_alive(x, t_x, n, ahead=1) == pytest.approx(
        law.p_alive(x, t_x, n) * stay.delta / (stay.gamma + stay.delta), rel=1e-12
    )


# -- the law ---------------------------------------------------------------------------------------


def test_the_likelihoods_of_all_histories_sum_to_one() -> None:
    """A history (x, t_x) stands for C(t_x − 1, x − 1) sequences of n coins."""
    n, total = 8, np.exp(LAW.log_likelihood(0, 0, 8))
    for t_x in range(1, n + 1):
        for x in range(1, t_x + 1):
            sequences = np.prod([(t_x - i) / i for i in range(1, x)])
            total += sequences * np.exp(LAW.log_likelihood(x, t_x, n))
    assert total == pytest.approx(1, abs=1e-13)


def test_the_likelihood_is_the_mean_over_the_coins() -> None:
    """Every sequence of four periods, by Gauss–Legendre over p and θ; α, β, γ, δ are whole, so it is exact."""
    law, (nodes, weights) = BGBB(alpha=2, beta=3, gamma=2, delta=4), np.polynomial.legendre.leggauss(20)
    p, w = (nodes + 1) / 2, weights / 2
    theta, p, density = p, p[:, None], np.outer(w, w)
    density = (
        density
        * (p * (1 - p) ** 2 / np.exp(betaln(2, 3)))
        * (theta * (1 - theta) ** 3 / np.exp(betaln(2, 4)))
    )
    for coins in product((0, 1), repeat=4):
        x, t_x = sum(coins), max((i + 1 for i, coin in enumerate(coins) if coin), default=0)
        chance = sum(
            (theta if left < 4 else 1) * (1 - theta) ** left * p**x * (1 - p) ** (left - x)
            for left in range(t_x, 5)
        )
        assert law.log_likelihood(x, t_x, 4) == pytest.approx(np.log((density * chance).sum()), abs=1e-12)


def test_gamma_of_one_is_the_limit() -> None:
    n = np.array([1, 10, 1000, 10**9])
    chances = np.cumsum(2.783 / (2.783 + np.arange(1, 11)))  # alive in period i: δ/(δ + i)
    law = BGBB(alpha=1.2, beta=0.75, gamma=1, delta=2.783)
    assert np.allclose(law.expected_purchases(np.arange(1, 11)), 1.2 / 1.95 * chances, rtol=1e-14)
    for gamma in (1 - 1e-12, 1 + 1e-12):
        near = BGBB(alpha=1.2, beta=0.75, gamma=gamma, delta=2.783).expected_purchases(n)
        assert np.allclose(near, law.expected_purchases(n), rtol=1e-10)


@given(log_gamma=st.floats(-18, 14), log_delta=st.floats(-18, 14), n=st.integers(0, 400))
def test_periods_alive_are_the_sum_of_the_chances(log_gamma: float, log_delta: float, n: int) -> None:
    gamma, delta = np.exp(log_gamma), np.exp(log_delta)
    k = np.arange(n)
    chances = np.cumprod((delta + k) / (gamma + delta + k))
    assert float(periods_alive(float(n), gamma, delta)) == pytest.approx(chances.sum(), rel=1e-12)


def test_expectations_never_fall() -> None:
    n = np.arange(3000)
    for gamma, delta in product((1e-8, 0.5, 1.0, 3.0, 1e6), (1e-8, 1.0, 1e6)):
        expected = BGBB(alpha=1, beta=1, gamma=gamma, delta=delta).expected_purchases(n)
        assert expected[0] == 0
        assert np.all(np.diff(expected) >= -1e-12 * expected[1:])


def test_refuses_parts_of_periods_and_two_purchases_in_one() -> None:
    for history in ((1, 1.5, 6), (1, 1, 6.5)):
        with pytest.raises(
            DataError, match=r"BG/BB counts whole periods, got .* Hint: clv.summarize\(tx, discrete="
        ):
            LAW.log_likelihood(*history)
    with pytest.raises(
        DataError, match="exceeds t_x, the periods up to the last of them, got x = 3, t_x = 2, n = 6"
    ):
        LAW.p_alive(3, 2, 6)
    for call in (
        LAW.expected_purchases,
        lambda t: LAW.pmf(0, t),
        lambda t: LAW.simulate([t], np.random.default_rng()),
    ):
        with pytest.raises(DataError, match=r"BG/BB counts whole periods, got t = 2\.5"):
            call(2.5)
    with pytest.raises(DataError, match="whole and 0 or more"):
        LAW.p_alive(1, 1, 6, ahead=-1)


def test_refuses_to_sum_over_a_thousand_million_periods() -> None:
    with pytest.raises(DataError, match=r"more than a million, got first = 1, last = 1e\+09"):
        LAW.log_pmf(1, 10**9)
    with pytest.raises(DataError, match="Hint: count longer periods"):
        LAW.p_alive(0, 0, 10**9)
    assert LAW.expected_purchases(10**9) > LAW.expected_purchases(10**6)


def test_more_purchases_than_periods_are_impossible() -> None:
    assert LAW.log_pmf(7, 6) == -np.inf
    assert LAW.pmf([6, 7], 6)[1] == 0
    assert LAW.pmf(0, 0) == 1


# -- tables ----------------------------------------------------------------------------------------


def test_lines_in_many_small_blocks_give_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    rng = np.random.default_rng(3)
    lives = LAW.simulate(rng.integers(1, 60, 400), rng)
    history = (lives.x, lives.t_x, lives.T)
    mixed = BGBB(*np.exp(LAW.log_parameters[:, None] + rng.normal(0, 1, (4, 400))))
    for law in (LAW, mixed):
        whole = (law.log_likelihood(*history), law.log_p_alive(*history), *law.derivatives(*history))
        monkeypatch.setattr(_periods, "ENTRIES", 500)
        blocks = (law.log_likelihood(*history), law.log_p_alive(*history), *law.derivatives(*history))
        monkeypatch.undo()
        for one, other in zip(whole, blocks, strict=True):
            assert np.allclose(one, other, rtol=1e-12, atol=1e-12)


@given(logs=st.lists(st.floats(-30, 30), min_size=4, max_size=4), seed=st.integers(0, 10**6))
def test_everything_stays_finite_as_far_as_a_fit_may_wander(logs: list[float], seed: int) -> None:
    rng = np.random.default_rng(seed)
    n = rng.integers(0, 40, 5)
    t_x = rng.integers(0, n + 1)
    x = np.where(t_x > 0, rng.integers(np.minimum(1, t_x), t_x + 1), 0)
    law = BGBB.from_log(np.array(logs))
    with np.errstate(all="raise"):
        parts = (*law.derivatives(x, t_x, n), law.log_p_alive(x, t_x, n), law.expected_purchases(n))
    assert all(np.all(np.isfinite(part)) for part in parts)
