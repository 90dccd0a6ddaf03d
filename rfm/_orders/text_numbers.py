"""Converting amounts that are text to numbers: a recipe for the hint that works for the texts found."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Final, TypeAlias

__all__ = ["mixed_recipe", "recipe"]

Step: TypeAlias = tuple[str, str]  # a pattern, and its replacement

SPACES: Final = ("^[ ]+|[ ]+$", "")
LETTERS: Final = ("[A-Za-z]+[.]?", "")  # "Rs.", "NT", "EUR"
IN_BRACKETS: Final = ("^[(](.*)[)]$", r"-\1")  # (45.00), as accountants write a minus
MINUS_LAST: Final = ("^(.*)-$", r"-\1")
MINUS_SIGN: Final = ("−", "-")
BY_THOUSANDS: Final = re.compile(r"\d{1,3}(,\d{3})+")


def recipe(name: str, texts: Sequence[str], engine: str) -> str:
    """Code that converts a column of such texts to numbers.

    Parameters
    ----------
    name : str
        The column.
    texts : sequence of str
        Some of its values.
    engine : str
        As from `rfm._frames.native.engine_name`.

    Examples
    --------
    >>> recipe("paid", ["12.50"], "pandas")
    "pandas.to_numeric(df['paid'])"
    >>> print(recipe("paid", ["NT$1,280"], "pandas"))
    pandas.to_numeric(df['paid'].str.replace('[A-Za-z]+[.]?', '', regex=True).str.replace('[^0-9.-]', '', regex=True))
    """
    steps = _steps(texts)
    held = [_read(text, steps) for text in texts]
    code = WRITTEN.get(engine, _in_pandas)(name, steps)
    unread = [text for text, value in zip(texts, held, strict=True) if value is None]
    if not unread:
        return code
    return f"{code}, once texts such as {unread[0]!r} are missing values or dropped"


def mixed_recipe(name: str, texts: Sequence[str]) -> str | None:
    """Code for a pandas column of numbers and such texts; None if these are not numbers."""
    steps = _steps(texts)
    if not texts or any(_read(text, steps) is None for text in texts):
        return None
    return f"pandas.to_numeric({_replaced(name, steps, '.astype(str)')})"


def _steps(texts: Sequence[str]) -> list[Step]:
    """The replacements, in order, that make these texts readable as numbers."""
    if all(_number(text) is not None for text in texts):
        return [SPACES] if any(text != text.strip() for text in texts) else []
    met = "".join(texts)
    steps = [MINUS_SIGN] if MINUS_SIGN[0] in met else []
    steps += [LETTERS] if re.search("[A-Za-z]", met) else []
    mark = "," if _has_decimal_comma(texts) else "."
    brackets = "()" if any(text.strip().endswith(")") for text in texts) else ""
    steps.append((f"[^0-9{mark}{brackets}-]", ""))
    steps += [(",", ".")] if mark == "," else []
    steps += [IN_BRACKETS] if brackets else []
    return steps + ([MINUS_LAST] if any(text.strip().endswith("-") for text in texts) else [])


def _has_decimal_comma(texts: Sequence[str]) -> bool:
    """Whether the comma is the decimal mark: it comes last, and does not only separate thousands."""
    plain = [re.sub("[^0-9.,]", "", text).strip(".,") for text in texts]
    if any("," in text and "." in text for text in plain):
        return any(text.rfind(",") > text.rfind(".") > -1 for text in plain)
    with_comma = [text for text in plain if "," in text]
    if with_comma:
        return not all(BY_THOUSANDS.fullmatch(text) for text in with_comma)
    return any(text.count(".") > 1 for text in plain)  # 1.280.000: points separate thousands


def _read(text: str, steps: Sequence[Step]) -> float | None:
    for pattern, put in steps:
        text = re.sub(pattern, put, text)
    return _number(text)


def _number(text: str) -> float | None:
    try:
        value = float(text)
    except ValueError:
        return None
    return value if math.isfinite(value) else None


def _in_pandas(name: str, steps: Sequence[Step]) -> str:
    return f"pandas.to_numeric({_replaced(name, steps)})"


def _in_dask(name: str, steps: Sequence[Step]) -> str:
    return f"{_replaced(name, steps)}.astype(float)"


def _replaced(name: str, steps: Sequence[Step], first: str = "") -> str:
    return f"df[{name!r}]{first}" + "".join(f".str.replace({a!r}, {_raw(b)}, regex=True)" for a, b in steps)


def _in_polars(name: str, steps: Sequence[Step]) -> str:
    calls = (f".str.replace_all({a!r}, {_braced(b)!r})" for a, b in steps)
    return f"pl.col({name!r}){''.join(calls)}.cast(pl.Float64)"


def _in_ibis(name: str, steps: Sequence[Step]) -> str:
    calls = (f".re_replace({a!r}, {_raw(b)})" for a, b in steps)
    return f't[{name!r}]{"".join(calls)}.cast("float64")'


def _in_duckdb(name: str, steps: Sequence[Step]) -> str:
    column = f'"{name}"'
    for pattern, put in steps:
        column = f"regexp_replace({column}, '{pattern}', '{put}', 'g')"
    return f"CAST({column} AS DOUBLE)"


def _in_arrow(name: str, steps: Sequence[Step]) -> str:
    column = f"table[{name!r}]"
    for pattern, put in steps:
        column = f"pc.replace_substring_regex({column}, {pattern!r}, {_raw(put)})"
    return f'{column}.cast("float64")'


def _in_spark(name: str, steps: Sequence[Step]) -> str:
    column = f"F.col({name!r})"
    for pattern, put in steps:
        column = f"F.regexp_replace({column}, {pattern!r}, {put.replace(chr(92), '$')!r})"
    return f'{column}.cast("double")'


def _raw(put: str) -> str:
    return f"r'{put}'" if "\\" in put else repr(put)


def _braced(put: str) -> str:
    return re.sub(r"\\(\d)", r"${\1}", put)


WRITTEN: Final[Mapping[str, Callable[[str, Sequence[Step]], str]]] = {
    "Dask": _in_dask,
    "DuckDB": _in_duckdb,
    "Ibis": _in_ibis,
    "Polars": _in_polars,
    "PyArrow": _in_arrow,
    "Spark": _in_spark,
}
