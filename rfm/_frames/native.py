"""Wrapping and unwrapping dataframes: any engine's table in, the same kind out."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from pathlib import PurePath
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np

from rfm._frames.engines import Engine, Frame, engine_of, find_engine
from rfm.errors import DataError, EngineError

__all__ = [
    "INTERNAL",
    "Alias",
    "Frame",
    "engine_name",
    "from_native",
    "is_eager",
    "is_nested",
    "lazy_engine_name",
    "same_engine",
    "same_names",
    "snapshot",
    "to_native",
    "with_plain_names",
]

INTERNAL: Final = "__rfm_"  # prefix of the temporary columns that a step adds to the user's
PLAIN: Final = re.compile(r"[^\W\d]\w{0,59}")


def from_native(native: Any, made: str = "", *, renames: bool = False) -> Frame:
    """Wrap a dataframe of any engine.

    Parameters
    ----------
    native
        A dataframe of pandas, Polars (eager or lazy), PyArrow, DuckDB, Ibis, Dask or PySpark,
        or one that Narwhals wraps already.
    made : str
        Where such a table comes from, for the message if something else is passed: "rfm.summarize(tx) makes …".
    renames : bool
        Whether the columns are renamed next, by `with_plain_names`, so that a name may hold what the engine reads as
        syntax.

    Returns
    -------
    narwhals.DataFrame or narwhals.LazyFrame
        Lazy where the engine is lazy. The input is not copied and never changed.

    Raises
    ------
    DataError
        If this is not a dataframe, two of its columns share a name, or a name is not text, holds a NUL or half of
        a surrogate pair, begins with ``__rfm_``, as temporary columns do, or cannot be read by the engine.
    EngineError
        If it is a dataframe of an engine that is not supported.

    Examples
    --------
    >>> import pandas as pd
    >>> from_native(pd.DataFrame({"customer_id": [1]})).columns
    ['customer_id']
    """
    try:
        frame: Frame = nw.from_native(native)
    except TypeError as error:
        raise DataError(f"Not a dataframe: {_described(native)}. Hint: {_as_table(native, made)}.") from error
    except nw.exceptions.DuplicateError as error:
        detail = " ".join(str(error).split())
        raise DataError(f"Columns share a name. {detail}. Hint: rename or leave out one of them.") from error
    native = nw.to_native(frame)
    engine = find_engine(type(native))
    if engine is None:
        raise EngineError(
            f"{_package(native).capitalize()} is not a supported engine. "
            "Hint: convert the table to pandas, Polars, PyArrow, DuckDB, Ibis, Dask or PySpark."
        )
    if odd := engine.odd_names(frame):
        raise DataError(
            f"Column names must be text; got {', '.join(map(repr, odd[:5]))}. "
            'Hint: df.columns = df.columns.map(str); the column 0 is then named "0".'
        )
    names = frame.collect_schema().names()
    _refuse_internal(names)
    _refuse_unreadable(names, engine, renames=renames)
    return engine.with_plain_types(frame)


def _package(native: Any) -> str:
    return type(native).__module__.partition(".")[0]


def _refuse_internal(names: Iterable[str]) -> None:
    taken = [name for name in names if name.casefold().startswith(INTERNAL)]
    if taken:
        raise DataError(
            f"Column names that begin with {INTERNAL!r} are reserved; got {', '.join(map(repr, taken[:5]))}. "
            "Hint: rename the column."
        )


def _refuse_unreadable(names: Iterable[str], engine: Engine, *, renames: bool) -> None:
    """Refuse names that no engine can hold, and those that this one reads as something else."""
    for name in names:
        if "\0" in name or not _encodes(name):
            raise DataError(
                f"A column name holds a NUL or half of a surrogate pair, which engines cannot read; got {name!r:.60}. "
                "Hint: rename the column."
            )
        if not renames and not engine.can_name(name):
            raise DataError(
                f"{engine.name} cannot read a column named {name!r:.60}. Hint: rename the column."
            )


def _encodes(name: str) -> bool:
    try:
        name.encode()
    except UnicodeEncodeError:
        return False
    return True


class Alias(str):
    """A name that stands for a column's own one, which an engine could read as syntax.

    A message that quotes it (``{name!r}``) shows the column's own name.
    """

    stands_for: str

    def __new__(cls, alias: str, stands_for: str) -> Alias:
        """An alias and the name that its owner knows."""
        made = super().__new__(cls, alias)
        made.stands_for = stands_for
        return made

    def __getnewargs__(self) -> tuple[str, str]:  # type: ignore[override]  # so that it crosses from one process to another
        return str(self), self.stands_for

    def __repr__(self) -> str:
        return repr(self.stands_for)


def with_plain_names(frame: Frame) -> tuple[Frame, dict[str, str]]:
    """The table with aliases for all column names that are not plain words, and the alias of each such name.

    No engine reads a letter followed by letters, digits and underscores as syntax. On engines that do not distinguish
    R from r, a name that repeats another's letters gets an alias, too.

    Examples
    --------
    >>> import pandas as pd
    >>> frame, aliases = with_plain_names(nw.from_native(pd.DataFrame({"day": [1], "utm.source": ["a"]})))
    >>> frame.columns, aliases
    (['day', '__rfm_column_1'], {'utm.source': 'utm.source'})
    """
    names, engine = frame.collect_schema().names(), engine_of(frame)
    met = Counter(name.casefold() if engine.ignores_case else name for name in names)
    aliases = {
        name: Alias(f"{INTERNAL}column_{place}", name)
        for place, name in enumerate(names)
        if not PLAIN.fullmatch(name) or met[name.casefold() if engine.ignores_case else name] > 1
    }
    if not aliases:
        return frame, {}
    plain = [str.__str__(aliases.get(name, name)) for name in names]
    return engine.with_names(frame, plain), dict(aliases)


def _described(native: Any) -> str:
    """A short description of what was passed in place of a table."""
    kind = type(native).__name__
    return f"{kind} {str(native)!r:.60}" if isinstance(native, str | PurePath) else kind


def _as_table(native: Any, made: str) -> str:
    """How to make a table of what was passed, and which kind is expected."""
    of_kind = f"; {made}" if made else ""
    if isinstance(native, str | PurePath):
        ends = {".parquet": "read_parquet", ".xlsx": "read_excel", ".xls": "read_excel", ".json": "read_json"}
        read = ends.get(PurePath(native).suffix.lower(), "read_csv")
        return f"pandas.{read}({str(native)!r:.60}) reads a file{of_kind}"
    if isinstance(native, Mapping | list | tuple | np.ndarray):
        return f"pandas.DataFrame(rows) makes a table from it{of_kind}"
    if type(native).__name__ == "CustomerBase":
        return f"base.summary() is a table{of_kind}"
    if type(native).__name__ == "Transactions":
        return made or "this step takes a table made of transactions, such as rfm.summarize(tx)"
    return f"pass a table of pandas, Polars, PyArrow, DuckDB, Ibis, Dask or PySpark{of_kind}"


def same_names(frame: Frame, names: Iterable[str], others: Iterable[str]) -> list[str]:
    """Those of ``names`` that are also in ``others``; DuckDB, Ibis and Spark do not distinguish R from r.

    Examples
    --------
    >>> import pandas as pd
    >>> same_names(from_native(pd.DataFrame({"r": [1]})), ["R", "F"], ["r", "F"])
    ['F']
    """
    folds = engine_of(frame).ignores_case
    held = {other.casefold() if folds else other for other in others}
    return [name for name in names if (name.casefold() if folds else name) in held]


def is_nested(frame: Frame, column: str) -> bool:
    """Whether a column's values are made of several: lists, structs, maps, JSON; on pandas also where one such is."""
    if engine_of(frame).is_nested(frame, column):
        return True
    if not isinstance(frame, nw.DataFrame) or frame.collect_schema()[column] != nw.Object:
        return False
    return any(kind.__hash__ is None for kind in set(map(type, frame.get_column(column).to_list())))


def snapshot(frame: Frame) -> Frame:
    """The same table, unaffected by columns that its owner adds or removes later; nothing is copied.

    With pandas 3, which copies on write, changed values do not affect it either.
    """
    return engine_of(frame).snapshot(frame)


def is_eager(frame: Frame) -> bool:
    """Whether the rows are in memory (pandas, PyArrow, Polars eager) and not behind an engine."""
    return isinstance(frame, nw.DataFrame)


def to_native(frame: Frame) -> Any:
    """Return the engine's own dataframe: the same kind that came in, still lazy where it was lazy."""
    return nw.to_native(frame)


def engine_name(frame: Frame | nw.Series[Any]) -> str:
    """The name of a table's or a column's engine, for messages."""
    return engine_of(frame).name


def lazy_engine_name(frame: Frame) -> str:
    """The same for a lazy table, of which a pandas table is a partition."""
    return engine_of(frame).name_when_lazy


def same_engine(left: Frame, right: Frame) -> bool:
    """Whether two tables are of one engine, and both in memory or both behind it."""
    return engine_of(left) is engine_of(right) and type(left) is type(right)
