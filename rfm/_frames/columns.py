"""Columns on every engine: made from arrays, numbered, cast, chosen by conditions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from enum import IntEnum
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._frames.engines import Eager, Frame, engine_of

__all__ = [
    "CHAINED",
    "as_categories",
    "choose",
    "group_column",
    "how_many",
    "is_text",
    "mixes_types",
    "new_column",
    "new_texts",
    "not_nullable",
    "nullable",
    "nullable_truths",
    "score_column",
    "segment_column",
    "values_to_number",
    "with_arrays",
    "without_unused_categories",
]


CHAINED: Final = 16
"""Cases that are nested in one another; more are divided in two."""


def choose(cases: Sequence[tuple[nw.Expr, Any]], otherwise: Any) -> nw.Expr:
    """The value of the first case whose condition holds; a condition on a missing value does not hold.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"a": [1, 5, 9]}))
    >>> sizes = choose([(nw.col("a") < 3, "low"), (nw.col("a") < 7, "mid")], "high")
    >>> frame.select(size=sizes)["size"].to_list()
    ['low', 'mid', 'high']
    """
    if len(cases) > CHAINED:  # engines and Python limit how deep an expression may be, not how wide
        first, later = cases[: len(cases) // 2], cases[len(cases) // 2 :]
        return nw.when(_any(first)).then(choose(first[:-1], first[-1][1])).otherwise(choose(later, otherwise))
    result = _expression(otherwise)
    for condition, value in reversed(cases):
        result = nw.when(condition).then(_expression(value)).otherwise(result)
    return result


def is_text(dtype: Any) -> bool:
    """Whether a column's values are, or may be, texts: categories can be of any type."""
    return isinstance(dtype, nw.String | nw.Categorical | nw.Enum)


def how_many(condition: nw.Expr) -> nw.Expr:
    """In how many rows a condition holds; engines such as Spark sum numbers, not truths.

    Examples
    --------
    >>> import pandas as pd
    >>> frame = nw.from_native(pd.DataFrame({"a": [1, None, 9]}))
    >>> int(frame.select(lost=how_many(nw.col("a").is_null()))["lost"].item())
    1
    """
    return choose([(condition, 1)], 0).sum()


def _any(cases: Sequence[tuple[nw.Expr, Any]]) -> nw.Expr:
    """Whether one of the conditions holds, joined pairwise."""
    if len(cases) == 1:
        return cases[0][0]
    return _any(cases[: len(cases) // 2]) | _any(cases[len(cases) // 2 :])


def _expression(value: Any) -> nw.Expr:
    return (
        value if isinstance(value, nw.Expr) else nw.lit(int(value) if isinstance(value, IntEnum) else value)
    )


def new_column(like: Eager, name: str, values: npt.NDArray[Any]) -> nw.Series[Any]:
    """A column of NumPy values for a table in memory, without a copy where the engine allows; objects are texts."""
    return engine_of(like).column(like, name, values)


def with_arrays(frame: Eager, arrays: Mapping[str, npt.NDArray[Any]]) -> Eager:
    """A table in memory with its rows renumbered and columns of NumPy values added."""
    frame = nw.maybe_reset_index(frame)
    return frame.with_columns([new_column(frame, name, values) for name, values in arrays.items()])


def new_texts(like: nw.Series[Any], texts: Iterable[str]) -> nw.Series[Any]:
    """A column of texts under the name of another column in memory, for the same table."""
    return engine_of(like).texts(like, texts)


def score_column(like: Eager, name: str, values: npt.NDArray[np.int8]) -> nw.Series[Any]:
    """A column of whole numbers for a table in memory; 0 is missing."""
    return engine_of(like).score_column(like, name, values)


def segment_column(
    like: Eager, name: str, choices: Sequence[str | None], codes: npt.NDArray[Any], order: Sequence[str]
) -> nw.Series[Any]:
    """A column of names ``choices[code]`` for a table in memory; an ordered categorical, if the engine has them."""
    return engine_of(like).category_column(like, name, choices, codes, order)


def as_categories(frame: Frame, texts: nw.Expr, names: Sequence[str]) -> nw.Expr:
    """An expression of texts as ordered categories, where the frame's engine has them."""
    return engine_of(frame).as_categories(texts, names)


def without_unused_categories(frame: Eager, name: str) -> Eager:
    """The column with unused categories removed on pandas; other engines keep none."""
    return engine_of(frame).without_unused_categories(frame, name)


def nullable(frame: Any, column: str) -> Any:
    """Whole numbers with missing values as nullable integers on pandas and Dask, which would make them floats."""
    return engine_of(frame).nullable(frame, column)


def not_nullable(frame: Any, column: str) -> Any:
    """Nullable whole numbers without missing values as NumPy's on pandas and Dask, as before `nullable`."""
    return engine_of(frame).not_nullable(frame, column)


def nullable_truths(frame: Any) -> Any:
    """Boolean columns as nullable booleans on pandas and Dask, where missing values would make them objects."""
    return engine_of(frame).nullable_truths(frame)


def mixes_types(frame: Frame) -> bool:
    """Whether the engine has columns that hold values of several types."""
    return engine_of(frame).mixes_types


def values_to_number(series: nw.Series[Any]) -> Any:
    """The array that `pandas.factorize` numbers: a column's values in a form that hashes fast."""
    return engine_of(series).values_to_number(series)


def group_column(series: nw.Series[Any], dtype: Any) -> pd.Series[Any]:
    """Names of groups as a pandas column; ordered categories where the order is meaningful.

    Parameters
    ----------
    series : narwhals.Series
    dtype : narwhals dtype
        Of the column on the engine that it was fetched from.
    """
    return engine_of(series).group_column(series, dtype)
