"""Which season a log is given: the one that was asked for, or the one that predicts its last part best."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Generic, TypeVar, cast, get_args

import numpy as np
from numpy.typing import NDArray

from clv._fits.data import FitData
from clv._fits.fit_law import fit_to_data
from clv._fits.timing import at_random
from clv._laws.by_covariates import members
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import as_purchase_law
from clv._season.clock import Clock
from clv._season.cycle import CYCLE, Shape
from clv._season.factors import Factors
from clv._season.learning import SAMPLE, learn
from clv._season.season_words import TEXTS, strength_words
from clv._season.shop_days import ShopDays, refuse_closed, repeats_of_known
from clv._stages import as_log
from clv._summary import btyd_summary_of
from clv._units import Unit, as_unit, days_per_unit
from clv.errors import FitError
from rfm._customers.netting import netted_once
from rfm._days import as_day, day_text
from rfm._frames.execution import materialise
from rfm._frames.native import from_native, to_native
from rfm._frames.types import Table
from rfm._options import check_choice, received
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = ["CHOICES", "chosen_season", "learned_season", "long_enough", "refuse_season", "season_until"]

Array = NDArray[np.float64]
F = TypeVar("F", bound=Factors)

CYCLES: Final = 2  # full cycles that are needed to tell a season from a decline
SHORTEST: Final = 1.5  # cycles that "auto" learns from before the part that it holds out
PERIOD: Final = 28  # days whose purchases are compared
GAIN: Final = 0.95  # error, relative to that without a season, from which one is kept
CHOICES: Final = ("auto", *get_args(Shape))


def refuse_season(season: Any, law_class: type[PurchaseLaw], engine: str = "native") -> None:
    """Raise DataError for what is no season, and for laws and engines that cannot have one."""
    if season is None:
        return
    if not isinstance(season, Factors) and not (isinstance(season, str) and season in CHOICES):
        raise DataError(
            f'season={received(season)} is none. Hint: "auto", "month", "week", or a clv.Season, such as '
            "clv.Season.from_factors(factors by month)."
        )
    if law_class.discrete:
        raise DataError(
            f"{law_class.title} counts periods, each with one chance to buy, and has no time that a season could "
            f"stretch: season={repr(season) if isinstance(season, str) else 'clv.Season'} cannot be used with it. "
            'Hint: a law of continuous time, model="bg-nbd", "mbg-nbd" or "pareto-nbd".'
        )
    if engine != "native":
        raise DataError(f'engine="{engine}" has no season. Hint: engine="native", or season=None.')


@dataclass(frozen=True)
class Known:
    """What a season is learned from: histories in the calendar's time, and the shop's days until their end."""

    data: FitData
    days: ShopDays


def learned_season(
    tx: Transactions | Table,
    shape: str = "auto",
    *,
    given: F,
    model: str | type[PurchaseLaw] = "bg-nbd",
    unit: Unit = "W",
    end: str | date | None = None,
) -> F:
    """See `clv.Season.fit`; the season that is learned is of the kind of the one given."""
    tx = as_log(tx, "clv.Season.fit")
    law_class = as_purchase_law(model)
    check_choice("shape", shape, CHOICES)
    if not isinstance(given, Factors):
        raise DataError(
            f"given must be a clv.Season; got {received(given)}. Hint: given=clv.Season.from_factors(factors)."
        )
    if given.shape is not None:
        raise DataError(
            "given holds learned factors, and these would be learned twice. Hint: clv.Season.from_factors(factors)."
        )
    refuse_season(shape, law_class)
    last = tx.last_day if end is None else as_day(end, "end")
    with netted_once(tx, days=True):
        return _learned(tx, shape, given, law_class, as_unit(unit), last, None)


def chosen_season(
    tx: Transactions,
    season: str | F | None,
    plain: F,
    law_class: type[PurchaseLaw],
    unit: Unit,
    end: int,
    data: FitData | None = None,
) -> F | None:
    """The season of an option `season=`: as given, or learned from a log until a day.

    Parameters
    ----------
    tx : Transactions
        The log.
    season : {None, "auto", "month", "week"} or Season
        What was asked for; `refuse_season` has seen it.
    plain : Season
        One whose factors are all 1, of the kind that is returned.
    law_class : type
        The law that it is learned with.
    unit : {"D", "W", "M", "Y"}
        Of the law's time.
    end : int
        Last day of observation, as days since 1970-01-01.
    data : FitData, optional
        The customers' histories on that day, where they have been read.

    Raises
    ------
    DataError
        If a purchase lies on a day of factor 0, or the log is too short.
    """
    if season is None:
        return None
    if isinstance(season, Factors):
        refuse_closed(tx, end, season)
        return season
    return _learned(tx, str(season), plain, law_class, unit, end, data)


def season_until(
    tx: Transactions, season: str | F | None, plain: F, law_class: type[PurchaseLaw], unit: Unit, end: int
) -> F | None:
    """The season that was known on a day: what was learned from the whole log is learned again until then."""
    if isinstance(season, Factors) and season.shape is not None:
        return _learned(tx, season.shape, season.given, law_class, unit, end, None)
    return chosen_season(tx, season, plain, law_class, unit, end)


def _learned(
    tx: Transactions,
    shape: str,
    given: F,
    law_class: type[PurchaseLaw],
    unit: Unit,
    end: int,
    data: FitData | None,
) -> F:
    """A season learned from a log until a day, with a note that says what was done and why.

    Where the law's k is still to be chosen it is learned with k = 1; k is chosen in its time.
    """
    law_class = at_random(law_class)
    refuse_closed(tx, end, given)
    length = end - tx.first_day + 1
    if not long_enough(length):
        return _too_short(shape, given, length, end)
    task = Task(law_class, given, days_per_unit(unit))
    if shape == "auto":
        try:
            chosen, facts = _contest(tx, task, unit, end, length)
        except FitError:  # the part before the one held out does not hold enough information for the law
            return replace(given, note=TEXTS("few"))
        if chosen is None:
            return replace(given, note=TEXTS("none", **facts))
        found = task.learn(_known(tx, law_class, unit, end, data), chosen)
        return replace(found, note=TEXTS("kept", strength=strength_words(found), **facts))
    found = task.learn(_known(tx, law_class, unit, end, data), cast(Shape, shape))
    return replace(found, note=TEXTS("learned", shape=TEXTS(shape), strength=strength_words(found)))


def long_enough(length: int) -> bool:
    """Whether a season can be learned from so many days of a log."""
    return length >= CYCLES * CYCLE


def _too_short(shape: str, given: F, length: int, end: int) -> F:
    """No season, in words, or DataError where one was asked for."""
    if shape == "auto":
        weeks, cycle = f"{length // 7:,}", f"{CYCLE // 7}"
        return replace(given, note=TEXTS("short", weeks=weeks, cycles=TEXTS("two"), cycle=cycle))
    raise DataError(
        f"season={shape!r} needs two cycles of {CYCLE // 7} weeks, and the log until {day_text(end)} has "
        f"{length // 7}: within one, a season and a decline look alike. Hint: give the factors, "
        "season=clv.Season.from_factors(pandas.Series of factors by month 1 … 12)."
    )


@dataclass(frozen=True)
class Task(Generic[F]):
    """With what a season is learned: the law, known factors, and the days in the unit of time."""

    law_class: type[PurchaseLaw]
    given: F
    unit_days: float

    def learn(self, known: Known, shape: Shape) -> F:
        """The season of this shape."""
        return learn(self.law_class, known.data, known.days, shape, self.given, self.unit_days)

    def error(self, season: Factors, past: Known, happened: Array) -> float:
        """Mean error of the purchases predicted for four weeks each, relative to what happened in them."""
        origin = past.days.end
        clock = Clock(season, origin, self.unit_days)
        timed = clock.data(past.data)
        law: Any = fit_to_data(self.law_class, timed.sample(SAMPLE)).law
        edges = np.unique(np.append(np.arange(0, len(happened), PERIOD), len(happened)))
        x, t_x, T = timed.columns[:3]
        predicted = _expected(law, x, t_x, T, timed.weights, clock.ahead(origin, edges.astype(float)))
        actual = np.diff(np.append(0.0, np.cumsum(happened))[edges])
        return float(np.abs(predicted - actual).sum() / max(actual.sum(), 1.0))


def _contest(
    tx: Transactions, task: Task[Any], unit: Unit, end: int, length: int
) -> tuple[Shape | None, dict[str, str]]:
    """The shape that predicts the last part of the log best, if better than no season; and the facts for the note."""
    held = int(min(CYCLE, length - SHORTEST * CYCLE))
    past = _known(tx, task.law_class, unit, end - held, None)
    happened = repeats_of_known(tx, end - held, end)
    without = task.error(task.given, past, happened)
    shapes: tuple[Shape, ...] = get_args(Shape)
    errors = {shape: task.error(task.learn(past, shape), past, happened) for shape in shapes}
    best = min(shapes, key=lambda shape: errors[shape])
    facts = {
        "weeks": f"{held // 7}",
        "without": f"{without:.1%}",
        "with": f"{errors[best]:.1%}",
        "shape": TEXTS(best),
    }
    return (best if errors[best] < GAIN * without else None), facts


def _known(
    tx: Transactions, law_class: type[PurchaseLaw], unit: Unit, end: int, data: FitData | None
) -> Known:
    if data is None:
        table = to_native(materialise(from_native(btyd_summary_of(tx, unit, end, None, gaps=False))))
        data = FitData.read(law_class, table)
    return Known(data, ShopDays.of(tx, end, data, days_per_unit(unit)))


def _expected(law: PurchaseLaw, x: Array, t_x: Array, T: Array, weights: Array, edges: Array) -> Array:
    """Purchases expected of weighted histories in each period."""
    first, pair = members(law, x, t_x, T)
    alive = law.posterior(x[first], t_x[first], T[first])
    customers = np.bincount(pair, np.asarray(law.p_alive(x, t_x, T)) * weights, len(first))
    so_far = np.array([customers @ np.asarray(alive.expected_purchases(t)) for t in edges])
    return np.diff(so_far)
