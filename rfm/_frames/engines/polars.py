"""Polars, in memory and lazy."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import narwhals.stable.v2 as nw

from rfm._days import FIRST, LAST
from rfm._frames.engines.engine import Column, Eager, Engine, Frame, Lazy, LazyEngine, as_lazy

__all__ = ["Polars"]


class _InMemory(Engine):
    name = "Polars"
    package = "polars"
    has_categories = True

    def with_plain_types(self, frame: Frame) -> Any:
        """Floats of 16 bits, which not every step knows, in 32 bits."""
        import polars as pl  # noqa: PLC0415

        if not hasattr(pl, "Float16"):
            return frame
        native = nw.to_native(frame)
        schema = native.collect_schema()
        half = [pl.col(name).cast(pl.Float32) for name, kind in schema.items() if kind == pl.Float16]
        return nw.from_native(native.with_columns(half)) if half else frame

    def local_times(self, series: Column, tz: str | None) -> Column:
        reached = series.to_frame().select(_within_reach(series.name, series.dtype))
        return super().local_times(reached.get_column(series.name), tz)

    def can_name(self, name: str) -> bool:
        """A star is all columns, and a pattern from ``^`` to ``$`` those that match."""
        return name != "*" and not (name.startswith("^") and name.endswith("$"))


class Polars(_InMemory, LazyEngine):
    """Polars: lazy tables are collected by the streaming engine, which is faster and needs less memory."""

    staging = _InMemory()

    def with_day_numbers(self, frame: Any, column: str, name: str) -> Any:
        """By Polars' own methods, which are many times faster than calendar arithmetic."""
        import polars as pl  # noqa: PLC0415

        days = pl.col(column).dt.date().to_physical().cast(pl.Int64)
        return nw.from_native(frame.to_native().with_columns(days.alias(name)))

    def wall_clock(self, frame: Any, column: str, tz: str | None, name: str) -> Any:
        reached = _within_reach(column, frame.collect_schema()[column])
        times = reached if tz is None else reached.dt.convert_time_zone(tz)
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


def _within_reach(name: str, dtype: Any) -> nw.Expr:
    """Zoned times, those beyond the years 1 to 9999 a day outside: of farther ones the conversion of zones panics."""
    if dtype.time_unit == "ns":  # which reach from 1677 to 2262
        return nw.col(name)
    a_day = 86_400 * {"us": 1_000_000, "ms": 1_000}[dtype.time_unit]
    return nw.col(name).cast(nw.Int64).clip((FIRST - 2) * a_day, (LAST + 2) * a_day).cast(dtype)
