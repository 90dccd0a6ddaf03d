"""DuckDB relations."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Iterable, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from rfm._frames.engines.arrow_batches import ArrowBatches
from rfm._frames.engines.engine import Eager, Lazy, as_lazy
from rfm._frames.temporary_tables import PREFIX

__all__ = ["DuckDB", "keep"]

SOURCE = f"{PREFIX}source"  # the name by which a relation is queried
_read: set[str] = set()  # kept tables that a relation still uses


class DuckDB(ArrowBatches):
    """Relations of a DuckDB connection."""

    name = "DuckDB"
    package = "duckdb"

    def to_dates(self, frame: Any, columns: Sequence[str]) -> Any:
        import duckdb  # noqa: PLC0415

        native = frame.to_native()
        days = {c: duckdb.ColumnExpression(c).cast("INTEGER") for c in columns}
        epoch = duckdb.ConstantExpression("1970-01-01").cast("DATE")
        return nw.from_native(
            native.select(*[(epoch + days[c]).alias(c) if c in days else c for c in native.columns])
        )

    def with_day_numbers(self, frame: Any, column: str, name: str) -> Any:
        """By DuckDB's own functions, which are many times faster than calendar arithmetic."""
        import duckdb  # noqa: PLC0415

        epoch = duckdb.ConstantExpression("1970-01-01").cast("DATE")
        day = duckdb.ColumnExpression(column).cast("DATE")
        passed = duckdb.FunctionExpression("date_diff", duckdb.ConstantExpression("day"), epoch, day)
        return nw.from_native(frame.to_native().select(duckdb.StarExpression(), passed.alias(name)))

    def in_zone(self, frame: Any, column: str, tz: str, name: str) -> Any:
        import duckdb  # noqa: PLC0415

        local = duckdb.FunctionExpression(
            "timezone", duckdb.ConstantExpression(tz), duckdb.ColumnExpression(column)
        )
        return nw.from_native(frame.to_native().select(duckdb.StarExpression(), local.alias(name)))

    def some_rows(self, frame: Any, by: Sequence[str], n: int) -> Any:
        """Missing values last, by a key of their own.

        DuckDB 1.3 fails on Arrow tables if the first key is a column whose missing values are last.
        """
        import duckdb  # noqa: PLC0415

        columns = [duckdb.ColumnExpression(name) for name in by]
        first = frame.to_native().sort(
            columns[0].isnull(), *(column.asc().nulls_last() for column in columns)
        )
        return nw.from_native(first.limit(n))

    def materialise(self, frame: Lazy) -> Lazy:
        return as_lazy(keep(frame.to_native()))

    def from_memory(self, frame: Eager, like: Lazy) -> Lazy:
        return frame.lazy("duckdb")

    def arrow_batches(self, native: Any) -> Iterable[Any]:
        """By the Arrow reader, whose name changed in DuckDB 2."""
        has_new_name = hasattr(native, "to_arrow_reader")
        reader: Iterable[Any] = native.to_arrow_reader() if has_new_name else native.fetch_arrow_reader()
        return reader

    def store(self, native: Any, rows: Any) -> Any:
        import duckdb  # noqa: PLC0415

        id_type = native.types[native.columns.index("customer_id")]  # Arrow has no UUIDs
        ids = duckdb.ColumnExpression("customer_id").cast(id_type).alias("customer_id")
        kept = keep(native, rows)
        return kept.select(ids, *kept.columns[1:])


def keep(relation: Any, rows: Any = None) -> Any:
    """A relation over a temporary table with the rows of a relation, or of an Arrow table for its connection.

    The anchor (see `rfm._frames.temporary_tables`) is an empty Arrow table which the kept relation names in a branch
    that yields nothing: DuckDB keeps a reference to it in every relation derived from this one, and its optimiser
    removes the branch.
    """
    import pyarrow as pa  # noqa: PLC0415

    temporary = (
        f"SELECT table_name FROM duckdb_tables() WHERE temporary AND starts_with(table_name, '{PREFIX}')"
    )
    for (name,) in relation.query(SOURCE, temporary).fetchall():
        if name not in _read:
            relation.query(SOURCE, f"DROP TABLE {name}")
    name, rfm_kept_rows = f"{PREFIX}{uuid.uuid4().hex}", relation if rows is None else rows
    relation.query(
        SOURCE, f"CREATE TEMP TABLE {name} AS FROM rfm_kept_rows"
    )  # DuckDB finds both variables by name
    del rfm_kept_rows
    rfm_kept_anchor = pa.table({"nothing": pa.array([], pa.int8())})
    _read.add(name)
    weakref.finalize(rfm_kept_anchor, _read.discard, name)
    return relation.query(
        SOURCE,
        f"FROM {name} UNION ALL SELECT kept.* FROM rfm_kept_anchor LEFT JOIN {name} AS kept ON TRUE WHERE FALSE",
    )
