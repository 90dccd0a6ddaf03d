"""The plan itself: candidates in order, their contacts by day, and the team's load."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
from numpy.typing import NDArray

from clv._contacts.judging import CANDIDATE
from clv._contacts.schedule import best_periods
from clv._contacts.work_days import WorkDays
from rfm._customers.aggregation import number_customers
from rfm._frames.execution import fetch
from rfm._frames.native import Frame
from rfm._requirements import column_of_floats

__all__ = ["Candidates", "Plan", "candidates_of", "plan_of"]

Array = NDArray[np.float64]
Whole = NDArray[np.int64]
SHOWN = ("customer_id", "segment")


@dataclass(frozen=True)
class Candidates:
    """Customers who may be contacted, the most important first.

    Attributes
    ----------
    rows : narwhals.DataFrame
        `customer_id`, and `segment` if the table has it.
    numbers : mapping of str to ndarray of shape (n,)
        What `judged` found of them.
    """

    rows: nw.DataFrame[Any]
    numbers: Mapping[str, Array]

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class Plan:
    """One entry per contact, in the order of days and on a day of importance.

    Attributes
    ----------
    who : ndarray of shape (c,)
        Row among the candidates.
    day, contact, priority : ndarray of shape (c,)
        The day, the number of the contact in its cadence and the customer's place among those planned, from 1 on.
    after : ndarray of shape (c,)
        Days since the customer's first contact.
    load : mapping of str to ndarray of shape (m,)
        By period: its first `date` that is worked, `contacts`, `first_contacts`, `booked` and `capacity`.
    """

    who: Whole
    day: Whole
    contact: Whole
    priority: Whole
    after: Whole
    load: Mapping[str, Whole]

    @property
    def first(self) -> Whole:
        """The customers, each once: their rows among the candidates."""
        first: Whole = self.who[self.contact == 1]
        return first


def candidates_of(found: Frame) -> Candidates:
    """The candidates in order: the largest gain first, then the largest value at risk, then the id."""
    rows = nw.maybe_reset_index(fetch(found.filter(nw.col("verdict") == CANDIDATE)))
    names = [name for name in rows.columns if name not in (*SHOWN, "verdict")]
    numbers = {name: column_of_floats(rows, name) for name in names}
    place = number_customers(rows.get_column("customer_id"))[0] if len(rows) else np.array([], dtype=np.int64)
    order = np.lexsort((place, -np.nan_to_num(numbers["at_risk"]), -numbers["gain"]))
    kept = rows.select(*(name for name in SHOWN if name in rows.columns))
    return Candidates(
        nw.maybe_reset_index(kept[order.tolist()]), {name: each[order] for name, each in numbers.items()}
    )


def plan_of(
    people: Candidates,
    days: WorkDays,
    *,
    periods: int,
    capacity: int,
    cadence: Sequence[int],
    booked: Mapping[int, int],
) -> Plan:
    """The best plan; see `best_periods`.

    Parameters
    ----------
    people : Candidates
    days : WorkDays
    periods, capacity : int
        Number of periods in which contacts may begin, and contacts of each period.
    cadence : sequence of int
        Days after the first contact, 0 first.
    booked : mapping of int to int
        By day, contacts that take capacity already.
    """
    dates = [days.contacts_from(period, cadence) for period in range(periods)]
    places = [[days.period_of(day) for day in each] for each in dates]
    length = max(map(max, places)) + 1
    taken = np.zeros(length, dtype=np.int64)
    for agreed, number in booked.items():
        if (period := days.period_of(days.day_from(agreed))) < length:
            taken[period] += number
    release = people.numbers["release"].astype(np.int64)
    known, which = np.unique(release, return_inverse=True)
    first = np.array([days.first_period(int(each)) for each in known], dtype=np.int64)[which]
    begins = best_periods(people.numbers["gain"], first, np.maximum(capacity - taken, 0), places)
    who = np.flatnonzero(begins >= 0)
    shape = (len(who), len(cadence))
    day = np.array(dates, dtype=np.int64)[begins[who]].reshape(shape)
    contact = np.broadcast_to(np.arange(1, len(cadence) + 1), shape)
    priority = np.broadcast_to(np.arange(1, len(who) + 1)[:, None], shape)
    periods_of_contacts = np.array(places, dtype=np.int64)[begins[who]].ravel()
    load = {
        "date": np.array([days.day_of(each) for each in range(length)], dtype=np.int64),
        "contacts": np.bincount(periods_of_contacts, minlength=length),
        "first_contacts": np.bincount(begins[who], minlength=length),
        "booked": taken,
        "capacity": np.full(length, capacity, dtype=np.int64),
    }
    order = np.lexsort((priority.ravel(), day.ravel()))
    return Plan(
        np.repeat(who, len(cadence))[order],
        day.ravel()[order],
        contact.ravel()[order],
        priority.ravel()[order],
        (day - day[:, :1]).ravel()[order],
        load,
    )
