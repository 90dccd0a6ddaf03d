"""KMeans clusters of customers, to compare with the segments that rules define."""

from __future__ import annotations

import functools
import math
import operator
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt

from rfm._frames.columns import as_categories, choose
from rfm._frames.execution import fetch, materialise
from rfm._frames.native import INTERNAL, Frame, from_native, to_native
from rfm._frames.types import FrameT
from rfm._options import seed_number, whole
from rfm._requirements import refuse_repeated, refuse_taken
from rfm._scores.metrics import is_scored, measured
from rfm._scores.value_counts import levels
from rfm.errors import DataError

__all__ = ["cluster"]

Array = npt.NDArray[np.float64]

MEASURES = ("recency", "frequency", "monetary")
SPEND = f"{INTERNAL}spend"
KEPT = {f"{INTERNAL}{name}": name for name in ("frequency", "monetary")}
DECIMALS = 4
STEPS = 48  # grid cells per measure: equal steps of its logarithm, counted by the engine
MOST_CLUSTERS = 8
SAMPLE = 2_000


@dataclass(frozen=True)
class Scale:
    """How a measure becomes a feature: (sign(x) log(1 + |x|) − centre) / spread."""

    centre: float
    spread: float

    def feature(self, values: Array) -> Array:
        """The feature of values in memory."""
        return (logs(values) - self.centre) / self.spread

    def measure(self, features: Array) -> Array:
        """The values that have these features."""
        return unlogs(features * self.spread + self.centre)

    def expression(self, column: str) -> nw.Expr:
        """The feature as an expression on any engine."""
        value = nw.col(column).cast(nw.Float64)
        size = (value.abs() + 1.0).log()
        return (nw.when(value < 0).then(0.0 - size).otherwise(size) - self.centre) / self.spread


def cluster(summary: FrameT, k: int | None = None, *, seed: int = 0) -> FrameT:
    """Group customers by KMeans on their recency, orders and spend.

    The measures are log-transformed and scaled by median and interquartile range. What leaves an engine
    is a grid of cells with their number of customers; KMeans runs on the cells.

    Parameters
    ----------
    summary : dataframe
        From `summarize`, `score` or `segment`, one row per customer. Customers without a purchase are left
        out. In a scored table orders are its ``frequency``.
    k : int, optional
        Number of clusters; by default the one from 2 to 8 with the best silhouette on a sample of 2,000
        customers.
    seed : int
        Of KMeans' starts and of that sample. The same customers give the same clusters in any order.

    Returns
    -------
    dataframe of the kind that came in
        With ``recency``, ``frequency``, ``monetary`` (those of a scored table as they are) and ``cluster``:
        named by the cluster's centre, such as "4 days, 8.65 orders, 881 spent"; ordered by spend, highest
        first, where the engine has ordered categories. Rows keep their order, and on pandas their index.

    Raises
    ------
    DataError
        If no customer has bought, ``k`` is not a whole number, there are fewer distinct customers than clusters,
        a customer has several rows, or the table has a column ``cluster``.
    ImportError
        If scikit-learn is not installed.

    See Also
    --------
    segment : Segments by rules.
    profile : A description of each cluster.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> summary = pd.DataFrame({
    ...     "customer_id": range(6), "recency": [3, 5, 4, 300, 320, 310], "orders": [9, 8, 9, 1, 1, 1],
    ...     "spend": [900.0, 800.0, 950.0, 20.0, 25.0, 22.0], "refunds": 0.0,
    ... })
    >>> rfm.profile(rfm.cluster(summary, k=2), by="cluster")[["cluster", "customers", "recency"]]
                              cluster  customers  recency
    0  4 days, 8.65 orders, 881 spent          3      4.0
    1   310 days, 1 order, 22.2 spent          3    310.0
    """
    if k is not None:
        k = whole("k", k, "k=4, or k=None for the best from 2 to 8", least=1)
    seed = seed_number(seed)
    frame = _read(summary)
    measures = [SPEND if name == "monetary" else name for name in MEASURES]
    scales = [_scale(frame, name) for name in measures]
    cells, customers = _cells(frame.select("recency", "frequency", monetary=SPEND))
    points = np.column_stack([scale.feature(cells[:, i]) for i, scale in enumerate(scales)])
    if k is not None and k > len(points):
        raise DataError(f"k={k} clusters need at least {k} distinct customers; there are {len(points)}.")
    centres = _centres(points, customers, k, seed)
    centres = centres[np.argsort(-centres[:, 2], kind="stable")]
    names = _names(np.column_stack([scale.measure(centres[:, i]) for i, scale in enumerate(scales)]))
    answer: FrameT = to_native(
        _with_nearest(frame, dict(zip(measures, scales, strict=True)), centres, names).drop(SPEND)
    )
    return answer


def _read(summary: Any) -> Any:
    """The customers who bought, computed once: their measures, and their net spend under a separate name."""
    frame = from_native(summary, "rfm.summarize(tx) or rfm.score(tx) makes such a table")
    refuse_taken(frame, ("cluster",))
    table: Any = measured(_with_own(frame), "days", "total", DECIMALS)
    table = table.with_columns(**{SPEND: nw.col("monetary")})
    if is_scored(frame):
        table = table.with_columns(**{name: nw.col(kept) for kept, name in KEPT.items()}).drop(*KEPT)
    else:
        refuse_taken(frame, KEPT.values())
    table = materialise(table)
    refuse_repeated(table)
    return table


def _with_own(frame: Any) -> Any:
    """A scored table with its own frequency and monetary set aside, because they may be other counts and means."""
    own = {kept: nw.col(name) for kept, name in KEPT.items()}
    return frame.with_columns(**own) if is_scored(frame) else frame


def logs(values: Array) -> Array:
    """sign(x) log(1 + |x|)."""
    return np.asarray(np.sign(values) * np.log1p(np.abs(values)), dtype=np.float64)


def unlogs(values: Array) -> Array:
    """The inverse of `logs`."""
    return np.asarray(np.sign(values) * np.expm1(np.abs(values)), dtype=np.float64)


def _scale(frame: Frame, column: str) -> Scale:
    """Median and interquartile range of a measure's logarithm; half its range where the quartiles coincide."""
    found = levels(frame, column, lambda n: [math.ceil(n * part / 4) for part in (1, 2, 3)])
    if not len(found.values):
        raise DataError("No customer in this summary has bought. Hint: check as_of and tx.audit.")
    up_to = np.cumsum(found.customers)
    at = np.searchsorted(up_to, [math.ceil(int(up_to[-1]) * part / 4) for part in (1, 2, 3)])
    low, middle, high = logs(found.values[at].astype(float))
    ends = logs(found.values[[0, -1]].astype(float))
    return Scale(float(middle), float(high - low or np.ptp(ends) / 2 or 1.0))


def _cells(frame: Frame) -> tuple[Array, npt.NDArray[np.int64]]:
    """The customers on a grid: each cell's mean measures (cells, 3), and its number of customers.

    Borders are compared with the measures themselves and sums are of whole numbers, so every engine gives
    the same cells.
    """
    ends = fetch(
        frame.select(
            *[nw.col(name).min().alias(f"{name}_low") for name in MEASURES],
            *[nw.col(name).max().alias(f"{name}_high") for name in MEASURES],
        )
    ).rows()[0]
    steps = {
        f"{name}_step": _step(name, *span) for name, *span in zip(MEASURES, ends[:3], ends[3:], strict=True)
    }
    units = (nw.col("monetary") * 10.0**DECIMALS).round().cast(nw.Int64)
    grid = frame.select("recency", "frequency", monetary=units, **steps)
    counted = grid.group_by(*steps).agg(nw.col(*MEASURES).sum(), nw.len().alias("customers"))
    rows = fetch(counted.select(*MEASURES, "customers")).rows()
    table = np.array(sorted(rows), dtype=np.float64)
    cells = table[:, :3] / table[:, 3:]
    cells[:, 2] /= 10.0**DECIMALS
    return cells, table[:, 3].astype(np.int64)


def _step(column: str, low: float, high: float) -> nw.Expr:
    """The index of the equal step of its logarithm in which a measure lies."""
    ends = logs(np.array([low, high], dtype=float))
    borders = unlogs(np.linspace(ends[0], ends[1], STEPS + 1)[1:-1])
    beyond: list[nw.Expr] = [
        (nw.col(column) > border).cast(nw.Int64) for border in dict.fromkeys(borders.tolist())
    ]
    return functools.reduce(operator.add, beyond)


def _centres(points: Array, customers: npt.NDArray[np.int64], k: int | None, seed: int) -> Array:
    """The centres of k clusters of weighted points; by default of the k with the best silhouette."""
    if k is not None or len(points) < 3:
        return _kmeans(points, customers, k or len(points), seed)[0]
    from sklearn.metrics import silhouette_score  # noqa: PLC0415

    rng = np.random.default_rng(seed)
    sample = rng.choice(len(points), size=SAMPLE, p=customers / customers.sum())
    best, found = -np.inf, points[:1]
    for candidate in range(2, min(MOST_CLUSTERS, len(points) - 1) + 1):
        centres, label = _kmeans(points, customers, candidate, seed)
        if len(set(label[sample])) > 1:
            silhouette = silhouette_score(points[sample], label[sample])
            if silhouette > best:
                best, found = silhouette, centres
    return found


def _kmeans(
    points: Array, customers: npt.NDArray[np.int64], k: int, seed: int
) -> tuple[Array, npt.NDArray[np.int32]]:
    try:
        from sklearn.cluster import KMeans  # noqa: PLC0415
        from threadpoolctl import threadpool_limits  # noqa: PLC0415
    except ImportError as error:
        raise ImportError("rfm.cluster needs scikit-learn. Hint: pip install 'rfm-clv[sklearn]'.") from error
    with threadpool_limits(1):  # several threads add in no fixed order
        fitted = KMeans(k, n_init=4, random_state=seed).fit(points, sample_weight=customers)
    return fitted.cluster_centers_, fitted.labels_


def _names(centres: Array) -> list[str]:
    """A name for each centre, in days, orders and money; numbered where two names are equal."""
    labels = [
        f"{_many(f'{days:,.0f}', 'day')}, {_many(f'{orders:.3g}', 'order')}, {spend:,.3g} spent"
        for days, orders, spend in centres.tolist()
    ]
    times = [labels[: i + 1].count(name) for i, name in enumerate(labels)]
    return [name if n == 1 else f"{name} ({n})" for name, n in zip(labels, times, strict=True)]


def _many(number: str, noun: str) -> str:
    return f"{number} {noun}" if number == "1" else f"{number} {noun}s"


def _with_nearest(frame: Frame, scales: Mapping[str, Scale], centres: Array, names: Sequence[str]) -> Frame:
    """The frame with the name of the centre that is nearest to each customer; the first in case of ties."""
    features = {f"{INTERNAL}of_{name}": scale.expression(name) for name, scale in scales.items()}
    squares = {
        f"{INTERNAL}square_{i}": _square(features, centre) for i, centre in enumerate(centres.tolist())
    }
    wins = [
        functools.reduce(operator.and_, [nw.col(own) <= nw.col(other) for other in squares])
        for own in squares
    ]
    nearest = choose(list(zip(wins, names, strict=True)), names[-1])
    measured = frame.with_columns(**features).with_columns(**squares)
    return measured.with_columns(cluster=as_categories(frame, nearest, names)).drop(*features, *squares)


def _square(features: Iterable[str], centre: Sequence[float]) -> nw.Expr:
    """The squared distance from a centre."""
    away = [
        (nw.col(feature) - at) * (nw.col(feature) - at) for feature, at in zip(features, centre, strict=True)
    ]
    return functools.reduce(operator.add, away)
