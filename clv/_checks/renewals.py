"""Orders are decided anew each time, and are not the renewals of contracts."""

from __future__ import annotations

from typing import Final

import numpy as np

from clv._checks.finding import CONFIDENCE, ENOUGH, Estimate, Finding, Holds, unknown
from clv._checks.history import History, Terms
from clv._retention.looks_renewed import WORDS as OFTEN
from rfm._statistics.shares import wilson
from rfm._words import declare

__all__ = ["decided_anew"]

TEXTS: Final = declare(
    "checks.renewals",
    {
        "check": "orders are decided anew, not renewed",
        "few": "Only {n} customers with three purchases.",
        "few_one": "Only {n} customer with three purchases.",
        "anew": "{share} of the customers with three purchases or more buy {often}, within days: no sign of "
        "contracts.",
        "some": "{share} of the customers with three purchases or more buy {often}, within days, as under a "
        "contract. If they have one, their leaving is seen, and clv.fit_retention is for them; fit the others alone.",
        "renewed": "{share} of the customers with three purchases or more buy {often}, within days, as under a "
        "contract that is renewed: whoever leaves is seen to leave. Use clv.fit_retention; P(alive) of a purchase law "
        "misleads here.",
    },
)
CHECK: Final = TEXTS("check")
STATISTIC: Final = "share of customers who buy once a period"
SOME, MOST = 0.25, 0.5  # shares of customers


def decided_anew(history: History, terms: Terms) -> Finding:
    """Whether customers' gaps are those of monthly, quarterly, yearly … payments."""
    length, renewed, n = history.renewed
    if n < ENOUGH:
        return unknown(CHECK, STATISTIC, TEXTS.counted(n, f"{n:,}", "few"), n)
    low, high = (float(bound[0]) for bound in wilson(np.array([renewed]), np.array([n]), CONFIDENCE))
    share = renewed / n
    holds: Holds = "no" if share >= MOST else "doubtful" if share >= SOME else "yes"
    key = {"no": "renewed", "doubtful": "some", "yes": "anew"}[holds]
    words = TEXTS(key, share=f"{share:.0%}", often=OFTEN(length.key))
    return Finding(
        CHECK, holds, STATISTIC, Estimate(share, low, high, n), words, n if holds == "yes" else renewed
    )
