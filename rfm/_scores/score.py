"""From a log of transactions to scores in one step."""

from __future__ import annotations

from typing import Any, Unpack, overload

import narwhals.stable.v2 as nw

from rfm._customers.attributes import with_attributes, with_order_ids
from rfm._customers.summary import summarize
from rfm._customers.window import Window, window_start
from rfm._days import as_day
from rfm._frames.execution import materialise
from rfm._frames.native import from_native, to_native
from rfm._frames.types import FrameT
from rfm._options import is_whole, received, whole
from rfm._orders.transactions import Transactions, as_transactions
from rfm._scores.scorer import Scorer, as_scorer, scored
from rfm._scores.scorer_options import MAX_BINS, MIN_BINS, ScoreOptions, check_settled
from rfm.errors import ScoringError

__all__ = ["prepared", "score"]


@overload
def score(
    tx: Transactions[FrameT],
    as_of: Any = ...,
    bins: int = ...,
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
    bins: int = ...,
    *,
    attributes: Any = ...,
    window: Window | None = ...,
    scorer: Scorer | None = ...,
    **options: Unpack[ScoreOptions],
) -> FrameT: ...


def score(
    tx: Any,
    as_of: Any = None,
    bins: int = 5,
    *,
    attributes: Any = None,
    window: Window | None = None,
    scorer: Scorer | None = None,
    **options: Unpack[ScoreOptions],
) -> Any:
    """Score the customers of a log of transactions.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id``, ``date`` and ``amount``.
    as_of : str, date or Period, optional
        The last day that counts (for a period, its last day); default the log's last day.
    bins : int
        Number of scores, 3 to 10; ``bins`` is best for all three. A scorer has its own.
    attributes : dataframe, optional
        Columns of the customers, joined by ``customer_id``: for ``extra``, and kept in the result.
    window : str or date, optional
        Scores frequency and monetary value of the window alone, such as the last year: "365D", "12M", or its first
        day, see `summarize`. Customers with no order in it stay, and F is lowest for them; recency remains that of the
        whole log.
    scorer : Scorer, optional
        Cut points learned before; by default they are learned from this log.
    **options
        ``edges``, ``frequency``, ``monetary``, ``extra``, ``weights``: see `Scorer.fit`.

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
    """
    if is_whole(as_of):
        raise ScoringError(f"as_of must be a date; got {received(as_of)}. Hint: bins={received(as_of)}.")
    check_settled("score", options, ("tx", "as_of", "bins", "attributes", "window", "scorer"))
    summary, scorer = prepared(tx, as_of, attributes, bins, scorer, options, window)
    return to_native(nw.maybe_reset_index(scored(scorer, from_native(summary))))


def prepared(
    tx: Any,
    as_of: Any,
    attributes: Any,
    bins: int,
    scorer: Scorer | None,
    options: ScoreOptions,
    window: Window | None = None,
) -> tuple[Any, Scorer]:
    """The summary of a log with all that a scorer reads, computed once on an engine, and the scorer."""
    # Beside a scorer, too, which has its own.
    whole("bins", bins, least=MIN_BINS, most=MAX_BINS, error=ScoringError)
    scorer = None if scorer is None else as_scorer(scorer, options)
    tx = as_transactions(tx)
    summary = summarize(tx, as_of, window=window)
    frequency: Any = options.get("frequency") if scorer is None else scorer.frequency
    if isinstance(frequency, str) and frequency == "orders":
        end = tx.last_day if as_of is None else as_day(as_of, "as_of")
        summary = with_order_ids(summary, tx, end, None if window is None else window_start(window, end))
    summary = to_native(materialise(from_native(with_attributes(summary, attributes))))
    return summary, scorer or Scorer.fit(summary, bins, decimals=tx.decimals, **options)
