"""The customers to predict for: the table, its unit and day, and the columns that are read."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clv._covariates import known_covariates
from clv._fits.design import Design
from clv._histories import Histories, agreed, read_histories
from clv._laws.by_covariates import Patterns
from clv._laws.purchase_law import PurchaseLaw
from clv._price_growth import PriceGrowth
from clv._refund_log import REFUND_COLUMNS
from clv._refund_rate import RefundRate
from clv._season.clock import Clock, in_time
from clv._spend_orders import FIRST, own_orders
from clv._stages import names_of
from clv._units import Unit, as_unit, days_per_unit
from clv._values.simulated_future import Base
from rfm._days import as_day, day_date
from rfm._frames.mapping import to_pandas
from rfm._frames.native import from_native, to_native
from rfm._frames.types import Table
from rfm._requirements import check_columns
from rfm.errors import DataError

__all__ = ["CustomerReader", "customers_given", "customers_of_fit"]


@dataclass(frozen=True)
class CustomerReader:
    """What a fitted model reads from a table of customers; small, since it is sent to an engine's workers.

    Parameters
    ----------
    law_class : type
        The purchase law, which defines valid histories.
    unit : {"D", "W", "M", "Y"}
        Of the model's time.
    own_orders : bool
        Whether the spend law uses the mean of a customer's own orders.
    refunds : RefundRate
        The share of spend that customers return.
    first_orders : bool
        Whether the first order is among a customer's own.
    growth : PriceGrowth
        Of prices: own orders are read at those of the day on which the prediction starts.
    clock : Clock, optional
        Of the season in whose time the law is; the histories of a table are in the calendar's.
    design : Design, optional
        The covariates on which the model depends.
    """

    law_class: type[PurchaseLaw]
    unit: Unit
    own_orders: bool
    refunds: RefundRate
    first_orders: bool = False
    growth: PriceGrowth = field(default_factory=PriceGrowth)
    clock: Clock | None = None
    design: Design | None = None

    @property
    def covariates(self) -> tuple[str, ...]:
        """The columns of covariates."""
        return () if self.design is None else self.design.columns

    def patterns(self, *columns: NDArray[Any]) -> Patterns | None:
        """The coded covariates of customers, from their columns; None if the model has none."""
        return None if self.design is None else Patterns.of(self.design.of_rows(*columns))

    @property
    def needed(self) -> tuple[str, ...]:
        """The columns that a prediction needs: the law's, and the mean order, and the first, if they are used."""
        columns = self.law_class.data_columns
        if not self.own_orders:
            return columns
        return (*columns, "monetary_value", FIRST) if self.first_orders else (*columns, "monetary_value")

    def columns(self, names: set[str]) -> tuple[str, ...]:
        """The columns read from a table with these columns: if there are refunds, also each customer's own.

        A table without money has no refunds, and then the overall share is used.
        """
        sent_back = ("monetary_value", *REFUND_COLUMNS)  # it begins with the columns needed
        if self.refunds.rate > 0 and set(sent_back) <= names:
            return (*self.law_class.data_columns, *sent_back)
        return self.needed

    def columns_of(self, table: Table) -> tuple[str, ...]:
        """The columns read from this table."""
        return self.columns(names_of(table) if self.refunds.rate > 0 else set())

    def refund_rates(self, *columns: NDArray[Any]) -> NDArray[np.float64]:
        """The share of spend that each customer returns, from the columns read; the overall share if there are few."""
        if len(columns) == len(self.needed):
            return np.full(len(columns[0]), self.refunds.rate)
        numbers = (np.asarray(column, dtype=float) for column in columns)
        return self.refunds.of_customers(*numbers, unit_days=days_per_unit(self.unit))

    def base(self, table: Table) -> Base:
        """The customers of a table as arrays, in the time of the law."""
        names = self.columns_of(table)
        rows = to_pandas(to_native(from_native(table).select(*names, *self.covariates)))
        columns = [rows[name].to_numpy(dtype=float) for name in names]
        x, t_x, T, *_ = columns
        orders, mean = self.known_orders(*columns)
        kept = 1.0 - self.refund_rates(*columns) if self.refunds.rate > 0 else None
        patterns = self.patterns(*(rows[name].to_numpy() for name in self.covariates))
        return Base(*in_time(self.clock, x, t_x, T), mean, kept, orders, self.growth.force, patterns=patterns)

    def known_orders(self, *columns: NDArray[Any]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
        """Number and mean of the orders that the spend law knows of each customer, from the columns read."""
        x, t_x, T, *money = (np.asarray(column, dtype=float) for column in columns[:5])
        if not self.own_orders:
            return np.zeros_like(x), np.zeros_like(x)
        mean = self.growth.repeats(x, t_x, T, money[0])
        return own_orders(x, mean, self.growth.firsts(T, money[1]) if self.first_orders else None)

    @property
    def made(self) -> str:
        """The call that makes a table of the model's unit, for messages."""
        discrete = f", discrete={self.unit!r}" if self.law_class.discrete else ""
        return f"clv.summarize(tx, unit={self.unit!r}, end=…{discrete})"


def customers_of_fit(
    reader: CustomerReader,
    customers: Table | None,
    model_end: date | None,
    unit: Unit | None,
    end: str | date | None,
    covariates: Table | None = None,
) -> Histories:
    """The customers that the model was fitted to; `unit` and `end`, if given, must be the model's.

    Raises
    ------
    DataError
        If the model was loaded and has none, they have no ids, or `unit` or `end` differs from the model's.
    """
    if customers is None:
        raise DataError(
            "This model was loaded, and a saved model holds no customers. "
            f"Hint: pass them, customers={reader.made}."
        )
    check_columns(from_native(customers), ("customer_id",), "fit to customers with ids", argument="customers")
    agreed("unit", reader.unit, None if unit is None else as_unit(unit), "the model")
    customers = _with_covariates(reader, customers, covariates, customers)
    return Histories(customers, reader.unit, agreed("end", model_end, _day(end), "the model"))


def customers_given(
    reader: CustomerReader,
    customers: Table,
    model_end: date | None,
    unit: Unit | None,
    end: str | date | None,
    covariates: Table | None = None,
    kept: Table | None = None,
) -> Histories:
    """The customers of a table, in the model's unit; their day is the table's own, or `end`, and never the model's.

    Raises
    ------
    DataError
        If the table is not one of customers, is in another or an unknown unit, or has two days.
    """
    names = names_of(customers)
    _refuse_without_money(reader, names)
    columns = ("customer_id", *reader.columns(names))
    found = read_histories(customers, reader.law_class, columns, "customers", reader.made)
    known = agreed("unit", found.unit, None if unit is None else as_unit(unit), "the table")
    if known is None and not found.empty:
        raise DataError(
            f"customers: the table has no column 'unit', and the model's times are in {reader.unit!r}. "
            f"Hint: unit={reader.unit!r} if the table's are too; {reader.made} adds the column."
        )
    if known not in (None, reader.unit):
        raise DataError(
            f"customers: the table's times are in {known!r}, and the model's in {reader.unit!r}. "
            f"Hint: {reader.made}."
        )
    last = agreed("end", found.end, _day(end), "the table")
    if found.empty and last is None:
        last = model_end  # an empty table has no day of its own
    table = _with_covariates(reader, customers, covariates, kept)
    return replace(found, table=table, unit=reader.unit, end=last)


def _with_covariates(
    reader: CustomerReader, customers: Table, given: Table | None, kept: Table | None
) -> Table:
    """The table with the covariates of the model: those given, its own, or those kept with the model's customers."""
    if reader.design is None:
        if given is not None:
            raise DataError(
                "covariates are given, and this model depends on none. Hint: leave out covariates=."
            )
        return customers
    if given is None and customers is kept:
        return customers  # they were checked at the fit
    table: Table = known_covariates(customers, reader.design, given, kept)
    return table


def _refuse_without_money(reader: CustomerReader, names: set[str]) -> None:
    """Raise DataError if a model needs customers' mean orders and their log had no amounts."""
    missing = set(reader.needed) - names
    if not missing or not {"customer_id", *reader.law_class.data_columns} <= names:
        return
    if missing == {FIRST}:
        raise DataError(
            f"customers: no column {FIRST!r}, and this model values customers by all their orders, the first among "
            f"them (spend_orders='all'). Hint: {reader.made} adds it."
        )
    raise DataError(
        "customers: no column 'monetary_value', as in a table from a log without amounts, and this model values "
        "customers by their own mean orders. Hint: value_per_order=…, the value of every order; or the "
        "table of a log with amounts."
    )


def _day(end: str | date | None) -> date | None:
    return None if end is None else day_date(as_day(end, "end"))
