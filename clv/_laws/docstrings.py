"""Docstrings of laws' methods inherit the sections that they leave out from the base class."""

from __future__ import annotations

import inspect
import re
from typing import Any

__all__ = ["complete_docstrings"]

SECTIONS = ("Parameters", "Returns", "Raises", "Warns", "See Also", "Notes", "Examples")
INHERITED = ("Parameters", "Returns", "Raises", "See Also", "Examples")
HEADING = re.compile(rf"^({'|'.join(SECTIONS)})\n-+\n", re.MULTILINE)


def complete_docstrings(cls: type) -> None:
    """Add to the docstrings of overridden methods the sections of the base's docstrings that they lack.

    >>> class Base:
    ...     def double(self, x):
    ...         '''Twice x.
    ...
    ...         Parameters
    ...         ----------
    ...         x : float
    ...         '''
    >>> class Own(Base):
    ...     def double(self, x):
    ...         '''Twice x, exactly.'''
    >>> complete_docstrings(Own)
    >>> print(Own.double.__doc__)
    Twice x, exactly.
    <BLANKLINE>
    Parameters
    ----------
    x : float
    """
    for name, member in vars(cls).items():
        function: Any = getattr(member, "__func__", member)
        if not inspect.isfunction(function) or name.startswith("_") or not function.__doc__:
            continue
        base = next((vars(b)[name] for b in cls.__mro__[1:] if name in vars(b)), None)
        if base is None or not (written := getattr(base, "__func__", base).__doc__):
            continue
        own, common = _parts(function.__doc__), _parts(written)
        parts = {key: common[key] for key in INHERITED if key in common} | own
        function.__doc__ = "\n\n".join(
            [parts[""], *(f"{key}\n{'-' * len(key)}\n{parts[key]}" for key in SECTIONS if key in parts)]
        )


def _parts(docstring: str) -> dict[str, str]:
    """The text of each section by its heading; the text before the first has the key ""."""
    first, *rest = HEADING.split(inspect.cleandoc(docstring))
    return {"": first.rstrip()} | {
        key: text.rstrip() for key, text in zip(rest[::2], rest[1::2], strict=True)
    }
