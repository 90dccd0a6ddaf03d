"""Dask: partitions that are pandas frames.

Narwhals' support of Dask moves to the package ``narwhals-dask``, a plugin that Narwhals finds by itself. This
module uses Dask only and not Narwhals' implementation of it, so that either way of wrapping its frames works.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import narwhals.stable.v2 as nw
import pandas as pd

from rfm._frames.arrow_types import arrow_kinds, numpy_numbers
from rfm._frames.engines.engine import Eager, Frame, Lazy, LazyEngine, as_lazy
from rfm._frames.engines.pandas import Pandas, PandasLike, without_half_floats

__all__ = ["Dask"]


class Dask(PandasLike, LazyEngine):
    """Dask dataframes.

    Dask keeps a task for each step of each expression on each partition; a function of rows in memory is one task
    for all of its steps. A Dask group-by through Narwhals ends in one partition, so customers are brought
    together by a shuffle instead.
    """

    name = "Dask"
    package = "dask"
    staging = Pandas()

    def with_plain_types(self, frame: Frame) -> Any:
        """Arrow's numbers become NumPy's, since Dask's arithmetic on them lacks operations."""
        given = nw.to_native(frame)
        native = without_half_floats(given)
        numbers: Mapping[str, str] = numpy_numbers(arrow_kinds(native._meta))
        plain = native.astype(numbers) if numbers else native
        return frame if plain is given else nw.from_native(plain)

    def by_customer(
        self, frame: Frame, in_memory: Callable[[Eager], Any], in_engine: Callable[[Frame], Any]
    ) -> Any:
        return _on_partitions(nw.to_native(frame).shuffle("customer_id"), in_memory)

    def row_by_row(self, frame: Any, function: Callable[[Any], Any]) -> Any:
        return _on_partitions(frame.to_native(), function)

    def some_rows(self, frame: Any, by: Sequence[str], n: int) -> Any:
        """The first rows of each partition: Dask has no order over all of them."""
        return _on_partitions(frame.to_native(), lambda rows: rows.sort(*by, nulls_last=True).head(n))

    def materialise(self, frame: Lazy) -> Lazy:
        return as_lazy(frame.to_native().persist(fuse=False))

    def from_memory(self, frame: Eager, like: Lazy) -> Lazy:
        import dask.dataframe as dd  # noqa: PLC0415

        return as_lazy(dd.from_pandas(frame.to_native(), npartitions=1))

    def map_rows(self, frame: Lazy, function: Callable[[Eager], Eager]) -> Lazy:
        return _on_partitions(frame.to_native(), function)

    def fold(self, frame: Lazy, numbers: Callable[[Eager], Sequence[int]]) -> list[int]:
        def partition(rows: Any) -> Any:
            return pd.DataFrame([numbers(nw.from_native(rows, eager_only=True))])

        native = frame.to_native()
        sums = native.map_partitions(partition, meta=partition(native._meta)).sum().compute()
        return [int(total) for total in sums]


def _on_partitions(native: Any, function: Callable[[Eager], Eager]) -> Lazy:
    """Run a function of rows in memory on each partition."""

    def partition(rows: Any) -> Any:
        return nw.to_native(function(nw.from_native(rows, eager_only=True)))

    return as_lazy(native.map_partitions(partition, meta=partition(native._meta)))
