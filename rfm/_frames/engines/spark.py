"""Spark, classic and Connect."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Sequence
from typing import Any, Final

import narwhals.stable.v2 as nw

from rfm._frames.arrow_types import from_batch, no_rows
from rfm._frames.engines.engine import Eager, Frame, Lazy, LazyEngine, as_lazy
from rfm._frames.engines.pyarrow import PyArrow
from rfm._frames.temporary_tables import take_unread, unread

__all__ = ["Spark", "keep"]

SECONDS_A_DAY: Final = 86_400
SQL_TYPES: Final = {
    nw.Float64: "double",
    nw.Int64: "bigint",
    nw.String: "string",
    nw.Datetime: "timestamp_ntz",
}


class Spark(LazyEngine):
    """Dataframes of PySpark. Python sees rows only in `map_rows` and `fold`, as Arrow batches, on the workers."""

    name = "Spark"
    package = "pyspark"
    staging = PyArrow()
    ignores_case = True

    def can_name(self, name: str) -> bool:
        """A point leads into a nested column, and backticks quote."""
        return name not in ("", "*") and "." not in name and "`" not in name

    def is_nested(self, frame: Frame, column: str) -> bool:
        kind = nw.to_native(frame).schema[column].dataType.typeName()
        return kind in ("array", "map", "struct", "variant")

    def with_names(self, frame: Frame, names: Sequence[str]) -> Any:
        return nw.from_native(nw.to_native(frame).toDF(*names))

    def to_dates(self, frame: Any, columns: Sequence[str]) -> Any:
        from pyspark.sql import functions as F  # noqa: N812, PLC0415

        days = {c: F.date_from_unix_date(F.col(c).cast("int")) for c in columns}
        return nw.from_native(frame.to_native().withColumns(days))

    def wall_clock(self, frame: Any, column: str, tz: str | None, name: str) -> Any:
        """Without `tz`, in the zone of the session, in which Spark also read times without a zone.

        Seconds since 1970, shifted by the zone's offset, do not depend on the zone of the session.
        """
        if tz is None:
            return frame.with_columns(nw.col(column).alias(name))
        from pyspark.sql import functions as F  # noqa: N812, PLC0415

        local_seconds = F.unix_seconds(F.from_utc_timestamp(F.col(column), tz))
        days = F.floor(local_seconds / SECONDS_A_DAY).cast("int")
        return nw.from_native(frame.to_native().withColumn(name, F.date_from_unix_date(days)))

    def materialise(self, frame: Lazy) -> Lazy:
        return as_lazy(keep(frame.to_native()))

    def from_memory(self, frame: Eager, like: Lazy) -> Lazy:
        return frame.lazy(like.implementation, session=like.to_native().sparkSession)

    def map_rows(self, frame: Lazy, function: Callable[[Eager], Eager]) -> Lazy:
        def worker(batches: Iterator[Any]) -> Iterator[Any]:
            for batch in batches:
                yield from function(from_batch(batch)).to_native().to_batches()

        return as_lazy(frame.to_native().mapInArrow(worker, _schema(frame, function)))

    def fold(self, frame: Lazy, numbers: Callable[[Eager], Sequence[int]]) -> list[int]:
        import pyarrow as pa  # noqa: PLC0415

        def worker(batches: Iterator[Any]) -> Iterator[Any]:
            for batch in batches:
                yield pa.RecordBatch.from_pydict({"numbers": [list(numbers(from_batch(batch)))]})

        found = frame.to_native().mapInArrow(worker, "numbers array<bigint>").collect()
        return [sum(column) for column in zip(*(row["numbers"] for row in found), strict=True)]


def _schema(frame: Lazy, function: Callable[[Eager], Eager]) -> str:
    """The names and types of the columns that a function makes, found by calling it on an empty table."""
    found = function(no_rows(frame)).schema
    id_type = frame.to_native().schema["customer_id"].dataType.simpleString()
    types = {n: id_type if n == "customer_id" else SQL_TYPES[type(t)] for n, t in found.items()}
    return ", ".join(f"`{name}` {kind}" for name, kind in types.items())


def keep(frame: Any) -> Any:
    """The same frame, persisted; the returned frame is its own anchor.

    Frames derived from it keep no reference to it in Python. If they are computed after it was unpersisted, Spark
    recomputes their rows: only time is lost.
    """
    for persisted in take_unread(frame.sparkSession):
        persisted.unpersist()
    persisted = frame.persist()
    kept = persisted.select("*")
    weakref.finalize(kept, unread(frame.sparkSession).append, persisted)
    return kept
