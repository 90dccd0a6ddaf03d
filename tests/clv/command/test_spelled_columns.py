"""Texts of columns become amounts and days."""

from __future__ import annotations

import pandas as pd
import pytest

from clv._command.spelled_columns import CURRENCY, rates_of, read_columns


def test_amounts_that_name_no_currency_are_counted():
    table = pd.DataFrame({"date": ["2024-01-05"] * 3, "amount": ["US$5", "7", None]})
    read = read_columns(table, date="date", money=["amount"], date_format=None, decimal=None)
    assert (read.currencies, read.without_currency) == (("USD",), 1)
    assert read.table[CURRENCY].tolist()[0] == "USD"
    assert read.table["amount"].tolist()[:2] == [5.0, 7.0]


def test_a_currency_has_one_rate():
    with pytest.raises(ValueError, match="two rates"):
        rates_of("USD=30,USD=3")
