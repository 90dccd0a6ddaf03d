"""A log behind DuckDB whose rows are read once: days, units and verdicts are kept in a table on disk."""

from __future__ import annotations

from typing import Any, Final

import narwhals.stable.v2 as nw

from clv._large_files.text_rows import quoted
from rfm._frames.native import Frame
from rfm._orders.columns import VERDICT
from rfm._orders.transactions import Transactions
from rfm._orders.verdicts import Verdict

__all__ = ["KeptTransactions"]

KEPT: Final = "rfm_clv_read_rows"  # a name in a database that is this library's own
READING: Final = "rfm_clv_reading"
# A text that is no amount was read as infinite, which no text of an amount is.
UNREAD: Final = (
    f"CASE WHEN {VERDICT} = {int(Verdict.INFINITE_AMOUNT)} THEN {int(Verdict.UNREADABLE_AMOUNT)} ELSE {VERDICT} END "
    f"AS {VERDICT}"
)


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
            read.query(READING, f"CREATE OR REPLACE TABLE {KEPT} AS SELECT *{self._shown} FROM {READING}")
            self._read = nw.from_native(read.query(READING, f"FROM {KEPT}"))
        return self._read

    @property
    def _shown(self) -> str:
        """What examples show in place of what was read: dates as written, and nothing where an amount is none."""
        if self._written is None:
            return ""
        money = (
            f"CASE WHEN isinf(CAST({quoted(name)} AS DOUBLE)) THEN NULL ELSE {quoted(name)} END AS {quoted(name)}"
            for name in self._columns.money
        )
        date = f"{self._written} AS {quoted(self._columns.date)}"
        return f" REPLACE ({', '.join((date, *money, UNREAD))})"
