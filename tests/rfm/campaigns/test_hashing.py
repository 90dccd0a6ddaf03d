"""Places of customers: the definition, recomputed; spread evenly; the same for an id of any type."""

from __future__ import annotations

import hashlib
import json
from uuid import UUID

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rfm._frames.ids import as_text
from rfm._frames.native import from_native
from rfm.campaigns import assign
from rfm.campaigns._hashing import STEPS, place, with_places


def test_a_place_is_the_first_62_bits_of_sha_256():
    text = '["autumn \\"26\\"",7,"Zoë"]'
    assert json.loads(text) == ['autumn "26"', 7, "Zoë"]
    expected = int(hashlib.sha256(text.encode()).hexdigest(), 16) >> (256 - 62)
    assert place('autumn "26"', 7, "Zoë") == expected
    assert 0 <= expected < STEPS


@pytest.mark.parametrize("customer", [17, 17.0, "17", np.int8(17), np.uint64(17), np.float32(17)])
def test_an_id_has_one_place_whatever_holds_it(customer):
    assert as_text(customer) == "17"
    assert place("a", 0, customer) == place("a", 0, 17)


def test_no_two_triples_have_one_text():
    assert place("a", 1, "2") != place("a,1", 2, "") != place('a",1,"2', 0, "")


def test_places_are_uniform_and_independent_of_those_of_another_name_and_seed():
    ids = range(20_000)
    first, second, third = (
        np.array([place(name, seed, i) for i in ids]) / STEPS for name, seed in (("a", 0), ("b", 0), ("a", 1))
    )
    for places in (first, second, third):
        assert stats.kstest(places, "uniform").pvalue > 1e-3
    for other in (second, third):
        assert abs(np.corrcoef(first, other)[0, 1]) < 4 / np.sqrt(len(first))


def test_places_keep_the_order_and_index_of_a_table():
    table = pd.DataFrame({"customer_id": ["b", "a", "c"], "v": [1, 2, 3]}, index=[7, 5, 9])
    placed = with_places(from_native(table), "a", 0, "at").to_native()
    assert placed["at"].tolist() == [place("a", 0, each) for each in "bac"]
    assert placed.index.tolist() == [7, 5, 9]


@pytest.mark.parametrize(
    "form",
    [
        lambda ids: pd.Series(ids),
        lambda ids: pd.Series(ids, dtype="category"),
        lambda ids: pd.Series([UUID(each) for each in ids], dtype=object),
        lambda ids: pd.Series(ids, dtype="string"),
    ],
)
def test_ids_that_are_texts_categories_and_uuids_have_one_arm(form):
    ids = [str(UUID(int=i * 7**30)) for i in range(50)]
    arms = [
        assign(pd.DataFrame({"customer_id": each}), "a", 0.4)["arm"].tolist() for each in (ids, form(ids))
    ]
    assert arms[0] == arms[1]
    assert set(arms[0]) == {"control", "treatment"}


@pytest.mark.parametrize("kind", ["int64", "uint64", "Int64", "float64", "object", "category", "string"])
def test_ids_that_are_numbers_have_one_arm(kind):
    ids = np.arange(50) * 10**14
    held = pd.Series(ids).astype(str).astype(kind) if kind == "string" else pd.Series(ids).astype(kind)
    arms = [assign(pd.DataFrame({"customer_id": each}), "a", 0.4)["arm"].tolist() for each in (ids, held)]
    assert arms[0] == arms[1]


def test_ids_of_duckdb_have_the_arms_of_texts():
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as connection:
        for made, cast in (("uuid", "uuid"), ("number", "decimal(18, 0)"), ("number", "hugeint")):
            ids = [str(UUID(int=i)) if made == "uuid" else str(i * 10**14) for i in range(50)]
            table = pd.DataFrame({"customer_id": ids})
            connection.register("customers", table)
            theirs = assign(
                connection.sql(f"select customer_id::{cast} as customer_id from customers"), "a", 0.4
            )
            found = dict(theirs.project("customer_id::text, arm").fetchall())
            assert found == dict(zip(ids, assign(table, "a", 0.4)["arm"], strict=True))
