"""Groups of a total are assigned by customer_id, in any order, with any label, on any engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.posterior import Posterior

HINT = r"Hint: model\.total\(by=table\[\[\"customer_id\", \"segment\"\]\]\)"


@pytest.fixture(scope="module")
def model():
    """With the estimates for draws: expectations are asked for here, and draws take their time."""
    model = clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")
    return replace(model, draws=Posterior(((model.purchases.law, model.spend.law),) * 2))


@pytest.fixture(scope="module")
def truth(model):
    """Customers by the number of their repeat purchases, and what the groups will buy: a plain sum."""
    predicted = model.predict("26W", 0.0).assign(
        group=np.minimum(model.customers["frequency"], 2).map({0: "none", 1: "one", 2: "more"})
    )
    return predicted, predicted.groupby("group")["expected_purchases"].sum()


def assert_true(table, expected):
    assert table["group"].tolist() == expected.index.tolist()
    np.testing.assert_allclose(table["purchases"], expected)


def test_a_table_of_ids_and_groups_in_any_order(constructor, model, truth):
    table = truth[0][["customer_id", "group"]].sample(frac=1, random_state=1)
    by = constructor(table.reset_index(drop=True))
    assert_true(model.total(by=by, horizon="26W", discount_rate=0.0), truth[1])


def test_customers_and_groups_of_two_engines(constructor, model, truth):
    customers = constructor(model.customers.assign(group=truth[0]["group"]))
    for by in ("group", truth[0][["group", "customer_id"]].iloc[::-1]):
        table = model.total(by=by, customers=customers, horizon="26W", discount_rate=0.0)
        assert_true(table, truth[1])


def test_a_series_says_whose_groups_it_holds_by_the_name_of_its_index(model, truth):
    of_ids = truth[0].set_index("customer_id")["group"].iloc[::-1]
    assert_true(model.total(by=of_ids, horizon="26W", discount_rate=0.0), truth[1])


def test_the_segments_of_the_customer_table(model):
    """The README's own words: each segment's total is the sum of its customers, best first."""
    table = clv.customer_table(rfm.datasets.cdnow_sample(), as_of="1997-09-30", model=model, horizon="26W")
    top = table.sort_values(
        "clv", ascending=False, ignore_index=True
    )  # in another order than the model's customers
    totals = model.total(by=top[["customer_id", "segment"]], horizon="26W").set_index("group")
    expected = table.groupby("segment", observed=True)["clv"].sum()
    assert totals.index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(totals["clv"], expected)
    with pytest.raises(rfm.DataError, match="got a Series with the index None. " + HINT):
        model.total(by=top["segment"])


def test_an_order_of_categories_is_kept(model, truth):
    order = pd.CategoricalDtype(["one", "none", "more", "nobody"], ordered=True)
    by = truth[0][["customer_id", "group"]].astype({"group": order})
    assert model.total(by=by, horizon="26W")["group"].tolist() == ["one", "none", "more"]
    polars = pytest.importorskip("polars")
    by_polars = polars.from_pandas(by.astype({"group": str}))
    ordered = by_polars.with_columns(polars.col("group").cast(polars.Enum(order.categories.tolist())))
    assert model.total(by=ordered, horizon="26W")["group"].tolist() == ["one", "none", "more"]
    unordered = by_polars.with_columns(polars.col("group").cast(polars.Categorical))
    assert model.total(by=unordered, horizon="26W")["group"].tolist() == ["more", "none", "one"]


def test_customers_without_a_group_are_the_group_none(model, truth):
    by = truth[0][["customer_id", "group"]][truth[0]["group"] != "one"]
    table = model.total(by=by, horizon="26W", discount_rate=0.0)
    assert table["group"].tolist()[:2] == ["more", "none"]
    assert table["group"].isna().tolist() == [False, False, True]
    np.testing.assert_allclose(table["purchases"], truth[1].loc[["more", "none", "one"]])


def test_groups_of_other_customers_are_left_out_and_counted(model, truth):
    others = pd.DataFrame({"customer_id": [-1, -2], "group": ["one", "two"]})
    by = pd.concat([truth[0][["customer_id", "group"]], others])
    with pytest.warns(rfm.DataWarning, match="by has rows of 2 customers who are not among the 2357 summed"):
        table = model.total(by=by, horizon="26W", discount_rate=0.0)
    assert_true(table, truth[1])


@pytest.mark.parametrize(
    ("by", "message"),
    [
        (lambda t: t["group"], "got a Series with the index None. " + HINT),
        (lambda t: t.set_index("group")["clv"], "got a Series with the index 'group'. " + HINT),
        (lambda t: t["group"].to_numpy(), "got ndarray. " + HINT),
        (lambda t: t["group"].tolist(), "got list. " + HINT),
        (lambda t: t["group"].astype("category").cat.codes.to_numpy(), "got ndarray. " + HINT),
        (lambda t: dict(zip(t["customer_id"], t["group"], strict=True)), "got dict. " + HINT),
        (lambda t: t[["group"]], "exactly one more column, got group. " + HINT),
        (lambda t: t, "exactly one more column, got customer_id, p_alive, .*" + HINT),
        (lambda t: "group", "by='group' names a column of customers=, but no customers were given. " + HINT),
        (lambda t: pd.concat([t, t.head(2)])[["customer_id", "group"]], "by: more than one row for customer"),
        (lambda t: t[["customer_id", "group"]].astype({"customer_id": str}), "by has none of the 2357 customers"),
    ],
)  # fmt: skip
def test_what_does_not_say_whose_group_it_is_is_refused(model, truth, by, message):
    with pytest.raises(rfm.DataError, match=message):
        model.total(by=by(truth[0]))


def test_a_name_must_be_a_column_of_the_customers(model):
    with pytest.raises(
        rfm.DataError, match="by='segment' is not a column of customers=, which has: customer_id"
    ):
        model.total(by="segment", customers=model.customers)
