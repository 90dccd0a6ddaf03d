"""Past errors in a sentence: how many past totals were held."""

from __future__ import annotations

import clv
from clv._past_errors.past_errors_words import past_errors_line


def test_the_sentence_has_the_counts(model):
    held, table = model.past_errors.held(0.9), model.past_errors.table
    assert past_errors_line(model.past_errors) == (
        f"Of {held.totals} past totals from {table['origin'].nunique()} earlier days of this log, 90% intervals held "
        f"{held.with_errors} with the errors that had been seen by then, and {held.by_law} by the law alone."
    )
    assert past_errors_line(model.past_errors) in model.summary()


def test_without_a_past_the_errors_are_those_of_other_logs():
    assert past_errors_line(clv.PastErrors.typical()).startswith(
        "Nothing is known of past errors on this log"
    )
