"""Tables that an engine keeps for us, and gives up when nothing reads them any more.

A table computed once must outlive the call that made it, for the lazy answer still reads it. Polars and Dask hold
such rows as Python objects, which go with the last that refers to them. On the other engines each kept table has
an *anchor*, a Python object that lives as long as something reads the table; once it has gone, the next call that
keeps a table on the same connection, backend or session gives up the old one. Not at once, for objects may go in
the middle of a query. How a table is kept, and what its anchor is, each engine says in its own module.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

__all__ = ["PREFIX", "take_unread", "unread"]

PREFIX = "rfm_kept_"  # begins the names of kept tables
_unread: weakref.WeakKeyDictionary[Any, list[Any]] = weakref.WeakKeyDictionary()  # by backend or session


def unread(owner: Any) -> list[Any]:
    """The kept tables of a backend or session whose anchors have gone; anchors add to it as they go."""
    return _unread.setdefault(owner, [])


def take_unread(owner: Any) -> Iterator[Any]:
    """Take the tables that are to be given up off the list, one after the other."""
    tables = unread(owner)
    while tables:
        yield tables.pop()
