"""The log's beginning: complete logs of stable, growing and declining shops and cohorts; exports of older shops."""

from __future__ import annotations

import numpy as np
import pytest

import rfm
from benchmarks.checks import CDNOW, CLOCK, STAYING, Shop
from clv._checks.history import History, Terms
from clv._checks.log_begins import from_the_first, reappearing, share_of_old
from rfm._orders.transactions import as_transactions


def found_in(shop, seed=1):
    history = shop.log(np.random.default_rng(seed))
    return history, from_the_first(history, Terms(history, "W", "bg-nbd"))


@pytest.mark.parametrize(
    "shop",
    [
        Shop(CLOCK, weeks=156),
        Shop(CLOCK, weeks=156, joining="growth"),
        Shop(CLOCK, weeks=156, joining="decline"),
        Shop(STAYING, weeks=104),
        Shop(CDNOW, weeks=78, joining="cohort"),
    ],
    ids=["balance", "growth", "decline", "nobody leaves", "cohort"],
)
def test_whole_logs_are_whole(shop):
    assert found_in(shop)[1].holds == "yes"


@pytest.mark.parametrize("weeks", [104, 156])
@pytest.mark.parametrize("law", [CLOCK, STAYING], ids=["leave", "stay"])
def test_the_last_years_of_an_older_shop_begin_mid_history(law, weeks):
    history, found = found_in(Shop(law, weeks=weeks, older=156, size=4000))
    assert found.holds == "no"
    assert "in the middle of their history" in found.finding
    assert 0.05 * history.n < found.customers < history.n
    assert f"({found.customers / history.n:.0%} of all)" in found.finding
    assert 'clv.fit(tx, entry_after="auto")' in found.finding


def test_old_customers_are_counted():
    shop = Shop(STAYING, weeks=104, older=104, size=3000)
    rng = np.random.default_rng(5)
    joined = rng.uniform(0, 208, 3000)  # as the shop draws them first
    found = found_in(shop, 5)[1]
    seen_before = (joined < 104).sum()
    assert found.customers == pytest.approx(seen_before, rel=0.45)


def test_cdnow_is_a_cohort_and_not_an_export():
    tx = as_transactions(rfm.datasets.cdnow())
    history = History.of(tx, tx.last_day)
    found = from_the_first(history, Terms(history, "W", "bg-nbd"))
    assert found.holds == "yes"
    assert "a cohort" in found.finding


def test_the_next_purchase_after_a_day_is_of_customers_known_before_it():
    history = History(
        ids=np.arange(3),
        customer=np.array([0, 0, 0, 1, 1, 2]),
        day=np.array([0, 12, 15, 3, 4, 20]),
        net=None,
        start=0,
        end=30,
    )
    assert reappearing(history, 10).tolist() == [2]
    assert reappearing(history, 4).tolist() == [8, 0]


def test_the_share_is_one_for_old_customers_beside_newcomers_and_zero_for_newcomers():
    rng = np.random.default_rng(3)
    again = rng.exponential(40, 3000).astype(np.int64)
    new = rng.integers(0, 730, 4000)
    share = share_of_old(np.concatenate([new, rng.exponential(40, 3000).astype(np.int64)]), again, 240)
    assert share.low < 1 < share.high
    nothing = share_of_old(new, again, 240)
    assert nothing.low < 0 < nothing.high
