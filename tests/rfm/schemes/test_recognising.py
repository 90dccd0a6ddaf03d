"""The built-in scheme and the order of segments, recognised from their names alone."""

from __future__ import annotations

import pandas as pd
import pytest

from rfm import Scheme
from rfm._frames.native import from_native
from rfm._schemes.recognising import scheme_of, segment_names
from rfm._schemes.scheme_files import BUILT_IN


@pytest.mark.parametrize("name", BUILT_IN)
def test_a_scheme_is_known_by_its_names(name):
    names = Scheme.load(name).names
    assert set(names) <= set(scheme_of(names).names)


def test_no_names_and_strange_ones_are_of_no_scheme():
    assert scheme_of([]) is None
    assert scheme_of(["VIP", "whales"]) is None


@pytest.mark.parametrize("category", [False, True])
def test_the_order_is_that_of_the_categories_or_of_the_scheme(category):
    found = ["lost", "no segment", "VIP", "at risk"]
    table = pd.DataFrame({"segment": ["lost", "VIP", "at risk"]})
    if category:
        table["segment"] = pd.Categorical(table["segment"], ["at risk", "lost", "VIP"], ordered=True)
    outcome = segment_names(table, from_native(pd.DataFrame({"segment": found})), "no segment")
    order = ("at risk", "lost", "VIP") if category else ("VIP", "at risk", "lost")
    assert outcome == (*order, "no segment")


def test_names_of_no_scheme_are_in_the_order_of_the_alphabet():
    table = pd.DataFrame({"segment": ["whales", "VIP", "no segment"]})
    assert segment_names(table, from_native(table), "no segment") == ("VIP", "no segment", "whales")
