"""Why each customer is on the list, and why others are not, in words."""

from __future__ import annotations

from typing import Final

import numpy as np

from rfm._words import declare, joined

__all__ = ["TEXTS", "follow_up_words", "stake_words", "uplift_words"]

TEXTS: Final = declare(
    "contacts",
    {
        "silent": "silent {days} days, {rhythm}; {p} likely still a customer; {stake}",
        "every": "usually buys every {n} days",
        "every_one": "usually buys every day",
        "one purchase": "after one purchase",
        "at stake": "{value} at stake",
        "orders at stake": "{value} orders at stake",
        "uplift": "such contacts bring {uplift} more than none, as measured",
        "cost": "they cost {cost}",
        "follow-up": "contact {contact} of {of}, {n} days after the first",
        "follow-up_one": "contact {contact} of {of}, a day after the first",
        "unknown": "P(alive), the value or the days of purchases are not known",
        "no uplift": "no uplift is known for them",
        "gone": "P(alive) below 20%: most such customers have left already",
        "safe": "P(alive) above 80%: their silence is not unusual",
        "one": "bought once: no rhythm to judge a silence by",
        "not yet": "not silent for longer than usual within the plan",
        "not worth": "what a contact may bring does not cover its cost",
        "paused": "contacted already, and still within the pause",
        "full": "the team's capacity ends before them",
    },
)


def money_text(value: float) -> str:
    """An amount as the report writes it: cents below 100 only.

    >>> money_text(1234.5), money_text(9.99)
    ('1,234', '9.99')
    """
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:,.2f}"


def stake_words(days: int, gap: float, p_alive: float, at_risk: float, *, money: bool) -> str:
    """Why a customer should be contacted: the silence beside the usual gap (NaN without one), P(alive), the value.

    >>> stake_words(62, 20.2, 0.41, 310.0, money=True)
    'silent 62 days, usually buys every 20 days; 41% likely still a customer; 310 at stake'
    """
    usual = max(round(gap), 1) if np.isfinite(gap) else 0
    rhythm = TEXTS.counted(usual, f"{usual:,}", "every") if usual else TEXTS("one purchase")
    stake = (
        TEXTS("at stake", value=money_text(at_risk))
        if money
        else TEXTS("orders at stake", value=f"{at_risk:,.1f}")
    )
    return TEXTS("silent", days=f"{days:,}", rhythm=rhythm, p=f"{p_alive:.0%}", stake=stake)


def uplift_words(uplift: float, cost: float) -> str:
    """Why a customer should be contacted: what contacts have been measured to bring, and what they cost.

    >>> uplift_words(12.3, 2.0)
    'such contacts bring 12.30 more than none, as measured; they cost 2.00'
    """
    brings = TEXTS("uplift", uplift=money_text(uplift))
    return joined("examples", [brings, *([TEXTS("cost", cost=money_text(cost))] if cost else [])])


def follow_up_words(contact: int, of: int, days: int) -> str:
    """What a later contact of a cadence is.

    >>> follow_up_words(2, 3, 7)
    'contact 2 of 3, 7 days after the first'
    """
    return TEXTS.counted(days, f"{days:,}", "follow-up", contact=str(contact), of=str(of))
