"""Cut points learned from customers, by hand; also behind an engine with many distinct values."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import pandas as pd
import polars as pl
import pytest

from rfm._scores import value_counts
from rfm._scores.learning import Metric, learn
from rfm.errors import DataWarning, ScoringError


@pytest.fixture(params=["in memory", "few values at a time"])
def frame(request, monkeypatch):
    """A hundred customers, whose frequency is 1 to 100."""
    table = pl.DataFrame({"frequency": range(1, 101)})
    if request.param == "in memory":
        return nw.from_native(table)
    monkeypatch.setattr(value_counts, "MOST", 16)
    return nw.from_native(table.lazy())


def test_of_a_hundred_each_fifth_is_twenty(frame):
    ruler, customers = learn(frame, Metric("F", "frequency", "high", 5))
    assert ruler.cuts == (20, 40, 60, 80)
    assert customers == (20, 20, 20, 20, 20)


def test_low_is_best_for_recency(frame):
    ruler, customers = learn(frame, Metric("age", "frequency", "low", 4))
    assert ruler.cuts == (76, 51, 26)
    assert customers == (25, 25, 25, 25)


def test_cut_points_that_are_given_divide_where_they_say(frame):
    ruler, customers = learn(frame, Metric("F", "frequency", "high", 4, (3, 37, 98.5)))
    assert ruler.cuts == (3, 37, 98.5)
    assert customers == (3, 34, 61, 2)


def one_column(*values):
    return nw.from_native(pd.DataFrame({"frequency": pd.array(values, dtype="float64")}))


def test_fewer_values_than_scores_are_a_warning_with_the_shares():
    found = (
        r"^F: frequency has 2 distinct values for 3 scores; customers by score: 1 \(75\.0%\), 3 \(25\.0%\)\. "
        r"Hint: use fewer bins, or your own edges=\{'F': \[…\]\}\.$"
    )
    with pytest.warns(DataWarning, match=found):
        ruler, customers = learn(one_column(1, 1, 1, 2), Metric("F", "frequency", "high", 3))
    assert ruler.cuts == (1, 1)
    assert customers == (3, 0, 1)


def test_as_many_values_as_scores_and_cut_points_of_ones_own_warn_of_nothing():
    assert learn(one_column(1, 2, 3), Metric("F", "frequency", "high", 3))[1] == (1, 1, 1)
    assert learn(one_column(1, 1), Metric("F", "frequency", "high", 3, (1, 2)))[1] == (2, 0, 0)


@pytest.mark.parametrize(("best", "score", "customers"), [("high", 1, (2, 0, 0)), ("low", 3, (0, 0, 2))])
def test_one_value_is_beaten_by_nobody_and_beats_nobody(best, score, customers):
    text = f"^F: all customers have the same frequency, so every customer scores {score}"
    with pytest.warns(DataWarning, match=text):
        assert learn(one_column(7, 7), Metric("F", "frequency", best, 3))[1] == customers


def test_nobody_bought_is_an_error_but_an_extra_column_may_be_missing():
    with pytest.raises(ScoringError, match=r"^No customer in this summary has bought\. Hint: check as_of"):
        learn(one_column(), Metric("F", "frequency", "high", 3))
    with pytest.warns(DataWarning, match="^nps: frequency is missing for every customer"):
        assert learn(one_column(), Metric("nps", "frequency", "high", 3))[1] == (0, 0, 0)
