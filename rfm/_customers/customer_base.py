"""The customer base: a state that new orders are added to without reading the history again."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final, Literal, get_args

import narwhals.stable.v2 as nw
import pandas as pd

from rfm._customers.adding import with_rows
from rfm._customers.customer_base_files import Extent, read_base, write_base
from rfm._customers.customer_state import alike, as_states, facts, fingerprint, reduced
from rfm._customers.late_rows import Late, settled
from rfm._customers.summary import dress
from rfm._customers.window import Window, as_window, window_start
from rfm._customers.window_days import recent_days, with_window
from rfm._days import Day, as_day, day_text
from rfm._frames.execution import fetch, materialise
from rfm._frames.native import Frame, from_native, same_engine, to_native
from rfm._options import check_choice, check_flag, check_text
from rfm._orders.far_dates import Calendar
from rfm._orders.transactions import Transactions, as_transactions
from rfm.errors import DataError, TransactionsError

__all__ = ["CustomerBase", "Late", "Twice", "base_facts"]

Twice = Literal["raise", "keep", "skip"]

EMPTY: Final = "0-0000000000000000"  # the mark of a batch without rows


@dataclass(frozen=True, eq=False, repr=False)
class CustomerBase:
    """The state of a log that later orders can be added to: one row per customer, not the rows themselves.

    A customer's last active day stays *open*: later rows of that day may still change its net, and with it
    whether it is a purchase. Earlier days are *closed* into the facts of the summary. So a state and a
    batch that follows it in time give exactly the state of both logs together, also when both hold rows of
    the boundary day. Batches of different customers can be added in any order.

    Made by `CustomerBase.of`; `add` returns a new one.

    Attributes
    ----------
    customers : dataframe of the kind that came in
        ``customer_id``; the closed facts ``first, last, orders, spend, first_spend, refunds``; the open day
        ``open_day``, its net ``open_net`` and ``open_refund``, 1 if it holds a refund row, else 0.
        Days count from 1970-01-01 and money in units of 10^-decimals.
    extent : Extent
        ``decimals`` of the money, ``first_day`` and ``last_day`` of all rows added, their ``size``, and
        ``batches``, the mark of each batch, by which a repeated batch is recognised, ``has_amounts``, and
        ``window``, the one that the base keeps the days of; ``covered``, the last day that a caller said was
        covered, and ``names`` of batches.
    days : dataframe of the kind that came in, or None
        The days of the window, if there is one: ``customer_id, day, net, least``, one row per customer and day.

    See Also
    --------
    summarize : The summary of a log in one call.
    Transactions : The log itself.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> january = pd.DataFrame({"customer_id": ["ann"], "date": ["2024-01-05"], "amount": [20.0]})
    >>> rfm.CustomerBase.of(january)
    CustomerBase(batches=1, first=2024-01-05, last=2024-01-05)
    """

    customers: Any
    extent: Extent
    days: Any = None

    def __repr__(self) -> str:
        first, last = day_text(self.extent.first_day), day_text(self.extent.end)
        return f"CustomerBase(batches={len(self.extent.batches)}, first={first}, last={last})"

    @classmethod
    def of(cls, tx: Any, *, window: Window | None = None) -> CustomerBase:
        """The state of a log.

        Parameters
        ----------
        tx : Transactions or dataframe
            A dataframe needs the columns ``customer_id``, ``date`` and ``amount``.
        window : str or date, optional
            Keeps the days of a window, such as the last year, so that summaries can count them apart: see
            `rfm.summarize`. One row per customer and day of it is kept.

        Returns
        -------
        CustomerBase

        Raises
        ------
        DataError
            If ``window`` is neither a positive length nor a day, or begins after the log's last day.

        See Also
        --------
        CustomerBase.add : Takes in later orders.
        summarize : The summary of a log in one call.

        Examples
        --------
        >>> import pandas as pd, rfm
        >>> january = pd.DataFrame({"customer_id": ["ann", "bob"], "date": ["2024-01-05", "2024-01-31"],
        ...                         "amount": [20.0, 5.0]})
        >>> february = pd.DataFrame({"customer_id": ["bob", "ann"], "date": ["2024-01-31", "2024-02-09"],
        ...                          "amount": [-5.0, 30.0]})
        >>> base = rfm.CustomerBase.of(january).add(february)
        >>> base
        CustomerBase(batches=2, first=2024-01-05, last=2024-02-09)
        >>> base.summary()[["customer_id", "orders", "spend", "refunds"]]
          customer_id  orders  spend  refunds
        0         ann       2   50.0      0.0
        1         bob       0    0.0      0.0
        """
        kept = None if window is None else as_window(window)
        tx = as_transactions(tx)
        since = None if kept is None else window_start(kept, tx.last_day)
        days = None if since is None else to_native(recent_days(tx.ledger, since))
        extent = replace(_extent(tx), window=kept)
        return cls(to_native(materialise(reduced(as_states(tx.ledger)))), extent, days)

    def add(
        self,
        new: Any,
        late: Late = "raise",
        history: Any = None,
        twice: Twice = "raise",
        *,
        name: str | None = None,
        until: Day | None = None,
    ) -> CustomerBase:
        """The state of the base's log and a new batch together.

        A day without orders is a batch without rows: it leaves the customers as they are, and with `until` the base
        knows that the day was covered.

        Parameters
        ----------
        new : Transactions or dataframe
            Later orders, or orders of other customers, on the same engine as the base. A dataframe without rows is
            taken whatever its columns are, since nothing is read from it.
        late : {"raise", "recompute"}
            What to do if a row of a customer lies before the last active day that the base holds for that
            customer: refuse the batch, naming the customers, or recompute these customers from ``history``.
        history : Transactions or dataframe, optional
            The log behind the base, without ``new``; for ``late="recompute"``. Of its rows only those of late
            customers are read.
        twice : {"raise", "keep", "skip"}
            What to do with a batch whose rows (customer, day and amount, in any order) equal those of an earlier
            batch: refuse it, count them again, or return the base without counting them.
        name : str, optional
            The batch's name, such as that of its file, which the base remembers. A name that it knows already, with
            the same rows, is the same batch, see `twice`, also where it has no rows; with other rows it is refused.
        until : str or date, optional
            The last day that the batch covers, with orders or without: summaries then count to this day.

        Returns
        -------
        CustomerBase

        Raises
        ------
        LateRowsError
            If the batch has late rows; its ``customers`` names all of them.
        TransactionsError
            If dates of the batch lie far from all others of base and batch, as `Transactions` judges it, and
            the batch was not read with ``far_dates="keep"``.
        DataError
            If ``late`` or ``twice`` is unknown, the batch is in the base already or does not fit it,
            ``name`` is that of a batch with other rows, rows lie after ``until``, or ``history`` contradicts what the
            base holds for the late customers.

        See Also
        --------
        of : the first state, with an example of both.

        Examples
        --------
        >>> import pandas as pd, rfm
        >>> day = {"customer_id": ["ann"], "amount": [20.0]}
        >>> base = rfm.CustomerBase.of(pd.DataFrame({**day, "date": ["2024-01-05"]}))
        >>> base.add(pd.DataFrame({**day, "date": ["2024-02-09"]})).summary()["orders"].tolist()
        [2]

        A day without orders, and a batch that comes again:

        >>> nothing = pd.DataFrame({"customer_id": [], "date": [], "amount": []})
        >>> quiet = base.add(nothing, until="2024-01-06", name="2024-01-06")
        >>> quiet.summary()["recency"].tolist()
        [1]
        >>> quiet.add(nothing, name="2024-01-06", twice="skip") is quiet
        True
        """
        check_choice("late", late, get_args(Late))
        check_choice("twice", twice, get_args(Twice))
        if name is not None:
            check_text("name", name)
        day = None if until is None else as_day(until, "until")
        if _without_rows(new):
            self._check_engine(from_native(new), "batch")
            return self._named(name, EMPTY, twice, day)
        tx = as_transactions(new)
        self._check_fit(tx, "batch")
        batch = _extent(tx)
        if twice == "skip" and (batch.batches[0] in self.extent.batches):
            return self._named(name, batch.batches[0], twice, day)
        if day is not None and tx.last_day > day:
            raise DataError(
                f"The batch has rows up to {day_text(tx.last_day)}, after until={day_text(day)}. "
                "Hint: until= is the last day that the batch covers."
            )
        extent = self._extended(batch, twice)
        extent = replace(
            extent,
            covered=_latest(self.extent.covered, day),
            names=self._names_with(name, batch.batches[0], twice),
        )
        if extent.calendar is not None and not tx.keeps_far_dates:
            _refuse_far_dates(tx, extent.calendar)
        states, rows = alike(from_native(self.customers), as_states(tx.ledger))
        customers = to_native(
            with_rows(states, rows, lambda known, new: settled(known, new, late, history, self._check_fit))
        )
        days = None
        if extent.window is not None:
            since = window_start(extent.window, extent.last_day)
            days = to_native(recent_days(tx.ledger, since, from_native(self.days)))
        return CustomerBase(customers, extent, days)

    def summary(self, as_of: Day | None = None, *, window: Window | None = None) -> Any:
        """The customer summary of all rows added, as `rfm.summarize` gives it.

        Parameters
        ----------
        as_of : str, date, Timestamp or Period, optional
            The day recency counts to, by default the last day of all rows, or a later one that batches covered. A day
            before the last of the rows would need rows that the base does not keep.
        window : str or date, optional
            See `rfm.summarize`; by default the one that the base was made with, if any. It may be a shorter one.

        Returns
        -------
        dataframe of the kind that came in

        Raises
        ------
        DataError
            If ``as_of`` lies before the last day; if ``window`` begins before the days that the base keeps, or it keeps
            none.

        See Also
        --------
        summarize : The same of a whole log.
        score : What reads it.

        Examples
        --------
        >>> import pandas as pd, rfm
        >>> log = pd.DataFrame({"customer_id": ["ann"], "date": ["2024-01-05"], "amount": [20.0]})
        >>> rfm.CustomerBase.of(log).summary(as_of="2024-01-31")["recency"].tolist()
        [26]
        """
        end = self._end(as_of, "as_of", "rfm.summarize(log, as_of=…)")
        facts_of = facts(from_native(self.customers))
        window = self.extent.window if window is None else as_window(window)
        if window is not None:
            facts_of = with_window(facts_of, *self._kept(window, end))
        return to_native(
            dress(
                facts_of,
                end,
                self.extent.decimals,
                money=self.extent.has_amounts,
                windowed=window is not None,
            )
        )

    def _end(self, given: Day | None, name: str, otherwise: str) -> int:
        """The day that facts count to; one before the last rows is refused.

        Raises
        ------
        DataError
        """
        last = self.extent.last_day
        end = self.extent.end if given is None else as_day(given, name)
        if end < last:
            raise DataError(
                f"The base holds rows up to {day_text(last)} and cannot go back to {day_text(end)}. "
                f"Hint: {otherwise} with the log itself."
            )
        return end

    def _kept(self, window: str, end: int) -> tuple[Frame, int]:
        """The days that the base keeps, and the first of a window that it can answer.

        Raises
        ------
        DataError
        """
        own, since = self.extent.window, window_start(window, end)
        if own is None:
            raise DataError(
                f"The base keeps no days, and cannot answer window={window!r}. "
                f"Hint: CustomerBase.of(log, window={window!r}) keeps them."
            )
        first = window_start(own, self.extent.last_day)
        if since < first and first > self.extent.first_day:
            raise DataError(
                f"window={window!r} begins on {day_text(since)}; the base keeps the days from {day_text(first)} on, "
                f"window={own!r}. Hint: a shorter window, or CustomerBase.of(log, window={window!r})."
            )
        return from_native(self.days), since

    def save(self, path: str | Path, *, replace: bool = False) -> None:
        """Write the base to a folder: the states as Parquet, the rest as JSON.

        Parameters
        ----------
        path : str or Path
            The folder; without `replace` it must not exist yet.
        replace : bool
            Whether an earlier base there is replaced. A process that is killed at any moment leaves the old or the new
            base whole; what else it leaves is removed when the next one is saved. The folder then holds the state
            before, too, for those who are reading it. One process at a time may save.

        Raises
        ------
        DataError
            If ``path`` exists and is not to be replaced, or holds something else, or the ids cannot be written as
            Parquet or would change when read back.

        See Also
        --------
        CustomerBase.load : Reads the file.

        Examples
        --------
        >>> import tempfile, rfm
        >>> path = Path(tempfile.mkdtemp(), "base")
        >>> rfm.CustomerBase.of(rfm.datasets.cdnow_sample()).save(path)
        >>> rfm.CustomerBase.load(path)
        CustomerBase(batches=1, first=1997-01-01, last=1998-06-30)
        """
        check_flag("replace", replace)
        write_base(path, self.customers, self.extent, self.days, replace=replace)

    @classmethod
    def load(cls, path: str | Path, read: Callable[[str], Any] = pd.read_parquet) -> CustomerBase:
        """Read a base that `save` wrote.

        Parameters
        ----------
        path : str or Path
            The folder.
        read : function of a path
            Reads a Parquet file into a dataframe: ``pandas.read_parquet``,
            ``polars.scan_parquet``, ``duckdb.read_parquet``, ``spark.read.parquet`` …

        Returns
        -------
        CustomerBase
            On the engine of ``read``.

        Raises
        ------
        DataError
            If the folder holds no base, or a customer has several rows in it.

        See Also
        --------
        CustomerBase.save : Writes the file.

        Examples
        --------
        >>> import tempfile, rfm
        >>> path = Path(tempfile.mkdtemp(), "base")
        >>> rfm.CustomerBase.of(rfm.datasets.cdnow_sample()).save(path)
        >>> len(rfm.CustomerBase.load(path).summary())
        2357
        """
        return cls(*read_base(path, read))

    def _check_fit(self, tx: Transactions, name: str) -> None:
        """Refuse a batch or a history on another engine, in other decimals or with other ids."""
        ours, theirs = from_native(self.customers), tx.ledger
        self._check_engine(theirs, name)
        if self.extent.has_amounts != tx.has_amounts:
            have = {True: "amounts", False: "no amounts"}
            raise DataError(
                f"The base has {have[self.extent.has_amounts]}, and the {name} has {have[tx.has_amounts]}. "
                'Hint: read both the same way, Transactions(…, amount="…") or amount=None.'
            )
        if self.extent.decimals != tx.decimals:
            raise DataError(
                f"The base counts money in {self.extent.decimals} decimals, the {name} in {tx.decimals}. "
                f"Hint: Transactions(…, decimals={self.extent.decimals})."
            )
        if self.extent.keeps_returns != tx.keeps_returns:
            here, there, option = (
                ("kept", "netted", "keep") if self.extent.keeps_returns else ("netted", "kept", "net")
            )
            raise DataError(
                f"Returns are {here} in the base and {there} in the {name}. "
                f'Hint: Transactions(…, returns="{option}").'
            )
        known, new = (frame.collect_schema()["customer_id"] for frame in (ours, theirs))
        if known != new and nw.Object not in (known, new):
            raise DataError(
                f"customer_id is {known} in the base and {new} in the {name}. "
                f"Hint: cast the ids of the {name} to the base's type."
            )

    def _check_engine(self, theirs: Frame, name: str) -> None:
        if not same_engine(from_native(self.customers), theirs):
            raise DataError(
                f"The base is {_kind(self.customers)} and the {name} is {_kind(to_native(theirs))}. "
                f"Hint: convert the {name} to the base's engine."
            )

    def _named(self, name: str | None, mark: str, twice: Twice, day: int | None) -> CustomerBase:
        """The same customers, with a batch's name and the day that it covers."""
        names, covered = self._names_with(name, mark, twice), _latest(self.extent.covered, day)
        if (names, covered) == (self.extent.names, self.extent.covered):
            return self
        return replace(self, extent=replace(self.extent, names=names, covered=covered))

    def _names_with(self, name: str | None, mark: str, twice: Twice) -> tuple[tuple[str, str], ...]:
        """The names of batches with one more; a known one is refused if it is not to be repeated."""
        known = dict(self.extent.names)
        if name is None or (known.get(name) == mark and twice != "raise"):
            return self.extent.names
        if name not in known:
            return (*self.extent.names, (name, mark))
        if known[name] == mark:
            raise DataError(
                f'The batch {name!r} is in the base already. Hint: leave it out, or add(…, twice="skip").'
            )
        raise DataError(
            f"The base has a batch {name!r} already, with other rows. Hint: another name= if these are further orders; "
            "if the earlier ones were wrong, start again from the base before them."
        )

    def _extended(self, batch: Extent, twice: Twice) -> Extent:
        """The extent of base and batch together."""
        mine, mark = self.extent, batch.batches[0]
        if twice == "raise" and mark in mine.batches:
            raise DataError(
                f"This batch is in the base already, as number {mine.batches.index(mark) + 1} of "
                f"{len(mine.batches)}: every row is the same. "
                'Hint: leave it out, or add(…, twice="keep") if these are other orders that look alike.'
            )
        size = mine.size + batch.size
        if size >= 2**63:
            raise DataError(
                f"The sum of all amounts, {size / 10**mine.decimals:.4g}, exceeds 64-bit whole numbers "
                f"in {mine.decimals} decimals. Hint: start a base with fewer decimals."
            )
        return Extent(
            decimals=mine.decimals,
            first_day=min(mine.first_day, batch.first_day),
            last_day=max(mine.last_day, batch.last_day),
            size=size,
            batches=(*mine.batches, mark),
            calendar=None
            if mine.calendar is None or batch.calendar is None
            else mine.calendar + batch.calendar,
            keeps_returns=mine.keeps_returns,
            has_amounts=mine.has_amounts,
            window=mine.window,
            covered=mine.covered,
            names=mine.names,
        )


def base_facts(base: CustomerBase, end: Day | None, otherwise: str) -> tuple[Frame, int]:
    """The whole-number facts of a base's customers, as `netting.customer_facts` gives a log's, and their day.

    ``otherwise`` is what answers for an earlier day: "clv.summarize(log, end=…)".
    """
    return facts(from_native(base.customers)), base._end(end, "end", otherwise)


def _without_rows(new: Any) -> bool:
    """Whether a batch is a dataframe of no rows, as that of a day without orders; a `Transactions` has some."""
    if isinstance(new, Transactions):
        return False
    return not fetch(from_native(new).select(rows=nw.len())).item()


def _latest(known: int | None, day: int | None) -> int | None:
    return known if day is None else day if known is None else max(known, day)


def _extent(tx: Transactions) -> Extent:
    mark = fingerprint(tx.ledger)
    return Extent(
        tx.decimals,
        tx.first_day,
        tx.last_day,
        tx.size,
        (mark,),
        tx.calendar,
        tx.keeps_returns,
        tx.has_amounts,
    )


def _refuse_far_dates(tx: Transactions, together: Calendar) -> None:
    """Refuse a batch with days far from those of the base, as `Transactions` does within one log."""
    first, last = together.near()
    count = tx.calendar.rows_beyond(first, last)
    if not count:
        return
    far = tx.ledger.filter((nw.col("day") < first) | (nw.col("day") > last))
    rows = fetch(far.select("customer_id", "day")).rows()
    named = "; ".join(
        f"{who} on {day_text(day)}" for day, who in sorted((int(d), str(c)) for c, d in rows)[:3]
    )
    rows_lie = "1 row of the batch lies" if count == 1 else f"{count} rows of the batch lie"
    raise TransactionsError(
        f"{rows_lie} far from all others ({named}): base and batch together lie between {day_text(first)} and "
        f"{day_text(last)}. Hint: correct the dates, or drop these rows; "
        'Transactions(…, far_dates="keep") keeps them as they are.'
    )


def _kind(native: Any) -> str:
    return f"{type(native).__module__.partition('.')[0]} {type(native).__name__}"
