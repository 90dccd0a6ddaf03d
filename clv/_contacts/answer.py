"""A plan as tables of the user's kind, and as a text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._contacts.contact_plan import ContactPlan
from clv._contacts.judging import VERDICTS
from clv._contacts.planning import Candidates, Plan
from clv._contacts.reasons import TEXTS, follow_up_words, stake_words, uplift_words
from clv._report.language import Language
from rfm._frames.columns import with_arrays
from rfm._frames.dates import to_dates
from rfm._frames.execution import fetch
from rfm._frames.mapping import missing_floats
from rfm._frames.native import Frame
from rfm._frames.small_tables import empty_like, rows_like, table_like

__all__ = ["Spoken", "answer_of", "counted"]

SHOWN: Final = 10  # rows of each table that are printed
FULL: Final = "full"


@dataclass(frozen=True)
class Spoken:
    """What reasons depend on.

    Attributes
    ----------
    language : Language
    money, measured : bool
        Whether values are money, and whether an uplift was given.
    cost : float
        Of all contacts of a customer.
    as_of : int
        The day of the table, in days since 1970-01-01.
    """

    language: Language
    money: bool
    measured: bool
    cost: float
    as_of: int

    def reason(self, person: Mapping[str, float], day: int, contact: int, of: int, after: int) -> str:
        """Why a customer is contacted on a day."""
        if contact > 1:
            return self.language(follow_up_words(contact, of, after))
        if self.measured:
            return self.language(uplift_words(person["uplift"], self.cost))
        silent = int(person["silent"]) + day - self.as_of
        words = stake_words(silent, person["gap"], person["p_alive"], person["at_risk"], money=self.money)
        return self.language(words)


def counted(found: Frame, full: int) -> dict[str, int]:
    """Customers who are not in the plan by the key of the reason; `full` are those for whom there was no capacity."""
    rows = fetch(found.group_by("verdict").agg(n=nw.len())).select("verdict", "n").rows()
    by_number = {int(verdict): int(n) for verdict, n in rows}
    out = {name: by_number.get(number, 0) for number, name in enumerate(VERDICTS) if number}
    return {name: n for name, n in {**out, FULL: full}.items() if n}


def answer_of(
    like: Frame, people: Candidates, plan: Plan, out: Mapping[str, int], spoken: Spoken
) -> ContactPlan[Any]:
    """The plan with tables of the kind of a frame."""
    contacts = _contacts(people, plan, spoken)
    load = {**plan.load, "date": plan.load["date"].astype("datetime64[D]").astype("datetime64[us]")}
    left_out = {
        "reason": np.array([spoken.language(TEXTS(name)) for name in out], dtype=object),
        "customers": np.array(list(out.values()), dtype=np.int64),
    }
    gain = float(people.numbers["gain"][plan.first].sum())
    return ContactPlan(
        rows_like(like, contacts),
        table_like(empty_like(like), load),
        table_like(empty_like(like), left_out),
        gain,
        _printed(contacts.to_pandas(), pd.DataFrame(load), pd.DataFrame(left_out)),
    )


def _contacts(people: Candidates, plan: Plan, spoken: Spoken) -> nw.DataFrame[Any]:
    """A row per contact."""
    rows = people.rows[plan.who.tolist()]
    of = int(plan.contact.max(initial=1))
    of_contacts = zip(plan.who, plan.day, plan.contact, plan.after, strict=True)
    reasons = [
        spoken.reason({name: each[who] for name, each in people.numbers.items()}, day, contact, of, after)
        for who, day, contact, after in ((int(w), int(d), int(c), int(a)) for w, d, c, a in of_contacts)
    ]
    at_risk = "value_at_risk" if spoken.money else "purchases_at_risk"
    arrays: dict[str, NDArray[Any]] = {
        "contact_on": plan.day,
        "contact": plan.contact,
        "priority": plan.priority,
        at_risk: people.numbers["at_risk"][plan.who],
    }
    if spoken.measured:
        arrays["expected_gain"] = people.numbers["gain"][plan.who]
    arrays["reason"] = np.array(reasons, dtype=object)
    made = missing_floats(with_arrays(rows, arrays), [at_risk])
    dated: nw.DataFrame[Any] = to_dates(made, ["contact_on"])
    return dated.select("customer_id", *arrays, *(name for name in rows.columns if name == "segment"))


def _printed(contacts: pd.DataFrame, load: pd.DataFrame, left_out: pd.DataFrame) -> str:
    """The first contacts, the load by day and who is left out."""
    return "\n\n".join(
        [
            _shown(contacts, "contacts") if len(contacts) else "No contacts.",
            _shown(load[load[["contacts", "booked"]].any(axis=1)], "rows of the load")
            if len(contacts)
            else "",
            left_out.to_string(index=False) if len(left_out) else "",
        ]
    ).strip()


def _shown(table: pd.DataFrame, what: str) -> str:
    """The first rows of a table."""
    rows = table.head(SHOWN).to_string(index=False, float_format=lambda value: f"{value:,.2f}")
    return f"{rows}\n… {len(table) - SHOWN:,} more {what}" if len(table) > SHOWN else rows
