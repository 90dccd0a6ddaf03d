"""Cohorts as lines: colours in order, dashes where the log ends, and names beside."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgb

import rfm
from rfm.plot._cohort_lines import cohort_colors


def table(cohorts: int, periods: int) -> pd.DataFrame:
    starts = pd.date_range("2020-01-01", periods=periods, freq="MS")
    rows = [
        (starts[c], p - c, 40 - c, 10.0 * (c + 1) + p, p < periods - 1)
        for c in range(cohorts)
        for p in range(c, periods)
    ]
    return pd.DataFrame(rows, columns=["cohort", "age", "customers", "spend_per_customer", "complete"])


def names(ax) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text()[:2] == "20"]


def luminance(colour: str) -> float:
    return float(np.dot(to_rgb(colour), [0.2126, 0.7152, 0.0722]))


@pytest.mark.parametrize("number", [1, 2, 7, 60])
def test_colours_are_lighter_from_the_oldest_to_the_youngest(number):
    days = pd.date_range("2020-01-01", periods=number, freq="MS")
    colours = cohort_colors(days[::-1])
    assert list(colours) == list(days)
    light = [luminance(colour) for colour in colours.values()]
    assert light == sorted(light)
    assert len(set(colours.values())) == number
    assert 0.2 < light[0] <= light[-1] < 0.75  # seen on black and on white


def test_the_last_stretch_is_dashed_where_the_log_ends():
    ax = rfm.plot.spend_to_date(table(1, 4))
    solid, dashed = (line.get_xydata() for line in ax.lines[:2])
    assert solid[~np.isnan(solid[:, 1]), 0].tolist() == [0, 1, 2]
    assert dashed[~np.isnan(dashed[:, 1]), 0].tolist() == [2, 3]


def test_a_cohort_of_one_period_is_a_point():
    ax = rfm.plot.spend_to_date(table(3, 3))
    assert [line.get_marker() for line in ax.lines if line.get_xdata().tolist() == [0.0]] == ["o"]


def test_few_cohorts_are_named_near_their_lines_and_many_in_order():
    assert names(rfm.plot.spend_to_date(table(3, 6))) == ["2020-01", "2020-02", "2020-03"]
    ax = rfm.plot.spend_to_date(table(40, 40))
    assert names(ax) == sorted(names(ax))
    assert len(names(ax)) == 12
    assert (names(ax)[0], names(ax)[-1]) == ("2020-01", "2023-04")
    heights = [text.xy[1] for text in ax.texts if text.get_text()[:2] == "20"]
    assert heights == sorted(heights, reverse=True)


def test_small_cohorts_are_faint_and_the_note_says_so():
    ax = rfm.plot.spend_to_date(table(12, 14))  # of 40, 39, … 29 customers
    by_cohort = {line.get_color(): line.get_alpha() for line in ax.lines if len(line.get_xdata()) > 1}
    assert list(by_cohort.values()) == [1.0] * 11 + [0.4]
    text = "Dashed: the log does not cover the whole period. Faint: cohorts of fewer than 30 customers"
    assert text in {each.get_text() for each in ax.texts}
    one = rfm.plot.spend_to_date(table(1, 3).assign(complete=True))
    assert not [each for each in one.texts if each.get_text()[:5] in ("Dashe", "Faint")]
