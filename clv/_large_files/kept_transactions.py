"""A log behind DuckDB whose rows are read once: days, units and verdicts are kept in a table on disk."""

from __future__ import annotations

from typing import Any, Final

import narwhals.stable.v2 as nw

from rfm._frames.native import Frame
from rfm._orders.transactions import Transactions

__all__ = ["KeptTransactions"]

KEPT: Final = "rfm_clv_read_rows"  # a name in a database that is this library's own
READING: Final = "rfm_clv_reading"


class KeptTransactions(Transactions[Any]):
    """`Transactions` of a relation in a database of our own, which reads each row once and not in each query.

    Parameters
    ----------
    df : DuckDBPyRelation
    written : str or None
        A column with the dates as they were written, for the examples of the audit.
    **options
        Those of `Transactions`.
    """

    def __init__(self, df: Any, written: str | None = None, **options: Any) -> None:
        self._written = written
        self._read: Frame | None = None
        super().__init__(df, **options)

    def _check(self) -> Frame:
        if self._read is None:
            read = nw.to_native(super()._check())
            shown = "" if self._written is None else f" REPLACE ({self._written} AS {self._quoted_date})"
            read.query(READING, f"CREATE OR REPLACE TABLE {KEPT} AS SELECT *{shown} FROM {READING}")
            self._read = nw.from_native(read.query(READING, f"FROM {KEPT}"))
        return self._read

    @property
    def _quoted_date(self) -> str:
        doubled = str(self._columns.date).replace('"', '""')
        return f'"{doubled}"'
