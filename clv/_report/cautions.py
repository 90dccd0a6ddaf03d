"""Cautions: what was warned of while the findings were made, each with the numbers that it touches."""

from __future__ import annotations

import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Final, Literal

from clv.errors import FitWarning
from rfm._issuing import warn
from rfm._words import Joined
from rfm.errors import DataWarning

__all__ = ["OF_VALUES", "Caution", "Heard", "Touched", "noticing", "sentences", "text_of"]

Touched = Literal["data", "segments", "law", "spend", "total", "months", "checks", "moved", "backtest"]
# What touches every value on the page.
OF_VALUES: Final[tuple[Touched, ...]] = ("law", "spend", "total")

SENTENCES: Final = "joins.sentences"  # how the warnings of one fit are joined into one


@dataclass(frozen=True)
class Caution:
    """A warning, and the numbers that it touches.

    Parameters
    ----------
    touches : str
        "data": the log's rows; "segments": scores and segments; "law": all that the purchase law gives, P(alive),
        purchases and values; "spend": what the spend law gives; "total": the totals and their intervals; "months": the
        forecast by month; "checks", "moved", "backtest": those parts of the page.
    text : str
        It may be a message with a key for translation.
    """

    touches: Touched
    text: str


@dataclass
class Heard:
    """The cautions so far; each text once beside the same numbers."""

    cautions: list[Caution] = field(default_factory=list)

    def say(self, touches: Touched, texts: Sequence[str]) -> None:
        """Add cautions on some numbers; sentences of one warning are cautions of their own."""
        for text in sentences(texts):
            if (caution := Caution(touches, text)) not in self.cautions:
                self.cautions.append(caution)

    @contextmanager
    def of(self, touches: Touched) -> Iterator[None]:
        """What is warned of in this block touches some numbers."""
        with noticing() as texts:
            yield
        self.say(touches, texts)


def sentences(texts: Sequence[str]) -> list[str]:
    """Texts, with the warnings of one fit, which are joined into one, apart."""
    apart = (text.parts if isinstance(text, Joined) and text.key == SENTENCES else (text,) for text in texts)
    return [text for parts in apart for text in parts]


@contextmanager
def noticing() -> Iterator[list[str]]:
    """The library's warnings in a block, known at its end; all warnings go on to the caller, also if it fails."""
    texts: list[str] = []
    caught: list[warnings.WarningMessage] = []
    try:
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            yield texts
    finally:
        texts += [text_of(warning.message) for warning in caught if _is_ours(warning)]
        _pass_on(caught)


def _pass_on(noticed: Sequence[warnings.WarningMessage]) -> None:
    """Issue warnings again: the library's own at the caller's line, others where they came from."""
    for warning in noticed:
        if _is_ours(warning):
            warn(warning.message)
        else:
            warnings.warn_explicit(
                warning.message, warning.category, warning.filename, warning.lineno, source=warning.source
            )


def _is_ours(warning: warnings.WarningMessage) -> bool:
    return issubclass(warning.category, (FitWarning, DataWarning))


def text_of(warning: Warning | str) -> str:
    """A warning's content, which may be a message with a key for translation."""
    made_of = warning.args[0] if isinstance(warning, Warning) and warning.args else None
    return made_of if isinstance(made_of, str) else str(warning)
