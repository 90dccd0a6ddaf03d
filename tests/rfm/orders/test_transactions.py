"""Validation of a log: what is accepted, what is refused, and that the input is not changed."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from rfm import DataError, Transactions, TransactionsError, datasets
from rfm._orders.transactions import as_transactions


def log(**columns):
    table = {"customer_id": ["a", "b"], "date": ["2020-01-01", "2020-01-03"], "amount": [1.0, 2.0]}
    return pd.DataFrame({**table, **columns})


def rows(tx):
    return sorted(nw.to_native(tx.ledger).itertuples(index=False, name=None), key=str)


def rules(tx):
    audit = tx.audit
    return {(line.rule, line.effect): line.rows for line in audit.itertuples()}


def test_the_contract_on_pandas():
    tx = Transactions(log())
    assert rows(tx) == [("a", 18262, 10_000), ("b", 18264, 20_000)]
    assert (tx.first_day, tx.last_day, tx.decimals) == (18262, 18264, 4)
    assert {str(dtype) for dtype in nw.to_native(tx.ledger).dtypes[1:]} == {"int64"}
    assert rules(tx) == {("kept", "kept"): 2}
    assert repr(tx) == "Transactions(rows=2, first=2020-01-01, last=2020-01-03)"
    assert as_transactions(tx) is tx
    assert rows(as_transactions(log())) == rows(tx)


def test_the_ledger_on_every_engine(constructor, to_pandas):
    table = pd.DataFrame(
        {
            "CustomerID": ["ann", None, "bob", "", "cid", "ann", "dan", "eve"],
            "When": np.array(
                [
                    "2020-01-01T23:59",
                    "2020-01-01",
                    "NaT",
                    "2020-01-02",
                    "2020-03-01",
                    "2020-01-01",
                    "2999-01-01",
                    "1970-01-01",
                ],
                dtype="datetime64[us]",
            ),
            "Paid": [1.00004, 1.0, 1.0, 1.0, np.nan, -0.5, 12345.67, 3.0],
            "Order": [1, 2, 3, 4, 5, 6, 7, 8],
        }
    )
    options = {"customer": "CustomerID", "date": "When", "amount": "Paid", "order_id": "Order"}
    with pytest.raises(
        TransactionsError, match=r"2 missing customer .*, 1 missing date .*, 1 missing amount"
    ):
        Transactions(constructor(table), **options)
    tx = Transactions(constructor(table), bad_rows="drop", **options)
    assert isinstance(tx.ledger, nw.LazyFrame) == constructor.is_lazy
    found = to_pandas(tx.ledger.rename({"order_id": "customer_id", "customer_id": "who"})).astype(object)
    assert found.to_numpy().tolist() == [
        ["ann", 18262, 10_000, 1],
        ["ann", 18262, -5_000, 6],
        ["dan", 375_835, 123_456_700, 7],
        ["eve", 0, 30_000, 8],
    ]
    assert (tx.first_day, tx.last_day) == (0, 375_835)


def test_cdnow_passes_whole():
    tx = Transactions(datasets.cdnow())
    assert len(tx.ledger) == 69_659
    assert tx.ledger["units"].sum() == 25_003_156_300
    assert tx.ledger.columns == ["customer_id", "day", "units"]


def test_the_input_is_never_changed():
    table = log(customer_id=pd.Categorical(["a", "b"], ["z", "b", "a"]), note=["x", "y"])
    table.index = [7, 7]
    before = table.copy(deep=True)
    tx = Transactions(table, duplicates="drop")
    assert len(tx.audit) == 1
    pd.testing.assert_frame_equal(table, before)


def test_a_duplicate_index_is_harmless():
    table = pd.concat([log(), log(amount=[3.0, np.nan])])
    assert list(table.index) == [0, 1, 0, 1]
    tx = Transactions(table, bad_rows="drop")
    assert rows(tx) == [("a", 18262, 10_000), ("a", 18262, 30_000), ("b", 18264, 20_000)]
    assert list(nw.to_native(tx.ledger).index) == [0, 1, 2]


def test_ids_keep_their_type():
    one = uuid.UUID(int=1)
    for ids in ([1, "1"], [one, uuid.UUID(int=2)], [2**62, 2**62 + 1], [1.5, 2.5], [("a", 1), ("b", 2)],
                [dt.date(2020, 1, 1), dt.date(2020, 1, 2)], [True, False]):  # fmt: skip
        kept = nw.to_native(Transactions(log(customer_id=ids)).ledger)["customer_id"]
        assert kept.tolist() == ids
        assert list(map(type, kept.tolist())) == list(map(type, ids))


def test_1_and_text_1_are_two_customers():
    tx = Transactions(log(customer_id=pd.Series([1, "1"], dtype=object)))
    assert tx.audit["customers"].tolist() == [2]


def test_categoricals_drop_unused_categories():
    ids = pd.Categorical(["a", "b"], ["a", "b", "never"])
    tx = Transactions(log(customer_id=ids, amount=[1.0, np.nan]), bad_rows="drop")
    assert list(nw.to_native(tx.ledger)["customer_id"].cat.categories) == ["a"]
    assert list(ids.categories) == ["a", "b", "never"]


def test_ids_that_cannot_identify():
    with pytest.raises(
        TransactionsError,
        match="'customer_id' holds lists, structs, maps, JSON or other values of several parts",
    ):
        Transactions(log(customer_id=[["a"], ["b"]]))


@pytest.mark.parametrize("order", [[0, 1, 2, 3], [3, 2, 1, 0], [1, 3, 0, 2]])
def test_ids_that_are_equal_and_of_two_types(order):
    ids = pd.Series([1, True, 2.5, "a"], dtype=object)
    table = pd.DataFrame({"customer_id": ids, "date": "2020-01-01", "amount": 1.0})
    with pytest.raises(TransactionsError) as error:
        Transactions(table.iloc[order])
    assert str(error.value) == (
        "Column 'customer_id' holds 1 (int) and True (bool), which are equal: one customer or several? "
        "Hint: convert all ids to one type."
    )
    assert len(Transactions(table.iloc[[i for i in order if i != 1]]).ledger) == 3  # not equal: as they are


@pytest.mark.parametrize("nothing", [None, np.nan, pd.NA, pd.NaT, ""])
def test_a_missing_customer(nothing):
    table = log(customer_id=pd.Series(["a", nothing], dtype=object))
    with pytest.raises(
        TransactionsError, match=r"1 missing customer \(\(no customer\) on '2020-01-03': 2\.0\)"
    ):
        Transactions(table)
    assert rules(Transactions(table, bad_rows="drop")) == {
        ("kept", "kept"): 1,
        ("missing customer", "dropped"): 1,
    }


def test_float_ids_without_nan_on_polars():
    table = pl.DataFrame({"customer_id": [1.0, float("nan")], "date": ["2020-01-01"] * 2, "amount": [1, 2]})
    assert len(Transactions(table, bad_rows="drop").ledger) == 1


def test_no_dataframe_and_no_rows():
    with pytest.raises(
        DataError, match=r"Not a dataframe: list\. Hint: pandas.DataFrame\(rows\) makes a table"
    ):
        Transactions([1, 2])
    with pytest.raises(TransactionsError, match="The table has no rows"):
        Transactions(log().head(0))
    with pytest.raises(
        TransactionsError, match=r"No column 'customer_id', 'date', 'amount'\. The table has: \."
    ):
        Transactions(pd.DataFrame())
    with pytest.raises(DataError, match="Columns share a name"):
        Transactions(pd.DataFrame([["a", 1, 2, 3]], columns=["customer_id", "date", "amount", "amount"]))


def test_no_rows_on_every_engine(constructor):
    empty = log(date=pd.to_datetime(["2020-01-01"] * 2)).head(0)
    with pytest.raises(TransactionsError, match="The table has no rows"):
        Transactions(constructor(empty))


def test_no_row_is_left():
    with pytest.raises(TransactionsError, match=r"No row is left of 2: 1 missing amount .*, 1 after until"):
        Transactions(log(amount=[np.nan, 1]), bad_rows="drop", until="2020-01-01")


@pytest.mark.parametrize(
    ("columns", "options", "hint"),
    [
        ({}, {"until": "2019-12-31"}, "choose until= after 2019-12-31."),
        ({"amount": [-1, -2]}, {"returns": "drop"}, 'returns="net" keeps negative amounts.'),
        (
            {"customer_id": None, "amount": None},
            {},
            "check that these are the right columns: customer='customer_id', date='date', amount='amount'.",
        ),
        (
            {"date": "soon"},
            {},
            'date_format="%d/%m/%Y" or similar reads dates other than ISO, "excel" serial dates.',
        ),
        ({"currency": "EUR"}, {"currency": "currency", "rates": {"USD": 1.0}}, "add the currency to rates."),
    ],
)
def test_no_row_is_left_and_what_to_do_next(columns, options, hint):
    with pytest.raises(TransactionsError, match=r"^No row is left of 2: ") as error:
        Transactions(log(**columns), bad_rows="drop", **options)
    assert str(error.value).endswith(f"). Hint: {hint}")


def test_unreadable_rows_are_refused_with_the_value_and_the_next_step():
    with pytest.raises(TransactionsError) as error:
        Transactions(log(date=["2020-01-01", "soon"]))
    assert str(error.value) == (
        "Rows that cannot be used: 1 unreadable date (b on 'soon': 2.0). "
        'Hint: date_format="%d/%m/%Y" or similar reads dates other than ISO, "excel" serial dates; '
        'bad_rows="drop" drops these rows and lists them in tx.audit.'
    )
    with pytest.raises(
        TransactionsError, match=r"1 infinite amount \(b on '2020-01-03': inf\)\. Hint: correct them"
    ):
        Transactions(log(amount=[1, np.inf]))
    with pytest.raises(TransactionsError, match=r"1 unreadable amount \(b on '2020-01-03': '£2'\)"):
        Transactions(log(amount=[1, "£2"]))


def test_text_amounts_are_refused_even_when_bad_rows_are_dropped():
    for bad_rows in ("raise", "drop"):
        with pytest.raises(
            TransactionsError, match=r"Column 'amount' must hold numbers; got text, such as '1\.0'"
        ):
            Transactions(log(amount=["1.0", "2.0"]), bad_rows=bad_rows)


def test_returns():
    table = log(customer_id=["a", "a"], date=["2020-01-01"] * 2, amount=[5.0, -2.0])
    assert rows(Transactions(table)) == [("a", 18262, -20_000), ("a", 18262, 50_000)]
    dropped = Transactions(table, returns="drop")
    assert rows(dropped) == [("a", 18262, 50_000)]
    assert rules(dropped) == {("kept", "kept"): 1, ("return", "dropped"): 1}
    with pytest.raises(
        TransactionsError, match=r"1 rows have a negative amount \(a on \'2020-01-01\': -2\.0\)"
    ):
        Transactions(table, returns="raise")


def test_until_is_inclusive():
    for until in ("2020-01-01", dt.date(2020, 1, 1), pd.Timestamp("2020-01-01 08:00")):
        tx = Transactions(log(date=pd.to_datetime(["2020-01-01 23:59", "2020-01-02 00:00"])), until=until)
        assert rows(tx) == [("a", 18262, 10_000)]
        assert rules(tx) == {("kept", "kept"): 1, ("after until", "dropped"): 1}
    with pytest.raises(DataError, match="until must be a date"):
        Transactions(log(), until="1/2/2020")


def test_duplicates():
    table = pd.concat([log(), log(), log(amount=[1.0, 9.0])], ignore_index=True)
    assert len(Transactions(table).ledger) == 6
    assert rules(Transactions(table))["duplicate row kept", "informs"] == 3
    dropped = Transactions(table, duplicates="drop")
    assert rows(dropped) == [("a", 18262, 10_000), ("b", 18264, 20_000), ("b", 18264, 90_000)]
    assert rules(dropped) == {
        ("kept", "kept"): 3,
        ("duplicate row", "dropped"): 3,
        ("order merged into its day", "informs"): 1,
    }
    with pytest.raises(TransactionsError, match=r"3 rows repeat another \(a on '2020-01-01': 1\.0; b on"):
        Transactions(table, duplicates="raise")
    apart = table.assign(line=range(6))  # rows that differ in any column, mapped or not, are no duplicates
    assert len(Transactions(apart, duplicates="drop").ledger) == 6
    Transactions(apart, duplicates="raise")


def test_duplicates_beside_values_that_do_not_compare():
    table = pd.concat([log(tags=[["x"], ["y"]])] * 2, ignore_index=True)
    for native in (table, pa.Table.from_pandas(table), pl.from_pandas(table)):
        assert len(Transactions(native, duplicates="drop").ledger) == 2


def test_quantity_and_price():
    table = log(quantity=[3, -2], price=[1.1, 0.25]).drop(columns="amount")
    assert rows(Transactions(table, quantity="quantity", price="price")) == [
        ("a", 18262, 33_000),
        ("b", 18264, -5_000),
    ]
    exact = table.assign(price=[Decimal("1.10"), None])
    tx = Transactions(exact, quantity="quantity", price="price", bad_rows="drop")
    assert rows(tx) == [("a", 18262, 33_000)]
    assert tx.audit["examples"].tolist() == ["", "b on '2020-01-03': -2 × (no amount)"]


def test_currencies():
    table = log(currency=["EUR", "USD"])
    with pytest.raises(
        TransactionsError, match=r"Column 'currency' mixes currencies: EUR, USD\. Hint: rates="
    ):
        Transactions(table, currency="currency")
    assert rows(Transactions(table, currency="currency", rates={"EUR": 1, "USD": 0.92})) == [
        ("a", 18262, 10_000),
        ("b", 18264, 18_400),
    ]
    rates = pd.DataFrame({"currency": ["EUR", "USD"], "rate": [1.0, 0.92]})
    assert len(Transactions(table, currency="currency", rates=rates).ledger) == 2
    with pytest.raises(TransactionsError, match=r"1 unknown currency .*Hint: add the currency to rates"):
        Transactions(table, currency="currency", rates={"EUR": 1})
    one = log(currency=["EUR", None])
    tx = Transactions(one, currency="currency", bad_rows="drop")
    assert rules(tx) == {("kept", "kept"): 1, ("missing currency", "dropped"): 1}


def test_sums_that_would_overflow_are_refused():
    most = 4.6e14  # × 10^4 is just under 2^62
    assert len(Transactions(log(amount=[most, -4.6e14])).ledger) == 2
    with pytest.raises(
        TransactionsError, match="Amounts would overflow 64-bit integers of 10\\^-4: their sum"
    ):
        Transactions(pd.concat([log(amount=[most, -most])] * 2))
    with pytest.raises(TransactionsError, match=r"1 amount too large \(a on '2020-01-01': 1e\+300\)"):
        Transactions(log(amount=[1e300, 1.0]), bad_rows="drop")
    assert len(Transactions(pd.concat([log(amount=[most, -most])] * 2), decimals=2).ledger) == 4


def test_sums_that_would_overflow_on_every_engine(constructor):
    table = pd.concat([log(amount=[4.6e14, -4.6e14], date=pd.to_datetime(["2020-01-01"] * 2))] * 2)
    with pytest.raises(TransactionsError, match="Amounts would overflow"):
        Transactions(constructor(table.reset_index(drop=True)))


def test_decimals():
    assert rows(Transactions(log(amount=[1.005, 2]), decimals=2)) == [("a", 18262, 100), ("b", 18264, 200)]
    assert rows(Transactions(log(amount=[7, 8]), decimals=0)) == [("a", 18262, 7), ("b", 18264, 8)]


def test_importing_rfm_loads_no_engine():
    import subprocess
    import sys

    code = (
        "import sys, rfm; print([m for m in ('matplotlib', 'scipy', 'sklearn', 'polars', 'duckdb', 'dask', "
    )
    code += "'ibis', 'pyspark', 'lifetimes') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
