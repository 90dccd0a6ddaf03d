"""What DuckDB and Ibis share: rows read as Arrow batches and returned as a table of the connection."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from rfm._frames.arrow_types import from_batch, no_rows
from rfm._frames.engines.engine import Eager, Lazy, LazyEngine, as_lazy
from rfm._frames.engines.pyarrow import PyArrow

__all__ = ["ArrowBatches"]


class ArrowBatches(LazyEngine):
    """An engine on one machine that returns its rows as Arrow batches."""

    staging = PyArrow()
    ignores_case = True

    @abstractmethod
    def arrow_batches(self, native: Any) -> Iterable[Any]:
        """The rows as record batches of Arrow."""

    @abstractmethod
    def store(self, native: Any, rows: Any) -> Any:
        """An Arrow table whose first column is the ids of `native`, as a table that can be joined to it."""

    def map_rows(self, frame: Lazy, function: Callable[[Eager], Eager]) -> Lazy:
        """The rows are mapped at once and stored, since the engine runs no Python."""
        import pyarrow as pa  # noqa: PLC0415

        pieces = [function(piece).to_native() for piece in self._pieces(frame)]
        rows = pa.concat_tables(pieces or [function(no_rows(frame)).to_native()])
        return as_lazy(self.store(frame.to_native(), rows))

    def fold(self, frame: Lazy, numbers: Callable[[Eager], Sequence[int]]) -> list[int]:
        return [sum(column) for column in zip(*map(numbers, self._pieces(frame)), strict=True)]

    def _pieces(self, frame: Lazy) -> Iterator[Eager]:
        """Sum over one batch in memory after the other."""
        return (from_batch(batch) for batch in self.arrow_batches(frame.to_native()))
