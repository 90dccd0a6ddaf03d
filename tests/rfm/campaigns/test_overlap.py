"""Customers who are in two campaigns."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

from rfm import DataError, DataWarning
from rfm._frames.native import from_native
from rfm.campaigns import assign
from rfm.campaigns._overlap import overlap_notes


def customers(n=5_000):
    return pd.DataFrame({"customer_id": np.arange(n)})


def test_campaigns_with_their_own_names_are_spread_evenly(constructor):
    ours, theirs = assign(customers(), "spring", 0.5), assign(customers().iloc[:3000], "autumn", 0.5)
    with warnings.catch_warnings():
        warnings.simplefilter("error", DataWarning)
        (note,) = overlap_notes(from_native(constructor(ours)), [constructor(theirs)])
    assert note.startswith("3,000 customers are also in the campaign 'autumn', evenly in all arms")


def test_a_campaign_with_the_same_arms_is_a_warning():
    ours, theirs = (
        assign(customers(), "spring", 0.5),
        assign(customers(), "spring", 0.5).assign(campaign="autumn"),
    )
    with pytest.warns(
        DataWarning, match="not spread evenly over the arms of this one .* Hint: another name or seed="
    ):
        overlap_notes(from_native(ours), [theirs])


def test_a_campaign_of_other_customers():
    theirs = assign(pd.DataFrame({"customer_id": [-1, -2]}), "autumn")
    assert overlap_notes(from_native(assign(customers(9), "a")), [theirs]) == [
        "No customer of this campaign is in the other one."
    ]


def test_what_is_refused():
    ours = assign(customers(9), "a")
    with pytest.raises(DataError, match="others must be a list"):
        overlap_notes(from_native(ours), ours)
    with pytest.raises(DataError, match=r"others\[0\]"):
        overlap_notes(from_native(ours), [customers(3)])
