"""How much of a customer's history the rate of purchases is known from: the option `forgetting=`, and its choice.

The choice is made on the last part of the log: the model is fitted to what came before, and each factor is judged by
the log score of every known customer's number of purchases after it, a proper score (Gneiting and Raftery 2007). What
is forgotten should pay visibly: factor 1, which forgets nothing, stays unless the gain is larger than two of its own
standard errors over customers, and than a thousandth of the score.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from clv._laws.by_covariates import at
from clv._laws.forgetting import can_forget, forgetful
from clv._laws.purchase_law import PurchaseLaw
from clv._summary import summarize
from clv._units import days_per_unit
from clv._values.simulated_future import Base
from rfm._days import day_date, day_text
from rfm._frames.joins import merge_in_order
from rfm._frames.mapping import to_pandas
from rfm._frames.native import from_native, to_native
from rfm._frames.types import Table
from rfm._options import number, received
from rfm._orders.transactions import Transactions
from rfm._words import declare
from rfm.errors import DataError

__all__ = [
    "AUTO",
    "Forgetting",
    "Memory",
    "as_forgetting",
    "best_factor",
    "forgetting_lines",
    "held_out_days",
    "judged",
    "refuse_forgetting",
    "scores",
    "untested",
]

Array = NDArray[np.float64]
Forgetting: TypeAlias = float | Literal["auto"] | None

AUTO: Final = "auto"
HINT: Final = 'forgetting=0.5 counts half of each history, "auto" finds out, None counts all of it'
FACTORS: Final = (0.9, 0.8, 0.7, 0.6, 0.5, 0.4, 0.3, 0.2, 0.1, 0.05)
SHARE: Final = 3  # the hold-out is a third of the log …
LONGEST: Final = 273  # … and at most this many days
ENOUGH: Final = 30  # customers who bought in it
SAMPLE: Final = 20_000  # customers whose score is computed
ERRORS: Final = 2.0  # standard errors by which the gain must exceed 0
LEAST: Final = 0.001  # of the score
LEAST_CHANCE: Final = np.exp(-700.0)  # of one customer: about the smallest that a double holds

TEXTS: Final = declare(
    "fits.forgetting",
    {
        "given": "Purchase rates: a history counts as {factor} of itself (forgetting).",
        "chosen": "Purchase rates: a history counts as {factor} of itself (forgetting). {test}",
        "kept": "Purchase rates: whole histories count, as forgetting does not improve the prediction. {test}",
        "test": "Fitted to the log until {origin}, the law predicts the purchases of {n} customers in the {days} days "
        "after it with a log score of {whole} each, and {best} if a history counts as {factor} of itself "
        "(difference {gain}, standard error {error}).",
        "not tested": "Purchase rates: whole histories count; forgetting could not be tested, {reason}.",
        "short": "since the log is too short",
        "few": "since only {n} known customers bought in the last {days} days",
        "no law": "since too little was known by {origin}",
    },
)


@dataclass(frozen=True)
class Memory:
    """The forgetting factor of a model, 1 where nothing is forgotten, and what its summary says of it."""

    factor: float = 1.0
    note: str | None = None


def as_forgetting(value: Any) -> Forgetting:
    """The option, checked.

    Raises
    ------
    DataError
        If it is neither None, "auto", nor a number above 0 and at most 1.
    """
    if value is None:
        return None
    if isinstance(value, str) and value == AUTO:
        return "auto"
    if isinstance(value, str):
        raise DataError(f"forgetting must be a number or 'auto'; got {received(value)}. Hint: {HINT}.")
    return number("forgetting", value, HINT, above=0, most=1)


def refuse_forgetting(
    value: Forgetting, law_class: type[PurchaseLaw], older: bool = False, season: Any = None
) -> None:
    """Refuse a law of which it is not known how it forgets, and what cannot be estimated together.

    `older` is whether the log is said to begin in the middle of histories.
    """
    if value is None:
        return
    if not can_forget(law_class):
        why = (
            "counts calendar periods, in whose chances rates do not drift"
            if law_class.discrete
            else "does not say how the rate of a customer is known from their history"
        )
        raise DataError(
            f"forgetting={value!r}: {law_class.title} {why}. "
            'Hint: model="bg-nbd", "mbg-nbd" or "pareto-nbd"; or leave out forgetting=.'
        )
    if older:
        raise DataError(
            f"forgetting={value!r} cannot be used with entry_after= or first_purchase=. Hint: leave out one of them."
        )
    if value == AUTO and season is not None:
        raise DataError(
            "forgetting='auto' is tested in the calendar's time, and season= is another. "
            'Hint: forgetting="auto" without a season first, and then the number that it finds, with the season.'
        )


def forgetting_lines(memory: Memory) -> list[str]:
    """What a model's summary says of forgetting: nothing where none was asked for."""
    if memory.note is not None:
        return [memory.note]
    return [] if memory.factor == 1 else [TEXTS("given", factor=f"{memory.factor:g}")]


def held_out_days(tx: Transactions, last: int) -> int:
    """Days of the last part of a log, in which the factors are judged; 0 where the log is too short."""
    days = min(LONGEST, (last - tx.first_day) // SHARE)
    return days if days >= 1 and last - days > tx.first_day else 0


def untested(reason: str, **values: str) -> Memory:
    """Nothing forgotten, since it could not be tested."""
    return Memory(1.0, TEXTS("not tested", reason=TEXTS(reason, **values)))


def judged(tx: Transactions, law: Any, base: Base, known: Table, origin: int, last: int, unit: Any) -> Memory:
    """The factor that predicts the last part of a log best, or 1.

    Parameters
    ----------
    tx : Transactions
        The log.
    law : PurchaseLaw
        Fitted to the log until the origin; by covariates if it depends on them.
    base : Base
        The customers known at the origin.
    known : dataframe
        Their BTYD summary, with rows as in `base`.
    origin, last : int
        The last days of both parts, in days since 1970-01-01.
    unit : {"D", "W", "M", "Y"}
        Of the law's time.
    """
    later = from_native(summarize(tx, unit=unit, end=day_date(last))).select("customer_id", "frequency")
    before = from_native(known).select("customer_id", "frequency")
    both = merge_in_order(
        to_pandas(to_native(before)), to_pandas(to_native(later)), how="left", suffix="_then"
    )
    came = both["frequency_then"].to_numpy(dtype=float) - base.x
    days = last - origin
    if (came > 0).sum() < ENOUGH:
        return untested("few", n=f"{int((came > 0).sum()):,}", days=f"{days:,}")
    order = np.lexsort((came, base.t_x, base.T, base.x))  # a sample must not depend on the table's order
    rows = order[:: -(-len(order) // SAMPLE)]
    horizon = days / days_per_unit(unit)
    factor, whole, best = best_factor(law, base.take(rows), came[rows], horizon)
    gain = best - whole
    mean, error = float(gain.mean()), float(gain.std(ddof=1) / np.sqrt(len(gain)))
    test = TEXTS(
        "test",
        origin=day_text(origin),
        n=f"{len(rows):,}",
        days=f"{days:,}",
        whole=f"{whole.mean():.4f}",
        best=f"{best.mean():.4f}",
        factor=f"{factor:g}",
        gain=f"{mean:.4f}",
        error=f"{error:.4f}",
    )
    if mean > ERRORS * error and mean > LEAST * abs(float(whole.mean())):
        return Memory(factor, TEXTS("chosen", factor=f"{factor:g}", test=test))
    return Memory(1.0, TEXTS("kept", test=test))


def best_factor(law: Any, base: Base, came: Array, horizon: float) -> tuple[float, Array, Array]:
    """The best factor below 1, with the scores of customers without forgetting, (n,), and with it, (n,).

    Factors are tried downwards until the score has fallen twice in a row.
    """
    whole = scores(law, base, came, horizon)
    best, own, fallen, previous = FACTORS[0], np.empty(0), 0, -np.inf
    for factor in FACTORS:
        found = scores(forgetful(law, factor), base, came, horizon)
        if not len(own) or found.mean() > own.mean():
            best, own = factor, found
        fallen = fallen + 1 if found.mean() < previous else 0
        previous = float(found.mean())
        if fallen == 2:
            break
    return best, whole, own


def scores(law: Any, base: Base, came: Array, horizon: float) -> Array:
    """ln P(the customer makes the purchases that came), (n,)."""
    chance = at(law, base.patterns).conditional_pmf(came, horizon, base.x, base.t_x, base.T)
    return np.asarray(np.log(np.maximum(chance, LEAST_CHANCE)), dtype=float)
