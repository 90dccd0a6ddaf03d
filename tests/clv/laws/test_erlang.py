"""BG/CNBD-k and MBG/CNBD-k: the truth at 25 digits and more over the grid, and derivatives at its extremes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from mpmath import mp, mpf

from benchmarks.comparison import Comparison
from benchmarks.truth import erlang as truth
from clv._laws import BGCNBD, MBGCNBD
from clv._laws.erlang import log_phases, phase_chances

FAMILIES = {"bg-cnbd": BGCNBD, "mbg-cnbd": MBGCNBD}
CASES = json.loads((Path(__file__).parents[2] / "oracles" / "erlang.json").read_text(encoding="utf-8"))

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
    return FAMILIES[case["law"]](**{name: case["point"][name] for name in ("r", "alpha", "a", "b", "k")})


def name_of(case: dict[str, Any]) -> str:
    return "{law} k={k} x={x} a={a:g}".format(law=case["law"], **case["point"])


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
        (0.3, 0.8, 2.4, 2, 0.5, 13.0),
        (2.0, 1e-8, 1e-8, 2, 0.9, 3.0),
        pytest.param((0.1, 50, 0.1, 5, 0.1, 30.0), marks=pytest.mark.slow),
    ],
)
def test_the_oracle_s_two_ways_agree(point: tuple[float, ...]) -> None:
    """A sum over the numbers of phases and an integral over p at the roots of unity share nothing."""
    r, a, b, k, share, ratio = point
    with mp.workdps(truth.DIGITS):
        chances = truth.phases(mpf(r), mpf(share), k)
        chances = [each / mp.fsum(chances) for each in chances]
        given = mpf(r), mpf(a), mpf(b), chances, mpf(ratio)
        assert abs(truth.by_integral(*given) / truth.by_sum(*given) - 1) < mpf(10) ** -25


@pytest.mark.parametrize("case", CASES[::6], ids=name_of)
def test_derivatives_are_exact_over_the_grid(case: dict[str, Any]) -> None:
    """Against mpmath's numerical derivatives of the log-likelihood in the log-parameters."""
    law, point = law_of(case), case["point"]
    x = int(point["x"])
    row = [np.array([point[name]], dtype=float) for name in ("x", "t_x", "T")]
    _, gradient, hessian = law.derivatives(*row)
    with mp.workdps(60):

        def log_likelihood(*logs: mpf) -> mpf:
            given = (*map(mp.exp, logs), law.k, 0, x, x + law.first_coin)
            return truth.log_likelihood(*given, point["t_x"], point["T"])

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


@pytest.mark.parametrize("family", FAMILIES.values(), ids=FAMILIES)
@pytest.mark.parametrize(
    "logs", [(30, 30, 0, 0), (-30, -30, 0, 0), (0, 0, 30, 30), (0, 0, -30, -30), (30, -30, 30, -30)]
)
def test_derivatives_stay_finite_where_a_search_may_wander(family: Any, logs: tuple[float, ...]) -> None:
    x, t_x, T = np.array([[0, 0, 1.0], [1, 0.2, 1], [3, 0.9, 1.1], [200, 1.9, 2], [0, 0, 0], [1, 1e-9, 3]]).T
    weights = np.ones(len(x))
    for k in (2, 12):
        law = family.with_k(k).from_log(np.array(logs, dtype=float))
        with np.errstate(all="raise"):
            rows = law.derivatives(x, t_x, T)
            total = law.total_derivatives(type(law).prepared(x, t_x, T, weights))
        for part, sums in zip(rows, total, strict=True):
            assert np.all(np.isfinite(part))
            assert np.allclose(part @ weights, sums, rtol=1e-9, atol=1e-9)


def test_phases_passed_follow_a_truncated_negative_binomial() -> None:
    power, share = np.array([0.3, 7.0]), np.array([0.2, 0.9])
    chances = phase_chances(power, share, 4)
    assert np.allclose(chances.sum(axis=0), 1.0)
    ratios = chances[1:] / chances[:-1]
    assert np.allclose(ratios[2], (power + 2) / 3 * share)
    assert np.allclose(chances[0], np.exp(-log_phases(power, share, 4)))
    assert np.array_equal(log_phases(power, share, 1), [0.0, 0.0])
