"""New rows put into the states of a base, of which only their customers are touched where the base is in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._customers.customer_state import FACTS, OPEN, reduced
from rfm._frames.columns import with_arrays
from rfm._frames.execution import materialise

__all__ = ["with_rows"]


def with_rows(states: Any, rows: Any, settle: Callable[[Any, Any], Any]) -> Any:
    """The states of a base and of new rows together, one per customer; materialised.

    ``settle`` takes states and rows, and returns the states that these rows can be added to.
    """
    known = _ordered_ids(states)
    if known is None or not isinstance(rows, nw.DataFrame):
        return materialise(reduced(nw.concat([settle(states, rows), rows])))
    where, held = _places(known, np.unique(rows.get_column("customer_id").to_numpy()))
    touched = nw.maybe_reset_index(states[where[held]])
    found = reduced(nw.concat([settle(touched, rows), rows]))  # the same customers, in the same order
    return _placed(states, found, where, held)


def _ordered_ids(states: Any) -> npt.NDArray[Any] | None:
    """The ids of states in memory, if they are numbers or texts that rise from row to row."""
    if not isinstance(states, nw.DataFrame):
        return None
    kind = states.schema["customer_id"]
    if not (kind.is_signed_integer() or kind == nw.String):
        return None
    ids = states.get_column("customer_id").to_numpy()
    index = pd.Index(ids, dtype=None if ids.dtype.kind == "i" else object)
    return ids if index.is_monotonic_increasing else None  # a base has each once


def _places(
    known: npt.NDArray[Any], ids: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Where each id is, or would be, among those known, and whether it is there."""
    where = np.searchsorted(known, ids)
    held = where < len(known)
    held[held] = known[where[held]] == ids[held]
    return where, held


def _placed(
    states: nw.DataFrame[Any],
    found: nw.DataFrame[Any],
    where: npt.NDArray[np.intp],
    held: npt.NDArray[np.bool_],
) -> nw.DataFrame[Any]:
    """The states with those found in the place of theirs, and new customers between the others."""
    new, columns = where[~held], {}
    for name in (*FACTS, *OPEN):
        values, better = states.get_column(name).to_numpy().copy(), found.get_column(name).to_numpy()
        values[where[held]] = better[held]
        columns[name] = np.insert(values, new, better[~held]) if len(new) else values
    ids = states.select("customer_id")
    if len(new):
        newcomers = found.select("customer_id")[np.flatnonzero(~held)]
        both = nw.concat([ids, newcomers])
        ids = both[np.insert(np.arange(len(ids)), new, len(ids) + np.arange(len(new)))]
    return with_arrays(nw.maybe_reset_index(ids), columns)
