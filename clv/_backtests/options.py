"""The options of a backtest, checked: the hold-out in days, the laws by name, the origins as day numbers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any

import numpy as np

from clv._backtests.metrics import METRICS
from clv._choice.candidates import AUTO, FALLBACK, is_auto
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import as_purchase_law
from clv._periods import last_end
from clv._units import PERIODS, Horizon, Unit, horizon_days
from rfm._days import as_day, day_text, is_day
from rfm._options import is_whole, items, received
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = ["origin_days", "own_measures", "requested_laws", "whole_days"]

MOST_ORIGINS = 500
MEASURES = 'measures={"median error": lambda predicted, happened: np.median(abs(predicted - happened))}'
TAKEN = frozenset({"origin", "model", "kind", "counts", "customers", "happened", "predicted", "log_score", "coverage",
                   *METRICS})  # fmt: skip


def whole_days(holdout: Horizon) -> int:
    """The length of the hold-out in days."""
    date_given: Any = holdout
    if is_day(date_given):
        raise DataError(
            f"holdout={str(holdout)!r} is a date, but a hold-out is a length of time. "
            f'Hint: origins="{day_text(as_day(date_given, "holdout"))}" is the last day of calibration, holdout="39W" '
            "the length of the hold-out after it."
        )
    days = horizon_days(holdout, "holdout")
    if not (1 <= days < np.inf and days == round(days)):
        raise DataError(
            f"holdout={holdout!r} is {days:g} days, but a hold-out is a whole number of days. "
            'Hint: give weeks or days, such as "39W" or "90D".'
        )
    return round(days)


def requested_laws(models: Any) -> dict[str, type[PurchaseLaw]]:
    """The requested purchase laws by name, each once, in their order; a single name or class is allowed.

    "auto" stands for a law that is not known yet, with the class of one that may be chosen.
    """
    alone = isinstance(models, (str, type))
    listed = [models] if alone else items("models", models, 'models=["bg-nbd", "pareto-nbd"]')
    found = {}
    for model in listed:
        law = as_purchase_law(FALLBACK if is_auto(model) else model)
        found[AUTO if is_auto(model) else law.name] = law
    return found


def own_measures(given: Any) -> dict[str, Any]:
    """The user's own measures by name, checked as far as they can be without data.

    Raises
    ------
    DataError
        If they are no functions by name, or a column of the table has that name.
    """
    if given is None:
        return {}
    if not isinstance(given, Mapping) or not all(isinstance(name, str) for name in given):
        raise DataError(f"measures must map names to functions; got {received(given)}. Hint: {MEASURES}.")
    for name, measure in given.items():
        if not callable(measure):
            raise DataError(
                f"measures[{name!r}] must be a function; got {received(measure)}. Hint: {MEASURES}."
            )
        if not name or name in TAKEN or name.startswith(("spend_", "net_spend_")):
            raise DataError(
                f"measures: {received(name)} cannot be the name of a column of the table, which has one of its own or "
                "none so named. Hint: another name."
            )
    return dict(given)


def origin_days(
    tx: Transactions, origins: Any, days: int, period: Unit | None, counting: str = "bg-bb"
) -> list[int]:
    """Last known days, each once, in ascending order.

    With `period`, origins and hold-outs end with a calendar period, since the law `counting` them counts whole ones.
    """
    if is_whole(origins):
        last_days = _counted_back(tx, int(origins), days, period)
    elif isinstance(origins, (str, date, np.datetime64)):
        last_days = [as_day(origins, "origins")]
    elif isinstance(origins, bool) or not isinstance(origins, Iterable):
        raise DataError(
            f"origins={received(origins)} is neither a whole number nor dates. Hint: origins=3, or a list of dates."
        )
    else:
        hint = "origins=3, or a list of dates"
        last_days = [as_day(origin, "origins") for origin in items("origins", origins, hint)]
    if not last_days:
        raise DataError("origins is empty. Hint: origins=1, or a list of dates.")
    if len(last_days) > MOST_ORIGINS:
        raise DataError(
            f"origins asks for {len(last_days):,} fits of every law; at most {MOST_ORIGINS:,} are made. "
            "Hint: fewer origins, or a longer holdout."
        )
    for day in last_days:
        _check_origin(tx, day, days)
        if period is not None:
            _check_periods(tx, day, days, period, counting)
    return sorted(set(last_days))


def _counted_back(tx: Transactions, count: int, days: int, period: Unit | None) -> list[int]:
    """The given number of origins, half a hold-out apart, rounded up to whole periods if these are counted."""
    if count < 1:
        raise DataError(f"origins must be 1 or more, got {count}. Hint: origins=3, or a list of dates.")
    last_days: list[int] = []
    day = tx.last_day - days
    while len(last_days) < min(count, MOST_ORIGINS + 1):
        if period is not None:
            whole = (at for at in range(day, tx.first_day, -1) if _is_whole(at, days, period))
            day = next(whole, day)  # if there is none, the checks report what is wrong with this day
        last_days.append(day)
        if day <= tx.first_day:
            break
        day -= max(days // 2, 1)
    return last_days


def _check_origin(tx: Transactions, day: int, days: int) -> None:
    last = tx.last_day - days
    if not tx.first_day < day <= last:
        dates = f", fewer origins, or dates up to {day_text(last)}" if tx.first_day < last else ""
        raise DataError(
            f"An origin on {day_text(day)} leaves no log before it or no {days} days after it: the log runs from "
            f"{day_text(tx.first_day)} to {day_text(tx.last_day)}. Hint: a shorter hold-out{dates}."
        )


def _is_whole(day: int, days: int, period: Unit) -> bool:
    return all(last_end(end, period) == end for end in (day, day + days))


def _check_periods(tx: Transactions, day: int, days: int, period: Unit, counting: str) -> None:
    if _is_whole(day, days, period):
        return
    start, end = last_end(day, period), last_end(day + days, period)
    near = f'holdout="{end - start}D", origins="{day_text(start)}"; or ' if end > start > tx.first_day else ""
    raise DataError(
        f"{counting} counts whole calendar {PERIODS[period]}, and the hold-out from the end of {day_text(day)} to "
        f'{day_text(day + days)} splits some of them. Hint: {near}unit="D".'
    )
