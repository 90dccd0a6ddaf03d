"""How many customers bought both of two items: counted where the rows are."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import sparse

from rfm._baskets.lines import MOST_ITEMS
from rfm._customers.aggregation import number_customers
from rfm._frames.execution import fetch, materialise
from rfm._frames.joins import join_in_order
from rfm._frames.small_tables import frame_like, table_beside
from rfm.errors import DataError

__all__ = ["frequent", "numbered", "pair_counts"]

Ints = npt.NDArray[np.int64]


def frequent(counts: pd.Series[Any], least: int) -> pd.Series[Any]:
    """The items with enough buyers.

    Raises
    ------
    DataError
        If they are too many for their pairs to be counted.
    """
    kept = counts[counts >= least]
    if len(kept) > MOST_ITEMS:
        raise DataError(
            f"{len(kept):,} items have {least} buyers or more, which makes too many pairs. "
            f"Hint: a larger least=, or broader items; at most {MOST_ITEMS:,}."
        )
    return kept


def numbered(bought: Any, names: Sequence[str]) -> Any:
    """Customers with the numbers of these of their items: ``customer_id, number``."""
    columns: dict[str, Any] = {"item": list(names), "number": np.arange(len(names), dtype=np.int64)}
    lazy = not isinstance(bought, nw.DataFrame)
    numbers = table_beside(bought, columns) if lazy else frame_like(bought, columns)
    return materialise(join_in_order(bought, numbers, on="item", how="inner").select("customer_id", "number"))


def pair_counts(owned: Any, items: int) -> Ints:
    """Customers who bought both of two items, by their numbers; on the diagonal those who bought the one.

    Parameters
    ----------
    owned : Narwhals frame
        Of `numbered`.
    items : int
        How many there are.
    """
    if isinstance(owned, nw.DataFrame):
        if not len(owned):
            return np.zeros((items, items), dtype=np.int64)
        customer = number_customers(owned.get_column("customer_id"))[0]
        number = owned.get_column("number").to_numpy()
        held = sparse.csr_array(
            (np.ones(len(number), dtype=np.int64), (customer, number)), shape=(int(customer.max()) + 1, items)
        )
        both: Ints = (held.T @ held).toarray()
        return both
    pairs: Any = join_in_order(
        owned, owned.select("customer_id", other=nw.col("number")), on="customer_id", how="inner"
    )
    table = fetch(pairs.group_by("number", "other").agg(both=nw.len())).to_dict(as_series=False)
    counts = np.zeros((items, items), dtype=np.int64)
    counts[table["number"], table["other"]] = table["both"]
    return counts
