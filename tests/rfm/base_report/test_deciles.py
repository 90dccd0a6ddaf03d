"""Tenths of the customers."""

from __future__ import annotations

import numpy as np
import pandas as pd

import rfm


def audit(log, every):
    return rfm.base_report(rfm.Transactions(log, far_dates="keep"), every)


def test_deciles_of_distinct_spends_are_those_of_a_sorted_list():
    rng = np.random.default_rng(3)
    spend = rng.permutation(1037) + 1.0
    log = pd.DataFrame({"customer_id": np.arange(1037), "date": "2024-03-01", "amount": spend})
    table = audit(log, "1M").deciles
    parts = [np.sort(spend)[::-1][1037 * k // 10 : 1037 * (k + 1) // 10] for k in range(10)]
    assert table["customers"].tolist() == [len(part) for part in parts]
    assert table["spend"].tolist() == [part.sum() for part in parts]


def test_equal_spend_on_a_boundary_is_divided_in_proportion_whatever_the_order_of_rows():
    log = pd.DataFrame({
        "customer_id": [*range(20), 0], "date": ["2024-03-01"] * 20 + ["2024-03-09"],
        "amount": [5.0] + [10.0] * 19 + [5.0],
    })  # fmt: skip
    table = audit(log, "1M").deciles
    assert table["spend"].tolist() == [20.0] * 10  # all spent 10
    np.testing.assert_allclose(table["orders"], 2 * 21 / 20)
    pd.testing.assert_frame_equal(table, audit(log[::-1], "1M").deciles)
