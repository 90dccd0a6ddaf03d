"""The one door for dataframes: any engine's table in, the same kind out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np

from rfm._frames.engines import Frame, engine_of, find_engine
from rfm.errors import DataError, EngineError

__all__ = [
    "INTERNAL",
    "Frame",
    "engine_name",
    "from_native",
    "is_eager",
    "lazy_engine_name",
    "same_engine",
    "same_names",
    "snapshot",
    "to_native",
]

INTERNAL: Final = "__rfm_"  # begins the name of each column that a step adds beside those of others


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
    native = nw.to_native(frame)
    engine = find_engine(type(native))
    if engine is None:
        raise EngineError(
            f"{_package(native).capitalize()} is not among the engines whose answers are known to be right. "
            "Hint: hand the table over to pandas, Polars, PyArrow, DuckDB, Ibis, Dask or PySpark."
        )
    if odd := engine.odd_names(frame):
        raise DataError(
            f"Names of columns must be texts; got {', '.join(map(repr, odd[:5]))}. "
            'Hint: df.columns = df.columns.map(str); the column 0 is then named "0".'
        )
    _refuse_internal(frame)
    return engine.with_plain_types(frame)


def _package(native: Any) -> str:
    return type(native).__module__.partition(".")[0]


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
    folds = engine_of(frame).ignores_case
    held = {other.casefold() if folds else other for other in others}
    return [name for name in names if (name.casefold() if folds else name) in held]


def snapshot(frame: Frame) -> Frame:
    """The same table, safe from columns that its owner adds or takes away later; nothing is copied.

    With pandas 3, whose copies are made on writing, it is also safe from changed values.
    """
    return engine_of(frame).snapshot(frame)


def is_eager(frame: Frame) -> bool:
    """Whether the rows are in memory (pandas, PyArrow, Polars eager) and not behind an engine."""
    return isinstance(frame, nw.DataFrame)


def to_native(frame: Frame) -> Any:
    """Give the engine's own dataframe back: the same kind that came in, still lazy where it was lazy."""
    return nw.to_native(frame)


def engine_name(frame: Frame | nw.Series[Any]) -> str:
    """The name of a table's or a column's engine as people write it, for messages."""
    return engine_of(frame).name


def lazy_engine_name(frame: Frame) -> str:
    """The same where a lazy table is read, of which a pandas table is a partition."""
    return engine_of(frame).name_on_lazy_road


def same_engine(left: Frame, right: Frame) -> bool:
    """Whether two tables are of one engine, and both in memory or both behind it."""
    return engine_of(left) is engine_of(right) and type(left) is type(right)
