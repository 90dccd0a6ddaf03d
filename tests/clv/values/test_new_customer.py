"""A customer who has just made a first purchase."""

from __future__ import annotations

from datetime import timedelta

import pytest

import clv
import rfm
from clv._laws import BGBB, GammaGamma, ParetoNBD
from clv._values.lifetime_value import discount_force, discounted_purchases
from clv._values.new_customer import first_day, new_customer
from rfm.errors import DataError

LAW = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
SPEND = GammaGamma(p=6.25, q=3.74, gamma=15.44)
DELTA = discount_force(0.10, 7)


def value(**changes):
    options = {"horizon": 52.0, "delta": DELTA, "margin": 0.5, "unit_days": 7.0, "acquisition_cost": 25.0}
    return new_customer(LAW, SPEND, **{**options, **changes})


def test_value_is_margin_times_spend_times_discounted_purchases():
    spend = 6.25 * 15.44 / 2.74
    repeat = 0.5 * spend * float(discounted_purchases(LAW, 52.0, DELTA))
    newcomer = value()
    assert newcomer.expected_spend == pytest.approx(spend)
    assert newcomer.clv == pytest.approx(repeat)
    assert newcomer.clv_with_first_order == pytest.approx(repeat + 0.5 * spend)
    assert newcomer.p_purchase == pytest.approx(1 - LAW.pmf(0, 52.0))


def test_payback_is_the_first_day_on_which_the_margin_covers_the_cost():
    newcomer = value()
    days = newcomer.payback.days

    def earned(day):
        return 0.5 * newcomer.expected_spend * (1 + float(discounted_purchases(LAW, day / 7, DELTA)))

    assert earned(days - 1) < 25.0 <= earned(days)


def test_the_first_order_has_a_value_of_its_own():
    one, other = value(), value(first_order=12.0)
    assert one.first_order == one.expected_spend  # where it is not known
    assert (other.expected_spend, other.clv) == (one.expected_spend, one.clv)  # what comes later
    assert other.clv_with_first_order == pytest.approx(other.clv + 0.5 * 12.0)
    assert other.payback > one.payback


def test_first_orders_are_valued_at_their_own_mean():
    """CDNOW's first orders are smaller than its repeat orders."""
    log = rfm.datasets.cdnow()
    first = log[log["date"] == log.groupby("customer_id")["date"].transform("min")]
    observed = first.groupby("customer_id")["amount"].sum().mean()
    newcomer = clv.fit(log).new_customer("52W", margin=0.5)
    assert newcomer.first_order == pytest.approx(observed)
    assert newcomer.first_order < 0.95 * newcomer.expected_spend
    assert newcomer.clv_with_first_order == pytest.approx(newcomer.clv + 0.5 * observed)


def test_payback_can_be_at_once_or_never():
    assert value(acquisition_cost=1.0).payback == timedelta(0)
    assert value(acquisition_cost=1e6).payback is None
    assert value(acquisition_cost=None).payback is None


def test_where_time_is_discrete_it_pays_back_at_the_end_of_a_period():
    law = BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    options = {"horizon": 12.0, "delta": 0.0, "margin": 1.0, "unit_days": 30.0}
    days = new_customer(law, SPEND, **options, acquisition_cost=60.0).payback.days
    assert days % 30 == 0
    order = float(SPEND.expected_spend())
    earned = [
        order * (1 + float(law.expected_purchases(periods))) for periods in (days // 30 - 1, days // 30)
    ]
    assert earned[0] < 60.0 <= earned[1]


def test_without_a_spend_law_there_are_purchases_only():
    newcomer = new_customer(
        LAW, None, horizon=52.0, delta=DELTA, margin=0.5, unit_days=7.0, acquisition_cost=None
    )
    assert newcomer.expected_purchases == LAW.expected_purchases(52.0)
    assert newcomer.p_purchase == 1 - LAW.pmf(0, 52.0)
    money = (newcomer.first_order, newcomer.expected_spend, newcomer.clv, newcomer.clv_with_first_order)
    assert money == (None,) * 4
    assert newcomer.payback is None
    assert [line.split("  ")[0] for line in newcomer.summary().splitlines()] == [
        "expected repeat purchases",
        "probability of at least one",
    ]
    with pytest.raises(
        DataError, match=r"acquisition_cost=9 is paid back in money, but this model was fitted"
    ):
        new_customer(LAW, None, horizon=52.0, delta=DELTA, margin=0.5, unit_days=7.0, acquisition_cost=9)


def test_over_an_infinite_horizon_purchases_have_no_end():
    newcomer = value(horizon=float("inf"))
    assert newcomer.expected_purchases == float("inf")
    assert "–" in newcomer.summary()  # nothing is known of a probability
    assert newcomer.clv > value().clv


def test_the_summary_has_a_line_for_each_number():
    newcomer = value(first_order=12.0)
    lines = dict(line.rsplit("  ", 1) for line in newcomer.summary().splitlines())
    assert {name.strip(): shown.strip() for name, shown in lines.items()} == {
        "expected repeat purchases": f"{newcomer.expected_purchases:.3f}",
        "probability of at least one": f"{newcomer.p_purchase:.1%}",
        "first order": "12.00",
        "repeat order": f"{newcomer.expected_spend:.2f}",
        "value of what comes later": f"{newcomer.clv:.2f}",
        "value with the first order": f"{newcomer.clv_with_first_order:.2f}",
        "pays back after": f"{newcomer.payback.days:,} days",
    }
    assert "pays back" not in value(acquisition_cost=None).summary()


def test_a_cost_below_zero_is_refused():
    with pytest.raises(
        DataError,
        match=r"acquisition_cost must be a finite number, 0 or more and at most .*; got -1",
    ):
        value(acquisition_cost=-1)


@pytest.mark.parametrize(("truth", "found"), [(0, 0), (1, 1), (36_525, 36_525), (36_526, None)])
def test_first_day(truth, found):
    assert first_day(lambda day: day >= truth) == found
