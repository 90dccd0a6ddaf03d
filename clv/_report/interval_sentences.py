"""What the interval of the total holds and what not, in sentences of the page and of the command."""

from __future__ import annotations

from typing import Final

from clv._past_errors.interval_from import LAW, PAST, TYPICAL, IntervalFrom
from clv._past_errors.past_errors_words import past_errors_line
from clv._report.findings import Findings
from clv._report.wording import Wording

__all__ = ["correction_of", "held_sentence", "interval_sentences", "source_of"]

KEYS: Final[dict[IntervalFrom, str]] = {LAW: "law", PAST: "past", TYPICAL: "typical"}


def source_of(found: Findings) -> IntervalFrom:
    """Where the interval of the total comes from."""
    source: IntervalFrom = found.total.get("interval_from", LAW)
    return source


def correction_of(found: Findings) -> float:
    """The factor of the total's point forecast, 1 where nothing was corrected."""
    return float(found.total.get("correction", 1.0))


def held_sentence(found: Findings) -> str:
    """How many past totals of this log such intervals held; empty where the interval does not come from them."""
    errors = found.model.past_errors
    return past_errors_line(errors) if errors is not None and source_of(found) == PAST else ""


def interval_sentences(found: Findings, words: Wording, facts: dict[str, str]) -> tuple[str, ...]:
    """The paragraphs after the total: what its interval holds, how often such intervals held, what was corrected."""
    held, factor = held_sentence(found), correction_of(found)
    corrected = (words("total.corrected", factor=f"{factor:.3f}"),) if factor != 1 else ()
    expected = (words("total.expected", **facts),) if "clv_mean_low" in found.total else ()
    return (
        words(f"total.{KEYS[source_of(found)]}"),
        *((words.language(held),) if held else ()),
        *corrected,
        *expected,
    )
