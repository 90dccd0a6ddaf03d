"""Rows at the end of an export that are no orders, and those that only look like it."""

from __future__ import annotations

import pandas as pd
import pytest

from clv._files.tidying import without_other_rows

COLUMNS = ["customer", "date", "amount", "note"]


def kept(*last, rows=30):
    """How many rows are left of as many orders and the given last rows."""
    orders = [[f"c{place}", "2024-01-02", "5", None if place % 3 else "x"] for place in range(rows)]
    table, notes = without_other_rows(pd.DataFrame([*orders, *last], columns=COLUMNS))
    assert list(table.index) == list(range(len(table)))
    return len(table) - rows, [str(note) for note in notes]


@pytest.mark.parametrize(
    "row",
    [
        ["合計", None, "150", None],
        [None, "總計：", "150", None],
        ["Total:", None, "150", None],
        ["Grand Total", None, "150", None],
        ["Gesamtsumme", None, "150,00", None],
        [None, "合　計", "150", None],
        ["共 30 筆", None, None, None],
        ["列印人員：王小明", None, None, None],
    ],
)
def test_totals_and_remarks_are_left_out_and_said(row):
    left, notes = kept(row)
    assert left == 0
    assert "Rows at the end that are totals or remarks are left out: 1, such as" in notes[0]


@pytest.mark.parametrize(
    "row",
    [
        ["Total", "2024-01-02", "150", None],  # a customer of that name
        ["c99", None, "150", None],  # an order without a date: bad, and the audit's to say
        [None, "2024-01-02", "150", None],
        ["c99", "2024-01-02", "150", "total"],
    ],
)
def test_orders_stay(row):
    assert kept(row) == (1, [])


def test_a_total_among_orders_stays():
    assert kept(["合計", None, "150", None], *[["c1", "2024-01-02", "5", None]] * 7)[0] == 8


def test_a_table_of_one_row_or_one_column_is_left_alone():
    for frame in (pd.DataFrame({"a": ["total"], "b": [None]}), pd.DataFrame({"a": ["x", "total"]})):
        assert len(without_other_rows(frame)[0]) == len(frame)
