"""Validation of the laws' arguments: parameters, times, counts and histories."""

from __future__ import annotations

from numbers import Number
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike, NDArray

from clv._numerics import Array, FloatOrArray
from clv.errors import RowError
from rfm._options import received
from rfm._requirements import LARGEST_COUNT
from rfm.errors import DataError

__all__ = [
    "LARGEST",
    "give",
    "refuse",
    "to_amount",
    "to_count",
    "to_floats",
    "to_history",
    "to_parameter",
    "to_period_history",
    "to_periods",
    "to_probability",
    "to_time",
    "together",
]


LARGEST: Final = LARGEST_COUNT
"""Purchases of a customer, and units of time of a history, beyond which an input is taken for an error."""


FARTHEST: Final = 1e15
"""Units of time to a horizon beyond which an input is taken for an error; expectations are known up to there."""


def give(values: Array) -> FloatOrArray:
    """A float for a zero-dimensional result, else the array."""
    return float(values) if np.ndim(values) == 0 else values


def refuse(wrong: NDArray[np.bool_] | np.bool_, fact: str, hint: str, **columns: Array) -> None:
    """Raise RowError, a DataError, at the first row where `wrong` holds, showing its columns."""
    if not np.any(wrong):
        return
    values = {name: np.broadcast_to(column, np.shape(wrong)).ravel() for name, column in columns.items()}
    row = int(np.argmax(wrong))
    shown = ", ".join(f"{name} = {column[row]:g}" for name, column in values.items())
    raise RowError(f"{fact}, got {shown}", row if np.ndim(wrong) else None, hint)


def to_floats(name: str, value: ArrayLike) -> Array:
    """Numbers as an array of floats; DataError for texts, booleans, dates, missing values and other objects.

    >>> to_floats("x", [1, 2])
    array([1., 2.])
    >>> to_floats("x", "2")
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: x must be a number or an array of numbers; got '2'. Hint: convert it to numbers.
    """
    try:
        if hasattr(value, "columns"):
            raise TypeError  # a table is no column
        values = np.asarray(value)
        kind = values.dtype.kind
        if kind in "iuf" or (kind == "O" and all(isinstance(each, Number) for each in values.flat)):
            return values.astype(float, copy=False)
    except (TypeError, ValueError, OverflowError):  # ragged, complex, or beyond all floats
        pass
    raise DataError(
        f"{name} must be a number or an array of numbers; got {received(value)}. Hint: convert it to numbers."
    )


def together(**columns: ArrayLike) -> tuple[Array, ...]:
    """Columns of numbers as floats of one shape; DataError if they have several lengths.

    >>> together(x=[1, 2], T=3)
    (array([1., 2.]), array([3., 3.]))
    >>> together(x=[1, 2], T=[1, 2, 3])
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: x, T must have one length; got 2, 3. Hint: one value per customer, or one for all.
    """
    values = [to_floats(name, column) for name, column in columns.items()]
    try:
        return tuple(np.broadcast_arrays(*values))
    except ValueError:
        shapes = ", ".join("×".join(map(str, each.shape)) or "1" for each in values)
        raise DataError(
            f"{', '.join(columns)} must have one length; got {shapes}. Hint: one value per customer, or one for all."
        ) from None


def to_parameter(law: str, name: str, value: ArrayLike) -> FloatOrArray:
    """A parameter as a float or an array of floats; DataError unless finite and above 0."""
    number: Any = value
    if isinstance(number, float) and 0 < number < np.inf:
        return float(number)  # thousands of laws are drawn
    values = to_floats(f"{law}: the parameter {name}", value)
    refuse(
        ~(np.isfinite(values) & (values > 0)),
        f"{law}: the parameter {name} must be finite and above 0",
        "parameters are on the paper's scale, not their logarithms.",
        **{name: values},
    )
    return give(values)


def to_time(t: ArrayLike) -> Array:
    """Times as floats; DataError unless every one is finite and 0 or more."""
    values = to_floats("t, a time,", t)
    refuse(
        ~(np.isfinite(values) & (values >= 0) & (values <= FARTHEST)),
        f"A time t must be finite, 0 or more and at most {FARTHEST:g}",
        "t is a length of time in the law's unit.",
        t=values,
    )
    return values


def to_count(n: ArrayLike, what: str = "A number of purchases") -> Array:
    """Counts as floats; DataError unless every one is whole and 0 or more."""
    values = to_floats(what, n)
    whole = np.isfinite(values) & (values >= 0) & (np.floor(values) == values)
    refuse(~whole, f"{what} must be whole and 0 or more", "pass 0, 1, 2, …", n=values)
    return values


def to_history(x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> tuple[Array, Array, Array]:
    """Histories in continuous time as floats of one shape; DataError names the first invalid one.

    x counts repeat purchases (whole, ≥ 0), t_x is the time from the first purchase to the last (0 just when
    x is 0) and T the time from the first purchase to the end of observation (≥ t_x).
    """
    x, t_x, T = together(x=x, t_x=t_x, T=T)
    whole = (np.floor(x) == x) & (x >= 0) & np.isfinite(x)
    if np.all(whole & (t_x >= 0) & (t_x <= T) & (T <= LARGEST) & (x <= LARGEST) & ((x > 0) == (t_x > 0))):
        return x, t_x, T
    row = {"x": x, "t_x": t_x, "T": T}
    summarize = "clv.summarize(tx) counts repeat purchases by day."
    refuse(~np.isfinite(x + t_x + T), "A history must be finite", "drop customers without a purchase.", **row)
    refuse(
        (x > LARGEST) | (T > LARGEST),
        f"x or T is above {LARGEST:g}",
        "x counts purchases, T is in the law's unit.",
        **row,
    )
    refuse(~whole, "x, the repeat purchases, must be whole and 0 or more", summarize, **row)
    refuse(
        t_x < 0,
        "t_x, the time of the last purchase, must be 0 or more",
        "t_x is counted from the first purchase, not back from today.",
        **row,
    )
    refuse(
        t_x > T,
        "t_x, the time of the last purchase, lies after T, the end of observation",
        "count both from the first purchase, in one unit.",
        **row,
    )
    refuse(
        (x > 0) & (t_x == 0),
        "x > 0 with t_x = 0: a repeat purchase at the time of the first",
        "merge orders of one day into one purchase. " + summarize,
        **row,
    )
    refuse(
        (x == 0) & (t_x > 0),
        "x = 0 with t_x > 0: a last purchase without any repeat purchase",
        "t_x is 0 for customers with one purchase.",
        **row,
    )
    return x, t_x, T


def to_periods(t: ArrayLike, law: str = "BG/BB") -> Array:
    """Whole numbers of periods as floats; DataError unless every one is finite and 0 or more."""
    periods = to_time(t)
    refuse(
        np.floor(periods) != periods, f"{law} counts whole periods", "t is a number of periods.", t=periods
    )
    return periods


def to_period_history(
    x: ArrayLike, t_x: ArrayLike, n: ArrayLike, law: str = "BG/BB"
) -> tuple[Array, Array, Array]:
    """Histories in whole periods as floats of one shape: 0 ≤ x ≤ t_x ≤ n; DataError names the first invalid one."""
    x, t_x, n = to_history(x, t_x, n)
    row = {"x": x, "t_x": t_x, "n": n}
    refuse(
        (np.floor(t_x) != t_x) | (np.floor(n) != n),
        f"{law} counts whole periods",
        'clv.summarize(tx, discrete="M") counts months, for example.',
        **row,
    )
    refuse(
        x > t_x,
        "x, the periods with a purchase, exceeds t_x, the periods up to the last of them",
        "a period has one purchase or none.",
        **row,
    )
    return x, t_x, n


def to_amount(value: ArrayLike) -> Array:
    """Amounts as floats, negative and infinite ones among them; DataError if one is missing."""
    values = to_floats("value", value)
    refuse(np.isnan(values), "An amount must be a number", "drop the missing ones.", value=values)
    return values


def to_probability(u: ArrayLike) -> Array:
    """Probabilities as floats; DataError unless every one lies between 0 and 1, both allowed."""
    values = to_floats("A probability", u)
    refuse(~((values >= 0) & (values <= 1)), "A probability must be between 0 and 1", "0.9 is 90%.", u=values)
    return values
