"""What a migration's numbers assume: said where it matters, and not elsewhere."""

from __future__ import annotations

import numpy as np
import pytest

from rfm._dynamics.migration_notes import ASSUMPTION, notes
from rfm._dynamics.rate_changes import changes

EVERYWHERE = np.array([[60, 30, 10], [20, 60, 20], [10, 30, 60]])
NAMES = ("good", "fair", "lost")


def said(periods, days):
    """The notes on customers by segment at the start and at the end of each period, of so many days."""
    counts = np.array(periods)
    dates = np.concatenate([[0], np.cumsum(days)])
    of_all = counts.sum(axis=0)
    rates = np.where(
        of_all.sum(axis=1, keepdims=True) > 0,
        of_all / np.maximum(of_all.sum(axis=1, keepdims=True), 1),
        np.eye(3),
    )
    with_newcomers = np.concatenate([counts, np.zeros_like(counts[:, :1])], axis=1)
    return notes(dates, with_newcomers, rates, NAMES, changes(counts, np.array(days)))


def test_where_all_segments_exchange_customers_there_is_the_assumption_alone():
    assert said([EVERYWHERE, EVERYWHERE], [30, 30]) == (ASSUMPTION,)


@pytest.mark.parametrize(
    ("moves", "words"),
    [
        ([[50, 0, 50], [0, 50, 50], [0, 0, 100]], "No customer was seen to leave 'lost' for other segments"),
        (
            [[50, 50, 0], [50, 50, 0], [10, 0, 90]],
            "No customer was seen to leave 'good', 'fair' for other segments",
        ),
        (
            [[100, 0, 0], [50, 0, 50], [0, 0, 100]],
            "No customer was seen to leave any of these groups: 'good'; 'lost'. The long run depends on",
        ),
    ],
)
def test_segments_that_nobody_leaves(moves, words):
    [_, trap] = said([moves, moves], [30, 30])
    assert trap.startswith(words)


def test_segments_in_which_nobody_began():
    [_, _, fresh] = said([[[60, 20, 20], [0, 0, 0], [50, 20, 30]]] * 2, [30, 30])
    assert fresh == "No customer began a period in 'fair': the long run takes them to stay there."


@pytest.mark.parametrize(("days", "uneven"), [([28, 35], False), ([28, 36], True), ([36, 28], True)])
def test_dates_as_uneven_as_months_are_not_worth_a_word(days, uneven):
    found = said([EVERYWHERE, EVERYWHERE], days)
    assert any("The dates lie 28 to 36 days apart" in note for note in found) is uneven


def test_tests_with_rare_moves_are_counted_among_the_tests_that_were_made():
    few = np.array([[60, 3, 2], [20, 60, 20], [10, 30, 60]])
    [_, _, rare] = said([few, few, few], [30, 30, 60])  # nothing is as long as the last period
    assert rare.startswith("In 1 of 3 tests of change some moves were too rare to be tested alone")
    assert not any("too rare" in note for note in said([few, few], [30, 60]))
