"""The best offers of each customer by what is expected of the items that the customer lacks; in memory or an engine."""

from __future__ import annotations

from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._baskets.item_to_item import Inclinations
from rfm._customers.aggregation import number_customers
from rfm._frames.columns import with_arrays
from rfm._frames.execution import by_customer
from rfm._frames.joins import join_in_order
from rfm._frames.small_tables import table_beside

__all__ = ["CHOSEN", "choose_offers", "reasons"]

Eager = nw.DataFrame[Any]
Ints = npt.NDArray[np.int64]

_PART = 2_048  # customers at a time
BESIDE: Final = 2_048  # more than there can be items: an item's number is packed beside a weight
CHOSEN: Final = ("rank", "other", "score", "plea")


def choose_offers(owned: Any, found: Inclinations, n: int) -> Any:
    """The ``n`` items that each customer lacks and is most inclined to.

    Parameters
    ----------
    owned : Narwhals frame
        ``customer_id, number``: each customer's items by their numbers.
    found : Inclinations
    n : int

    Returns
    -------
    Narwhals frame
        ``customer_id``, ``rank`` from 1, ``other`` (the offered item's number), ``score`` (`Inclinations.of`) and
        ``plea``, which `reasons` reads; in memory by customer and rank. Equal scores are ranked by the item's number.
    """
    return by_customer(
        owned, lambda rows: _in_memory(rows, found, n), lambda rows: _in_engine(rows, found, n)
    )


def _pleas(found: Inclinations) -> Ints:
    """What an item of the row says for that of the column, its own number packed beside it; 0 if nothing."""
    weights = found.weights.astype(np.int64)
    backwards = BESIDE - 1 - np.arange(len(weights), dtype=np.int64)[:, None]
    pleas: Ints = np.where(weights > 0, weights * BESIDE + backwards, 0)
    return pleas


def reasons(plea: Ints, items: int) -> Ints:
    """The number of the item that speaks most for an offer; ``items`` where none does."""
    return np.where(plea > 0, BESIDE - 1 - plea % BESIDE, items)


def _in_memory(owned: Eager, found: Inclinations, n: int) -> Eager:
    customers = np.zeros(0, dtype=np.int64)
    columns = {name: np.zeros(0, dtype=np.int64) for name in CHOSEN}
    if len(owned):
        code, customers = number_customers(owned.get_column("customer_id"))
        number, pleas, by_code = owned.get_column("number").to_numpy(), _pleas(found), np.argsort(code)
        starts, parts = range(0, len(customers), _PART), []
        ends = np.searchsorted(code[by_code], [*starts, len(customers)])
        for start, low, high in zip(starts, ends, ends[1:], strict=False):
            held = np.zeros((min(_PART, len(customers) - start), len(pleas)), dtype=np.bool_)
            here = by_code[low:high]
            held[code[here] - start, number[here]] = True
            who, *rest = _of_part(held, found, pleas, n)
            parts.append((customers[start + who], *rest))
        customers, *arrays = (np.concatenate(column) for column in zip(*parts, strict=True))
        columns = dict(zip(CHOSEN, arrays, strict=True))
    return with_arrays(owned.select("customer_id")[customers.tolist(), :], columns)


def _of_part(held: npt.NDArray[np.bool_], found: Inclinations, pleas: Ints, n: int) -> tuple[Ints, ...]:
    """Row of the customer, rank, item, score and plea of the chosen offers."""
    items = held.shape[1]
    scores = found.of(held).astype(np.int64)
    keys = np.where(held, np.iinfo(np.int64).min, scores * BESIDE + (BESIDE - 1 - np.arange(items)))
    first = np.argsort(keys, axis=1)[:, ::-1][:, :n]
    who, rank = np.nonzero(~np.take_along_axis(held, first, axis=1))
    other = first[who, rank]
    plea = np.empty(len(other), dtype=np.int64)
    for place in range(first.shape[1]):
        own = rank == place
        plea[own] = np.where(held[who[own]], pleas.T[other[own]], 0).max(axis=1, initial=0)
    return who, rank + 1, other, scores[who, other], plea


def _in_engine(owned: Any, found: Inclinations, n: int) -> Any:
    items = len(found.constant)
    one, other = np.nonzero(~np.eye(items, dtype=np.bool_))
    pairs = {"number": one, "other": other, "weight": found.weights[one, other].astype(np.int64),
             "plea": _pleas(found)[one, other]}  # fmt: skip
    said = join_in_order(owned, table_beside(owned, pairs), on="number", how="inner")
    summed = said.group_by("customer_id", "other").agg(nw.col("weight").sum(), nw.col("plea").max())
    held = owned.select("customer_id", other=nw.col("number"))
    lacked = join_in_order(summed, held, on=["customer_id", "other"], how="anti")
    constants = {"other": np.arange(items, dtype=np.int64), "constant": found.constant.astype(np.int64)}
    scored = join_in_order(lacked, table_beside(owned, constants), on="other", how="inner").select(
        "customer_id", "other", "plea", score=(nw.col("weight") + nw.col("constant")).cast(nw.Int64)
    )
    ordered = scored.with_columns(one=nw.lit(1), place=nw.col("other") - nw.col("score") * BESIDE)
    ranked = ordered.with_columns(rank=nw.col("one").cum_sum().over("customer_id", order_by="place"))
    return ranked.filter(nw.col("rank") <= n).select(
        "customer_id", *(nw.col(name).cast(nw.Int64) for name in CHOSEN)
    )
