"""Orders that are renewals: found with delays of days, and in no shop."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from benchmarks.checks import CDNOW, CLOCK, COIN, STAYING, Shop, history_of
from clv._checks.history import History, Terms
from clv._checks.renewals import decided_anew
from clv._retention.renewal_period import RenewalPeriod


def found(history):
    return decided_anew(history, Terms(history, "W", "bg-nbd"))


def payments(period, late, rng, customers=300, days=900):
    """Payments of contracts from days on, some days late each, that end with a chance of 5% each time."""
    start = 18_000 + rng.integers(0, days // 2, customers)
    life = rng.geometric(0.05, customers)
    dates = [
        RenewalPeriod.of(period).date(start, np.full(customers, k))
        + rng.integers(0, late + 1, customers) * (k > 0)
        for k in range(40)
    ]
    day, customer = np.concatenate(dates), np.tile(np.arange(customers), 40)
    kept = (day <= 18_000 + days) & (np.repeat(np.arange(40), customers) < life[customer])
    return history_of(customer[kept], day[kept], np.ones(int(kept.sum())), 18_000 + days)


@pytest.mark.parametrize(
    ("period", "late", "days", "often"),
    [("1M", 0, 900, "once a month"), ("1M", 3, 900, "once a month"), ("4W", 3, 900, "once a month"),
     ("1Q", 3, 2000, "once a quarter"), ("1Y", 3, 3000, "once a year"), ("1W", 1, 200, "once a week")],
)  # fmt: skip
def test_payments_are_found_however_late(period, late, days, often):
    finding = found(payments(period, late, np.random.default_rng(1), days=days))
    assert finding.holds == "no"
    assert finding.estimate.value > 0.9
    assert f"buy {often}, within days, as under a contract that is renewed" in finding.finding
    assert "clv.fit_retention" in finding.finding


@pytest.mark.parametrize("law", [CDNOW, STAYING, COIN, CLOCK], ids=["CDNOW", "staying", "coin", "clock"])
def test_poisson_shops_are_not(law):
    finding = found(Shop(law, size=800).log(np.random.default_rng(2)))
    assert finding.holds == "yes"
    assert finding.estimate.value < 0.05


@pytest.mark.parametrize("shape", [3.0, 6.0, 12.0])
def test_regular_shops_are_not(shape):
    finding = found(Shop(shape=shape, gap=365.25 / 12 / 7, size=800).log(np.random.default_rng(3)))
    assert finding.holds == "yes"
    assert finding.estimate.value < 0.05


def test_cdnow_is_not_and_few_customers_are_unknown():
    tx = rfm.Transactions(rfm.datasets.cdnow_sample())
    assert found(History.of(tx, tx.last_day)).holds == "yes"
    few = rfm.datasets.cdnow_sample().query("customer_id < 100")
    lines = clv.check(few).set_index("check")
    assert lines.loc["orders are decided anew, not renewed", "holds"] == "unknown"


def test_a_third_of_subscribers_among_buyers_is_doubtful():
    some = payments("1M", 2, np.random.default_rng(4), customers=150)
    shop = Shop(STAYING, size=400, weeks=128).log(np.random.default_rng(5))
    both = pd.DataFrame(
        {"customer": [*some.customer, *(shop.customer + 1000)], "day": [*some.day, *shop.day]}
    )
    finding = found(
        history_of(both["customer"].to_numpy(), both["day"].to_numpy(), np.ones(len(both)), 19_000)
    )
    assert finding.holds == "doubtful"
    assert "fit the others alone" in finding.finding
