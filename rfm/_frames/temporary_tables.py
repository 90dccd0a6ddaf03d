"""Tables that an engine keeps for us, and gives up when nothing reads them any more.

A table computed once must outlive the call that made it, for the lazy answer still reads it. Polars and Dask hold
such rows as Python objects, which go with the last that refers to them. On the other engines each kept table has
an *anchor*, a Python object that lives as long as something reads the table; once it has gone, the next call that
keeps a table on the same connection, backend or session gives up the old one. Not at once, for objects may go in
the middle of a query.
"""

from __future__ import annotations

import uuid
import weakref
from typing import Any

__all__ = ["keep_in_duckdb", "keep_in_ibis", "keep_in_spark"]

PREFIX = "rfm_kept_"
SOURCE = f"{PREFIX}source"  # the view of itself that a relation is asked by
_read: set[str] = set()  # DuckDB's kept tables that a relation still reads
_unread: weakref.WeakKeyDictionary[Any, list[Any]] = weakref.WeakKeyDictionary()  # by backend or session


def keep_in_duckdb(relation: Any, rows: Any = None) -> Any:
    """A relation over a temporary table with the rows of a relation, or of an Arrow table for its connection.

    The anchor is an empty Arrow table which the kept relation names in a branch that yields nothing: DuckDB holds
    on to it for every relation made of this one, and its optimiser removes the branch.
    """
    import pyarrow as pa  # noqa: PLC0415

    temporary = (
        f"SELECT table_name FROM duckdb_tables() WHERE temporary AND starts_with(table_name, '{PREFIX}')"
    )
    for (name,) in relation.query(SOURCE, temporary).fetchall():
        if name not in _read:
            relation.query(SOURCE, f"DROP TABLE {name}")
    name, rfm_kept_rows = f"{PREFIX}{uuid.uuid4().hex}", relation if rows is None else rows
    relation.query(SOURCE, f"CREATE TEMP TABLE {name} AS FROM rfm_kept_rows")  # DuckDB finds both by name
    del rfm_kept_rows
    rfm_kept_anchor = pa.table({"nothing": pa.array([], pa.int8())})
    _read.add(name)
    weakref.finalize(rfm_kept_anchor, _read.discard, name)
    return relation.query(
        SOURCE,
        f"FROM {name} UNION ALL SELECT kept.* FROM rfm_kept_anchor LEFT JOIN {name} AS kept ON TRUE WHERE FALSE",
    )


def keep_in_ibis(table: Any) -> Any:
    """A temporary table of the backend with the rows of a table; its anchor is the node that expressions share."""
    import sqlglot  # noqa: PLC0415

    backend = table.get_backend()
    unread = _unread.setdefault(backend, [])
    while unread:
        backend.raw_sql(sqlglot.transpile(f'DROP TABLE "{unread.pop()}"', write=backend.dialect)[0])
    name = f"{PREFIX}{uuid.uuid4().hex}"
    kept = backend.create_table(name, table, temp=True)
    weakref.finalize(kept.op(), unread.append, name)
    return kept


def keep_in_spark(frame: Any) -> Any:
    """The same frame, persisted; its anchor is what is returned.

    Frames made of that do not hold on to it in Python. Should they be computed after it was given up, Spark
    computes their rows anew: what is lost is time.
    """
    unread = _unread.setdefault(frame.sparkSession, [])
    while unread:
        unread.pop().unpersist()
    persisted = frame.persist()
    kept = persisted.select("*")
    weakref.finalize(kept, unread.append, persisted)
    return kept
