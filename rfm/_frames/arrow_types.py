"""Arrow tables: conversion of rarer types to plain ones that every step accepts, and record batches."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import narwhals.stable.v2 as nw
import pandas as pd

from rfm.errors import EngineError

__all__ = [
    "arrow_kinds",
    "from_batch",
    "is_nested_arrow",
    "no_rows",
    "numpy_numbers",
    "odd_kinds",
    "plain_pandas",
    "plain_table",
]

ODD_KINDS: Final = (
    "decimal32",
    "decimal64",
    "string_view",
    "binary_view",
    "date64",
    "halffloat",
    "extension<arrow.uuid",
)
EXACT_DIGITS: Final = 15  # decimals of up to so many digits survive a conversion to float


def arrow_kinds(table: pd.DataFrame) -> dict[Any, Any]:
    """The Arrow types of a pandas table's Arrow columns."""
    return {
        name: kind.pyarrow_dtype for name, kind in table.dtypes.items() if isinstance(kind, pd.ArrowDtype)
    }


def is_nested_arrow(kind: Any) -> bool:
    """Whether an Arrow type has values made of several, as intervals of months, days and seconds are."""
    import pyarrow as pa  # noqa: PLC0415

    return bool(pa.types.is_nested(kind) or pa.types.is_interval(kind))


def odd_kinds(kinds: Mapping[Any, Any], *, dictionaries: bool = False) -> dict[Any, Any]:
    """The Arrow types that no step accepts, and dictionaries of these."""
    odd = ODD_KINDS + (("dictionary",) if dictionaries else ())
    return {name: kind for name, kind in kinds.items() if str(kind).startswith(odd)}


def _plain_array(column: Any, kind: Any) -> Any:
    """A chunked Arrow array of a rare type in a plain one."""
    import pyarrow as pa  # noqa: PLC0415

    name = str(kind)
    if name.startswith("decimal"):
        return column.cast(pa.decimal128(kind.precision, kind.scale))
    if name.startswith("dictionary"):
        return column.cast(kind.value_type)
    if name.startswith("extension"):
        texts = [None if value is None else str(value) for value in column.to_pylist()]
        return pa.chunked_array([pa.array(texts, pa.large_string())])
    plain = {
        "string_view": pa.large_string(),
        "binary_view": pa.large_binary(),
        "halffloat": pa.float32(),
    }.get(name, pa.date32())
    return column.cast(plain)


def plain_table(table: Any, odd: Mapping[str, Any]) -> Any:
    """An Arrow table with its columns of rarer types cast to plain ones.

    Narrow decimals become those of 128 bits, texts and bytes of the view layout those of the common one, days in
    milliseconds days, floats of 16 bits those of 32, UUIDs texts, dictionaries their values.
    """
    for name, kind in odd.items():
        place = table.column_names.index(name)
        table = table.set_column(place, name, _plain_array(table.column(name), kind))
    return table


def plain_pandas(table: pd.DataFrame, odd: Mapping[str, Any]) -> pd.DataFrame:
    """The same for a pandas table."""
    import pyarrow as pa  # noqa: PLC0415

    plain = {}
    for name, kind in odd.items():
        array = _plain_array(pa.chunked_array(table[name].array.__arrow_array__()), kind)
        plain[name] = pd.Series(pd.arrays.ArrowExtensionArray(array), index=table.index)
    return table.assign(**plain)


def numpy_numbers(kinds: Mapping[str, Any]) -> dict[str, str]:
    """The NumPy type of each column of Arrow numbers.

    Raises
    ------
    EngineError
        If there are decimals of more digits than a float holds.
    """
    import pyarrow as pa  # noqa: PLC0415

    numbers = {}
    for name, kind in kinds.items():
        if pa.types.is_decimal(kind) and kind.precision > EXACT_DIGITS:
            raise EngineError(
                f"Column {name!r} holds {kind}, whose arithmetic Dask lacks. "
                f'Hint: df.astype({{{name!r}: "float64"}}), or read the files with Polars or DuckDB.'
            )
        if pa.types.is_decimal(kind) or pa.types.is_floating(kind):
            numbers[name] = "float64"
        elif pa.types.is_integer(kind):
            numbers[name] = "Int64" if pa.types.is_signed_integer(kind) else "UInt64"
    return numbers


def from_batch(batch: Any) -> nw.DataFrame[Any]:
    """A record batch as a table."""
    import pyarrow as pa  # noqa: PLC0415

    return nw.from_native(pa.Table.from_batches([batch]), eager_only=True)


def no_rows(frame: nw.LazyFrame[Any]) -> nw.DataFrame[Any]:
    """An empty table with a frame's numeric columns, from which the types of results are inferred."""
    import pyarrow as pa  # noqa: PLC0415

    names = frame.collect_schema().names()
    columns = {name: pa.array([], pa.int64() if name == "customer_id" else pa.float64()) for name in names}
    return nw.from_native(pa.table(columns), eager_only=True)
