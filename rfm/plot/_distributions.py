"""How recency, frequency and spend are distributed, with the scorer's cut points."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from rfm._frames.native import from_native
from rfm._options import items, received
from rfm._options import number as number_in
from rfm.errors import DataError

from ._colors import ACCENT, INK, MUTED, PALETTE
from ._numbers import number, percent
from ._style import fitted, nothing, panels, picture, titles, units, write_text
from ._tables import knows_no_money, measure

__all__ = ["distributions", "distributions_data"]

Metric = Literal["R", "F", "M"]
_METRICS: dict[Metric, tuple[Literal["recency", "frequency", "monetary"], str]] = {
    "R": ("recency", "Recency: days since the last purchase"),
    "F": ("frequency", "Frequency: orders"),
    "M": ("monetary", "Monetary: spend"),
}
BINS = 30
SHOWN = 0.95  # share of customers whose values set the axis; the rest are in the last bar


def distributions(
    table: Any, edges: Mapping[str, Sequence[float]] | Any = None, *, ax: Axes | None = None
) -> Axes:
    """Draw the distributions of recency, frequency and spend, with the cut points of the scores.

    Parameters
    ----------
    table : any dataframe
        One row per customer: a scored table (``recency, frequency, monetary``) or a customer summary.
    edges : mapping or Scorer, optional
        Cut points of R, F and M, each from the worst to the best: ``scorer.edges``, or the scorer itself.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        It holds three child axes, ``ax.child_axes``, for R, F and M. Lines are the cut points, the figures
        between them the scores; the last bar of F and M includes all larger values.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    distributions_data : Its numbers.
    rfm.Scorer.edges : The cut points.
    rfm.drift : Whether they still fit.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> table = pd.DataFrame({"recency": [3, 40, 90], "frequency": [5, 2, 1], "monetary": [80.0, 30.0, 9.0]})
    >>> ax = rfm.plot.distributions(table, {"R": (90, 40), "F": (1, 2), "M": (9.0, 30.0)})
    >>> len(ax.child_axes)
    3
    """
    cuts = _cut_points(edges)
    data = distributions_data(table)
    with picture(ax) as ax:
        note = "Lines: cut points; figures between them: scores, the higher the better" if cuts else ""
        titles(ax, "Recency, frequency and spend of the customers", note=note)
        if data.empty:
            ax.set_axis_off()
            return nothing(ax)
        shown = [name for name in _METRICS if name in set(data["metric"])]
        places = [(0.355 * i, 0.0, 0.29, 0.96) for i in range(len(shown))]
        for inset, metric in zip(panels(ax, places), shown, strict=True):
            label = _METRICS[metric][1]
            bars = data[data["metric"] == metric]
            _bars(inset, bars, label, integer=metric != "M")
            _cuts(inset, metric, list(cuts.get(metric, ())))
        ax.child_axes[0].set_ylabel("Customers", fontsize=10)
    return ax


def distributions_data(table: Any) -> pd.DataFrame:
    """Return the bars of `distributions`.

    Parameters
    ----------
    table : any dataframe
        One row per customer: a scored table (``recency, frequency, monetary``) or a customer summary.

    Returns
    -------
    pandas.DataFrame
        ``metric`` ("R", "F", "M"), ``left``, ``right``, ``customers``, ``beyond`` (whether the bar also holds
        all values above ``right``): every customer is in exactly one bar of each metric. A log without
        amounts has no "M".

    See Also
    --------
    distributions : The picture.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> table = pd.DataFrame({"recency": [3, 40, 90], "frequency": [5, 2, 1], "monetary": [80.0, 30.0, 9.0]})
    >>> rfm.plot.distributions_data(table).groupby("metric")["customers"].sum().to_dict()
    {'F': 3, 'M': 3, 'R': 3}
    """
    parts = []
    bare = knows_no_money(from_native(table).collect_schema().names())
    for metric, (name, _) in _METRICS.items():
        if metric == "M" and bare:
            continue
        values, counts = measure(table, name)
        left, right, beyond, customers = _histogram(
            values, counts, whole=metric == "R", integer=metric != "M"
        )
        parts.append(
            pd.DataFrame(
                {"metric": metric, "left": left, "right": right, "customers": customers, "beyond": beyond}
            )
        )
    return pd.concat(parts, ignore_index=True)


def _histogram(
    values: npt.NDArray[np.float64], counts: npt.NDArray[np.int64], *, whole: bool, integer: bool
) -> tuple[npt.NDArray[Any], ...]:
    """Count in bars of equal width; whole numbers are at the middle of theirs."""
    if not len(values):
        return (np.zeros(0),) * 2 + (np.zeros(0, bool), np.zeros(0, np.int64))
    place = np.searchsorted(np.cumsum(counts), SHOWN * counts.sum())
    low, high = min(values[0], 0.0), values[-1] if whole else values[place]
    if integer:
        low = 0.0 if whole else 1.0
        width = float(max(np.ceil((high - low + 1) / BINS), 1))
        edges = np.arange(low, high + width + 1, width) - 0.5
    else:
        edges = np.linspace(low, high if high > low else low + 1, BINS + 1)
    bars = len(edges) - 1
    bar = np.clip(np.searchsorted(edges, values, side="right") - 1, 0, bars - 1)
    beyond = np.zeros(bars, bool)
    beyond[-1] = values[-1] > edges[-1]
    return edges[:-1], edges[1:], beyond, np.bincount(bar, counts, bars).astype(np.int64)


def _cut_points(edges: Any) -> dict[str, list[float]]:
    """The cut points given, or those of a scorer."""
    hint = 'edges=scorer.edges, or edges={"R": [90, 30], "F": [1, 3], "M": [50, 200]}'
    given = {} if edges is None else getattr(edges, "edges", edges)
    if not isinstance(given, Mapping) or not given.keys() <= _METRICS.keys():
        raise DataError(f"edges must map R, F and M to cut points; got {received(edges)}. Hint: {hint}.")
    return {
        metric: [
            number_in(f"edges[{metric!r}]", cut, hint) for cut in items(f"edges[{metric!r}]", cuts, hint)
        ]
        for metric, cuts in given.items()
    }


def _bars(ax: Axes, bars: pd.DataFrame, label: str, *, integer: bool) -> None:
    left, width = bars["left"].to_numpy(), (bars["right"] - bars["left"]).to_numpy()
    ax.bar(left, bars["customers"], width=0.94 * width, align="edge", color=PALETTE[2])
    shown, size = fitted(label, 9, ax)
    ax.set_xlabel(shown, fontsize=size)
    ax.set_xlim(left[0], left[-1] + width[-1])
    ax.set_ylim(0, 1.12 * bars["customers"].max())
    units(ax.xaxis, number, bins=5, integer=integer)
    units(ax.yaxis, number, bins=5, integer=True)
    ax.xaxis.grid(False)
    if bars["beyond"].iloc[-1]:
        last = bars.iloc[-1]
        share = last["customers"] / bars["customers"].sum()
        text = f"{number(last['left'] + 0.5 if width[0] >= 1 else last['left'])} and more: {percent(share)}"
        write_text(
            ax,
            text,
            (last["right"], last["customers"]),
            offset=(0, 3),
            size=8,
            color=MUTED,
            ha="right",
            va="bottom",
        )


def _cuts(ax: Axes, metric: Metric, cuts: list[float]) -> None:
    """Draw the cut points, and between them the scores that fit."""
    if not cuts:
        return
    # A value must beat a cut: whole numbers are divided just past the cut, on its better side.
    shift = {"R": -0.5, "F": 0.5, "M": 0.0}[metric]
    low, high = ax.get_xlim()
    lines = [min(max(cut + shift, low), high) for cut in cuts]
    for line, cut in zip(lines, cuts, strict=True):
        if low < cut + shift < high:
            ax.axvline(line, color=ACCENT, lw=1.1)
    ends = [high, *lines, low] if metric == "R" else [low, *lines, high]
    for score, (a, b) in enumerate(pairwise(ends), start=1):
        if abs(b - a) > 0.035 * (high - low):
            place = ((a + b) / 2, ax.get_ylim()[1])
            write_text(ax, str(score), place, offset=(0, 2), color=INK, ha="center", va="bottom", bold=True)
