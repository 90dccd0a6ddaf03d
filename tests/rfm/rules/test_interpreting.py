"""One row, one rule: what holds, the effect of missing values, and kinds that cannot be compared."""

from __future__ import annotations

from decimal import Decimal

import numpy as np
import pandas as pd
import pytest

from rfm import RuleError
from rfm._rules import Rule

ROW = {
    "R": 4, "F": 2.5, "M": np.int64(5), "nps": None, "country": "TW", "vip": True, "staff": np.False_,
    "gone": float("nan"), "money": Decimal("12.50"), "unknown": pd.NA, "never": pd.NaT, "zero": 0,
}  # fmt: skip


@pytest.mark.parametrize(
    "text",
    [
        "R >= 4",
        "R == 4.0",
        "F + M == 7.5",
        "(F + M) / 2 == 3.75",
        "2 < F < R < M",
        "country == 'TW'",
        "country < 'US'",
        "country in ('TW', 'HK')",
        "country not in ('US',)",
        "country not in ()",
        "R in (1, 4)",
        "F in (2.5, 9)",
        "money == 12.5",
        "vip and not staff",
        "vip == True",
        "staff != True",
        "R < 4 or M > 4",
        "not (R < 4)",
        "-R == -4",
    ],
)
def test_what_holds(text):
    assert Rule(text).holds(ROW)
    assert not Rule(f"not ({text})").holds(ROW)


@pytest.mark.parametrize("column", ["nps", "gone", "unknown", "never"])
@pytest.mark.parametrize(
    "text",
    ["{} > 1", "{} < 1", "{} == 1", "{} != 1", "{} in (1, 2)", "{} not in (1, 2)", "{} not in ()", "{} == {}",
     "{} + R > 0", "R - {} != 0", "R / {} < 9", "-{} < 1"],
)  # fmt: skip
def test_a_comparison_with_a_missing_value_is_false_and_its_not_is_true(column, text):
    text = text.format(column, column)
    assert not Rule(text).holds(ROW)
    assert Rule(f"not ({text})").holds(ROW)


def test_a_missing_value_counts_as_no():
    assert not Rule("nps").holds(ROW)
    assert Rule("not nps").holds(ROW)


def test_division_by_zero_is_missing():
    assert not Rule("R / zero > 0").holds(ROW)
    assert not Rule("R / zero <= 0").holds(ROW)
    assert not Rule("zero / zero == zero / zero").holds(ROW)
    assert not Rule("R / (F - 2.5) != 1").holds(ROW)


def test_infinity_less_infinity_is_missing():
    row = {"x": 1e308}
    assert Rule("x * 10 > 1").holds(row)
    assert not Rule("x * 10 - x * 10 == 0").holds(row)
    assert not Rule("x * 10 - x * 10 != 0").holds(row)


def test_whole_numbers_compare_as_such():
    row = {"id": 2**60 + 1, "other": 2**60}
    assert not Rule("id == other").holds(row)
    assert Rule("id > other").holds(row)


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("country > 4", "This compares text with a number."),
        ("R == 'x'", "This compares a number with text."),
        ("vip > 1", "This compares yes/no with a number."),
        ("R", "This compares a number with yes/no."),
        ("country + 1 > 1", "This compares text with a number."),
        ("R in ('a', 'b')", "This compares a number with text."),
        ("country in (1, 2)", "This compares text with a number."),
    ],
)
def test_kinds_that_do_not_go_together(text, fact):
    with pytest.raises(RuleError, match=f"^{fact}"):
        Rule(text).holds(ROW)


def test_a_missing_column_is_named_with_those_that_are_there():
    with pytest.raises(
        RuleError, match=r"No column 'nqs'.\n  R > 1 and nqs > 1\n            \^\nHint: The row has: R, F"
    ):
        Rule("R > 1 and nqs > 1").holds(ROW)


def test_a_value_that_no_rule_reads():
    with pytest.raises(RuleError, match="when holds Timestamp, which rules cannot read"):
        Rule("when > 1").holds({"when": pd.Timestamp("2024-01-01")})
