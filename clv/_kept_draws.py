"""Draws of a model's parameters, kept as long as the model lives: a model never changes, and its draws neither."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

__all__ = ["kept"]

V = TypeVar("V")

MOST = 4  # values kept for an object; the oldest is forgotten

_values: dict[int, dict[Hashable, Any]] = {}


def kept(owner: object, key: Hashable, make: Callable[[], V]) -> V:
    """The value of `make()` for this object and key, made once.

    Parameters
    ----------
    owner : object
        The values are forgotten with it.
    key : hashable
        What they depend on besides.
    make : callable
        Without arguments.

    Examples
    --------
    >>> class Model: ...
    >>> model = Model()
    >>> kept(model, 1, lambda: "drawn"), kept(model, 1, lambda: "drawn again")
    ('drawn', 'drawn')
    """
    place = id(owner)
    if place not in _values:
        _values[place] = {}
        weakref.finalize(owner, _values.pop, place, None)
    values = _values[place]
    if key not in values:
        value = make()
        while len(values) >= MOST:
            del values[next(iter(values))]
        values[key] = value
    found: V = values[key]
    return found
