"""Forecast of the customer base by period: purchases, revenue and active customers, with intervals.

The means of purchases and revenue are exact sums over the customers. Bounds are quantiles of a mixture over draws of
the parameters and of the common error: given these the customers are independent, so that a period's sum is nearly a
gamma variable, with their moments added up. Periods with few expected purchases are simulated directly.
"""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import replace
from typing import TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._laws.by_covariates import ByCovariates, at, members, taken
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._numerics import central_interval
from clv._units import Horizon, horizon_days
from clv._values.interpolated_draws import EXACT, expectations_of
from clv._values.lifetime_value import discounted_purchases
from clv._values.periods_ahead import Buyers, PeriodsAhead, luck_is_known, luck_of_periods
from clv._values.simulated_future import Base, Draw, simulate_future
from clv._values.sums_of_customers import Luck, mixture_bounds, with_common_error
from rfm._dynamics.periods import cut_periods
from rfm._options import received
from rfm.errors import DataError

__all__ = [
    "expected_by_period",
    "forecast_table",
    "period_edges",
    "with_periods",
]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Purchases: TypeAlias = PurchaseLaw | ByCovariates[PurchaseLaw]
Spend: TypeAlias = SpendLaw | ByCovariates[SpendLaw] | None

CALENDAR = re.compile(r"\d+[MQY]", re.IGNORECASE)
MOST_SIMULATED = (
    50_000  # customers simulated per future; for a larger base a sample, with its moments scaled up
)
SIMULATED, SAMPLES, LEAST, MOST = (
    400_000,
    8,
    3,
    20,
)  # customers × futures to estimate the luck; futures of a sample
MOST_PERIODS = 1_000  # of a forecast, whose memory is customers simulated × periods
SMALL = 20.0  # expected purchases below which a period's futures are used directly
SMALL_FUTURES, SMALL_SIMULATED = (
    20_000,
    600_000,
)  # futures of small periods, and largest customers × futures


def period_edges(days: float, every: Horizon, end: int | None) -> Array:
    """Ends of the periods in days from now, beginning with 0; the last period ends with the horizon.

    Months, quarters and years are those of the calendar if the day `end` is known.

    >>> period_edges(30, "1W", None)
    array([ 0.,  7., 14., 21., 28., 30.])
    >>> period_edges(90, "1M", 10_134)  # today is 1997-09-30
    array([ 0., 31., 61., 90.])
    """
    if days < 1:
        raise DataError(
            f'A forecast needs a horizon of a day or more, got {days:g} days. Hint: horizon="52W".'
        )
    if end is not None and isinstance(every, str) and CALENDAR.fullmatch(every.strip()):
        inner = cut_periods(every.strip(), end + 1, end + math.floor(days)).edges - (end + 1.0)
    else:
        length = horizon_days(every, "every")
        if length < 1:
            raise DataError(f'every={received(every)} is shorter than a day. Hint: every="1W".')
        _refuse_many(days / length, days, every)
        inner = np.arange(1, days / length) * length
    _refuse_many(len(inner), days, every)
    within = inner[(inner > 0) & (inner <= days - 1)]  # a last period of hours belongs to the day before
    return np.asarray(np.concatenate([[0.0], within, [days]]), dtype=float)


def _refuse_many(periods: float, days: float, every: Horizon) -> None:
    if periods > MOST_PERIODS:
        raise DataError(
            f"every={received(every)} cuts {days:,.0f} days into {math.ceil(periods):,} periods; "
            f"at most {MOST_PERIODS:,} are forecast. Hint: a shorter horizon, or longer periods."
        )


def forecast_table(
    point: Draw,
    draws: Sequence[Draw],
    base: Base,
    edges: Array,
    mass: float,
    rng: np.random.Generator,
    stretch: Array | None = None,
    factors: Array | None = None,
    correction: Array | None = None,
) -> pd.DataFrame:
    """Purchases, revenue and active customers in each period: expectation and predictive bounds.

    Parameters
    ----------
    point : (PurchaseLaw, SpendLaw or None)
        The fitted laws, which give the expectations.
    draws : sequence of (PurchaseLaw, GammaGamma)
        Laws without arrays of parameters, or with covariates; equally likely.
    base : Base
        The customers.
    edges : ndarray of shape (periods + 1,)
        Ends of the periods after the end of observation, beginning with 0.
    mass : float
        Of the intervals.
    rng : numpy.random.Generator
        The source of randomness.
    stretch : ndarray of shape (draws, periods), optional
        For each draw, the lengths of the periods in a season's time, in which `edges` then are, over the expected ones.

    factors : ndarray of shape (size, 2, periods), optional
        Equally likely draws of the common error of purchases and of money: what happens over what the laws expect.

    correction : ndarray of shape (2, periods), optional
        Factors of the expectations, of purchases and of money.

    Notes
    -----
    The luck follows from the laws' distributions at a few times (`periods_ahead`), or is estimated from futures at the
    fitted laws where a law's purchases are not even in time; for a base of more than 50,000 customers, from samples of
    as many. If more purchases are expected in a period, the number of active customers is larger by less.
    """
    base = base.take(base.order())
    ahead = PeriodsAhead.of(point[0], base, edges)
    expected = ahead.sums(*point)
    means = expectations_of(ahead.at, draws)
    stretch = np.ones((len(draws), len(edges) - 1)) if stretch is None else stretch
    if luck_is_known(point[0], ahead.ahead.alike):
        luck, buyers = luck_of_periods(point, draws, ahead, edges, means[:, 0])
    else:
        luck, buyers = _simulated_luck(point, draws, base, edges, means[:, 0], rng)
    # To first order, expectations grow with a period as the season's time does.
    longer = stretch[: len(means), None, :]
    active = buyers.at_draws[:, None] * longer**buyers.elasticity
    means = np.concatenate([means * longer, active], axis=1)
    small = np.flatnonzero(expected[0] < SMALL)
    counted = _simulated_paths(draws, base, edges, rng, stretch)[:, :, small] if len(small) else None
    if factors is not None:
        whole = np.maximum(factors[:, :1], 0.0) ** buyers.elasticity
        factors = np.concatenate([factors, whole], axis=1)
        if counted is not None:
            counted = with_common_error(counted, factors[:, :, small], rng)
    columns: dict[str, Array] = {}
    purchases, revenue = expected if correction is None else expected * correction
    active = buyers.expected * (1.0 if correction is None else correction[0] ** buyers.elasticity)
    every = (("purchases", purchases), ("revenue", revenue), ("active", active))
    for k, (name, level) in enumerate(every):
        if name == "revenue" and point[1] is None:
            continue
        common = None if factors is None else factors[:, k]
        low, high = mixture_bounds(means[:, k], luck.part(k), mass, common)
        if counted is not None:
            low[small], high[small] = central_interval(counted[:, k], mass)
        columns |= {name: level, f"{name}_low": low, f"{name}_high": high}
    return pd.DataFrame(columns)


def with_periods(table: pd.DataFrame, edges: Array, end: int | None, unit_days: float) -> pd.DataFrame:
    """The columns of the periods: first and last day, or the time ahead in units if `end` is unknown."""
    if end is None:
        start, stop = edges[:-1] / unit_days, edges[1:] / unit_days
    else:
        start, stop = ((end + np.floor(e + 1e-9)).astype("datetime64[D]").astype("datetime64[us]")
                       for e in (edges[:-1] + 1, edges[1:]))  # fmt: skip
    table.insert(0, "start", start)
    table.insert(1, "end", stop)
    return table


def expected_by_period(law: Purchases, spend: Spend, base: Base, edges: Array) -> tuple[Array, Array]:
    """Expected purchases and revenue of the base in each period.

    Parameters
    ----------
    law, spend : PurchaseLaw, SpendLaw or None
        Laws without arrays of parameters.
    base : Base
        The customers.
    edges : ndarray of shape (periods + 1,)
        Ends of the periods after the end of observation, beginning with 0.

    Returns
    -------
    purchases, revenue : ndarray of shape (periods,)
    """
    purchases, revenue = PeriodsAhead.of(law, base, edges).sums(law, spend)
    return purchases, revenue


def _grown(law: Purchases, base: Base, edges: Array) -> Array:
    """Purchases if alive by distinct customer and period, each multiplied by the growth of prices until then."""
    first, _ = members(law, base.x, base.t_x, base.T, base.patterns)
    alive = at(law, taken(base.patterns, first)).posterior(base.x[first], base.t_x[first], base.T[first])
    if base.steps is None:
        reached = [discounted_purchases(alive, float(t), -base.growth) for t in edges]
    else:  # prices grow in the calendar's time
        days = base.steps.unit_days * base.calendar(edges)
        until = [replace(base.steps, days=float(day)) for day in days]
        reached = [
            discounted_purchases(alive, float(t), -base.growth, steps)
            for t, steps in zip(edges, until, strict=True)
        ]
    return np.asarray(np.diff(np.array(reached), axis=0).T)


def _parts(law: Purchases, spend: Spend, base: Base, edges: Array) -> tuple[Array, Array, Array, Ints]:
    """P(alive) and an order's expected value for each customer; purchases if alive by distinct customer and period."""
    first, pair = members(law, base.x, base.t_x, base.T, base.patterns)
    of_pairs = at(law, taken(base.patterns, first))
    alive = of_pairs.posterior(base.x[first], base.t_x[first], base.T[first])
    p_alive = np.asarray(at(law, base.patterns).p_alive(base.x, base.t_x, base.T), dtype=float)
    spends = np.zeros(len(base))
    if spend is not None:
        spends = base.net(np.asarray(at(spend, base.patterns).expected_spend(*base.spent), dtype=float))
    reached = np.array([np.asarray(alive.expected_purchases(t), dtype=float) for t in edges])
    return p_alive, spends, np.diff(reached, axis=0).T, pair


def _simulated_luck(
    point: Draw, draws: Sequence[Draw], base: Base, edges: Array, rows: Array, rng: np.random.Generator
) -> tuple[Luck, Buyers]:
    """Moments of purchases, revenue and active customers, (3, periods), and the number of these, from some futures."""
    luck, share = _luck(point, base, edges, rng)
    expected, elasticity = luck.expected[2], 1.0 + _bend(draws, base, edges, rows, share, rng)
    level = np.maximum(rows.mean(axis=0), 1e-300)
    return luck, Buyers(expected, rows * share * (rows / level) ** (elasticity - 1.0), elasticity)


def _luck(point: Draw, base: Base, edges: Array, rng: np.random.Generator) -> tuple[Luck, Array]:
    """Moments of purchases, revenue and active customers, (3, periods), of a future; and customers per purchase."""
    each = int(np.clip(SIMULATED / SAMPLES / max(min(len(base), MOST_SIMULATED), 1), LEAST, MOST))
    (law, spend), periods = point, len(edges) - 1
    luck, active, bought = Luck(*np.zeros((3, 2, periods))), Luck(*np.zeros((3, periods))), np.zeros(periods)
    for _ in range(SAMPLES):
        sampled = len(base) > MOST_SIMULATED
        some = base.take(rng.choice(len(base), MOST_SIMULATED, replace=False)) if sampled else base
        scale = len(base) / max(len(some), 1)
        p_alive, spends, steps, pair = _parts(law, spend, some, edges)
        worth = steps if base.growth == 0 else _grown(law, some, edges)
        sums = _powers(p_alive, steps, pair), _powers(p_alive * spends, worth, pair)
        times = np.zeros(len(some) * periods)
        for _ in range(each):
            cell, count, amount = _cells(law, spend, some, edges, rng)
            who, period = np.divmod(cell, periods)
            mean = p_alive[who] * steps[pair[who], period]
            money = p_alive[who] * spends[who] * worth[pair[who], period]
            apart = [
                _apart(y, m, total, period)
                for y, m, total in ((count, mean, sums[0]), (amount, money, sums[1]))
            ]
            luck += Luck(*(scale * np.array(pairs) for pairs in zip(*apart, strict=True)))
            times[cell] += 1
            bought += scale * np.bincount(period, weights=count, minlength=periods)
        active += _chances(times.reshape(-1, periods), each, each * scale)
    share = np.divide(active.expected, bought, out=np.ones(periods), where=bought > 0)
    whole = Luck(*(np.vstack(pair) for pair in zip(luck.stacked, active.stacked, strict=True)))
    return whole.over(each * SAMPLES), share


def _bend(
    draws: Sequence[Draw], base: Base, edges: Array, means: Array, share: Array, rng: np.random.Generator
) -> float:
    """Elasticity of the share of first purchases with respect to expected purchases, for all periods."""
    used = draws[: int(np.clip(SIMULATED / 2 / max(len(base), 1), SAMPLES, 100))]
    some = base.take(rng.permutation(len(base))[:MOST_SIMULATED])
    more, less = 0.0, 0.0
    centre = np.maximum(means[: len(used)].mean(axis=0), 1e-300)
    for (law, spend), mean in zip(used, means, strict=False):
        cell, count, _ = _cells(law, spend, some, edges, rng)
        period = cell % len(share)
        once, bought = (np.bincount(period, w, len(share)) for w in (np.ones(len(cell)), count))
        apart = mean / centre - 1
        more += float(apart @ (once / np.maximum(share, 1e-300) - bought))
        less += float(apart**2 @ bought)
    return more / less if less > 0 else 0.0


def _chances(times: Array, futures: int, scale: float) -> Luck:
    """Moments of the number of active customers, from how often each was active in a period, (n, periods).

    A customer is active with probability p, whose powers have unbiased estimates in falling powers of `times`.
    """
    one = times.sum(axis=0) / futures
    two = (times * (times - 1)).sum(axis=0) / (futures * (futures - 1))
    three = (times * (times - 1) * (times - 2)).sum(axis=0) / (futures * (futures - 1) * (futures - 2))
    return Luck(scale * one, scale * np.maximum(one - two, 0.0), scale * (one - 3 * two + 2 * three))


def _powers(scale: Array, steps: Array, pair: Ints) -> Array:
    """Σ over customers of the first, second and third power of their expectations, (3, periods)."""
    sums = [np.bincount(pair, weights=scale**k, minlength=len(steps)) for k in (1, 2, 3)]
    return np.array([total @ steps**k for k, total in zip((1, 2, 3), sums, strict=True)])


def _apart(y: Array, mean: Array, total: Array, period: Ints) -> tuple[Array, Array, Array]:
    """Expectation, and squares and cubes of deviations from it, by period; a customer in no cell has 0 − mean."""
    periods = total.shape[1]
    square = np.bincount(period, weights=(y - mean) ** 2 - mean**2, minlength=periods) + total[1]
    cube = np.bincount(period, weights=(y - mean) ** 3 + mean**3, minlength=periods) - total[2]
    return total[0], square, cube


def _cells(
    law: Purchases, spend: Spend, base: Base, edges: Array, rng: np.random.Generator
) -> tuple[Ints, Array, Array]:
    """Of one simulated future, by customer and period with a purchase: customer × periods + period, count, amount."""
    periods = len(edges) - 1
    future = simulate_future(law, spend, base, edges[-1], rng)
    period = np.clip(np.searchsorted(edges, future.time, side="left") - 1, 0, periods - 1)
    cell, place = np.unique(future.customer * periods + period, return_inverse=True)
    count, amount = (np.bincount(place, w, len(cell)) for w in (np.ones(len(place)), future.amount))
    return np.asarray(cell, dtype=np.int64), np.asarray(count, dtype=float), np.asarray(amount, dtype=float)


def _simulated_paths(
    draws: Sequence[Draw], base: Base, edges: Array, rng: np.random.Generator, stretch: Array
) -> Array:
    """Purchases, revenue and active customers in many simulated futures, (futures, 3, periods)."""
    used, periods = draws[:EXACT], len(edges) - 1
    most = SMALL_SIMULATED // max(len(base) * len(used), 1)
    repeats = int(np.clip(most, 1, max(SMALL_FUTURES // len(used), 1)))
    many = base.take(np.tile(np.arange(len(base)), repeats))
    paths = []
    for (law, spend), longer in zip(used, stretch, strict=False):
        own = np.append(0.0, np.cumsum(np.diff(edges) * longer))
        cell, count, amount = _cells(law, spend, many, own, rng)
        who, period = np.divmod(cell, periods)
        where = who // max(len(base), 1) * periods + period
        sums = [np.bincount(where, w, repeats * periods) for w in (count, amount, np.ones(len(cell)))]
        paths.append(np.array(sums).reshape(3, repeats, periods).transpose(1, 0, 2))
    return np.concatenate(paths)
