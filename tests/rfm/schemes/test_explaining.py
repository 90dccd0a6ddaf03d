"""Why a rule took a customer: the parts that fail, with their values, and no others."""

from __future__ import annotations

import pandas as pd
import pytest

from rfm._rules import Rule
from rfm._schemes.explaining import explain
from rfm.errors import RuleError, SchemeError

RULED = [
    ("best", Rule("R >= 4 and (F >= 4 or M == 5)")),
    ("lost", Rule("R == 1")),
    ("abroad", Rule("country != 'NL' and R <= 3")),
]


def asked(row, default="rest"):
    return explain(RULED, default, row, "mine", 5)


def test_the_first_rule_that_holds_takes_the_customer():
    found = asked({"R": 5, "F": 1, "M": 5, "country": "NL"})
    assert (found.segment, len(found.reasons)) == ("best", 1)
    assert str(found) == "best: yes, R >= 4 and (F >= 4 or M == 5)"


def test_of_the_rules_before_it_the_parts_that_fail_are_said():
    found = asked({"R": 3, "F": 2, "M": 4, "country": "BE"})
    assert found.segment == "abroad"
    assert [reason.holds for reason in found.reasons] == [False, False, True]
    assert found.reasons[0].because == (
        "R >= 4 is false (R = 3)",
        "F >= 4 is false (F = 2)",
        "M == 5 is false (M = 4)",
    )
    assert str(found).splitlines()[1] == "lost: no, R == 1 is false (R = 3)"
    high = asked({"R": 4, "F": 2, "M": 4, "country": "BE"})
    assert high.reasons[0].because == ("F >= 4 is false (F = 2)", "M == 5 is false (M = 4)")


def test_whom_no_rule_takes_is_the_default_or_nothing():
    row = pd.Series({"R": 3, "F": 2, "M": 4, "country": "NL"})
    assert str(asked(row)).splitlines()[-1] == "rest: the default"
    assert asked(row, None).segment is None
    assert str(asked(row, None)).splitlines()[-1] == "no segment"


def test_what_is_missing_is_said():
    found = asked({"R": 3, "F": 2, "M": 4, "country": None})
    assert found.reasons[2].because[0].endswith("is false (country is missing)")


@pytest.mark.parametrize(("rows", "said"), [(0, "no row"), (2, "several rows")])
def test_a_table_has_one_customer(rows, said):
    one = pd.DataFrame({"R": [5], "F": [5], "M": [5], "country": ["NL"]})
    assert asked(one).segment == "best"
    with pytest.raises(SchemeError, match=f"explain takes one customer; got {said}"):
        asked(pd.concat([one] * 2).head(rows))


def test_a_score_of_another_scale_and_a_column_that_is_not_there_are_refused():
    with pytest.raises(SchemeError, match="Scheme 'mine' is for scores from 1 to 5; these run to 7"):
        asked({"R": 7, "F": 1, "M": 1, "country": "NL"})
    with pytest.raises(RuleError, match="country"):
        asked({"R": 3, "F": 1, "M": 1})
