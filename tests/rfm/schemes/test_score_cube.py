"""The check of the score cube: gaps, overlaps, rules that are never reached."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm._rules import Rule
from rfm._schemes.score_cube import check, cube, grid


def ruled(**rules):
    return [(name, Rule(text)) for name, text in rules.items()]


def test_the_cube_has_every_cell_once():
    for bins in (3, 5, 10):
        cells = cube(bins)
        expected = list(itertools.product(range(1, bins + 1), repeat=3))
        assert list(cells[["R", "F", "M"]].itertuples(index=False, name=None)) == expected
        assert cells["rfm"].is_unique
    assert cube(10)["rfm"].iloc[-1] == "10-10-10"


def test_gaps_are_named():
    found = check(ruled(good="R >= 4", bad="R <= 2"), bins=5)
    assert not found.complete
    assert not found.ok
    assert len(found.gaps) == 25
    assert set(found.gaps["R"]) == {3}
    assert str(found) == (
        "125 cells: 25 claimed by no rule, 0 by several\n"
        "no segment at R F M = 3 1 1, 3 1 2, 3 1 3, 3 1 4, 3 1 5, 3 2 1, 3 2 2, 3 2 3, 3 2 4, 3 2 5, … (25 in all)"
    )


def test_a_default_takes_the_gaps():
    found = check(ruled(good="R >= 4", bad="R <= 2"), bins=5, default="middle")
    assert found.complete
    assert found.ok
    assert len(found.gaps) == 25
    assert "middle at R F M = 3 1 1" in str(found)


def test_a_default_that_nothing_is_left_for_is_unreachable():
    found = check(ruled(good="R >= 4", bad="R <= 3"), bins=5, default="middle")
    assert found.complete
    assert found.unreachable == ("middle",)
    assert not found.ok


def test_a_cell_that_three_rules_claim_is_told_for_each_of_the_later_ones():
    found = check(ruled(a="R == 5", b="F == 5", c="M == 5", d="R <= 5"), bins=5)
    cell = found.overlaps.query("R == 5 and F == 5 and M == 5")
    assert cell["segment"].tolist() == ["a", "a", "a"]
    assert cell["also"].tolist() == ["b", "c", "d"]
    assert "a goes before b in 5" in str(found)


@pytest.mark.parametrize(
    ("rules", "unreachable"),
    [
        ({"a": "R >= 1", "b": "R == 5"}, ("b",)),
        ({"a": "R >= 4", "b": "R > 5", "c": "R <= 3"}, ("b",)),
        ({"a": "R >= 3", "b": "R <= 2", "c": "nps > 5"}, ("c",)),
        ({"a": "nps > 5", "b": "R >= 1"}, ()),
        ({"a": "nps > 5", "b": "nps > 7", "c": "R >= 1"}, ()),
        ({"a": "R >= 3", "c": "nps > 5", "b": "R >= 1"}, ()),
        ({"a": "rfm == '555'", "b": "R == 5 and F == 5 and M == 5", "c": "R >= 1"}, ("b",)),
    ],
)
def test_rules_that_nobody_reaches(rules, unreachable):
    assert check(ruled(**rules), bins=5).unreachable == unreachable


def test_a_rule_on_other_columns_is_conditional_and_never_coverage():
    found = check(ruled(a="R >= 3 or nps > 1", b="R <= 2 and not nps > 1"), bins=5)
    assert found.conditional == ("a", "b")
    assert len(found.gaps) == 125
    assert "conditional on columns beyond R, F, M: a, b" in str(found)


scores = st.tuples(st.sampled_from("RFM"), st.sampled_from([">=", "<=", "=="]), st.integers(0, 6))
comparisons = scores.map(lambda part: f"{part[0]} {part[1]} {part[2]}")
conditions = st.lists(comparisons, min_size=1, max_size=3).map(" and ".join)


@given(st.lists(conditions, min_size=1, max_size=6), st.integers(3, 5))
def test_the_walk_is_a_partition_by_the_first_rule_that_holds(texts, bins):
    rules = [(f"s{i}", Rule(text)) for i, text in enumerate(texts)]
    found, table = (
        check(rules, bins, "rest"),
        grid(rules, bins, "rest", [name for name, _ in rules] + ["rest"]),
    )
    for row in table.to_dict("records"):
        holding = [name for name, rule in rules if rule.holds(row)]
        assert row["segment"] == (holding[0] if holding else "rest")
    takers = set(table["segment"])
    assert {name for name, _ in rules if name not in takers} <= set(found.unreachable)
    assert len(found.gaps) == (table["segment"] == "rest").sum()
    several = {tuple(row) for row in found.overlaps[["R", "F", "M"]].itertuples(index=False)}
    assert len(several) == sum(
        sum(rule.holds(row) for _, rule in rules) > 1 for row in table.to_dict("records")
    )
