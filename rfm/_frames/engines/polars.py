"""Polars, in memory and lazy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from rfm._frames.engines.engine import Eager, Engine, Lazy, LazyEngine, as_lazy

__all__ = ["Polars"]


class _InMemory(Engine):
    name = "Polars"
    package = "polars"
    has_categories = True


class Polars(_InMemory, LazyEngine):
    """Polars: lazy tables are collected by the streaming engine, which is faster and needs less memory."""

    staging = _InMemory()

    def with_day_numbers(self, frame: Any, column: str, name: str) -> Any:
        """By Polars' own methods, which are many times faster than calendar arithmetic."""
        import polars as pl  # noqa: PLC0415

        days = pl.col(column).dt.date().to_physical().cast(pl.Int64)
        return nw.from_native(frame.to_native().with_columns(days.alias(name)))

    def wall_clock(self, frame: Any, column: str, tz: str | None, name: str) -> Any:
        times = nw.col(column) if tz is None else nw.col(column).dt.convert_time_zone(tz)
        return frame.with_columns(times.dt.replace_time_zone(None).alias(name))

    def fetch(self, frame: Lazy) -> Eager:
        return frame.collect(engine="streaming")

    def materialise(self, frame: Lazy) -> Lazy:
        """The rows stay in memory as long as they are referenced."""
        return as_lazy(frame.to_native().collect(engine="streaming").lazy())

    def from_memory(self, frame: Eager, like: Lazy) -> Lazy:
        return frame.lazy()

    def map_rows(self, frame: Lazy, function: Callable[[Eager], Eager]) -> Lazy:
        def mapped(rows: Any) -> Any:
            return function(nw.from_native(rows, eager_only=True)).to_native()

        native = frame.to_native()
        schema = mapped(native.head(0).collect()).schema
        return as_lazy(native.map_batches(mapped, schema=schema))

    def fold(self, frame: Lazy, numbers: Callable[[Eager], Sequence[int]]) -> list[int]:
        return list(numbers(self.fetch(frame)))
