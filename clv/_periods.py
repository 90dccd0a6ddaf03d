"""Calendar periods, as BG/BB counts them: days, weeks from Monday to Sunday, months, years."""

from __future__ import annotations

import pandas as pd

from clv._units import PERIODS, Unit
from rfm._days import as_day, day_date, day_text
from rfm._issuing import warn
from rfm.errors import DataError

__all__ = ["last_end", "last_whole_end"]


def last_end(day: int, unit: Unit) -> int:
    """The last day, at `day` or before it, that ends a period.

    >>> day_date(last_end(as_day("1997-09-30", "day"), "W"))
    datetime.date(1997, 9, 28)
    """
    return as_day(pd.Period(day_date(day + 1), freq=unit).start_time, "day") - 1


def last_whole_end(day: int, unit: Unit, first_day: int | None = None) -> int:
    """The last day of the last whole period until `day`, where observation ends if periods are counted.

    A partial period is not a full opportunity: customers who have not bought on its first two days would count as
    inactive for all of it.

    Parameters
    ----------
    day : int
        Last day known, as days since 1970-01-01.
    unit : {"D", "W", "M", "Y"}
        The periods.
    first_day : int, optional
        First day of the log, which must not come later.

    Raises
    ------
    DataError
        If the log ends before its first period does.

    Warns
    -----
    DataWarning
        If `day` lies inside a period.
    """
    end = last_end(day, unit)
    if first_day is not None and end < first_day:
        raise DataError(
            f"Whole calendar {PERIODS[unit]} are counted, but the log from {day_text(first_day)} to {day_text(day)} "
            f'ends inside its first. Hint: a shorter period, such as unit="D", or a law of continuous time.'
        )
    if end < day:
        warn(
            f"Whole calendar {PERIODS[unit]} are counted, and {day_text(day)} lies inside one: observation ends on "
            f"{day_text(end)}, and later rows are left out.",
        )
    return end
