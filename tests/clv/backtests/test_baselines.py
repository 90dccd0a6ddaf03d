"""Baselines, computed by hand."""

from __future__ import annotations

import numpy as np
import pytest

from clv._backtests.baselines import (
    ENOUGH,
    Known,
    active_if_recent,
    past_rate,
    population_mean,
    rfm_cell_mean,
)


def known(**changes):
    n = 3
    given = {
        "x": np.array([0.0, 2.0, 10.0]),
        "t_x": np.array([0.0, 4.0, 20.0]),
        "T": np.array([0.0, 20.0, 20.0]),
        "cells": np.tile([1, 1, 1], (n, 1)),
        "past_cells": np.empty((0, 3), dtype=np.int64),
        "past_purchases": np.empty(0),
        "horizon": 10.0,
    }
    return Known(**{**given, **changes})


def test_past_rate_goes_on():
    assert past_rate(known()).tolist() == [0.0, 1.0, 5.0]


def test_population_mean_is_the_same_for_all():
    assert population_mean(known()) == pytest.approx([3.0, 3.0, 3.0])


def test_who_was_silent_longer_than_the_usual_gap_is_gone():
    # Both gaps are 2 on average, so h = 2: the second customer has been silent for 16.
    assert active_if_recent(known()).tolist() == [0.0, 0.0, 5.0]


def test_nine_in_ten_who_came_back_did_so_within_the_longest_usual_gap():
    """Mean gaps of 1, 2, …, 11: nine tenths of them are at most 10."""
    gaps = np.arange(1.0, 12.0)
    silence = np.where(gaps < 6, 9.9, 10.1)
    shop = known(
        x=np.full(11, 2.0), t_x=2 * gaps, T=2 * gaps + silence, cells=np.ones((11, 3), dtype=np.int64)
    )
    assert (active_if_recent(shop) > 0).tolist() == (silence < 10).tolist()


def test_nobody_bought_again():
    nobody = known(x=np.zeros(3), t_x=np.zeros(3))
    for rule in (past_rate, population_mean, active_if_recent, rfm_cell_mean):
        assert rule(nobody).tolist() == [0.0, 0.0, 0.0]


def test_cells_of_many_speak_for_themselves_and_others_ask_wider():
    past_cells = np.repeat(
        [[5, 5, 5], [5, 5, 1], [5, 1, 1], [1, 1, 1]], [ENOUGH, ENOUGH - 1, ENOUGH - 1, ENOUGH], axis=0
    )
    past = np.repeat([8.0, 4.0, 2.0, 0.0], [ENOUGH, ENOUGH - 1, ENOUGH - 1, ENOUGH])
    now = known(cells=np.array([[5, 5, 5], [5, 5, 1], [5, 1, 1]]), past_cells=past_cells, past_purchases=past)
    two = (8 * ENOUGH + 4 * (ENOUGH - 1)) / (2 * ENOUGH - 1)
    one = (8 * ENOUGH + 6 * (ENOUGH - 1)) / (3 * ENOUGH - 2)
    assert rfm_cell_mean(now) == pytest.approx([8.0, two, one])
    half = known(cells=now.cells, past_cells=past_cells, past_purchases=past, past_scale=0.5)
    assert rfm_cell_mean(half) == pytest.approx([4.0, two / 2, one / 2])
    unknown = known(cells=np.full((3, 3), 4), past_cells=past_cells, past_purchases=past)
    assert rfm_cell_mean(unknown) == pytest.approx(np.full(3, past.mean()))
