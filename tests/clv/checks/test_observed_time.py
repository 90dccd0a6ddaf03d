"""Observed time: shops without dropout and with half leaving at once, short and long logs."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import rfm
from benchmarks.checks import STAYING, Shop
from clv._checks.history import History, Terms
from clv._checks.observed_time import levelled, long_enough
from rfm._days import as_day
from rfm._orders.transactions import as_transactions
from rfm._survival import kaplan_meier


@pytest.mark.parametrize("once", [0.0, 0.5])
@pytest.mark.parametrize("joining", ["even", "cohort"])
def test_short_logs_are_too_short_and_long_ones_are_not(once, joining):
    shop = Shop(STAYING, once=once, joining=joining)
    for weeks, holds in ((13, {"no", "doubtful"}), (104, {"yes"})):
        history = replace(shop, weeks=weeks).log(np.random.default_rng(weeks))
        found = long_enough(history, Terms(history, "W", "bg-nbd"))
        assert found.holds in holds, (weeks, found)


def test_cdnow_was_observed_long_enough_in_78_weeks_and_not_in_26():
    tx = as_transactions(rfm.datasets.cdnow())
    whole = History.of(tx, tx.last_day)
    found = long_enough(whole, Terms(whole, "W", "bg-nbd"))
    assert found.holds == "yes"
    assert "49% within 77.9 weeks" in found.finding  # 48.9% ever bought twice
    assert 0.8 < found.estimate.low < found.estimate.value < found.estimate.high
    early = whole.until(as_day("1997-06-30", "end"))
    assert long_enough(early, Terms(early, "W", "bg-nbd")).holds == "no"


def test_below_thirty_second_purchases_nothing_is_said():
    history = Shop(STAYING, size=29).log(np.random.default_rng(1))
    found = long_enough(history, Terms(history, "W", "bg-nbd"))
    assert found.holds == "unknown"
    assert "Wait, or add history" in found.finding


def test_where_everybody_came_back_nobody_is_waited_for():
    history = Shop(STAYING, size=400, weeks=300, joining="cohort").log(np.random.default_rng(2))
    back = np.isin(history.customer, np.flatnonzero(history.orders > 1))
    _, customer = np.unique(history.customer[back], return_inverse=True)
    kept = replace(
        history, ids=np.arange(customer.max() + 1), customer=customer, day=history.day[back], net=None
    )
    found = long_enough(kept, Terms(kept, "W", "bg-nbd"))
    assert (found.holds, found.estimate.value) == ("yes", 1.0)


def test_the_interval_covers_the_true_ratio():
    rng = np.random.default_rng(3)
    truth, held = (1 - np.exp(-1)) / (1 - np.exp(-2)), 0
    for _ in range(200):
        due = np.where(rng.random(300) < 0.6, rng.exponential(50, 300), np.inf)
        wait = np.minimum(due, 100.0)
        ratio = levelled(kaplan_meier(wait, due <= 100), 100.0)
        held += ratio.low < truth < ratio.high
    assert 0.89 < held / 200 < 0.99
