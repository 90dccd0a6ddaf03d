"""The value rests on many orders: the share that the three largest ones contribute."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._checks.finding import ENOUGH, Estimate, Finding, Holds, unknown
from clv._checks.history import History, Terms
from clv._fits.data import FitData
from clv._fits.fit_law import fit_to_data
from clv._laws.gamma_gamma import GammaGamma
from clv._spend_orders import ReadOrders
from clv._units import days_per_unit
from clv.errors import FitError
from rfm._days import day_text
from rfm._words import declare, joined

__all__ = ["many_orders", "means_without"]

Array = NDArray[np.float64]

TEXTS: Final = declare(
    "checks.few_orders",
    {
        "check": "the value rests on many orders",
        "no amounts": "The log has no amounts.",
        "below 0": "The sum of all orders is below 0, so shares of it are undefined.",
        "few": "Only {n} repeat buyers. Three orders make up {spent} of past spend.",
        "few_one": "Only {n} repeat buyer. Three orders make up {spent} of past spend.",
        "no law": "No spend law can be fitted. {error}",
        "shares": "The three largest orders make up {share} of a year's predicted value and {spent} of past spend.",
        "large shares": "The three largest orders make up {share} of a year's predicted value and {spent} of past "
        "spend: {orders}. Check whether the amounts are right, in one currency, and not wholesale; if they are "
        "exceptional, leave these customers out and value them separately.",
        "order": "{amount} of customer {customer} on {day} (alone {share} of the value)",
    },
)
CHECK: Final = TEXTS("check")
STATISTIC: Final = "share of a year's predicted value due to the three largest orders"
FEW: Final = 3
DOUBTFUL, NO = 0.10, 0.25


def many_orders(history: History, terms: Terms) -> Finding:
    """How much of the predicted value, and of past spend, is due to the largest orders."""
    if history.net is None:
        return unknown(CHECK, STATISTIC, TEXTS("no amounts"))
    net = history.net
    if net.sum() < 0:
        return unknown(CHECK, STATISTIC, TEXTS("below 0"))
    largest = np.lexsort((np.arange(len(net)), -net))[:FEW]
    spent = float(net[largest].sum() / net.sum()) if net.sum() > 0 else 0.0
    repeat_buyers = int((history.orders > 1).sum())
    if repeat_buyers < ENOUGH:
        words = TEXTS.counted(repeat_buyers, f"{repeat_buyers:,}", "few", spent=f"{spent:.0%}")
        return unknown(CHECK, STATISTIC, words, repeat_buyers)
    try:
        share = _share(history, terms, largest)
    except FitError as error:
        return unknown(CHECK, STATISTIC, TEXTS("no law", error=str(error)), repeat_buyers)
    worst = max(share, spent)
    holds: Holds = "no" if worst >= NO else "doubtful" if worst >= DOUBTFUL else "yes"
    shares = {"share": f"{max(share, 0):.1%}", "spent": f"{spent:.1%}"}
    words = TEXTS("shares", **shares)
    if holds != "yes":
        named = joined("list", [_named(history, terms, i) for i in largest])
        words = TEXTS("large shares", **shares, orders=named)
    concerned = len(np.unique(history.customer[largest]))
    estimate = Estimate(share, n=history.n)
    return Finding(CHECK, holds, STATISTIC, estimate, words, concerned if holds != "yes" else history.n)


def _named(history: History, terms: Terms, order: np.intp) -> str:
    """An order with its customer, day and amount, and how much of the value it makes up alone."""
    net = np.zeros(len(history.day)) if history.net is None else history.net
    return TEXTS(
        "order",
        amount=f"{net[order]:,.2f}",
        customer=str(history.ids[history.customer[order]]),
        day=day_text(int(history.day[order])),
        share=f"{max(_share(history, terms, np.array([order])), 0.0):.1%}",
    )


def _share(history: History, terms: Terms, left_out: NDArray[np.intp]) -> float:
    """Share of a year's value lost if orders are removed from the spend law's data and the customers' histories."""
    law = terms.leaves.law
    table = history.btyd(terms.unit)
    year = days_per_unit("Y") / days_per_unit(terms.unit)
    columns = (table[c] for c in law.data_columns)
    purchases = np.asarray(law.conditional_expected_purchases(year, *columns))
    whole = _value(history, purchases, np.empty(0, np.intp), terms.spend_orders)
    if terms.spend_orders == "repeat" and not history.number[left_out].any():
        return 0.0  # first orders, which are not read
    without = _value(history, purchases, left_out, terms.spend_orders)
    return 1 - without / whole


def _value(history: History, purchases: Array, left_out: NDArray[np.intp], orders: ReadOrders) -> float:
    """Purchases times the expected value of an order, over customers."""
    x, m = means_without(history, left_out)
    some = (x > 0) & (m > 0)
    table = pd.DataFrame({"frequency": x[some], "monetary_value": m[some]})
    spend = fit_to_data(GammaGamma, FitData.read(GammaGamma, table)).law
    n, mean = means_without(history, left_out, orders)
    return float(purchases @ np.asarray(spend.expected_spend(n, np.maximum(mean, 0.0))))


def means_without(
    history: History, left_out: NDArray[np.intp], orders: ReadOrders = "repeat"
) -> tuple[Array, Array]:
    """Number and mean value of each customer's (repeat) orders without some orders; the mean is 0 if none is left."""
    counted = history.number > (0 if orders == "repeat" else -1)
    counted[left_out] = False
    net = np.zeros(len(history.day)) if history.net is None else history.net
    customer = history.customer[counted]
    x = np.bincount(customer, minlength=history.n).astype(float)
    total = np.bincount(customer, net[counted], minlength=history.n)
    return x, np.where(x > 0, total / np.maximum(x, 1), 0.0)
