"""BG/NBD and MBG/NBD: published numbers, the truth at 50 digits, and derivatives at the extremes.

MBG/NBD's own numbers are in test_mbg_nbd.py; the oracle file and what follows from it serve both laws.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf
from scipy.special import hyp2f1

from benchmarks.comparison import Comparison
from benchmarks.truth import beta_geometric as truth
from clv._laws import BGNBD
from clv._laws.registry import fitted_laws

LAWS = fitted_laws()

PUBLISHED = BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
CASES = json.loads(
    (Path(__file__).parents[2] / "oracles" / "beta_geometric.json").read_text(encoding="utf-8")
)

QUANTITIES = {
    "log_likelihood": lambda law, p, n: law.log_likelihood(p["x"], p["t_x"], p["T"]),
    "log_p_alive": lambda law, p, n: law.log_p_alive(p["x"], p["t_x"], p["T"]),
    "p_alive": lambda law, p, n: law.p_alive(p["x"], p["t_x"], p["T"]),
    "expected_purchases": lambda law, p, n: law.expected_purchases(p["t"]),
    "pmf": lambda law, p, n: law.pmf(p["x"], p["t"]),
    "log_pmf": lambda law, p, n: law.log_pmf(p["x"], p["t"]),
    "conditional_expected_purchases": lambda law, p, n: law.conditional_expected_purchases(
        p["t"], p["x"], p["t_x"], p["T"]
    ),
    "conditional_pmf": lambda law, p, n: law.conditional_pmf(n, p["t"], p["x"], p["t_x"], p["T"]),
}


def law_of(case: dict[str, Any]) -> Any:
    return LAWS[case["law"]](**{name: case["point"][name] for name in ("r", "alpha", "a", "b")})


def test_published_numbers() -> None:
    """Fader & Hardie's spreadsheet notes, at exactly these parameters."""
    assert PUBLISHED.pmf(0, 39) == pytest.approx(0.5737864, abs=5e-8)
    assert PUBLISHED.pmf(10, 2) == pytest.approx(1.07869e-7, rel=5e-6)
    assert PUBLISHED.conditional_expected_purchases(39, 2, 30.43, 38.86) == pytest.approx(1.226, abs=5e-4)
    assert PUBLISHED.p_alive(2, 30.43, 38.86) == pytest.approx(0.7266, abs=5e-5)


def test_where_lifetimes_fails() -> None:
    """x = 200, t = 3650 gives NaN there, and a = 1 minus infinity; the truth of the first is 84.5."""
    busy = PUBLISHED.scaled(7).conditional_expected_purchases(3650, 200, 700, 705)
    assert np.isfinite(busy)
    at_one = BGNBD(r=0.243, alpha=4.414, a=1, b=2.426)
    beside = [BGNBD(r=0.243, alpha=4.414, a=1 + gap, b=2.426).expected_purchases(52) for gap in (-1e-7, 1e-7)]
    assert at_one.expected_purchases(52) == pytest.approx(np.mean(beside), rel=1e-12)


def test_the_paper_s_conditional_expectation() -> None:
    """Equation (10) of Fader, Hardie & Lee (2005), where its terms are harmless."""
    r, alpha, a, b = (PUBLISHED.r, PUBLISHED.alpha, PUBLISHED.a, PUBLISHED.b)
    x, t_x, T = np.array([[0, 0, 30.0], [1, 8, 30], [4, 25, 38], [9, 38, 38]]).T
    t = 26.0
    bracket = 1 - ((alpha + T) / (alpha + T + t)) ** (r + x) * hyp2f1(
        r + x, b + x, a + b + x - 1, t / (alpha + T + t)
    )
    odds = np.where(x > 0, a / (b + np.maximum(x, 1) - 1) * ((alpha + T) / (alpha + t_x)) ** (r + x), 0)
    paper = (a + b + x - 1) / (a - 1) * bracket / (1 + odds)
    assert np.allclose(PUBLISHED.conditional_expected_purchases(t, x, t_x, T), paper, rtol=1e-11)


def name_of(case: dict[str, Any]) -> str:
    return "{law} x={x} a={a:g}".format(law=case["law"], **case["point"])


@pytest.mark.parametrize("case", CASES, ids=name_of)
def test_exact_over_the_grid(case: dict[str, Any]) -> None:
    law = law_of(case)
    for quantity, ours in QUANTITIES.items():
        is_log = quantity.startswith("log")
        with np.errstate(all="raise"):
            value = ours(law, case["point"], case["n"])
        with mp.workdps(50):
            compared = Comparison(quantity, case["point"], value, mpf(case["truth"][quantity]), is_log)
            assert compared.error < 1e-10, (quantity, value, case["truth"][quantity])


@pytest.mark.parametrize(
    "point",
    [
        (0.25, 4.4, 0.8, 2.4, 52),
        pytest.param((2, 0.1, 0.1, 1e-8, 100), marks=pytest.mark.slow),
        pytest.param((1, 1e-3, 0.5, 0.5, 1e9), marks=pytest.mark.slow),
        pytest.param((50, 1, 1, 700, 1e4), marks=pytest.mark.slow),
    ],
)
def test_the_oracle_s_two_ways_agree(point: tuple[float, ...]) -> None:
    with mp.workdps(50):
        numbers = [mpf(value) for value in point]
        series, integral = truth.by_hypergeometric(*numbers), truth.by_integral(*numbers)
        assert abs(series / integral - 1) < mpf(10) ** -40


@pytest.mark.parametrize("case", CASES[::9], ids=lambda case: case["law"])
def test_derivatives_are_exact_over_the_grid(case: dict[str, Any]) -> None:
    """Against mpmath's numerical derivatives of the log-likelihood in the log-parameters."""
    law, point = law_of(case), case["point"]
    x, first_coin = int(point["x"]), int(case["law"] == "mbg-nbd")
    row = [np.array([point[name]], dtype=float) for name in ("x", "t_x", "T")]
    _, gradient, hessian = law.derivatives(*row)
    with mp.workdps(60):

        def log_likelihood(*logs: mpf) -> mpf:
            return truth.log_likelihood(*map(mp.exp, logs), x, x + first_coin, point["t_x"], point["T"])

        logs = [mp.log(mpf(point[name])) for name in law.parameters]
        for i in range(4):
            order = [0, 0, 0, 0]
            order[i] += 1
            slope = mp.diff(log_likelihood, logs, tuple(order))
            assert gradient[i, 0] == pytest.approx(float(slope), rel=1e-8, abs=1e-8), (i, point)
            for j in range(4):
                twice = order.copy()
                twice[j] += 1
                bend = mp.diff(log_likelihood, logs, tuple(twice))
                assert hessian[i, j, 0] == pytest.approx(float(bend), rel=1e-7, abs=1e-7), (i, j, point)


@pytest.mark.parametrize("name", ["bg-nbd", "mbg-nbd"])
@pytest.mark.parametrize(
    "logs", [(30, 30, 0, 0), (-30, -30, 0, 0), (0, 0, 30, 30), (0, 0, -30, -30), (30, -30, 30, -30)]
)
def test_derivatives_stay_finite_where_a_search_may_wander(name: str, logs: tuple[float, ...]) -> None:
    law = LAWS[name].from_log(np.array(logs, dtype=float))
    x, t_x, T = np.array([[0, 0, 1.0], [1, 0.2, 1], [3, 0.9, 1.1], [200, 1.9, 2], [0, 0, 0], [1, 1e-9, 3]]).T
    weights = np.ones(len(x))
    with np.errstate(all="raise"):
        rows = law.derivatives(x, t_x, T)
        total = law.total_derivatives(type(law).prepared(x, t_x, T, weights))
    for part, sums in zip(rows, total, strict=True):
        assert np.all(np.isfinite(part))
        assert np.allclose(part @ weights, sums, rtol=1e-9, atol=1e-9)


def test_the_whole_grid_is_finite_and_monotone_in_time() -> None:
    """A slice of the sweep that benchmarks/exactness.py makes over all of it."""
    x = np.array([0, 1, 7, 500, 20000])[:, None]
    times = np.array([0, 1e-6, 1e-3, 1, 52, 53, 1e4, 1e9])
    for a in (1e-8, 1 - 1e-12, 1, 2, 50, 1e6):
        for r, alpha, b in ((1e-8, 1e-3, 1e-8), (0.243, 4.4, 2.4), (1e6, 1e6, 1e6), (50, 0.1, 0.1)):
            law = BGNBD(r=r, alpha=alpha, a=a, b=b)
            with np.errstate(all="raise"):
                expected = law.conditional_expected_purchases(times, x, np.where(x > 0, 30.0, 0), 39.0)
            assert np.all(np.isfinite(expected))
            assert np.all(expected[:, 0] == 0)
            assert np.all(np.diff(expected, axis=1) >= -1e-12 * expected[:, 1:])


def test_far_tails_of_the_distribution_keep_their_logarithm() -> None:
    """Differences cancel here: the probabilities are below the smallest double."""
    law = BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    n = np.array([100, 400, 2000, 20000])
    values = law.log_pmf(n, 0.5)
    assert np.all(np.isfinite(values))
    assert np.all(np.diff(values) < 0)
    with mp.workdps(50):
        for count, value in zip(n[:3], values[:3], strict=True):
            exact = truth.pmf(0.243, 4.414, 0.793, 2.426, int(count), 0.5, 0)
            assert value == pytest.approx(float(mp.log(exact)), rel=1e-12)
