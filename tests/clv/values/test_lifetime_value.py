"""Horizon, rate and margin to value: against fine quadrature, closed forms and lifetimes' own sum."""

from __future__ import annotations

import math

import mpmath
import numpy as np
import pytest
from scipy.special import hyperu

from clv._laws import BGBB, BGNBD, MBGNBD, ParetoNBD
from clv._values.lifetime_value import annuity_lifetimes, discount_force, discounted_purchases, present_value
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


@pytest.mark.parametrize("delta", [0.0018, 0.013, 0.2, 5.0])
@pytest.mark.parametrize(
    ("law", "leaving"),
    [
        (ParetoNBD(5e9, 1.5e10, 1e9, 1e10), 0.1),
        (BGNBD(5e9, 1.5e10, 3e9, 7e9), 0.1),
        (MBGNBD(5e9, 1.5e10, 3e9, 7e9), 0.1),
    ],
)
def test_laws_that_run_off_to_one_rate_and_one_dropout_are_discounted_as_their_limit(law, leaving, delta):
    # All customers buy at rate 1/3 and leave at rate 0.1: the value is a ratio of rates (MBG: one coin comes first).
    at_first = 0.7 if law.name == "mbg-nbd" else 1.0
    limit = at_first / 3 / (leaving + delta)
    assert float(discounted_purchases(law, math.inf, delta)) == pytest.approx(limit, rel=1e-8)
    for horizon in (1.0, 52.0, 1040.0):
        part = -math.expm1(-(leaving + delta) * horizon)
        found = float(discounted_purchases(law, horizon, delta))
        assert found == pytest.approx(limit * part, rel=1e-8)


@pytest.mark.parametrize(
    ("law", "delta"),
    [
        (ParetoNBD(0.55, 10.6, 0.6, 11.7), 5.0),
        (ParetoNBD(1.0, 100.0, 1.0, 400.0), 1.0),
        (ParetoNBD(1.531, 0.8487, 39.18, 0.2318), 0.05),
        (ParetoNBD(0.3, 20.0, 30.0, 7.0), 0.002),
    ],
)
def test_infinite_horizon_is_the_closed_form_whatever_the_scales(law, delta):
    psi = float(mpmath.hyperu(law.s, law.s, delta * law.beta))
    closed = law.r / law.alpha * law.beta**law.s * delta ** (law.s - 1) * psi
    assert float(discounted_purchases(law, math.inf, delta)) == pytest.approx(closed, rel=1e-10)


@pytest.mark.parametrize("law", [*LAWS, BGBB(1.2, 0.75, 0.66, 2.8)], ids=lambda law: law.name)
def test_the_clock_is_a_time_for_each_customer(law):
    known = law.posterior([0, 4], [0, 5], [6, 6])
    assert known.clock().shape == (2,)
    assert np.all(np.isfinite(known.clock()) & (known.clock() > 0))
    if law.time_parameters:
        assert law.scaled(7).clock() == pytest.approx(7 * law.clock())


def test_bg_bb_is_discounted_over_many_periods_at_once():
    law = BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    k = np.arange(0, 4001)
    by_hand = math.fsum(np.exp(-0.02 * k[1:]) * np.diff(law.expected_purchases(k)))
    assert float(discounted_purchases(law, math.inf, 0.02)) == pytest.approx(by_hand, rel=1e-9)
    known = law.posterior([0, 4, 0], [0, 5, 0], [6, 6, 9])
    together = discounted_purchases(known, 24, 0.01)
    alone = [
        float(discounted_purchases(law.posterior(*row), 24, 0.01))
        for row in ((0, 0, 6), (4, 5, 6), (0, 0, 9))
    ]
    assert together == pytest.approx(alone, rel=1e-12)


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
    with pytest.raises(DataError, match="discount_rate must be a finite number, above -1"):
        discount_force(rate, 7)


def test_an_endless_horizon_needs_a_rate():
    with pytest.raises(DataError, match="infinite without discounting"):
        discounted_purchases(LAWS[0], math.inf, 0.0)


def test_lump_pays_once_a_month_and_cuts_months():
    law = LAWS[0]
    months = law.expected_purchases(np.arange(0, 4) * 4.345)
    by_hand = sum((months[i] - months[i - 1]) / 1.01**i for i in (1, 2, 3))
    assert float(annuity_lifetimes(law, 3.9, 0.01, "W")) == pytest.approx(by_hand, rel=1e-12)
    with pytest.raises(DataError, match="allows the units D, W and M; got 'Y'"):
        annuity_lifetimes(law, 3, 0.01, "Y")


def test_value_is_margin_times_spend_times_purchases():
    assert present_value(np.array([10.0]), np.array([2.5]), 0.3) == pytest.approx([7.5])
