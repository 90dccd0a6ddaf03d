"""Tables that an engine keeps temporarily, dropped when nothing reads them any more.

A table computed once must outlive the call that made it, since the lazy result still reads it. Polars and Dask hold
such rows as Python objects, which are freed with their last reference. On the other engines each kept table has
an *anchor*, a Python object that lives as long as something reads the table; once it is gone, the next call that
keeps a table on the same connection, backend or session drops the old one. Not at once, since objects may be freed in
the middle of a query. How a table is kept, and what its anchor is, is defined in each engine's module.
"""

from __future__ import annotations

import weakref
from collections.abc import Iterator
from typing import Any

__all__ = ["PREFIX", "take_unread", "unread"]

PREFIX = "rfm_kept_"  # prefix of the names of kept tables
# By the id of a living backend or session: two backends of Ibis are equal if they connect in the same way.
_unread: dict[int, tuple[weakref.ref[Any], list[Any]]] = {}


def unread(owner: Any) -> list[Any]:
    """The kept tables of a backend or session whose anchors are gone; finalizers of anchors add to it."""
    key = id(owner)
    if key not in _unread:
        _unread[key] = weakref.ref(owner, lambda _: _unread.pop(key, None)), []
    return _unread[key][1]


def take_unread(owner: Any) -> Iterator[Any]:
    """Remove and yield the tables to be dropped, one after the other."""
    tables = unread(owner)
    while tables:
        yield tables.pop()
