"""Contracts of any engine: read, checked, and compressed to distinct starts and ends with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._numerics import Array
from clv._retention.renewal_period import RenewalPeriod
from rfm._days import day_text
from rfm._frames.dates import with_day_numbers, zone_of
from rfm._frames.execution import fetch
from rfm._frames.joins import join_in_order
from rfm._frames.native import Frame
from rfm._options import received
from rfm._requirements import check_dates, check_groups, column_of_floats
from rfm.errors import DataError

__all__ = [
    "MADE",
    "RUNNING",
    "ContractRows",
    "Contracts",
    "contract_places",
    "period_counts",
    "read_contracts",
    "read_days",
    "rows_of",
]

Ints = NDArray[np.int64]
Bools = NDArray[np.bool_]

RUNNING: Final = np.iinfo(np.int64).max
"""The end of a contract that runs."""
MADE: Final = "contracts are a table with customer_id, start and end (missing while a contract runs)"


@dataclass(frozen=True)
class ContractRows:
    """Rows of contracts in memory.

    Parameters
    ----------
    customer : ndarray of shape (n,)
        Ids.
    start, end : ndarray of shape (n,), int64
        Days since 1970-01-01; `RUNNING` where a contract has no end.
    """

    customer: NDArray[Any]
    start: Ints
    end: Ints


@dataclass(frozen=True)
class Contracts:
    """Distinct contracts with their numbers.

    Parameters
    ----------
    start, end : ndarray of shape (n,), int64
        Days since 1970-01-01; `RUNNING` where a contract has no end.
    weights : ndarray of shape (n,)
        Contracts of each.
    groups : dict
        Other columns, (n,) each: names of groups, and covariates.
    rows, joined : int
        Rows of the table, and those that continue the contract before them.
    """

    start: Ints
    end: Ints
    weights: Array
    groups: dict[str, NDArray[Any]]
    rows: int
    joined: int

    @property
    def latest(self) -> int:
        """The latest day of the table."""
        ended = self.end[self.end < RUNNING]
        return int(max(self.start.max(), ended.max() if len(ended) else self.start.max()))


def read_contracts(frame: Frame, others: Sequence[str]) -> Contracts:
    """Check a table of contracts, and count those that are alike.

    Behind an engine the customers with one contract are counted there by start, end and the other columns; only the
    contracts of customers with several come into memory, to be joined and checked.

    Parameters
    ----------
    frame : narwhals frame
        With `customer_id`, `start`, `end` and the other columns.
    others : sequence of str
        Columns of groups and covariates.

    Raises
    ------
    DataError
        If a start is missing, an end lies before its start, a row occurs twice, or two contracts of a customer overlap.
    """
    days = read_days(frame, others)
    if isinstance(days, nw.DataFrame):
        return _joined(rows_of(days), _columns(days, others))
    missing, rows = fetch(
        days.select(nw.col("customer_id").is_null().cast(nw.Int64).sum().alias("a"), nw.len().alias("n"))
    ).row(0)
    _refuse_nobody(int(missing or 0), int(rows))
    known = days.group_by("customer_id").agg(contracts=nw.len())
    once = join_in_order(days, known.filter(nw.col("contracts") == 1), how="semi")
    alike = fetch(once.group_by("start_day", "end_day", *others).agg(contracts=nw.len()))
    single = rows_of(alike.with_columns(customer_id=nw.lit(0)))
    weights = alike.get_column("contracts").to_numpy().astype(float)
    several = fetch(join_in_order(days, known.filter(nw.col("contracts") > 1), how="semi"))
    first = Contracts(single.start, single.end, weights, _columns(alike, others), int(weights.sum()), 0)
    _check_ends(single)
    return _together(first, _joined(rows_of(several), _columns(several, others))) if len(several) else first


def read_days(frame: Frame, others: Sequence[str]) -> Frame:
    """The columns that are read, with `start_day` and `end_day` as days since 1970-01-01."""
    check_groups(frame, ("customer_id",))
    kept = list(dict.fromkeys(("customer_id", "start", "end", *others)))
    frame = frame.select(*kept)
    if isinstance(frame, nw.DataFrame):
        frame = nw.maybe_reset_index(frame)
        end = frame.get_column("end")
        if end.dtype not in (nw.Date, nw.Datetime) and bool(end.is_null().all()):  # such a column has no type
            frame = frame.with_columns(end=nw.col("start"), __rfm_runs=nw.lit(True))
        for name in ("start", "end"):
            if frame.collect_schema()[name] == nw.Datetime and zone_of(frame.get_column(name)) is not None:
                raise DataError(
                    f"Column {name!r} has a time zone. Hint: convert it to local dates, of which contracts are made."
                )
    check_dates(frame, ("start", "end"))
    for name in ("start", "end"):
        frame = with_day_numbers(frame, name, f"{name}_day")
    if "__rfm_runs" in frame.collect_schema():
        frame = frame.with_columns(end_day=nw.lit(float("nan"))).drop("__rfm_runs")
    return frame.drop(*(name for name in ("start", "end") if name not in others))


def rows_of(frame: nw.DataFrame[Any]) -> ContractRows:
    start = frame.get_column("start_day")
    ids = np.empty(len(frame), dtype=object)
    ids[:] = frame.get_column("customer_id").to_list()
    _refuse_nobody(int(frame.get_column("customer_id").is_null().sum()), len(frame))
    if missing := int(start.is_null().sum()):
        raise DataError(
            f"Column 'start' is missing in {missing:,} of {len(frame):,} rows. Hint: a contract begins on a day."
        )
    last = column_of_floats(frame, "end_day")
    runs = np.isnan(last)
    days = np.where(runs, RUNNING, np.where(runs, 0.0, last).astype(np.int64))
    return ContractRows(ids, start.to_numpy().astype(np.int64), days)


def _refuse_nobody(missing: int, rows: int) -> None:
    if rows == 0:
        raise DataError(f"The table has no contracts. Hint: {MADE}.")
    if missing:
        raise DataError(
            f"Column 'customer_id' is missing in {missing:,} of {rows:,} rows. Hint: drop these rows, or name them."
        )


def _columns(frame: nw.DataFrame[Any], names: Sequence[str]) -> dict[str, NDArray[Any]]:
    return {name: np.asarray(frame.get_column(name).to_numpy()) for name in names}


def _check_ends(rows: ContractRows) -> None:
    early = rows.end < rows.start
    if early.any():
        row = int(early.argmax())
        who = "" if rows.customer[row] == 0 else f" for customer {received(rows.customer[row])}"
        raise DataError(
            f"A contract ends before it starts: {day_text(int(rows.end[row]))}, from {day_text(int(rows.start[row]))}"
            f"{who} ({int(early.sum()):,} such). Hint: are start and end the right columns?"
        )


def _joined(rows: ContractRows, groups: dict[str, NDArray[Any]]) -> Contracts:
    """The contracts of rows, with the groups of their first."""
    first, last = contract_places(rows)
    kept = {name: values[first] for name, values in groups.items()}
    n = len(first)
    return Contracts(
        rows.start[first], rows.end[last], np.ones(n), kept, len(rows.start), len(rows.start) - n
    )


def contract_places(rows: ContractRows) -> tuple[Ints, Ints]:
    """Where the first and the last row of each contract are: one that begins by the day after another ended goes on.

    Raises
    ------
    DataError
        If a contract ends before it starts, a row occurs twice, or contracts overlap.
    """
    _check_ends(rows)
    code = pd.factorize(pd.Series(rows.customer, dtype=object))[0].astype(np.int64)
    order = np.lexsort((rows.end, rows.start, code))
    code, start, end = code[order], rows.start[order], rows.end[order]
    again = np.concatenate([[False], code[1:] == code[:-1]])
    before = np.concatenate([[0], end[:-1]])
    _refuse_overlap(rows.customer[order], start, end, again, before)
    first = np.flatnonzero(~(again & (start <= before + 1)))
    last = np.append(first[1:], len(order)) - 1
    return order[first], order[last]


def _refuse_overlap(customer: NDArray[Any], start: Ints, end: Ints, again: Bools, before: Ints) -> None:
    same = again & np.concatenate([[False], (start[1:] == start[:-1]) & (end[1:] == end[:-1])])
    for wrong, fact, hint in (
        (same, "The same contract is there twice", "drop the copies"),
        (
            again & (start < before),
            "Contracts of one customer overlap",
            "one row for each contract; where customers hold several products, fit each product's contracts alone",
        ),
    ):
        if wrong.any():
            row, n = int(wrong.argmax()), int(wrong.sum())
            raise DataError(
                f"{fact}: {n:,} row{'' if n == 1 else 's'}, such as from {day_text(int(start[row]))} for customer "
                f"{received(customer[row])}. Hint: {hint}."
            )


def _together(first: Contracts, second: Contracts) -> Contracts:
    return Contracts(
        np.concatenate([first.start, second.start]),
        np.concatenate([first.end, second.end]),
        np.concatenate([first.weights, second.weights]),
        {name: np.concatenate([values, second.groups[name]]) for name, values in first.groups.items()},
        first.rows + second.rows,
        first.joined + second.joined,
    )


def period_counts(
    contracts: Contracts, period: RenewalPeriod, as_of: int, since: int | None
) -> tuple[Ints, Ints, Bools]:
    """The first and the last opportunity to renew that each contract is seen at, and whether it was lost at the last.

    Parameters
    ----------
    contracts : Contracts
    period : RenewalPeriod
    as_of : int
        The last day of observation: later ends and renewals are not known.
    since : int, optional
        The day from which ended contracts were recorded: renewals before it are left out.

    Returns
    -------
    first, last : ndarray of shape (n,), int64
        From 1; last < first where a contract was seen at none.
    lost : ndarray of shape (n,), bool
    """
    start, end = contracts.start, contracts.end
    passed = period.renewals(start, np.full_like(start, as_of))
    ended = end <= as_of
    lasted = period.lasted(start, np.where(ended, end, start))
    lost = ended & (lasted <= passed)
    last = np.where(ended, np.where(lost, lasted, np.minimum(lasted - 1, passed)), passed)
    first = np.ones_like(last)
    if since is not None:
        first = period.renewals(start, np.full_like(start, since - 1)) + 1
    return first, np.asarray(last, dtype=np.int64), lost & (last >= first)
