"""Horizons of predictions: their length, first day and discounting."""

from __future__ import annotations

import math
from datetime import date

import numpy as np

from clv._fits.spend_fit import as_price
from clv._laws.purchase_law import PurchaseLaw
from clv._periods import last_whole_end
from clv._season.clock import Clock
from clv._season.season import Season
from clv._season.steps import Steps
from clv._summary import periods_between
from clv._units import Horizon, Unit, days_per_unit, horizon_days
from clv._values.lifetime_value import Lump, discount_force
from clv._values.prediction import Terms
from clv._values.totals import refuse_endless
from rfm._days import Day, as_day, is_day
from rfm._issuing import warn
from rfm._options import check_choice, interval_mass, number
from rfm.errors import DataError

__all__ = [
    "check_prediction",
    "clock_of",
    "days_ahead",
    "known_day",
    "prediction_terms",
    "silence",
    "stretched",
]

MOST_MARGIN = 1e6  # a share of spend, or a factor to another currency


def known_day(end: date | None, function: str) -> date:
    """The last day of observation, for dates that are counted from it.

    Raises
    ------
    DataError
        If it is unknown.
    """
    if end is None:
        raise DataError(
            f"{function} needs the day on which observation ended, and neither the table of customers nor an "
            "argument gives it. Hint: end=…, the last day that the table's times count."
        )
    return end


def check_prediction(
    horizon: Horizon,
    rate: float,
    *,
    margin: float = 1.0,
    interval: float | None = None,
    value_per_order: float | None = None,
    start: int = 0,
) -> None:
    """Refuse wrong options of a prediction before the fit that comes first.

    Parameters
    ----------
    horizon : str, timedelta or date
    rate : float
        Annual.
    margin : float
        Share of spend that is kept.
    interval : float, optional
    value_per_order : float, optional
    start : int
        The last day of observation, in days since 1970-01-01.

    Raises
    ------
    DataError
        As the prediction itself would.
    """
    horizon_days(horizon, start=start)
    discount_force(rate, 1.0)
    _kept_share(margin)
    if interval is not None:
        interval_mass(interval)
    if value_per_order is not None:
        as_price(value_per_order)


def clock_of(season: Season | None, end: date | None, unit: Unit) -> Clock | None:
    """The clock of a season for customers known until a day; None where the calendar's time is the law's.

    Raises
    ------
    DataError
        If there is a season, and the day is unknown.
    """
    if season is None or season.flat:
        return None
    return Clock(season, as_day(known_day(end, "A season"), "end"), days_per_unit(unit))


def days_ahead(
    horizon: Horizon, begins: Day | None, law: PurchaseLaw, unit: Unit, model_end: date | None
) -> float:
    """Days of a horizon; one that is a date is counted from its first day: the end of observation, or later.

    Parameters
    ----------
    horizon : str, timedelta or date
    begins : date or None
        Where the horizon begins, None if unknown.
    law, unit
        The model's; in discrete time the horizon's periods are those of the calendar.
    model_end : date or None
        The model's own last day, which is not that of another table.

    Raises
    ------
    DataError
        If it is not a horizon, or a date whose start is unknown.
    """
    if begins is None and model_end is not None and is_day(horizon):
        known_day(begins, f"horizon={str(horizon)!r}")
    start = None if begins is None else as_day(begins, "as_of")
    if start is None or not is_day(horizon) or not law.discrete:
        return horizon_days(horizon, start=start)
    until = start + int(horizon_days(horizon, start=start))
    return periods_between(start, until, unit) * days_per_unit(unit)


def silence(as_of: str | date | None, end: date | None, law: PurchaseLaw, unit: Unit) -> float:
    """Units of time between the end of observation and a later day; in discrete time, calendar periods.

    Raises
    ------
    DataError
        If the day is earlier, or the end of observation is unknown.
    """
    if as_of is None:
        return 0.0
    day, last = as_day(as_of, "as_of"), as_day(known_day(end, "as_of"), "end")
    if day < last:
        raise DataError(
            f"as_of={as_of!r} lies before the end of observation, {end}. "
            "Hint: clv.summarize(tx, end=…) gives the customers of an earlier day."
        )
    if law.discrete:
        return max(periods_between(last, last_whole_end(day, unit), unit), 0)
    return (day - last) / days_per_unit(unit)


def prediction_terms(
    days: float,
    rate: float,
    margin: float,
    unit: Unit,
    silent: float = 0.0,
    lump: Lump | None = None,
    steps: Steps | None = None,
) -> Terms:
    """The options of a prediction, checked, in the model's unit of time.

    Parameters
    ----------
    days : float
        The horizon.
    rate : float
        Annual, or monthly where `lump` is "lifetimes".
    margin : float
        Contribution margin: share of spend that is kept.
    unit : {"D", "W", "M", "Y"}
        Of the model's time.
    silent : float
        Units of time without a purchase since the end of observation.
    lump : {None, "lifetimes"}
        How payments are timed.
    steps : Steps, optional
        The days of the horizon in a season's time, in which `silent` then is.

    Raises
    ------
    DataError
        If an option is invalid.

    Warns
    -----
    DataWarning
        If the rate is above 100%.
    """
    if lump is not None:
        check_choice("lump", lump, ("lifetimes",), hint="leave it out for payments over the year")
    margin = _kept_share(margin)
    delta = discount_force(rate, days_per_unit(unit))
    if rate > 1:
        warn(
            f"discount_rate={rate:g} is {rate:.0%} a year: next year's money is worth less than half. "
            "Write 10% a year as 0.10.",
        )
    if lump == "lifetimes":
        if steps is not None:
            raise DataError(
                "lump='lifetimes' has no season, since that package has none. Hint: leave out lump, or fit with "
                "season=None."
            )
        refuse_endless(days, "sum of monthly payments")
        return Terms(days / days_per_unit("M"), rate, margin, silent, lump, unit)
    if steps is not None:
        return Terms(steps.length, delta, margin, silent, steps=steps)
    return Terms(days / days_per_unit(unit), delta, margin, silent)


def _kept_share(margin: float) -> float:
    return number("margin", margin, "margin=0.3 keeps 30% of what is spent", least=0, most=MOST_MARGIN)


def stretched(clock: Clock, terms: Terms, count: int, seed: int) -> tuple[float, ...]:
    """Draws of a horizon's length in the season's time over the expected one, from the factors' uncertainty."""
    steps = terms.steps
    if steps is None or math.isinf(steps.days):  # over ever so many cycles the mean is 1
        return (1.0,) * count
    rng = np.random.default_rng([seed, 3])
    return tuple(clock.ratios(steps.begin, np.array([0.0, steps.days]), count, rng)[:, 0].tolist())
