"""Past errors in words."""

from __future__ import annotations

from typing import Final

from clv._past_errors.customer_calibration import CustomerCalibration
from clv._past_errors.past_errors import PastErrors
from rfm._words import declare

__all__ = ["TEXTS", "calibration_line", "past_errors_line"]

TEXTS: Final = declare(
    "past_errors",
    {
        "typical": "Nothing is known of past errors on this log; its totals' intervals have errors that are typical of "
        "other logs.",
        "held": "Of {totals} past totals from {origins} earlier days of this log, 90% intervals held {with_errors} "
        "with the errors that had been seen by then, and {by_law} by the law alone.",
        "right": "In hold-outs of {days} days inside this log, the law's 90% intervals held what {held} of the "
        "customers bought; they are used as they are.",
        "widened": "In hold-outs of {days} days inside this log, the law's 90% intervals held what {held} of the "
        "customers bought; where they held too few, they are made as wide as would have been right.",
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


def calibration_line(found: CustomerCalibration) -> str:
    """How customers' intervals held in the log's own hold-outs, in a sentence."""
    which = "right" if found.right(0.9) else "widened"
    return TEXTS(which, days=str(found.days), held=f"{found.held(0.9):.0%}")
