"""What customers did after the assignment: from a log, from a table of outcomes, or as totals by arm."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw

from rfm._customers.summary import summarize
from rfm._days import Day, as_day, day_text
from rfm._frames.columns import how_many
from rfm._frames.execution import fetch
from rfm._frames.joins import join_in_order
from rfm._frames.native import INTERNAL, Frame, from_native
from rfm._orders.transactions import Transactions, as_transactions
from rfm._requirements import (
    LARGEST_AMOUNT,
    Held,
    check_columns,
    check_numbers,
    check_same_customers,
    refuse_repeated,
)
from rfm.errors import DataError

__all__ = ["COVARIATE", "STRATUM", "Outcomes", "needed", "outcomes_of", "refuse_missing"]

STRATUM: Final = f"{INTERNAL}stratum"
COVARIATE: Final = f"{INTERNAL}covariate_"
OUTCOME: Final = Held(-LARGEST_AMOUNT, LARGEST_AMOUNT, booleans=True)
MADE: Final = "outcomes are transactions, or a table with customer_id and a column for each outcome"


@dataclass(frozen=True)
class Outcomes:
    """Customers with their arms and outcomes.

    Attributes
    ----------
    frame : Narwhals frame
        One row per assigned customer: ``customer_id, arm``, `STRATUM` where there is one, each covariate by its name
        after `COVARIATE`, and the outcomes.
    shares : tuple of str
        Outcomes that are true or false.
    means : tuple of str
        Outcomes that are numbers.
    """

    frame: Frame
    shares: tuple[str, ...]
    means: tuple[str, ...]

    @property
    def names(self) -> tuple[str, ...]:
        """All outcomes."""
        return (*self.shares, *self.means)


def needed(assigned: Frame, stratum: str | None, covariates: Sequence[str]) -> Frame:
    """The columns of the assigned table that are measured by, under names that no outcome has."""
    days = [name for name in ("assigned_on",) if name in assigned.collect_schema().names()]
    own = {f"{COVARIATE}{column}": nw.col(column) for column in covariates}
    if stratum is not None:
        own[STRATUM] = nw.col(stratum)
    return assigned.select("customer_id", "arm", *days, **own)


def outcomes_of(assigned: Frame, outcomes: Any, start: Day | None, end: Day | None) -> Outcomes:
    """The assigned customers with what they did.

    Parameters
    ----------
    assigned : Narwhals frame
        Of `needed`.
    outcomes : Transactions or dataframe
        A log, of which the days from ``start`` to ``end`` count, or a table with a row for each assigned customer.
    start, end : date, optional
        First and last day of a log that counts; by default the day of the assignment and the log's last day.

    Raises
    ------
    DataError
        If the days do not fit, or a customer has no outcome.
    """
    if isinstance(outcomes, Transactions) or "date" in from_native(outcomes, MADE).collect_schema().names():
        return _of_log(assigned, as_transactions(outcomes), start, end)
    if start is not None or end is not None:
        raise DataError(
            "start and end choose the days of a log, and these outcomes have no column 'date'. "
            "Hint: leave them out, or pass transactions."
        )
    return _of_table(assigned, from_native(outcomes, MADE))


def refuse_missing(measured: Outcomes) -> None:
    """Refuse outcomes and covariates that are missing: sums would be of fewer customers than are counted.

    Behind an engine, values are looked at only here.

    Raises
    ------
    DataError
    """
    schema = measured.frame.collect_schema()
    names = [name for name in schema.names() if name in measured.names or name.startswith(COVARIATE)]
    lost = {}
    for i, name in enumerate(names):
        missing = nw.col(name).is_null()
        if schema[name].is_float():
            missing = missing | nw.col(name).is_nan()
        lost[f"{i}"] = how_many(missing)
    for number, (count,) in fetch(measured.frame.select(**lost)).to_dict(as_series=False).items():
        if count:
            column = names[int(number)].removeprefix(COVARIATE)
            raise DataError(
                f"Column {column!r} is missing for {int(count):,} customers. Hint: fill it, with 0 for those who did "
                "nothing; a result without them would hold for the others only."
            )


def _of_log(assigned: Frame, tx: Transactions, start: Day | None, end: Day | None) -> Outcomes:
    last = tx.last_day if end is None else as_day(end, "end")
    first = _first_day(assigned, start)
    if first > last:
        raise DataError(
            f"No day counts: start is {day_text(first)}, and end {day_text(last)}. "
            "Hint: wait for outcomes, or choose a later end."
        )
    if last > tx.last_day:
        raise DataError(
            f"end is {day_text(last)}, and the log ends on {day_text(tx.last_day)}. "
            f'Hint: end="{day_text(tx.last_day)}", or a log that goes further.'
        )
    summary = from_native(summarize(tx, as_of=day_text(last), window=day_text(first)))
    check_same_customers(assigned, summary, ("assigned", "the log"))
    if not _meet(assigned, summary):
        raise DataError(
            "No assigned customer is in the log, so that there are no outcomes. Hint: customer_id must be written in "
            "the log as in the assigned table, and the log must hold orders of before the campaign, too."
        )
    made = {"orders": nw.col("orders_in_window")}
    if tx.has_amounts:
        made["revenue"] = nw.col("spend_in_window")
    joined = _joined(assigned, summary.select("customer_id", **made), zero=True)
    joined = joined.with_columns(response=nw.col("orders") > 0)
    return Outcomes(joined, ("response",), tuple(made))


def _meet(assigned: Frame, summary: Frame) -> bool:
    """Whether any assigned customer is in the log."""
    ids = [each.select("customer_id") for each in (assigned, summary)]
    return len(fetch(join_in_order(ids[0], ids[1], how="inner").head(1))) > 0


def _first_day(assigned: Frame, start: Day | None) -> int:
    """The first day that counts, which is no day before an assignment."""
    days = None
    if "assigned_on" in assigned.collect_schema().names():
        days = fetch(assigned.select(nw.col("assigned_on").max())).item()
    latest = None if days is None else as_day(days, "assigned_on")
    if start is None:
        if latest is None:
            raise DataError(
                "start is missing: the first day whose orders are outcomes of the campaign. "
                'Hint: start="2026-09-01", or assign(…, on="2026-09-01").'
            )
        return latest
    first = as_day(start, "start")
    if latest is not None and first < latest:
        raise DataError(
            f"start is {day_text(first)}, and some customers were assigned only on {day_text(latest)}: what they "
            f'did before is no outcome. Hint: start="{day_text(latest)}", or leave these customers out.'
        )
    return first


def _of_table(assigned: Frame, table: Frame) -> Outcomes:
    names = [name for name in table.collect_schema().names() if name != "customer_id"]
    check_columns(table, ("customer_id",), MADE, argument="outcomes")
    if "arm" in names:
        raise DataError(
            "outcomes: the assigned table has a column 'arm', too. Hint: leave it out of the outcomes."
        )
    refuse_repeated(table, argument="outcomes")
    if not names:
        raise DataError(f"outcomes has no column besides customer_id. Hint: {MADE}.")
    check_same_customers(assigned, table, ("assigned", "outcomes"))
    check_numbers(table, dict.fromkeys(names, OUTCOME), MADE)
    joined = _joined(assigned, table, zero=False)
    schema = table.collect_schema()
    truths = tuple(name for name in names if schema[name] == nw.Boolean)
    lost = fetch(joined.select(how_many(nw.col(names[0]).is_null()).alias("n"))).item()
    if lost:
        raise DataError(
            f"outcomes lacks {int(lost):,} of the assigned customers. Hint: add their rows, with 0 for those who "
            "did nothing; a result without them would hold for those who answered only."
        )
    return Outcomes(joined, truths, tuple(name for name in names if name not in truths))


def _joined(assigned: Frame, table: Frame, *, zero: bool) -> Frame:
    names = [name for name in table.collect_schema().names() if name != "customer_id"]
    days = [name for name in ("assigned_on",) if name in assigned.collect_schema().names()]
    joined: Frame = join_in_order(assigned.drop(*days), table)
    if not zero:
        return joined
    return joined.with_columns(*(nw.col(name).cast(nw.Float64).fill_null(0.0) for name in names))
