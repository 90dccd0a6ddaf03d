"""Cohorts compared: the factors of their spend at the same age, counted customer by customer."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given

import rfm
from tests.rfm.base_report.slow_counts import EVERY, ROWS, as_log, days_of, lenses


@given(ROWS, EVERY)
def test_every_cell_is_the_count_of_its_customers(rows, every):
    log = as_log(rows)
    found = lenses(log, every).cohorts
    days, periods = days_of(log, every)
    cells = [(cohort, at) for cohort in sorted(set(days["cohort"])) for at in range(cohort, len(periods))]
    assert len(found) == len(cells)
    for (cohort, at), line in zip(cells, found.to_dict("records"), strict=True):
        own = days[days["cohort"] == cohort]
        now, so_far = own[own["period"] == at], own[own["period"] <= at]
        size, first = own["customer_id"].nunique(), own[own["bought"] & (own["day"] == own["first"])]
        active, orders = now.loc[now["bought"], "customer_id"].nunique(), now["bought"].sum()
        assert (line["age"], line["customers"], line["active"], line["orders"]) == (
            at - cohort,
            size,
            active,
            orders,
        )
        assert line["spend"] == pytest.approx(now["sum"].sum())
        assert line["spend_per_customer"] == pytest.approx(so_far["sum"].sum() / size)
        assert line["first_order_value"] == pytest.approx(first["sum"].mean())
        later = so_far["bought"].sum() - size
        rest = so_far["sum"].sum() - first["sum"].sum()
        assert line["later_order_value"] == pytest.approx(rest / later if later else np.nan, nan_ok=True)
    assert found["complete"].tolist() == [bool(periods.complete[at]) for _, at in cells]


@given(ROWS, EVERY)
def test_the_factors_multiply_to_the_spend_of_cells_with_orders(rows, every):
    found = lenses(as_log(rows), every).cohorts
    some = found[found["orders"] > 0]
    product = some["customers"] * some["active_share"] * some["orders_per_active"] * some["order_value"]
    np.testing.assert_allclose(product, some["spend"], rtol=1e-12, atol=1e-12)
    none = found[found["orders"] == 0]
    assert none[["orders_per_active", "order_value"]].isna().all(axis=None)
    assert (none["active_share"] == 0).all()
    assert (found.loc[found["age"] == 0, "active_share"] == 1).all()


def test_it_agrees_with_the_cohorts_of_retention():
    log = rfm.datasets.cdnow_sample()
    mine, known = rfm.base_report(log, every="1M").cohorts, rfm.cohorts(log, "1M")
    pairs = {
        "cohort": "cohort", "age": "age", "period": "period", "customers": "customers", "active": "active",
        "active_share": "retention", "orders": "orders", "spend": "revenue", "complete": "complete",
    }  # fmt: skip
    pd.testing.assert_frame_equal(mine[list(pairs)].rename(columns=pairs), known[list(pairs.values())])
    to_date = known["revenue_to_date"] / known["customers"]
    np.testing.assert_allclose(mine["spend_per_customer"], to_date, rtol=1e-12)
