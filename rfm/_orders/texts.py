"""Reading text as local days: ISO dates, a given format, or an order of day and month inferred from the texts."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, datetime
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._days import EPOCH
from rfm._orders.date_formats import is_strict_text
from rfm._orders.roc_dates import ROC, roc_date
from rfm.errors import TransactionsError

__all__ = ["MISSING", "UNREADABLE", "Days", "moment_days", "text_days"]

Days = npt.NDArray[np.int64]
Texts = npt.NDArray[np.object_]

MISSING: Final[int] = np.iinfo(np.int64).min  # NumPy's NaT
UNREADABLE: Final = MISSING + 1

TIME: Final = (
    r"(?:[T\s]\s*(?:[01]?[0-9]|2[0-3])(?::?[0-5][0-9](?::?[0-5][0-9](?:[.,][0-9]+)?)?)?"
    r"(?:\s*[AaPp][.]?[Mm][.]?)?)?"
)
YEAR_FIRST: Final = re.compile(rf"\s*([0-9]{{4}})([-/.])([0-9]{{1,2}})\2([0-9]{{1,2}}){TIME}\s*")
YEAR_LAST: Final = re.compile(rf"\s*([0-9]{{1,2}})([-/.])([0-9]{{1,2}})\2([0-9]{{4}}){TIME}\s*")
OFFSET: Final = re.compile(r":.*(?:[Zz]|[+-][0-9]{2}(?::?[0-9]{2})?)\s*$")
SHORTEST: Final = len("2011-1-1")  # pandas reads "2011" and "2011-12" as the first of the year or month


def text_days(
    texts: Texts, name: str, date_format: str | None, tz: str | None
) -> tuple[Days, set[str | None]]:
    """Read texts as days, with the time zones they carry (None for texts without one).

    Parameters
    ----------
    texts : (n,) object array of str
        Preferably distinct.
    name
        The column, for messages.
    date_format
        A `strptime` format, or "roc" for years of the Republic of China. Without it: ISO 8601 or year first; or year
        last, if at least one text shows which of its numbers is the day.
    tz
        Zone whose local day counts, for texts that end in an offset.

    Returns
    -------
    days : (n,) int64
        Days since 1970-01-01, or `UNREADABLE`.
    zones

    Raises
    ------
    TransactionsError
        If the order of day and month is ambiguous or contradictory, or if `date_format` is not a format.

    Examples
    --------
    >>> days, zones = text_days(np.array(["1970-01-02", "02/31/2011"], dtype=object), "date", None, None)
    >>> days[0], days[1] == UNREADABLE, zones
    (np.int64(1), np.True_, {None})
    """
    if date_format is not None:
        return _formatted_days(texts, date_format, tz)
    days = np.full(len(texts), UNREADABLE)
    zoned = np.fromiter((OFFSET.search(text) is not None for text in texts), dtype=np.bool_, count=len(texts))
    days[zoned], zones = moment_days([_moment(text) for text in texts[zoned]], tz)
    days[~zoned] = _iso_days(texts[~zoned])
    rest = np.flatnonzero((days == UNREADABLE) & ~zoned)
    days[rest] = [_match_day(YEAR_FIRST.fullmatch(text), (1, 3, 4)) for text in texts[rest]]
    rest = rest[days[rest] == UNREADABLE]
    days[rest] = _year_last_days(texts[rest], name)
    return days, zones if zoned.all() else zones | {None}


def moment_days(moments: Iterable[date | None], tz: str | None) -> tuple[Days, set[str | None]]:
    """Local days of Python's dates and datetimes, and the zones found; None is unreadable."""
    local = None if tz is None else ZoneInfo(tz)
    zones: set[str | None] = set()
    days = []
    for moment in moments:
        zone = moment.tzinfo if isinstance(moment, datetime) else None
        if moment is None:
            days.append(UNREADABLE)
            continue
        zones.add(None if zone is None else str(zone))
        if zone is not None and local is not None and isinstance(moment, datetime):
            try:
                moment = moment.astimezone(local)
            except OverflowError:  # the local day lies in the year 0 or 10000
                days.append(UNREADABLE)
                continue
        days.append(moment.toordinal() - EPOCH)
    return np.array(days, dtype=np.int64), zones


def _formatted_days(texts: Texts, date_format: str, tz: str | None) -> tuple[Days, set[str | None]]:
    if date_format == ROC:
        return moment_days(map(roc_date, texts), None)[0], {None}
    strict = np.fromiter((is_strict_text(text, date_format) for text in texts), np.bool_, len(texts))
    if not strict.all():
        days = np.full(len(texts), UNREADABLE)
        days[strict], zones = _formatted_days(texts[strict], date_format, tz)
        return days, zones
    if "%z" in date_format:
        return moment_days([_moment(text, date_format) for text in texts], tz)
    try:
        days = _stamp_days(
            pd.to_datetime(pd.Series(texts, dtype=object), format=date_format, errors="coerce")
        )
    except ValueError as error:
        raise TransactionsError(
            f"date_format={date_format!r} is not a format: {error}. "
            'Hint: strptime codes, such as "%d/%m/%Y %H:%M".'
        ) from error
    rest = np.flatnonzero(days == UNREADABLE)  # unreadable, or outside the range of pandas' nanoseconds
    days[rest] = moment_days([_moment(text, date_format) for text in texts[rest]], None)[0]
    return days, {None}


def _moment(text: str, date_format: str | None = None) -> datetime | None:
    try:
        return datetime.strptime(text, date_format) if date_format else datetime.fromisoformat(text.strip())
    except ValueError:
        return None


def _iso_days(texts: Texts) -> Days:
    days = _stamp_days(pd.to_datetime(pd.Series(texts, dtype=object), format="ISO8601", errors="coerce"))
    short = np.fromiter((len(text) < SHORTEST for text in texts), dtype=np.bool_, count=len(texts))
    days[short] = UNREADABLE
    return days


def _stamp_days(stamps: pd.Series) -> Days:
    days = stamps.to_numpy().astype("datetime64[D]").astype(np.int64)
    days[days == MISSING] = UNREADABLE
    return days


def _match_day(match: re.Match[str] | None, groups: tuple[int, int, int]) -> int:
    """The day of a match whose `groups` are year, month and day."""
    if match is None:
        return UNREADABLE
    try:
        return date(*(int(match[group]) for group in groups)).toordinal() - EPOCH
    except ValueError:
        return UNREADABLE


def _year_last_days(texts: Texts, name: str) -> Days:
    """Days of 31/12/2011 or 12/31/2011, if one of the two orders reads every text that either reads."""
    matches = [YEAR_LAST.fullmatch(text) for text in texts]
    day_first = np.array([_match_day(match, (4, 3, 1)) for match in matches], dtype=np.int64)
    month_first = np.array([_match_day(match, (4, 1, 3)) for match in matches], dtype=np.int64)
    readable = (day_first != UNREADABLE) | (month_first != UNREADABLE)
    by_day, by_month = (np.all(days[readable] != UNREADABLE) for days in (day_first, month_first))
    if by_day and (not by_month or np.array_equal(day_first, month_first)):
        return day_first
    if by_month and not by_day:
        return month_first
    example = min(texts[readable & (day_first != month_first)])
    separator = YEAR_LAST.fullmatch(example)[2]  # type: ignore[index]
    raise TransactionsError(
        f"Column {name!r} holds dates such as {example!r}, "
        + (
            "in which the order of day and month is ambiguous. "
            if by_day
            else "some day first and some month first. "
        )
        + f'Hint: date_format="%d{separator}%m{separator}%Y" or "%m{separator}%d{separator}%Y" '
        + "(with the time of day, if there is one)."
    )
