"""Past errors in words."""

from __future__ import annotations

from typing import Final

from clv._past_errors.past_errors import PastErrors
from rfm._words import declare

__all__ = ["TEXTS", "past_errors_line"]

TEXTS: Final = declare(
    "past_errors",
    {
        "typical": "Nothing is known of past errors on this log; its totals' intervals have errors that are typical of "
        "other logs.",
        "held": "Of {totals} past totals from {origins} earlier days of this log, 90% intervals held {with_errors} "
        "with the errors that had been seen by then, and {by_law} by the law alone.",
    },
)


def past_errors_line(errors: PastErrors) -> str:
    """How many of the past totals intervals would have held, in a sentence."""
    if not len(errors.table):
        return TEXTS("typical")
    held = errors.held(0.9)
    return TEXTS(
        "held",
        totals=str(held.totals),
        origins=str(errors.table["origin"].nunique()),
        with_errors=str(held.with_errors),
        by_law=str(held.by_law),
    )
