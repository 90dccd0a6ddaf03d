from __future__ import annotations

from datetime import date, datetime

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rfm


def log(rows: list[tuple[object, str, float]]) -> pd.DataFrame:
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount"])


def one(rows: list[tuple[str, float]], **options: object) -> pd.Series:
    table = rfm.summarize(log([("ann", day, amount) for day, amount in rows]), **options)
    assert len(table) == 1
    return table.iloc[0]


def test_orders_of_a_day_are_one_purchase():
    ann = one([("2024-01-01", 5.0), ("2024-01-01", 7.0), ("2024-01-03", 1.0)])
    assert (ann.orders, ann.spend, ann.first_order_spend, ann.refunds) == (2, 13.0, 12.0, 0.0)
    assert (ann.first_purchase, ann.last_purchase) == (pd.Timestamp("2024-01-01"), pd.Timestamp("2024-01-03"))
    assert ann.recency == 0


def test_a_free_order_is_a_purchase_and_a_cancelled_one_is_none():
    assert one([("2024-01-01", 0.0)]).orders == 1
    ann = one([("2024-01-01", 5.0), ("2024-01-01", -5.0), ("2024-01-02", 3.0)])
    assert (ann.orders, ann.spend, ann.refunds) == (1, 3.0, 0.0)
    assert ann.first_purchase == pd.Timestamp("2024-01-02")


def test_a_day_below_zero_is_a_refund():
    ann = one([("2024-01-01", 5.0), ("2024-01-09", -8.0)])
    assert (ann.orders, ann.spend, ann.refunds, ann.recency) == (1, 5.0, -8.0, 8)


def test_a_customer_with_refunds_only_is_kept_without_dates():
    table = rfm.summarize(log([("ann", "2024-01-01", -5.0), ("bob", "2024-01-02", 1.0)]))
    ann = table.iloc[0]
    assert (ann.customer_id, ann.orders, ann.spend, ann.first_order_spend, ann.refunds) == (
        "ann",
        0,
        0,
        0,
        -5,
    )
    assert ann.first_purchase is pd.NaT
    assert ann.last_purchase is pd.NaT
    assert ann.recency is pd.NA


def test_the_columns_and_their_types():
    table = rfm.summarize(rfm.datasets.cdnow())
    assert table.dtypes.astype(str).to_dict() == {
        "customer_id": "int64",
        "first_purchase": "datetime64[us]",
        "last_purchase": "datetime64[us]",
        "recency": "Int64",
        "orders": "int64",
        "spend": "float64",
        "first_order_spend": "float64",
        "refunds": "float64",
    }
    assert table.index.equals(pd.RangeIndex(len(table)))


def test_cdnow_keeps_every_customer_also_those_who_paid_nothing():
    log = rfm.datasets.cdnow()
    table = rfm.summarize(log)
    assert len(table) == 23_570
    assert table["customer_id"].is_monotonic_increasing
    by_hand = log.groupby("customer_id")
    np.testing.assert_array_equal(table["orders"], by_hand["date"].nunique())
    np.testing.assert_allclose(table["spend"], by_hand["amount"].sum(), rtol=0, atol=1e-9)
    assert (table["first_purchase"].to_numpy() == by_hand["date"].min().to_numpy()).all()


@pytest.mark.parametrize(
    "as_of",
    ["2024-01-05", date(2024, 1, 5), datetime(2024, 1, 5, 23, 59), pd.Timestamp("2024-01-05 01:00"),
     np.datetime64("2024-01-05")],
)  # fmt: skip
def test_as_of_is_inclusive_and_leaves_later_rows_out(as_of):
    rows = [("2024-01-01", 5.0), ("2024-01-05", 7.0), ("2024-01-06", 9.0)]
    ann = one(rows, as_of=as_of)
    assert (ann.orders, ann.spend, ann.recency) == (2, 12.0, 0)


def test_as_of_may_follow_the_log():
    assert one([("2024-01-01", 5.0)], as_of="2999-01-01").recency == 356_112


def test_customers_who_come_later_are_left_out():
    table = rfm.summarize(log([("ann", "2024-01-01", 5.0), ("bob", "2024-02-01", 5.0)]), as_of="2024-01-31")
    assert table["customer_id"].tolist() == ["ann"]


def test_an_as_of_before_the_log_is_refused():
    with pytest.raises(
        rfm.DataError, match=r"No rows on or before 2023-12-31: the log runs from 2024-01-01 to 2024"
    ):
        one([("2024-01-01", 5.0)], as_of="2023-12-31")


@pytest.mark.parametrize("as_of", ["yesterday", "01/02/2024", 20240101, pd.NaT])
def test_an_as_of_that_is_no_date_is_refused(as_of):
    with pytest.raises(rfm.DataError, match=r'as_of must be a date; got .* Hint: as_of="2011-12-09"'):
        one([("2024-01-01", 5.0)], as_of=as_of)


def test_dates_in_1970_and_2999():
    ann = one([("1970-01-01", 5.0), ("2999-12-31", 7.0)])
    assert str(ann.first_purchase.date()) == "1970-01-01"
    assert str(ann.last_purchase.date()) == "2999-12-31"


def test_ids_1_and_text_1_are_two_customers_in_an_order_of_their_own():
    rows = [("1", "2024-01-01", 5.0), (1, "2024-01-01", 7.0), ("0", "2024-01-01", 9.0)]
    table = rfm.summarize(log(rows))
    assert table["customer_id"].tolist() == [1, "0", "1"]
    assert table["spend"].tolist() == [7.0, 9.0, 5.0]
    pd.testing.assert_frame_equal(table, rfm.summarize(log(rows[::-1])))


def test_categorical_ids_keep_their_type_and_drop_unused_categories():
    ids = pd.Categorical(["b", "a"], categories=["c", "b", "a"])
    table = rfm.summarize(pd.DataFrame({"customer_id": ids, "date": "2024-01-01", "amount": 1.0}))
    assert table["customer_id"].tolist() == ["a", "b"]
    assert isinstance(table["customer_id"].dtype, pd.CategoricalDtype)
    assert set(table["customer_id"].cat.categories) == {"a", "b"}


def test_the_input_is_not_changed_and_its_index_means_nothing():
    frame = log([("b", "2024-01-01", 5.0), ("a", "2024-01-01", 7.0)]).set_axis([7, 7])
    before = frame.copy(deep=True)
    table = rfm.summarize(frame)
    pd.testing.assert_frame_equal(frame, before)
    assert table.index.tolist() == [0, 1]


LOGS = st.lists(
    st.tuples(
        st.sampled_from("abc"),
        st.dates(date(2023, 12, 28), date(2024, 1, 4)).map(str),
        st.integers(-300, 300).map(lambda cents: cents / 100) | st.just(0.0),
    ),
    min_size=1,
    max_size=30,
)


@given(LOGS, st.randoms(use_true_random=False))
def test_the_order_of_rows_never_matters_and_money_adds_up(rows, random):
    table = rfm.summarize(log(rows))
    shuffled = random.sample(rows, len(rows))
    pd.testing.assert_frame_equal(table, rfm.summarize(log(shuffled)))
    net = log(rows).groupby("customer_id")["amount"].sum()
    np.testing.assert_allclose(table["spend"] + table["refunds"], net, rtol=0, atol=1e-9)
    assert (table["refunds"] <= 0).all()
    assert (table["orders"] == 0).equals(table["recency"].isna())
