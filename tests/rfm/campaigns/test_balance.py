"""Sizes of arms by segment."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import DataError
from rfm._frames.native import from_native
from rfm.campaigns import Holdout, assign, balance
from rfm.campaigns._balance import balance_of, sample_ratio


@pytest.fixture(scope="module")
def assigned():
    segmented = rfm.segment(rfm.datasets.cdnow_sample())
    return assign(segmented, "a", 0.3, arms={"mail": 1, "call": 2}, holdout=Holdout("2026", 0.1))


def test_sizes_are_counts_in_the_order_of_segments(assigned):
    table = balance(assigned)
    assert set(table["segment"]) == {*assigned["segment"], "all"}
    for row in table.itertuples():
        mine = assigned if row.segment == "all" else assigned[assigned["segment"] == row.segment]
        assert row.customers == (mine["arm"] == row.arm).sum()
        in_arms = (mine["arm"] != "hold-out").sum()
        assert np.isnan(row.share) if row.arm == "hold-out" else row.share == row.customers / in_arms
    order = [*assigned["segment"].cat.categories, "all"]
    assert sorted(table["segment"], key=order.index) == table["segment"].tolist()


def test_every_engine_gives_one_answer(constructor, to_pandas, assigned):
    table = assigned.assign(segment=assigned["segment"].astype(str))
    left, right = to_pandas(balance(constructor(table))), balance(table)
    for each in (left, right):
        each["segment"] = each["segment"].astype(str)
    keys = ["segment", "arm"]
    left, right = (each.sort_values(keys, ignore_index=True) for each in (left, right))
    assert left[[*keys, "customers"]].values.tolist() == right[[*keys, "customers"]].values.tolist()
    np.testing.assert_allclose(
        left["share"].to_numpy(dtype=float, na_value=np.nan), right["share"].to_numpy(dtype=float), rtol=1e-12
    )


def test_the_sample_ratio_is_pearsons_test():
    rng = np.random.default_rng(0)
    sizes = pd.DataFrame({"segment": "all", "arm": ["control", "mail"], "planned_share": [0.1, 0.9]})
    drawn, times = np.unique(rng.binomial(5000, 0.1, 2000), return_counts=True)
    p = np.array([sample_ratio(sizes.assign(customers=[k, 5000 - k])) for k in drawn])
    assert abs(times[p < 0.05].sum() / 2000 - 0.05) < 0.015
    assert sample_ratio(sizes.assign(customers=[900, 4100])) < 1e-60


def test_without_planned_shares_there_is_no_test():
    table = pd.DataFrame({"customer_id": range(4), "arm": ["control", "mail"] * 2})
    assert np.isnan(sample_ratio(balance_of(from_native(table), None)))
    assert balance(table)["segment"].tolist() == ["all", "all"]


def test_what_is_refused(assigned):
    with pytest.raises(DataError, match="arm"):
        balance(assigned.drop(columns="arm"))
    with pytest.raises(DataError, match="by= names a column of segments"):
        balance(assigned, by="country")
