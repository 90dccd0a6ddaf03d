"""One-time buyers are still customers: whether some leave right after their first purchase."""

from __future__ import annotations

from typing import Final

import numpy as np

from clv._checks.finding import ENOUGH, Estimate, Finding, Holds, unknown
from clv._checks.history import History, Terms
from clv.errors import FitError
from rfm._words import declare

__all__ = ["still_customers"]

SAYS: Final = declare(
    "checks.one_time",
    {
        "check": "one-time buyers are still customers",
        "few": "Only {n} customers bought again.",
        "few_one": "Only {n} customer bought again.",
        "nobody": "Every customer bought more than once.",
        "as well": "{once} of the customers bought once. BG/NBD, which holds each of them to be a customer for ever, "
        "explains the log as well as a law that lets them leave.",
        "few left": "{once} of the customers bought once. Few of them have left by MBG/NBD, so that it matters little "
        "that BG/NBD lets none leave.",
        "hardly told": "{once} of the customers bought once. MBG/NBD says that {gone} of them have left, where BG/NBD "
        "says none, and the log hardly tells which. For P(alive) take {models}.",
        "preferred": "{once} of the customers bought once. MBG/NBD says that {gone} of them have left, where BG/NBD "
        "says none, and the log prefers MBG/NBD. For P(alive) take {models}.",
        "left": "{once} of the customers bought once. MBG/NBD, which the log prefers, says that {gone} of them have "
        "left; BG/NBD holds P(alive) = 1 for each, for ever. Take {models}.",
        "models": 'model="mbg-nbd" or model="pareto-nbd"',
    },
)
CHECK: Final = SAYS("check")
STATISTIC: Final = "share of customers who bought once and have left"
FEW, MANY = 0.02, 0.10  # shares of customers
TELLS: Final = 3.0  # a difference of log-likelihoods from which the data prefer a law


def still_customers(history: History, terms: Terms) -> Finding:
    """Whether the data prefer a law in which one-time buyers may have left, and how many have by it."""
    once = history.orders == 1
    repeat = int((~once).sum())
    if repeat < ENOUGH:
        return unknown(CHECK, STATISTIC, SAYS.counted(repeat, f"{repeat:,}", "few"), int(once.sum()))
    if not once.any():
        found = Estimate(0.0, n=history.n)
        return Finding(CHECK, "yes", STATISTIC, found, SAYS("nobody"), 0)
    try:
        fit, stays = terms.leaves, terms.stays
    except FitError as error:
        return unknown(CHECK, STATISTIC, str(error), int(once.sum()))
    law = fit.law
    gain = fit.log_likelihood - stays.log_likelihood
    table = history.btyd(terms.unit)
    gone = float((1 - np.asarray(law.p_alive(*(table[c][once] for c in law.data_columns)))).sum())
    share = gone / history.n
    holds: Holds = "yes"
    if gain > TELLS and share >= FEW:
        holds = "no" if share >= MANY else "doubtful"
    elif gain > -TELLS and share >= MANY:
        holds = "doubtful"
    bought, told = {"once": f"{once.mean():.0%}"}, {"gone": f"{gone:,.0f}", "models": SAYS("models")}
    if holds == "yes":
        words = SAYS("as well" if share >= MANY else "few left", **bought)
    elif holds == "doubtful":
        words = SAYS("hardly told" if gain <= TELLS else "preferred", **bought, **told)
    else:
        words = SAYS("left", **bought, **told)
    estimate = Estimate(share, n=history.n)
    return Finding(CHECK, holds, STATISTIC, estimate, words, round(gone))
