"""Rows that are equal in the columns that count."""

from __future__ import annotations

import pandas as pd

from rfm._frames.native import from_native, to_native
from rfm._orders.duplicates import COPIES, equal_rows, without_copies

ROWS = pd.DataFrame(
    {"who": ["a", "b", "a", "a", "c", "b"], "amount": [1.0, 2.0, 1.0, 1.5, 3.0, 2.0], "note": list("xyxzwy")}
)


def test_sets_of_equal_rows_are_counted_on_every_engine(constructor, to_pandas):
    found = to_pandas(to_native(equal_rows(from_native(constructor(ROWS)), ["who", "amount"])))
    found = found.sort_values("who", ignore_index=True)
    assert found[["who", "amount", COPIES]].to_numpy().tolist() == [["a", 1.0, 2], ["b", 2.0, 2]]


def test_one_row_of_each_set_is_left_on_every_engine(constructor, to_pandas):
    found = to_pandas(to_native(without_copies(from_native(constructor(ROWS)), ["who", "amount"])))
    assert sorted(zip(found["who"], found["amount"], strict=True)) == [
        ("a", 1.0),
        ("a", 1.5),
        ("b", 2.0),
        ("c", 3.0),
    ]


def test_lists_compare_by_what_they_hold():
    nested = pd.DataFrame({"who": [1, 1, 1, 2], "items": [[1, 2], [1, 2], [2, 1], [1, 2]]})
    found = to_native(equal_rows(from_native(nested), ["who", "items"]))
    assert found[["who", COPIES]].to_numpy().tolist() == [[1, 2]]
    assert len(to_native(without_copies(from_native(nested), ["who", "items"]))) == 3
    assert nested["items"].tolist()[0] == [1, 2]  # what was given is as it was


def test_a_missing_value_equals_another():
    missing = pd.DataFrame({"who": [None, None, "a"], "amount": [1.0, 1.0, 1.0]})
    assert len(to_native(without_copies(from_native(missing), ["who", "amount"]))) == 2
