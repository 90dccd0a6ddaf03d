"""Checks of options: a function for each kind of value, through which the options of all public functions go."""

from __future__ import annotations

import difflib
import math
import os
import reprlib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, timedelta
from numbers import Integral, Number, Real
from pathlib import Path
from typing import Any, Final, cast

import numpy as np

from rfm.errors import DataError

__all__ = [
    "check_choice",
    "check_flag",
    "check_generator",
    "check_text",
    "confidence_level",
    "file_path",
    "fraction",
    "interval_mass",
    "is_number",
    "is_whole",
    "items",
    "money",
    "number",
    "numbers",
    "received",
    "refuse_unknown",
    "seed_number",
    "text_by_text",
    "texts",
    "whole",
]

_SIMPLE: Final = (
    str,
    bytes,
    Number,
    date,
    timedelta,
    np.generic,
    list,
    tuple,
    dict,
    set,
    frozenset,
    os.PathLike,
    type(None),
)
_WIDTH: Final = 120  # characters of a quoted value
_DIGITS: Final = 60
_LONGEST_NAME, _LONGEST_PATH = 255, 4_096  # bytes and characters that common file systems allow
_SHORT: Final = reprlib.Repr()
_SHORT.maxstring = _SHORT.maxother = 60
_SHORT.maxlevel = 2
LARGEST: Final = 2**63  # whole numbers from here on are no counts, and no numbers of engines


def received(value: Any) -> str:
    """A value as messages quote it: short, and of tables and other objects only the type.

    Parameters
    ----------
    value : object
        Whatever was passed.

    Returns
    -------
    str

    Examples
    --------
    >>> received("52 weeks"), received(None), received(10**30), received(print)
    ("'52 weeks'", 'None', '1000000000000000000000000000000', 'a builtin_function_or_method')
    """
    if isinstance(value, int) and abs(value) >= 10**_DIGITS:  # of thousands of digits, Python makes no text
        return f"an integer of more than {_DIGITS} digits"
    if not isinstance(value, _SIMPLE):
        return f"a {type(value).__name__}"
    text = _SHORT.repr(value)
    return text if len(text) <= _WIDTH else f"{text[: _WIDTH - 20]}…{text[-19:]}"


def check_choice(
    name: str, value: Any, choices: Sequence[str], error: type[DataError] = DataError, hint: str = ""
) -> None:
    """Refuse an option that is not one of its choices, with the error class of the step.

    Examples
    --------
    >>> check_choice("late", "recomptue", ["raise", "recompute"])
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: late must be one of "raise", "recompute"; got 'recomptue'.
    """
    if not isinstance(value, str) or value not in choices:
        one_of = ", ".join(f'"{choice}"' for choice in choices)
        raise error(_message(f"{name} must be one of {one_of}", value, hint))


def check_flag(name: str, value: Any, error: type[DataError] = DataError) -> None:
    """Refuse what is neither True nor False.

    Examples
    --------
    >>> check_flag("progress", "yes")
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: progress must be True or False; got 'yes'.
    """
    if not isinstance(value, bool | np.bool_):
        raise error(_message(f"{name} must be True or False", value, ""))


def check_text(name: str, value: Any, hint: str = "", error: type[DataError] = DataError) -> None:
    """Refuse what is no text, and the empty one.

    Examples
    --------
    >>> check_text("customer", 3, 'customer="CustomerID"')
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: customer must be text; got 3. Hint: customer="CustomerID".
    """
    if not isinstance(value, str) or not value:
        raise error(_message(f"{name} must be text", value, hint))


def number(
    name: str,
    value: Any,
    hint: str = "",
    *,
    least: float = -math.inf,
    most: float = math.inf,
    above: float = -math.inf,
    error: type[DataError] = DataError,
) -> float:
    """A finite number within bounds, as a float.

    Parameters
    ----------
    name : str
        The option's name.
    value : object
        Of Python or NumPy; booleans are no numbers.
    hint : str
        The next step, without its full stop.
    least, most : float
        Bounds that are allowed.
    above : float
        A lower bound that is not allowed.
    error : type
        Error class of the step.

    Returns
    -------
    float

    Examples
    --------
    >>> number("margin", 1, "margin=0.3", least=0)
    1.0
    >>> number("margin", float("nan"), "margin=0.3", least=0)
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: margin must be a finite number, 0 or more; got nan. Hint: margin=0.3.
    """
    if is_number(value) and math.isfinite(_float(value)) and least <= value <= most and value > above:
        return float(value)
    bounds = [
        *([f"{least:,.16g} or more"] if math.isfinite(least) else []),
        *([f"above {above:,.16g}"] if math.isfinite(above) else []),
        *([f"at most {most:,.16g}"] if math.isfinite(most) else []),
    ]
    what = f"{name} must be a finite number" + (f", {' and '.join(bounds)}" if bounds else "")
    raise error(_message(what, value, hint))


def money(name: str, value: Any, hint: str) -> float:
    """An amount that is not negative, in currency; beyond 10^15 a float has no cents.

    Examples
    --------
    >>> money("value_per_order", 12, "value_per_order=12.50")
    12.0
    """
    return number(name, value, hint, least=0, most=1e15)


def whole(
    name: str,
    value: Any,
    hint: str = "",
    *,
    least: int = 0,
    most: int | None = None,
    error: type[DataError] = DataError,
) -> int:
    """A whole number within bounds, both allowed.

    Examples
    --------
    >>> whole("decimals", 2, most=12)
    2
    >>> whole("decimals", True, most=12)
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: decimals must be a whole number from 0 to 12; got True.
    """
    if is_whole(value) and least <= value <= (LARGEST - 1 if most is None else most):
        return int(value)
    bounds = f", {least} or more" if most is None else f" from {least} to {most}"
    raise error(_message(f"{name} must be a whole number{bounds}", value, hint))


def fraction(name: str, value: Any, hint: str) -> float:
    """A number between 0 and 1, both excluded, as a float.

    Examples
    --------
    >>> fraction("interval", 0.9, "interval=0.9")
    0.9
    """
    if not is_number(value) or not 0 < value < 1:
        raise DataError(_message(f"{name} must lie between 0 and 1", value, hint))
    return float(value)


def items(name: str, value: Any, hint: str, error: type[DataError] = DataError) -> list[Any]:
    """The items of a list, tuple, set, column or other sequence; a text or a table is none.

    Examples
    --------
    >>> items("dates", "2011-06-30", 'dates=["2011-06-30", "2011-12-31"]')
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: dates must be a list; got '2011-06-30'. Hint: dates=["2011-06-30", "2011-12-31"].
    """
    odd = (
        isinstance(value, str | bytes | Mapping | type)
        or hasattr(value, "columns")
        or getattr(value, "ndim", 1) != 1
    )
    if odd or not isinstance(value, Iterable):
        raise error(_message(f"{name} must be a list", value, hint))
    return list(value)


def numbers(
    name: str,
    value: Any,
    hint: str,
    *,
    least: float = -math.inf,
    above: float = -math.inf,
    most: float = math.inf,
    error: type[DataError] = DataError,
) -> list[float]:
    """The finite numbers of a list that is not empty, each within bounds.

    Examples
    --------
    >>> numbers("shares", [0.2, 1], "shares=[0.2, 0.5]", above=0, most=1)
    [0.2, 1.0]
    """
    found = [
        number(name, each, hint, least=least, above=above, most=most, error=error)
        for each in items(name, value, hint, error)
    ]
    if not found:
        raise error(f"{name} is empty. Hint: {hint}.")
    return found


def texts(name: str, value: Any, hint: str, error: type[DataError] = DataError) -> list[str]:
    """The texts of a list, such as names of columns.

    Examples
    --------
    >>> texts("names", ["a", 3], 'names=["a", "b"]')
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: names must hold texts; got 3. Hint: names=["a", "b"].
    """
    found = items(name, value, hint, error)
    for each in found:
        if not isinstance(each, str):
            raise error(_message(f"{name} must hold texts", each, hint))
    return found


def text_by_text(name: str, value: Any, hint: str, error: type[DataError] = DataError) -> dict[str, str]:
    """A mapping of text to text, such as labels by language.

    Examples
    --------
    >>> text_by_text("labels", ["fr"], 'labels={"fr": "perdus"}')
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: labels must map text to text; got ['fr']. Hint: labels={"fr": "perdus"}.
    """
    if not isinstance(value, Mapping) or not all(
        isinstance(each, str) for pair in value.items() for each in pair
    ):
        raise error(_message(f"{name} must map text to text", value, hint))
    return dict(value)


def confidence_level(value: Any) -> float:
    """The confidence of an interval.

    Examples
    --------
    >>> confidence_level(95)
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: confidence must lie between 0 and 1; got 95. Hint: confidence=0.95.
    """
    return fraction("confidence", value, "confidence=0.95")


def interval_mass(value: Any) -> float:
    """The mass of a predictive interval.

    Examples
    --------
    >>> interval_mass(0.9)
    0.9
    """
    return fraction("interval", value, "interval=0.9")


def seed_number(value: Any) -> int:
    """A seed of random numbers.

    Examples
    --------
    >>> seed_number(-1)
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: seed must be a whole number, 0 or more; got -1. Hint: seed=0.
    """
    return whole("seed", value, "seed=0")


def check_generator(value: Any, name: str = "rng") -> None:
    """Refuse what is not one of NumPy's random generators.

    Examples
    --------
    >>> check_generator(7)
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: rng must be a NumPy generator; got 7. Hint: rng=np.random.default_rng(0).
    """
    if not isinstance(value, np.random.Generator):
        raise DataError(
            _message(f"{name} must be a NumPy generator", value, f"{name}=np.random.default_rng(0)")
        )


def file_path(value: Any, hint: str, error: type[DataError] = DataError, name: str = "path") -> Path:
    """The path of a file or folder.

    Examples
    --------
    >>> file_path(3, 'path="model.json"')
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: path must be the path of a file; got 3. Hint: path="model.json".
    """
    if isinstance(value, str) or (isinstance(value, os.PathLike) and isinstance(os.fspath(value), str)):
        text = cast(str, os.fspath(value))
        if text.strip() and "\0" not in text and _encodes(text) and _fits(text):
            return Path(text)
    raise error(_message(f"{name} must be the path of a file", value, hint))


def is_number(value: Any) -> bool:
    """Whether this is a real number, of Python or NumPy; booleans do not count."""
    return isinstance(value, Real) and not isinstance(value, bool)


def is_whole(value: Any) -> bool:
    """Whether this is a whole number, of Python or NumPy; booleans do not count."""
    return isinstance(value, Integral) and not isinstance(value, bool)


def refuse_unknown(function: str, options: Iterable[str], known: Iterable[str]) -> None:
    """Refuse unknown keyword arguments of a function, naming the nearest known one.

    Examples
    --------
    >>> refuse_unknown("segment", ["as_off"], ["tx", "as_of", "scheme"])
    Traceback (most recent call last):
    ...
    TypeError: segment() got an unexpected keyword argument 'as_off'. Hint: as_of=….
    """
    names = list(dict.fromkeys(known))
    for option in options:
        if option not in names:
            near = difflib.get_close_matches(option, names, n=1)
            hint = f"{near[0]}=…" if near else f"it takes {', '.join(names)}"
            raise TypeError(f"{function}() got an unexpected keyword argument {option!r}. Hint: {hint}.")


def _message(fact: str, value: Any, hint: str) -> str:
    return f"{fact}; got {received(value)}." + (f" Hint: {hint}." if hint else "")


def _float(value: Any) -> float:
    """As a float; infinite where it is a whole number beyond all floats."""
    try:
        return float(value)
    except OverflowError:
        return math.inf


def _fits(text: str) -> bool:
    """Whether file systems have room for such a name."""
    return len(text) <= _LONGEST_PATH and all(
        len(os.fsencode(part)) <= _LONGEST_NAME for part in Path(text).parts
    )


def _encodes(text: str) -> bool:
    """Whether the file system can have such a name: a lone surrogate that no file name gave has no bytes."""
    try:
        os.fsencode(text)
    except UnicodeEncodeError:
        return False
    return True
