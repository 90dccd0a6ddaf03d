"""Horizon, rate and margin to value: against fine quadrature, closed forms and lifetimes' own sum."""

from __future__ import annotations

import math

import numpy as np
import pytest
from scipy.special import hyperu

from clv.laws import BGBB, BGNBD, MBGNBD, ParetoNBD
from clv.values.value import annuity_lifetimes, discount_force, discounted_purchases, present_value
from rfm.errors import DataError

LAWS = [
    BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426),
    MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614),
    ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669),
]
WEEKLY = discount_force(0.10, 7)


def fine_quadrature(law, horizon, delta):
    """∫ e^(−δt) dE[X(t)] as a Stieltjes sum over 60,000 steps that grow with t, midpoint discounting."""
    t = np.expm1(np.linspace(0, math.log1p(horizon), 60_001))
    middle = (t[1:] + t[:-1]) / 2
    return float(np.sum(np.exp(-delta * middle) * np.diff(law.expected_purchases(t))))


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
@pytest.mark.parametrize("horizon", [0.5, 52.0, 520.0])
@pytest.mark.parametrize("rate", [0.02, 0.10, 1.0, -0.05])
def test_discounting_equals_fine_quadrature(law, horizon, rate):
    delta = discount_force(rate, 7)
    expected = fine_quadrature(law, horizon, delta)
    assert float(discounted_purchases(law, horizon, delta)) == pytest.approx(expected, rel=1e-8)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_rate_zero_is_expected_purchases_exactly(law):
    assert float(discounted_purchases(law, 52.0, 0.0)) == law.expected_purchases(52.0)


def test_infinite_horizon_of_pareto_nbd_is_its_closed_form():
    # Fader, Hardie & Lee (2005), "RFM and CLV", eq. 4 for a new member: with Tricomi's function
    # DERT = (r/α) β^s δ^(s−1) Ψ(s, s; δβ).
    law = LAWS[2]
    closed = (
        law.r / law.alpha * law.beta**law.s * WEEKLY ** (law.s - 1) * hyperu(law.s, law.s, WEEKLY * law.beta)
    )
    assert float(discounted_purchases(law, math.inf, WEEKLY)) == pytest.approx(closed, rel=1e-10)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_infinite_horizon_is_the_limit_of_long_ones(law):
    far = float(discounted_purchases(law, 60_000.0, WEEKLY))
    assert float(discounted_purchases(law, math.inf, WEEKLY)) == pytest.approx(far, rel=1e-10)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_the_unit_of_time_does_not_matter(law):
    days = law.scaled(7)
    in_weeks = float(discounted_purchases(law, 52.0, WEEKLY))
    assert float(discounted_purchases(days, 364.0, WEEKLY / 7)) == pytest.approx(in_weeks, rel=1e-9)


def test_many_customers_are_one_law_with_arrays():
    x, t_x, T = np.array([0.0, 2.0, 7.0]), np.array([0.0, 30.43, 20.0]), np.array([38.86, 38.86, 30.0])
    together = discounted_purchases(LAWS[0].posterior(x, t_x, T), 52.0, WEEKLY)
    alone = [
        float(discounted_purchases(LAWS[0].posterior(*row), 52.0, WEEKLY))
        for row in zip(x, t_x, T, strict=True)
    ]
    assert together == pytest.approx(alone, rel=1e-10)


def test_bg_bb_is_a_sum_over_periods():
    law, delta = BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783), discount_force(0.10, 365.25)
    expected = law.expected_purchases(np.arange(0, 11))
    by_hand = sum(math.exp(-delta * k) * (expected[k] - expected[k - 1]) for k in range(1, 11))
    assert float(discounted_purchases(law, 10, delta)) == pytest.approx(by_hand, rel=1e-12)


def test_bg_bb_refuses_part_of_a_period():
    law = BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    with pytest.raises(DataError, match=r"counts whole periods, and the horizon is 2\.5 of them"):
        discounted_purchases(law, 2.5, 0.1)


def test_force_of_discount_is_annual():
    assert discount_force(0.10, 365.25) == pytest.approx(math.log(1.1))
    assert discount_force(0.10, 7) * 52 == pytest.approx(math.log(1.1) * 364 / 365.25)


@pytest.mark.parametrize("rate", [-1.0, -2.0, math.nan, math.inf])
def test_impossible_rates_are_refused(rate):
    with pytest.raises(DataError, match="discount_rate must be a finite annual rate above -1"):
        discount_force(rate, 7)


def test_an_endless_horizon_needs_a_rate():
    with pytest.raises(DataError, match="infinitely much unless the future is discounted"):
        discounted_purchases(LAWS[0], math.inf, 0.0)


def test_lump_pays_once_a_month_and_cuts_months():
    law = LAWS[0]
    months = law.expected_purchases(np.arange(0, 4) * 4.345)
    by_hand = sum((months[i] - months[i - 1]) / 1.01**i for i in (1, 2, 3))
    assert float(annuity_lifetimes(law, 3.9, 0.01, "W")) == pytest.approx(by_hand, rel=1e-12)
    with pytest.raises(DataError, match="knows the units D, W and M, got 'Y'"):
        annuity_lifetimes(law, 3, 0.01, "Y")


def test_value_is_margin_times_spend_times_purchases():
    assert present_value(np.array([10.0]), np.array([2.5]), 0.3) == pytest.approx([7.5])
