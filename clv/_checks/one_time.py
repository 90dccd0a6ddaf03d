"""One-time buyers are still customers: whether some leave right after their first purchase."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from clv._checks.finding import ENOUGH, Estimate, Finding, unknown
from clv._checks.history import History, Terms
from clv.errors import FitError
from rfm._words import declare

__all__ = ["left_after_one", "still_customers"]

TEXTS: Final = declare(
    "checks.one_time",
    {
        "check": "one-time buyers are still customers",
        "few": "Only {n} customers bought again.",
        "few_one": "Only {n} customer bought again.",
        "nobody": "Every customer bought more than once.",
        "as well": "{once} of the customers bought once. BG/NBD, which takes each of them to be a customer for ever, "
        "explains the log as well as a law that lets them leave.",
        "few left": "{once} of the customers bought once. According to MBG/NBD few of them have left, so it "
        "matters little that BG/NBD lets none of them leave.",
        "about equal": "{once} of the customers bought once. MBG/NBD estimates that {gone} of them have left, BG/NBD "
        "none, and the data hardly favour either. For P(alive) use {models}.",
        "preferred": "{once} of the customers bought once. MBG/NBD estimates that {gone} of them have left, BG/NBD "
        "none, and the data favour MBG/NBD. For P(alive) use {models}.",
        "left": "{once} of the customers bought once. MBG/NBD, which the data favour, estimates that {gone} of "
        "them have left; BG/NBD has P(alive) = 1 for each of them, for ever. Use {models}.",
        "models": 'model="mbg-nbd" or model="pareto-nbd"',
    },
)
CHECK: Final = TEXTS("check")
STATISTIC: Final = "share of customers who bought once and have left"
FEW, MANY = 0.02, 0.10  # shares of customers
FAVOURS: Final = 3.0  # difference of log-likelihoods at which the data favour a law


def still_customers(history: History, terms: Terms) -> Finding:
    """Whether the data favour a law in which one-time buyers may have left, and how many have under it."""
    once = history.orders == 1
    repeat = int((~once).sum())
    if repeat < ENOUGH:
        return unknown(CHECK, STATISTIC, TEXTS.counted(repeat, f"{repeat:,}", "few"), int(once.sum()))
    if not once.any():
        found = Estimate(0.0, n=history.n)
        return Finding(CHECK, "yes", STATISTIC, found, TEXTS("nobody"), 0)
    try:
        fit, stays = terms.leaves, terms.stays
    except FitError as error:
        return unknown(CHECK, STATISTIC, str(error), int(once.sum()))
    law = fit.law
    gain = fit.log_likelihood - stays.log_likelihood
    table = history.btyd(terms.unit)
    left_since = 1 - np.asarray(law.p_alive(*(table[c] for c in law.data_columns)))
    holds, share = left_after_one(once, left_since, gain)
    gone = share * history.n
    bought, left = {"once": f"{once.mean():.0%}"}, {"gone": f"{gone:,.0f}", "models": TEXTS("models")}
    if holds == "yes":
        words = TEXTS("as well" if share >= MANY else "few left", **bought)
    elif holds == "doubtful":
        words = TEXTS("about equal" if gain <= FAVOURS else "preferred", **bought, **left)
    else:
        words = TEXTS("left", **bought, **left)
    estimate = Estimate(share, n=history.n)
    return Finding(CHECK, holds, STATISTIC, estimate, words, round(gone))


def left_after_one(
    once: NDArray[np.bool_], left: NDArray[np.float64], gain: float
) -> tuple[Literal["yes", "doubtful", "no"], float]:
    """Whether one-time buyers are still customers, and the share of all customers who bought once and have left.

    Parameters
    ----------
    once : ndarray of shape (n,), bool
        Who bought once.
    left : ndarray of shape (n,)
        P(left) of each, under a law that lets them leave.
    gain : float
        The log-likelihood of that law, less that of the law that lets none of them leave.

    >>> left_after_one(np.array([True, True, False]), np.array([0.5, 0.25, 0.125]), gain=20.0)
    ('no', 0.25)
    """
    share = float(left[once].sum()) / len(once)
    if gain > FAVOURS and share >= FEW:
        return ("no" if share >= MANY else "doubtful"), share
    return ("doubtful" if gain > -FAVOURS and share >= MANY else "yes"), share
