"""Texts in plots: what the data or the user wrote, as it can be drawn."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping
from typing import Any, Final

from rfm._options import received
from rfm.errors import DataError

__all__ = ["drawable", "labeller"]

LONGEST_LABEL: Final = 40  # characters of a name of a segment or customer
LONGEST_TEXT: Final = 300  # characters of any other text
MOST_LINES: Final = 4
INSTEAD: Final = "\N{REPLACEMENT CHARACTER}"


def drawable(text: Any, *, longest: int = LONGEST_TEXT) -> str:
    """A text that every font and format can take: short, of few lines, without control characters.

    Lone surrogates, control codes and those that change the direction of the text are replaced; a long text loses its
    middle. That no "$" is read as mathematics is the caller's part: ``parse_math=False``.

    Examples
    --------
    >>> drawable("50% \\u202eoff"), len(drawable("x" * 1_000_000))
    ('50% �off', 300)
    """
    text = str(text)
    if len(text) > longest:
        tail = longest // 3
        text = f"{text[: longest - tail - 1]}…{text[-tail:]}"
    lines = text.split("\n")
    if len(lines) > MOST_LINES:
        lines = [*lines[: MOST_LINES - 1], "…"]
    return "\n".join(map(_printable, lines))


def labeller(labels: Mapping[Any, str] | None, *, longest: int = LONGEST_LABEL) -> Callable[[Any], str]:
    """The function from a name in the data to its label: the user's, or the name; drawable, and on one line.

    Raises
    ------
    DataError
        If `labels` do not map names to texts.

    Examples
    --------
    >>> label = labeller({"lost": "perdus"})
    >>> label("lost"), label("VIP\\nERROR"), label("")
    ('perdus', 'VIP ERROR', '(blank)')
    """
    hint = 'Hint: labels={"lost": "gone for good"}.'
    given = {} if labels is None else labels
    if not isinstance(given, Mapping):
        raise DataError(f"labels must map names to texts; got {received(labels)}. {hint}")
    for text in given.values():
        if not isinstance(text, str):
            raise DataError(f"labels must map names to texts; got {received(text)}. {hint}")

    def label(name: Any) -> str:
        text = str(given.get(name, name) if isinstance(name, Hashable) else name)[: 2 * longest]
        one_line = text if text.isprintable() else " ".join(text.split())
        return drawable(one_line, longest=longest) if one_line.strip() else "(blank)"

    return label


def _printable(line: str) -> str:
    if line.isprintable():
        return line
    return "".join(each if each.isprintable() else " " if each.isspace() else INSTEAD for each in line)
