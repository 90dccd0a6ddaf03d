"""Which built-in scheme a set of segments comes from, and their order, for tables with only their names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import narwhals.stable.v2 as nw

from rfm._frames.execution import fetch
from rfm._frames.native import Frame, from_native
from rfm._schemes.scheme import Scheme
from rfm._schemes.scheme_files import BUILT_IN

__all__ = ["scheme_of", "segment_names"]


def scheme_of(segments: Iterable[str]) -> Scheme | None:
    """The first built-in scheme that has all of these segments; None if there is none, or no segment.

    Examples
    --------
    >>> scheme_of(["lost", "VIP"]).name
    'classic'
    """
    present = set(segments)
    schemes = map(Scheme.load, BUILT_IN) if present else iter(())
    return next((scheme for scheme in schemes if present <= set(scheme.names)), None)


def segment_names(ordered: Any, present: Frame, apart: str) -> tuple[str, ...]:
    """The segments that are ``present``: in the order of an ordered categorical or of a scheme, then by name.

    Parameters
    ----------
    ordered : dataframe
        Its ``segment`` gives the order.
    present : Narwhals frame
        With a text column ``segment`` without missing values.
    apart : str
        The name of those without a segment, which belongs to no scheme.
    """
    found = present.select("segment").group_by("segment").agg(nw.len().alias("rows"))
    names = fetch(found).get_column("segment").to_list()
    dtype = from_native(ordered).collect_schema()["segment"]
    scheme = scheme_of(name for name in names if name != apart)
    known = list(dtype.categories) if isinstance(dtype, nw.Enum) else list(scheme.names) if scheme else []
    return tuple(sorted(names, key=lambda name: (known.index(name) if name in known else len(known), name)))
