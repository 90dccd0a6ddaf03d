"""Time spent in a segment: spells that end, censored spells, and spells with unknown start."""

from __future__ import annotations

import numpy as np
import pytest

from rfm._dynamics.dwell_time import dwell_columns
from rfm._dynamics.spells import Spells


def spells(*rows: tuple[int, int, int, int, int]) -> Spells:
    """Segment, start, stop, to, customers, over dates ten days apart."""
    segment, start, stop, to, customers = np.array(rows).T
    return Spells(("a", "b"), np.array([0, 10, 20, 30, 40]), segment, start, stop, to, customers)


def test_days_are_counted_from_the_first_date_in_to_the_first_date_out():
    table = dwell_columns(spells((0, 1, 2, 1, 3), (0, 1, 4, 1, 1), (1, 2, 5, -1, 4)), 2)
    assert table["spells"].tolist() == [4, 4]
    assert table["ended"].tolist() == [4, 0]
    assert table["median_days"][0] == 10
    assert table["mean_days"][0] == pytest.approx((3 * 10 + 30) / 4)


def test_spells_that_go_on_count_as_at_least_that_long():
    table = dwell_columns(spells((0, 1, 2, 1, 2), (0, 1, 3, 1, 1), (0, 2, 5, -1, 3)), 2)
    # S(10) = 4/6, S(20) = 4/6 · 3/4 with those three still there at their 20 days: median 20
    assert table["median_days"][0] == 20
    assert table["mean_days"][0] == pytest.approx(10 + 10 * 4 / 6)
    assert table["ended"][0] == 3


def test_a_median_that_is_not_reached_is_missing_and_the_mean_a_lower_bound():
    table = dwell_columns(spells((0, 1, 5, -1, 9), (0, 1, 2, 1, 1)), 2)
    assert np.isnan(table["median_days"][0])
    assert table["mean_days"][0] == pytest.approx(10 + 20 * 0.9)


def test_spells_that_ran_at_the_first_date_are_counted_apart():
    table = dwell_columns(spells((0, 0, 2, 1, 7), (0, 1, 2, 1, 1)), 2)
    assert (table["unknown_start"][0], table["spells"][0]) == (7, 1)
    assert table["mean_days"][0] == 10


def test_a_segment_that_was_just_entered_has_no_time_yet():
    table = dwell_columns(spells((0, 4, 5, -1, 7)), 2)
    assert table["spells"].tolist() == [7, 0]
    assert np.isnan(table["mean_days"]).all()
