"""Customers without a purchase: a row each where the scheme has a segment for them, the same on every engine."""

from __future__ import annotations

import dataclasses

import pandas as pd
import pytest

import rfm
from rfm import Scheme, SchemeError, Segment

EDGES = {"F": [1, 2, 3, 4]}
VALUE = Scheme.load("value")
WITH = dataclasses.replace(
    VALUE, segments=(*VALUE.segments, Segment("prospects", action="Invite")), prospects="prospects"
)


def log():
    return pd.DataFrame({
        "customer_id": ["ann", "bob", "eve", "ann", "kim", "lea", "zoe"],
        "date": ["2024-01-05", "2024-01-07", "2024-01-20", "2024-02-01", "2024-02-02", "2024-02-03", "2024-02-03"],
        "amount": [20.0, 5.0, 10.0, 30.0, 60.0, 70.0, -9.0],
    })  # fmt: skip


def known():
    return pd.DataFrame(
        {"customer_id": ["lea", "sam", "ann"], "nps": [3, 9, 10], "member": [True, False, True]}
    )


def test_those_who_bought_nothing_have_a_row_after_the_customers():
    tx = rfm.Transactions(log(), returns="net")
    found = rfm.segment(tx, scheme=WITH, attributes=known(), edges=EDGES)
    buyers = rfm.segment(tx, scheme=VALUE, attributes=known(), edges=EDGES)
    assert found["customer_id"].tolist() == ["ann", "bob", "eve", "kim", "lea", "zoe", "sam"]
    assert found["segment"].tolist()[-2:] == ["prospects", "prospects"]
    assert found.loc[5:, ["recency", "frequency", "monetary", "R", "F", "M", "rfm"]].isna().all(axis=None)
    assert found.loc[6, "nps"] == 9
    assert not found.loc[6, "member"]
    assert found["segment"].cat.categories.tolist() == ["high", "mid", "low", "prospects"]
    same = found.head(5).drop(columns="segment")
    pd.testing.assert_frame_equal(same, buyers.drop(columns="segment"), check_dtype=False)
    assert found.head(5)["segment"].astype(str).tolist() == buyers["segment"].astype(str).tolist()


def test_without_a_segment_for_them_they_are_left_out():
    found = rfm.segment(rfm.Transactions(log(), returns="net"), scheme=VALUE, attributes=known(), edges=EDGES)
    assert set(found["customer_id"]) == {"ann", "bob", "eve", "kim", "lea"}


def test_one_answer_on_every_engine(constructor, to_pandas):
    tx = rfm.Transactions(constructor(log()), returns="net")
    found = to_pandas(rfm.segment(tx, scheme=WITH, attributes=constructor(known()), edges=EDGES))
    expected = rfm.segment(
        rfm.Transactions(log(), returns="net"), scheme=WITH, attributes=known(), edges=EDGES
    )
    columns = ["recency", "frequency", "monetary", "R", "F", "M", "nps"]
    found, expected = (t.set_index("customer_id").sort_index() for t in (found, expected))
    pd.testing.assert_frame_equal(
        found[columns].astype("Float64"),
        expected[columns].astype("Float64"),
        check_dtype=False,
        check_index_type=False,
    )
    assert found["segment"].astype(str).tolist() == expected["segment"].astype(str).tolist()


def test_a_profile_counts_them():
    tx = rfm.Transactions(log(), returns="net")
    table = rfm.profile(rfm.segment(tx, scheme=WITH, attributes=known(), edges=EDGES), WITH).set_index(
        "segment"
    )
    assert table.loc["prospects", "customers"] == 2
    assert table.loc["prospects", "action"] == "Invite"
    assert pd.isna(table.loc["prospects", "recency"])
    assert table.loc["prospects", ["orders", "spend"]].tolist() == [0, 0]
    assert table["share"].sum() == pytest.approx(1.0)
    assert table["share_of_spend"].sum() == pytest.approx(1.0)


def test_the_declaration_is_kept_and_edited(tmp_path):
    WITH.save(tmp_path / "mine.toml")
    assert 'prospects = "prospects"' in (tmp_path / "mine.toml").read_text(encoding="utf-8")
    assert Scheme.load(tmp_path / "mine.toml") == WITH
    assert WITH.rename({"prospects": "leads"}).prospects == "leads"
    assert WITH.without("prospects").prospects is None
    assert WITH.check().ok


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"prospects": "leads"}, "prospects='leads' is not a segment. Segments: high, mid, low, prospects"),
        ({"prospects": 3}, "prospects=3 is not a segment"),
        ({"prospects": "low"}, "Segment 'low' is for customers without a purchase"),
        ({"default": "prospects"}, "prospects='prospects' is also the default"),
    ],
)
def test_what_cannot_be_is_refused(change, text):
    with pytest.raises(SchemeError, match=text):
        dataclasses.replace(WITH, **change)
