"""Reading amounts behind an engine: whole units and a verdict as expressions that every engine shares."""

from __future__ import annotations

from functools import reduce
from operator import mul
from typing import Any, Final

import narwhals.stable.v2 as nw

from rfm._frames.columns import choose
from rfm._frames.execution import fetch
from rfm._frames.native import INTERNAL, engine_name
from rfm._orders.amounts import CLOSE, LARGEST, PLAIN, SHOWN, refuse_column
from rfm._orders.columns import AMOUNT_VERDICT, CURRENCY_VERDICT, ROUNDED, UNITS, Columns
from rfm._orders.verdicts import Verdict

__all__ = ["check_money", "with_units"]

Lazy = nw.LazyFrame[Any]

AMOUNT: Final = f"{INTERNAL}amount"
WHOLE: Final = f"{INTERNAL}whole"
FRACTION: Final = f"{INTERNAL}fraction"
SLACK: Final = f"{INTERNAL}slack"
INFINITY: Final = float("inf")


def check_money(frame: Lazy, columns: Columns) -> None:
    """Refuse a log behind an engine whose amounts are not numbers.

    Raises
    ------
    TransactionsError
    """
    schema = frame.collect_schema()
    for name in columns.money:
        kind = schema[name]
        if not kind.is_numeric():
            found = _some(frame, name) if kind == nw.String else []
            raise refuse_column(name, kind, found, engine_name(frame))


def with_units(frame: Lazy, columns: Columns) -> Lazy:
    """Add the units of each row (0 where there are none), whether they were rounded, and two verdicts.

    The steps are those of `rfm._orders.amounts`, so that both ways read every amount alike. Rounding is half-even
    by the fraction, since engines' own roundings differ. `check_money` has checked that the columns hold numbers.
    """
    if not columns.money:
        kept = nw.lit(int(Verdict.KEPT)).cast(nw.Int64)
        return frame.with_columns(
            nw.lit(0).cast(nw.Int64).alias(UNITS), nw.lit(False).alias(ROUNDED), kept.alias(AMOUNT_VERDICT)
        )
    schema = frame.collect_schema()
    kinds = [schema[name] for name in columns.money]
    factors = [nw.col(name).cast(nw.Float64) for name in columns.money]
    if columns.currency is not None:
        cases = _rate_cases(columns)
        frame = frame.with_columns(choose(_currency_cases(columns), Verdict.KEPT).alias(CURRENCY_VERDICT))
        factors += [choose(cases, 1.0)] if cases else []
    frame = frame.with_columns(reduce(mul, factors).alias(AMOUNT))
    if len(factors) > len(kinds) or any(kind.is_float() for kind in kinds):
        frame = _split_floats(frame, columns)
    elif all(kind.is_integer() for kind in kinds):
        frame = _split_integers(frame, columns)
    else:
        frame = _split_decimals(frame, columns)
    return _round(frame.with_columns(_amount_verdict(columns).alias(AMOUNT_VERDICT)))


def _some(frame: Lazy, name: str) -> list[Any]:
    """Some of a column's values, for a message."""
    texts = frame.select(name).filter(~nw.col(name).is_null())
    odd = fetch(texts.filter(~nw.col(name).str.contains(PLAIN)).head(SHOWN))
    few = odd if len(odd) else fetch(texts.head(SHOWN))
    return sorted(set(few.get_column(name).to_list()))


def _fits(columns: Columns) -> nw.Expr:
    """False for NaN on every engine, also where NaN sorts as the largest number."""
    return nw.col(AMOUNT).abs() < LARGEST / 10.0**columns.decimals


def _amount_verdict(columns: Columns) -> nw.Expr:
    size = nw.col(AMOUNT).abs()
    too_large = (size >= LARGEST / 10.0**columns.decimals) & (size < INFINITY)
    cases = [
        (_fits(columns), Verdict.KEPT),
        (too_large, Verdict.AMOUNT_TOO_LARGE),
        (size == INFINITY, Verdict.INFINITE_AMOUNT),
    ]
    return choose(cases, Verdict.MISSING_AMOUNT)


def _rate_cases(columns: Columns) -> list[tuple[nw.Expr, float]]:
    currency = nw.col(str(columns.currency)).cast(nw.String)
    return [(currency == name, rate) for name, rate in (columns.rates or {}).items()]


def _currency_cases(columns: Columns) -> list[tuple[nw.Expr, Verdict]]:
    currency = nw.col(str(columns.currency))
    missing = (currency.is_null(), Verdict.MISSING_CURRENCY)
    if columns.rates is None:
        return [missing]
    return [missing, (~currency.cast(nw.String).is_in(list(columns.rates)), Verdict.UNKNOWN_CURRENCY)]


# Each split adds the absolute amount in units as a whole and a fraction (both 0 where the amount does not
# fit), and the slack up to which the fraction is only the trace of floating point.


def _split_floats(frame: Lazy, columns: Columns) -> Lazy:
    size = choose([(_fits(columns), nw.col(AMOUNT).abs() * float(10**columns.decimals))], 0.0)
    whole = size.floor().cast(nw.Int64)
    # not size % 1, since some engines' remainders add the divisor and lose small fractions
    fraction = size - whole.cast(nw.Float64)
    return frame.with_columns(whole.alias(WHOLE), fraction.alias(FRACTION), (size * CLOSE).alias(SLACK))


def _split_integers(frame: Lazy, columns: Columns) -> Lazy:
    factors = [choose([(_fits(columns), nw.col(name))], 0).cast(nw.Int64) for name in columns.money]
    whole = reduce(mul, factors).abs() * 10**columns.decimals
    return frame.with_columns(whole.alias(WHOLE), nw.lit(0.0).alias(FRACTION), nw.lit(0.0).alias(SLACK))


def _split_decimals(frame: Lazy, columns: Columns) -> Lazy:
    size = reduce(mul, [nw.when(_fits(columns)).then(nw.col(name)) for name in columns.money]).abs()
    scale = 10**columns.decimals
    # only what follows the point is multiplied: DuckDB keeps a product within the digits of its factors
    before, after = _split_at_point(size)
    frame = frame.with_columns(before.alias(WHOLE), (after * scale).alias(FRACTION))
    more, fraction = _split_at_point(nw.col(FRACTION))
    whole = nw.col(WHOLE) * scale + more
    # compared exactly, a fraction stands for a number below, at or above one half
    over = fraction + fraction - 1
    cases = [(over > 0, 0.75), (over == 0, 0.5), (fraction > 0, 0.25)]
    return frame.with_columns(
        whole.fill_null(0).alias(WHOLE), choose(cases, 0.0).alias(FRACTION), nw.lit(0.0).alias(SLACK)
    )


def _split_at_point(size: nw.Expr) -> tuple[nw.Expr, nw.Expr]:
    """Decimals before and after the point; not every Polars has a remainder of Decimals."""
    near = size.cast(nw.Int64)  # DuckDB rounds, Polars and Spark truncate
    whole = choose([(size - near < 0, near - 1)], near)
    return whole, size - whole


def _round(frame: Lazy) -> Lazy:
    whole, fraction = nw.col(WHOLE), nw.col(FRACTION)
    up = (fraction > 0.5) | ((fraction == 0.5) & (whole % 2 == 1))
    units = choose([(up, whole + 1)], whole)
    return frame.with_columns(
        choose([(nw.col(AMOUNT) < 0, units * -1)], units).cast(nw.Int64).alias(UNITS),
        (choose([(up, 1 - fraction)], fraction) > nw.col(SLACK)).alias(ROUNDED),
    )
