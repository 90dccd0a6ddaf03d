"""The plan of a team's contacts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic

from rfm._frames.types import FrameT
from rfm._printed import Printed

__all__ = ["ContactPlan"]


@dataclass(frozen=True)
class ContactPlan(Generic[FrameT]):
    """Whom a team contacts, on which day, and why; made by `prioritize`.

    Attributes
    ----------
    contacts : dataframe
        One row per contact, in the order of the days, and on a day the most important customer first:

        ``customer_id``
            Whom.
        ``contact_on``
            The day.
        ``contact``
            1, or with a cadence the number of the contact.
        ``priority``
            The place of the customer among those of the plan, 1 being the most important.
        ``value_at_risk``
            What goes if the customer has left: CLV / P(alive) · (1 − P(alive)). Without money, it is
            ``purchases_at_risk``.
        ``expected_gain``
            With ``uplift``: uplift − cost of the customer's contacts.
        ``reason``
            Why, in words.
        ``segment``
            If the table has it.
    load : dataframe
        One row per day (or week, by its first day that is worked) until the last contact: ``date``, ``contacts``,
        ``first_contacts`` among them, ``booked`` (contacts that were agreed before) and ``capacity``.
    left_out : dataframe
        ``reason`` and ``customers``: those who are in the table and not in the plan.
    gain : float
        Sum of `expected_gain`, or without an uplift of the value (or purchases) at risk, of the customers in the plan.

    See Also
    --------
    prioritize : Makes it.

    Examples
    --------
    >>> import clv, rfm
    >>> table = clv.customer_table(rfm.datasets.cdnow_sample(), model="mbg-nbd")
    >>> plan = clv.prioritize(table, capacity=20, periods=5, closed=("Saturday", "Sunday"))
    >>> plan.load[["date", "contacts", "capacity"]].head(2)
            date  contacts  capacity
    0 1998-07-01        20        20
    1 1998-07-02        20        20
    """

    contacts: FrameT
    load: FrameT
    left_out: FrameT
    gain: float
    _text: str = ""

    def __repr__(self) -> str:
        return str(Printed(self._text))

    def _repr_html_(self) -> str:
        return Printed(self._text)._repr_html_()
