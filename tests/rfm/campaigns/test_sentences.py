"""What a campaign did, as it is printed."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from rfm.campaigns import assign, lift
from rfm.campaigns._sentences import best

HILLSTROM = pd.DataFrame({  # minethatdata.com, 2008
    "arm": ["control", "men's mail"] * 2, "outcome": ["visit"] * 2 + ["spend"] * 2, "n": [21_306, 21_307] * 2,
    "mean": [2_262 / 21_306, 3_894 / 21_307, 13_908.33 / 21_306, 30_311.69 / 21_307],
    "standard_deviation": [math.nan, math.nan, 11.588200, 17.754205],
})  # fmt: skip


def test_shares_are_percent_and_their_differences_points():
    assert repr(lift(HILLSTROM)).split("\n") == [
        "Differences from the control group with 95% intervals",
        "",
        "men's mail: 21,307 customers, and 21,306 in 'control'",
        "  visit  18.28% against 10.62%  +7.66 points  (+7.00 to +8.32)     +72%   p < 0.0001",
        "  spend  1.423 against 0.6528   +0.7698       (+0.4851 to +1.055)  +118%  p < 0.0001",
    ]


def test_what_was_not_found_is_beside_what_would_have_been():
    rng = np.random.default_rng(3)
    table = assign(pd.DataFrame({"customer_id": range(2_000), "segment": ["new", "VIP"] * 1_000}), "a", 0.3)
    found = lift(table, table[["customer_id"]].assign(visit=rng.random(2_000) < 0.1))
    detectable = found.table.loc[found.table["segment"] == "all", "detectable"].iloc[0]
    text = repr(found)
    assert f"; {100 * detectable:.2f} points would have been found in 4 of 5 campaigns" in text
    assert "  In no segment alone is an effect found (Holm's correction)." in text


def test_an_effect_at_another_confidence_is_found_at_that():
    """p = 0.03 is found at 95%, and not at 99%."""
    totals = pd.DataFrame({
        "arm": ["control", "mail"], "outcome": "spend", "n": 1_000, "mean": [10.0, 11.0], "standard_deviation": 10.3,
    })  # fmt: skip
    assert "would have been" not in repr(lift(totals))
    assert "99% intervals" in repr(lift(totals, confidence=0.99))
    assert "would have been found in 4 of 5" in repr(lift(totals, confidence=0.99))


@pytest.mark.parametrize("missing", ["adjusted", "adjusted_low"])
def test_the_plain_difference_stands_where_there_is_no_adjusted_one(missing):
    row = {"difference": 1.0, "low": 0.5, "high": 1.5, "p_value": 0.01, "adjusted": 2.0, "adjusted_low": 1.8,
           "adjusted_high": 2.2, "adjusted_p_value": 0.001}  # fmt: skip
    assert best(row) == (2.0, 1.8, 2.2, 0.001)
    assert best({**row, missing: math.nan}) == (1.0, 0.5, 1.5, 0.01)
