"""A caution where intervals like the total's have held too few of this log's past totals."""

from __future__ import annotations

from typing import Final

from clv._past_errors.past_errors import PastErrors
from rfm._words import declare

__all__ = ["few_held"]

TEXTS: Final = declare(
    "few_held",
    {
        "few": "Of {totals} past totals of this log, 90% intervals like this one held {held}, far fewer than nine in "
        "ten: the interval of the total is too narrow, and the total may be further off than it says.",
    },
)
MASS: Final = 0.9
FEWEST: Final = 8  # totals, most of which share their days with others
SHARE: Final = 0.7


def few_held(errors: PastErrors | None) -> tuple[str, ...]:
    """The caution, if there is cause for it."""
    if errors is None:
        return ()
    held = errors.held(MASS)
    if held.totals < FEWEST or held.with_errors >= SHARE * held.totals:
        return ()
    return (TEXTS("few", totals=str(held.totals), held=str(held.with_errors)),)
