"""Attributes of customers, joined one to one, or refused."""

from __future__ import annotations

import pandas as pd
import polars as pl
import pytest

import rfm
from rfm import DataError, EngineError
from rfm.customers.attributes import with_attributes

SUMMARY = pd.DataFrame({"customer_id": [3, 1, 2], "recency": [1, 2, 3]})
KNOWN = pd.DataFrame({"customer_id": [2, 9, 3], "country": ["TW", "US", None], "nps": [9.0, 1.0, 7.0]})


@pytest.mark.slow  # the road of test_segments.py joins attributes on every engine too
def test_customers_keep_their_order_and_others_are_left_out(constructor, to_pandas):
    joined = with_attributes(constructor(SUMMARY), constructor(KNOWN))
    assert type(joined) is type(constructor(SUMMARY))
    table = to_pandas(joined)
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
        (pd.concat([KNOWN, KNOWN.head(2)]), DataError, "more than one row for customer 2, 9."),
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
