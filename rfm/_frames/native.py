"""The one door for dataframes: any engine's table in, the same kind out.

Everything past this file speaks Narwhals; no other file of `rfm` or `clv` asks which engine it is on,
and where an engine needs help of its own, the help lives here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from enum import IntEnum
from pathlib import PurePath
from typing import Any, Final, TypeAlias

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._frames.arrow_types import with_plain_types
from rfm.errors import DataError, EngineError

__all__ = [
    "INTERNAL",
    "Frame",
    "choose",
    "engine_name",
    "fetch",
    "from_native",
    "from_native_lazy",
    "is_eager",
    "new_column",
    "new_texts",
    "on_partitions",
    "same_names",
    "snapshot",
    "to_native",
    "with_arrays",
    "without_unused_categories",
]

Frame: TypeAlias = "nw.DataFrame[Any] | nw.LazyFrame[Any]"

ENGINES: Final = (
    nw.Implementation.PANDAS,
    nw.Implementation.POLARS,
    nw.Implementation.PYARROW,
    nw.Implementation.DUCKDB,
    nw.Implementation.IBIS,
    nw.Implementation.DASK,
    nw.Implementation.PYSPARK,
    nw.Implementation.PYSPARK_CONNECT,
)
INTERNAL: Final = "__rfm_"  # begins the name of each column that a step adds beside those of others
NAMES: Final = {"PYSPARK": "Spark", "DUCKDB": "DuckDB", "PYARROW": "PyArrow", "PANDAS": "pandas"}


def from_native(native: Any, made: str = "") -> Frame:
    """Take a dataframe of any engine through the door.

    Parameters
    ----------
    native
        A dataframe of pandas, Polars (eager or lazy), PyArrow, DuckDB, Ibis, Dask or PySpark,
        or one that Narwhals wraps already.
    made : str
        Where such a table comes from, for those who pass something else: "rfm.summarize(tx) makes …".

    Returns
    -------
    narwhals.DataFrame or narwhals.LazyFrame
        Lazy where the engine is lazy. The input is not copied and never changed.

    Raises
    ------
    DataError
        If this is no dataframe, if two of its columns share a name, or if a name is no text or begins
        with ``__rfm_``, as those of columns that are added for a while do.
    EngineError
        If it is a dataframe of an engine that nobody has held against the others.

    Examples
    --------
    >>> import pandas as pd
    >>> from_native(pd.DataFrame({"customer_id": [1]})).columns
    ['customer_id']
    """
    try:
        frame: Frame = nw.from_native(native)
    except TypeError as error:
        raise DataError(f"Not a dataframe: {_told(native)}. Hint: {_as_table(native, made)}.") from error
    except nw.exceptions.DuplicateError as error:
        told = " ".join(str(error).split())
        raise DataError(f"Columns share a name. {told}. Hint: rename or leave out one of them.") from error
    if frame.implementation not in ENGINES:
        raise EngineError(
            f"{engine_name(frame)} is not among the engines whose answers are known to be right. "
            "Hint: hand the table over to pandas, Polars, PyArrow, DuckDB, Ibis, Dask or PySpark."
        )
    _refuse_nameless(frame)
    _refuse_internal(frame)
    plain: Frame = with_plain_types(frame)
    return plain


def _refuse_nameless(frame: Frame) -> None:
    """Expressions name columns by texts; pandas and Dask also take numbers and tuples for names."""
    if not (frame.implementation.is_pandas() or frame.implementation.is_dask()):
        return
    other = [repr(name) for name in nw.to_native(frame).columns if not isinstance(name, str)]
    if other:
        raise DataError(
            f"Names of columns must be texts; got {', '.join(other[:5])}. "
            'Hint: df.columns = df.columns.map(str); the column 0 is then named "0".'
        )


def _refuse_internal(frame: Frame) -> None:
    taken = [name for name in frame.collect_schema().names() if name.casefold().startswith(INTERNAL)]
    if taken:
        raise DataError(
            f"Names of columns that begin with {INTERNAL!r} are taken; got {', '.join(map(repr, taken[:5]))}. "
            "Hint: rename the column."
        )


def _told(native: Any) -> str:
    """What was passed in place of a table, in a few characters."""
    kind = type(native).__name__
    return f"{kind} {str(native)!r:.60}" if isinstance(native, str | PurePath) else kind


def _as_table(native: Any, made: str) -> str:
    """What makes a table of what was passed, and of which kind it should be."""
    of_kind = f"; {made}" if made else ""
    if isinstance(native, str | PurePath):
        ends = {".parquet": "read_parquet", ".xlsx": "read_excel", ".xls": "read_excel", ".json": "read_json"}
        read = ends.get(PurePath(native).suffix.lower(), "read_csv")
        return f"pandas.{read}({str(native)!r:.60}) reads a file{of_kind}"
    if isinstance(native, Mapping | list | tuple | np.ndarray):
        return f"pandas.DataFrame(rows) makes a table of it{of_kind}"
    if type(native).__name__ == "CustomerBase":
        return f"base.summary() is a table{of_kind}"
    if type(native).__name__ == "Transactions":
        return made or "this step takes a table made of transactions, such as rfm.summarize(tx)"
    return f"pass a table of pandas, Polars, PyArrow, DuckDB, Ibis, Dask or PySpark{of_kind}"


def same_names(frame: Frame, names: Iterable[str], others: Iterable[str]) -> list[str]:
    """Those of ``names`` that ``others`` hold too; DuckDB, Ibis and Spark do not tell R from r.

    Examples
    --------
    >>> import pandas as pd
    >>> same_names(from_native(pd.DataFrame({"r": [1]})), ["R", "F"], ["r", "F"])
    ['F']
    """
    engine = frame.implementation
    folds = engine.is_duckdb() or engine.is_ibis() or engine.is_spark_like()
    held = {other.casefold() if folds else other for other in others}
    return [name for name in names if (name.casefold() if folds else name) in held]


def from_native_lazy(native: Any) -> nw.LazyFrame[Any]:
    """Take an engine's own lazy dataframe, such as an adapter made of one, through the door."""
    frame: nw.LazyFrame[Any] = nw.from_native(native)
    return frame


def snapshot(frame: Frame) -> Frame:
    """The same table, safe from columns that its owner adds or takes away later; nothing is copied.

    With pandas 3, whose copies are made on writing, it is also safe from changed values.
    """
    native = nw.to_native(frame)
    return from_native(native.copy(deep=False)) if isinstance(native, pd.DataFrame) else frame


def is_eager(frame: Frame) -> bool:
    """Whether the rows are in memory (pandas, PyArrow, Polars eager) and not behind an engine."""
    return isinstance(frame, nw.DataFrame)


def to_native(frame: Frame) -> Any:
    """Give the engine's own dataframe back: the same kind that came in, still lazy where it was lazy."""
    return nw.to_native(frame)


def engine_name(frame: Frame | nw.Series[Any]) -> str:
    """The name of a table's or a column's engine as people write it, for messages."""
    engine = frame.implementation.name.removesuffix("_CONNECT")
    return NAMES.get(engine, engine.capitalize())


def choose(cases: Sequence[tuple[nw.Expr, Any]], otherwise: Any) -> nw.Expr:
    """The value of the first case whose condition holds; a condition on a missing value does not hold.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = from_native(pd.DataFrame({"a": [1, 5, 9]}))
    >>> sizes = choose([(nw.col("a") < 3, "low"), (nw.col("a") < 7, "mid")], "high")
    >>> frame.select(size=sizes)["size"].to_list()
    ['low', 'mid', 'high']
    """
    result = _expression(otherwise)
    for condition, value in reversed(cases):
        result = nw.when(condition).then(_expression(value)).otherwise(result)
    return result


def _expression(value: Any) -> nw.Expr:
    return (
        value if isinstance(value, nw.Expr) else nw.lit(int(value) if isinstance(value, IntEnum) else value)
    )


def new_column(like: nw.DataFrame[Any], name: str, values: npt.NDArray[Any]) -> nw.Series[Any]:
    """A column of NumPy values for a table in memory, without a copy where the engine allows."""
    native = nw.to_native(like)
    if isinstance(native, pd.DataFrame):
        return nw.from_native(pd.Series(values, index=native.index, name=name, copy=False), series_only=True)
    return nw.new_series(name, values, backend=like.implementation)


def with_arrays(frame: nw.DataFrame[Any], arrays: Mapping[str, npt.NDArray[Any]]) -> nw.DataFrame[Any]:
    """A table in memory, its rows numbered anew, with columns of NumPy values beside its own."""
    frame = nw.maybe_reset_index(frame)
    return frame.with_columns([new_column(frame, name, values) for name, values in arrays.items()])


def new_texts(like: nw.Series[Any], texts: Iterable[str]) -> nw.Series[Any]:
    """A column of texts under the name of another column in memory, for the same table."""
    native = nw.to_native(like)
    values = list(texts)
    if isinstance(native, pd.Series):
        series = pd.Series(values, index=native.index, name=like.name, dtype=object)
        return nw.from_native(series, series_only=True)
    return nw.new_series(like.name, values, nw.String, backend=like.implementation)


def on_partitions(
    frame: nw.LazyFrame[Any], function: Callable[[nw.DataFrame[Any]], nw.DataFrame[Any]]
) -> nw.LazyFrame[Any]:
    """Run a function of rows in memory on each partition of a Dask frame, which are pandas frames.

    Dask keeps a task for each step of each expression on each partition; this is one for all of them.
    """

    def partition(rows: Any) -> Any:
        return nw.to_native(function(nw.from_native(rows, eager_only=True)))

    native = nw.to_native(frame)
    return from_native_lazy(native.map_partitions(partition, meta=partition(native._meta)))


def fetch(frame: Frame) -> nw.DataFrame[Any]:
    """Compute a small table and bring it into memory."""
    if isinstance(frame, nw.DataFrame):
        return frame
    return frame.collect(engine="streaming") if frame.implementation.is_polars() else frame.collect()


def without_unused_categories(frame: nw.DataFrame[Any], name: str) -> nw.DataFrame[Any]:
    """With the categories of a pandas column that no row has left out; other engines keep none."""
    native = nw.to_native(frame)
    if isinstance(native, pd.DataFrame) and isinstance(native.dtypes[name], pd.CategoricalDtype):
        return nw.from_native(native.assign(**{name: native[name].cat.remove_unused_categories()}))
    return frame
