"""Who of a table may be contacted, from which day, and what for: on any engine, customer by customer."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from clv._contacts.at_stake import IN_DOUBT, stakes_of
from clv._contacts.uplift import Uplift, uplift_on
from rfm._frames.dates import with_day_numbers
from rfm._frames.execution import fetch
from rfm._frames.joins import join_in_order
from rfm._frames.mapping import map_columns
from rfm._frames.native import INTERNAL, Frame, from_native, to_native
from rfm._requirements import COUNT, MONEY, SHARE, TIME, check_columns, check_dates, check_numbers
from rfm.errors import DataError

__all__ = ["CANDIDATE", "FREE", "VERDICTS", "Terms", "checked", "day_of", "judged", "value_column"]

MADE: Final = "clv.customer_table(tx) makes such a table"
CANDIDATE: Final = 0
VERDICTS: Final = (
    "candidate",
    "unknown",
    "no uplift",
    "gone",
    "safe",
    "one",
    "not yet",
    "not worth",
    "paused",
)
"""What `judged` finds, by its number: the first that holds; the names are keys of `TEXTS`."""
FIRST, LAST, AS_OF = (f"{INTERNAL}{name}" for name in ("first", "last", "as_of"))
FREE: Final = f"{INTERNAL}free"


@dataclass(frozen=True)
class Terms:
    """What the candidates depend on.

    Attributes
    ----------
    cost : float
        Of all contacts of a customer.
    last : int
        The last day on which contacts may begin, in days since 1970-01-01.
    """

    cost: float
    last: int


def value_column(names: Any) -> str:
    """The column of values: money, or purchases without it."""
    return "clv" if "clv" in names else "expected_purchases"


def checked(frame: Frame, *, uplift: bool) -> Frame:
    """The table, refused if it is none that predictions and histories can be read from."""
    names = frame.collect_schema().names()
    if "p_alive" not in names:
        raise DataError(
            "The table has no p_alive, without which a customer who left cannot be told from one who is about to. "
            f"Hint: {MADE}; rfm.segment(tx) knows the past only."
        )
    value = value_column(names)
    needed = (
        "customer_id",
        "p_alive",
        value,
        "recency",
        "frequency",
        "first_purchase",
        "last_purchase",
        "as_of",
    )
    check_columns(frame, needed, MADE)
    held = MONEY if value == "clv" else TIME
    numbers = {"p_alive": SHARE, value: replace(held, missing=True), "recency": TIME, "frequency": COUNT}
    if "due" in names and not uplift:
        numbers["due"] = replace(MONEY, missing=True)
    check_numbers(frame, numbers, MADE)
    check_dates(frame, ("first_purchase", "last_purchase", "as_of"))
    for name, day in (("first_purchase", FIRST), ("last_purchase", LAST), ("as_of", AS_OF)):
        frame = with_day_numbers(frame, name, day)
    return frame


def day_of(frame: Frame) -> int:
    """The day of a checked table, the same in all rows."""
    contrary = nw.when(nw.col(FIRST) > nw.col(LAST)).then(1).otherwise(0)
    seen = frame.select(
        least=nw.col(AS_OF).min(), most=nw.col(AS_OF).max(), known=nw.col(AS_OF).count(), odd=contrary.sum()
    )
    least, most, known, odd = fetch(seen).select("least", "most", "known", "odd").row(0)
    if not known:
        raise DataError(f"The table has no rows with a day in as_of. Hint: {MADE}.")
    if odd:
        raise DataError(f"first_purchase lies after last_purchase in {int(odd):,} rows. Hint: {MADE}.")
    if least != most:
        raise DataError(
            "as_of holds several days, and a plan is made of one. Hint: keep the rows of the latest, "
            "table[table.as_of == table.as_of.max()]."
        )
    return int(least)


def judged(frame: Frame, free: Frame | None, uplift: Uplift | None, terms: Terms) -> Frame:
    """Of each customer, the number of the verdict; from which day they may be contacted, and what is known of them.

    The columns are `customer_id, verdict, release` (a day), `gain, at_risk, gap, p_alive, silent, uplift`.

    Parameters
    ----------
    frame : narwhals frame
        A checked table.
    free : narwhals frame, optional
        Customers who were contacted: `customer_id` and the first day on which they may be again.
    uplift : Uplift, optional
        What contacts bring; without it, it is the value at risk.
    terms : Terms
    """
    names = frame.collect_schema().names()
    value, measured, by_due = value_column(names), uplift is not None, "due" in names
    if free is not None:
        frame = join_in_order(frame, free)
    missing = nw.lit(float("nan"))
    read = {"p_alive": "p_alive", "value": value, "recency": "recency", "orders": "frequency", "first": FIRST,
            "last": LAST, "as_of": AS_OF}  # fmt: skip
    rows = frame.select(
        "customer_id",
        **{name: nw.col(column).cast(nw.Float64) for name, column in read.items()},
        free=missing if free is None else nw.col(FREE).cast(nw.Float64),
        brings=missing if uplift is None else uplift_on(frame, uplift),
        due=nw.col("due").cast(nw.Float64) if by_due and not measured else missing,
    )

    def judge(*columns: NDArray[Any]) -> dict[str, NDArray[Any]]:
        p, worth, recency, orders, first, last, as_of, free_on, brings, due = (
            np.asarray(column, dtype=float) for column in columns
        )
        stakes = stakes_of(p, worth, recency, orders, last - first, due if by_due else None)
        release = np.fmax(as_of + (0 if measured else stakes.wait), np.nan_to_num(free_on, nan=-np.inf))
        gain = (brings if measured else stakes.at_risk) - terms.cost
        reached = as_of + stakes.wait <= terms.last
        found = np.select(
            [
                np.isnan(brings) & measured,
                (np.isnan(p) | np.isnan(worth) | np.isnan(last - first)) & (not measured),
                (p < IN_DOUBT[0]) & (not measured),
                (p > IN_DOUBT[1]) & (not measured),
                (orders < 2) & (not by_due) & (not measured),
                ~reached & (not measured),
                ~(gain > 0),
                ~(release <= terms.last),
            ],
            [VERDICTS.index(name) for name in ("no uplift", "unknown", *VERDICTS[3:])],
            CANDIDATE,
        )
        return {
            "verdict": found.astype(np.int64),
            "release": np.where(found == CANDIDATE, release, 0).astype(np.int64),
            "gain": np.where(measured, gain, stakes.at_risk),
            "at_risk": stakes.at_risk,
            "gap": stakes.gap,
            "p_alive": p,
            "silent": recency,
            "uplift": brings,
        }

    found: Frame = from_native(map_columns(to_native(rows), (*read, "free", "brings", "due"), judge))
    return found
