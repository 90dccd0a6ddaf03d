"""What contacts were measured to bring, as given by the user, on a table of customers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, TypeAlias

import narwhals.stable.v2 as nw

from rfm._frames.columns import choose
from rfm._frames.mapping import to_pandas
from rfm._frames.native import Frame
from rfm._issuing import warn
from rfm._options import number, received
from rfm._requirements import Held, check_columns, check_groups, check_numbers
from rfm.campaigns import Lift
from rfm.errors import DataError, plain

__all__ = ["Uplift", "uplift_on"]

Uplift: TypeAlias = "str | Mapping[str, float] | Lift[Any]"
ALL = "all"
MOST = 1e15
SHOWN = 5  # segments that the warning names
HINT = 'uplift="my_column", uplift={"VIP": 12.5}, or a Lift of rfm.campaigns.lift'


def uplift_on(frame: Frame, uplift: Uplift) -> Any:
    """The expression of each customer's uplift; missing where it is not known.

    Raises
    ------
    DataError
        If it is no column of numbers, no mapping of the table's segments to numbers, and no measured revenue of one
        arm by segment.
    """
    if isinstance(uplift, str):
        check_columns(frame, (uplift,), HINT)
        check_numbers(frame, {uplift: Held(-MOST, MOST, missing=True)}, HINT)
        return nw.col(uplift).cast(nw.Float64)
    if isinstance(uplift, Lift):
        uplift = _measured(uplift)
    if not isinstance(uplift, Mapping) or not uplift:
        raise DataError(
            f"uplift must be a column's name, a mapping or a Lift; got {received(uplift)}. Hint: {HINT}."
        )
    check_columns(frame, ("segment",), "uplift by segment needs the table's segments")
    check_groups(frame, ("segment",))
    segment = nw.col("segment").cast(nw.String)
    cases = [
        (segment == str(name), nw.lit(number(f"uplift of {name!r:.60}", value, HINT, least=-MOST, most=MOST)))
        for name, value in uplift.items()
    ]
    return choose(cases, nw.lit(float("nan")))


def _measured(lift: Lift[Any]) -> dict[str, float]:
    """Revenue that a customer of each segment brought because of the campaign: adjusted, where it was."""
    table = to_pandas(lift.table)
    names = ("outcome", "segment")
    rows = table[(table["outcome"].astype(str) == "revenue")] if set(names) <= set(table) else table.head(0)
    rows = rows[rows["segment"].astype(str) != ALL]
    arms = list(dict.fromkeys(rows["arm"].astype(str)))
    if len(arms) > 1:
        raise DataError(
            f"uplift has several arms: {', '.join(arms)}. Hint: choose one, uplift=dict of its segments' differences."
        )
    if not len(rows):
        raise DataError(
            "uplift holds no revenue by segment. Hint: rfm.campaigns.lift(assigned, tx) of a table with segments, or "
            "uplift={segment: amount}."
        )
    better = rows["adjusted"].notna()
    found, low = (
        rows[adjusted].astype(float).where(better, rows[plain].astype(float))
        for adjusted, plain in (("adjusted", "difference"), ("adjusted_low", "low"))
    )
    segments, known = rows["segment"].astype(str), found.notna()
    _warn_of_chance(segments[(found > 0) & ~(low > 0)].tolist(), int(known.sum()))
    return dict(zip(segments[known], found[known].tolist(), strict=True))


def _warn_of_chance(unsure: list[str], measured: int) -> None:
    if unsure:
        named = ", ".join(map(plain, unsure[:SHOWN])) + (", …" if len(unsure) > SHOWN else "")
        warn(
            f"In {len(unsure)} of {measured} segments the interval of the measured uplift holds 0, so that it may be "
            f"none: {named}. Hint: uplift={{segment: amount}} of the segments in which you believe it."
        )
