"""The log of orders, checked once at the door: columns mapped, days local, money in whole units."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date as Date
from typing import Any, Literal, get_args
from zoneinfo import ZoneInfo

import narwhals as nw
import numpy as np

from rfm.columns import Columns, rate_table
from rfm.dates import as_day
from rfm.errors import EngineError, TransactionsError
from rfm.frames import Frame, enter, is_eager
from rfm.reading import DAY, UNITS, VERDICT, read_in_memory
from rfm.verdicts import Verdict

__all__ = ["Transactions", "as_transactions"]

Returns = Literal["net", "drop", "raise"]
BadRows = Literal["raise", "drop"]
Duplicates = Literal["keep", "drop", "raise"]


class Transactions:
    """x"""

    def __init__(
        self,
        df: Any,
        *,
        customer: str = "customer_id",
        date: str = "date",
        amount: str = "amount",
        order_id: str | None = None,
        quantity: str | None = None,
        price: str | None = None,
        currency: str | None = None,
        rates: Mapping[str, float] | Any = None,
        source: str | None = None,
        returns: Returns = "net",
        bad_rows: BadRows = "raise",
        duplicates: Duplicates = "keep",
        date_format: str | None = None,
        tz: str | None = None,
        until: str | Date | None = None,
        decimals: int = 4,
    ) -> None:
        columns = Columns(customer, date, amount, order_id, quantity, price, currency, source, rate_table(rates), date_format, tz, None if until is None else as_day(until, "until"), returns == "drop", decimals)
        frame = enter(df)
        columns.check(frame.columns)
        if not is_eager(frame):
            raise EngineError("lazy engines follow")
        if len(frame) == 0:
            raise TransactionsError("The table has no rows.")
        checked = read_in_memory(frame, columns)
        kept = checked.filter(nw.col(VERDICT) == Verdict.KEPT)
        if bad_rows == "raise" and len(kept) < len(checked):
            raise TransactionsError("bad rows")
        self.ledger = nw.maybe_reset_index(kept.select(nw.col(customer).alias("customer_id"), nw.col(DAY).alias("day"), nw.col(UNITS).alias("units"), *([nw.col(order_id).alias("order_id")] if order_id else [])))
        self.decimals = decimals
        self.first_day = int(self.ledger["day"].min())
        self.last_day = int(self.ledger["day"].max())


def as_transactions(tx: Any) -> Transactions:
    """A `Transactions` as it is; a dataframe with the columns customer_id, date, amount through the door."""
    return tx if isinstance(tx, Transactions) else Transactions(tx)
