"""The log of some of the customers, chosen by a hash of their ids, out of a log behind DuckDB."""

from __future__ import annotations

from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from clv._choice.refits import hashed_ids
from rfm._orders.transactions import Transactions

__all__ = ["ENOUGH", "some_customers"]

ENOUGH: Final = 250_000  # customers with whom a law is chosen, checked and tested
DAY: Final = np.timedelta64(1, "D")


def some_customers(tx: Transactions, most: int = ENOUGH) -> Transactions | None:
    """The orders of about so many of the customers, in memory; None where the log has no more.

    They are those with the smallest hashes of their ids, as where `model="auto"` chooses among laws: which they are
    does not depend on the order of the rows, on what they bought, or on chance.

    Parameters
    ----------
    tx : Transactions
        A log of a DuckDB relation.
    most : int
        Number of customers.
    """
    ids = _table(tx.ledger.select("customer_id").unique())["customer_id"]
    if len(ids) <= most:
        return None
    hashed = hashed_ids(ids)
    chosen = ids[hashed <= np.partition(hashed, most - 1)[most - 1]].reset_index(drop=True)
    del ids, hashed
    rows = _table(_of_customers(tx, chosen))
    scale = 10.0**tx.decimals
    log = pd.DataFrame(
        {
            "customer_id": rows["customer_id"],
            "date": rows["day"].to_numpy() * DAY + np.datetime64(0, "s"),
            **({"amount": rows["units"].to_numpy() / scale} if tx.has_amounts else {}),
        }
    )
    return Transactions(
        log,
        amount="amount" if tx.has_amounts else None,
        returns="keep" if tx.keeps_returns else "net",
        far_dates="keep",  # they have been looked at in the whole log
        decimals=tx.decimals,
    )


def _of_customers(tx: Transactions, chosen: pd.Series[Any]) -> Any:
    """The rows of some customers, by a join in DuckDB."""
    ledger = nw.to_native(tx.ledger)
    rfm_chosen = pd.DataFrame({"customer_id": chosen})
    # DuckDB finds the variable by its name.
    found = ledger.query("rfm_ledger", "FROM rfm_ledger SEMI JOIN rfm_chosen USING (customer_id)")
    del rfm_chosen
    return nw.from_native(found)


def _table(frame: Any) -> pd.DataFrame:
    """A lazy frame, computed, in pandas; texts by Arrow, a third of the memory of Python's."""
    table: pd.DataFrame = frame.collect(backend="pyarrow").to_pandas()
    return table
