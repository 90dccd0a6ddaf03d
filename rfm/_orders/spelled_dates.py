"""Dates as people and shops write them, read by one convention for a whole column; ambiguous ones are refused."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._orders.month_names import MONTHS
from rfm._orders.roc_dates import NAMED, roc_date
from rfm._orders.texts import text_days
from rfm.errors import TransactionsError

__all__ = ["SpelledDates", "read_spelled_dates"]

Reader = Callable[[str], date | None]

EARLIEST_YEAR, LATEST_YEAR = 1900, 2199
PIVOT: Final = 69  # years of two digits are 1969 to 2068, as for strptime
TIME_OF_DAY: Final = re.compile(
    r"[T\s]\s*(?:上午|下午|凌晨|早上|中午|晚上|오전|오후)?\s*\d{1,2}\s*[:時时h]\s*\d{1,2}.*$|(?<=\d)[T\s]+\d{2}Z?$"
)
YEAR_FIRST: Final = re.compile(
    r"(\d{4})\s*[-/.年년]\s*(\d{1,2})\s*[-/.月월]\s*(\d{1,2})\s*[日일]?\.?|(\d{4})(\d{2})(\d{2})"
)
WEEK: Final = re.compile(r"(\d{4})[- ]?W(\d{1,2})(?:-?([1-7]))?", re.IGNORECASE)
NUMBERS: Final = re.compile(r"(\d{1,2})([-/. ])(\d{1,2})\2(\d{4}|\d{2})\.?")
WEEKDAY: Final = r"(?:[^\W\d]+\.?,?\s+)?"
DAY_NAMED: Final = re.compile(
    WEEKDAY + r"(\d{1,2})(?:st|nd|rd|th)?\.?[\s-]+(?:de\s+)?([^\W\d_]+)\.?,?[\s-]+(?:de\s+)?(\d{4}|\d{2})"
)
MONTH_NAMED: Final = re.compile(WEEKDAY + r"([^\W\d_]+)\.?\s+(\d{1,2})(?:st|nd|rd|th)?,?\s+(\d{4})")
SERIAL: Final = re.compile(r"[2-7]\d{4}(?:[.,]\d+)?")  # 1954 to 2119 in Excel
EXCEL_EPOCH: Final = date(1899, 12, 30)


@dataclass(frozen=True, eq=False)
class SpelledDates:
    """What a column of texts says.

    Parameters
    ----------
    days : (n,) datetime64[D]
        NaT where a text is missing or cannot be read.
    unreadable : (n,) bool
        Where a text is no date.
    written : str
        How the ambiguous among the texts were read, such as "%d/%m/%Y" or "roc"; where none was ambiguous, "roc" if
        some have years of the Republic of China, else "".
    """

    days: npt.NDArray[np.datetime64]
    unreadable: npt.NDArray[np.bool_]
    written: str


def read_spelled_dates(
    texts: pd.Series, *, date_format: str | None = None, name: str | None = None
) -> SpelledDates:
    """Read a column of dates written as texts.

    Texts with a year of four digits first, a month's name, an ISO week (its Monday, without a day) or a year of the
    Republic of China of three digits say themselves what they mean. The others are read in the one order that reads
    them all.

    Parameters
    ----------
    texts : pandas.Series of str
        Missing values and blank texts are missing. Times of day are cut off: the day is that of the text's own clock.
    date_format : str, optional
        A `strptime` format, "roc" or "excel", which then reads every text. Of the orders that an error proposes,
        such as "%d/%m/%Y", separators and times of day need not be named.
    name : str, optional
        The column, for messages.

    Returns
    -------
    SpelledDates

    Raises
    ------
    TransactionsError
        If two orders of day, month and year read all texts and give different days.

    Examples
    --------
    >>> read_spelled_dates(pd.Series(["114/04/23", "1140424", "民國114年4月25日"])).days
    array(['2025-04-23', '2025-04-24', '2025-04-25'], dtype='datetime64[D]')
    >>> read_spelled_dates(pd.Series(["23/04/2025", "3/4/2025 12:05"])).days
    array(['2025-04-23', '2025-04-03'], dtype='datetime64[D]')
    """
    name = str(texts.name) if name is None else name
    codes, found = pd.factorize(np.asarray(texts.to_numpy(), dtype=object))
    distinct = [str(text) for text in found]
    spelled = [_day_text(text) for text in distinct]
    blank = np.array([not text for text in spelled] + [True], dtype=np.bool_)
    if date_format is not None and date_format not in ("excel", *ORDERS):
        days, written = _by_format(distinct, name, date_format), date_format
    elif date_format == "excel" or (spelled and all(SERIAL.fullmatch(text) for text in spelled if text)):
        days, written = [_serial_day(text) for text in spelled], "excel"
    else:
        days, written = _by_sense(spelled, distinct, name, date_format)
    read = np.array([*days, None], dtype="datetime64[D]")[codes]
    return SpelledDates(read, np.isnat(read) & ~blank[codes], written)


def _day_text(text: str) -> str:
    """The text without a time of day, in plain digits."""
    plain = unicodedata.normalize("NFKC", text).strip()
    return TIME_OF_DAY.sub("", plain).strip()


def _by_format(texts: Sequence[str], name: str, date_format: str) -> list[date | None]:
    plain = np.array([unicodedata.normalize("NFKC", text).strip() for text in texts], dtype=object)
    days, _ = text_days(plain, name, date_format, None)
    return [date(1970, 1, 1) + timedelta(int(day)) if abs(day) < 10**7 else None for day in days]


def _by_sense(
    spelled: Sequence[str], texts: Sequence[str], name: str, given: str | None
) -> tuple[list[date | None], str]:
    """Each text by what it says itself; those that do not, by the order given, or the one that reads them all."""
    days: list[date | None] = [_plain_day(text) for text in spelled]
    open_ones = {at: text for at, text in enumerate(spelled) if days[at] is None and NUMBERS.fullmatch(text)}
    has_roc = any(_is_roc(text) for text in spelled)
    if not open_ones:
        return days, given or ("roc" if has_roc else "")
    written = given or _order_of(open_ones, texts, has_roc, name)
    for at, text in open_ones.items():
        days[at] = ORDERS[written](text) if written else None
    return days, written


def _order_of(open_ones: Mapping[int, str], texts: Sequence[str], with_roc: bool, name: str) -> str:
    """The order of day, month and year that reads as many of these texts as any does."""
    read = {order: [reader(text) for text in open_ones.values()] for order, reader in ORDERS.items()}
    most = max(sum(day is not None for day in days) for days in read.values())
    best = {order: days for order, days in read.items() if sum(day is not None for day in days) == most > 0}
    if with_roc and "roc" in best:
        return "roc"
    if len({tuple(days) for days in best.values()}) > 1:
        raise _two_readings(best, [texts[at] for at in open_ones], name)
    return next(iter(best), "")


def _two_readings(
    best: Mapping[str, Sequence[date | None]], texts: Sequence[str], name: str
) -> TransactionsError:
    (one, first), *others = best.items()
    two, second = next((order, days) for order, days in others if days != first)
    differing = [(text, a, b) for text, a, b in zip(texts, first, second, strict=True) if a != b]
    text, a, b = min(differing, key=lambda each: (each[1] is None or each[2] is None, each[0]))
    return TransactionsError(
        f"Column {name!r} can be read in two ways: {text!r} is {a or 'no day'} or {b or 'no day'}. "
        f'Hint: date_format="{one}" says the first, date_format="{two}" the second.'
    )


def _plain_day(text: str) -> date | None:
    """The day of a text that says itself what it means."""
    for reader in (_year_first, _week_day, _named_day, _clear_roc, _moment):
        day = reader(text)
        if day is not None and EARLIEST_YEAR <= day.year <= LATEST_YEAR:
            return day
    return None


def _date(year: str | int, month: str | int, day: str | int) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _year_first(text: str) -> date | None:
    match = YEAR_FIRST.fullmatch(text)
    return None if match is None else _date(*(part for part in match.groups() if part is not None))


def _week_day(text: str) -> date | None:
    match = WEEK.fullmatch(text)
    try:
        return match and date.fromisocalendar(int(match[1]), int(match[2]), int(match[3] or 1))
    except ValueError:
        return None


def _named_day(text: str) -> date | None:
    if match := DAY_NAMED.fullmatch(text):
        day, month, year = match.groups()
    elif match := MONTH_NAMED.fullmatch(text):
        month, day, year = match.groups()
    else:
        return None
    number = MONTHS.get(month.lower())
    return None if number is None else _date(_whole_year(year), number, day)


def _is_roc(text: str) -> bool:
    """Whether a text has a year of the Republic of China that cannot be anything else."""
    is_clear = NAMED.search(text) or re.match(r"\d{3}\D|\d{7}$", text)
    return is_clear is not None and roc_date(text) is not None


def _clear_roc(text: str) -> date | None:
    return roc_date(text) if _is_roc(text) else None


def _moment(text: str) -> date | None:
    try:
        return datetime.fromisoformat(text).date()
    except ValueError:
        return None


def _serial_day(text: str) -> date | None:
    return EXCEL_EPOCH + timedelta(int(re.split("[.,]", text)[0])) if SERIAL.fullmatch(text) else None


def _whole_year(year: str) -> int:
    return int(year) if len(year) == 4 else int(year) + (2000 if int(year) < PIVOT else 1900)


def _numbers(text: str, order: str, separators: str, digits: int) -> date | None:
    """The day of three numbers, of which ``order`` says what they are; ``digits`` are those of the year."""
    match = NUMBERS.fullmatch(text)
    if match is None or match[2] not in separators:
        return None
    found = dict(zip(order, (match[1], match[3], match[4]), strict=True))
    if len(found["y"]) != digits or len(match[4]) != (digits if order[2] == "y" else len(match[4])):
        return None
    day = _date(_whole_year(found["y"]), found["m"], found["d"])
    return day if day is not None and day.year >= EARLIEST_YEAR else None


def _reader(order: str, separators: str, digits: int) -> Reader:
    return lambda text: _numbers(text, order, separators, digits)


ORDERS: Final[Mapping[str, Reader]] = {
    "%d/%m/%Y": _reader("dmy", "-/. ", 4),
    "%m/%d/%Y": _reader("mdy", "-/", 4),  # nobody writes the month first with points
    "%d/%m/%y": _reader("dmy", "-/. ", 2),
    "%m/%d/%y": _reader("mdy", "-/", 2),
    "%y/%m/%d": _reader("ymd", "-/.", 2),
    "roc": roc_date,
}
