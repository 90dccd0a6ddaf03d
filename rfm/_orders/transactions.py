"""The log of orders, validated once on entry: columns mapped, days local, money in whole units."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import cached_property
from typing import Any, Generic, Literal, get_args

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._days import Day, as_day, day_text
from rfm._defaults import AMOUNT
from rfm._frames.columns import choose, is_text, without_unused_categories
from rfm._frames.execution import fetch
from rfm._frames.native import Frame, from_native, snapshot, with_plain_names
from rfm._frames.small_tables import table_like
from rfm._frames.types import FrameT
from rfm._issuing import warn
from rfm._options import check_choice
from rfm._orders.audit import Line, audit_lines, without_amounts
from rfm._orders.columns import DAY, UNITS, VERDICT, Columns, amount_column, rate_table
from rfm._orders.duplicates import COPIES, equal_rows, without_copies
from rfm._orders.examples import first_customers, first_rows
from rfm._orders.far_dates import Calendar
from rfm._orders.log_totals import NO_ROWS, check_census, take_census
from rfm._orders.reading import missing_id, read_in_memory
from rfm._orders.reading_expressions import read_behind_engine, refuse_several_currencies
from rfm._orders.verdicts import Verdict
from rfm.errors import TransactionsError

__all__ = ["BadRows", "Duplicates", "FarDates", "Returns", "Transactions", "as_transactions"]

Returns = Literal["net", "keep", "drop", "raise"]
BadRows = Literal["raise", "drop"]
Duplicates = Literal["keep", "drop", "raise"]
FarDates = Literal["raise", "keep"]


class Transactions(Generic[FrameT]):
    """A log of orders that has been read, checked and accounted for.

    Parameters
    ----------
    df : dataframe
        One row per order or order line, of pandas, Polars (eager or lazy), PyArrow, DuckDB, Ibis, Dask or
        PySpark. It is never changed, and not copied.
    customer : str
        Column of customer ids, of any type, which is kept: 1 and "1" are two customers, while 1, 1.0 and
        True in one column are refused. Null, NaN and empty text are missing customers.
    date : str
        Column of dates or datetimes of any resolution, of text, or of numbers with `date_format`.
    amount : str or None
        Column of numbers, what was paid; negative for a return. None reads no money: every row is then an order of
        unknown value, and tables have no columns of money. The default does the same if the log has no column "amount"
        and none with a similar name.
    order_id : str, optional
        Column that says which rows are lines of one order. Rows without an id (null, NaN or the empty text)
        are one order per customer and day, and a line of the audit.
    quantity, price : str, optional
        Two columns whose product is the amount.
    currency : str, optional
        Column of currencies. Several of them need `rates`, and `rates` need it.
    rates : mapping or dataframe, optional
        The value of one unit of each currency in the currency that amounts are converted to; or a
        table in memory with the columns ``currency`` and ``rate``.
    source : str, optional
        Column that says where a row comes from; the audit keeps the sources apart.
    consent : str, optional
        Column that says whether a customer may be used: True and False, 1 and 0, or yes and no; nothing is no. The
        rows of the others are dropped, and are a line of the audit. It says the same in all rows of a customer.
    returns : {"net", "keep", "drop", "raise"}
        Negative amounts are netted with the purchases of their day ("net": a day below zero is then no purchase
        but a refund); kept as they are ("keep", for profits for example: every day with rows is a purchase,
        whatever its sign, and spend may be negative); dropped; or refused.
    bad_rows : {"raise", "drop"}
        Rows that cannot be read are refused, or dropped and listed in the audit.
    duplicates : {"keep", "drop", "raise"}
        Rows that are equal in every column of `df` are kept, dropped but for one, or refused.
    far_dates : {"raise", "keep"}
        A few rows whose dates lie far from all others, as 1900-01-01 or 2099-12-31 do, are refused (with
        ``bad_rows="drop"`` dropped), and a hiatus is warned of; or all are kept without a warning: see Notes.
    date_format : str, optional
        `strptime` format of dates that are text or whole numbers such as 20111209; "excel" for Excel's
        serial dates; in memory also "roc" for years of the Republic of China (114/04/23 is 2025-04-23). Numbers that
        touch each other, as in "%Y%m%d", have all their digits. Without it, texts are read year first; in memory also
        day-month-year or month-day-year, if the texts show which of the two they are.
    tz : str, optional
        Time zone whose local day counts, such as "Europe/London", for times with a zone. Without it they
        count by their own zone: on Spark that of the session, while DuckDB and Ibis need `tz`.
    until : str or date, optional
        Last day that is read, inclusive.
    decimals : int
        Digits after the point that count, 0 to 12. Amounts are whole numbers of 10^-decimals inside, so
        that sums are exact and do not depend on the order of the rows; finer amounts are rounded half-even.

    Attributes
    ----------
    ledger : narwhals frame
        The kept rows: ``customer_id``, ``day`` (days since 1970-01-01), ``units`` (amount × 10^decimals),
        ``order_id`` where it is mapped, and a ``least`` of 1 where returns are kept as purchases. Lazy where the
        engine is lazy.
    first_day, last_day : int
        First and last day of the ledger.
    decimals : int
    keeps_far_dates : bool
        Whether `far_dates` is "keep".

    Raises
    ------
    TransactionsError
        If a column is missing or of the wrong kind, if consent is neither yes nor no or changes between a customer's
        rows, if the order of day and month, the time zone or the
        currency is ambiguous, if there are no rows, bad rows, far dates, returns or duplicates that are refused,
        or if sums would overflow.
    EngineError
        If the engine cannot read a column.

    Warns
    -----
    DataWarning
        If the log has a hiatus.

    See Also
    --------
    summarize : The next step.
    CustomerBase : Takes in later orders without reading earlier ones again.

    Notes
    -----
    Every row is kept, or dropped under exactly one rule: see `audit`. In memory a log is read at once; behind
    an engine, one small query counts the rows under each rule, and the rest is computed when needed.

    A single date of 2099 ends every history there, so that all customers seem to have left long ago. Rows
    are therefore refused if they are few (at most .1% of all, at least 1 and at most 5, at either end of the log) and
    lie beyond a gap of order days that is longer than half the rest of the log and ten times its next longest gap. The
    rest must have ten distinct order days: with fewer, a wrong date cannot be distinguished from a slow shop. If more
    rows lie beyond such a gap it is a hiatus, reported by a `DataWarning` and the audit.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> orders = pd.DataFrame({
    ...     "CustomerID": ["ann", "bob", "ann", None],
    ...     "InvoiceDate": ["2011-12-08 09:30", "2011-12-09", "2011-12-08 17:10", "2011-12-09"],
    ...     "Revenue": [20.0, 5.5, -3.0, 8.0],
    ... })
    >>> tx = rfm.Transactions(orders, customer="CustomerID", date="InvoiceDate", amount="Revenue",
    ...                       bad_rows="drop")
    >>> tx
    Transactions(rows=4, first=2011-12-08, last=2011-12-09)
    >>> tx.audit[["rule", "effect", "rows", "customers", "amount"]]
                            rule   effect  rows  customers  amount
    0                       kept     kept     3          2    22.5
    1           missing customer  dropped     1          0     8.0
    2              return netted  informs     1          1    -3.0
    3  order merged into its day  informs     1          1     NaN
    """

    def __init__(
        self,
        df: FrameT,
        *,
        customer: str = "customer_id",
        date: str = "date",
        amount: str | None = AMOUNT,
        order_id: str | None = None,
        quantity: str | None = None,
        price: str | None = None,
        currency: str | None = None,
        rates: Mapping[str, float] | Any = None,
        source: str | None = None,
        consent: str | None = None,
        returns: Returns = "net",
        bad_rows: BadRows = "raise",
        duplicates: Duplicates = "keep",
        far_dates: FarDates = "raise",
        date_format: str | None = None,
        tz: str | None = None,
        until: Day | None = None,
        decimals: int = 4,
    ) -> None:
        check_choice("returns", returns, get_args(Returns), TransactionsError)
        check_choice("bad_rows", bad_rows, get_args(BadRows), TransactionsError)
        check_choice("duplicates", duplicates, get_args(Duplicates), TransactionsError)
        check_choice("far_dates", far_dates, get_args(FarDates), TransactionsError)
        if isinstance(df, Transactions):
            raise TransactionsError(
                "Not a dataframe: Transactions. Hint: use it as it is; options are given when the log is first read."
            )
        frame = snapshot(from_native(df, renames=True))
        schema = frame.collect_schema()
        if quantity is None and price is None:
            amount = amount_column(amount, schema, (customer, date, order_id, currency, source, consent))
        columns = Columns(
            customer=customer,
            date=date,
            amount=amount,
            order_id=order_id,
            quantity=quantity,
            price=price,
            currency=currency,
            source=source,
            consent=consent,
            rates=rate_table(rates),
            date_format=date_format,
            tz=tz,
            until=None if until is None else as_day(until, "until"),
            drop_returns=returns == "drop",
            keep_returns=returns == "keep",
            decimals=decimals,
        )
        columns.check(schema.names())
        self._frame, aliases = with_plain_names(frame)
        self._columns = columns.renamed(aliases)
        self._columns.refuse_nested(self._frame)
        self._drop_duplicates = duplicates == "drop"
        self.decimals = decimals
        self.keeps_far_dates = far_dates == "keep"
        self._near: tuple[int, int] | None = None  # days outside are far
        checked = self._check()
        self._census = take_census(checked)
        if Verdict.WITHOUT_CONSENT in self._census.rows:
            self._refuse_changing_consent(checked)
        if not self.keeps_far_dates:
            checked = self._without_far_dates(checked)
        check_census(
            self._census,
            checked,
            self._columns,
            drop_bad=bad_rows == "drop",
            allow_returns=returns != "raise",
        )
        if duplicates == "raise":
            self._refuse_duplicates(checked)
        if not self.keeps_far_dates:
            self._warn_of_hiatus()
        self.first_day, self.last_day = map(int, self._census.calendar.days[[0, -1]])
        self.ledger = self._ledger(checked)

    def __repr__(self) -> str:
        first, last = day_text(self.first_day), day_text(self.last_day)
        return f"Transactions(rows={sum(self._census.rows.values())}, first={first}, last={last})"

    @property
    def has_amounts(self) -> bool:
        """Whether money is read; without it every day with a row is a purchase of unknown value."""
        return bool(self._columns.money)

    @property
    def size(self) -> int:
        """Sum of the absolute units of the ledger, which no sum of any of its rows exceeds."""
        return self._census.size

    @property
    def has_returns(self) -> bool:
        """Whether any kept row has a negative amount that counts as a return."""
        return self._census.returns > 0 and not self.keeps_returns

    @property
    def keeps_returns(self) -> bool:
        """Whether every day is a purchase, whatever its sign: `returns` is "keep"."""
        return self._columns.keep_returns

    @property
    def calendar(self) -> Calendar:
        """The days of the kept rows, and how many rows each has (copies that are dropped included)."""
        return self._census.calendar

    @cached_property
    def audit(self) -> FrameT:
        """What was kept, dropped, netted, merged or rounded: a dataframe of the kind that came in.

        Computed on first access. One row per rule (and source, if one is mapped): ``rule``; ``effect``,
        which is "kept", "dropped", or "informs" (about rows that were kept); ``rows``; ``customers``;
        ``amount``, the sum of the rows' amounts, missing where they have none; ``examples``, the first rows
        by day, amount and customer. Every row of the log is counted once under "kept" or "dropped".

        Examples
        --------
        >>> import pandas as pd, rfm
        >>> orders = pd.DataFrame(
        ...     {"customer_id": [7, 7, 8], "date": ["2024-05-01"] * 3, "amount": [9.0, 9.0, 2.5]}
        ... )
        >>> rfm.Transactions(orders, duplicates="drop").audit  # doctest: +NORMALIZE_WHITESPACE
                    rule   effect  rows  customers  amount                examples
        0           kept     kept     2          2    11.5
        1  duplicate row  dropped     1          1     9.0  7 on '2024-05-01': 9.0
        """
        columns = _audit_columns(self._audit_lines, self.decimals, self._columns.source)
        table: FrameT = table_like(self._frame, columns)
        return table

    @cached_property
    def _audit_lines(self) -> list[Line]:
        """The lines of `audit`, with the keys for their translation."""
        checked = self._judged(self._check())
        names = self._frame.collect_schema().names()
        hiatus = self._census.calendar.hiatus()
        lines = audit_lines(
            checked, self._columns, names, drop_duplicates=self._drop_duplicates, hiatus=hiatus
        )
        return lines if self.has_amounts else without_amounts(lines)

    def _check(self) -> Frame:
        if not isinstance(self._frame, nw.DataFrame):
            refuse_several_currencies(self._frame, self._columns)
            return read_behind_engine(self._frame, self._columns)
        if len(self._frame) == 0:
            raise TransactionsError(NO_ROWS)
        return read_in_memory(self._frame, self._columns)

    def _without_far_dates(self, checked: Frame) -> Frame:
        """The log with its far days marked and the census repeated, if it has any."""
        calendar = self._census.calendar
        if len(calendar.days) == 0:
            return checked
        near = calendar.near()
        if near != (int(calendar.days[0]), int(calendar.days[-1])):
            self._near = near
            checked = self._judged(checked)
            self._census = take_census(checked)
        return checked

    def _judged(self, checked: Frame) -> Frame:
        """The log with the far-date verdict on the rows that no other rule applies to."""
        if self._near is None:
            return checked
        first, last = self._near
        far = (nw.col(VERDICT) == Verdict.KEPT) & ((nw.col(DAY) < first) | (nw.col(DAY) > last))
        kind = checked.collect_schema()[VERDICT]
        return checked.with_columns(
            choose([(far, Verdict.FAR_DATE)], nw.col(VERDICT)).cast(kind).alias(VERDICT)
        )

    def _warn_of_hiatus(self) -> None:
        found = self._census.calendar.hiatus()
        if found is not None:
            before, after = found
            calendar = self._census.calendar
            warn(
                f"The log has no rows between {day_text(before)} and {day_text(after)}, {after - before:,} days, far "
                f"longer than any other gap; {calendar.rows_beyond(after, calendar.days[-1]):,} rows lie before it and "
                f"{calendar.rows_beyond(calendar.days[0], before):,} after. Histories run across it as if customers "
                "had been inactive. Hint: check the dates and the export; until= or a filter keeps one side.",
            )

    def _ledger(self, checked: Frame) -> Frame:
        columns = self._columns
        if len(self._census.rows) > 1:
            checked = checked.filter(nw.col(VERDICT) == Verdict.KEPT)
        if self._drop_duplicates:
            checked = without_copies(checked, self._frame.collect_schema().names())
        ledger = checked.select(
            nw.col(columns.customer).alias("customer_id"),
            nw.col(DAY).alias("day"),
            nw.col(UNITS).alias("units"),
            *([nw.lit(1).cast(nw.Int64).alias("least")] if columns.keep_returns else []),
            *([] if columns.order_id is None else [_order_ids(checked, columns.order_id)]),
        )
        if isinstance(ledger, nw.DataFrame):
            return nw.maybe_reset_index(without_unused_categories(ledger, "customer_id"))
        return ledger

    def _refuse_changing_consent(self, checked: Frame) -> None:
        """Refuse customers who agree in some rows only: their histories would be cut, and one answer holds today."""
        customer = self._columns.customer
        without = choose([(nw.col(VERDICT) == Verdict.WITHOUT_CONSENT, 1)], 0)
        known = checked.filter(nw.col(VERDICT) != Verdict.MISSING_CUSTOMER)
        people = known.select(customer, without.alias(UNITS)).group_by(customer)
        both = people.agg(nw.col(UNITS).min().alias(DAY), nw.col(UNITS).max()).filter(
            nw.col(DAY) < nw.col(UNITS)
        )
        count = int(fetch(both.select(nw.len())).row(0)[0])
        if count:
            raise TransactionsError(
                f"Column {self._columns.consent!r} says yes in some rows and no in others of the same customer: "
                f"{count:,} in all ({first_customers(both, customer)}). Hint: join the answer that holds today to the "
                "log, the same in every row of a customer."
            )

    def _refuse_duplicates(self, checked: Frame) -> None:
        kept = checked.filter(nw.col(VERDICT) == Verdict.KEPT)
        copies = equal_rows(kept, self._frame.collect_schema().names())
        found = fetch(copies.select((nw.col(COPIES) - 1).sum(), nw.len().alias("sets"))).row(0)
        if found[1]:
            [examples] = first_rows([copies], self._columns)
            raise TransactionsError(
                f"{int(found[0]):,} rows repeat another ({examples}), and "
                'duplicates="raise". Hint: duplicates="drop" keeps one of each, duplicates="keep" all.'
            )


def as_transactions(tx: Any) -> Transactions:
    """A `Transactions` unchanged; a dataframe read by its columns customer_id, date and amount.

    Examples
    --------
    >>> from rfm import datasets
    >>> as_transactions(datasets.cdnow())
    Transactions(rows=69659, first=1997-01-01, last=1998-06-30)
    """
    return tx if isinstance(tx, Transactions) else Transactions(tx)


def _order_ids(rows: Frame, name: str) -> nw.Expr:
    """The order ids under one name, null where a row has none; text and floats have other missing values, too."""
    dtype = rows.collect_schema()[name]
    present = nw.when(~missing_id(name, dtype)).then(nw.col(name))
    return (present if is_text(dtype) or dtype.is_float() else nw.col(name)).alias("order_id")


def _audit_columns(lines: Sequence[Line], decimals: int, source: str | None) -> dict[str, Any]:
    columns: dict[str, Any] = {
        "rule": _texts(line.rule for line in lines),
        "effect": _texts(line.effect for line in lines),
        "source": _texts(None if line.source is None else str(line.source) for line in lines),
        "rows": np.array([line.rows for line in lines], dtype=np.int64),
        "customers": np.array([line.customers for line in lines], dtype=np.int64),
        "amount": np.array([np.nan if line.units is None else line.units / 10**decimals for line in lines]),
        "examples": _texts(str(line.examples) for line in lines),
    }
    if source is None:
        del columns["source"]
    return columns


def _texts(values: Iterable[Any]) -> npt.NDArray[np.object_]:
    return np.array(list(values), dtype=object)
