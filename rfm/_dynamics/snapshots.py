"""Snapshots: the segment of every customer at every date, with fixed cut points."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Any, Literal, TypeAlias, Unpack, overload

import numpy as np
import numpy.typing as npt

from rfm._customers.window import Window, window_starts
from rfm._days import Day, as_day, day_text
from rfm._defaults import SCHEME
from rfm._dynamics.periods import as_days, cut_periods
from rfm._dynamics.snapshot_rows import Yardstick, in_engine, in_memory
from rfm._dynamics.spells import NOT_YET
from rfm._frames.execution import by_customer
from rfm._frames.native import from_native, is_eager, to_native
from rfm._frames.types import FrameT
from rfm._options import received
from rfm._orders.transactions import Transactions, as_transactions
from rfm._requirements import refuse_taken
from rfm._schemes.assigning import other_bins
from rfm._schemes.scheme import Scheme
from rfm._scores.bins import same_bins
from rfm._scores.metrics import check_windowed
from rfm._scores.score import prepared
from rfm._scores.scorer import Scorer, as_scorer
from rfm._scores.scorer_options import ScoreOptions, check_settled
from rfm._segment import scheme_for
from rfm.errors import DataError, SchemeError

__all__ = ["snapshots"]

Ints = npt.NDArray[np.int64]
LearnAt: TypeAlias = Literal["first", "last"] | Day


@overload
def snapshots(
    tx: Transactions[FrameT],
    every: str | None = ...,
    *,
    dates: Iterable[Day] | None = ...,
    scheme: str | Path | Scheme = ...,
    attributes: Any = ...,
    window: Window | None = ...,
    scorer: Scorer | None = ...,
    learn_at: LearnAt = ...,
    **options: Unpack[ScoreOptions],
) -> FrameT: ...


@overload
def snapshots(
    tx: FrameT,
    every: str | None = ...,
    *,
    dates: Iterable[Day] | None = ...,
    scheme: str | Path | Scheme = ...,
    attributes: Any = ...,
    window: Window | None = ...,
    scorer: Scorer | None = ...,
    learn_at: LearnAt = ...,
    **options: Unpack[ScoreOptions],
) -> FrameT: ...


def snapshots(
    tx: Any,
    every: str | None = None,
    *,
    dates: Iterable[Day] | None = None,
    scheme: str | Path | Scheme = SCHEME,
    attributes: Any = None,
    window: Window | None = None,
    scorer: Scorer | None = None,
    learn_at: LearnAt = "last",
    **options: Unpack[ScoreOptions],
) -> Any:
    """The segment of every customer at every date.

    The cut points are learned once, so that a move is a move of the customer and not of the cut points. The
    log is read once, whatever the number of dates.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id``, ``date`` and ``amount``.
    every : str, optional
        A snapshot at the end of each calendar month ("1M", the default), quarter ("1Q"), year ("1Y"),
        week ("1W", Sundays), or span of days ("30D", from the log's first day). Only ends that the log
        reaches: its last, incomplete period has none.
    dates : iterable of dates, optional
        Instead: the days themselves, inclusive, rising, within the log.
    scheme : str, path or Scheme
        A built-in scheme by name, a TOML file, or a scheme.
    attributes : dataframe, optional
        Columns of the customers, joined by ``customer_id``, for rules to use. They are
        the same at every date.
    window : str or date, optional
        Scores frequency and monetary value of the window that ends with each date alone, such as the last year:
        "365D", "12M", or the first day of all of them, see `score`.
    scorer : Scorer, optional
        Cut points learned before.
    learn_at : {"last", "first"} or date
        Where the cut points are learned without a ``scorer``. At the last date (default) there are most data, and
        the last snapshot is what `segment` gives for that day. At the first date, or another date in the
        past, no later data are used, as forecasts and experiments need; but a log of new customers
        has few customers to divide in its first month.
    **options
        ``edges``, ``percentiles``, ``within``, ``frequency``, ``monetary``, ``extra``, ``weights``: see
        `Scorer.fit`.

    Returns
    -------
    dataframe of the kind that came in
        One row per customer and date: ``customer_id, date, R, F, M, segment``, by date, then customer when
        in memory. ``segment`` is an ordered categorical, best first, on pandas and Polars, and text
        elsewhere; customers before their first purchase are `not yet`, with R, F and M missing. So all
        dates have the same customers: those who bought by the last one.

    Raises
    ------
    DataError
        If ``every`` is not a period length or is longer than the log, or ``dates`` do not rise or lie
        outside the log; if ``window`` is neither a positive length nor a day, or begins after a date.
    SchemeError
        If the scheme leaves gaps, a segment of it is named `not yet`, or the scorer has other bins.
    ScoringError
        If an option is invalid, such as ``bins``, which the scheme declares; if ``options`` are given
        together with a scorer, or no customer had bought where the cut points are learned.

    See Also
    --------
    migration : Moves between the dates.
    trend : Numbers by period.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "eve"],
    ...     "date": ["2024-01-05", "2024-01-07", "2024-02-20", "2024-02-29"],
    ...     "amount": [20.0, 5.0, 30.0, 10.0],
    ... })
    >>> edges = {"R": [60, 45, 30, 15], "F": [1, 2, 3, 4], "M": [5, 10, 20, 40]}
    >>> rfm.snapshots(log, every="1M", scheme="value", edges=edges)
      customer_id       date     R     F     M  segment
    0         ann 2024-01-31     4     1     3      mid
    1         bob 2024-01-31     4     1     1      low
    2         eve 2024-01-31  <NA>  <NA>  <NA>  not yet
    3         ann 2024-02-29     5     2     5     high
    4         bob 2024-02-29     2     1     1      low
    5         eve 2024-02-29     5     1     2      low
    """
    own = ("tx", "every", "dates", "scheme", "attributes", "window", "scorer", "learn_at")
    check_settled("snapshots", options, own)
    if attributes is not None:
        refuse_taken(from_native(attributes), ("date",), argument="attributes")
    tx = as_transactions(tx)
    days = _days(tx, every, dates)
    starts = None if window is None else window_starts(window, days)
    scheme = scheme_for(tx, scheme, attributes)
    if NOT_YET in scheme.names:
        raise SchemeError(
            f"Scheme {scheme.name!r} has a segment {NOT_YET!r}, as customers are called before their first "
            f"purchase. Hint: scheme.rename({{{NOT_YET!r}: …}})."
        )
    if scorer is None:
        as_of = day_text(_learn_day(learn_at, days))
        _, scorer = prepared(tx, as_of, attributes, scheme.bins, None, options, window)
    else:
        scorer = as_scorer(scorer, options)
        check_windowed(scorer.windowed, window is not None)
    if not same_bins(scorer.bins, scheme.bins):
        raise SchemeError(other_bins(scheme.name, scheme.bins, scorer.bins))
    if not tx.has_amounts:
        scheme.check_reads(("R", "F", "rf"))
    scheme = scheme._in_window if scorer.windowed else scheme
    yardstick = Yardstick(scorer, scheme, tx.decimals, tx.has_amounts, attributes, starts)
    if attributes is not None and not is_eager(tx.ledger):
        return to_native(in_engine(tx, days, yardstick))  # only the engine can join a table of its own
    pass_over = partial(in_memory, dates=days, yardstick=yardstick)
    return to_native(by_customer(tx.ledger, pass_over, lambda _: in_engine(tx, days, yardstick)))


def _days(tx: Transactions, every: str | None, dates: Iterable[Day] | None) -> Ints:
    if dates is not None:
        if every is not None:
            raise DataError(f"every={received(every)} and dates were both given. Hint: pass one of them.")
        return as_days(dates, tx.first_day, tx.last_day)
    every = "1M" if every is None else every
    ends = cut_periods(every, tx.first_day, tx.last_day).ends
    reached = ends[ends <= tx.last_day]
    if len(reached) == 0:
        raise DataError(
            f"every={every!r} has no end within the log, which runs from {day_text(tx.first_day)} to "
            f"{day_text(tx.last_day)}. Hint: use a shorter period, or dates=[…]."
        )
    return reached


def _learn_day(learn_at: LearnAt, days: Ints) -> int:
    if isinstance(learn_at, str) and learn_at in ("first", "last"):
        return int(days[0] if learn_at == "first" else days[-1])
    return as_day(learn_at, "learn_at")
