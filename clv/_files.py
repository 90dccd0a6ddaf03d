"""Tables of orders in files: CSV, Parquet or Excel, and the likely meaning of their columns."""

from __future__ import annotations

import warnings
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from rfm.errors import DataError, DataWarning

__all__ = ["read_table", "suggest"]

# Common names of these columns; the first one found counts.
USUAL: Final = {
    "customer": (
        "customer_id",
        "customerid",
        "customer id",
        "customer",
        "client_id",
        "user_id",
        "userid",
        "account",
    ),
    "date": (
        "date",
        "order_date",
        "orderdate",
        "invoicedate",
        "invoice_date",
        "created_at",
        "timestamp",
        "datetime",
    ),
    "amount": ("amount", "revenue", "total", "sales", "order_value", "price", "value", "spend"),
}

SEPARATORS: Final = (",", ";", "\t", "|")
DIGITS: Final = 15  # decimal digits that an Excel cell and a 64-bit float always keep
LARGEST_WHOLE: Final = 2.0**63


def read_table(path: str | Path, customer: str | None = None) -> pd.DataFrame:
    """Read a file of orders, by its ending: .csv, .tsv, .txt (also compressed), .parquet, .xlsx.

    Parameters
    ----------
    path : str or Path
        The file.
    customer : str, optional
        The column of the customers. Their ids are text, not numbers: two that are written differently are two
        customers, and no digit is lost.

    Returns
    -------
    pandas.DataFrame
        The customers of a text file as they are written there; those of a workbook as text, whole numbers without a
        point; those of a Parquet file in its own type, and whole numbers that were stored as floats as whole numbers.
        Other columns of a text file are numeric if all their texts are, unless one begins with 0 and a digit.

    Raises
    ------
    DataError
        If the file does not exist, is empty, is of another kind, or cannot be read.

    Warns
    -----
    DataWarning
        If ids are stored as numbers with more digits than their file keeps exactly.
    """
    path = Path(path)
    if not path.is_file():
        raise DataError(f"No file {str(path)!r}. Hint: give the path of a CSV, Parquet or Excel file.")
    kinds = [
        suffix.lower() for suffix in path.suffixes if suffix.lower() not in (".gz", ".zip", ".bz2", ".xz")
    ]
    kind = kinds[-1] if kinds else ""
    try:
        if kind == ".parquet":
            return _read_parquet(path, customer)
        if kind in (".xlsx", ".xlsm"):
            return _read_workbook(path, customer)
        if kind in (".csv", ".tsv", ".txt"):
            return _read_text(path, customer)
    except ImportError as error:
        raise DataError(f"Reading {path.name} needs a package that is not installed: {error}.") from error
    except (ValueError, OSError) as error:
        raise DataError(f"{path.name} cannot be read: {error}. Hint: is it really a {kind} file?") from error
    raise DataError(
        f"{path.name} ends in {kind or 'nothing'!r}. Hint: give a .csv, .tsv, .parquet or .xlsx file."
    )


def _read_text(path: Path, customer: str | None) -> pd.DataFrame:
    """Text with a header, separated by the most frequent separator of the header; ids stay as they are written."""
    header = str(
        pd.read_csv(path, sep="\x00", header=None, nrows=1, dtype=str, encoding="utf-8-sig").iat[0, 0]
    )
    separator = max(SEPARATORS, key=header.count)
    table = pd.read_csv(path, sep=separator, dtype=str, encoding="utf-8-sig")
    for name in (name for name in table if name != customer):
        text = table[name].dropna()
        if not text.str.match(r"0\d").any():
            numbers = pd.to_numeric(text, errors="coerce")
            if numbers.notna().all() and len(text):
                table[name] = pd.to_numeric(table[name])
    return table


def _read_workbook(path: Path, customer: str | None) -> pd.DataFrame:
    """The first sheet; a cell that shows 12346 is the id "12346", whatever the other cells hold."""
    cells = pd.read_excel(path, dtype=object)
    table = cells.infer_objects()
    if customer in cells:
        ids = cells[customer]
        table[customer] = pd.Series([_as_shown(value) for value in ids], index=ids.index, dtype=object)
        _warn_of_rounding(ids, path)
    return table


def _as_shown(value: Any) -> Any:
    """A cell's value as text; an empty cell stays empty."""
    if pd.isna(value):
        return None
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _read_parquet(path: Path, customer: str | None) -> pd.DataFrame:
    """Types as the file has them; pandas would turn whole ids into floats where one is missing."""
    table = pd.read_parquet(path)
    if customer is not None and customer in table and pd.api.types.is_float_dtype(table[customer].dtype):
        ids = pd.read_parquet(path, columns=[customer], dtype_backend="numpy_nullable")[customer]
        if pd.api.types.is_float_dtype(ids.dtype):
            _warn_of_rounding(ids, path)
            whole = bool((ids.dropna() % 1 == 0).all()) and bool((ids.dropna().abs() < LARGEST_WHOLE).all())
            ids = ids.astype("Int64") if whole else ids
        table[customer] = ids.to_numpy() if ids.notna().all() else ids
    return table


def _warn_of_rounding(ids: pd.Series[Any], path: Path) -> None:
    """Warn of numbers with more digits, which may have been rounded when the file was written."""
    numbers = [
        value for value in ids.dropna() if isinstance(value, int | float) and abs(value) >= 10.0**DIGITS
    ]
    if numbers:
        warnings.warn(
            f"{path.name}: {len(numbers):,} ids are numbers of more than {DIGITS} digits, such as {numbers[0]:.0f}; "
            "the file keeps no more digits, so different customers may have been merged. Hint: write the ids as text.",
            DataWarning,
            stacklevel=4,
        )


def suggest(columns: Sequence[str]) -> dict[str, str]:
    """Which column looks like the customer, the date and the amount; only those that do.

    Examples
    --------
    >>> suggest(["InvoiceNo", "CustomerID", "InvoiceDate", "Revenue"])
    {'customer': 'CustomerID', 'date': 'InvoiceDate', 'amount': 'Revenue'}
    """
    lower = {str(name).lower().strip(): str(name) for name in columns}
    found = {}
    for part, names in USUAL.items():
        for name in names:
            if name in lower:
                found[part] = lower[name]
                break
    return found
