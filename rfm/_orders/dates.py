"""Reading a date column in memory: whole local days since 1970-01-01, and what cannot be read."""

from __future__ import annotations

from datetime import date
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._days import EARLIEST, EPOCH, FIRST, LAST
from rfm._frames.dates import Periods, local_times, periods_of, zone_of
from rfm._orders.amounts import is_within_floats
from rfm._orders.texts import MISSING, UNREADABLE, Days, moment_days, text_days
from rfm._orders.verdicts import Verdict
from rfm.errors import TransactionsError

__all__ = ["read_days"]

Objects = npt.NDArray[np.object_]
Verdicts = npt.NDArray[np.int8]
Zones = set[str | None]

EXCEL_EPOCH: Final = date(1899, 12, 30).toordinal() - EPOCH
EXCEL_SPAN: Final = (61, 2_958_465)  # 1900-03-01, before which Excel counts a 29 February, to 9999-12-31
PER_DAY: Final = {"D": 1, "h": 24, "m": 1_440, "s": 86_400, "ms": 86_400 * 10**3, "us": 86_400 * 10**6,
                  "ns": 86_400 * 10**9}  # fmt: skip


def read_days(
    series: nw.Series[Any], *, date_format: str | None, tz: str | None, name: str | None = None
) -> tuple[Days, Verdicts | None]:
    """Read a column in memory as local days.

    Parameters
    ----------
    series
        Dates or datetimes of any resolution, pandas' periods of a day or less, texts, Python's dates or
        datetimes, or numbers where `date_format` says how to read them. Never changed.
    date_format
        `strptime` format of text and of whole numbers such as 20111209, or "excel" for serial dates.
    tz
        Zone whose local day counts, for times with a zone. Without it they are read in their own zones.
    name
        The column, for messages; by default as it is named.

    Returns
    -------
    days : (n,) int64
        Days since 1970-01-01, 0 where there is none.
    verdicts : (n,) int8, or None where every row has a day

    Raises
    ------
    TransactionsError
        For a column that does not hold dates, times in several zones, or an ambiguous order of day and month.
    """
    name = series.name if name is None else name
    zone = zone_of(series)
    periods = periods_of(series)
    if periods is not None:
        return _judge(_tick_days(_day_periods(periods, name)))
    if zone is not None or series.dtype == nw.Datetime:
        days = _tick_days(_wall_clock(series, zone, tz, name))
    elif series.dtype.is_numeric():
        days = _number_days(_floats(series), name, date_format)
    elif series.dtype in (nw.Date, nw.String, nw.Object):
        days, zones = _value_days(series.to_numpy(), name, date_format, tz)
        check_zones(zones, name, tz)
    else:
        raise refuse_dtype(name, series.dtype)
    return _judge(days)


def _day_periods(periods: Periods, name: str) -> npt.NDArray[np.datetime64]:
    """The day of each period of a day or less; longer periods have no single day."""
    if (periods.ends.astype("datetime64[D]") > periods.starts.astype("datetime64[D]")).any():
        column = f"df[{name!r}].dt.to_timestamp"
        raise TransactionsError(
            f"Column {name!r} holds {periods.kind}, periods of more than a day, such as {periods.example}. "
            f'Hint: {column}(how="start") counts each on its first day, {column}(how="end") on its last.'
        )
    return periods.starts


def refuse_dtype(name: str, dtype: Any) -> TransactionsError:
    """The error for a column that does not hold dates."""
    return TransactionsError(
        f"Column {name!r} holds {dtype}, which is not a date. "
        'Hint: Transactions(df, date="…") names the date column; or convert it to datetimes.'
    )


def refuse_numbers(name: str, example: float | None) -> TransactionsError:
    """The error for numbers in a date column, without a format for them."""
    such = "" if example is None else f", such as {example:.15g},"
    return TransactionsError(
        f"Column {name!r} holds numbers{such} not dates. "
        'Hint: date_format="excel" reads Excel serial dates, date_format="%Y%m%d" numbers like 20111209.'
    )


def _judge(days: Days) -> tuple[Days, Verdicts | None]:
    """Dates outside the years 1 to 9999, as other systems write for "none", are unreadable; before 1900 is no order."""
    if len(days) == 0 or (days.min() >= EARLIEST and days.max() <= LAST):
        return days, None
    verdicts = np.zeros(len(days), dtype=np.int8)
    verdicts[days < EARLIEST] = Verdict.YEAR_BEFORE_1900
    verdicts[(days < FIRST) | (days > LAST)] = Verdict.UNREADABLE_DATE
    verdicts[days == MISSING] = Verdict.MISSING_DATE
    days[(verdicts != Verdict.KEPT) & (verdicts != Verdict.YEAR_BEFORE_1900)] = 0
    return days, verdicts


def _tick_days(values: npt.NDArray[np.datetime64]) -> Days:
    unit, step = np.datetime_data(values.dtype)
    ticks = values.view(np.int64)
    days = ticks // (PER_DAY[unit] // step)
    if len(ticks) and ticks.min() == MISSING:
        days[ticks == MISSING] = MISSING
    return days


def _wall_clock(
    series: nw.Series[Any], zone: str | None, tz: str | None, name: str
) -> npt.NDArray[np.datetime64]:
    """Local times: datetimes without a zone, in `tz` or else in the column's own zone."""
    check_zones({zone}, name, tz)
    return series.to_numpy() if zone is None else local_times(series, tz).to_numpy()


def check_zones(zones: Zones, name: str, tz: str | None) -> None:
    """Refuse times of several zones, with and without zones, and `tz` for times without."""
    if tz is not None and zones == {None}:
        raise TransactionsError(
            f"tz={tz!r} was given, but the times of column {name!r} have no zone. "
            "Hint: leave tz out if they are local times; else give them their zone (dt.tz_localize) first."
        )
    if None in zones and len(zones) > 1:
        raise TransactionsError(
            f"Column {name!r} mixes times with a time zone and times without. Hint: localize all of them to a zone."
        )
    if tz is None and len(zones) > 1:
        raise TransactionsError(
            f"Column {name!r} mixes time zones: {', '.join(sorted(map(str, zones))[:5])}. "
            'Hint: tz="Europe/London" (the zone whose local day counts) reads them all in one zone.'
        )


def _floats(series: nw.Series[Any]) -> npt.NDArray[np.float64]:
    """Numbers as floats; whole ones that no float holds exactly, which Arrow refuses to convert, by Python."""
    if not series.dtype.is_integer() or is_within_floats(series):
        return series.cast(nw.Float64).to_numpy()
    return np.array([np.nan if value is None else float(value) for value in series.to_list()])


def _number_days(values: npt.NDArray[np.float64], name: str, date_format: str | None) -> Days:
    if date_format is None:
        raise refuse_numbers(name, float(values[0]))
    if date_format == "excel":
        return _excel_days(values)
    codes, numbers = pd.factorize(values)  # NaN is coded −1
    days, _ = text_days(
        np.array([f"{number:.15g}" for number in numbers], dtype=object), name, date_format, None
    )
    return np.append(days, MISSING)[codes]


def _excel_days(values: npt.NDArray[np.float64]) -> Days:
    low, high = EXCEL_SPAN
    known = (values >= low) & (values < high + 1)
    serial = np.where(known, values, 0).astype(np.int64)
    return np.where(known, serial + EXCEL_EPOCH, np.where(np.isnan(values), MISSING, UNREADABLE))


def _value_days(
    values: npt.NDArray[Any], name: str, date_format: str | None, tz: str | None
) -> tuple[Days, Zones]:
    if values.dtype.kind == "M":  # dates, which pandas' Arrow columns return as objects
        return _tick_days(values), {None}
    return _object_days(np.asarray(values, dtype=object), name, date_format, tz)


def _object_days(values: Objects, name: str, date_format: str | None, tz: str | None) -> tuple[Days, Zones]:
    """Texts, Python's and NumPy's dates, and numbers if a format reads them; everything else is unreadable."""
    days = np.full(len(values), UNREADABLE)
    days[pd.isna(values)] = MISSING
    zones: Zones = set()
    text, moment, number = (_are(kinds, values) & (days != MISSING) for kinds in KINDS)
    if text.any():
        codes, texts = pd.factorize(values[text])
        read, met = text_days(np.asarray(texts, dtype=object), name, date_format, tz)
        days[text], zones = read[codes], zones | met
    if moment.any():
        days[moment], met = moment_days((_as_date(value) for value in values[moment]), tz)
        zones |= met
    if number.any() and date_format is not None:
        days[number] = _number_days(values[number].astype(np.float64), name, date_format)
        zones |= {None}
    return days, zones


KINDS: Final = ((str,), (date, np.datetime64), (int, float, np.integer, np.floating))


def _are(kinds: tuple[type, ...], values: Objects) -> npt.NDArray[np.bool_]:
    return np.fromiter((isinstance(value, kinds) for value in values), dtype=np.bool_, count=len(values))


def _as_date(value: date | np.datetime64) -> date | None:
    """As one of Python's dates; None outside their years."""
    day = value if isinstance(value, date) else value.astype("datetime64[D]").item()
    return day if isinstance(day, date) else None
