from __future__ import annotations

import uuid
from collections import defaultdict

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm._customers import aggregation as kernel


def number(ids: list[object], dtype: object = None) -> tuple[list[int], list[object]]:
    series = pd.Series(ids, dtype=dtype)
    code, row = kernel.number_customers(nw.from_native(series, series_only=True))
    return code.tolist(), [ids[r] for r in row]


def test_customers_are_numbered_in_the_order_of_their_ids():
    assert number([30, 10, 20, 10]) == ([2, 0, 1, 0], [10, 20, 30])
    assert number(["b", "a", "b"]) == ([1, 0, 1], ["a", "b"])
    assert number([2.5, -1.0, 2.5]) == ([1, 0, 1], [-1.0, 2.5])


def test_ids_close_together_are_numbered_as_ids_far_apart():
    ids = np.random.default_rng(0).integers(-50, 50, 200)
    dense, sparse = number(ids.tolist()), number((ids * 2**40).tolist())
    assert dense[0] == sparse[0]
    assert dense[1] == [value // 2**40 for value in sparse[1]] == sorted(set(ids.tolist()))
    assert number([127, -128] * 200, "int8") == ([1, 0] * 200, [-128, 127])
    assert number([2**63 - 1, 2**63 - 2, 2**63 - 1])[0] == number([-(2**63) + 1, -(2**63), 1 - 2**63])[0]
    assert number([2, 1, 2], "Int64") == ([1, 0, 1], [1, 2])


def test_ids_that_do_not_compare_go_by_type_name_then_text():
    assert number(["1", 1, "0", 10, 9]) == ([4, 0, 3, 1, 2], [1, 10, 9, "0", "1"])
    assert number([9, "0", 10, 1, "1"])[1] == [1, 10, 9, "0", "1"]


def test_uuids_and_tuples_are_ids():
    low, high = uuid.UUID(int=1), uuid.UUID(int=2)
    assert number([high, low, high]) == ([1, 0, 1], [low, high])
    assert number([(2, "a"), (1, "z")], dtype=object) == ([1, 0], [(1, "z"), (2, "a")])


def test_the_order_of_categories_does_not_matter():
    ids = ["b", "a", "c", "a"]
    for categories in (["a", "b", "c"], ["c", "b", "a"], ["b", "c", "a"]):
        assert number(ids, pd.CategoricalDtype(categories)) == ([1, 0, 2, 0], ["a", "b", "c"])


def reference(rows: list[tuple[int, int, int]]) -> dict[int, tuple[int, int, int, int, int, int]]:
    """The definition, word for word: each customer's days, then the purchases among them."""
    days: dict[int, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
    for customer, day, units in rows:
        days[customer][day].append(units)
    table = {}
    for customer, by_day in days.items():
        bought, refunds = {}, 0
        for day, units in by_day.items():
            net = sum(units)
            if net > 0 or (net == 0 and all(u >= 0 for u in units)):
                bought[day] = net
            else:
                refunds += net
        first, last = (min(bought), max(bought)) if bought else (0, 0)
        table[customer] = (first, last, len(bought), sum(bought.values()), bought.get(first, 0), refunds)
    return table


ROWS = st.lists(
    st.tuples(st.integers(0, 5), st.integers(-800_000, 400_000) | st.integers(-2, 2), st.integers(-3, 3)),
    min_size=1,
)


@given(ROWS)
def test_the_facts_are_the_definition(rows):
    customer, day, units = (np.array(column, dtype=np.int64) for column in zip(*rows, strict=True))
    ids = nw.from_native(pd.Series(customer), series_only=True)
    code, row = kernel.number_customers(ids)
    facts = kernel.facts(kernel.customer_days(code, day, units), len(row))
    table = zip(*(column.tolist() for column in vars(facts).values()), strict=True)
    assert dict(zip(customer[row].tolist(), table, strict=True)) == reference(rows)


def test_no_rows_give_no_facts():
    none = np.zeros(0, dtype=np.int64)
    facts = kernel.facts(kernel.customer_days(none, none, none), 0)
    assert all(len(column) == 0 for column in vars(facts).values())


def test_sums_are_exact_where_floats_would_round():
    units = np.array([2**53, 1, 1], dtype=np.int64)
    facts = kernel.facts(kernel.customer_days(np.zeros(3, np.int64), np.arange(3), units), 1)
    assert facts.spend.tolist() == [2**53 + 2]


@pytest.mark.slow
def test_a_million_shuffled_rows_give_the_same_facts():
    rng = np.random.default_rng(3)
    code, day = rng.integers(0, 100_000, 1_000_000), rng.integers(0, 1_000, 1_000_000)
    units = rng.integers(-(10**6), 10**7, 1_000_000)
    once = kernel.facts(kernel.customer_days(code, day, units), 100_000)
    other = rng.permutation(len(code))
    again = kernel.facts(kernel.customer_days(code[other], day[other], units[other]), 100_000)
    for name, column in vars(once).items():
        np.testing.assert_array_equal(column, getattr(again, name), err_msg=name)
