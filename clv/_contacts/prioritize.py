"""The contact list of a team that can reach so many customers a day or a week."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from clv._contacts.answer import Spoken, answer_of, counted
from clv._contacts.contact_plan import ContactPlan
from clv._contacts.contacted import contacted_of
from clv._contacts.judging import Terms, checked, day_of, judged, value_column
from clv._contacts.planning import candidates_of, plan_of
from clv._contacts.uplift import Uplift
from clv._contacts.work_days import WEEKDAYS, Per, WorkDays
from clv._report.language import Language
from clv._stages import refuse_other_stage
from clv._units import Horizon, horizon_days
from rfm._days import Day, as_day, day_text
from rfm._frames.execution import materialise
from rfm._frames.joins import join_in_order
from rfm._frames.native import from_native
from rfm._frames.types import FrameT, Table
from rfm._options import check_choice, items, money, received, whole
from rfm._requirements import refuse_repeated
from rfm.errors import DataError

__all__ = ["prioritize"]

MADE: Final = "clv.customer_table(tx)"
MOST_PERIODS: Final = 1_000
MOST_CONTACTS: Final = 100
LONGEST: Final = 3_653  # days from a customer's first contact to the last


@dataclass(frozen=True)
class Team:
    """What the team can do, checked.

    Attributes
    ----------
    capacity, periods : int
        Contacts in a period, and the number of periods in which customers' contacts may begin.
    cadence : tuple of int
        Days of a customer's contacts after the first, 0 being that.
    cost : float
        Of a contact.
    """

    capacity: int
    periods: int
    cadence: tuple[int, ...]
    cost: float


def prioritize(
    table: FrameT,
    capacity: int,
    *,
    cost: float = 0.0,
    per: Per = "day",
    periods: int = 1,
    start: Day | None = None,
    uplift: Uplift | None = None,
    cadence: Sequence[int] = (0,),
    pause: Horizon = "30D",
    contacted: Table | None = None,
    closed: Sequence[str] = (),
    language: str = "en",
) -> ContactPlan[FrameT]:
    """List whom a team should contact, on which day, and why.

    Without a measurement, the customers who matter are those whose silence is longer than usual in their own rhythm,
    and who are neither safe nor lost (P(alive) from 20% to 80%), by the value that goes if they have left. Where a
    hold-out has measured what contacts bring, it is all customers for whom that is more than the cost.

    Parameters
    ----------
    table : dataframe
        Of `customer_table`. If it has `due`, a customer's silence is longer than usual from that day on, when P(alive)
        is below one half, in place of the mean gap between purchases.
    capacity : int
        Contacts that the team can make in a day or week.
    cost : float
        Of a contact, in the table's currency. Customers for whom a contact cannot bring what it costs are left out and
        counted.
    per : {"day", "week"}
        What the capacity is of. Weeks are of seven days from ``start`` on, and contacts begin on the first day that is
        worked.
    periods : int
        Days that are worked, or weeks, for which contacts are planned.
    start : str or date, optional
        First day of the plan; by default the day after the table's `as_of`.
    uplift : str, mapping or Lift, optional
        What reaching a customer brings, with all contacts, as measured: a column of the table, amounts by
        segment, or what `rfm.campaigns.lift` measured of revenue by segment for one arm (its adjusted difference, where
        there is one). Revenue is no profit: for a margin of 30%, give a mapping of 0.3 times these. Customers without
        one are left out.
    cadence : sequence of int
        Days of a customer's contacts after the first: ``(0, 7, 30)`` are three. Each takes capacity on its day, also
        beyond the plan. On days that are not worked they are put off.
    pause : str or timedelta
        Whoever was contacted within so long before does not begin again. A customer begins once in a plan; the later
        contacts of a cadence are not bound by the pause.
    contacted : dataframe, optional
        Contacts that were made or agreed already, with ``customer_id`` and ``contact_on``; `ContactPlan.contacts` of
        yesterday is one. Those on days of this plan take capacity.
    closed : sequence of str
        Weekdays on which nobody works: ``("Saturday", "Sunday")``.
    language : str or path
        Of the reasons: "en", "zh-Hant", "zh-Hans", or the path of a language file, see `report`.

    Returns
    -------
    ContactPlan
        With tables of the kind that came in.

    Raises
    ------
    DataError
        If the table has no P(alive) or lacks another column, holds several days or a customer twice, or an option is
        invalid.

    Warns
    -----
    DataWarning
        If the interval of a measured uplift holds 0 where the uplift is above it, or the search for the best plan of a
        cadence was ended before it was proven to be the best.

    See Also
    --------
    customer_table : Makes the table.
    CustomerModel.due : The day on which a silence becomes alarming.
    rfm.campaigns.lift : Measures what contacts bring.

    Notes
    -----
    A contact is worth the same on every day from that on which a silence becomes unusual, and nothing before.
    No plan has a larger sum of priorities: customers are unit jobs with release days, for which taking the greatest
    first is optimal, as the sets that fit are a laminar matroid (Edmonds 1971); with a cadence the numbers to begin
    with on each day are found by integer programming. Of equals, the larger value at risk comes first, then the id.

    The value at risk is that of the table's day and says what is lost without a contact, not what a contact saves.
    Only a control group tells that (see `rfm.campaigns.assign`). Make the table again as customers buy.

    Behind an engine, the candidates' ids and numbers are brought into memory, and the plan is made there.

    Examples
    --------
    >>> import clv, rfm
    >>> table = clv.customer_table(rfm.datasets.cdnow_sample(), model="mbg-nbd")
    >>> plan = clv.prioritize(table, capacity=20, cost=1.5)
    >>> plan.contacts.loc[0, ["customer_id", "contact_on", "reason"]].tolist()
    [..., Timestamp('1998-07-01 00:00:00'), 'silent ... days, usually buys every ...; ... at stake']
    """
    team = _team(capacity, periods, cadence, cost)
    words, pause_days = Language.load(language), _whole_days(pause)
    needed = ("customer_id", "p_alive", "as_of")
    refuse_other_stage(table, needed, "table", "a customer table (clv.customer_table)", MADE)
    native = from_native(table, f"{MADE} makes such a table")
    frame = checked(native, uplift=uplift is not None)
    refuse_repeated(native)
    names = native.collect_schema().names()
    is_money = value_column(names) == "clv"
    if team.cost and uplift is None and not is_money:
        raise DataError(
            f"cost={cost:g} cannot be weighed against purchases, and the table has no clv. "
            "Hint: clv.customer_table(tx, value_per_order=…), or leave out cost."
        )
    as_of = day_of(frame)
    days = _work_days(as_of, start, per, closed)
    before = None if contacted is None else contacted_of(contacted, native, pause_days, days.start)
    terms = Terms(team.cost * len(team.cadence), days.day_of(team.periods - 1))
    found = judged(frame, None if before is None else before.free, uplift, terms)
    if "segment" in names:
        found = join_in_order(found, native.select("customer_id", "segment"))
    found = materialise(found)
    people = candidates_of(found)
    booked = {} if before is None else before.booked
    plan = plan_of(
        people, days, periods=team.periods, capacity=team.capacity, cadence=team.cadence, booked=booked
    )
    spoken = Spoken(words, money=is_money, measured=uplift is not None, cost=terms.cost, as_of=as_of)
    answer: ContactPlan[FrameT] = answer_of(
        native, people, plan, counted(found, len(people) - len(plan.first)), spoken
    )
    return answer


def _team(capacity: int, periods: int, cadence: Sequence[int], cost: float) -> Team:
    return Team(
        whole("capacity", capacity, "capacity=50", least=1, most=10**9),
        whole("periods", periods, "periods=5", least=1, most=MOST_PERIODS),
        _cadence(cadence),
        money("cost", cost, "cost=1.5"),
    )


def _cadence(cadence: Sequence[int]) -> tuple[int, ...]:
    """The days of a customer's contacts: the first on day 0, the others later, each on a day of its own."""
    hint = "cadence=(0, 7, 30)"
    days = [whole("cadence", each, hint, most=LONGEST) for each in items("cadence", cadence, hint)]
    if not days or days[0] != 0 or days != sorted(set(days)) or len(days) > MOST_CONTACTS:
        raise DataError(
            f"cadence must hold days after the first contact, 0 first, each later than the one before, at most "
            f"{MOST_CONTACTS}; got {received(cadence)}. Hint: {hint}."
        )
    return tuple(days)


def _whole_days(pause: Horizon) -> int:
    days = horizon_days(pause, "pause")
    if not math.isfinite(days):
        raise DataError(f'pause must end; got {received(pause)}. Hint: pause="30D", or drop these customers.')
    return math.ceil(days)


def _work_days(as_of: int, start: Day | None, per: Per, closed: Sequence[str]) -> WorkDays:
    """The team's calendar; a plan does not begin before what the table knows."""
    check_choice("per", per, ("day", "week"))
    hint = 'closed=("Saturday", "Sunday")'
    names = items("closed", closed, hint)
    for name in names:
        check_choice("closed", name, WEEKDAYS, hint=hint)
    shut = frozenset(WEEKDAYS.index(name) for name in names)
    if len(shut) == len(WEEKDAYS):
        raise DataError(f"closed leaves no day on which anybody works. Hint: {hint}.")
    first = as_of + 1 if start is None else as_day(start, "start")
    if first < as_of:
        raise DataError(
            f"start={str(start)!r} lies before the day of the table, {day_text(as_of)}. "
            "Hint: a later start, or clv.customer_table(tx, as_of=…) of an earlier day."
        )
    return WorkDays(first, per, shut)
