"""The customer base: a state that takes tomorrow's orders without reading history again."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Literal

import narwhals as nw
import pandas as pd

from rfm.days import as_day, day_text
from rfm.engines import materialise
from rfm.errors import DataError, LateRowsError
from rfm.frames import enter, leave
from rfm.state import as_states, facts, fingerprint, in_order, late_customers, reduced, unexplained
from rfm.summary import dress
from rfm.transactions import Transactions, as_transactions

__all__ = ["CustomerBase", "Late", "Twice"]

Late = Literal["raise", "recompute"]
Twice = Literal["raise", "keep"]

_STATES, _ABOUT, _FORMAT = "customers.parquet", "base.json", "rfm customer base 1"


@dataclass(frozen=True)
class CustomerBase:
    """All that later orders need to know of the earlier ones: one row a customer, never the rows themselves.

    A customer's last active day stays *open*: later rows of that day may still turn its net, and with it
    whether it is a purchase. The days before are *closed* into the facts of the summary. So a state and a
    batch that follows it in time give exactly the state of both logs together, also when both hold rows of
    the boundary day. Batches of different customers need no order at all.

    Made by `CustomerBase.of`; `add` returns a new one.

    Attributes
    ----------
    customers : dataframe of the kind that came in
        ``customer_id``; the closed facts ``first, last, orders, spend, first_spend, refunds``; the open day
        ``open_day``, its net ``open_net`` and its smallest row ``open_least`` (negative for a refund).
        Days count from 1970-01-01 and money in units of 10^-decimals.
    decimals : int
        Decimals of the money.
    first_day, last_day : int
        First and last day of all rows taken in.
    batches : tuple of str
        The mark of each batch, by which one that comes twice is known.
    """

    customers: Any
    decimals: int
    first_day: int
    last_day: int
    batches: tuple[str, ...]

    @classmethod
    def of(cls, tx: Any) -> CustomerBase:
        """The state of a log.

        Parameters
        ----------
        tx : Transactions or dataframe
            A dataframe needs the columns ``customer_id``, ``date`` and ``amount``.

        Examples
        --------
        >>> import pandas as pd, rfm
        >>> january = pd.DataFrame({"customer_id": ["ann", "bob"], "date": ["2024-01-05", "2024-01-31"],
        ...                         "amount": [20.0, 5.0]})
        >>> february = pd.DataFrame({"customer_id": ["bob", "ann"], "date": ["2024-01-31", "2024-02-09"],
        ...                          "amount": [-5.0, 30.0]})
        >>> base = rfm.CustomerBase.of(january).add(february)
        >>> base.summary()[["customer_id", "orders", "spend", "refunds"]]
          customer_id  orders  spend  refunds
        0         ann       2   50.0      0.0
        1         bob       0    0.0      0.0
        """
        tx = as_transactions(tx)
        states = materialise(reduced(as_states(tx.ledger)))
        return cls(leave(states), tx.decimals, tx.first_day, tx.last_day, (fingerprint(tx.ledger),))

    def add(
        self, new: Any, late: Late = "raise", history: Any = None, twice: Twice = "raise"
    ) -> CustomerBase:
        """The state of the base's log and a new batch together.

        Parameters
        ----------
        new : Transactions or dataframe
            Later orders, or orders of other customers, on the same engine as the base.
        late : {"raise", "recompute"}
            What to do when a customer's row lies before the last active day that the base knows of that
            customer: refuse the batch, naming the customers, or read these customers again.
        history : Transactions or dataframe, optional
            The log behind the base, without ``new``; for ``late="recompute"``. Of its rows only those of late
            customers are read.
        twice : {"raise", "keep"}
            What to do with a batch whose rows (customer, day and amount, in any order) are those of a batch
            before: refuse it, or count them again.

        Returns
        -------
        CustomerBase

        Raises
        ------
        LateRowsError
            When the batch has late rows; its ``customers`` names all of them.
        DataError
            When the batch is in the base already or does not fit it, or ``history`` does not lead to what
            the base knows of the late customers.
        """
        tx = as_transactions(new)
        self._check_fit(tx)
        mark = fingerprint(tx.ledger)
        if twice == "raise" and mark in self.batches:
            raise DataError(
                f"This batch is in the base already, as number {self.batches.index(mark) + 1} of "
                f'{len(self.batches)}: every row is the same. Hint: leave it out, or add(…, twice="keep") if '
                "these are other orders that look alike."
            )
        states, rows = enter(self.customers), as_states(tx.ledger)
        tardy = materialise(late_customers(states, rows))
        if names := _names(tardy):
            if late == "raise":
                raise LateRowsError(
                    f"The batch has rows before the last day that the base knows of {_listed(names)}. What they "
                    'bought must be read again. Hint: add(…, late="recompute", history=log).',
                    names,
                )
            states = _read_again(states, tardy, history, self.decimals)
        return replace(
            self,
            customers=leave(materialise(reduced(nw.concat([states, rows])))),
            first_day=min(self.first_day, tx.first_day),
            last_day=max(self.last_day, tx.last_day),
            batches=(*self.batches, mark),
        )

    def summary(self, as_of: str | date | None = None) -> Any:
        """The customer summary of all rows taken in, as `rfm.summarize` gives it.

        Parameters
        ----------
        as_of : str, date or Timestamp, optional
            The day recency counts to, by default the last day of all rows. A day before it would need rows
            that the base no longer has.

        Returns
        -------
        dataframe of the kind that came in

        Raises
        ------
        DataError
            When ``as_of`` lies before the last day.
        """
        end = self.last_day if as_of is None else as_day(as_of, "as_of")
        if end < self.last_day:
            raise DataError(
                f"The base holds rows up to {day_text(self.last_day)} and cannot go back to {day_text(end)}. "
                "Hint: rfm.summarize(log, as_of=…) with the log itself."
            )
        return leave(dress(facts(enter(self.customers)), end, self.decimals))

    def save(self, path: str | Path) -> None:
        """Write the base to a new folder: the states as Parquet, the rest as JSON beside them.

        Raises
        ------
        DataError
            When ``path`` exists, or the ids cannot be written as Parquet.
        """
        folder = Path(path)
        if folder.exists():
            raise DataError(
                f"{folder} exists. Hint: save each state in a folder of its own, by date for example."
            )
        folder.mkdir(parents=True)
        _write_parquet(enter(self.customers), folder / _STATES)
        about = {"format": _FORMAT, "decimals": self.decimals, "first_day": day_text(self.first_day),
                 "last_day": day_text(self.last_day), "batches": self.batches}  # fmt: skip
        (folder / _ABOUT).write_text(json.dumps(about, indent=2) + "\n", encoding="utf-8")

    @classmethod
    def load(cls, path: str | Path, read: Callable[[str], Any] = pd.read_parquet) -> CustomerBase:
        """Read a base that `save` wrote.

        Parameters
        ----------
        path : str or Path
            The folder.
        read : function of a path
            Reads a Parquet file into the dataframe of choice: ``pandas.read_parquet``,
            ``polars.scan_parquet``, ``duckdb.read_parquet``, ``spark.read.parquet`` …

        Raises
        ------
        DataError
            When the folder holds no base.
        """
        folder = Path(path)
        try:
            about = json.loads((folder / _ABOUT).read_text(encoding="utf-8"))
            if about["format"] != _FORMAT:
                raise KeyError("format")
        except (OSError, ValueError, KeyError, TypeError):
            raise DataError(
                f"{folder} holds no customer base. Hint: write one with base.save(path)."
            ) from None
        return cls(
            read(str(folder / _STATES)),
            int(about["decimals"]),
            as_day(about["first_day"], "first_day"),
            as_day(about["last_day"], "last_day"),
            tuple(about["batches"]),
        )

    def _check_fit(self, tx: Transactions) -> None:
        """Refuse a batch on another engine, in other decimals or with other ids."""
        ours, theirs = enter(self.customers), tx.ledger
        if (ours.implementation, type(ours)) != (theirs.implementation, type(theirs)):
            raise DataError(
                f"The base is {_kind(self.customers)} and the batch is {_kind(leave(theirs))}. "
                "Hint: bring the batch to the base's engine."
            )
        if self.decimals != tx.decimals:
            raise DataError(
                f"The base counts money in {self.decimals} decimals, the batch in {tx.decimals}. "
                f"Hint: Transactions(…, decimals={self.decimals})."
            )
        known, new = (frame.collect_schema()["customer_id"] for frame in (ours, theirs))
        if known != new:
            raise DataError(
                f"customer_id is {known} in the base and {new} in the batch. Hint: give the batch the base's type."
            )


def _write_parquet(states: Any, file: Path) -> None:
    try:
        if isinstance(states, nw.DataFrame):
            states.write_parquet(file)
        else:
            states.sink_parquet(str(file))
    except (ImportError, TypeError, ValueError) as error:
        raise DataError(f"The states cannot be written as Parquet: {error}") from error


def _read_again(states: Any, tardy: Any, history: Any, decimals: int) -> Any:
    """The states with those of late customers replaced by their rows in the history."""
    if history is None:
        raise DataError(
            'late="recompute" reads late customers again. Hint: history= the log behind the base.'
        )
    past = as_transactions(history)
    if past.decimals != decimals:
        raise DataError(f"history counts money in {past.decimals} decimals, the base in {decimals}.")
    rows = as_states(past.ledger.join(tardy, on="customer_id", how="semi"))
    wrong = unexplained(states.join(tardy, on="customer_id", how="semi"), rows)
    names = _names(wrong)
    if names:
        raise DataError(
            f"history does not lead to what the base knows of {_listed(names)}. "
            "Hint: give the whole log behind the base, without the new batch."
        )
    return nw.concat([states.join(tardy, on="customer_id", how="anti"), rows])


def _names(customers: Any) -> list[Any]:
    """The ids of a small table, in order."""
    frame = customers.collect() if isinstance(customers, nw.LazyFrame) else customers
    return list(in_order(frame).get_column("customer_id").to_list())


def _listed(names: list[Any]) -> str:
    """The first names of a list, and how many there are.

    >>> _listed(["ann", "bob"])
    "2 customers: 'ann', 'bob'"
    """
    shown = ", ".join(map(repr, names[:10])) + (", …" if len(names) > 10 else "")
    return f"{len(names)} customer{'s' if len(names) > 1 else ''}: {shown}"


def _kind(native: Any) -> str:
    return f"{type(native).__module__.partition('.')[0]} {type(native).__name__}"
