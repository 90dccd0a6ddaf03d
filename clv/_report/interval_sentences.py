"""What the interval of the total holds and what not, in sentences of the page and of the command."""

from __future__ import annotations

from typing import Final

from clv._past_errors.interval_from import LAW, PAST, TYPICAL, IntervalFrom
from clv._past_errors.past_errors_words import past_errors_line
from clv._report.findings import Findings
from clv._report.wording import Wording

__all__ = ["correction_of", "held_sentence", "interval_sentences", "source_of"]

KEYS: Final[dict[IntervalFrom, str]] = {LAW: "law", PAST: "past", TYPICAL: "typical"}
CORRECTIONS: Final = ("correction", "clv_correction")  # of purchases, and of value


def source_of(found: Findings) -> IntervalFrom:
    """Where the interval of the total comes from."""
    source: IntervalFrom = found.total["interval_from"]
    return source


def correction_of(found: Findings) -> tuple[float, ...]:
    """The factors of the total's purchases and, if there is one, value; none where nothing was corrected."""
    factors = tuple(float(found.total[name]) for name in CORRECTIONS if name in found.total)
    return () if all(factor == 1 for factor in factors) else factors


def held_sentence(found: Findings) -> str:
    """How many past totals of this log such intervals held; empty where the interval does not come from them."""
    errors = found.model.past_errors
    return past_errors_line(errors) if errors is not None and source_of(found) == PAST else ""


def interval_sentences(found: Findings, words: Wording, facts: dict[str, str]) -> tuple[str, ...]:
    """The paragraphs after the total: what its interval holds, how often such intervals held, what was corrected."""
    held, factors = held_sentence(found), correction_of(found)
    named = dict(zip(("factor", "value_factor"), (f"{factor:.3f}" for factor in factors), strict=False))
    corrected = (words("total.corrected", **named),) if factors else ()
    expected = (words("total.expected", **facts),) if "clv_mean_low" in found.total else ()
    return (
        words(f"total.{KEYS[source_of(found)]}"),
        *((words.language(held),) if held else ()),
        *corrected,
        *expected,
    )
