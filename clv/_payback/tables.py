"""The tables of a payback, from the values of cohorts by age in many futures."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._numerics import central_interval
from clv._payback.cohorts import MONTHS
from clv._payback.costs import Per
from clv._payback.observed import Observed
from clv._payback.payback_words import Found, payback_note

__all__ = ["Asked", "Every", "tables_of"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]
Every: TypeAlias = Literal["1W", "1M", "1Q", "1Y"]

ROUNDING: Final = 1e-9  # of a cost, which sums of cents may miss


@dataclass(frozen=True)
class Asked:
    """Options that have been checked; `ends` are the days after each age, counted from the first purchase."""

    by: str
    per: Per
    margin: float
    every: Every
    ends: Ints
    mass: float
    seed: int


def tables_of(
    observed: Observed, prices: dict[int | str, float], value: Array, asked: Asked
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """The tables of cohorts and of ages, from the value of each cohort until the end of each age, in each future."""
    size = observed.size
    given = np.array([prices.get(name, np.nan) if name is not None else np.nan for name in observed.names])
    cost: Array = given if asked.per == "cohort" else np.asarray(given * size, dtype=float)
    full = asked.ends[None, :] <= observed.youngest[:, None] + 1
    to_date = asked.margin * observed.spend.sum(axis=1)
    reached = _ages(value, cost)
    # Where all customers have reached an age, it is the same in all futures.
    seen = _ages(np.where(full, value[:1], -np.inf), cost)[0]
    columns = cost, to_date, seen, *_quantiles(reached, asked.mass), np.isfinite(reached).mean(axis=0)
    found = [
        (name, Found(int(count), *map(float, each)))
        for name, count, *each in zip(observed.names, size, *columns, strict=True)
    ]
    for name, price in prices.items():
        if name not in observed.names:
            lost = price if asked.per == "cohort" else 0.0
            found.append((name, Found(0, lost, 0.0, np.inf, np.inf, np.inf, np.inf, 0.0)))
    found.sort(key=lambda pair: (pair[0] is None, pair[0]))
    return _cohorts(found, prices, asked), _curve(observed, value, cost, full, asked)


def _ages(value: Array, cost: Array) -> Array:
    """The first age at whose end a value reaches the cost, (futures, cohorts); infinite if none, 0 for no cost.

    >>> _ages(np.array([[[1.0, 5.0, 4.0], [1.0, 1.0, 1.0]]]), np.array([4.0, 2.0])).tolist()
    [[2.0, inf]]
    """
    there = value >= (cost * (1 - ROUNDING))[:, None]
    first = np.where(there.any(axis=2), there.argmax(axis=2) + 1.0, np.inf)
    return np.where(cost == 0, 0.0, first)


def _quantiles(reached: Array, mass: float) -> Array:
    """Low, median and high age of each cohort: the first that at least so many futures have reached."""
    levels = [(1 - mass) / 2, 0.5, (1 + mass) / 2]
    return np.asarray(np.quantile(reached, levels, axis=0, method="inverted_cdf"))


def _cohorts(
    found: list[tuple[int | str | None, Found]], prices: dict[int | str, float], asked: Asked
) -> pd.DataFrame:
    """The table of cohorts."""
    cost = np.array([each.cost for _, each in found])
    size = np.array([each.customers for _, each in found])
    to_date = np.array([each.to_date for _, each in found])
    ages = np.array([[each.middle, each.low, each.high] for _, each in found]).T
    ages = np.where(np.isfinite(ages), ages, np.nan)
    one = cost / np.maximum(size, 1)
    if asked.per == "customer":
        one = np.array([np.nan if name is None else prices.get(name, np.nan) for name, _ in found])
    table = pd.DataFrame({
        "cohort": _named([name for name, _ in found], asked.by),
        "customers": size, "cost": cost,
        "cost_per_customer": np.where((size > 0) | (asked.per == "customer"), one, np.nan),
        "value_to_date": to_date,
        "share_paid_back": np.divide(to_date, cost, out=np.full(len(cost), np.nan), where=cost > 0),
        **dict(zip(("payback", "payback_low", "payback_high"), ages, strict=True)),
        "p_paid_back": np.where(np.isnan(cost), np.nan, [each.share for _, each in found]),
        "note": [payback_note(each, len(asked.ends), asked.every) for _, each in found],
    })  # fmt: skip
    return table


def _curve(
    observed: Observed, value: Array, cost: Array, full: NDArray[np.bool_], asked: Asked
) -> pd.DataFrame:
    """Value per customer by cohort and age, observed or predicted."""
    size, ages = observed.size, len(asked.ends)
    low, high = central_interval(value, asked.mass)
    middle = np.median(value, axis=0)
    each = {"value": middle, "value_low": low, "value_high": high}
    names = [name for name in observed.names for _ in range(ages)]
    return pd.DataFrame({
        "cohort": _named(names, asked.by),
        "age": np.tile(np.arange(1, ages + 1), len(size)),
        "days": np.tile(asked.ends, len(size)),
        "complete": full.ravel(),
        **{name: (np.where(full, value[0], part) / size[:, None]).ravel() for name, part in each.items()},
        "cost_per_customer": np.repeat(cost / size, ages),
    })  # fmt: skip


def _named(names: list[int | str | None], by: str) -> Any:
    """Cohorts as a column: dates, or texts."""
    if by in MONTHS:
        return np.array(names, dtype=np.int64).astype("datetime64[D]").astype("datetime64[us]")
    return pd.Series(names, dtype=object)
