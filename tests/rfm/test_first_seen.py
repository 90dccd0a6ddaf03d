"""First-seen customers: whole logs in balance, growth or decline and cohorts are quiet; exports of older shops not."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import rfm
from benchmarks.checks import CLOCK, COIN, Shop
from rfm import DataWarning
from rfm._first_seen import is_cohort, old_among_first_seen

START = pd.Timestamp("2020-01-01")


def first_days(shop, rng):
    history = shop.log(rng)
    return history.first - history.start, history.length


def judged(shop, rng):
    seen, length = first_days(shop, rng)
    return old_among_first_seen(seen, np.ones(len(seen)), length)


@pytest.mark.parametrize("joining", ["even", "growth", "decline", "cohort"])
def test_whole_logs_are_quiet(joining):
    rng = np.random.default_rng(1)
    shops = [
        Shop(law, size=1500, weeks=weeks, joining=joining)
        for law in (COIN, CLOCK)
        for weeks in (52, 104, 156)
    ]
    assert [judged(shop, rng) for shop in shops for _ in range(5)] == [None] * 30


@pytest.mark.parametrize("joining", ["even", "growth", "decline"])
def test_exports_of_older_shops_are_not(joining):
    rng = np.random.default_rng(2)
    found = [judged(Shop(CLOCK, size=8000, weeks=104, joining=joining, older=156), rng) for _ in range(3)]
    assert all(each is not None and each.days == 181 for each in found)


def test_the_number_is_that_of_the_old():
    rng = np.random.default_rng(3)
    new, old = rng.uniform(0, 720, 6000), rng.exponential(50, 2000)
    seen = np.floor(np.concatenate([new, old[old < 720]])).astype(np.int64)
    found = old_among_first_seen(seen, np.ones(len(seen)), 720)
    assert found.number == pytest.approx((old < 180).sum(), rel=0.12)


def test_few_customers_and_short_logs_say_nothing():
    seen = np.repeat([0, 40, 79], [200, 40, 40])
    assert old_among_first_seen(seen, np.ones(len(seen)), 80) is None
    assert old_among_first_seen(seen * 5, np.ones(len(seen)), 400) is None


def test_counts_of_days_are_the_same_as_customers():
    rng = np.random.default_rng(4)
    seen, length = first_days(Shop(CLOCK, size=6000, weeks=104, older=156), rng)
    days, times = np.unique(seen, return_counts=True)
    assert old_among_first_seen(days, times, length) == old_among_first_seen(seen, np.ones(len(seen)), length)


def test_a_cohort_ends_sharply_and_old_customers_thin_out():
    rng = np.random.default_rng(2)
    assert is_cohort(rng.integers(0, 84, 3000), 545)
    assert not is_cohort(rng.exponential(30, 3000).astype(int), 730)
    assert not is_cohort(rng.integers(0, 730, 3000), 730)


@pytest.fixture(scope="module")
def export():
    """Two years of a shop that is three years older."""
    history = Shop(CLOCK, size=6000, weeks=104, older=156).log(np.random.default_rng(5))
    days = pd.to_datetime(history.day, unit="D")
    return pd.DataFrame({"customer_id": history.customer, "date": days, "amount": history.net})


@pytest.mark.parametrize("backend", ["pandas", "polars"])
@pytest.mark.parametrize("made", ["trend", "cohorts", "profile"])
def test_new_then_means_new_in_the_log(export, made, backend):
    if backend == "polars":
        export = pytest.importorskip("polars").from_pandas(export)
    given = rfm.segment(export, scheme="lifecycle") if made == "profile" else export
    with pytest.warns(DataWarning, match="new in the log") as caught:
        getattr(rfm, made)(given)
    assert len(caught) == 1


def test_tables_without_days_and_segments_without_newcomers_are_not_judged(export):
    segmented = rfm.segment(export, scheme="lifecycle")
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rfm.profile(segmented[segmented["segment"] != "new"])
        rfm.profile(segmented.drop(columns="first_purchase"))
        rfm.profile(segmented.assign(first_purchase=7))


def test_cdnow_is_quiet():
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        rfm.cohorts(rfm.datasets.cdnow())
        rfm.profile(rfm.segment(rfm.datasets.cdnow_sample(), scheme="lifecycle"))
