"""Reading dates behind an engine: the day number and its verdict as expressions that every engine shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any, Final

import narwhals.stable.v2 as nw

from rfm._days import EARLIEST, EPOCH, FIRST, LAST
from rfm._frames.columns import choose
from rfm._frames.dates import days_before_year, is_zoned, wall_clock, with_day_numbers
from rfm._frames.native import INTERNAL, lazy_engine_name
from rfm._orders.columns import DATE_VERDICT, DAY, Columns
from rfm._orders.date_formats import tight_tokens, tokens_of
from rfm._orders.dates import EXCEL_EPOCH, EXCEL_SPAN, check_zones, refuse_dtype, refuse_numbers
from rfm._orders.texts import OFFSET, TIME
from rfm._orders.verdicts import Verdict
from rfm.errors import EngineError

__all__ = ["with_days"]

Lazy = nw.LazyFrame[Any]
Case = tuple[nw.Expr, Any]

LOCAL: Final = f"{INTERNAL}local"
PARTS: Final = (f"{INTERNAL}year", f"{INTERNAL}month", f"{INTERNAL}day_of_month")
WHOLE_NUMBERS: Final = 1e15  # below it, floats that look whole are

MONTH: Final = {2: "(?:0[1-9]|1[0-2])", 1: "[1-9]"}  # by width, as strptime reads them
MONTH_DAY: Final = {2: r"(?:0[1-9]|[12]\d|3[01])", 1: "[1-9]"}


@dataclass(frozen=True)
class Shape:
    """One form of date texts: the pattern they match; where year, month and day begin, and their lengths."""

    pattern: str
    year: tuple[int, int]
    month: tuple[int, int]
    day: tuple[int, int]


def with_days(frame: Lazy, columns: Columns) -> Lazy:
    """Add the local day of each row (0 where there is none) and the `Verdict` on its date.

    Raises
    ------
    TransactionsError, EngineError
        If the column's type cannot be read as dates, or needs an option or another engine.
    """
    name, dtype = columns.date, frame.collect_schema()[columns.date]
    if is_zoned(frame, name):
        return _from_dates(wall_clock(frame, name, columns.tz, LOCAL), LOCAL, name)
    if dtype == nw.Datetime or dtype == nw.Date:
        check_zones({None}, name, columns.tz)
        return _from_dates(frame, name, name)
    if dtype == nw.String:
        if columns.tz is not None:
            raise EngineError(
                f"{lazy_engine_name(frame)} cannot read time zones from text; got tz={columns.tz!r}. "
                f"Hint: convert column {name!r} to timestamps in the engine first, or leave tz out."
            )
        return _from_texts(frame, name, columns.date_format)
    if dtype.is_numeric():
        return _from_numbers(frame, name, columns.date_format)
    raise refuse_dtype(name, dtype)


def _from_dates(frame: Lazy, local: str, name: str) -> Lazy:
    dated = with_day_numbers(frame, local, DAY)
    missing, day = nw.col(DAY).is_null(), nw.col(DAY).fill_null(0)
    beyond = (day < FIRST) | (day > LAST)
    # Python cannot represent DuckDB's infinite dates, which are not days, and the days of other years
    finite = dated.with_columns(nw.when(~(missing | beyond)).then(nw.col(name)).alias(name))
    return _judged(
        finite, day, [(missing, Verdict.MISSING_DATE), (beyond, Verdict.UNREADABLE_DATE), _early(day)]
    )


def _early(day: nw.Expr) -> Case:
    return day < EARLIEST, Verdict.YEAR_BEFORE_1900


def _judged(frame: Lazy, day: nw.Expr, cases: Sequence[Case]) -> Lazy:
    """The frame with the day, 0 where a case of a verdict holds other than an early year."""
    frame = frame.with_columns(choose(cases, Verdict.KEPT).cast(nw.Int64).alias(DATE_VERDICT))
    is_day = (nw.col(DATE_VERDICT) == Verdict.KEPT) | (nw.col(DATE_VERDICT) == Verdict.YEAR_BEFORE_1900)
    return frame.with_columns(choose([(is_day, day)], 0).cast(nw.Int64).alias(DAY))


def _from_numbers(frame: Lazy, name: str, date_format: str | None) -> Lazy:
    number = nw.col(name).cast(nw.Float64)
    missing = (nw.col(name).is_null() | number.is_nan(), Verdict.MISSING_DATE)
    if date_format is None:
        raise refuse_numbers(name, None)
    if date_format == "excel":
        low, high = EXCEL_SPAN
        known = (number >= low) & (number < high + 1)
        serial = choose([(known, number)], 0.0)
        day = serial.floor().cast(nw.Int64) + EXCEL_EPOCH
        return _judged(frame, day, [missing, (known, Verdict.KEPT), (nw.lit(True), Verdict.UNREADABLE_DATE)])
    known = choose([((number >= 0) & (number < WHOLE_NUMBERS), number)], -0.5)
    whole = known.floor().cast(nw.Float64) == known
    digits = choose([(whole, known)], 0.0).cast(nw.Int64).cast(nw.String)
    text = choose([(whole, digits), (nw.col(name).is_null() | number.is_nan(), nw.lit(None, nw.String))], "")
    return _from_texts(frame.with_columns(text.alias(LOCAL)), LOCAL, date_format)


def _from_texts(frame: Lazy, name: str, date_format: str | None) -> Lazy:
    text = nw.col(name) if date_format else nw.col(name).str.strip_chars()
    shapes = _shapes(date_format, lazy_engine_name(frame)) if date_format else YEAR_FIRST_SHAPES
    matches = [(shape, text.str.contains(shape.pattern)) for shape in shapes]
    parts = {
        part: choose(
            [(is_match, text.str.slice(*getattr(shape, field))) for shape, is_match in matches], default
        )
        for part, field, default in zip(PARTS, ("year", "month", "day"), ("1970", "01", "00"), strict=True)
    }
    frame = frame.with_columns(*(expr.cast(nw.Int64).alias(part) for part, expr in parts.items()))
    year, month, day = (nw.col(part) for part in PARTS)
    if date_format and "%y" in date_format:  # strptime's pivot
        year = choose([(year < 69, year + 2000), (year < 100, year + 1900)], year)
    leap = ((year % 4 == 0) & (year % 100 != 0)) | (year % 400 == 0)
    length = choose([(month == 2, choose([(leap, 29)], 28)), (month.is_in([4, 6, 9, 11]), 30)], 31)
    # Reingold and Dershowitz, Calendrical Calculations, equation 2.17
    shift = choose([(month <= 2, 0), (leap, -1)], -2)
    number = days_before_year(year) + (month * 367 - 362) // 12 + shift + day - EPOCH
    cases: list[Case] = [(nw.col(name).is_null(), Verdict.MISSING_DATE)]
    if date_format is None:
        cases += [(text.str.contains(pattern), Verdict.UNDECIDED_DATE) for pattern in UNDECIDED]
    cases += [((day == 0) | (day > length) | (year == 0), Verdict.UNREADABLE_DATE), _early(number)]
    return _judged(frame, number, cases)


def _year_first_shape(month: int, day: int) -> Shape:
    dates = "|".join(rf"\d{{4}}{s}{MONTH[month]}{s}{MONTH_DAY[day]}" for s in ("-", "/", "[.]"))
    return Shape(rf"^(?:{dates}){TIME}$", (0, 4), (5, month), (6 + month, day))


# the texts that `rfm._orders.texts` reads without a format; there pandas also reads 20111209
YEAR_FIRST_SHAPES: Final = [_year_first_shape(month, day) for month, day in product((2, 1), (2, 1))] + [
    Shape(rf"^\d{{4}}{MONTH[2]}{MONTH_DAY[2]}{TIME}$", (0, 4), (4, 2), (6, 2))
]
UNDECIDED: Final = (
    "|".join(rf"^\d{{1,2}}{s}\d{{1,2}}{s}\d{{4}}{TIME}$" for s in ("-", "/", "[.]")),
    OFFSET.pattern,
)
WIDTHS: Final = {"Y": {4: r"\d{4}"}, "y": {2: r"\d{2}"}, "m": MONTH, "d": MONTH_DAY}
TIMES: Final = {"H": r"(?:2[0-3]|[01]\d|\d)", "I": r"(?:1[0-2]|0[1-9]|[1-9])", "M": r"[0-5]?\d",
                "S": r"(?:6[01]|[0-5]?\d)", "f": r"\d{1,6}", "p": "(?:[AaPp][Mm])"}  # fmt: skip


def _shapes(date_format: str, engine: str) -> list[Shape]:
    """All forms of text that a `strptime` format reads, with one and two digits for day and month."""
    tokens = tokens_of(date_format)
    codes = [token[1] for token in tokens if token[0] == "%"]
    dated = [code for code in codes if code in WIDTHS]
    last = max((i for i, token in enumerate(tokens) if token[0] == "%" and token[1] in WIDTHS), default=0)
    early = any(token[0] == "%" and token[1] not in WIDTHS for token in tokens[:last])
    if (
        sorted(dated) not in (["Y", "d", "m"], ["d", "m", "y"])
        or early
        or set(codes) - set(dated) - set(TIMES)
    ):
        raise EngineError(
            f"{engine} cannot read dates by date_format={date_format!r}: behind an engine a format needs "
            "%Y, %m and %d, all of them before any time of day. "
            "Hint: convert the column to dates in the engine first."
        )
    tight = tight_tokens(tokens)
    full = {token[1:] for token, is_tight in zip(tokens, tight, strict=True) if is_tight}
    widths_of = [{max(WIDTHS[code])} if code in full else set(WIDTHS[code]) for code in dated]
    return [
        _shape(tokens, tight, dict(zip(dated, widths, strict=True)))
        for widths in product(*(sorted(each, reverse=True) for each in widths_of))
    ]


def _shape(tokens: Sequence[str], tight: Sequence[bool], widths: dict[str, int]) -> Shape:
    pattern, position, found = "^", 0, {}
    for token, is_tight in zip(tokens, tight, strict=True):
        code = token[1:]
        if token[0] == "%" and code in widths:
            found[code] = (position, widths[code])
            pattern += WIDTHS[code][widths[code]]
            position += widths[code]
        else:
            pattern += _other(token, is_tight)
            position += 1
    return Shape(pattern + "$", found["Y"] if "Y" in found else found["y"], found["m"], found["d"])


def _other(token: str, is_tight: bool) -> str:
    """The pattern of what is no year, month or day."""
    if token[0] == "%":
        return r"\d{2}" if is_tight and token != "%f" else TIMES[token[1:]]
    return f"[{token}]" if token in ".^$*+?{}[]|()" else token
