"""The scoring rule, compared with its definition."""

from __future__ import annotations

import math
from fractions import Fraction

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm._scores.cut_points import CutPoints, counts, cut_points, even_shares, ranks

values = st.lists(st.integers(-5, 30), min_size=1, max_size=60)
bins = st.integers(3, 10)
best = st.sampled_from(["low", "high"])


def in_words(metric: list[int], bins: int, best: str) -> dict[int, int]:
    """The law as it is written: a score for each value, by sorting and counting."""
    worst_first = sorted(metric, reverse=best == "low")
    levels = list(dict.fromkeys(worst_first))
    if len(levels) == 1:  # nobody beats anybody: less is best of a span of time, more of the others
        return {levels[0]: bins if best == "low" else 1}
    cuts = [worst_first[math.ceil(k * len(metric) / bins) - 1] for k in range(1, bins)]
    cuts = [levels[-2] if cut == levels[-1] else cut for cut in cuts]
    return {value: 1 + sum(levels.index(value) > levels.index(cut) for cut in cuts) for value in levels}


def learned(metric: list[int], bins: int, best: str) -> tuple[CutPoints, dict[int, int]]:
    found, customers = np.unique(metric, return_counts=True)
    ruler = CutPoints("F", "x", best, bins, cut_points(found, customers, bins, best))
    frame = nw.from_native(pd.DataFrame({"x": metric}), eager_only=True)
    scores = frame.with_columns(score=ruler.score())["score"].to_list()
    by_value = dict(zip(metric, scores, strict=True))
    assert scores == [by_value[value] for value in metric]  # equal values, equal scores
    return ruler, by_value


@given(values, bins, best)
def test_scores_are_the_law(metric, bins, best):
    assert learned(metric, bins, best)[1] == in_words(metric, bins, best)


@given(values, bins, best)
def test_the_best_value_scores_highest_and_better_never_scores_less(metric, bins, best):
    _, scores = learned(metric, bins, best)
    worst_first = sorted(scores, reverse=best == "low")
    in_order = [scores[value] for value in worst_first]
    assert in_order == sorted(in_order)
    if len(scores) > 1:
        assert (in_order[0], in_order[-1]) == (1, bins)
    else:
        assert in_order == [bins if best == "low" else 1]


@given(values, bins, best, st.randoms())
def test_neither_the_order_nor_the_direction_of_rows_matters(metric, bins, best, random):
    ruler, scores = learned(metric, bins, best)
    shuffled = random.sample(metric, len(metric))
    assert learned(shuffled, bins, best) == (ruler, scores)
    other = "low" if best == "high" else "high"
    if len(scores) == 1:
        return
    mirrored = learned([-value for value in metric], bins, other)[1]
    assert mirrored == {-value: score for value, score in scores.items()}


@given(values, bins, best)
def test_every_cut_was_observed_and_cuts_rise_from_worst_to_best(metric, bins, best):
    ruler, _ = learned(metric, bins, best)
    next_above = {metric[0] + 1} if best == "low" and len(set(metric)) == 1 else set()
    assert set(ruler.cuts) <= set(metric) | next_above
    assert list(ruler.cuts) == sorted(ruler.cuts, reverse=best == "low")
    assert len(ruler.cuts) == bins - 1


@given(st.integers(1, 5), st.integers(1, 60), st.integers(0, 59), bins, st.integers(1, 9))
def test_one_who_returns_moves_nobody_else(orders, n, who, bins, more):
    """All have as many orders; after one returns, the others' scores are what they were, learned anew or not."""
    before = [orders] * n
    ruler, scores = learned(before, bins, "high")
    assert scores == {orders: 1}
    after = [orders + more if i == who % n else orders for i in range(n)]
    again, later = learned(after, bins, "high")
    if n > 1:
        assert again.cuts == ruler.cuts
        assert later == {orders: 1, orders + more: bins}
    frame = nw.from_native(pd.DataFrame({"x": after}), eager_only=True)
    assert frame.with_columns(score=ruler.score())["score"].to_list() == [
        bins if value > orders else 1 for value in after
    ]


@given(st.integers(0, 400), st.integers(1, 60), bins, st.integers(1, 30))
def test_of_one_last_day_everybody_is_newest(recency, n, bins, later):
    """By the same cut points those who stay away leave the highest score, and those who come keep it."""
    ruler, scores = learned([recency] * n, bins, "low")
    assert scores == {recency: bins}
    frame = nw.from_native(pd.DataFrame({"x": [recency + later, 0]}), eager_only=True)
    assert frame.with_columns(score=ruler.score())["score"].to_list() == [1, bins]


def test_the_next_number_above_one_value_of_floats_is_the_next_float():
    assert cut_points(np.array([2.5]), np.array([4]), 3, "low") == (math.nextafter(2.5, 3),) * 2


shares = st.lists(st.integers(1, 99), min_size=2, max_size=9, unique=True).map(sorted)


@given(values, shares, best)
def test_percentiles_are_the_pn_th_worst(metric, percents, best):
    """Against sorting and counting, with ties; the k-th share of n customers as whole hundredths."""
    found, customers = np.unique(metric, return_counts=True)
    bins, exact = len(percents) + 1, [Fraction(percent, 100) for percent in percents]
    cuts = cut_points(found, customers, bins, best, exact)
    worst_first = sorted(metric, reverse=best == "low")
    if len(found) == 1:
        assert cuts == cut_points(found, customers, bins, best)
        return
    levels = list(dict.fromkeys(worst_first))
    expected = [worst_first[-(-percent * len(metric) // 100) - 1] for percent in percents]
    assert list(cuts) == [levels[-2] if cut == levels[-1] else cut for cut in expected]


@given(values, bins, best)
def test_even_percentiles_are_the_default(metric, bins, best):
    found, customers = np.unique(metric, return_counts=True)
    assert cut_points(found, customers, bins, best, even_shares(bins)) == cut_points(
        found, customers, bins, best
    )


@given(st.integers(1, 8), bins, best)
def test_untied_customers_are_shared_out_evenly(each, bins, best):
    found = np.arange(each * bins)
    customers = np.ones(len(found), dtype=np.int64)
    ruler = CutPoints("F", "x", best, bins, cut_points(found, customers, bins, best))
    assert counts(found, customers, ruler) == (each,) * bins


@given(values, bins, best)
def test_counts_are_those_of_the_scores(metric, bins, best):
    ruler, scores = learned(metric, bins, best)
    found, customers = np.unique(metric, return_counts=True)
    assert counts(found, customers, ruler) == tuple(
        sum(scores[value] == score for value in metric) for score in range(1, bins + 1)
    )


@given(st.integers(1, 10**12), bins)
def test_ranks_are_exact_for_any_number_of_customers(n, bins):
    assert ranks(n, bins) == [-(-k * n // bins) for k in range(1, bins)]
    assert ranks(n, bins, "low") == [n + 1 - rank for rank in ranks(n, bins)]
    assert all(1 <= rank <= n for rank in ranks(n, bins))


@pytest.mark.parametrize(
    ("metric", "bins", "best", "expected"),
    [
        (
            [1, 2, 3, 4, 5, 6, 7, 8, 9, 10],
            5,
            "high",
            {1: 1, 2: 1, 3: 2, 4: 2, 5: 3, 6: 3, 7: 4, 8: 4, 9: 5, 10: 5},
        ),
        ([1] * 97 + [2, 3, 4], 5, "high", {1: 1, 2: 5, 3: 5, 4: 5}),
        ([1] * 3 + [2] * 97, 5, "high", {1: 1, 2: 5}),
        ([7, 7, 7], 5, "low", {7: 5}),
        ([7], 4, "high", {7: 1}),
        ([10, 20], 5, "low", {20: 1, 10: 5}),
    ],
)
def test_worked_examples(metric, bins, best, expected):
    assert learned(metric, bins, best)[1] == expected
