"""Calendar periods, as BG/BB counts them: days, weeks from Monday to Sunday, months, years."""

from __future__ import annotations

import pandas as pd

from clv.units import Unit
from rfm.days import as_day, day_date

__all__ = ["last_end"]


def last_end(day: int, unit: Unit) -> int:
    """The last day, at `day` or before it, that ends a period.

    >>> day_date(last_end(as_day("1997-09-30", "day"), "W"))
    datetime.date(1997, 9, 28)
    """
    return as_day(pd.Period(day_date(day + 1), freq=unit).start_time, "day") - 1
