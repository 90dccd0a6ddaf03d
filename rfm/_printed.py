"""Text that displays as written: as lines in a terminal, as static, escaped HTML in a notebook."""

from __future__ import annotations

from dataclasses import fields
from html import escape
from typing import Any, Final, Self

from rfm._options import received
from rfm.errors import plain

__all__ = ["Printed", "name_in_text", "short_repr"]

LONGEST_NAME: Final = 80
MOST_LINES: Final = 1_000


class Printed(str):
    """A text of several lines, each of them short and printable, whatever the names in it hold.

    Examples
    --------
    >>> Printed("r < 1\\nb > 2")
    r < 1
    b > 2
    >>> Printed("r < 1")._repr_html_()
    '<pre>r &lt; 1</pre>'
    >>> Printed("a \\x1b[31m b")
    a \\x1b[31m b
    """

    __slots__ = ()

    def __new__(cls, text: object) -> Self:
        lines = str(text).split("\n")
        if len(lines) > MOST_LINES:
            lines = [*lines[:MOST_LINES], f"… {len(lines) - MOST_LINES:,} more lines"]
        return super().__new__(cls, "\n".join(map(plain, lines)))

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self)}</pre>"


def short_repr(value: Any) -> str:
    """The repr of a dataclass, cut where a field is long."""
    held = ", ".join(f"{each.name}={getattr(value, each.name)!r}" for each in fields(value))
    return plain(f"{type(value).__name__}({held})")


def name_in_text(name: object) -> str:
    """A name from the data or a file as texts of several lines quote it: on one line, short and printable.

    Examples
    --------
    >>> name_in_text("lost\\nVIP: 99%")
    'lost\\\\nVIP: 99%'
    """
    return plain(received(name) if isinstance(name, int) else str(name), LONGEST_NAME)
