"""Drift: whether cut points learned in the past still divide today's customers in the same shares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._customers.attributes import with_attributes
from rfm._dynamics.active_days import collected
from rfm._dynamics.count_tests import chi_square_bound, quadratic_bound
from rfm._frames.native import Frame, from_native, to_native
from rfm._frames.small_tables import empty_like, table_like
from rfm._requirements import refuse_repeated
from rfm._scores.customer_tables import read_customers
from rfm._scores.scorer import Scorer, as_scorer, scored
from rfm.errors import DataError, ScoringError

__all__ = ["Drift", "drift", "stability_index"]

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]

MODERATE: Final = 0.1
LARGE: Final = 0.25


@dataclass(frozen=True, eq=False, repr=False)
class Drift:
    """How far customers have moved away from the cut points; its repr shows the advice and the table.

    Attributes
    ----------
    table : dataframe of the kind that came in
        One row per metric: ``metric, psi`` (population stability index), ``by_chance`` (its 95th percentile
        if nothing changed: with ``then=`` for the same customers, without it for two samples of
        different customers), ``verdict`` ("stable", "shifted", "moved").
    shares : dataframe of the kind that came in
        One row per metric and score: ``metric, score, share_then, share_now, share_even`` (the same share for each
        of the metric's scores).
    advice : str
        Whether to relearn the cut points, in a sentence.

    See Also
    --------
    drift : Makes it.

    Examples
    --------
    >>> import rfm
    >>> summary = rfm.summarize(rfm.datasets.cdnow_sample())
    >>> unchanged = rfm.drift(rfm.Scorer.fit(summary, bins=3), summary, then=summary)
    >>> unchanged.table[["metric", "psi", "verdict"]]
      metric  psi verdict
    0      R  0.0  stable
    1      F  0.0  stable
    2      M  0.0  stable
    """

    table: Any
    shares: Any
    advice: str

    def __repr__(self) -> str:
        return f"{self.advice}\n{self.table}"

    def _repr_html_(self) -> str:
        table = self.table._repr_html_() if hasattr(self.table, "_repr_html_") else escape(str(self.table))
        return f"<p>{escape(self.advice)}</p>{table}"


def drift(scorer: Scorer, summary: Any, *, then: Any = None) -> Drift:
    """Compare learned cut points with the customers of a later day.

    Parameters
    ----------
    scorer : Scorer
        Cut points, with the shares of customers at each score when they were learned.
    summary : dataframe
        From `summarize` at the later day, on any engine, with any other columns that the scorer reads.
    then : dataframe, optional
        The summary that the cut points were learned from, on the same engine: it identifies the customers in
        both, and their scores then. The same customers differ less by chance than independent samples do, so without it
        ``by_chance`` is too large, and small changes in a base of regulars count as chance.

    Returns
    -------
    Drift

    Raises
    ------
    ScoringError
        If this is not a scorer, or the summary lacks a column that it reads.
    DataError
        If there is no customer to compare: none with a purchase then, or none now; or ``then`` is not the summary
        that the cut points were learned from.

    See Also
    --------
    Scorer.fit : Learns the cut points.
    rfm.plot.distributions : The distributions of the metrics.

    Notes
    -----
    PSI = Σ (a − e) ln(a / e) over scores, with the shares e then and a now; below 0.1 is stable, above
    0.25 has moved (N. Siddiqi, "Credit Risk Scorecards", 2006). If nothing changed, it is distributed as
    (1/n + 1/m) χ² with as many degrees of freedom as there are scores less one (B. Yurdakul and
    J. Naranjo, "Statistical properties of the population stability index", Journal of Risk Model
    Validation 14, 2020), so that small samples show large values by chance: those count as stable.
    This holds for independent samples. With o customers in both, a − e has the covariance

        (diag p − pp')/n + (diag p − pp')/m − o/(n·m)·(C + C'),

    where C is the covariance of a customer's score then with the score now, and PSI is about Σ (a − e)²/p: a weighted
    sum of χ². If one of the two tables has no customer at a score, its count is taken as one half.

    Examples
    --------
    >>> import rfm
    >>> tx = rfm.Transactions(rfm.datasets.cdnow())
    >>> scorer = rfm.Scorer.fit(rfm.summarize(tx, as_of="1997-09-30"), bins=3)
    >>> print(rfm.drift(scorer, rfm.summarize(tx, as_of="1997-10-31")).advice)
    Relearn the cut points: R has moved (PSI 0.43; 60% now score 1, 34% when it was learned).
    """
    scorer = as_scorer(scorer)
    frame = scored(scorer, read_customers(summary))
    refuse_repeated(frame, error=ScoringError)
    learned = [np.array(row, dtype=np.int64) for row in scorer.customers]
    now = _counted(scorer, frame)
    for counts, when in ((learned, "when the cut points were learned"), (now, "in this summary")):
        if not all(row.any() for row in counts):
            raise DataError(f"No customer has a score {when}. Hint: rfm.summarize(tx) with purchases in it.")
    names = [ruler.name for ruler in scorer.rulers]
    like, metric = empty_like(frame), np.array(names, dtype=object)
    both = [None] * len(names) if then is None else _in_both(scorer, frame, then)
    rows = [stability_index(*each) for each in zip(learned, now, both, strict=True)]
    psi, chance = np.array(rows).T
    before, after = ([row / row.sum() for row in counts] for counts in (learned, now))
    bins = np.array([ruler.bins for ruler in scorer.rulers])
    verdicts = [_verdict(*pair) for pair in zip(psi, chance, strict=True)]
    shares = {"metric": metric.repeat(bins), "score": np.concatenate([np.arange(1, n + 1) for n in bins]),
              "share_then": np.concatenate(before), "share_now": np.concatenate(after),
              "share_even": (1 / bins).repeat(bins)}  # fmt: skip
    table = {"metric": metric, "psi": psi, "by_chance": chance, "verdict": np.array(verdicts, dtype=object)}
    return Drift(
        table_like(like, table), table_like(like, shares), _advice(names, psi, verdicts, before, after)
    )


def _counted(scorer: Scorer, frame: Frame) -> list[Ints]:
    """Customers by score, of each metric."""
    counts = [np.zeros(ruler.bins, dtype=np.int64) for ruler in scorer.rulers]
    for i, ruler in enumerate(scorer.rulers):
        scores = frame.filter(~nw.col(ruler.score_column).is_null())
        found = collected(scores, ruler.score_column, customers=nw.lit(1))
        np.add.at(counts[i], found[ruler.score_column] - 1, found["customers"])
    return counts


def _in_both(scorer: Scorer, now: Frame, then: Any) -> list[Ints]:
    """By metric, the customers in both summaries: (bins, bins) counts by score then and score now."""
    earlier = from_native(scorer.score(then))
    if [tuple(row.tolist()) for row in _counted(scorer, earlier)] != list(map(tuple, scorer.customers)):
        raise DataError(
            "then= is not the summary that the cut points were learned from. "
            "Hint: pass the summary that was passed to Scorer.fit."
        )
    columns = {ruler.score_column: ruler.bins for ruler in scorer.rulers}
    before = {f"{column}_then": nw.col(column) for column in columns}
    known = to_native(earlier.select("customer_id", **before))
    joined = from_native(with_attributes(to_native(now.select("customer_id", *columns)), known, "then"))
    tables = []
    for column, bins in columns.items():
        rows = joined.filter(~nw.col(column).is_null() & ~nw.col(f"{column}_then").is_null())
        found = collected(rows, f"{column}_then", column, customers=nw.lit(1))
        table = np.zeros((bins, bins), dtype=np.int64)
        np.add.at(table, (found[f"{column}_then"] - 1, found[column] - 1), found["customers"])
        tables.append(table)
    return tables


def stability_index(then: Ints, now: Ints, both: Ints | None = None) -> tuple[float, float]:
    """Population stability index of two rows of counts, and its 95th percentile under no change.

    Parameters
    ----------
    then, now : (k,) int64
        Counts of the same classes in two samples.
    both : (k, k) int64, optional
        Members of both samples, by class then and class now; default none.

    Returns
    -------
    psi : float
    by_chance : float
        The 95th percentile of the index if both samples come from the same shares.

    Examples
    --------
    >>> psi, chance = stability_index(np.array([50, 50]), np.array([60, 40]))
    >>> f"{psi:.4f} {chance:.4f}"
    '0.0405 0.0768'

    The same hundred, of whom twenty changed class:

    >>> f"{stability_index(np.array([50, 50]), np.array([60, 40]), np.array([[45, 5], [15, 35]]))[1]:.4f}"
    '0.0303'
    """
    held = (then > 0) | (now > 0)
    e, a = (np.maximum(counts[held], 0.5) / counts.sum() for counts in (then, now))
    chance = chi_square_bound(int(held.sum()) - 1) * (1 / then.sum() + 1 / now.sum())
    if both is not None and both.any():
        chance = _bound_of_the_same(then[held], now[held], both[np.ix_(held, held)])
    return float(((a - e) * np.log(a / e)).sum()), chance


def _bound_of_the_same(then: Ints, now: Ints, both: Ints) -> float:
    n, m, o = then.sum(), now.sum(), both.sum()
    p = (then + now) / (n + m)
    joint = both / o
    together = joint - np.outer(joint.sum(axis=1), joint.sum(axis=0))
    covariance = (np.diag(p) - np.outer(p, p)) * (1 / n + 1 / m) - (together + together.T) * o / (n * m)
    return quadratic_bound(covariance / np.sqrt(np.outer(p, p)))


def _verdict(psi: float, chance: float) -> str:
    if psi < MODERATE or psi <= chance:
        return "stable"
    return "shifted" if psi <= LARGE else "moved"


def _advice(
    names: Sequence[str],
    psi: Floats,
    verdicts: Sequence[str],
    before: Sequence[Floats],
    after: Sequence[Floats],
) -> str:
    off = [
        f"{name} has {verdict} (PSI {psi[i]:.2f}; {_largest(before[i], after[i])})"
        for i, (name, verdict) in enumerate(zip(names, verdicts, strict=True))
        if verdict != "stable"
    ]
    if not off:
        worst = int(np.argmax(psi))
        largest = f"largest PSI {psi[worst]:.2f}, of {names[worst]}"
        return f"Keep the cut points: they divide customers as they did when learned ({largest})."
    if "moved" in verdicts:
        return f"Relearn the cut points: {'; '.join(off)}."
    return f"Keep the cut points for now, and check again soon: {'; '.join(off)}."


def _largest(before: Floats, after: Floats) -> str:
    """The score whose share changed most, in words."""
    score = int(np.argmax(np.abs(after - before)))
    return f"{after[score]:.0%} now score {score + 1}, {before[score]:.0%} when it was learned"
