"""Groups of a total are assigned by customer_id, in any order, with any label, on any engine."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.posterior import Posterior
from clv._values.groups import groups_of

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


def assert_grouped(by, predicted, names=("more", "none", "one")):
    """The groups' names in this order, and each customer of the predictions in their own group."""
    codes, found = groups_of(by, predicted[["customer_id"]], len(predicted), named=False)
    assert found == list(names)
    assert [found[code] for code in codes] == predicted["group"].tolist()


def test_a_table_of_ids_and_groups_in_any_order(constructor, truth):
    table = truth[0][["customer_id", "group"]].sample(frac=1, random_state=1)
    assert_grouped(constructor(table.reset_index(drop=True)), truth[0])


def test_a_column_of_customers_of_another_engine(constructor, model, truth):
    customers = constructor(model.customers.assign(group=truth[0]["group"]))
    assert_true(model.total(by="group", customers=customers, horizon="26W", discount_rate=0.0), truth[1])


def test_groups_in_another_order_than_the_customers(model, truth):
    by = truth[0][["group", "customer_id"]].iloc[::-1]
    assert_true(model.total(by=by, horizon="26W", discount_rate=0.0), truth[1])


def test_a_series_says_whose_groups_it_holds_by_the_name_of_its_index(truth):
    assert_grouped(truth[0].set_index("customer_id")["group"].iloc[::-1], truth[0])


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


def test_an_order_of_categories_is_kept(truth):
    order = pd.CategoricalDtype(["one", "none", "more", "nobody"], ordered=True)
    by = truth[0][["customer_id", "group"]].astype({"group": order})
    assert_grouped(by, truth[0], ["one", "none", "more"])
    polars = pytest.importorskip("polars")
    by_polars = polars.from_pandas(by.astype({"group": str}))
    ordered = by_polars.with_columns(polars.col("group").cast(polars.Enum(order.categories.tolist())))
    assert_grouped(ordered, truth[0], ["one", "none", "more"])
    unordered = by_polars.with_columns(polars.col("group").cast(polars.Categorical))
    assert_grouped(unordered, truth[0])


def test_customers_without_a_group_are_the_group_none(model, truth):
    by = truth[0][["customer_id", "group"]][truth[0]["group"] != "one"]
    table = model.total(by=by, horizon="26W", discount_rate=0.0)
    assert table["group"].tolist()[:2] == ["more", "none"]
    assert table["group"].isna().tolist() == [False, False, True]
    np.testing.assert_allclose(table["purchases"], truth[1].loc[["more", "none", "one"]])


def test_groups_of_other_customers_are_left_out_and_counted(truth):
    others = pd.DataFrame({"customer_id": [-1, -2], "group": ["one", "two"]})
    by = pd.concat([truth[0][["customer_id", "group"]], others])
    with pytest.warns(rfm.DataWarning, match="by has rows of 2 customers who are not among the 2357 summed"):
        assert_grouped(by, truth[0])


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


@pytest.mark.parametrize(
    ("names", "groups", "codes"),
    [
        ([10, 9, 10, 2], [10, 2, 9], [0, 2, 0, 1]),  # by their text
        (["b", None, "a", "b"], ["a", "b", None], [1, 2, 0, 1]),
        (pd.Categorical(["b", "a", "b", None], ["b", "c", "a"]), ["b", "a", None], [0, 1, 0, 2]),
    ],
)
def test_groups_are_numbered_in_the_order_of_their_names(names, groups, codes):
    customers = pd.DataFrame({"customer_id": [7, 8, 9, 3]})
    by = pd.DataFrame({"customer_id": [7, 8, 9, 3], "group": names}).iloc[::-1]
    found, named = groups_of(by, customers, 4, named=False)
    assert (named, found.tolist()) == (groups, codes)


def test_without_groups_all_are_one():
    found, named = groups_of(None, pd.DataFrame({"customer_id": [7, 8]}), 2, named=False)
    assert (named, found.tolist()) == (["all"], [0, 0])
