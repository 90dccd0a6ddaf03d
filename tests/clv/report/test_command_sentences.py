"""Sentences on the number of active customers, and cautions."""

from __future__ import annotations

import dataclasses
from datetime import date
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._checks.finding import Estimate, Finding
from clv._report.cautions import Caution
from clv._report.command_sentences import (
    alive_sentence,
    backtest_sentence,
    caution_lines,
    objection_lines,
)
from clv._report.findings import Findings
from rfm._schemes.scheme import Scheme


@pytest.fixture(scope="module")
def faithful():
    """A shop that nobody leaves: 300 customers of gamma rates, over two years."""
    rng = np.random.default_rng(0)
    first = rng.integers(0, 200, 300)
    repeats = rng.poisson(rng.gamma(2.0, 0.01, 300) * (700 - first))
    who = np.repeat(np.arange(300), repeats)
    later = first[who] + 1 + np.floor(rng.random(len(who)) * (700 - first[who]))
    day = np.concatenate([first, later]).astype(int)
    return pd.DataFrame(
        {
            "customer_id": np.concatenate([np.arange(300), who]),
            "date": pd.Timestamp("2023-01-01") + pd.to_timedelta(day, unit="D"),
            "amount": np.round(rng.gamma(4.0, 5.0, len(day)) + 0.01, 2),
        }
    )


def findings(log, model):
    """What the sentences read, without the long way of `find`."""
    fitted = clv.fit(log, model)
    table = clv.customer_table(log, model=fitted)
    return Findings(
        tx=rfm.Transactions(log),
        as_of=date(2024, 12, 31),
        rows=len(log),
        horizon="52W",
        discount_rate=0.1,
        model=fitted,
        table=table,
        segments=clv.segment_value(table),
        scheme=Scheme.load("classic"),
        total=pd.Series(dtype=float),
        cautions=tuple(Caution("law", text) for text in fitted.purchases.warnings),
        checks=(),
        moved=None,
        backtest=None,
    )


@pytest.mark.filterwarnings("ignore::clv.FitWarning")  # each fit warns that it diverges
@pytest.mark.parametrize("model", ["bg-nbd", "pareto-nbd"])
def test_a_fit_to_nobody_leaves_is_not_sold_as_everybody_staying(faithful, model):
    found = findings(faithful, model)
    assert found.nobody_leaves
    result = alive_sentence(found)
    assert result.startswith(f"Under the fitted law no customer leaves: {model} gives all P(alive) = 100%")
    assert "300" not in result
    assert set(found.model.purchases.warnings) <= set(caution_lines(found))


@pytest.mark.parametrize("model", ["bg-nbd", "mbg-nbd"])
def test_who_is_doubted_and_who_cannot_be(model):
    found = findings(rfm.datasets.cdnow_sample(), model)
    once = int((found.table["frequency"] == 1).sum())
    assert not found.nobody_leaves
    assert found.undoubted == (once if model == "bg-nbd" else 0)
    assert (f"the {once:,} who bought once have P(alive) = 100%" in alive_sentence(found)) == (
        model == "bg-nbd"
    )


def test_the_living_are_the_sum_of_their_chances():
    law = SimpleNamespace(purchases=SimpleNamespace(law=clv.BGNBD(0.243, 4.414, 0.793, 2.426)))
    table = pd.DataFrame({"frequency": [1, 2, 3, 4, 5], "p_alive": [1.0, 0.9, 0.8, 0.7, 0.7]})
    known = SimpleNamespace(
        nobody_leaves=False, undoubted=0, table=table, repeat_buyers=table.iloc[1:], model=law
    )
    assert alive_sentence(known) == "About 4 of 5 are still customers."
    known.undoubted = 1
    assert alive_sentence(known).startswith("Of the 4 repeat buyers, about 3 are still customers; the 1 who")


def test_checks_that_do_not_hold_are_said_and_others_are_not():
    found = findings(rfm.datasets.cdnow_sample(), "bg-nbd")
    lines = (("a", "no", "x."), ("b", "doubtful", "y."), ("c", "unknown", "z."))
    checks = tuple(Finding(name, holds, "", Estimate(0.0), result, 1) for name, holds, result in lines)
    found = dataclasses.replace(
        found, cautions=(Caution("total", "w."), Caution("moved", "m.")), checks=checks
    )
    assert caution_lines(found) == ["w."]
    assert objection_lines(found) == ["a? No. x.", "b? Doubtful. y."]
    assert backtest_sentence(found) == ""


def test_the_backtest_is_told_with_its_numbers():
    line = {
        "origin": date(2024, 9, 30),
        "model": "bg-nbd",
        "predicted": 1234.4,
        "happened": 1300.0,
        "bias": -0.0502,
    }
    assert backtest_sentence(SimpleNamespace(tested=line)) == (
        "Fitted to the log until 2024-09-30, bg-nbd predicted 1,234 purchases where 1,300 happened (-5.0%)."
    )
