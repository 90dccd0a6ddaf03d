"""Mapped columns and options: what is missing is named, with a guess."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import pandas as pd
import polars as pl
import pytest

from rfm import Transactions, TransactionsError
from rfm._orders.columns import Columns, rate_table

RETAIL = ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID", "Country"]


def columns(**options):
    return Columns(**{"customer": "customer_id", "date": "date", "amount": "amount", **options})


def test_missing_columns_are_named_with_a_hint():
    with pytest.raises(TransactionsError) as error:
        columns().check(["CustomerID", "InvoiceDate", "Revenue"])
    assert str(error.value) == (
        "No column 'customer_id', 'date', 'amount'. The table has: CustomerID, InvoiceDate, Revenue. "
        'Hint: Transactions(df, customer="CustomerID", date="InvoiceDate", amount="Revenue").'
    )


def test_quantity_and_price_are_suggested_where_no_column_looks_like_an_amount():
    with pytest.raises(TransactionsError, match=r'quantity="Quantity", price="UnitPrice"\)'):
        columns(customer="CustomerID", date="InvoiceDate").check(RETAIL)


def test_nothing_looks_right():
    with pytest.raises(TransactionsError, match=r'No column \'order\'.*Transactions\(df, order_id="…"\)'):
        columns(order_id="order").check(["customer_id", "date", "amount"])


def test_amount_is_not_needed_beside_quantity_and_price():
    columns(quantity="q", price="p").check(["customer_id", "date", "q", "p"])
    with pytest.raises(TransactionsError, match="quantity and price go together"):
        columns(quantity="q")
    with pytest.raises(TransactionsError, match="amount='revenue' and quantity × price were both given"):
        columns(quantity="q", price="p", amount="revenue")


@pytest.mark.parametrize("decimals", [-1, 13, 2.0, "4"])
def test_decimals_out_of_range(decimals):
    with pytest.raises(TransactionsError, match="decimals must be a whole number from 0 to 12"):
        columns(decimals=decimals)


def test_unknown_zones():
    with pytest.raises(TransactionsError, match=r"is not a time zone\. Hint: a name of the IANA database"):
        columns(tz="Europe/Atlantis")


@pytest.mark.parametrize(("tz", "got"), [("", "''"), (dt.UTC, "a timezone")])
def test_a_zone_is_named_by_text(tz, got):
    with pytest.raises(TransactionsError, match=f'tz must be text; got {got}. Hint: tz="Europe/London"'):
        columns(tz=tz)


def test_a_format_needs_codes():
    with pytest.raises(TransactionsError, match="date_format='mixed' is not a format"):
        columns(date_format="mixed")


def test_rates_need_a_column_of_currencies():
    with pytest.raises(TransactionsError) as error:
        columns(rates={"EUR": 1.0, "USD": 0.92})
    assert str(error.value) == (
        'rates of EUR, USD were given without a column of currencies. Hint: currency="…" names it.'
    )


def test_rates():
    expected = {"EUR": 1.0, "USD": 0.92}
    assert rate_table(None) is None
    assert rate_table({"EUR": 1, "USD": Decimal("0.92")}) == expected
    table = {"currency": ["EUR", "USD"], "rate": [1.0, 0.92]}
    assert rate_table(pd.DataFrame(table)) == expected
    assert rate_table(pl.DataFrame(table)) == expected
    for bad in ({"EUR": 0}, {"EUR": -1}, {"EUR": float("nan")}, {"EUR": "one"}, {"EUR": None}):
        with pytest.raises(TransactionsError, match="The rate of 'EUR' must be a positive number"):
            rate_table(bad)
    with pytest.raises(TransactionsError, match="a currency twice"):
        rate_table(pd.DataFrame({"currency": ["EUR", "EUR"], "rate": [1.0, 1.0]}))
    with pytest.raises(TransactionsError, match="columns currency and rate"):
        rate_table(pd.DataFrame({"code": ["EUR"], "rate": [1.0]}))


@pytest.mark.parametrize("option", ["returns", "bad_rows", "duplicates"])
def test_closed_options(option):
    with pytest.raises(TransactionsError, match=rf"{option} must be one of .*; got \'maybe\'"):
        Transactions(pd.DataFrame(), **{option: "maybe"})
