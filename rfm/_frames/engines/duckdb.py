"""DuckDB relations."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Iterable, Sequence
from typing import Any, Final

import narwhals.stable.v2 as nw

from rfm._frames.engines.arrow_batches import ArrowBatches
from rfm._frames.engines.engine import Eager, Frame, Lazy, as_lazy
from rfm._frames.temporary_tables import PREFIX
from rfm.errors import EngineError

__all__ = ["DuckDB", "keep"]

# Names of kept tables, all unlike any other: those that this process made and has not dropped, and of these those that
# a relation still uses.
_made: set[str] = set()
_read: set[str] = set()

_SOURCE: Final = f"rfm_source_{uuid.uuid4().hex}"
"""The view under which a query reads its relation: one for the process, as DuckDB 1.3 keeps views and their rows."""


class DuckDB(ArrowBatches):
    """Relations of a DuckDB connection."""

    name = "DuckDB"
    package = "duckdb"

    def can_name(self, name: str) -> bool:
        """A star is all columns; that of no column is empty."""
        return name not in ("", "*")

    def is_nested(self, frame: Frame, column: str) -> bool:
        native = nw.to_native(frame)
        kind = native.types[native.columns.index(column)]
        return kind.id in ("list", "array", "struct", "map", "union", "variant") or str(kind) == "JSON"

    def with_names(self, frame: Frame, names: Sequence[str]) -> Any:
        native = nw.to_native(frame)
        pairs = zip(native.columns, names, strict=True)
        return nw.from_native(
            native.project(", ".join(f"{_quoted(old)} AS {_quoted(new)}" for old, new in pairs))
        )

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

    def beside(self, numbers: Eager, like: Lazy) -> Lazy:
        """As lists in a query: `from_memory` gives a table of another connection, and not every one takes Arrow's."""
        lists = numbers.to_dict(as_series=False)
        columns = ", ".join(f"unnest({_list(values)}) AS {_quoted(name)}" for name, values in lists.items())
        return as_lazy(like.to_native().query(_SOURCE, f"SELECT {columns}"))

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
    removes the branch. A connection that does not let Python's objects in has no anchors: its kept tables go with it.

    Raises
    ------
    EngineError
        If rows are given and the connection lets no object of Python in.
    """
    import pyarrow as pa  # noqa: PLC0415

    name = _new_name()
    connection = _without_its_rows(relation, name)
    _drop_unread(connection)
    open_to_python = _finds_objects_of_python(connection)
    if rows is None:
        relation.query(_SOURCE, f'CREATE TEMP TABLE "{name}" AS FROM "{_SOURCE}"')
    elif open_to_python:
        rfm_kept_rows = rows
        # DuckDB finds the variable by its name.
        connection.query(_SOURCE, f'CREATE TEMP TABLE "{name}" AS FROM rfm_kept_rows')
        del rfm_kept_rows
    else:
        raise EngineError(
            "DuckDB cannot take the rows that were computed in Python: this connection has enable_external_access or "
            "python_enable_replacements off. Hint: SET python_enable_replacements = true, or pass a table in memory."
        )
    _made.add(name)
    if not open_to_python:
        _read.add(name)
        return connection.query(_SOURCE, f'FROM "{name}"')
    rfm_kept_anchor = pa.table({"nothing": pa.array([], pa.int8())})
    _read.add(name)
    weakref.finalize(rfm_kept_anchor, _read.discard, name)
    return connection.query(
        _SOURCE,
        f'FROM "{name}" UNION ALL '
        f'SELECT kept.* FROM rfm_kept_anchor LEFT JOIN "{name}" AS kept ON TRUE WHERE FALSE',
    )


def _list(values: Sequence[Any]) -> str:
    """Whole numbers, floats or texts as a list of DuckDB; floats as texts, since it reads digits as decimals."""
    kind = {str: "VARCHAR", float: "DOUBLE"}.get(type(values[0]) if values else int, "BIGINT")
    if kind == "BIGINT":
        return f"{list(values)}::BIGINT[]"
    texts = ("'" + str(value).replace("'", "''") + "'" for value in values)
    return f"[{', '.join(texts)}]::{kind}[]"


def _quoted(name: str) -> str:
    """A name as SQL quotes it."""
    doubled = name.replace('"', '""')
    return f'"{doubled}"'


def _new_name() -> str:
    return f"{PREFIX}{uuid.uuid4().hex}"


def _without_its_rows(relation: Any, unused: str) -> Any:
    """A relation of the same connection that is made of nothing, by a statement about a name that no table has.

    In DuckDB 2 a relation's query holds the text of all that the relation is made of, and so does all that is derived
    from it; the relation that a statement gives does not. Before DuckDB 2 a statement gives none, and a query names a
    view.
    """
    done = relation.query(_SOURCE, f'DROP TABLE IF EXISTS temp."{unused}"')
    return relation if done is None else done


def _drop_unread(connection: Any) -> None:
    """Drop the tables on a relation's connection that this process made and nothing reads any more; nobody else's."""
    temporary = "SELECT table_name FROM duckdb_tables() WHERE temporary"
    for (name,) in connection.query(_SOURCE, temporary).fetchall():
        if name in _made - _read:
            connection.query(_SOURCE, f'DROP TABLE "{name}"')
            _made.discard(name)


def _finds_objects_of_python(connection: Any) -> bool:
    """Whether a query on a relation's connection may name Python's variables."""
    settings = (
        "SELECT current_setting('python_enable_replacements') AND current_setting('enable_external_access')"
    )
    return bool(connection.query(_SOURCE, settings).fetchall()[0][0])
