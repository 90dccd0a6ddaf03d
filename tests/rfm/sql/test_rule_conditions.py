"""Rules as conditions of SQL hold for the rows for which they hold in Python."""

from __future__ import annotations

import itertools
import sqlite3

import pytest

import rfm
from rfm._sql.rule_conditions import condition_of

pytest.importorskip("sqlglot")

KINDS = {"R": "a number", "F": "a number", "monetary": "a number", "rfm": "text"}
ROWS = [
    {"R": R, "F": F, "monetary": monetary, "rfm": f"{R}{F}1"}
    for R, F, monetary in itertools.product((1, 3, 5), (0, 2), (-1.5, 0.0, 12.25))
]
RULES = [
    "R >= 3 and F < 2 or monetary == 12.25",
    "R >= 3 and (F < 2 or monetary == 12.25)",
    "not (R == 1 or F == 2)",
    "R in (1, 5) and F not in (2,)",
    "rfm == '301' or rfm in ('521', '121')",
    'rfm != "1\'21"',
    "monetary / F > 1",
    "not monetary / F > 1",
    "monetary * 2 - R > -4",
    "1 < R <= 3",
    "monetary > -1",
]


@pytest.mark.parametrize("written", RULES)
def test_the_same_rows(written):
    rule = rfm.Rule(written)
    condition = condition_of(rule, KINDS).sql(dialect="sqlite")
    shop = sqlite3.connect(":memory:")
    shop.execute("create table scored (R, F, monetary, rfm)")
    shop.executemany("insert into scored values (:R, :F, :monetary, :rfm)", ROWS)
    found = shop.execute(f"select ({condition}) from scored order by rowid").fetchall()
    assert [bool(holds) for (holds,) in found] == [rule.holds(row) for row in ROWS]


def test_other_columns_and_unlike_things_are_refused():
    with pytest.raises(rfm.RuleError, match="no column 'city'"):
        condition_of(rfm.Rule("city == 'Taipei'"), KINDS)
    with pytest.raises(rfm.RuleError, match="compares text with a number"):
        condition_of(rfm.Rule("rfm > 3"), KINDS)
    with pytest.raises(rfm.RuleError, match="is no yes/no column"):
        condition_of(rfm.Rule("R"), KINDS)
