"""Ibis tables, of any backend."""

from __future__ import annotations

import uuid
import weakref
from collections.abc import Iterable, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from rfm._frames.engines.arrow_batches import ArrowBatches
from rfm._frames.engines.engine import Eager, Frame, Lazy, as_lazy
from rfm._frames.temporary_tables import PREFIX, take_unread, unread

__all__ = ["Ibis", "keep"]

KNOW_ZONES = ("duckdb", "postgres")  # backends with a function `timezone`


class Ibis(ArrowBatches):
    """Tables of an Ibis backend."""

    name = "Ibis"
    package = "ibis"

    def can_name(self, name: str) -> bool:
        """No column's name is empty."""
        return name != ""

    def is_nested(self, frame: Frame, column: str) -> bool:
        kind = nw.to_native(frame)[column].type()
        return bool(kind.is_nested() or kind.is_json())

    def with_names(self, frame: Frame, names: Sequence[str]) -> Any:
        native = nw.to_native(frame)
        return nw.from_native(native.select([native[place].name(name) for place, name in enumerate(names)]))

    def to_dates(self, frame: Any, columns: Sequence[str]) -> Any:
        import ibis  # noqa: PLC0415

        # a cast: not every pair of releases of Ibis and sqlglot writes a date for PostgreSQL
        epoch, native = ibis.literal("1970-01-01").cast("date"), frame.to_native()
        return nw.from_native(
            native.mutate(**{c: epoch + native[c].cast("int32").as_interval("D") for c in columns})
        )

    def in_zone(self, frame: Any, column: str, tz: str, name: str) -> Any:
        import ibis  # noqa: PLC0415

        native = frame.to_native()
        if native.get_backend().name not in KNOW_ZONES:
            return super().in_zone(frame, column, tz, name)

        @ibis.udf.scalar.builtin(signature=((str, native[column].type()), "timestamp"))
        def timezone(zone, moment):  # type: ignore[no-untyped-def]
            """The database's own function of this name."""

        return nw.from_native(native.mutate(**{name: timezone(tz, native[column])}))

    def materialise(self, frame: Lazy) -> Lazy:
        return as_lazy(keep(frame.to_native()))

    def from_memory(self, frame: Eager, like: Lazy) -> Lazy:
        return frame.lazy("ibis")

    def arrow_batches(self, native: Any) -> Iterable[Any]:
        batches: Iterable[Any] = native.to_pyarrow().to_batches()
        return batches

    def store(self, native: Any, rows: Any) -> Any:
        import ibis  # noqa: PLC0415

        table = ibis.memtable(rows)
        return table.mutate(customer_id=table["customer_id"].cast(native["customer_id"].type()))


def keep(table: Any) -> Any:
    """A temporary table of the backend with the rows of a table; its anchor is the node that expressions share."""
    import sqlglot  # noqa: PLC0415

    backend = table.get_backend()
    for name in take_unread(backend):
        backend.raw_sql(sqlglot.transpile(f'DROP TABLE "{name}"', write=backend.dialect)[0])
    name = f"{PREFIX}{uuid.uuid4().hex}"
    kept = backend.create_table(name, table, temp=True)
    weakref.finalize(kept.op(), unread(backend).append, name)
    return kept
