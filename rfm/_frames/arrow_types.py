"""Arrow's rarer types, as files and other libraries hand them out, in the types that every step takes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import narwhals.stable.v2 as nw
import pandas as pd

from rfm.errors import EngineError

__all__ = ["with_plain_types"]

EXACT_DIGITS: Final = 15  # decimals of so many digits are floats that print as they were


def with_plain_types(frame: Any) -> Any:
    """A Narwhals frame whose columns of rarer Arrow types have plain ones; itself where there are none.

    Narrow decimals become those of 128 bits, texts and bytes of the view layout those of the common one, days in
    milliseconds days, UUIDs texts. In pandas dictionaries become their values. Dask's Arrow numbers become NumPy's,
    for its arithmetic on Arrow's lacks operations.

    Raises
    ------
    EngineError
        If a Dask frame has Arrow decimals of more digits than a float holds.
    """
    native = nw.to_native(frame)
    if frame.implementation.is_pyarrow():
        kinds = dict(zip(native.column_names, native.schema.types, strict=True))
        odd = {name: kind for name, kind in kinds.items() if _is_odd(kind, pandas=False)}
        return nw.from_native(_plain_table(native, odd)) if odd else frame
    if frame.implementation.is_pandas():
        odd = {name: kind for name, kind in _arrow_kinds(native).items() if _is_odd(kind, pandas=True)}
        return nw.from_native(_plain_pandas(native, odd)) if odd else frame
    if frame.implementation.is_dask():
        numbers = _numpy_numbers(_arrow_kinds(native._meta))
        return nw.from_native(native.astype(numbers)) if numbers else frame
    return frame


def _arrow_kinds(table: pd.DataFrame) -> dict[Any, Any]:
    """The Arrow types of a pandas table's Arrow columns."""
    return {
        name: kind.pyarrow_dtype for name, kind in table.dtypes.items() if isinstance(kind, pd.ArrowDtype)
    }


def _is_odd(kind: Any, *, pandas: bool) -> bool:
    odd = ("decimal32", "decimal64", "string_view", "binary_view", "date64", "extension<arrow.uuid")
    return str(kind).startswith((*odd, "dictionary") if pandas else odd)


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
    plain = {"string_view": pa.large_string(), "binary_view": pa.large_binary()}.get(name, pa.date32())
    return column.cast(plain)


def _plain_table(table: Any, odd: Mapping[str, Any]) -> Any:
    for name, kind in odd.items():
        place = table.column_names.index(name)
        table = table.set_column(place, name, _plain_array(table.column(name), kind))
    return table


def _plain_pandas(table: pd.DataFrame, odd: Mapping[str, Any]) -> pd.DataFrame:
    import pyarrow as pa  # noqa: PLC0415

    plain = {}
    for name, kind in odd.items():
        array = _plain_array(pa.chunked_array(table[name].array.__arrow_array__()), kind)
        plain[name] = pd.Series(pd.arrays.ArrowExtensionArray(array), index=table.index)
    return table.assign(**plain)


def _numpy_numbers(kinds: Mapping[str, Any]) -> dict[str, str]:
    """The NumPy type of each column of Arrow numbers."""
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
