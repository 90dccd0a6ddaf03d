"""Experiments of which only totals are known: Hillstrom's e-mail test (2008, minethatdata.com)."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rfm import DataError
from rfm.campaigns import lift

SIZES = {"control": 21_306, "men's mail": 21_307, "women's mail": 21_387}
VISITS = dict(zip(SIZES, (2_262, 3_894, 3_238), strict=True))
CONVERSIONS = dict(zip(SIZES, (122, 267, 189), strict=True))
SPENT = dict(zip(SIZES, (13_908.33, 30_311.69, 23_038.11), strict=True))
DEVIATIONS = dict(zip(SIZES, (11.588200, 17.754205, 15.116106), strict=True))


def totals():
    rows = [
        {"arm": arm, "outcome": outcome, "n": n, "mean": sums[arm] / n,
         "standard_deviation": DEVIATIONS[arm] if outcome == "spend" else np.nan}
        for outcome, sums in (("visit", VISITS), ("conversion", CONVERSIONS), ("spend", SPENT))
        for arm, n in SIZES.items()
    ]  # fmt: skip
    return pd.DataFrame(rows)


def test_hillstroms_numbers():
    table = lift(totals()).table.set_index(["outcome", "arm"])
    visits = table.loc["visit", ["difference", "low", "high"]] * 100
    assert visits.loc["men's mail"].tolist() == pytest.approx([7.659, 6.995, 8.323], abs=5e-4)
    assert visits.loc["women's mail"].tolist() == pytest.approx([4.523, 3.889, 5.157], abs=5e-4)
    spend = table.loc["spend", ["difference", "low", "high"]]
    assert spend.loc["men's mail"].tolist() == pytest.approx([0.7698, 0.4851, 1.0545], abs=5e-5)
    assert spend.loc["women's mail"].tolist() == pytest.approx([0.4244, 0.1690, 0.6799], abs=6e-5)


def test_every_engine_takes_totals(constructor, to_pandas):
    left, right = to_pandas(lift(constructor(totals())).table), lift(totals()).table
    keys = ["outcome", "arm"]
    left, right = (each.sort_values(keys, ignore_index=True) for each in (left, right))
    np.testing.assert_allclose(left["low"].to_numpy(dtype=float), right["low"], rtol=1e-12)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.drop(columns="mean"), "mean"),
        (lambda t: pd.concat([t, t.head(1)]), "The arm 'control' has several rows for 'visit'"),
        (lambda t: t.assign(standard_deviation=[1.0, *[np.nan] * 8]), "Some arms lack the standard_deviation"),
        (lambda t: t.assign(standard_deviation=np.nan), "'spend' has no standard_deviation|no share"),
        (lambda t: t[t["arm"] != "control"], "No customer has the arm 'control'"),
        (lambda t: t.assign(n=-1), "n"),
    ],
)  # fmt: skip
def test_what_is_refused(change, message):
    with pytest.raises(DataError, match=message):
        lift(change(totals()))


@pytest.mark.parametrize(
    "options", [{"covariate": "clv"}, {"start": "2026-01-01"}, {"end": "2026-01-01"}, {"others": [1]}]
)
def test_what_totals_cannot_answer_is_refused(options):
    (name,) = options
    with pytest.raises(DataError, match=f"{name} is about customers, of whom totals say nothing"):
        lift(totals(), **options)


def test_shares_alone_need_no_column_of_numbers(constructor):
    """None in all rows is no number on any engine."""
    shares = totals()[totals()["outcome"] == "visit"]
    found = lift(shares.assign(standard_deviation=None)).table
    pd.testing.assert_frame_equal(found, lift(shares).table)
    with pytest.raises(DataError, match="standard_deviation"):
        lift(constructor(shares.assign(standard_deviation="none")))
