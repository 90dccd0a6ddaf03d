"""Attributes of customers, joined one to one, or refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rfm
from rfm import DataError, EngineError
from rfm._customers.attributes import with_attributes, with_order_ids

SUMMARY = pd.DataFrame({"customer_id": [3, 1, 2], "recency": [1, 2, 3]})
KNOWN = pd.DataFrame({"customer_id": [2, 9, 3], "country": ["TW", "US", None], "nps": [9.0, 1.0, 7.0]})


@pytest.mark.slow  # the road of test_segments.py joins attributes on every engine too
def test_customers_keep_their_order_and_others_are_left_out(constructor, to_pandas):
    joined = with_attributes(constructor(SUMMARY), constructor(KNOWN))
    assert type(joined) is type(constructor(SUMMARY))
    table = to_pandas(joined)
    if not constructor.is_lazy:
        assert table["customer_id"].tolist() == SUMMARY["customer_id"].tolist()
    table = table.sort_values("customer_id")
    assert table["customer_id"].tolist() == [1, 2, 3]
    assert table["recency"].tolist() == [2, 3, 1]
    assert [None if pd.isna(value) else value for value in table["country"]] == [None, "TW", None]
    assert [None if pd.isna(value) else value for value in table["nps"]] == [None, 9.0, 7.0]


@pytest.mark.parametrize(
    "kind", [lambda table: table, pl.from_pandas, lambda t: pl.from_pandas(t).to_arrow()]
)
def test_in_memory_the_rows_stay_in_place(kind):
    big = pd.DataFrame({"customer_id": range(5_000, 0, -1)})
    joined = with_attributes(kind(big), kind(KNOWN))
    assert list(
        joined["customer_id"].to_pylist()
        if hasattr(joined["customer_id"], "to_pylist")
        else joined["customer_id"]
    ) == (big["customer_id"].tolist())


def test_nothing_to_join_is_nothing_done():
    assert with_attributes(SUMMARY, None) is SUMMARY


@pytest.mark.parametrize(
    ("attributes", "error", "text"),
    [
        (
            KNOWN.rename(columns={"customer_id": "id"}),
            DataError,
            "no column 'customer_id'. The table has: id, country",
        ),
        (
            pd.concat([KNOWN, KNOWN.head(2)]),
            DataError,
            "more than one row for customer 2 (2 rows), 9 (2 rows).",
        ),
        (KNOWN.assign(recency=1), DataError, "the name 'recency' is taken"),
        (KNOWN.assign(segment=1), DataError, "the name 'segment' is taken"),
        (KNOWN.assign(M=1), DataError, "the name 'M' is taken"),
        (KNOWN.astype({"customer_id": str}), DataError, "customer_id is String there and Int64 in the log"),
        (pl.from_pandas(KNOWN), EngineError, "The log is on pandas and the attributes on Polars"),
        ([1], DataError, "Not a dataframe: list"),
    ],
)
def test_what_cannot_be_joined_is_refused(attributes, error, text):
    with pytest.raises(error) as caught:
        with_attributes(SUMMARY, attributes)
    assert text in str(caught.value)


def test_rules_and_extra_scores_read_attributes():
    log = pd.DataFrame(
        {
            "customer_id": [1, 2, 3, 3, 4, 5],
            "date": pd.date_range("2024-01-01", periods=6),
            "amount": [10.0, 20.0, 30.0, 40.0, 50.0, 60.0],
        }
    )
    options = {"edges": {"F": [1, 2, 3, 4]}, "extra": {"nps": "high"}}
    known = pd.DataFrame({"customer_id": range(1, 6), "nps": [1.0, 9.0, 3.0, 4.0, 5.0]})
    scheme = rfm.Scheme.load("classic").with_segment("fan", "nps_score == 5 and nps > 8", before="VIP")
    given = rfm.segment(log, scheme=scheme, attributes=known, **options)
    assert given["segment"].astype(str).tolist()[1] == "fan"
    assert rfm.score(log, attributes=known, **options)["nps_score"].tolist() == [1, 5, 2, 3, 4]


EDGES = {"R": [90, 60, 30, 10], "F": [1, 2, 3, 4], "M": [10.0, 20.0, 30.0, 40.0]}
VISITS = pd.DataFrame(
    {
        "customer_id": ["ann", "bob", "cid"],
        "date": ["2024-01-01", "2024-01-02", "2024-01-03"],
        "amount": [9.0] * 3,
    }
)
TRUTHS = {
    "plain": pd.Series([True, False]),
    "objects": pd.Series([True, None], dtype=object),
    "nullable": pd.Series([True, None], dtype="boolean"),
}


def fans(rule: str) -> rfm.Scheme:
    return rfm.Scheme.load("classic").with_segment("fan", rule, before="VIP")


@pytest.mark.parametrize("kind", TRUTHS)
def test_who_is_missing_among_yes_and_no_satisfies_nothing(kind):
    known = pd.DataFrame({"customer_id": ["ann", "bob"], "is_member": TRUTHS[kind]})
    segmented = rfm.segment(VISITS, attributes=known, scheme=fans("is_member"), edges=EDGES)
    assert (segmented["segment"] == "fan").tolist() == [True, False, False]
    assert str(segmented["is_member"].dtype) == "boolean"
    snaps = rfm.snapshots(
        VISITS, dates=["2024-01-01", "2024-01-03"], attributes=known, scheme=fans("is_member"), edges=EDGES
    )
    assert snaps.loc[snaps["segment"] == "fan", "customer_id"].tolist() == ["ann", "ann"]


@pytest.mark.slow_on("spark")
def test_yes_and_no_of_some_customers_on_every_engine(constructor, to_pandas):
    known = constructor(pd.DataFrame({"customer_id": ["ann", "bob"], "is_member": [True, False]}))
    log = constructor(VISITS.assign(date=pd.to_datetime(VISITS["date"])))
    for rule, found in (("is_member", ["ann"]), ("not is_member", ["bob", "cid"])):
        segmented = to_pandas(rfm.segment(log, attributes=known, scheme=fans(rule), edges=EDGES))
        assert segmented.loc[segmented["segment"] == "fan", "customer_id"].tolist() == found


def test_ids_that_are_yes_and_no_stay_ids():
    log = VISITS.assign(customer_id=[True, False, True])
    known = pd.DataFrame({"customer_id": [True], "nps": [9]})
    segmented = rfm.segment(log, attributes=known, scheme=fans("nps == 9"), edges=EDGES)
    assert segmented["customer_id"].tolist() == [False, True]
    assert (segmented["segment"] == "fan").tolist() == [False, True]


ORDERS = pd.DataFrame(
    [
        ("ann", 1, 10.0, None),  # the rows of a day without an id are one order
        ("ann", 1, 5.0, ""),
        ("ann", 3, 5.0, None),
        ("ann", 4, 5.0, "x"),
        ("bob", 1, 10.0, "x"),  # another customer's order
        ("bob", 1, 5.0, "y"),
        ("bob", 9, -10.0, "x"),  # a later return
        ("cid", 1, 8.0, "z"),
        ("cid", 2, -8.0, "z"),  # takes back no order, as it takes back no purchase day
        ("dan", 2, -5.0, None),
        ("dan", 2, 9.0, "w"),
        ("eve", 3, -1.0, None),
    ],
    columns=["customer_id", "day", "amount", "order"],
)
PLACED = {"ann": 3, "bob": 2, "cid": 1, "dan": 1}


def dated(table: pd.DataFrame) -> pd.DataFrame:
    return table.assign(date=pd.Timestamp("2024-01-01") + pd.to_timedelta(table["day"], unit="D"))


@pytest.mark.slow_on("dask", "spark")
@pytest.mark.parametrize("kind", ["texts", "numbers"])
def test_rows_without_an_order_id_are_an_order_a_day(constructor, to_pandas, kind):
    table = dated(ORDERS)
    if kind == "numbers":
        table["order"] = table["order"].map({"w": 1.0, "x": 2.0, "y": 3.0, "z": 4.0})
    tx = rfm.Transactions(constructor(table), order_id="order")
    scored = to_pandas(rfm.score(tx, frequency="orders", edges=EDGES))
    assert dict(zip(scored["customer_id"], scored["frequency"], strict=True)) == PLACED
    audit = to_pandas(tx.audit).set_index("rule").loc["row without order id"]
    assert (audit["effect"], audit["rows"]) == ("informs", 5)
    assert (audit["customers"], audit["amount"]) == (3, 14.0)
    assert audit["examples"].startswith("ann on 2024-01-02: 5")


@pytest.mark.parametrize("dtype", ["category", "string", object, "string[pyarrow]"])
def test_rows_without_an_order_id_in_every_kind_of_column(dtype):
    tx = rfm.Transactions(
        dated(ORDERS.assign(order=ORDERS["order"].replace("", None).astype(dtype))), order_id="order"
    )
    scored = rfm.score(tx, frequency="orders", edges=EDGES)
    assert dict(zip(scored["customer_id"], scored["frequency"], strict=True)) == PLACED


rows = st.lists(
    st.tuples(st.integers(0, 3), st.integers(0, 9), st.integers(-3, 4), st.sampled_from([np.nan, 1.0, 2.0])),
    min_size=1,
    max_size=30,
)


@given(rows, st.randoms())
def test_whoever_bought_has_an_order_whatever_the_order_of_rows(rows, random):
    def counted(rows):
        table = pd.DataFrame(rows, columns=["customer_id", "day", "amount", "order"])
        tx = rfm.Transactions(dated(table), order_id="order")
        return with_order_ids(rfm.summarize(tx), tx, tx.last_day)

    found = counted(rows)
    assert (found["order_ids"] >= (found["orders"] > 0)).all()
    random.shuffle(rows)
    pd.testing.assert_frame_equal(counted(rows), found)
