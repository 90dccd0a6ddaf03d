"""From a log of transactions to scores in one step."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Unpack, overload

import narwhals.stable.v2 as nw

from rfm._customers.attributes import with_attributes, with_order_ids
from rfm._customers.summary import summarize
from rfm._customers.window import IN_WINDOW, Window, window_start
from rfm._days import as_day
from rfm._frames.execution import materialise
from rfm._frames.native import from_native, to_native
from rfm._frames.types import FrameT
from rfm._options import is_whole, received
from rfm._orders.transactions import Transactions, as_transactions
from rfm._requirements import refuse_repeated, refuse_taken
from rfm._scores.bins import Bins, by_metric
from rfm._scores.customer_tables import read_customers
from rfm._scores.scorer import Scorer, as_scorer, scored
from rfm._scores.scorer_options import ScoreOptions, check_settled
from rfm.errors import ScoringError

__all__ = ["one_source", "prepared", "prepared_customers", "score"]

SCORED = ("frequency", "monetary", "R", "F", "M", "rfm", "rf", "composite")


@overload
def score(
    tx: Transactions[FrameT],
    as_of: Any = ...,
    bins: Bins = ...,
    *,
    attributes: Any = ...,
    window: Window | None = ...,
    scorer: Scorer | None = ...,
    **options: Unpack[ScoreOptions],
) -> FrameT: ...


@overload
def score(
    tx: FrameT,
    as_of: Any = ...,
    bins: Bins = ...,
    *,
    attributes: Any = ...,
    window: Window | None = ...,
    scorer: Scorer | None = ...,
    **options: Unpack[ScoreOptions],
) -> FrameT: ...


@overload
def score(
    tx: None = ...,
    as_of: Any = ...,
    bins: Bins = ...,
    *,
    summary: FrameT,
    attributes: Any = ...,
    scorer: Scorer | None = ...,
    **options: Unpack[ScoreOptions],
) -> FrameT: ...


def score(
    tx: Any = None,
    as_of: Any = None,
    bins: Bins = 5,
    *,
    summary: Any = None,
    attributes: Any = None,
    window: Window | None = None,
    scorer: Scorer | None = None,
    **options: Unpack[ScoreOptions],
) -> Any:
    """Score the customers of a log of transactions, or of a table of customers.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id``, ``date`` and ``amount``.
    as_of : str, date or Period, optional
        The last day that counts (for a period, its last day); default the log's last day. Beside ``summary``: the day
        that recency counts to, where the table has ``last_purchase`` and no ``recency``.
    bins : int or mapping of str to int
        Number of scores, 3 to 10, the highest being best: one number, or one by metric,
        ``{"R": 5, "F": 3, "M": 4}``. A scorer has its own.
    summary : dataframe, optional
        In place of a log, one row per customer: ``customer_id``, ``orders``, ``recency`` or ``last_purchase``, and
        ``spend``. ``refunds`` (at most 0) are optional. Its other columns are kept.
    attributes : dataframe, optional
        Columns of the customers, joined by ``customer_id``: for ``extra`` and ``within``, and kept in the result.
    window : str or date, optional
        Scores frequency and monetary value of the window alone, such as the last year: "365D", "12M", or its first
        day, see `summarize`. Customers with no order in it stay, and F is lowest for them; recency remains that of the
        whole log. A ``summary`` has its window in its columns.
    scorer : Scorer, optional
        Cut points learned before; by default they are learned from this log.
    **options
        ``edges``, ``percentiles``, ``within``, ``frequency``, ``monetary``, ``extra``, ``weights``: see
        `Scorer.fit`.

    Returns
    -------
    dataframe of the kind that came in
        As returned by `Scorer.score`.

    See Also
    --------
    segment : Scores and segments.
    Scorer : Cut points that are learned once and kept.
    summarize : The summary that is scored.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "eve", "ann"],
    ...     "date": ["2024-01-05", "2024-01-07", "2024-01-20", "2024-02-01"],
    ...     "amount": [20.0, 5.0, 10.0, 30.0],
    ... })
    >>> rfm.score(log, bins=3, edges={"F": [1, 2]})[["customer_id", "R", "F", "M", "rfm"]]
      customer_id  R  F  M  rfm
    0         ann  3  2  3  323
    1         bob  1  1  1  111
    2         eve  2  1  2  212

    A table of customers serves as well:

    >>> customers = pd.DataFrame({
    ...     "customer_id": [1, 2, 3], "last_purchase": pd.to_datetime(["2024-01-09", "2024-02-01", "2024-02-20"]),
    ...     "orders": [1, 2, 3], "spend": [10.0, 30.0, 90.0],
    ... })
    >>> rfm.score(summary=customers, as_of="2024-02-29", bins=3)[["customer_id", "recency", "rfm"]]
       customer_id  recency  rfm
    0            1       51  111
    1            2       28  222
    2            3        9  333
    """
    if is_whole(as_of):
        raise ScoringError(f"as_of must be a date; got {received(as_of)}. Hint: bins={received(as_of)}.")
    own = ("tx", "as_of", "bins", "summary", "attributes", "window", "scorer")
    check_settled("score", options, own)
    if one_source("score", tx, summary, window):
        summary, scorer = prepared_customers(summary, as_of, attributes, bins, scorer, options)
    else:
        summary, scorer = prepared(tx, as_of, attributes, bins, scorer, options, window)
    return to_native(nw.maybe_reset_index(scored(scorer, from_native(summary))))


def prepared(
    tx: Any,
    as_of: Any,
    attributes: Any,
    bins: Bins,
    scorer: Scorer | None,
    options: ScoreOptions,
    window: Window | None = None,
) -> tuple[Any, Scorer]:
    """The summary of a log with all that a scorer reads, computed once on an engine, and the scorer."""
    _check_bins(bins, options)
    scorer = None if scorer is None else as_scorer(scorer, options)
    tx = as_transactions(tx)
    summary = summarize(tx, as_of, window=window)
    frequency: Any = options.get("frequency") if scorer is None else scorer.frequency
    if isinstance(frequency, str) and frequency == "orders":
        end = tx.last_day if as_of is None else as_day(as_of, "as_of")
        summary = with_order_ids(summary, tx, end, None if window is None else window_start(window, end))
    summary = to_native(materialise(from_native(with_attributes(summary, attributes))))
    return summary, scorer or Scorer.fit(summary, bins, decimals=tx.decimals, **options)


def prepared_customers(
    summary: Any, as_of: Any, attributes: Any, bins: Bins, scorer: Scorer | None, options: ScoreOptions
) -> tuple[Any, Scorer]:
    """The same of a table of customers, checked, since it was not made here."""
    _check_bins(bins, options)
    scorer = None if scorer is None else as_scorer(scorer, options)
    frame = read_customers(summary, as_of)
    refuse_taken(frame, SCORED, error=ScoringError)
    table = to_native(materialise(from_native(with_attributes(to_native(frame), attributes))))
    refuse_repeated(from_native(table), error=ScoringError)
    return table, scorer or Scorer.fit(table, bins, **options)


def one_source(function: str, tx: Any, summary: Any, window: Any) -> bool:
    """Whether a summary was given, and not a log.

    Raises
    ------
    ScoringError
        If both were given, or none, or a window beside a summary.
    """
    if (tx is None) == (summary is None):
        given = "neither a log nor summary= was" if tx is None else "a log and summary= were both"
        raise ScoringError(
            f"{function}: {given} given. Hint: pass a table of pandas, Polars, PyArrow, DuckDB, Ibis, Dask or PySpark: "
            f"rfm.{function}(tx) of transactions, or rfm.{function}(summary=…) of customers."
        )
    if summary is not None and window is not None:
        raise ScoringError(
            f"{function}: window={received(window)} was given, and the orders of a summary have no days. "
            f"Hint: rfm.summarize(tx, window=…) counts them in columns that are scored, {' and '.join(IN_WINDOW)}."
        )
    return summary is not None


def _check_bins(bins: Bins, options: ScoreOptions) -> None:
    """Refuse wrong bins beside a scorer, too, which has its own."""
    extra = options.get("extra")
    by_metric(bins, [*"RFM", *(extra if isinstance(extra, Mapping) else ())], ScoringError)
