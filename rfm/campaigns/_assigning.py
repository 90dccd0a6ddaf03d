"""Assigning customers to the arms of a campaign, by a random number that is the same every day."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np

from rfm._days import Day, as_day
from rfm._frames.columns import choose
from rfm._frames.dates import to_dates
from rfm._frames.execution import fetch
from rfm._frames.joins import join_in_order
from rfm._frames.native import Frame, from_native, to_native
from rfm._frames.types import FrameT
from rfm._options import fraction, number, received, seed_number
from rfm._requirements import check_columns, check_same_customers, refuse_repeated, refuse_taken
from rfm.campaigns._hashing import STEPS, check_name, with_places
from rfm.campaigns._holdout import Holdout
from rfm.errors import DataError

__all__ = ["ASSIGNED", "CONTROL", "HELD_OUT", "assign"]

CONTROL: Final = "control"
HELD_OUT: Final = "hold-out"
ASSIGNED: Final = ("campaign", "arm", "planned_share")
MADE: Final = "rfm.segment(tx) makes such a table"
OWN, UNIVERSAL = "place_of_campaign", "place_of_holdout"


def assign(
    segmented: FrameT,
    name: str,
    control: float = 0.1,
    *,
    seed: int = 0,
    arms: Mapping[str, float] | None = None,
    holdout: Holdout | None = None,
    on: Day | None = None,
    previous: FrameT | None = None,
) -> FrameT:
    """Assign each customer to an arm of a campaign or to its control group.

    The arm follows from SHA-256 of the campaign's name, the seed and the id as text, and from nothing else: the same
    call gives the same groups tomorrow, on every engine, in any order of the rows, and newcomers join without
    moving anybody. Another name or seed gives groups that are independent of these, so nothing is carried over from
    one campaign to the next; a name that was used before gives the groups of then. The shares hold in expectation, not
    exactly: `lift` checks what came of them.

    Parameters
    ----------
    segmented : dataframe
        Of `segment`, or any table with one row per customer and ``customer_id``. Keep in it what was known before the
        campaign and predicts what customers will buy: `lift` makes intervals narrower with it.
    name : str
        Of the campaign.
    control : float
        Share of customers who are left alone, between 0 and 1.
    seed : int
        Another seed gives other groups.
    arms : mapping of str to float, optional
        Several treatments and their weights: ``{"mail": 1, "call": 1}`` shares what the control leaves among the
        two. By default one arm, "treatment".
    holdout : Holdout, optional
        Customers whom no campaign reaches; they have the arm "hold-out".
    on : str or date, optional
        The day of the assignment, kept in the column ``assigned_on``: `lift` then refuses outcomes of earlier days.
    previous : dataframe, optional
        What this function returned for the same campaign before. Its rows are kept as they are, with the segment at the
        first assignment, and customers who are new are added below. The shares must be those of then.

    Returns
    -------
    dataframe of the kind that came in
        The table with ``campaign``, ``arm`` (text), ``planned_share`` (of the arm among all who are not in the
        universal hold-out; missing for those who are), and ``assigned_on`` where it was given.

    Raises
    ------
    DataError
        If a share, weight or name is invalid, a customer has several rows, a name of a new column is taken, or
        ``previous`` is of another campaign or has other shares or columns.

    See Also
    --------
    lift : What the campaign did.
    required_size : How many customers a campaign needs.

    Notes
    -----
    A text can be made for any id, so ids are compared as texts: 17 and "17" are one customer here.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> customers = pd.DataFrame({"customer_id": range(10_000), "segment": "VIP"})
    >>> assigned = rfm.campaigns.assign(customers, name="autumn", control=0.2)
    >>> assigned.groupby("arm").size().to_dict()
    {'control': 2040, 'treatment': 7960}
    """
    check_name(name, 'name="autumn"')
    shares = _shares(fraction("control", control, "control=0.1"), arms)
    seed = seed_number(seed)
    if holdout is not None and not isinstance(holdout, Holdout):
        raise DataError(
            f'holdout must be a Holdout; got {received(holdout)}. Hint: holdout=rfm.campaigns.Holdout("2026").'
        )
    day = None if on is None else as_day(on, "on")
    frame = from_native(segmented, MADE)
    check_columns(frame, ("customer_id",), MADE)
    made = (*ASSIGNED, *(() if day is None else ("assigned_on",)))
    refuse_taken(frame, (*made, OWN, UNIVERSAL))
    refuse_repeated(frame)
    if previous is not None:
        before = _previous(frame, previous, name, made)
        _check_shares(before, shares, holdout)
        frame = join_in_order(frame, before.select("customer_id"), how="anti")
    assigned = _with_arms(frame, name, seed, shares, holdout, day)
    if previous is not None:
        assigned = _below(before, assigned)
    answer: FrameT = to_native(nw.maybe_reset_index(assigned) if previous is not None else assigned)
    return answer


def _below(before: Frame, newcomers: Any) -> Any:
    """The rows of newcomers below those of before, with their columns: a file may have changed the types of dates."""
    schema = before.collect_schema()
    plain = [name for name, dtype in schema.items() if dtype in (nw.String, nw.Date, nw.Datetime, nw.Float64)]
    parts: list[Any] = [
        frame.select(*schema.names()).with_columns(*(nw.col(name).cast(schema[name]) for name in plain))
        for frame in (before, newcomers)
    ]
    return nw.concat(parts)


def _with_arms(
    frame: Frame, name: str, seed: int, shares: Mapping[str, float], holdout: Holdout | None, day: int | None
) -> Any:
    columns = frame.collect_schema().names()
    placed: Any = with_places(frame, name, seed, OWN)
    ends = np.cumsum(list(shares.values()))
    # The last arm takes the rest, whatever the sum of floats is.
    cases = [(nw.col(OWN) < round(end * STEPS), arm) for end, arm in zip(ends[:-1], shares, strict=False)]
    planned = [(condition, shares[arm]) for condition, arm in cases]
    last = list(shares)[-1]
    arm: Any = choose([(c, nw.lit(a)) for c, a in cases], nw.lit(last))
    share: Any = choose([(c, nw.lit(s)) for c, s in planned], nw.lit(shares[last]))
    if holdout is not None:
        placed = with_places(placed, f"hold-out {holdout.name}", holdout.seed, UNIVERSAL)
        kept_out = nw.col(UNIVERSAL) < round(holdout.share * STEPS)
        arm = nw.when(kept_out).then(nw.lit(HELD_OUT)).otherwise(arm)
        share = nw.when(~kept_out).then(share)
    made = {"campaign": nw.lit(name), "arm": arm, "planned_share": share}
    if day is not None:
        made["assigned_on"] = nw.lit(day).cast(nw.Int64)
    placed = placed.with_columns(**made).select(*columns, *made)
    return placed if day is None else to_dates(placed, ["assigned_on"])


def _shares(control: float, arms: Mapping[str, float] | None) -> dict[str, float]:
    """The share of each arm, the control group first."""
    hint = 'arms={"mail": 1, "call": 1}'
    if arms is None:
        return {CONTROL: control, "treatment": 1 - control}
    if not isinstance(arms, Mapping) or not arms or not all(isinstance(arm, str) and arm for arm in arms):
        raise DataError(f"arms must map names of arms to their weights; got {received(arms)}. Hint: {hint}.")
    if taken := [arm for arm in arms if arm in (CONTROL, HELD_OUT)]:
        raise DataError(
            f"arms: {taken[0]!r} is the name of those who are left alone. Hint: control=0.1 is their share."
        )
    weights = {arm: number(f"arms: the weight of {arm!r}", each, hint, above=0) for arm, each in arms.items()}
    total = sum(weights.values())
    return {CONTROL: control, **{arm: (1 - control) * weight / total for arm, weight in weights.items()}}


def _previous(frame: Frame, previous: Any, name: str, made: tuple[str, ...]) -> Frame:
    """The table of the same campaign that was assigned before, checked."""
    before = from_native(previous, "rfm.campaigns.assign makes such a table")
    made_by = "rfm.campaigns.assign(segmented, name=…) makes such a table"
    check_columns(before, ("customer_id", *made), made_by, argument="previous")
    check_same_customers(frame, before, ("segmented", "previous"))
    refuse_repeated(before, argument="previous")
    held = [column for column in before.collect_schema().names() if column not in made]
    if missing := [column for column in held if column not in frame.collect_schema().names()]:
        raise DataError(
            f"previous has the column {missing[0]!r}, which segmented lacks. "
            "Hint: make both tables by the same call, or drop the column from previous."
        )
    others = fetch(before.filter(nw.col("campaign") != name).select("campaign").head(1))
    if len(others):
        raise DataError(
            f"previous is of the campaign {others['campaign'][0]!r}, not of {name!r}. "
            "Hint: name= is the campaign's; leave out previous for a new one."
        )
    return before


def _check_shares(before: Frame, shares: Mapping[str, float], holdout: Holdout | None) -> None:
    """Refuse other chances for newcomers than those who were assigned before had: groups would not be alike."""
    now = dict(shares) if holdout is None else {**shares, HELD_OUT: math.nan}
    planned = before.group_by("arm").agg(
        least=nw.col("planned_share").min(), most=nw.col("planned_share").max()
    )
    for row in fetch(planned).rows(named=True):
        found = [math.nan if share is None else float(share) for share in (row["least"], row["most"])]
        if row["arm"] not in now or not np.allclose(found, now[row["arm"]], rtol=1e-9, equal_nan=True):
            share = f" of {found[0]:.4g}" if not math.isnan(found[0]) else ""
            raise DataError(
                f"previous has the arm {row['arm']!r}{share}, and these options make arms of "
                f"{', '.join(f'{arm!r} {part:.4g}' for arm, part in shares.items())}"
                f"{'' if holdout is None else ' and a hold-out'}. Hint: the same control=, arms= and holdout= as then, "
                "or another name: in one campaign all customers need the same chance of each arm."
            )
