"""Text that is shown as it reads: in a terminal with its lines, in a notebook as static, escaped HTML."""

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
