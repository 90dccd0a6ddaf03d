"""Pictures of contracts: their numbers, and what they refuse."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
from rfm import DataError

COHORTS = pd.DataFrame(
    {"cohort": ["a", "a", "b"], "period": [1, 2, 1], "at_risk": [90, 70, 80], "lost": [20, 7, 16]}
)


def test_retention_and_survival_by_cohort():
    kept = clv.plot.retention_data(COHORTS)
    assert kept["value"].tolist() == pytest.approx([7 / 9, 0.9, 0.8])
    assert kept["customers"].tolist() == [90, 90, 80]
    left = clv.plot.retention_data(COHORTS, "survival")
    assert left["value"].tolist() == pytest.approx([7 / 9, 0.7, 0.8])
    groups = pd.concat([COHORTS.assign(plan="x"), COHORTS.assign(plan="y")])
    assert clv.plot.retention_data(groups)["at_risk"].tolist() == [180, 140, 160]


def test_cohorts_are_rows_with_their_sizes():
    dated = COHORTS.assign(cohort=pd.to_datetime(["2024-01-01", "2024-01-01", "2024-02-01"]))
    ax = clv.plot.retention(dated)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["2024-01 · 90", "2024-02 · 80"]
    assert {text.get_text() for text in ax.texts} >= {"78%", "90%", "80%"}


def test_a_projection_shows_what_happened_and_each_law():
    left = [1000, 869, 743, 653, 593, 551, 517]
    rows = {"cohort": "a", "period": range(1, 7), "at_risk": left[:-1], "lost": -np.diff(left)}
    projected = clv.fit_retention(pd.DataFrame(rows)).backtest(4)
    ax = clv.plot.retention_projection(projected)
    names = {text.get_text() for text in ax.texts}
    assert {"sbg", "bdw", "happened", "projected →"} <= names
    line = max(ax.lines, key=lambda each: each.get_marker() == "o")
    assert line.get_ydata() == pytest.approx(np.array(left) / 1000)


def test_groups_and_contradictions_are_refused():
    projected = pd.DataFrame(
        {
            "law": "sbg",
            "period": [1, 1],
            "holdout": True,
            "happened": 0.5,
            "predicted": 0.5,
            "low": 0.4,
            "high": 0.6,
        }
    )
    with pytest.raises(DataError, match=r"a period of a law more than once. Hint: one group at a time"):
        clv.plot.retention_projection(projected)
    with pytest.raises(DataError, match="Column 'lost' must not exceed 'at_risk'"):
        clv.plot.retention(COHORTS.assign(lost=99))
