"""R, F and M: cut points learned once, and applied to any later period."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from rfm._frames.division import quotient
from rfm._frames.execution import materialise
from rfm._frames.native import Frame, from_native, to_native
from rfm._frames.types import FrameT
from rfm._requirements import refuse_repeated, refuse_taken
from rfm._scores import scorer_files as score_files
from rfm._scores.cut_points import Best, CutPoints, code
from rfm._scores.learning import learn
from rfm._scores.metrics import METRICS, Frequency, Monetary, check_window, has_money, has_window, measured
from rfm._scores.scorer_options import check_mappings, check_options, given_cuts
from rfm._scores.value_counts import finite
from rfm.errors import ScoringError

__all__ = ["SUMMARY", "Scorer", "as_scorer", "scored"]

SUMMARY = "rfm.summarize(tx) makes the customer summary that scores are made from"


@dataclass(frozen=True)
class Scorer:
    """Cut points for R, F and M, learned once; made by `Scorer.fit`.

    The rule for each metric: the k-th cut is the ⌈kn/bins⌉-th worst observed value, counted with
    repetition; a cut equal to the best value is lowered to the next observed value; a score is 1 + the
    number of cuts the value strictly beats. So equal values get equal scores, the order of rows does not
    matter, ties are no error, and ``bins`` is best for all three. If all customers have the same value of a metric,
    all get the middle score, (bins + 1) // 2.

    Attributes
    ----------
    bins : int
        Number of scores, 3 to 10; ``bins`` is best.
    rulers : tuple of CutPoints
        The cut points of R, F, M and of each extra metric.
    customers : tuple of tuple of int
        How many customers got each score from 1 to ``bins`` when it was learned, metric by metric.
    frequency, monetary, decimals
        How F and M are measured: see `fit`.
    weights : tuple of (str, float)
        Of the composite score, if any.
    windowed : bool
        Whether F and M are of a window: see `fit`.

    See Also
    --------
    score : Learns cut points and applies them in one call.
    drift : Whether they still fit.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> log = pd.DataFrame({
    ...     "customer_id": [1, 2, 3, 4, 4, 5, 5, 5],
    ...     "date": ["2024-01-01", "2024-02-01", "2024-03-01", "2024-03-01", "2024-04-01",
    ...              "2024-01-01", "2024-02-01", "2024-04-11"],
    ...     "amount": [10.0, 20.0, 30.0, 40.0, 50.0, 10.0, 10.0, 10.0],
    ... })
    >>> scorer = rfm.Scorer.fit(rfm.summarize(log), bins=3)
    >>> scorer.edges
    {'R': (70, 10), 'F': (1, 2), 'M': (20.0, 30.0)}
    >>> scorer.score(rfm.summarize(log))[["customer_id", "recency", "frequency", "monetary", "rfm"]]
       customer_id  recency  frequency  monetary  rfm
    0            1      101          1      10.0  111
    1            2       70          1      20.0  111
    2            3       41          1      30.0  212
    3            4       10          2      90.0  223
    4            5        0          3      30.0  332
    """

    bins: int
    rulers: tuple[CutPoints, ...]
    customers: tuple[tuple[int, ...], ...]
    frequency: Frequency = "days"
    monetary: Monetary = "total"
    weights: tuple[tuple[str, float], ...] = ()
    decimals: int = 4
    windowed: bool = False

    def __post_init__(self) -> None:
        metrics = {ruler.name: (ruler.column, ruler.best) for ruler in self.rulers}
        check_options(self.bins, metrics, self.frequency, self.monetary, dict(self.weights), self.decimals)
        own = list(METRICS.items())[: 3 if "M" in metrics else 2]  # no M of a log without amounts
        if list(metrics.items())[: len(own)] != own or len(metrics) != len(self.rulers):
            raise ScoringError(
                f"A scorer has cut points of R, F and M, then of others; got {', '.join(metrics)}."
            )
        other = [ruler.name for ruler in self.rulers if ruler.bins != self.bins]
        if other:
            raise ScoringError(
                f"The cut points of {', '.join(other)} are for scores other than 1 to {self.bins}. "
                "Hint: rfm.Scorer.fit makes scorers."
            )
        if [len(row) for row in self.customers] != [self.bins] * len(self.rulers):
            raise ScoringError(
                f"customers must hold {self.bins} numbers for each metric; got {self.customers!r:.60}. "
                "Hint: rfm.Scorer.fit makes scorers."
            )

    @classmethod
    def fit(
        cls,
        summary: Any,
        bins: int = 5,
        *,
        edges: Mapping[str, Sequence[float]] | None = None,
        frequency: Frequency = "days",
        monetary: Monetary = "total",
        extra: Mapping[str, Best] | None = None,
        weights: Mapping[str, float] | None = None,
        decimals: int = 4,
    ) -> Scorer:
        """Learn the cut points of a customer summary.

        Parameters
        ----------
        summary : dataframe
            From `summarize`, one row per customer. Customers without a purchase (``orders`` = 0) are left
            out. For a log without amounts only R and F are learned. If it was made with a ``window``, so that it has
            ``orders_in_window``, F and M are of the window, and the scorer scores only such summaries.
        bins : int
            Number of scores, 3 to 10.
        edges : mapping, optional
            Your own cut points for some or all metrics, ``bins`` − 1 each: a score is 1 + the number
            of them strictly beaten. ``{"R": [30, 90, 180, 365]}``
        frequency : {"days", "orders"}
            Count purchase days, or order ids (the log must have been read with ``order_id=``). An order
            counts if it has a purchase day of its own; the rows of a day without an id are one order.
        monetary : {"total", "mean"}
            Net spend (``spend + refunds``), or net spend per order.
        extra : mapping, optional
            More columns to score, and which end is best: ``{"nps": "high"}`` adds ``nps_score``. A
            missing value has no score.
        weights : mapping, optional
            Adds ``composite``, the weighted mean of scores: ``{"R": 1, "F": 2, "M": 3}``.
        decimals : int
            Money is compared in whole units of 10^-decimals, as `Transactions` reads it.

        Returns
        -------
        Scorer

        Raises
        ------
        ScoringError
            If an option is invalid, a column is missing, a customer has several rows, no customer in the summary has a
            purchase, or (in memory) a buyer's ``recency``, ``spend`` or ``refunds`` is
            missing or infinite.

        Warns
        -----
        DataWarning
            If a metric has fewer distinct values than there are scores.

        See Also
        --------
        Scorer.score : Applies the cut points.
        score : Both in one call.
        drift : Whether to learn them again.

        Examples
        --------
        >>> import rfm
        >>> summary = rfm.summarize(rfm.datasets.cdnow_sample())
        >>> Scorer.fit(summary, bins=4).edges["R"]
        (506, 473, 217)
        """
        check_mappings(edges=edges, extra=extra, weights=weights)
        table = from_native(summary, SUMMARY)
        money = has_money(table)
        metrics = {name: METRICS[name] for name in ("RFM" if money else "RF")}
        metrics |= {name: (name, best) for name, best in (extra or {}).items()}
        check_options(bins, metrics, frequency, monetary, weights or {}, decimals)
        given = given_cuts(edges or {}, metrics, bins)
        windowed, also = has_window(table), tuple(extra or {})
        frame = measured(table, frequency, monetary, decimals, also, money=money, windowed=windowed)
        frame = materialise(frame.select("customer_id", *[column for column, _ in metrics.values()]))
        refuse_repeated(frame, error=ScoringError)
        learned = [learn(frame, name, *metrics[name], bins, given.get(name, ())) for name in metrics]
        pairs = tuple((name, float(weight)) for name, weight in (weights or {}).items())
        rulers, customers = zip(*learned, strict=True)
        return cls(bins, rulers, customers, frequency, monetary, pairs, decimals, windowed)

    @property
    def edges(self) -> dict[str, tuple[float, ...]]:
        """Cut points by metric, from the worst to the best; none if there was only one value."""
        return {ruler.name: ruler.cuts for ruler in self.rulers}

    @property
    def shares(self) -> pd.DataFrame:
        """The observed share of customers at each score, in the table the cuts were learned from."""
        shares = pd.DataFrame({"score": range(1, self.bins + 1)})
        for ruler, customers in zip(self.rulers, self.customers, strict=True):
            shares[ruler.name] = np.array(customers) / max(sum(customers), 1)
        return shares

    def score(self, summary: FrameT) -> FrameT:
        """Score a customer summary, of the same or a later period.

        Parameters
        ----------
        summary : dataframe
            From `summarize`, on any engine; one row per customer. Behind an engine a query checks for
            customers with several rows.

        Returns
        -------
        dataframe of the kind that came in
            ``customer_id, recency, frequency, monetary, R, F, M, rfm``, the scores of extra metrics and
            ``composite`` if weights were given, then the summary's other columns. Customers without a purchase
            are left out; the others keep their order, and on pandas their index. A scorer of only R and F, for a
            log without amounts, adds neither ``monetary`` nor ``M``, and ``rf`` in place of ``rfm``.

        Raises
        ------
        ScoringError
            If the summary lacks a column that the scorer reads or, in memory, a number in it; if it is of a window
            and the scorer is not, or the other way round; if it has a column named like a score, such as R; if a
            customer has several rows.

        See Also
        --------
        Scorer.fit : Learns the cut points.
        Scheme.assign : The next step.

        Examples
        --------
        >>> import rfm
        >>> summary = rfm.summarize(rfm.datasets.cdnow_sample(), as_of="1998-06-30")
        >>> Scorer.fit(summary).score(summary)[["customer_id", "R", "F", "M", "rfm"]].head(2)
           customer_id  R  F  M  rfm
        0            1  4  4  4  444
        1            2  1  3  4  134
        """
        frame = from_native(summary, SUMMARY)
        made = [name for name in self._made if name not in ("customer_id", "recency")]
        refuse_taken(frame, made, error=ScoringError)
        result = scored(self, frame)
        refuse_repeated(frame, error=ScoringError)
        answer: FrameT = to_native(result)
        return answer

    @property
    def _own(self) -> list[CutPoints]:
        """The cut points of R, F and M; none of M if the log has no amounts."""
        return [ruler for ruler in self.rulers if ruler.name in METRICS]

    @property
    def _code(self) -> str:
        """The column of the scores as one text: "rfm", or "rf"."""
        return "".join(ruler.name for ruler in self._own).lower()

    @property
    def _made(self) -> list[str]:
        """The columns that scoring puts first."""
        own, scores = self._own, [ruler.score_column for ruler in self.rulers]
        composite = ["composite"] if self.weights else []
        facts = ["customer_id", *(ruler.column for ruler in own)]
        return [*facts, *scores[: len(own)], self._code, *scores[len(own) :], *composite]

    def _composite(self) -> nw.Expr:
        column = {ruler.name: ruler.score_column for ruler in self.rulers}
        total = sum(weight for _, weight in self.weights)
        parts = [nw.col(column[name]).cast(nw.Float64) * weight for name, weight in self.weights]
        return quotient(functools.reduce(operator.add, parts), total)

    def save(self, path: str | Path) -> None:
        """Write the scorer as JSON: cut points and shares, without customers' data.

        Parameters
        ----------
        path : str or Path
            The file; one that is there is overwritten.

        See Also
        --------
        Scorer.load : Reads the file.

        Examples
        --------
        >>> import tempfile, rfm
        >>> scorer = Scorer.fit(rfm.summarize(rfm.datasets.cdnow_sample()))
        >>> path = Path(tempfile.mkdtemp(), "scorer.json")
        >>> scorer.save(path)
        >>> Scorer.load(path).edges == scorer.edges
        True
        """
        score_files.write(path, asdict(self))

    @classmethod
    def load(cls, path: str | Path) -> Scorer:
        """Read a scorer that `save` wrote.

        Parameters
        ----------
        path : str or Path
            The JSON file.

        Returns
        -------
        Scorer

        Raises
        ------
        ScoringError
            If the file is not a saved scorer.

        See Also
        --------
        Scorer.save : Writes the file.

        Examples
        --------
        >>> import tempfile, rfm
        >>> path = Path(tempfile.mkdtemp(), "scorer.json")
        >>> Scorer.fit(rfm.summarize(rfm.datasets.cdnow_sample()), bins=4).save(path)
        >>> Scorer.load(path).bins
        4
        """
        content = score_files.read(path)
        try:
            return cls(**content)
        except ScoringError as error:
            raise score_files.refuse(path, error) from error


def scored(scorer: Scorer, frame: Frame) -> Frame:
    """The customers of a summary who bought, with their scores; see `Scorer.score`.

    Nothing is checked here that needs a query: the summary was made by `rfm` itself, or was checked.
    """
    extra = tuple(ruler.name for ruler in scorer.rulers if ruler.name not in METRICS)
    names = [ruler.name for ruler in scorer._own]
    check_window(frame, scorer.windowed)
    frame = measured(
        frame,
        scorer.frequency,
        scorer.monetary,
        scorer.decimals,
        extra,
        money="M" in names,
        windowed=scorer.windowed,
    )
    scores = {ruler.score_column: _scored(ruler) for ruler in scorer.rulers}
    codes = code([nw.col(name) for name in names], scorer.bins)
    frame = frame.with_columns(**scores).with_columns(codes.alias(scorer._code))
    if scorer.weights:
        frame = frame.with_columns(composite=scorer._composite())
    made = scorer._made
    others = [name for name in frame.collect_schema().names() if name not in made]
    return frame.select(*made, *others)


def as_scorer(scorer: Any, options: Mapping[str, object] | None = None) -> Scorer:
    """A scorer unchanged; options given with it, or anything that is not a scorer, such as a path, are refused."""
    if options:
        raise ScoringError(f"A scorer has its options already; got {', '.join(options)} as well.")
    if isinstance(scorer, Scorer):
        return scorer
    given = repr(scorer)[:60] if isinstance(scorer, str | Path) else type(scorer).__name__
    raise ScoringError(
        f"scorer must be a Scorer; got {given}. Hint: rfm.Scorer.fit(summary), or rfm.Scorer.load(path)."
    )


def _scored(ruler: CutPoints) -> nw.Expr:
    """A metric's score; missing where an extra metric is missing."""
    if ruler.name in METRICS:
        return ruler.score()
    return nw.when(finite(nw.col(ruler.column))).then(ruler.score())
