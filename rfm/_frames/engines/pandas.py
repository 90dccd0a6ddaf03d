"""pandas: an index, midnights for dates, and several markers of missing values."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, ClassVar

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._frames.arrow_types import arrow_kinds, is_nested_arrow, odd_kinds, plain_pandas
from rfm._frames.engines.engine import Column, Eager, Engine, Frame, Periods, midnights

__all__ = ["Pandas", "PandasLike", "without_half_floats"]


class PandasLike(Engine):
    """What pandas shares with Dask, whose partitions are pandas frames."""

    date_type: ClassVar[Any] = nw.Datetime("us")
    keeps_nan: ClassVar[bool] = True

    def odd_names(self, frame: Frame) -> list[Any]:
        return [name for name in nw.to_native(frame).columns if not isinstance(name, str)]

    def with_names(self, frame: Frame, names: Sequence[str]) -> Any:
        native = nw.to_native(frame)
        return nw.from_native(native.rename(columns=dict(zip(native.columns, names, strict=True))))

    def is_nested(self, frame: Frame, column: str) -> bool:
        dtype = nw.to_native(frame).dtypes[column]
        return isinstance(dtype, pd.ArrowDtype) and is_nested_arrow(dtype.pyarrow_dtype)

    def to_dates(self, frame: Any, columns: Sequence[str]) -> Any:
        return midnights(frame, columns)

    def is_zoned(self, frame: Any, column: str) -> bool:
        # Narwhals does not know the named zones of pandas
        named = isinstance(frame.to_native().dtypes[column], pd.DatetimeTZDtype)
        return named or super().is_zoned(frame, column)

    def wall_clock(self, frame: Any, column: str, tz: str | None, name: str) -> Any:
        native = frame.to_native()
        return nw.from_native(native.assign(**{name: _local(native[column], tz)}))

    def nullable(self, frame: Any, column: str) -> Any:
        return nw.from_native(frame.to_native().astype({column: "Int64"}))

    def not_nullable(self, frame: Any, column: str) -> Any:
        native = frame.to_native()
        is_nullable = str(native[column].dtype) == "Int64"
        return nw.from_native(native.astype({column: "int64"})) if is_nullable else frame

    def nullable_truths(self, frame: Any) -> Any:
        native = frame.to_native()
        truths = [name for name in native.columns if name != "customer_id" and _is_of_truths(native[name])]
        return nw.from_native(native.astype(dict.fromkeys(truths, "boolean"))) if truths else frame


class Pandas(PandasLike):
    """pandas, on NumPy or on Arrow."""

    name = "pandas"
    package = "pandas"
    has_categories = True
    mixes_types = True

    @property
    def name_when_lazy(self) -> str:
        """A pandas table where lazy ones are read is a partition of a Dask table."""
        return "Dask"

    def with_plain_types(self, frame: Frame) -> Any:
        given = nw.to_native(frame)
        native = without_half_floats(given)
        odd = odd_kinds(arrow_kinds(native), dictionaries=True)
        plain = plain_pandas(native, odd) if odd else native
        return frame if plain is given else nw.from_native(plain)

    def snapshot(self, frame: Frame) -> Frame:
        """Pandas 3 copies on write, so the values are unaffected, too."""
        copy: Eager = nw.from_native(nw.to_native(frame).copy(deep=False))
        return copy

    def with_index_of(self, frame: Eager, like: Eager) -> Eager:
        return nw.from_native(nw.to_native(frame).set_axis(nw.to_native(like).index), eager_only=True)

    def date_values(self, days: npt.NDArray[np.int64]) -> npt.NDArray[np.datetime64]:
        return super().date_values(days).astype("datetime64[us]")

    def periods_of(self, series: Column) -> Periods | None:
        native = series.to_native()
        if not isinstance(native.dtype, pd.PeriodDtype):
            return None
        example = str(next(iter(native.dropna()), ""))
        starts, ends = native.dt.start_time.to_numpy(), native.dt.end_time.to_numpy()
        return Periods(str(native.dtype), example, starts, ends)

    def zone_of(self, series: Column) -> str | None:
        dtype = series.to_native().dtype
        return str(dtype.tz) if isinstance(dtype, pd.DatetimeTZDtype) else super().zone_of(series)

    def local_times(self, series: Column, tz: str | None) -> Column:
        return nw.from_native(_local(series.to_native(), tz), series_only=True)

    def without_unused_categories(self, frame: Eager, name: str) -> Eager:
        native = nw.to_native(frame)
        if not isinstance(native.dtypes[name], pd.CategoricalDtype):
            return frame
        used = native[name].cat.remove_unused_categories()
        return nw.from_native(native.assign(**{name: used}), eager_only=True)

    def values_to_number(self, series: Column) -> Any:
        return series.to_native()

    def group_column(self, series: Column, dtype: Any) -> pd.Series[Any]:
        column = series.to_pandas().reset_index(drop=True)
        if isinstance(dtype, nw.Enum):
            return column.astype(pd.CategoricalDtype(list(dtype.categories), ordered=True))
        return column

    def column(self, like: Eager, name: str, values: npt.NDArray[Any]) -> Column:
        if values.dtype == object and values.strides == (0,) and len(values):  # one text, repeated
            repeated = pd.Series(values[:1]).array.take(np.zeros(len(values), dtype=np.intp))
            return _beside(like, name, repeated)
        return _beside(like, name, values)

    def texts(self, like: Column, texts: Iterable[str]) -> Column:
        return _beside(like, like.name, list(texts), dtype=object)

    def score_column(self, like: Eager, name: str, values: npt.NDArray[np.int8]) -> Column:
        return _beside(like, name, pd.arrays.IntegerArray(values.astype(np.int64), values == 0))

    def category_column(
        self,
        like: Eager,
        name: str,
        choices: Sequence[str | None],
        codes: npt.NDArray[Any],
        order: Sequence[str],
    ) -> Column:
        known = pd.Categorical(list(choices), categories=list(order), ordered=True)
        return _beside(like, name, pd.Categorical.from_codes(known.codes[codes], dtype=known.dtype))


def without_half_floats(native: Any) -> Any:
    """Floats of 16 bits, which pandas neither groups nor sorts, in 32 bits."""
    half = [name for name, kind in native.dtypes.items() if kind == np.float16]
    return native.astype(dict.fromkeys(half, "float32")) if half else native


def _beside(like: Eager | Column, name: str, values: Any, dtype: Any = None) -> Column:
    """A column with the index of a table or of another column."""
    series = pd.Series(values, index=nw.to_native(like).index, name=name, dtype=dtype, copy=False)
    return nw.from_native(series, series_only=True)


def _is_of_truths(column: Any) -> bool:
    """Whether a column holds only True, False and missing values; object columns behind Dask are not inspected."""
    if column.dtype != object:
        return bool(column.dtype == bool)
    return isinstance(column, pd.Series) and pd.api.types.infer_dtype(column, skipna=True) == "boolean"


def _local(times: Any, tz: str | None) -> Any:
    """A zoned column of pandas or Dask as local times without a zone.

    Arrow's timestamps go through pandas' own: removing their zone directly gives UTC in pandas before 3.
    """
    if isinstance(times.dtype, pd.ArrowDtype):
        arrow = times.dtype.pyarrow_dtype
        times = times.astype(f"datetime64[{arrow.unit}, {arrow.tz}]")
    local = times if tz is None else times.dt.tz_convert(tz)
    return local.dt.tz_localize(None)
