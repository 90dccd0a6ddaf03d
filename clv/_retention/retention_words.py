"""Texts of fits of renewals, under keys; no report shows them, so that they are in no language file."""

from __future__ import annotations

from typing import Final

from rfm._words import Words

__all__ = ["WORDS"]

WORDS: Final = Words(
    "fits.retention",
    {
        "alike": "{law}{group}: a + b = {concentration}: the data read as if all customers had the same chance of not "
        "renewing.",
        "extremes": "{law}{group}: a + b = {concentration}: the data read as if customers left at the first renewal "
        "or never.",
        "nobody": "{law}{group}: no contract was lost at its renewals; retention is estimated as 100%, and the "
        "intervals say how sure that is.",
        "everybody": "{law}{group}: every contract was lost at its renewals.",
        "doubt": "{law}{group}: the parameter draws miss part of the uncertainty (Pareto k = {k}, above {trusted}); "
        "intervals may be too narrow.",
        "of group": " of '{group}'",
    },
)
