"""Arrow's rarer types are read as the plain ones that they encode."""

from __future__ import annotations

import datetime as dt
import uuid
from decimal import Decimal

import dask.dataframe as dd
import pandas as pd
import pyarrow as pa
import pytest

import rfm
from rfm import EngineError
from rfm._frames.native import from_native, to_native

DAYS = [dt.date(2024, 1, 1), dt.date(2024, 1, 5), None]
UUIDS = [uuid.UUID(int=1), None, uuid.UUID(int=3)]
MONEY = [Decimal("1.25"), None, Decimal("-3.10")]


def uuids():
    return pa.ExtensionArray.from_storage(
        pa.uuid(), pa.array([each and each.bytes for each in UUIDS], pa.binary(16))
    )


ODD = {
    "decimal32": (pa.array(MONEY, pa.decimal32(7, 2)), MONEY),
    "decimal64": (pa.array(MONEY, pa.decimal64(15, 2)), MONEY),
    "string_view": (pa.array(["a", None, "b"], pa.string_view()), ["a", None, "b"]),
    "binary_view": (pa.array([b"a", None, b"b"], pa.binary_view()), [b"a", None, b"b"]),
    "date64": (pa.array(DAYS, pa.date64()), DAYS),
    "uuid": (uuids(), [each and str(each) for each in UUIDS]),
}


@pytest.mark.parametrize(
    ("kind", "pandas"),
    # pandas can hold columns of views, but hardly anything of its own works on them
    [(kind, pandas) for kind in ODD for pandas in (False, True) if not (pandas and kind.endswith("view"))],
)
def test_a_rare_type_becomes_a_plain_one_and_the_input_stays(kind, pandas):
    column, expected = ODD[kind]
    native = pa.table({"id": [1, 2, 3], "odd": column})
    if pandas:
        odd = pd.Series(pd.arrays.ArrowExtensionArray(pa.chunked_array([column])), index=[7, 8, 9])
        native = pd.DataFrame({"id": [1, 2, 3]}, index=[7, 8, 9]).assign(odd=odd)
    entered = from_native(native)
    assert type(to_native(entered)) is type(native)
    values = entered["odd"]
    assert values.is_null().to_list() == [value is None for value in expected]
    assert values.drop_nulls().to_list() == [value for value in expected if value is not None]
    kept = native.dtypes["odd"].pyarrow_dtype if pandas else native.schema.field("odd").type
    assert kept == column.type
    if pandas:
        assert list(to_native(entered).index) == [7, 8, 9]


def test_dictionaries_of_pandas_are_their_values():
    column = pa.chunked_array([pa.array(["a", None, "b"]).dictionary_encode()])
    native = pd.DataFrame({"odd": pd.Series(pd.arrays.ArrowExtensionArray(column))})
    assert to_native(from_native(native))["odd"].dtype == pd.ArrowDtype(pa.string())


@pytest.mark.parametrize("kind", ["decimal64", "string_view", "date64", "uuid"])
@pytest.mark.parametrize("pandas", [False, True])
def test_a_log_of_rare_types_is_read(kind, pandas):
    column, expected = ODD[kind]
    columns = {
        "customer_id": pa.array([1, 2, 1]),
        "date": pa.array([dt.date(2024, 1, 1)] * 3),
        "amount": pa.array([1.5, 2.0, 3.0]),
    }
    place = {"decimal64": "amount", "date64": "date"}.get(kind, "customer_id")
    columns[place] = column
    native = pa.table(columns)
    if pandas:
        native = native.to_pandas(types_mapper=pd.ArrowDtype)
    tx = rfm.Transactions(native, bad_rows="drop")
    kept = sum(value is not None and value != MONEY[2] for value in expected)
    assert len(rfm.summarize(tx)) == min(kept, 2)
    assert len(tx.audit) >= 2


def dask_of(table):
    return dd.from_pandas(table.to_pandas(types_mapper=pd.ArrowDtype), npartitions=2)


def test_arrow_numbers_on_dask_are_numpys():
    table = pa.table(
        {
            "customer_id": [1, 1, 2],
            "date": [dt.date(2024, 1, 1), dt.date(2024, 1, 5), dt.date(2024, 2, 1)],
            "amount": pa.array(["1.25", "3.10", "2.00"]).cast(pa.decimal128(9, 2)),
        }
    )
    for kind in (pa.decimal128(9, 2), pa.float64()):
        amounts = table.column("amount").cast(kind)
        found = rfm.summarize(dask_of(table.set_column(2, "amount", amounts))).compute()
        assert found.set_index("customer_id")["spend"].to_dict() == {1: 4.35, 2: 2.0}


def test_more_digits_than_a_float_holds_are_refused_on_dask():
    table = pa.table({"amount": pa.array(["1.25"]).cast(pa.decimal128(18, 2))})
    with pytest.raises(
        EngineError, match=r"Column 'amount' holds decimal128\(18, 2\), whose arithmetic Dask"
    ):
        from_native(dask_of(table))
