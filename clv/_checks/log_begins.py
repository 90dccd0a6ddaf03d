"""The log begins with the customers' first orders: whether old customers are mistaken for new ones at its start."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from clv._checks.finding import ENOUGH, Estimate, Finding, Holds, student, unknown
from clv._checks.history import History, Terms
from clv._units import UNIT_WORDS, days_per_unit
from rfm._days import day_text
from rfm._first_seen import is_cohort
from rfm._words import declare

__all__ = ["from_the_first", "reappearing", "share_of_old"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

TEXTS: Final = declare(
    "checks.log_begins",
    {
        "check": "the log begins with the customers' first orders",
        "few": "Only {n} customers.",
        "few_one": "Only {n} customer.",
        "cohort of all": "All customers were first seen between {start} and {end}, when joining ends sharply: a "
        "cohort, as by design.",
        "cohort": "99% of the customers were first seen between {start} and {end}, when joining ends sharply: a "
        "cohort, as by design.",
        "short": "Too short or too few: {again} customers of the log's first half were seen in its second.",
        "undecided": "First purchases at the start neither decline as old customers' would nor stay level: the check "
        "is inconclusive. Ask when the export begins.",
        "yes": "First purchases arrive as those of newcomers do, and not as those of old customers who return.",
        "old customers": "In its first {time} {unit} the log shows about {old} customers as new ({share} of all) whose "
        "numbers decline as those of returning old ones do: it seems to begin in the middle of their history (or with "
        "a launch). Their first orders, frequency and T are truncated, and the fit mistakes long-standing buyers for "
        'newcomers. Export from the shop\'s beginning, or allow for it: clv.fit(tx, entry_after="auto").',
    },
)
CHECK: Final = TEXTS("check")
STATISTIC: Final = "old customers among the first seen, of those a log cut in half would show"
DOUBTFUL, NO = 0.25, 0.5
PARTS: Final = 12
SHORTEST: Final = 28  # days of log in which first purchases are compared


def from_the_first(history: History, terms: Terms) -> Finding:
    """Whether first purchases at the log's start decline as those of returning old customers do."""
    seen = history.first - history.start
    if history.n < 4 * ENOUGH:
        return unknown(CHECK, STATISTIC, TEXTS.counted(history.n, f"{history.n:,}", "few"), history.n)
    if is_cohort(seen, history.length):
        most = int(np.quantile(seen, 0.99, method="higher"))
        days = {"start": day_text(history.start), "end": day_text(history.start + most)}
        words = TEXTS("cohort of all" if (seen <= most).all() else "cohort", **days)
        return Finding(CHECK, "yes", STATISTIC, Estimate(0.0, n=history.n), words, history.n)
    middle = history.start + history.length // 2
    again = reappearing(history, middle)
    window = min(history.length // 2, max(4 * int(np.quantile(again, 0.75)) if len(again) else 0, SHORTEST))
    if len(again) < 2 * ENOUGH or history.length // 2 < SHORTEST:
        return unknown(CHECK, STATISTIC, TEXTS("short", again=str(len(again))), history.n)
    share = share_of_old(seen, again, window)
    old = max(round(share.value * int((again < window).sum())), 0)
    if share.low <= 0 and share.high > NO:
        return Finding(CHECK, "unknown", STATISTIC, share, TEXTS("undecided"), history.n)
    holds: Holds = "yes"
    if share.low > 0 and share.value >= DOUBTFUL:
        holds = "no" if share.value >= NO else "doubtful"
    scale = days_per_unit(terms.unit)
    words = TEXTS("yes")
    if holds != "yes":
        words = TEXTS(
            "old customers",
            time=f"{window / scale:.0f}",
            unit=UNIT_WORDS(terms.unit),
            old=f"{old:,}",
            share=f"{min(old / history.n, 1.0):.0%}",
        )
    return Finding(CHECK, holds, STATISTIC, share, words, old if holds != "yes" else history.n)


def reappearing(history: History, day: int) -> Ints:
    """Days from a day to the next purchase of each customer who bought before it and again from it on."""
    later = history.day >= day
    known = history.first[history.customer] < day
    place = np.flatnonzero(later & known)
    next_ones = place[np.diff(history.customer[place], prepend=-1) > 0]  # sorted by customer, then day
    return history.day[next_ones] - day


def share_of_old(seen: Ints, again: Ints, window: int) -> Estimate:
    """How far first purchases follow the pattern of returning old customers: 1 if a log begins mid-history.

    Parameters
    ----------
    seen : ndarray of shape (n,)
        Days from the log's start to each customer's first purchase.
    again : ndarray of shape (m,)
        Days from the log's middle to the next purchase of each customer known by then: what a log that began there
        would show as new besides the true newcomers.
    window : int
        Days from the start (from the middle) that are compared.

    Returns
    -------
    Estimate
        The factor λ in "first seen = a + b·time + λ·seen again", over twelve equal parts of the window, by least
        squares weighted as counts are, with its 95% interval. Growth and decline are absorbed by b.
    """
    edges = np.linspace(0, window, PARTS + 1)
    new, old = (np.histogram(days[days < window], edges)[0].astype(float) for days in (seen, again))
    design = np.column_stack([np.ones(PARTS), np.arange(PARTS), old])
    mean = np.full(PARTS, new.mean())
    for _ in range(5):
        weight = 1 / np.maximum(mean, 1.0)
        inverse = np.linalg.pinv(design.T @ (weight[:, None] * design))
        beta = inverse @ (design.T @ (weight * new))
        mean = design @ beta
    spread = max(float((weight * (new - mean) ** 2).sum() / (PARTS - 3)), 1.0)
    found = student(float(beta[2]), float(np.sqrt(spread * inverse[2, 2])), PARTS - 3)
    return Estimate(found.value, found.low, found.high, len(seen))
