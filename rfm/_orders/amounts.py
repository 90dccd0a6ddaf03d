"""Reading amounts in memory: whole units of 10^-decimals, so that no sum depends on the order of the rows."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import ROUND_HALF_EVEN, Context, Decimal
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._frames.columns import mixes_types, new_column
from rfm._frames.native import engine_name
from rfm._orders.text_numbers import recipe
from rfm._orders.verdicts import Verdict
from rfm.errors import TransactionsError

__all__ = [
    "CLOSE",
    "LARGEST",
    "Money",
    "Numbers",
    "is_within_floats",
    "magnitude",
    "no_money",
    "product",
    "read_numbers",
    "read_units",
    "with_quiet_nans",
]

Numbers = npt.NDArray[Any]

LARGEST: Final = 2**62  # no single amount may take more than half of what an int64 holds
CLOSE: Final = 2.0**-50  # how far from a whole number a float of an exact decimal, times 10^decimals, may be
EXACT: Final = Context(prec=100, rounding=ROUND_HALF_EVEN)
MANTISSA: Final = 2**53  # below it, floats hold every whole number
SHOWN: Final = 200  # texts that a hint considers
CHUNK: Final = 65_536  # rows at a time: temporary arrays stay in the cache, memory stays flat


@dataclass(frozen=True)
class Money:
    """Amounts read: ``units`` (n,) int64, 0 where there is none; ``rounded`` (n,) bool, finer than a unit;
    ``verdicts`` (n,) int8."""  # fmt: skip

    units: npt.NDArray[np.int64]
    rounded: npt.NDArray[np.bool_]
    verdicts: npt.NDArray[np.int8]


def no_money(rows: int) -> Money:
    """For rows whose money is not read: zero units, no verdict."""
    return Money(np.zeros(rows, np.int64), np.zeros(rows, np.bool_), np.full(rows, Verdict.KEPT, np.int8))


def with_quiet_nans(frame: nw.DataFrame[Any], names: Sequence[str]) -> nw.DataFrame[Any]:
    """The table with plain NaNs where columns hold Decimals that are signalling NaNs: pandas fails on these."""
    for name in names:
        if mixes_types(frame) and frame[name].dtype == nw.Object:
            values = np.asarray(
                frame[name].to_native(), dtype=object
            )  # older Narwhals look for missing values
            loud = [isinstance(value, Decimal) and value.is_snan() for value in values]
            if any(loud):
                quiet = values.copy()
                quiet[loud] = Decimal("NaN")
                frame = frame.with_columns(new_column(frame, name, quiet))
    return frame


def read_numbers(series: nw.Series[Any], name: str | None = None) -> Numbers:
    """A numeric column as int64, float64 (NaN is missing), or objects where only Python is exact.

    Parameters
    ----------
    series : narwhals.Series
    name : str, optional
        The column, for messages; by default as it is named.

    Raises
    ------
    TransactionsError
        For a column of text, of booleans, or of anything else that is not a number.
    """
    dtype = series.dtype
    if dtype.is_integer() and dtype != nw.UInt64 and not series.is_null().any():
        return series.cast(nw.Int64).to_numpy()
    if dtype.is_float() or (dtype.is_integer() and is_within_floats(series)):
        return series.cast(nw.Float64).to_numpy()
    if dtype.is_numeric() or series.is_null().all():
        return _objects(series.to_list())
    if dtype == nw.Object and pd.api.types.infer_dtype(series.to_numpy(), skipna=True) != "boolean":
        return series.to_numpy()
    engine = engine_name(series)
    examples = (
        some_texts(series.drop_nulls()) if dtype == nw.String else series.drop_nulls().head(SHOWN).to_list()
    )
    raise refuse_column(series.name if name is None else name, dtype, examples, engine)


def is_within_floats(series: nw.Series[Any]) -> bool:
    """Whether floats hold all of a column of whole numbers exactly."""
    if series.dtype == nw.UInt64:  # whose comparison with a signed number Arrow refuses
        return all(value is None or value < MANTISSA for value in series.to_list())
    whole = series.cast(nw.Int64)  # 2^53 is beyond the narrower ones
    return bool((whole.is_null() | (whole.abs() < MANTISSA)).all())


PLAIN: Final = r"^\s*[+-]?(?:[0-9]+[.]?[0-9]*|[.][0-9]+)(?:[eE][+-]?[0-9]+)?\s*$"


def is_plain(text: str) -> bool:
    """Whether a text is a number as computers write it, so that it is not what keeps a column from being read."""
    return re.match(PLAIN, text) is not None


def some_texts(series: nw.Series[Any]) -> list[str]:
    """Some of a column's texts: those first that are no plain numbers, wherever they stand."""
    odd = series.filter(~series.str.contains(PLAIN)).unique().sort().head(SHOWN).to_list()
    return odd or series.unique().sort().head(SHOWN).to_list()


def refuse_column(name: str, dtype: Any, examples: Sequence[Any], engine: str) -> TransactionsError:
    """The error for a column that is not numeric."""
    if dtype == nw.String:
        texts = [text for text in sorted(examples, key=lambda text: (is_plain(text), text)) if text.strip()]
        such = f", such as {texts[0]!r}" if texts else ""
        hint = f"{recipe(name, texts, engine)} converts them to numbers"
        return TransactionsError(f"Column {name!r} must hold numbers; got text{such}. Hint: {hint}.")
    return TransactionsError(
        f"Column {name!r} must hold numbers; got {dtype}. "
        'Hint: Transactions(df, amount="…") names the amount column.'
    )


def _objects(items: list[Any]) -> Numbers:
    values = np.empty(len(items), dtype=object)
    values[:] = items
    return values


def product(left: Numbers, right: Numbers) -> Numbers:
    """The product of two columns: of Decimals and whole numbers exactly, of floats as floats."""
    if left.dtype != object and right.dtype != object:
        if left.dtype.kind == right.dtype.kind == "i" and magnitude(left) * magnitude(right) >= LARGEST:
            left = left.astype(object)
        else:
            return left * right
    pairs = zip(left.tolist(), right.tolist(), strict=True)
    return _objects([_times(_decimal(a), _decimal(b)) for a, b in pairs])


def _times(left: Any, right: Any) -> Any:
    """The product of two numbers; of anything else, what is not a number."""
    for value in (left, right):
        if not isinstance(value, (Decimal, float)):
            return value
    if isinstance(left, Decimal) and isinstance(right, Decimal):
        return EXACT.multiply(left, right)
    return float(left) * float(right)


def _decimal(value: Any) -> Any:
    """A whole number as a Decimal, any other float as Python's; anything else as it is."""
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return Decimal(int(value))
    return float(value) if isinstance(value, np.floating) else value


def magnitude(values: Numbers) -> int:
    """The largest absolute value of integers, exactly; 0 of none."""
    return max(abs(int(values.min())), abs(int(values.max()))) if len(values) else 0


def read_units(values: Numbers, decimals: int) -> Money:
    """Round amounts half-even to whole units of 10^-decimals, and judge each row.

    Parameters
    ----------
    values : (n,)
        As `read_numbers` gives them.
    decimals
        Digits after the point that count.

    Examples
    --------
    >>> read_units(np.array([1.23456, 0.5, np.nan, np.inf]), 4)  # doctest: +NORMALIZE_WHITESPACE
    Money(units=array([12346,  5000,     0,     0]), rounded=array([ True, False, False, False]),
          verdicts=array([0, 0, 6, 8], dtype=int8))
    """
    count = len(values)
    money = Money(np.zeros(count, np.int64), np.zeros(count, np.bool_), np.zeros(count, np.int8))
    fill: Callable[[Numbers, int, Money], None]
    fill = {"i": _fill_integers, "f": _fill_floats}.get(values.dtype.kind, _fill_objects)
    for start in range(0, count, CHUNK):
        part = slice(start, start + CHUNK)
        fill(values[part], decimals, Money(money.units[part], money.rounded[part], money.verdicts[part]))
    return money


def _fill_integers(values: Numbers, decimals: int, money: Money) -> None:
    scale = 10**decimals
    if magnitude(values) * scale < LARGEST:
        np.multiply(values, scale, out=money.units)
        return
    fits = np.array([abs(value) * scale < LARGEST for value in values.tolist()])
    money.units[fits] = values[fits] * scale
    money.verdicts[~fits] = Verdict.AMOUNT_TOO_LARGE


def _fill_floats(values: Numbers, decimals: int, money: Money) -> None:
    scale = float(10**decimals)
    with np.errstate(over="ignore", invalid="ignore"):
        size = np.abs(values)
        fits = size < LARGEST / scale
        scaled = values * scale
        whole = np.rint(scaled)
        np.greater(np.abs(scaled - whole), CLOSE * scale * size, out=money.rounded)
    if fits.all():
        money.units[:] = whole
        return
    money.units[fits] = whole[fits]
    money.rounded[~fits] = False
    money.verdicts[~fits] = Verdict.AMOUNT_TOO_LARGE
    money.verdicts[np.isinf(values)] = Verdict.INFINITE_AMOUNT
    money.verdicts[np.isnan(values)] = Verdict.MISSING_AMOUNT


def _fill_objects(values: Numbers, decimals: int, money: Money) -> None:
    for row, value in enumerate(values.tolist()):
        if isinstance(value, float):
            part = slice(row, row + 1)
            one = Money(money.units[part], money.rounded[part], money.verdicts[part])
            _fill_floats(np.array([value]), decimals, one)
            continue
        exact = _decimal(value)
        money.verdicts[row] = _judge(exact, decimals)
        if money.verdicts[row] == Verdict.KEPT:
            scaled = exact.scaleb(decimals, EXACT)
            money.units[row] = int(scaled.to_integral_value(context=EXACT))
            money.rounded[row] = scaled != int(money.units[row])


def _judge(value: Any, decimals: int) -> Verdict:
    if not isinstance(value, Decimal):
        missing = value is None or value is pd.NA or value is pd.NaT
        return Verdict.MISSING_AMOUNT if missing else Verdict.UNREADABLE_AMOUNT
    if value.is_nan():
        return Verdict.MISSING_AMOUNT
    if value.is_infinite():
        return Verdict.INFINITE_AMOUNT
    if value.adjusted() + decimals > 18 or abs(value.scaleb(decimals, EXACT)) >= LARGEST:
        return Verdict.AMOUNT_TOO_LARGE
    return Verdict.KEPT
