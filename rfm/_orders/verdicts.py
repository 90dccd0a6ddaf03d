"""The verdict on a row of the log: kept, or dropped under exactly one rule."""

from __future__ import annotations

from enum import IntEnum

__all__ = ["Verdict"]


class Verdict(IntEnum):
    """The rule a row falls under; if several apply, the first of this list counts.

    `WITHOUT_CONSENT` comes before all that is wrong with a row: nobody has to mend what may not be used.
    `YEAR_BEFORE_1900` is judged with the dates. `FAR_DATE` comes last, since it depends on all remaining rows: see
    `rfm._orders.far_dates`.

    Rows under `UNDECIDED_DATE` (texts that an engine cannot read without an option) and `AMOUNT_TOO_LARGE`
    are never dropped: the log is refused.

    Examples
    --------
    >>> Verdict.MISSING_CUSTOMER.rule
    'missing customer'
    >>> Verdict.MISSING_CUSTOMER.is_bad, Verdict.RETURN.is_bad
    (True, False)
    """

    KEPT = 0
    MISSING_CUSTOMER = 1
    WITHOUT_CONSENT = 2
    MISSING_DATE = 3
    UNREADABLE_DATE = 4
    UNDECIDED_DATE = 5
    MISSING_AMOUNT = 6
    UNREADABLE_AMOUNT = 7
    INFINITE_AMOUNT = 8
    AMOUNT_TOO_LARGE = 9
    MISSING_CURRENCY = 10
    UNKNOWN_CURRENCY = 11
    AFTER_UNTIL = 12
    RETURN = 13
    FAR_DATE = 14
    YEAR_BEFORE_1900 = 15

    @property
    def rule(self) -> str:
        """The rule in words, as the audit prints it."""
        return self.name.lower().replace("_", " ")

    @property
    def is_bad(self) -> bool:
        """Whether the row cannot be used, and is not merely left out on request."""
        on_request = (Verdict.WITHOUT_CONSENT, Verdict.AFTER_UNTIL, Verdict.RETURN)
        return self != Verdict.KEPT and self not in on_request

    @property
    def has_amount(self) -> bool:
        """Whether rows under this rule have an amount that can be summed."""
        return not Verdict.MISSING_AMOUNT <= self <= Verdict.UNKNOWN_CURRENCY
