"""From transactions to named segments."""

from __future__ import annotations

from pathlib import Path
from typing import Any, Unpack, overload

import narwhals.stable.v2 as nw

from rfm._customers.window import Window
from rfm._defaults import SCHEME, Unsaid
from rfm._frames.native import from_native, to_native
from rfm._frames.types import FrameT
from rfm._orders.transactions import Transactions, as_transactions
from rfm._requirements import refuse_taken
from rfm._schemes.ahead import check_ahead
from rfm._schemes.assigning import other_bins
from rfm._schemes.prospects import with_prospects
from rfm._schemes.scheme import Scheme, as_scheme, segmented
from rfm._schemes.scheme_files import BUILT_IN
from rfm._scores.bins import same_bins
from rfm._scores.customer_tables import MADE
from rfm._scores.metrics import has_money
from rfm._scores.score import one_source, prepared, prepared_customers
from rfm._scores.scorer import Scorer, as_scorer, scored
from rfm._scores.scorer_options import ScoreOptions, check_settled
from rfm.errors import DataError, SchemeError, ScoringError

__all__ = ["default_for", "scheme_for", "segment"]

WITHOUT_MONEY = "lifecycle"


def default_for(scheme: str | Path | Scheme, *, money: bool) -> str | Path | Scheme:
    """The scheme as given, or the default that a log with or without amounts has the columns for."""
    return WITHOUT_MONEY if isinstance(scheme, Unsaid) and not money else scheme


def scheme_for(tx: Transactions, scheme: str | Path | Scheme, attributes: Any = None) -> Scheme:
    """The scheme for a log: as given, or by default one that the log has the columns for.

    Raises
    ------
    SchemeError
        If its rules read predictions, and the attributes have none.
    """
    return _scheme(scheme, attributes, money=tx.has_amounts)


def _scheme(scheme: str | Path | Scheme, attributes: Any, *, money: bool) -> Scheme:
    found = as_scheme(default_for(scheme, money=money))
    made = "attributes are a table with customer_id and the customers' attributes"
    known = () if attributes is None else from_native(attributes, made).collect_schema().names()
    check_ahead(found._ruled, found.name, known)
    return found


@overload
def segment(
    tx: Transactions[FrameT],
    as_of: Any = ...,
    scheme: str | Path | Scheme = ...,
    attributes: Any = ...,
    *,
    window: Window | None = ...,
    scorer: Scorer | None = ...,
    **options: Unpack[ScoreOptions],
) -> FrameT: ...


@overload
def segment(
    tx: FrameT,
    as_of: Any = ...,
    scheme: str | Path | Scheme = ...,
    attributes: Any = ...,
    *,
    window: Window | None = ...,
    scorer: Scorer | None = ...,
    **options: Unpack[ScoreOptions],
) -> FrameT: ...


@overload
def segment(
    tx: None = ...,
    as_of: Any = ...,
    scheme: str | Path | Scheme = ...,
    attributes: Any = ...,
    *,
    summary: FrameT,
    scorer: Scorer | None = ...,
    **options: Unpack[ScoreOptions],
) -> FrameT: ...


def segment(
    tx: Any = None,
    as_of: Any = None,
    scheme: str | Path | Scheme = SCHEME,
    attributes: Any = None,
    *,
    summary: Any = None,
    window: Window | None = None,
    scorer: Scorer | None = None,
    **options: Unpack[ScoreOptions],
) -> Any:
    """Score the customers of a log of transactions, or of a table of customers, and assign each a segment.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id`` and ``date``, and ``amount`` where money is to be read.
    as_of : str, date or Period, optional
        The last day that counts (for a period, its last day); default the log's last day. Beside ``summary``: the day
        that recency counts to, where the table has ``last_purchase`` and no ``recency``.
    scheme : str, path or Scheme
        A built-in scheme by name, a TOML file, or a scheme. It determines the number of scores. By default
        "classic", or "lifecycle" for a log without amounts, which has no M.
    attributes : dataframe, optional
        Columns of the customers, joined by ``customer_id``, for rules to use.
    summary : dataframe, optional
        In place of a log, one row per customer, as `score` takes it.
    window : str or date, optional
        Scores frequency and monetary value of the window alone, such as the last year: "365D", "12M", or its first
        day, see `score`. Columns such as ``orders`` and ``first_purchase`` remain those of the whole log, so that
        rules that read them still know who is new.
    scorer : Scorer, optional
        Cut points learned before; by default they are learned from this log.
    **options
        ``edges``, ``percentiles``, ``within``, ``frequency``, ``monetary``, ``extra``, ``weights``: see
        `Scorer.fit`.

    Returns
    -------
    dataframe of the kind that came in
        The scores (see `Scorer.score`) and ``segment``: an ordered categorical, best first, on pandas and
        Polars; text elsewhere. A scheme with a segment of ``prospects`` adds, after the customers, a row for each of
        those who bought nothing: they are in the attributes, or have refunds only; facts and scores are missing.

    Raises
    ------
    SchemeError
        If the scheme leaves gaps, or the scorer has other bins; if a rule reads a prediction, such as ``p_alive``,
        that the attributes have not (`clv.customer_table` has it).
    ScoringError
        If an option is invalid, such as ``bins``, which the scheme declares.
    TypeError
        For an unknown option, naming the nearest.

    See Also
    --------
    profile : A row per segment.
    score : The scores alone.
    Scheme : The rules.
    clv.customer_table : With predicted value.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "eve", "ann", "kim", "lea"],
    ...     "date": ["2024-01-05", "2024-01-07", "2024-01-20", "2024-02-01", "2024-02-02", "2024-02-03"],
    ...     "amount": [20.0, 5.0, 10.0, 30.0, 60.0, 70.0],
    ... })
    >>> segmented = rfm.segment(log, scheme="value", edges={"F": [1, 2, 3, 4]})
    >>> segmented[["customer_id", "monetary", "M", "segment"]]
      customer_id  monetary  M segment
    0         ann      50.0  3     mid
    1         bob       5.0  1     low
    2         eve      10.0  2     low
    3         kim      60.0  4     mid
    4         lea      70.0  5    high
    """
    own = ("tx", "as_of", "scheme", "attributes", "summary", "window", "scorer")
    check_settled("segment", options, own)
    if isinstance(as_of, str) and as_of in BUILT_IN:
        raise DataError(f"as_of must be a date; got {as_of!r}. Hint: scheme={as_of!r}.")
    given = one_source("segment", tx, summary, window)
    if given:
        refuse_taken(from_native(summary, MADE), ("segment",), error=ScoringError)
    else:
        tx = as_transactions(tx)
    money = has_money(from_native(summary)) if given else tx.has_amounts
    scheme = _scheme(scheme, attributes, money=money)
    if scorer is not None and not same_bins(as_scorer(scorer).bins, scheme.bins):
        raise SchemeError(other_bins(scheme.name, scheme.bins, scorer.bins))
    if not money:
        scheme.check_reads(("R", "F", "rf"))
    if given:
        summary, scorer = prepared_customers(summary, as_of, attributes, scheme.bins, scorer, options)
    else:
        summary, scorer = prepared(tx, as_of, attributes, scheme.bins, scorer, options, window)
    everyone = from_native(summary)
    found = segmented(scheme, nw.maybe_reset_index(scored(scorer, everyone)))
    return to_native(with_prospects(found, everyone, attributes, scheme))
