"""What the rule language accepts, and how it refuses the rest: a RuleError with a caret, never another error."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm import RuleError
from rfm._rules import Rule
from rfm._rules.parsing import parse
from rfm._rules.syntax import And, Arithmetic, Column, Comparison, Constant, Membership, Not, Or, Span, Yes


def pointed_at(text: str) -> tuple[str, str]:
    """The message's first line, and the rest of the rule from the caret on."""
    with pytest.raises(RuleError) as caught:
        Rule(text)
    fact, line, caret, *_ = str(caught.value).split("\n")
    return fact, line[len(caret) - 1 :]


def test_every_part_knows_its_place():
    assert parse("R >= 4") == Comparison(">=", Column("R", Span(0, 1)), Constant(4, Span(5, 6)), Span(0, 6))


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("R >= 4 and F >= 4 and M >= 4", And),
        ("R == 1 or F == 1", Or),
        ("not R == 1", Not),
        ("(F + M) / 2 >= 4", Comparison),
        ("2 <= R < 4", And),
        ("country in ('TW', 'HK')", Membership),
        ("R not in [1, 2]", Membership),
        ("R in {1, -2.5}", Membership),
        ("is_member", Yes),
        ("segment_days > 90 or country == 'TW'", Or),
        ("-R < -3", Comparison),
        ("國家 == '臺灣'", Comparison),
        ("is_member == True", Comparison),
        ("  R > 1 and\n   F > 2\n", And),
        ("R in ()", Membership),
    ],
)
def test_the_language(text, kind):
    assert isinstance(parse(text), kind)


def test_a_chain_is_its_comparisons():
    chain = Rule("1 < R <= F < 5")
    assert [chain.part(part.span) for part in chain.condition.conditions] == ["1 < R", "R <= F", "F < 5"]


def test_constants_are_worked_out_at_once():
    assert parse("R > 2 * 3 - 1").right.value == 5
    assert isinstance(parse("R + 1 > 2").left, Arithmetic)
    assert parse("R > -0.5").right.value == -0.5


def test_columns_are_those_that_are_read():
    assert Rule("R > 1 and (F + nps) / 2 > 3 or not vip or country in ('x',)").columns == {
        "R", "F", "nps", "vip", "country",
    }  # fmt: skip


@pytest.mark.parametrize("text", ["country in ('x')", 'country in ( "x" )', "(country in('x'))"])
def test_one_value_in_brackets_is_a_list_as_in_sql(text):
    assert [each.value for each in parse(text).options] == ["x"]


@pytest.mark.parametrize(
    ("text", "fact", "at"),
    [
        ("R > 1 and abs(F) > 2", "A call is not part of the rule language.", "abs(F) > 2"),
        (
            "__import__('os').system('x') == 1",
            "A call is not part of the rule language.",
            "__import__('os').system('x') == 1",
        ),
        ("R.real > 1", "An attribute (a dot) is not part of the rule language.", "R.real > 1"),
        ("國家.x > 1", "An attribute (a dot) is not part of the rule language.", "國家.x > 1"),
        (
            "F > 1 and R[0] > 1",
            "An index (square brackets after a name) is not part of the rule language.",
            "R[0] > 1",
        ),
        ("R > 2 ** 999999", "A power (**) is not part of the rule language.", "2 ** 999999"),
        ("R % 2 == 0", "A remainder (%) is not part of the rule language.", "R % 2 == 0"),
        ("R // 2 == 0", "A floor division (//) is not part of the rule language.", "R // 2 == 0"),
        ("R > 1 if F else 2", "if … else is not part of the rule language.", "R > 1 if F else 2"),
        ("lambda: R", "lambda is not part of the rule language.", "lambda: R"),
        ("(x := R) > 1", "An assignment (:=) is not part of the rule language.", "x := R) > 1"),
        ("f'{R}' == 'a'", "An f-string is not part of the rule language.", "f'{R}' == 'a'"),
        ("[x for x in R]", "A comprehension is not part of the rule language.", "[x for x in R]"),
        ("R == None", "None is not part of the rule language.", "None"),
        ("R is 3", "'is' is not part of the rule language.", "3"),
        ("R == 1j", "This kind of constant is not part of the rule language.", "1j"),
        ("R == b'x'", "This kind of constant is not part of the rule language.", "b'x'"),
        ("R == ...", "This kind of constant is not part of the rule language.", "..."),
        ("~R > 1", "A bitwise operator is not part of the rule language.", "~R > 1"),
        ("R & 1 == 1", "A bitwise operator is not part of the rule language.", "R & 1 == 1"),
        ("R == (1, 2)", "A list outside in is not part of the rule language.", "(1, 2)"),
        ("R == {1: 2}", "A list outside in is not part of the rule language.", "{1: 2}"),
        ("(yield R) > 1", "This is not part of the rule language.", "yield R) > 1"),
        ("R @ F > 1", "A bitwise operator is not part of the rule language.", "R @ F > 1"),
        ("R > 4 # note", "A comment is not part of the rule language.", "# note"),
        ("R in F", "A list is expected after in.", "F"),
        ("R in (F)", "A list is expected after in.", "F)"),
        ("(R in 3)", "A list is expected after in.", "3)"),
        ("R in (1, 'a')", "A list holds values of one kind; a number is followed by text.", "'a')"),
        ("R in (1, F)", "A list may hold only constants.", "F)"),
        ("R in (1, *F)", "A star is not part of the rule language.", "*F)"),
        ("R > 1 / 0", "Division by zero.", "0"),
        ("R / (2 - 2) > 1", "Division by zero.", "2 - 2) > 1"),
        ("1 < 2", "This reads no column, so it is the same for every customer.", "1 < 2"),
        ("R > 1 > 0", "This reads no column, so it is the same for every customer.", "1 > 0"),
        ("R > 1e999", "This number is too large.", "1e999"),
        ("R > 1e300 * 1e300", "This number is too large.", "1e300 * 1e300"),
        ("5", "A condition is expected here; this is a value.", "5"),
        ("R > 1 and 'x'", "A condition is expected here; this is a value.", "'x'"),
        ("F + M", "A condition is expected here; this is a value.", "F + M"),
        ("(R > 3) + 1 > 1", "A value is expected here; this is a condition.", "R > 3) + 1 > 1"),
        ("R == (F > 3)", "A value is expected here; this is a condition.", "F > 3)"),
        ("R + 'a' > 1", "Arithmetic needs numbers; 'a' is text.", "'a' > 1"),
        ("R + True > 1", "Arithmetic needs numbers; True is yes/no.", "True > 1"),
        ("-'a' == country", "Arithmetic needs numbers; 'a' is text.", "'a' == country"),
    ],
)
def test_what_is_refused_and_where(text, fact, at):
    assert pointed_at(text) == (fact, at)


@pytest.mark.parametrize("thing", [None, 5, b"R > 1", ["R > 1"]])
def test_a_rule_is_text(thing):
    with pytest.raises(RuleError, match="A rule is text; got"):
        Rule(thing)


@pytest.mark.parametrize("text", ["", "   ", "\n"])
def test_an_empty_rule_is_refused(text):
    assert pointed_at(text)[0] == "The rule is empty."


@pytest.mark.parametrize(
    "text", ["R = 5", "R > 4 and", "R >", "(R > 1", "R > 1)", "R > 1) or (F > 2", "R > > 1", "R\x00 > 1"]
)
def test_what_python_cannot_read_is_a_rule_error_too(text):
    assert pointed_at(text)[0].startswith("Cannot read the rule: ")


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("(" * 10_000 + "R > 1" + ")" * 10_000, "A rule has at most 4,000 characters; this one has 20,005."),
        ("(" * 1_900 + "R > 1" + ")" * 1_900, "Cannot read the rule"),
        ("not " * 990 + "R > 1", ""),
        ("-" * 3_900 + "R > 1", ""),
        ("+".join("R" * 1_900) + " > 1", "The rule is nested more than 50 deep here."),
        ("not (" * 60 + "R > 1" + ")" * 60, "The rule is nested more than 50 deep here."),
        ("R > " + "9" * 3_990, "A whole number in a rule is at most 9,007,199,254,740,991"),
        ("R > 9007199254740992", "A whole number in a rule is at most"),
        ("R > " + "*".join(["9007199254740991"] * 40), "A whole number in a rule is at most"),
        ("\udcff > 1", "Cannot read the rule"),
    ],
)
def test_hostile_text_is_a_clear_error(text, fact):
    with pytest.raises(RuleError, match="^" + fact):
        Rule(text)


def test_a_wide_rule_is_fine():
    assert Rule(" and ".join(["R > 1"] * 400)).columns == {"R"}
    assert Rule("(" * 100 + "R > 1" + ")" * 100).columns == {"R"}


def test_the_caret_stands_under_wide_characters_and_in_long_rules():
    with pytest.raises(RuleError) as caught:
        Rule("國家 == 'TW' and " + "F > 1 and " * 50 + "x(1)" + " and R > 1" * 20)
    _, line, caret, _ = str(caught.value).split("\n")
    assert len(line) < 120
    assert line[len(caret) - 1 :].startswith("x(1)")
    with pytest.raises(RuleError, match=r"\n  國家\(1\)\n  \^\n"):
        Rule("國家(1)")
    with pytest.raises(RuleError, match=r"\n  國 > x\(1\)\n       \^\n"):
        Rule("國 > x(1)")


def is_read_or_refused(text: str) -> bool:
    """Parse a text; any other exception than a RuleError with a hint escapes."""
    try:
        Rule(text)
    except RuleError as error:
        return "\nHint: " in str(error)
    return True


@given(st.text(st.characters(codec=None), max_size=60))
def test_any_text_is_a_rule_or_a_rule_error(text):
    assert is_read_or_refused(text)


WORDS = re.findall(
    r"\S+", "R F M 1 2.5 'a' ( ) [ ] , + - * / ** % < <= == != in not and or is if else x.y f() : = # \\"
)


@given(st.lists(st.sampled_from(WORDS), max_size=15))
def test_any_words_are_a_rule_or_a_rule_error(words):
    assert is_read_or_refused(" ".join(words))


def test_divisors_are_nested_at_most_three_deep():
    assert Rule("1 / (1 / (1 / (R + 1))) > 0").holds({"R": 1})
    assert Rule("R" + " / 2" * 20 + " >= 0").holds({"R": 1})
    for text in ("1 / (1 / (1 / (1 / (R + 1)))) > 0", "R / (2 * (R / (3 - R / (1 + R / F)))) > 0"):
        with pytest.raises(RuleError, match="Divisors hold divisions more than 3 deep here"):
            Rule(text)
