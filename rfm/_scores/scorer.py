"""R, F and M: cut points learned once, and applied to any later period."""

from __future__ import annotations

import functools
import operator
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field, fields
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from rfm._frames.division import quotient
from rfm._frames.execution import materialise
from rfm._frames.native import INTERNAL, Frame, from_native, to_native
from rfm._frames.types import FrameT
from rfm._requirements import refuse_repeated, refuse_taken
from rfm._scores import scorer_files as score_files
from rfm._scores.bins import Bins, by_metric, plain_bins
from rfm._scores.customer_tables import MADE, read_customers
from rfm._scores.cut_points import Best, CutPoints, code
from rfm._scores.groups import (
    GroupCuts,
    check_group_columns,
    check_groups,
    cut_columns,
    learn_within,
    score_by_columns,
)
from rfm._scores.learning import Metric, learn
from rfm._scores.metrics import METRICS, Frequency, Monetary, check_window, has_money, has_window, measured
from rfm._scores.scorer_options import check_mappings, check_options, given_cuts, given_shares, group_columns
from rfm._scores.value_counts import finite
from rfm.errors import ScoringError

__all__ = ["Scorer", "as_scorer", "scored"]


@dataclass(frozen=True)
class Scorer:
    """Cut points for R, F and M, learned once; made by `Scorer.fit`.

    The rule for each metric: the k-th cut is the ⌈kn/bins⌉-th worst observed value, counted with
    repetition; a cut equal to the best value is lowered to the next observed value; a score is 1 + the
    number of cuts the value strictly beats. So equal values get equal scores, the order of rows does not
    matter, ties are no error, and the best value scores highest. If all customers have the same value of a metric,
    nobody beats another: F and M are then 1 for all, and R, of which less is better, is highest. So in a shop whose
    customers all bought once, F is 1, and the first who returns changes nobody else's; and those of its first day are
    its newest. A score beats by ``<`` in R and by ``>`` in the others: whoever is on a cut has not beaten it.

    Attributes
    ----------
    bins : int or mapping of str to int
        Number of scores, 3 to 10, the highest being best; by metric where they differ.
    rulers : tuple of CutPoints
        The cut points of R, F, M and of each extra metric.
    customers : tuple of tuple of int
        How many customers got each score when it was learned, metric by metric.
    frequency, monetary, decimals
        How F and M are measured: see `fit`.
    weights : tuple of (str, float)
        Of the composite score, if any.
    within : tuple of str
        The columns that customers are grouped by, if any.
    groups : tuple of GroupCuts
        The cut points of each group. Customers of other groups, or of none, are scored by ``rulers``, the cut points of
        all customers.
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

    bins: Bins = field(hash=False)
    rulers: tuple[CutPoints, ...]
    customers: tuple[tuple[int, ...], ...]
    frequency: Frequency = "days"
    monetary: Monetary = "total"
    weights: tuple[tuple[str, float], ...] = ()
    decimals: int = 4
    within: tuple[str, ...] = ()
    groups: tuple[GroupCuts, ...] = ()
    windowed: bool = False

    def __post_init__(self) -> None:
        metrics = {ruler.name: (ruler.column, ruler.best) for ruler in self.rulers}
        check_options(metrics, self.frequency, self.monetary, dict(self.weights), self.decimals)
        own = list(METRICS.items())[: 3 if "M" in metrics else 2]  # no M of a log without amounts
        if list(metrics.items())[: len(own)] != own or len(metrics) != len(self.rulers):
            raise ScoringError(
                f"A scorer has cut points of R, F and M, then of others; got {', '.join(metrics)}."
            )
        bins = by_metric(self.bins, metrics, ScoringError)
        object.__setattr__(self, "bins", plain_bins(bins))
        other = [ruler.name for ruler in self.rulers if ruler.bins != bins[ruler.name]]
        if other:
            raise ScoringError(
                f"The cut points of {', '.join(other)} are for scores other than 1 to {bins[other[0]]}. "
                "Hint: rfm.Scorer.fit makes scorers."
            )
        if [len(row) for row in self.customers] != list(bins.values()):
            raise ScoringError(
                f"customers must hold a number for each score of each metric; got {self.customers!r:.60}. "
                "Hint: rfm.Scorer.fit makes scorers."
            )

        check_groups(self.within, self.groups, self.rulers)

    def __reduce__(self) -> tuple[Any, ...]:
        content = {each.name: getattr(self, each.name) for each in fields(self)}
        return type(self), tuple((content | {"bins": self._plain_bins}).values())

    @property
    def _plain_bins(self) -> int | dict[str, int]:
        """As plain data."""
        return dict(self.bins) if isinstance(self.bins, Mapping) else self.bins

    @classmethod
    def fit(
        cls,
        summary: Any,
        bins: Bins = 5,
        *,
        edges: Mapping[str, Sequence[float]] | None = None,
        percentiles: Mapping[str, Sequence[float]] | None = None,
        within: str | Sequence[str] | None = None,
        frequency: Frequency = "days",
        monetary: Monetary = "total",
        extra: Mapping[str, Best] | None = None,
        weights: Mapping[str, float] | None = None,
        decimals: int = 4,
        as_of: Any = None,
    ) -> Scorer:
        """Learn the cut points of a customer summary.

        Parameters
        ----------
        summary : dataframe
            From `summarize`, one row per customer, or another table with ``customer_id``, ``orders``, ``recency`` (or
            ``last_purchase``, with ``as_of``) and ``spend``; ``refunds`` are 0 where it has none. Customers without a
            purchase (``orders`` = 0) are left out. Without money only R and F are learned. If it was made with a
            ``window``, so that it has ``orders_in_window``, F and M are of the window, their cut points those of
            the customers with an order in it, and the scorer scores only such summaries.
        bins : int or mapping of str to int
            Number of scores, 3 to 10: one number, or one by metric, ``{"R": 5, "F": 3, "M": 4}``. A metric that
            a mapping leaves out has 5.
        edges : mapping, optional
            Your own cut points for some or all metrics, ``bins`` − 1 different ones each: a score is 1 + the number
            of them strictly beaten. R beats by ``<`` and is in days, the others by ``>``: with
            ``{"R": [30, 90, 180, 365], "F": [1, 2, 3, 4]}`` R is 5 below 30 days and 4 on the 30th, and F is 1 at one
            order and 2 at two. Where a table says "up to 30 days", the cut is 31.
        percentiles : mapping, optional
            Instead of equal shares of customers: where the scores end, as shares of customers counted from the worst,
            ``bins`` − 1 each and rising. For each share p of n customers the cut is the ⌈pn⌉-th worst value, so ties
            keep their rule. ``{"M": [0.5, 0.8, 0.9, 0.99]}`` gives 1 to the half that spent least and 5 to the top
            hundredth; ``{"R": [0.2, 0.4, 0.6, 0.8]}`` gives 1 to the fifth that stayed away longest.
        within : str or sequence of str, optional
            Columns of the customers, such as ``"country"``: each group has its own cut points, by the same rule.
            Customers whose group was not there when the cut points were learned, or is missing, are scored by those of
            all customers. Columns hold texts, whole numbers or truth values; at most 500 groups.
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
        as_of : date, optional
            The day that recency counts to, for a table with ``last_purchase`` and no ``recency``.

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
            If a metric has fewer distinct values than there are scores, or a group fewer customers.

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
        check_mappings(edges=edges, percentiles=percentiles, extra=extra, weights=weights)
        columns = group_columns(within)
        table = read_customers(summary, as_of)
        money = has_money(table)
        metrics = {name: METRICS[name] for name in ("RFM" if money else "RF")}
        metrics |= {name: (name, best) for name, best in (extra or {}).items()}
        check_options(metrics, frequency, monetary, weights or {}, decimals)
        if isinstance(bins, Mapping) and not money:  # a scheme declares the scores of M, too
            bins = {name: number for name, number in bins.items() if name != "M"}
        bins_of = by_metric(bins, metrics, ScoringError)
        given = given_cuts(edges or {}, metrics, bins_of)
        shares = given_shares(percentiles or {}, metrics, bins_of, given)
        check_group_columns(table, columns)
        windowed, also = has_window(table), tuple(extra or {})
        frame = measured(table, frequency, monetary, decimals, also, money=money, windowed=windowed)
        read = dict.fromkeys(("customer_id", *(column for column, _ in metrics.values()), *columns))
        frame = materialise(frame.select(*read))
        refuse_repeated(frame, error=ScoringError)
        plan = [
            Metric(
                name,
                *metrics[name],
                bins_of[name],
                given.get(name, ()),
                shares.get(name, ()),
                windowed and name in ("F", "M"),
            )
            for name in metrics
        ]
        learned = [learn(frame, metric) for metric in plan]
        pairs = tuple((name, float(weight)) for name, weight in (weights or {}).items())
        rulers, customers = zip(*learned, strict=True)
        groups: tuple[GroupCuts, ...] = ()
        if columns:
            groups, customers = learn_within(frame, columns, plan, rulers)
        counted = plain_bins(bins_of)
        return cls(
            counted, rulers, customers, frequency, monetary, pairs, decimals, columns, groups, windowed
        )

    def to_sql(
        self,
        scheme: Any = "classic",
        *,
        table: str | Sequence[str],
        dialect: str,
        customer: str = "customer_id",
        date: str = "date",
        amount: str | None = "amount",
        as_of: Any = None,
        window: Any = None,
    ) -> str:
        """The statement of SQL from a table of orders to scores and segments, by these cut points.

        One self-contained statement: days are netted and customers counted as by `summarize`, scores are those of
        `score`, and the segment is that of `Scheme.assign`. Money is summed in whole units, so that no customer falls
        on the other side of a cut point for the order in which floating point was added.

        Parameters
        ----------
        scheme : str, path, Scheme or None
            The segments' rules, which may read ``recency, frequency, monetary, orders``, the scores, and ``rfm``; None
            gives scores only.
        table : str or sequence of str
            The table of orders: ``"shop.orders"``, or up to three names. The dialect's quotes stand around each.
        dialect : {"postgres", "bigquery", "snowflake", "databricks", "redshift", "duckdb", "sqlite", "mysql"}
            Quoted names keep their case: on Snowflake a table made without quotes is ``"ORDERS"``.
        customer, date, amount : str
            The columns; ``amount=None`` where the scorer has no M. Rows without a customer, a day or an amount do not
            count, as with ``bad_rows="drop"``; times are cut to days as the database does it.
        as_of : date, optional
            The last day that counts, to which recency is counted; by default the last day of the table.
        window : str or date, optional
            For a scorer that was learned with one: see `score`.

        Returns
        -------
        str
            It selects ``customer_id, recency, frequency, monetary, orders, R, F, M, rfm, segment``; a row for each
            customer who bought.

        Raises
        ------
        DataError
            If an option is wrong, or the scorer has other metrics, groups, weights or counts of order ids.
        RuleError
            If a rule reads other columns.
        ImportError
            If sqlglot is not installed (extra ``sql``).

        See Also
        --------
        rfm.sql.learn_cuts : Learns the cut points there.

        Examples
        --------
        >>> import rfm
        >>> scorer = rfm.Scorer.fit(rfm.summarize(rfm.datasets.cdnow()))
        >>> sql = scorer.to_sql("classic", table="shop.orders", dialect="postgres")
        >>> print("\\n".join(sql.splitlines()[:4]))
        WITH "order_rows" AS (
          SELECT
            "o"."customer_id" AS "customer_id",
            CAST("o"."date" AS DATE) AS "day",
        """
        # The rooms of SQL and of schemes stand above the scorer: they are reached when a statement is asked for.
        from rfm._sql.scorer_sql import scorer_sql  # noqa: PLC0415

        return scorer_sql(
            self,
            scheme,
            table=table,
            dialect=dialect,
            customer=customer,
            date=date,
            amount=amount,
            as_of=as_of,
            window=window,
        )

    @property
    def edges(self) -> dict[str, tuple[float, ...]]:
        """Cut points of all customers by metric, from the worst to the best; none if no value was known."""
        return {ruler.name: ruler.cuts for ruler in self.rulers}

    @property
    def edges_within(self) -> dict[Any, dict[str, tuple[float, ...]]]:
        """The cut points of each group by metric; a group of several columns is a tuple of their values."""
        names = [ruler.name for ruler in self.rulers]
        return {
            each.group if len(self.within) > 1 else each.group[0]: dict(zip(names, each.cuts, strict=True))
            for each in self.groups
        }

    @property
    def shares(self) -> pd.DataFrame:
        """The observed share of customers at each score, in the table the cuts were learned from.

        A metric with fewer scores than another has no share (NaN) at the others.
        """
        shares = pd.DataFrame({"score": range(1, max(map(len, self.customers)) + 1)})
        for ruler, customers in zip(self.rulers, self.customers, strict=True):
            shares[ruler.name] = pd.Series(np.array(customers) / max(sum(customers), 1))
        return shares

    def score(self, summary: FrameT, as_of: Any = None) -> FrameT:
        """Score a customer summary, of the same or a later period.

        Parameters
        ----------
        summary : dataframe
            From `summarize`, or a customer table as in `fit`, on any engine; one row per customer. Behind an engine a
            query checks for customers with several rows.
        as_of : date, optional
            The day that recency counts to, for a table with ``last_purchase`` and no ``recency``.

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
        frame = from_native(summary, MADE)
        made = [name for name in self._made if name not in ("customer_id", "recency")]
        refuse_taken(frame, made, error=ScoringError)
        frame = read_customers(summary, as_of)
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
        rulers = [asdict(ruler) for ruler in self.rulers]
        groups = [asdict(group) for group in self.groups]
        content = {each.name: getattr(self, each.name) for each in fields(self)}
        score_files.write(path, content | {"bins": self._plain_bins, "rulers": rulers, "groups": groups})

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
    check_group_columns(frame, scorer.within)
    frame = measured(
        frame,
        scorer.frequency,
        scorer.monetary,
        scorer.decimals,
        extra,
        money="M" in names,
        windowed=scorer.windowed,
    )
    if scorer.within:
        frame = cut_columns(frame, scorer.within, scorer.groups, scorer.rulers)
    scores = {ruler.score_column: _scored(scorer, place) for place, ruler in enumerate(scorer.rulers)}
    codes = code([nw.col(name) for name in names], max(ruler.bins for ruler in scorer._own))
    frame = frame.with_columns(**scores).with_columns(codes.alias(scorer._code))
    if scorer.weights:
        frame = frame.with_columns(composite=scorer._composite())
    made = scorer._made
    others = [
        name for name in frame.collect_schema().names() if name not in made and not name.startswith(INTERNAL)
    ]
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


def _scored(scorer: Scorer, place: int) -> nw.Expr:
    """The score of the metric at a place; missing where an extra metric is missing."""
    ruler = scorer.rulers[place]
    score = score_by_columns(ruler, place) if scorer.within else ruler.score()
    if ruler.name in METRICS:
        return score
    return nw.when(finite(nw.col(ruler.column))).then(score)
