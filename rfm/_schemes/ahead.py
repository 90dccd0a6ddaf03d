"""Rules that read predictions: only a table that has them can be segmented by these."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from rfm._rules import Rule
from rfm.errors import SchemeError

__all__ = ["AHEAD", "check_ahead"]

# The columns that clv.customer_table predicts for each customer; a table of scores has none of them.
AHEAD = frozenset({
    "p_alive", "due", "expected_purchases", "p_purchase", "expected_spend", "spend_from", "refund_rate", "clv",
    "clv_low", "clv_high", "clv_mean_low", "clv_mean_high", "purchases_low", "purchases_high", "p_alive_low",
    "p_alive_high", "expected_spend_low", "expected_spend_high", "interval_from",
})  # fmt: skip


def check_ahead(ruled: Sequence[tuple[str, Rule]], scheme: str, columns: Iterable[str]) -> None:
    """Refuse a scheme whose rules read predictions that a table has not.

    Parameters
    ----------
    ruled : sequence of (segment, Rule)
    scheme : str
        Its name, for the message.
    columns : iterable of str
        That the table will have beside the scores: those of the attributes.

    Raises
    ------
    SchemeError
    """
    missing = AHEAD - set(columns)
    for segment, rule in ruled:
        if read := sorted(rule.columns & missing):
            raise SchemeError(
                f"Scheme {scheme!r} reads {read[0]} (segment {segment!r}: {rule.text}), which is predicted, and "
                f"scores say what customers did. Hint: clv.customer_table(tx, scheme={scheme!r}) has it."
            )
