"""Whether the spend law reads first orders too, chosen by a hold-out in time, and the sentences that say so."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clv._fits.data import FitData, one_mean, spending
from clv._fits.fit_law import Fit, fit_to_data
from clv._fits.spend_fit import expecting
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.spend_law import SpendLaw
from clv._periods import last_end
from clv._spend_orders import FIRST, ReadOrders, own_orders
from clv._summary import btyd_summary_of
from clv._units import Unit
from rfm._days import day_text
from rfm._frames.joins import merge_in_order
from rfm._frames.mapping import to_pandas
from rfm._frames.native import from_native, to_native
from rfm._frames.types import Table
from rfm._orders.transactions import Transactions
from rfm._words import declare

__all__ = ["SpendChoice", "choose_spend_orders", "gamma_deviance", "spend_lines"]

Array = NDArray[np.float64]

TEXTS: Final = declare(
    "fits.spend_choice",
    {
        "all": "Spend law: reads all orders of a customer, the first among them.",
        "chose all": "Spend law: reads all orders of a customer, the first among them, as they predict better. {test}",
        "chose repeat": "Spend law: reads repeat orders only, as first orders do not improve the prediction. {test}",
        "test": "Fitted to the log until {origin}, all orders predict the mean order of the {n} known customers who "
        "bought in the {days} days after it with a gamma deviance of {every}, repeat orders with {repeat} (mean "
        "absolute error {every_off} and {repeat_off}).",
        "not tested": "Spend law: reads repeat orders only; whether first orders improve the prediction could not be "
        "tested, {reason}.",
        "short": "since the log is too short",
        "few": "since only {n} customers whose orders are known bought in the last {days} days",
        "no law": "since too few customers had come back by {origin}",
    },
)
SHARE: Final = 3  # the hold-out is a third of the log …
LONGEST: Final = 273  # … and at most this many days
ENOUGH: Final = 30  # customers who bought in it


@dataclass(frozen=True)
class SpendChoice:
    """The orders to read, and why.

    Parameters
    ----------
    orders : {"repeat", "all"}
        What was chosen.
    note : str
        A sentence or two.
    """

    orders: ReadOrders
    note: str


@dataclass(frozen=True)
class HeldOut:
    """Customers known at a day who bought after it, arrays of shape (n,): repeat orders until then, their mean, the
    first order, and the mean of the orders after it."""  # fmt: skip

    x: Array
    m: Array
    first: Array
    later: Array


def choose_spend_orders(tx: Transactions, last: int, unit: Unit, period: Unit | None) -> SpendChoice:
    """Fit to the first part of a log, and choose the orders from which later order values are predicted better.

    Parameters
    ----------
    tx : Transactions
        With amounts.
    last : int
        The last day of observation, in days since 1970-01-01.
    unit, period : {"D", "W", "M", "Y"}
        Unit of time, and the calendar periods that the purchase law counts, if it does.

    Returns
    -------
    SpendChoice
        "repeat" where the test cannot be made.

    Notes
    -----
    The hold-out is the last third of the log, at most 39 weeks. The measure is the mean gamma deviance of customers'
    mean orders: like the squared error it is least at the expectation (Gneiting 2011, "Making and evaluating point
    forecasts", section 3.1), but a few large orders do not decide it.
    """
    days = min(LONGEST, (last - tx.first_day) // SHARE)
    origin = last - days if period is None else last_end(last - days, period)
    if days < 1 or origin <= tx.first_day:
        return _untested("short")
    days = last - origin
    earlier, later = (btyd_summary_of(tx, unit, day, period, gaps=False) for day in (origin, last))
    law = _law(earlier)
    if law is None:
        return _untested("no law", origin=day_text(origin))
    held = _held_out(earlier, later)
    if len(held.later) < ENOUGH:
        return _untested("few", n=f"{len(held.later):,}", days=f"{days:,}")
    known = (own_orders(held.x, held.m, first) for first in (held.first, None))
    every, repeat = (np.asarray(law.expected_spend(*orders), dtype=float) for orders in known)
    score = [gamma_deviance(held.later, predicted) for predicted in (every, repeat)]
    off = [float(np.abs(held.later - predicted).mean()) for predicted in (every, repeat)]
    test = TEXTS(
        "test",
        origin=day_text(origin),
        n=f"{len(held.later):,}",
        days=f"{days:,}",
        every=f"{score[0]:.4g}",
        repeat=f"{score[1]:.4g}",
        every_off=f"{off[0]:.4g}",
        repeat_off=f"{off[1]:.4g}",
    )
    if score[0] < score[1]:
        return SpendChoice("all", TEXTS("chose all", test=test))
    return SpendChoice("repeat", TEXTS("chose repeat", test=test))


def gamma_deviance(happened: Array, predicted: Array) -> float:
    """Mean of 2(y/e − 1 − ln(y/e)), for y and e above 0; 0 if every prediction is right.

    >>> gamma_deviance(np.array([20.0, 5.0]), np.array([20.0, 5.0]))
    0.0
    """
    ratio = happened / predicted
    return float(2 * np.mean(ratio - 1 - np.log(ratio)))


def spend_lines(orders: ReadOrders, note: str | None) -> list[str]:
    """What a model's summary says of the orders that its spend law reads: nothing where they are the usual ones."""
    if note is not None:
        return [note]
    return [TEXTS("all")] if orders == "all" else []


def _untested(reason: str, **values: str) -> SpendChoice:
    return SpendChoice("repeat", TEXTS("not tested", reason=TEXTS(reason, **values)))


def _law(table: Table) -> SpendLaw | None:
    """The law that a model would expect with; None if the table has too few repeat buyers for Gamma-Gamma."""
    data = FitData.read(GammaGamma, table)
    buyers = spending(data)
    if buyers.n < ENOUGH or one_mean(buyers) is not None:
        return None
    fit: Fit[Any] = fit_to_data(GammaGamma, data)
    return expecting(fit)


def _held_out(earlier: Table, later: Table) -> HeldOut:
    """From the BTYD summaries of two days; customers whose later orders are worth nothing are left out."""
    names = ("customer_id", "frequency", "monetary_value", FIRST)
    known, then = (to_pandas(to_native(from_native(table).select(*names))) for table in (earlier, later))
    both = merge_in_order(known, then, how="inner", suffix="_then")
    x, m, first = (both[name].to_numpy(dtype=float) for name in names[1:])
    x_then, m_then, first_then = (both[f"{name}_then"].to_numpy(dtype=float) for name in names[1:])
    came = x_then - x
    spent = first_then + x_then * m_then - first - x * m
    chosen = (came > 0) & (spent > 0)
    return HeldOut(x[chosen], m[chosen], first[chosen], spent[chosen] / came[chosen])
