"""Rates of one period against those of an earlier one: which periods compare, and the tests, compared with scipy's."""

from __future__ import annotations

import numpy as np
import pytest
from scipy import stats

from rfm._dynamics.rate_changes import changes, last_alike

# Customers by segment at the start (rows) and at the end (columns) of a period
FIRST = np.array([[60, 40], [30, 70]])
SECOND = np.array([[80, 40], [25, 25]])


@pytest.mark.parametrize(
    ("lengths", "against"),
    [
        ([90, 91, 92, 92], [0, 1, 2]),  # quarters compare
        ([31, 30, 31, 30], [-1, 0, 1]),  # months of 30 and 31 days do not
        ([197, 200], [0]),  # a difference of 1.5% of the longer still does
        ([196, 200], [-1]),
        ([200, 197], [0]),
        ([30, 30, 28, 30], [0, -1, 1]),  # the latest of the alike, not the first
        ([28], []),
    ],
)
def test_a_period_compares_with_the_latest_before_it_that_is_as_long(lengths, against):
    assert last_alike(np.array(lengths)).tolist() == against


def test_every_segment_is_tested_as_scipy_tests_it():
    found = changes(np.stack([FIRST, SECOND]), np.array([30, 30]))
    columns = found.by_segment()
    known = [
        stats.chi2_contingency(np.stack([a, b]), correction=False) for a, b in zip(FIRST, SECOND, strict=True)
    ]
    assert columns["chi2"] == pytest.approx([test.statistic for test in known])
    assert columns["df"].tolist() == [1, 1]
    assert columns["p_value"] == pytest.approx([test.pvalue for test in known])
    larger, smaller = max(columns["p_value"]), min(columns["p_value"])
    assert sorted(columns["p_holm"]) == pytest.approx(sorted([min(2 * smaller, 1), max(2 * smaller, larger)]))
    # Cramér's V of a table with two rows: √(chi²/n), n the customers of either period
    assert columns["cramers_v"] == pytest.approx(
        [np.sqrt(test.statistic / n) for test, n in zip(known, (220, 150), strict=True)]
    )
    assert columns["cramers_v"] == pytest.approx(
        [
            stats.contingency.association(np.stack([a, b]), method="cramer")
            for a, b in zip(FIRST, SECOND, strict=True)
        ]
    )


def test_the_statistics_of_segments_add_up_to_the_periods():
    found = changes(np.stack([FIRST, SECOND, FIRST]), np.array([30, 30, 30]))
    columns = found.overall()
    chi2 = sum(
        stats.chi2_contingency(np.stack([a, b]), correction=False).statistic
        for a, b in zip(FIRST, SECOND, strict=True)
    )
    p = stats.chi2.sf(chi2, 2)
    assert columns["chi2"] == pytest.approx([chi2, chi2])
    assert columns["df"].tolist() == [2, 2]
    assert columns["p_value"] == pytest.approx([p, p])
    assert columns["p_holm"] == pytest.approx([2 * p, 2 * p])
    assert columns["cramers_v"] == pytest.approx(np.sqrt(np.array([chi2, chi2]) / 370))
    assert found.against.tolist() == [0, 1]


def test_without_an_earlier_period_as_long_nothing_is_tested():
    columns = changes(np.stack([FIRST, SECOND]), np.array([28, 31])).overall()
    assert columns["df"].tolist() == [0]
    assert all(np.isnan(columns[name]).all() for name in ("chi2", "p_value", "p_holm", "cramers_v"))


def test_a_segment_that_cannot_be_tested_counts_for_nobody():
    nobody_left = np.array([[60, 40], [0, 0]])
    found = changes(np.stack([nobody_left, SECOND]), np.array([30, 30]))
    known = stats.chi2_contingency(np.stack([FIRST[0], SECOND[0]]), correction=False)
    assert found.customers.tolist() == [[220, 0]]
    assert found.overall()["cramers_v"] == pytest.approx([np.sqrt(known.statistic / 220)])
    assert np.isnan(found.by_segment()["cramers_v"]).tolist() == [False, True]


def test_moves_too_rare_to_be_tested_alone_are_counted():
    first = np.array([[100, 3, 2], [50, 50, 0], [0, 50, 50]])
    second = np.array([[100, 4, 3], [50, 50, 0], [0, 50, 50]])
    found = changes(np.stack([first, second]), np.array([30, 30]))
    assert found.pooled.tolist() == [[2, 0, 0]]
    assert found.overall()["pooled"].tolist() == [2]
    assert found.by_segment()["pooled"].tolist() == [2, 0, 0]
    assert found.df.tolist() == [[1, 1, 1]]
