"""What a diverging estimate means, in words."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd
import pytest

import clv
from clv._fits.boundary import Lives, _leaving, fit_warnings, run_off
from clv._fits.maximise import Maximum

NOTHING_FLAT = np.zeros((4, 0))


def maximum(theta: list[float], *, converged: bool = True) -> Maximum:
    k = len(theta)
    return Maximum(np.array(theta), -10.0, np.zeros(k), -np.eye(k), 0.5, converged, 7)


NOBODY = Lives(left=0.0, could_leave=100, bought=0.6, kept_on=0.5)
SOME = Lives(left=0.3, could_leave=100, bought=0.6, kept_on=0.5)
ALL = Lives(left=1.0, could_leave=100, bought=0.6, kept_on=0.5)


@pytest.mark.parametrize(
    ("law", "theta", "flat", "lives", "words"),
    [
        (
            clv.BGNBD,
            [0, 0, -20, 0.5],
            [0, 0, 1, 1],
            NOBODY,
            "a to 0; the data read as if nobody leaves; b cannot be estimated",
        ),
        (
            clv.BGNBD,
            [0, 0, 22, 23],
            [0, 0, 1, 1],
            SOME,
            r"a to infinity, b to infinity; .* the same probability \(30% of the customers are taken to have",
        ),
        (clv.BGNBD, [0, 0, -22, -21], [0, 0, 1, 1], SOME, "a to 0, b to 0; .* leave at once or never"),
        (
            clv.BGNBD,
            [0, 0, 1, -20],
            [0, 0, 1, 1],
            ALL,
            "everybody leaves as soon as possible; a cannot be estimated",
        ),
        (
            clv.BGNBD,
            [21, 22, 0, 0],
            [1, 1, 0, 0],
            SOME,
            "r to infinity, alpha to infinity; .* buy at the same rate",
        ),
        (
            clv.BGNBD,
            [-21, -22, 0, 0],
            [1, 1, 0, 0],
            SOME,
            "r to 0, alpha to 0; .* a few customers make all the purchases",
        ),
        (
            clv.ParetoNBD,
            [0, 0, 1, 30],
            [0, 0, 1, 1],
            NOBODY,
            "beta to infinity; .* nobody leaves; s cannot be estimated",
        ),
        (clv.ParetoNBD, [0, 0, 20, 21], [0, 0, 1, 1], ALL, "all customers leave at the same rate .100% of"),
        (clv.BGBB, [21, 22, 0, 0], [1, 1, 0, 0], SOME, "all customers buy with the same probability"),
        (
            clv.BGBB,
            [1, -20, 0, 0],
            [1, 1, 0, 0],
            Lives(0.3, 100, 0.6, kept_on=1.0),
            "buy at every opportunity while alive",
        ),
        (
            clv.GammaGamma,
            [25, 1, -20],
            [1, 0, 1],
            None,
            "p to infinity, gamma to 0; .* orders of a customer have the same value",
        ),
        (clv.GammaGamma, [1, 25, 20], [0, 1, 1], None, "all customers spend the same on average"),
    ],
)
def test_the_words_say_what_the_limit_means(law, theta, flat, lives, words: str) -> None:
    direction = np.array(flat, dtype=float)[:, None] / np.sqrt(sum(flat))
    gone = run_off(law.parameters, np.array(theta, dtype=float), direction)
    estimate = law.from_log(np.array(theta, dtype=float))
    (text,) = fit_warnings(estimate, gone, maximum(theta), lives)
    assert text.startswith(f"{law.name}: the estimates diverge")
    meaningless, hint = "standard errors of these estimates are meaningless.", "prior=clv.Prior()"
    dropout = [name for mixing in law.mixing if mixing.role == "dropout" for name in mixing.names]
    assert (hint in text) == any(name in gone for name in dropout)
    assert text.partition(" Hint:")[0].endswith(meaningless)
    assert re.search(words, text), text


@pytest.mark.parametrize(
    ("law", "seed"),
    [
        (clv.BGNBD(4.0, 2.0, 5e5, 1e8), 1),  # one customer in 200 leaves after each of many purchases
        (clv.MBGNBD(4.0, 2.0, 5e5, 1e8), 1),
        (clv.BGBB(2e3, 1e3, 5e5, 1e7), 2),
    ],
)
def test_a_small_chance_at_each_of_many_purchases_is_not_nobody(law, seed: int) -> None:
    made = law.simulate(np.full(300, 30.0 if law.name == "bg-bb" else 100.0), np.random.default_rng(seed))
    table = pd.DataFrame(dict(zip(law.data_columns, (made.x, made.t_x, made.T), strict=True)))
    left = 1 - made.alive.mean()
    assert left > 0.4
    with pytest.warns(clv.FitWarning, match="all customers leave with the same probability") as caught:
        clv.fit_law(type(law), table)
    text = str(caught[0].message)
    assert "nobody" not in text
    found = float(re.search(r"\((\d+)% of", text)[1]) / 100
    assert found == pytest.approx(left, abs=0.06)  # two standard errors of a share of 300


def test_customers_who_buy_hundreds_of_times_do_not_buy_without_a_pause() -> None:
    made = clv.BGNBD(1e6, 5e5, 0.05, 3.0).simulate(np.full(200, 100.0), np.random.default_rng(0))
    table = pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T})
    with pytest.warns(clv.FitWarning, match="read as if all customers buy at the same rate"):
        clv.fit_law(clv.BGNBD, table)


def one_group(law_class: type, seed: int, *, effect: str, stays: float) -> pd.DataFrame:
    """Two groups of customers: one has no purchases after the first (`effect="purchase"`), or does not leave."""
    rng = np.random.default_rng(seed)
    web = rng.integers(0, 2, 800).astype(float)
    far = np.where(web == stays, 1e12, 1.0)
    if effect == "purchase":
        law = law_class(0.8, 10 * far, 0.8, 2.5)
    else:
        law = (
            clv.BGNBD(0.8, 10.0, 0.8 / far, 2.5)
            if law_class is clv.BGNBD
            else clv.ParetoNBD(0.8, 10.0, 0.8, 12 * far)
        )
    made = law.simulate(np.full(800, 60.0), rng)
    return pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T, "web": web})


@pytest.mark.parametrize(
    ("law", "effect", "stays", "seed", "words"),
    [
        (clv.BGNBD, "dropout", 0.0, 2, r"dropout_.\[web\] to .*customers with web = 0 do not leave"),
        (
            clv.BGNBD,
            "dropout",
            0.0,
            0,
            r"dropout_.\[web\] to .*[1-5].*% of the customers with web = 0 have left",
        ),
        (clv.ParetoNBD, "dropout", 1.0, 2, r"diverge, dropout\[web\] to −infinity; .* web = 1 do not leave"),
        (
            clv.ParetoNBD,
            "dropout",
            0.0,
            0,
            r"beta to infinity, dropout\[web\] to infinity; .* web = 0 do not",
        ),
        (
            clv.ParetoNBD,
            "purchase",
            1.0,
            1,
            r"diverge, purchase\[web\] to −infinity; .* web = 1 never buy again",
        ),
    ],
)
def test_a_coefficient_that_runs_off_is_named_and_told_of_the_customers_it_concerns(
    law, effect: str, stays: float, seed: int, words: str
) -> None:
    table = one_group(law, seed, effect=effect, stays=stays)
    with pytest.warns(clv.FitWarning) as caught:
        fit = clv.fit_covariates(law, table, **{effect: "web"})
    assert fit.at_boundary
    text = str(caught[0].message)
    assert re.search(words, text), text
    assert "dropout[web] to 0" not in text
    assert "nobody leaves" not in text
    assert "one probability" not in text


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
        "bg-nbd: the search stopped after 7 steps when another would still gain 0.5 in log-likelihood; "
        "treat the estimates as approximate."
    )


def test_how_customers_leave_at_a_limit_is_said_only_where_it_is_far_from_ordinary():
    """By the logarithm of the odds of the mean chance of leaving, −5 and beyond being next to nothing."""
    dropout = clv.BGNBD.mixing[1]
    lives = Lives(left=0.3, could_leave=100.0, bought=0.5, kept_on=0.1, who="the repeat buyers")
    assert _leaving(dropout, {"a": 0.0, "b": 0.0}, lives) is None
    assert _leaving(dropout, {"a": -3.0, "b": 1.5}, lives) is None
    slowly = _leaving(dropout, {"a": -8.0, "b": -1.0}, lives)
    assert slowly is not None
    assert "30% of the repeat buyers" in slowly
