"""Expectations between the draws at which they were evaluated: exact for a quadratic, and refused where none fits."""

from __future__ import annotations

import numpy as np
import pytest

import clv
from clv._laws.by_covariates import ByCovariates, Effect
from clv._laws.constant_spend import ConstantSpend
from clv._values.interpolated_draws import EXACT, LEARNED, expectations


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
    told = expectations(value, draws)
    exact = np.array([value(*draw) for draw in draws])
    assert told.shape == exact.shape
    apart = np.abs(told - exact)[:, :2] / exact[:, :2].std(axis=0)
    assert apart.max() < 0.2
    assert np.sqrt((apart**2).mean()) < 0.02
    assert (told[:, 2] == 0).all()


def test_where_no_quadratic_fits_only_exact_expectations_count() -> None:
    draws = laws(400, 2.0)
    told = expectations(lambda law, spend: np.array([np.sin(30 * float(law.r)) + 2]), draws)
    assert len(told) == EXACT
    assert told[LEARNED, 0] == np.sin(30 * float(draws[LEARNED][0].r)) + 2


def test_the_exponential_of_a_quadratic_is_interpolated_exactly() -> None:
    """In the logarithms of the parameters, crossed ones too; the laws are asked at some draws only."""
    asked = []

    def evaluate(law: clv.BGNBD, spend: clv.GammaGamma) -> np.ndarray:
        asked.append(law)
        of_law, of_spend = law.log_parameters, spend.log_parameters
        square = of_law[0] * of_law[1] - 0.5 * of_law[2] ** 2 + of_spend[0] * of_spend[2] + of_spend[1]
        return np.array([[np.exp(square), 3.0]])

    draws = laws(300, 0.3)
    told = expectations(evaluate, draws)
    assert len(asked) == LEARNED
    assert told == pytest.approx(np.array([evaluate(*draw) for draw in draws]), rel=1e-9)
    assert told.shape == (300, 1, 2)


def test_few_draws_are_all_evaluated() -> None:
    draws = laws(LEARNED, 2.0)
    assert (expectations(value, draws) == np.array([value(*draw) for draw in draws])).all()


def test_a_law_that_is_the_same_at_every_draw_or_absent_takes_no_part() -> None:
    drawn = [law for law, _ in laws(100, 0.05)]
    exact = np.array([float(law.expected_purchases(39.0)) for law in drawn])
    for spend in (None, ConstantSpend(20.0)):
        told = expectations(
            lambda law, _: np.array([float(law.expected_purchases(39.0))]), [(law, spend) for law in drawn]
        )
        assert told[:, 0] == pytest.approx(exact, rel=1e-3)
        assert len(told) == 100


@pytest.mark.parametrize(("noise", "fits"), [(0.035, True), (0.075, False)])
@pytest.mark.parametrize("scale", [1.0, 0.1])
def test_a_quadratic_fits_if_it_misses_by_a_twentieth_of_the_spread(
    noise: float, fits: bool, scale: float
) -> None:
    """Of each expectation's own spread: here of the second one, whose level and spread are others."""
    missed = np.random.default_rng(5).standard_normal(300)
    draws = laws(300, 0.3)
    place = {id(law): k for k, (law, _) in enumerate(draws)}

    def evaluate(law: clv.BGNBD, _: clv.GammaGamma) -> np.ndarray:
        standard = (law.log_parameters[0] - np.log(0.24)) / 0.3
        return np.exp([standard, 10 + scale * (standard + noise * missed[place[id(law)]])])

    assert len(expectations(evaluate, draws)) == (300 if fits else EXACT)


def test_an_expectation_that_is_infinite_somewhere_is_not_interpolated() -> None:
    draws = laws(300, 0.1)
    infinite = draws[7][0]
    told = expectations(lambda law, _: np.array([np.inf if law is infinite else 1.0]), draws)
    assert len(told) == EXACT
    assert np.flatnonzero(np.isinf(told)).tolist() == [7]


def with_coefficients(count: int, spread: float) -> list[tuple[ByCovariates, None]]:
    """Laws with ten coefficients, whose quadratic has more terms than there are evaluated draws."""
    rng = np.random.default_rng(4)
    effects = tuple(Effect(f"purchase[{n}]", "purchase", 1, -1.0, str(n)) for n in range(10))
    columns = tuple(map(str, range(10)))
    thetas = np.log([0.24, 4.4, 0.8, 2.4]) + spread * rng.standard_normal((count, 4))
    slopes = spread * rng.standard_normal((count, 10))
    return [
        (ByCovariates(clv.BGNBD.from_log(theta), effects, tuple(slope), columns), None)
        for theta, slope in zip(thetas, slopes, strict=True)
    ]


def test_with_many_coefficients_a_line_is_enough_where_they_are_precise() -> None:
    asked = []
    z = np.linspace(-1, 1, 20).reshape(2, 10)

    def evaluate(law: ByCovariates, spend: None) -> np.ndarray:
        asked.append(law)
        return np.asarray(law.of(z).expected_purchases(39.0))

    draws = with_coefficients(300, 0.005)
    told = expectations(evaluate, draws)
    assert len(asked) < LEARNED
    exact = np.array([evaluate(*draw) for draw in draws])
    assert np.abs(told - exact).max() < 0.1 * exact.std(axis=0).min()
    wide = expectations(evaluate, with_coefficients(300, 0.6))
    assert len(wide) == EXACT
    assert (wide == np.array([evaluate(*draw) for draw in with_coefficients(300, 0.6)[:EXACT]])).all()
