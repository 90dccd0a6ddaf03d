"""Tables of orders in files: CSV, Parquet or Excel, and which of their columns look like what."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import pandas as pd

from rfm.errors import DataError

__all__ = ["read_table", "suggest"]

# What people call these columns; the first name found wins.
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


def read_table(path: str | Path) -> pd.DataFrame:
    """Read a file of orders, by its ending: .csv, .tsv, .txt (also compressed), .parquet, .xlsx.

    Parameters
    ----------
    path : str or Path
        The file.

    Returns
    -------
    pandas.DataFrame
        Customer columns of digits with leading zeros stay text.

    Raises
    ------
    DataError
        If the file is not there, is empty, is of another kind, or cannot be read.
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
            return pd.read_parquet(path)
        if kind in (".xlsx", ".xlsm"):
            return pd.read_excel(path, dtype=object).infer_objects()
        if kind in (".csv", ".tsv", ".txt"):
            return _read_text(path)
    except ImportError as error:
        raise DataError(f"Reading {path.name} needs a package that is not installed: {error}.") from error
    except (ValueError, OSError) as error:
        raise DataError(f"{path.name} cannot be read: {error}. Hint: is it really a {kind} file?") from error
    raise DataError(
        f"{path.name} ends in {kind or 'nothing'!r}. Hint: give a .csv, .tsv, .parquet or .xlsx file."
    )


def _read_text(path: Path) -> pd.DataFrame:
    """Text with a header, separated by the mark that the header holds most of; ids that begin with 0 keep it."""
    header = str(
        pd.read_csv(path, sep="\x00", header=None, nrows=1, dtype=str, encoding="utf-8-sig").iat[0, 0]
    )
    separator = max(SEPARATORS, key=header.count)
    table = pd.read_csv(path, sep=separator, dtype=str, encoding="utf-8-sig")
    for name in table:
        text = table[name].dropna()
        if not text.str.match(r"0\d").any():
            numbers = pd.to_numeric(text, errors="coerce")
            if numbers.notna().all() and len(text):
                table[name] = pd.to_numeric(table[name])
    return table


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
