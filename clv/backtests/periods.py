"""Calendar periods, as BG/BB counts them: days, weeks from Monday to Sunday, months, years."""

from __future__ import annotations

import pandas as pd

from clv.summary import period_of
from clv.units import Unit
from rfm.days import as_day, day_date

__all__ = ["last_end", "periods_between"]


def periods_between(start: int, end: int, unit: Unit) -> int:
    """How many periods later than that of one day the period of another is; days as numbers since 1970-01-01.

    >>> periods_between(as_day("1997-09-28", "start"), as_day("1997-10-12", "end"), "W")
    2
    """
    return period_of(end, unit) - period_of(start, unit)


def last_end(day: int, unit: Unit) -> int:
    """The last day, at `day` or before it, that ends a period.

    >>> day_date(last_end(as_day("1997-09-30", "day"), "W"))
    datetime.date(1997, 9, 28)
    """
    return as_day(pd.Period(day_date(day + 1), freq=unit).start_time, "day") - 1
