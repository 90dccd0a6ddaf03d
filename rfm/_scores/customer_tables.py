"""A customer table from elsewhere, read as a summary: when its customers last bought, how often, for how much."""

from __future__ import annotations

from typing import Any, Final

import narwhals.stable.v2 as nw

from rfm._days import as_day, day_text
from rfm._frames.columns import nullable
from rfm._frames.dates import with_day_numbers
from rfm._frames.native import INTERNAL, Frame, engine_name, from_native
from rfm._options import received
from rfm._requirements import check_columns
from rfm.errors import ScoringError

__all__ = ["MADE", "read_customers"]

MADE: Final = (
    "rfm.summarize(tx) makes the customer summary of a log; any table with customer_id, recency (or last_purchase, "
    "with as_of=), orders and spend serves as well"
)
SPARK: Final = "Spark"


def read_customers(table: Any, as_of: Any = None) -> Frame:
    """The table with ``recency``, and ``refunds`` of 0 where it has ``spend`` alone; other columns are kept.

    Parameters
    ----------
    table : dataframe
        With ``customer_id``, ``orders``, ``recency`` or ``last_purchase``, and ``spend`` where there is money. The
        order of its columns and rows does not matter.
    as_of : date, optional
        The day that recency counts to, for a table with ``last_purchase`` alone.

    Returns
    -------
    Narwhals frame
        A table that `summarize` made is unchanged.

    Raises
    ------
    ScoringError
        If the table has neither recency nor last_purchase, ``as_of`` is missing or not needed, ``last_purchase`` holds
        no dates or, in memory, one after ``as_of``.
    """
    frame = from_native(table, MADE)
    names = frame.collect_schema().names()
    check_columns(frame, ("customer_id", "orders"), MADE, error=ScoringError)
    if "recency" in names:
        if as_of is not None:
            raise ScoringError(
                f"as_of={received(as_of)} was given, and the table has recency, which counts to a day of its own. "
                "Hint: leave out as_of, or the column recency to count from last_purchase."
            )
    elif "last_purchase" in names:
        frame = _with_recency(frame, as_of)
    else:
        raise ScoringError(
            f"No column 'recency' or 'last_purchase'. The table has: {', '.join(names)}. Hint: {MADE}."
        )
    if "spend" in names and "refunds" not in names:
        frame = frame.with_columns(refunds=nw.lit(0.0))
    return frame


def _with_recency(frame: Frame, as_of: Any) -> Frame:
    if as_of is None:
        raise ScoringError(
            "The table has last_purchase and no recency, and as_of= is missing, the day that recency counts to. "
            'Hint: as_of="2011-12-09".'
        )
    day, dtype = as_day(as_of, "as_of"), frame.collect_schema()["last_purchase"]
    if not isinstance(dtype, nw.Date | nw.Datetime):
        raise ScoringError(
            f"last_purchase must hold dates; got {dtype}. "
            'Hint: pandas.to_datetime(table["last_purchase"]), or another engine\'s cast to dates.'
        )
    number = f"{INTERNAL}day"
    # plain timestamps of Spark are in the session's zone
    if getattr(dtype, "time_zone", None) is not None and engine_name(frame) != SPARK:
        raise ScoringError(
            "last_purchase holds times with a zone, and a day depends on it. "
            'Hint: table["last_purchase"].dt.tz_localize(None), or another engine\'s cast to dates.'
        )
    frame = with_day_numbers(frame, "last_purchase", number)
    if isinstance(frame, nw.DataFrame):
        late = len(frame.filter(nw.col(number) > day))
        if late:
            raise ScoringError(
                f"{late:,} customer{'s' if late > 1 else ''} bought last after as_of, {day_text(day)}. "
                "Hint: as_of is the table's last day, or later."
            )
    counted: Frame = nullable(frame.with_columns(recency=day - nw.col(number)).drop(number), "recency")
    return counted
