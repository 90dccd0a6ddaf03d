"""Names that the command's rooms share: the parts of a log that it asks for, and the files that it writes."""

from __future__ import annotations

from typing import Final

__all__ = ["BOOK", "COLUMNS", "CUSTOMERS", "FOLDER", "MOVES", "NEEDED", "NONE", "REPORT"]

COLUMNS: Final = ("customer", "date", "amount")
NEEDED: Final = ("customer", "date")
NONE: Final = "none"  # --amount none reads no money

REPORT: Final = "rfm-clv-report.html"
CUSTOMERS: Final = "customers.csv"
MOVES: Final = "moves.csv"
BOOK: Final = "--workbook names a file such as report.xlsx in a folder to which files can be written"
FOLDER: Final = "--out names a folder to which files can be written"
