"""Rows that a rule keeps."""

from __future__ import annotations

import pandas as pd

from clv._command.row_rules import rows_where


def test_numbers_in_texts_are_read_with_the_decimal_mark_that_was_given():
    table = pd.DataFrame({"amount": ["1,280", "250,000"]})
    assert list(rows_where(table, "amount > 100")) == [True, True]
    assert list(rows_where(table, "amount > 100", ",")) == [False, True]
