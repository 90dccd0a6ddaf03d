"""The interface of a dataframe engine, with defaults that an engine may override."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._days import EPOCH
from rfm.errors import EngineError, TransactionsError

__all__ = [
    "Eager",
    "Engine",
    "Frame",
    "Lazy",
    "LazyEngine",
    "Periods",
    "as_lazy",
    "days_before_year",
    "midnights",
]

Eager: TypeAlias = nw.DataFrame[Any]
Lazy: TypeAlias = nw.LazyFrame[Any]
Frame: TypeAlias = "nw.DataFrame[Any] | nw.LazyFrame[Any]"
Column: TypeAlias = nw.Series[Any]
DAY_US = 86_400_000_000


@dataclass(frozen=True)
class Periods:
    """A column of periods: its type and one of them, as texts; when each starts and ends, (n,), missing as NaT."""

    kind: str
    example: str
    starts: npt.NDArray[np.datetime64]
    ends: npt.NDArray[np.datetime64]


class Engine:
    """One kind of dataframe. The methods here suit any that keeps its rows in memory.

    Every method takes and returns Narwhals frames, columns or expressions. An engine overrides what it does
    differently, and `rfm._frames.engines.ENGINES` lists it; nothing else in `rfm` or `clv` asks which engine it is on.
    """

    name: ClassVar[str]
    """The name for messages."""
    package: ClassVar[str]
    """The top-level package of its tables' types."""
    ignores_case: ClassVar[bool] = False
    """Whether column names are case-insensitive (``R`` and ``r`` are one column)."""
    has_categories: ClassVar[bool] = False
    """Whether it has ordered categories."""
    mixes_types: ClassVar[bool] = False
    """Whether a column may hold values of several types."""

    @property
    def name_when_lazy(self) -> str:
        """The engine's name where a lazy table of this kind is read; see `Pandas`."""
        return self.name

    def odd_names(self, frame: Frame) -> list[Any]:
        """Names of columns that are not text."""
        return []

    def can_name(self, name: str) -> bool:
        """Whether an expression can name a column of this name: some engines read part of a name as syntax."""
        return True

    def with_names(self, frame: Frame, names: Sequence[str]) -> Any:
        """The table with other names of its columns, in their order; no expression names the old ones."""
        old = frame.collect_schema().names()
        renamed: Frame = nw.from_native(nw.to_native(frame).rename(dict(zip(old, names, strict=True))))
        return renamed

    def is_nested(self, frame: Frame, column: str) -> bool:
        """Whether a column's type has values made of several: lists, structs, maps."""
        nested: bool = frame.collect_schema()[column].is_nested()
        return nested

    def with_plain_types(self, frame: Frame) -> Frame:
        """The frame with Arrow's rarer types cast to plain ones."""
        return frame

    def snapshot(self, frame: Frame) -> Frame:
        """The same table, unaffected by columns that its owner adds or removes later."""
        return frame

    def with_index_of(self, frame: Eager, like: Eager) -> Eager:
        """A table in memory with the index of another of equal length, where tables have one."""
        return frame

    # Steps

    def by_customer(
        self, frame: Frame, in_memory: Callable[[Eager], Any], in_engine: Callable[[Frame], Any]
    ) -> Any:
        """See `rfm._frames.execution.by_customer`."""
        return in_memory(frame) if isinstance(frame, nw.DataFrame) else in_engine(frame)

    def row_by_row(self, frame: Any, function: Callable[[Any], Any]) -> Any:
        """See `rfm._frames.execution.row_by_row`."""
        return function(frame)

    def some_rows(self, frame: Any, by: Sequence[str], n: int) -> Any:
        """See `rfm._frames.execution.some_rows`."""
        return frame.sort(*by, nulls_last=True).head(n)

    # Days

    def to_dates(self, frame: Any, columns: Sequence[str]) -> Any:
        """Turn columns of whole days since 1970-01-01 into dates."""
        return midnights(frame, columns).with_columns(nw.col(*columns).cast(nw.Date))

    def with_day_numbers(self, frame: Any, column: str, name: str) -> Any:
        """Add whole days since 1970-01-01 of a frame's dates or local times; missing where these are."""
        date = nw.col(column).dt
        year = date.year().fill_null(1970).cast(nw.Int64)  # pandas' NumPy integers cannot be missing
        days = days_before_year(year) + date.ordinal_day().fill_null(1).cast(nw.Int64) - EPOCH
        return frame.with_columns(nw.when(~date.year().is_null()).then(days).alias(name))

    def date_values(self, days: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
        """Whole days since 1970-01-01 as values of a new column of dates."""
        return days.astype("datetime64[D]")

    def is_zoned(self, frame: Any, column: str) -> bool:
        """Whether a column holds times with a zone."""
        dtype = frame.collect_schema()[column]
        return isinstance(dtype, nw.Datetime) and dtype.time_zone is not None

    def periods_of(self, series: Column) -> Periods | None:
        """The periods of a column in memory, if it holds periods in place of dates."""
        return None

    def zone_of(self, series: Column) -> str | None:
        """The time zone of a column in memory, if it has one."""
        return series.dtype.time_zone if isinstance(series.dtype, nw.Datetime) else None

    def local_times(self, series: Column, tz: str | None) -> Column:
        """A zoned column in memory as local times of `tz`, or else of its own zone."""
        shifted = series if tz is None else series.dt.convert_time_zone(tz)
        return shifted.dt.replace_time_zone(None)

    def wall_clock(self, frame: Any, column: str, tz: str | None, name: str) -> Any:
        """See `rfm._frames.dates.wall_clock`. An engine that does not know a column's own zone needs `tz`."""
        if tz is None:
            raise TransactionsError(
                f"Column {column!r} holds times with a zone, and {self.name} does not know which zone: "
                'it shows them in the zone of the session. Hint: tz="Europe/London" names the zone whose day counts.'
            )
        return self.in_zone(frame, column, tz, name)

    def in_zone(self, frame: Any, column: str, tz: str, name: str) -> Any:
        """Add the local times or days of a zoned column in a zone."""
        raise EngineError(
            f"{self.name} cannot convert the time zone of column {column!r}. "
            "Hint: convert it to local times without a zone in the engine first, and leave tz out."
        )

    # Columns

    def nullable(self, frame: Any, column: str) -> Any:
        """Whole numbers with missing values as nullable integers, where they would otherwise be floats."""
        return frame

    def not_nullable(self, frame: Any, column: str) -> Any:
        """Whole numbers without missing values as they were before `nullable`."""
        return frame

    def nullable_truths(self, frame: Any) -> Any:
        """Boolean columns as nullable booleans, where missing values would make them objects."""
        return frame

    def as_categories(self, expr: nw.Expr, names: Sequence[str]) -> nw.Expr:
        """Texts as ordered categories, where the engine has them."""
        return expr.cast(nw.Enum(list(names))) if self.has_categories else expr

    def without_unused_categories(self, frame: Eager, name: str) -> Eager:
        """The column with unused categories removed."""
        return frame

    def values_to_number(self, series: Column) -> Any:
        """The array that `pandas.factorize` numbers: a column's values in a form that hashes fast."""
        return series.to_numpy()

    def group_column(self, series: Column, dtype: Any) -> pd.Series[Any]:
        """Names of groups as a pandas column; ordered categories where the order is meaningful."""
        column = series.to_pandas().reset_index(drop=True)
        if dtype == nw.Categorical:  # in the order in which the engine met them
            return column.astype(object)
        if isinstance(dtype, nw.Enum):
            return column.astype(pd.CategoricalDtype(list(dtype.categories), ordered=True))
        return column

    def column(self, like: Eager, name: str, values: npt.NDArray[Any]) -> Column:
        """A column of NumPy values for a table in memory; objects are texts."""
        if values.dtype.kind == "O":
            return nw.new_series(name, values.tolist(), nw.String, backend=self.backend)
        return nw.new_series(name, values, backend=self.backend)

    def texts(self, like: Column, texts: Iterable[str]) -> Column:
        """A column of texts under the name of another column in memory, for the same table."""
        return nw.new_series(like.name, list(texts), nw.String, backend=self.backend)

    def score_column(self, like: Eager, name: str, values: npt.NDArray[np.int8]) -> Column:
        """A column of whole numbers for a table in memory; 0 is missing."""
        column = self.column(like, name, values)
        return like.select(nw.when(column > 0).then(column.cast(nw.Int64)).alias(name)).get_column(name)

    def category_column(
        self,
        like: Eager,
        name: str,
        choices: Sequence[str | None],
        codes: npt.NDArray[Any],
        order: Sequence[str],
    ) -> Column:
        """A column of names ``choices[code]`` for a table in memory."""
        few = nw.new_series(name, list(choices), nw.String(), backend=self.backend)
        return (few.cast(nw.Enum(list(order))) if self.has_categories else few)[codes]

    # Small tables

    @property
    def backend(self) -> Any:
        """Narwhals' implementation in which tables and columns in memory are made."""
        return self.package

    date_type: ClassVar[Any] = nw.Date
    """The type of days in a small table."""
    keeps_nan: ClassVar[bool] = False
    """Whether NaN stands for a missing float."""


class LazyEngine(Engine, ABC):
    """A lazy engine: tables are computed when collected."""

    staging: ClassVar[Engine]
    """The in-memory engine in which a small table is made before it is converted."""

    def fetch(self, frame: Lazy) -> Eager:
        """Compute a table and bring it into memory."""
        return frame.collect()

    @abstractmethod
    def materialise(self, frame: Lazy) -> Lazy:
        """Compute a table once and keep its rows with the engine."""

    @abstractmethod
    def from_memory(self, frame: Eager, like: Lazy) -> Lazy:
        """Convert a small table to the engine and connection of `like`."""

    def beside(self, numbers: Eager, like: Lazy) -> Lazy:
        """A small table of numbers and texts that can be joined to `like`."""
        return self.from_memory(numbers, like)

    @abstractmethod
    def map_rows(self, frame: Lazy, function: Callable[[Eager], Eager]) -> Lazy:
        """Run a row-wise function of rows in memory on the pieces of a table."""

    @abstractmethod
    def fold(self, frame: Lazy, numbers: Callable[[Eager], Sequence[int]]) -> list[int]:
        """Sum the whole numbers of all pieces of a table."""


def as_lazy(native: Any) -> Lazy:
    """An engine's own lazy table as a Narwhals frame."""
    frame: Lazy = nw.from_native(native)
    return frame


def midnights(frame: Any, columns: Sequence[str]) -> Any:
    """Turn columns of whole days since 1970-01-01 into times at midnight."""
    return frame.with_columns((nw.col(*columns) * DAY_US).cast(nw.Datetime("us")))


def days_before_year(year: nw.Expr) -> nw.Expr:
    """Days from the first of January of year 1 to that of `year`."""
    past = year - 1
    return past * 365 + past // 4 - past // 100 + past // 400
