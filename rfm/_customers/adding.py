"""New rows put into the states of a base, of which only their customers are touched where the base is in memory."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._customers.customer_state import FACTS, OPEN, reduced
from rfm._frames.columns import with_arrays
from rfm._frames.execution import materialise

__all__ = ["with_rows"]

MARKS: Final = 20_000  # texts of a base between which the others are looked up


def with_rows(states: Any, rows: Any, settle: Callable[[Any, Any], Any]) -> Any:
    """The states of a base and of new rows together, one per customer; materialised.

    ``settle`` takes states and rows, and returns the states that these rows can be added to.
    """
    known = _ordered_ids(states)
    if known is None or not isinstance(rows, nw.DataFrame) or rows.schema["customer_id"] != known.dtype:
        return materialise(reduced(nw.concat([settle(states, rows), rows])))
    where, held = _places(known, np.unique(rows.get_column("customer_id").to_numpy()))
    touched = nw.maybe_reset_index(states[where[held]])
    found = reduced(nw.concat([settle(touched, rows), rows]))  # the same customers, in the same order
    return _placed(states, found, where, held)


def _ordered_ids(states: Any) -> nw.Series[Any] | None:
    """The ids of states in memory, if they are numbers or texts that rise from row to row."""
    if not isinstance(states, nw.DataFrame):
        return None
    kind = states.schema["customer_id"]
    if not (kind.is_signed_integer() or kind == nw.String):
        return None
    ids = states.get_column("customer_id")
    before, after = (nw.maybe_reset_index(part) for part in (ids[:-1], ids[1:]))
    return ids if (before < after).all() else None  # a base has each once


def _places(
    known: nw.Series[Any], ids: npt.NDArray[Any]
) -> tuple[npt.NDArray[np.intp], npt.NDArray[np.bool_]]:
    """Where each id is, or would be, among those known, and whether it is there.

    Texts are looked up by bisection, a few of them at a time, since those of a whole base take long to become objects.
    """
    if ids.dtype.kind == "i":
        all_known = known.to_numpy()
        where = np.searchsorted(all_known, ids)
        held = where < len(all_known)
        held[held] = all_known[where[held]] == ids[held]
        return where, held
    step = max(len(known) // MARKS, 1)
    after = np.searchsorted(known[::step].to_numpy().astype(object), ids)
    low, high = np.maximum((after - 1) * step + 1, 0), np.minimum(after * step, len(known))
    while (open_ := low < high).any():
        middle = (low + high) // 2
        smaller = np.zeros(len(ids), dtype=np.bool_)
        smaller[open_] = (known[middle[open_]].to_numpy() < ids[open_]).astype(np.bool_)
        low, high = np.where(smaller, middle + 1, low), np.where(open_ & ~smaller, middle, high)
    held = low < len(known)
    held[held] = known[low[held]].to_numpy() == ids[held]
    return low, held


def _placed(
    states: nw.DataFrame[Any],
    found: nw.DataFrame[Any],
    where: npt.NDArray[np.intp],
    held: npt.NDArray[np.bool_],
) -> nw.DataFrame[Any]:
    """The states with those found in the place of theirs, and new customers between the others.

    Each column is written once, into new memory: in a large base that is what takes the time.
    """
    row = where + np.concatenate([[0], np.cumsum(~held)[:-1]])  # where each customer of the batch comes to be
    columns = {
        name: _column(states.get_column(name).to_numpy(), found.get_column(name).to_numpy(), row, held)
        for name in (*FACTS, *OPEN)
    }
    ids = states.select("customer_id")
    if held.all():
        return with_arrays(nw.maybe_reset_index(ids), columns)
    both = nw.concat([ids, found.select("customer_id")[np.flatnonzero(~held)]])
    if where[~held][0] == len(ids):  # all of them at the end, as with numbers that rise
        return with_arrays(nw.maybe_reset_index(both), columns)
    order = _column(np.arange(len(ids)), len(ids) + np.cumsum(~held) - 1, row, held, replace=False)
    return with_arrays(nw.maybe_reset_index(both[order]), columns)


def _column(
    known: npt.NDArray[Any],
    found: npt.NDArray[Any],
    row: npt.NDArray[np.intp],
    held: npt.NDArray[np.bool_],
    *,
    replace: bool = True,
) -> npt.NDArray[Any]:
    """Values of known customers and of those found, at their rows; without `replace` the known ones keep theirs."""
    new = row[~held]
    values = np.empty(len(known) + len(new), dtype=known.dtype)
    first = int(new[0]) if len(new) else len(known)
    values[:first] = known[:first]
    others = np.ones(len(values) - first, dtype=np.bool_)
    others[new - first] = False
    values[first:][others] = known[first:]
    values[new] = found[~held]
    if replace:
        values[row[held]] = found[held]
    return values
