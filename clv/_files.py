"""Tables of orders in files: CSV, Parquet or Excel, and the likely meaning of their columns."""

from __future__ import annotations

import stat
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import pandas as pd

from rfm._issuing import warn
from rfm._options import file_path
from rfm.errors import DataError

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

COMPRESSED: Final = (".gz", ".zip", ".bz2", ".xz", ".zst")
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
        If the file does not exist, is empty, is of another kind, is cut short, or cannot be read.

    Warns
    -----
    DataWarning
        If ids are stored as numbers with more digits than their file keeps exactly.
    """
    path = _ordinary(path)
    suffixes = [suffix.lower() for suffix in path.suffixes]
    kind = next((suffix for suffix in reversed(suffixes) if suffix not in COMPRESSED), "")
    readers = {
        ".parquet": _read_parquet,
        **dict.fromkeys((".xlsx", ".xlsm"), _read_workbook),
        **dict.fromkeys((".csv", ".tsv", ".txt"), _read_text),
    }
    if kind not in readers:
        raise DataError(
            f"{path.name} ends in {kind or 'nothing'!r}. Hint: give a .csv, .tsv, .parquet or .xlsx file."
        )
    ending = "".join(suffixes[suffixes.index(kind) :])
    try:
        return readers[kind](path, customer)
    except ImportError as error:
        raise DataError(
            f"Reading {path.name} needs a package that is not installed: {error}. Hint: install it, or save the "
            "file as .csv."
        ) from error
    except (KeyboardInterrupt, MemoryError, DataError):
        raise
    except UnicodeDecodeError as error:
        raise DataError(
            f"{path.name} cannot be read: it is not text in UTF-8. Hint: save it as UTF-8 (in Excel: CSV UTF-8)."
        ) from error
    except Exception as error:  # readers of zip, gzip, xz, Excel and Parquet each have errors of their own
        reason = str(error).strip().removesuffix(".") or type(error).__name__
        if isinstance(error, LookupError):
            reason = f"it lacks a part, {reason}"
        raise DataError(
            f"{path.name} cannot be read: {reason}. Hint: is it really a {ending} file, and is it whole?"
        ) from error


def _ordinary(path: str | Path) -> Path:
    """The path of a file that exists and is neither a folder nor a pipe or device.

    Raises
    ------
    DataError
    """
    hint = "give the path of a CSV, Parquet or Excel file"
    found = file_path(path, hint, name="file")
    try:
        kind = found.stat().st_mode
    except (FileNotFoundError, NotADirectoryError):
        raise DataError(f"No file {str(found)!r}. Hint: {hint}.") from None
    except OSError as reason:
        raise DataError(f"{found} cannot be read: {reason.strerror or reason}. Hint: {hint}.") from None
    if not stat.S_ISREG(kind):
        what = "a folder" if stat.S_ISDIR(kind) else "a pipe or device"
        raise DataError(f"{str(found)!r} is {what}. Hint: {hint}.")
    return found


def _read_text(path: Path, customer: str | None) -> pd.DataFrame:
    """Text with a header, separated by the most frequent separator of the header; ids stay as they are written."""
    header = str(
        pd.read_csv(path, sep="\x00", header=None, nrows=1, dtype=str, encoding="utf-8-sig").iat[0, 0]
    )
    separator = max(SEPARATORS, key=header.count)
    table = pd.read_csv(path, sep=separator, dtype=str, encoding="utf-8-sig", index_col=False)
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
        warn(
            f"{path.name}: {len(numbers):,} ids are numbers of more than {DIGITS} digits, such as {numbers[0]:.0f}; "
            "the file keeps no more digits, so different customers may have been merged. Hint: write the ids as text.",
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
