"""Regularity against gaps of known shape, cut to whole days."""

from __future__ import annotations

import numpy as np
import pytest

from benchmarks.checks import Shop
from clv._checks.history import Terms
from clv._checks.regularity import _mean_squares, irregular, regularity


def pairs(rng, n, shape, days, purchases=12):
    """First two gaps, in whole days, of buyers with Gamma-distributed gaps; several orders of a day are one."""
    mean = days / rng.gamma(2.0, 0.5, n)
    gaps = rng.gamma(shape, 1 / shape, (n, purchases)) * mean[:, None]
    times = rng.uniform(0, 1, (n, 1)) + np.cumsum(np.column_stack([np.zeros(n), gaps]), axis=1)
    day = np.floor(times).astype(np.int64)
    seen = np.cumsum(np.diff(day, axis=1) > 0, axis=1)  # distinct days after the first
    row = np.flatnonzero(seen[:, -1] >= 2)
    second, third = (day[row, 1 + np.argmax(seen[row] == k, axis=1)] for k in (1, 2))
    return second - day[row, 0], third - second


def test_whole_days_of_a_poisson_process_have_the_uniform_variance():
    s = np.array([2, 3, 10, 150, 200, 201, 1000, 5000])
    assert _mean_squares(s, 1.0) == pytest.approx((s - 2) / (12 * s), rel=1e-9)


@pytest.mark.parametrize("shape", [0.5, 1.0, 2.0, 3.0])
def test_long_gaps_have_wheat_and_morrisons_variance(shape):
    assert _mean_squares(np.array([200_000]), shape) == pytest.approx(1 / (4 * (2 * shape + 1)), rel=1e-4)


@pytest.mark.parametrize("days", [2, 5, 30])  # at 2, merging the orders of a day shows where k is not 1
@pytest.mark.parametrize("shape", [0.5, 1.0, 2.0, 3.0])
def test_the_shape_is_found_at_any_mean_gap(shape, days):
    first, second = pairs(np.random.default_rng([int(10 * shape), days]), 6000, shape, days)
    k = regularity(first, second)
    assert k.low < k.value < k.high
    assert k.value == pytest.approx(shape, rel=0.15 if days == 2 else 0.1)


def test_exact_poisson_buyers_every_five_days_are_not_regular():
    first, second = pairs(np.random.default_rng(1), 20_000, 1.0, 5)
    raw = np.mean((first / (first + second) - 0.5) ** 2)
    assert (1 - 4 * raw) / (8 * raw) > 1.3  # what continuous time makes of whole days
    k = regularity(first, second)
    assert k.low < 1 < k.high
    assert k.high - k.low < 0.1


@pytest.mark.nightly
@pytest.mark.parametrize("days", [2, 5, 30])
def test_five_in_a_hundred_poisson_shops_fall_outside_the_interval(days):
    rng = np.random.default_rng(days)
    found = [regularity(*pairs(rng, 400, 1.0, days)) for _ in range(150)]
    outside = np.mean([not k.low <= 1 <= k.high for k in found])
    assert 0.0 < outside < 0.12  # 4 standard errors


def test_gaps_all_alike_are_as_regular_as_can_be():
    k = regularity(np.full(100, 30), np.full(100, 30))
    assert (k.value, k.low, k.high) == (np.inf, np.inf, np.inf)


def test_the_interval_may_have_no_upper_end():
    first = np.append(np.full(11, 30), 1)
    k = regularity(first, np.full(12, 30))
    assert 0 < k.low < k.value < k.high == np.inf


def test_gaps_of_one_day_tell_nothing():
    assert np.isnan(regularity(np.ones(50, np.int64), np.ones(50, np.int64)).value)


@pytest.mark.parametrize(
    ("shape", "holds", "words"),
    [(1.0, {"yes"}, "look like a Poisson"), (3.0, {"no"}, "regular"), (0.5, {"doubtful"}, "clumps")],
)
def test_shops_with_gaps_of_a_shape(shape, holds, words):
    history = Shop(shape=shape, gap=5 / 7, weeks=26, size=800).log(np.random.default_rng(3))
    if shape == 1.0:
        history = Shop(size=800).log(np.random.default_rng(3))
    found = irregular(history, Terms(history, "W", "bg-nbd"))
    assert found.holds in holds
    assert words in found.finding


@pytest.mark.parametrize(
    ("model", "holds", "words"),
    [
        ("bg-nbd", "no", 'Hint: model="mbg-cnbd", a law of regular gaps'),
        ("mbg-cnbd-1", "no", 'Hint: model="mbg-cnbd", a law of regular gaps'),
        ("mbg-cnbd", "yes", "as MBG/CNBD-k assumes"),
        ("bg-cnbd-2", "yes", "as BG/CNBD-2 assumes"),
    ],
)
def test_regular_buyers_are_led_to_a_law_that_knows_them(model, holds, words):
    history = Shop(shape=3.0, gap=5 / 7, weeks=26, size=800).log(np.random.default_rng(3))
    found = irregular(history, Terms(history, "W", model))
    assert found.holds == holds
    assert words in found.finding
