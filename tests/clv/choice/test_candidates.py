"""Which laws may stand for a choice."""

from __future__ import annotations

import clv
from clv._choice.candidates import (
    CANDIDATES,
    FALLBACK,
    ORDER,
    REGULAR_ONLY,
    candidates,
    is_auto,
    parameters_of,
)


def never():
    raise AssertionError("nobody needs to know whether purchases are regular")


def test_the_laws_are_found_by_name_in_their_order():
    found = candidates(never, ("mbg-nbd", "bg-nbd", "pareto-nbd"))
    assert list(found.items()) == [
        ("mbg-nbd", clv.MBGNBD),
        ("bg-nbd", clv.BGNBD),
        ("pareto-nbd", clv.ParetoNBD),
    ]
    assert set(CANDIDATES) <= set(ORDER)
    assert (FALLBACK, set(ORDER) >= REGULAR_ONLY) == ("mbg-nbd", True)


def test_names_that_no_law_of_purchases_has_are_passed_over():
    assert list(candidates(never, ("no-such-law", "gamma-gamma", "bg-nbd"))) == ["bg-nbd"]


def test_laws_of_regular_buyers_stand_only_where_purchases_are_regular(monkeypatch):
    monkeypatch.setattr("clv._choice.candidates.REGULAR_ONLY", frozenset({"pareto-nbd"}))
    names = ("bg-nbd", "pareto-nbd")
    assert list(candidates(lambda: True, names)) == ["bg-nbd", "pareto-nbd"]
    assert list(candidates(lambda: False, names)) == ["bg-nbd"]
    assert [parameters_of(each.name, each) for each in (clv.BGNBD, clv.ParetoNBD)] == [4, 5]  # with k


def test_only_the_word_is_auto():
    assert [is_auto(each) for each in ("auto", "AUTO", None, clv.BGNBD, 1)] == [
        True,
        False,
        False,
        False,
        False,
    ]
