"""Text that displays as written: as lines in a terminal, as static, escaped HTML in a notebook."""

from __future__ import annotations

from html import escape

__all__ = ["Printed"]


class Printed(str):
    """A text of several lines.

    Examples
    --------
    >>> Printed("r < 1\\nb > 2")
    r < 1
    b > 2
    >>> Printed("r < 1")._repr_html_()
    '<pre>r &lt; 1</pre>'
    """

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)

    def _repr_html_(self) -> str:
        return f"<pre>{escape(self)}</pre>"
