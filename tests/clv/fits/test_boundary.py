"""What an estimate that runs off says, in words."""

from __future__ import annotations

import re

import numpy as np
import pytest

import clv
from clv.fits.boundary import fit_warnings, run_off
from clv.fits.maximise import Maximum

NOTHING_FLAT = np.zeros((4, 0))


def maximum(theta: list[float], *, converged: bool = True) -> Maximum:
    k = len(theta)
    return Maximum(np.array(theta), -10.0, np.zeros(k), -np.eye(k), 0.5, converged, 7)


@pytest.mark.parametrize(
    ("law", "theta", "flat", "words"),
    [
        (
            clv.BGNBD,
            [0, 0, -20, 0.5],
            [0, 0, 1, 1],
            "a to 0; the data read as if nobody leaves; b cannot be told",
        ),
        (
            clv.BGNBD,
            [0, 0, 22, 23],
            [0, 0, 1, 1],
            "a to infinity, b to infinity; .* leave with one probability",
        ),
        (clv.BGNBD, [0, 0, -22, -21], [0, 0, 1, 1], "a to 0, b to 0; .* leave at once or never"),
        (clv.BGNBD, [0, 0, 1, -20], [0, 0, 1, 1], "everybody leaves as soon as possible; a cannot be told"),
        (clv.BGNBD, [21, 22, 0, 0], [1, 1, 0, 0], "r to infinity, alpha to infinity; .* buy at one rate"),
        (
            clv.BGNBD,
            [-21, -22, 0, 0],
            [1, 1, 0, 0],
            "r to 0, alpha to 0; .* a few customers make all the purchases",
        ),
        (clv.ParetoNBD, [0, 0, 1, 30], [0, 0, 1, 1], "beta to infinity; .* nobody leaves; s cannot be told"),
        (clv.BGBB, [21, 22, 0, 0], [1, 1, 0, 0], "all customers buy with one probability"),
        (clv.BGBB, [1, -20, 0, 0], [1, 1, 0, 0], "buy at every opportunity while they live"),
        (
            clv.GammaGamma,
            [25, 1, -20],
            [1, 0, 1],
            "p to infinity, gamma to 0; .* orders of a customer are worth the",
        ),
        (clv.GammaGamma, [1, 25, 20], [0, 1, 1], "all customers spend the same on average"),
    ],
)
def test_the_words_say_what_the_limit_means(law, theta, flat, words: str) -> None:
    direction = np.array(flat, dtype=float)[:, None] / np.sqrt(sum(flat))
    gone = run_off(law.parameters, np.array(theta, dtype=float), direction)
    estimate = law.from_log(np.array(theta, dtype=float))
    (text,) = fit_warnings(estimate, gone, maximum(theta))
    assert text.startswith(f"{law.name}: the best fit runs off")
    assert text.endswith("standard errors of these parameters mean nothing.")
    assert re.search(words, text), text


def test_a_parameter_at_the_limit_has_run_off_though_no_direction_is_flat() -> None:
    assert run_off(("r", "alpha", "s", "beta"), np.array([0.0, 0.0, -3.4, -30.0]), NOTHING_FLAT) == {
        "beta": "0"
    }


def test_an_ordinary_fit_says_nothing() -> None:
    gone = run_off(clv.BGNBD.parameters, np.zeros(4), NOTHING_FLAT)
    assert gone == {}
    assert fit_warnings(clv.BGNBD(1.0, 1.0, 1.0, 1.0), gone, maximum([0.0] * 4)) == ()


def test_a_search_that_stopped_says_so() -> None:
    (text,) = fit_warnings(clv.BGNBD(1.0, 1.0, 1.0, 1.0), {}, maximum([0.0] * 4, converged=False))
    assert text == (
        "bg-nbd: the search stopped after 7 steps where another would still gain 0.5 in log-likelihood; "
        "treat the estimates as approximate."
    )


def test_no_finite_mean_spend_is_said() -> None:
    (text,) = fit_warnings(clv.GammaGamma(2.0, 0.5, 10.0), {}, maximum([0.0] * 3))
    assert "q = 0.5 is not above 1" in text
    assert "shrunken towards p·gamma/q = 40" in text
