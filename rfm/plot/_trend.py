"""The customer base by period: new, returning and lapsed customers; or any measure, also by segment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rfm._options import received
from rfm.errors import DataError

from ._colors import ACCENT, PALETTE, segment_colors
from ._labels import labeller
from ._numbers import number
from ._style import dates, key, nothing, picture, size_of, spread, titles, units, zero_line
from ._tables import fetched, ordered, require

__all__ = ["trend", "trend_data"]

_MEASURES = {
    "customers": "Customers with a purchase in the period",
    "active": "Customers not lapsed at the end of the period",
    "new": "Customers who first bought in the period",
    "returning": "Customers with a purchase who had bought before",
    "lapsed": "Customers who lapsed in the period",
    "orders": "Orders in the period",
    "spend": "Spend in the period",
    "mean_order": "Mean spend per order",
}
_PARTS = (("returning", PALETTE[1], 1), ("new", PALETTE[6], 1), ("lapsed", ACCENT, -1))


def trend(
    trend_table: Any,
    measure: str | None = None,
    *,
    labels: Mapping[Any, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the customer base by period.

    Parameters
    ----------
    trend_table : any dataframe
        One row per period (and segment), as `rfm.trend` makes it.
    measure : str, optional
        One of its columns customers, active, new, returning, lapsed, orders, spend, mean_order: one line, or one
        line per segment. By default the customers: returning and new ones upwards,
        lapsed ones downwards.
    labels : mapping, optional
        Text to write for a segment's name.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        Periods that the log does not fully cover are pale (bars) or hollow (points).

    Raises
    ------
    DataError
        A column is missing, or `measure` is unknown.

    See Also
    --------
    trend_data : Its numbers.
    rfm.trend : Makes the table.

    Examples
    --------
    >>> import rfm
    >>> ax = rfm.plot.trend(rfm.trend(rfm.datasets.cdnow_sample()), "spend")
    >>> ax.get_ylabel()
    'Spend in the period'
    """
    label = labeller(labels)
    data = trend_data(trend_table, measure)
    with picture(ax) as ax:
        partial = not data["complete"].all()
        kind = "pale" if measure is None else "hollow"
        titles(
            ax, "Customers by period" if measure is None else _MEASURES[measure],
            y="Customers" if measure is None else _MEASURES[measure],
            note=f"{kind.capitalize()}: the log does not cover the whole period" if partial else "",
        )  # fmt: skip
        if data.empty:
            return nothing(ax, "No periods")
        first, last = data["period"].min(), data["end"].max() + pd.Timedelta("1D")
        ax.set_xlim(first, last)
        if measure is None:
            _bars(ax, data)
        else:
            _lines(ax, data, measure, label)
        zero_line(ax)
        # The lapsed are drawn below zero; labels show their number, which is positive.
        units(ax.yaxis, number if measure else lambda count: number(abs(count)))
        dates(ax.xaxis)
    return ax


def trend_data(trend_table: Any, measure: str | None = None) -> pd.DataFrame:
    """Return the numbers of `trend`.

    Parameters
    ----------
    trend_table : any dataframe
        One row per period (and segment), as `rfm.trend` makes it.
    measure : str, optional
        One of its columns customers, active, new, returning, lapsed, orders, spend, mean_order: one line, or one
        line per segment. By default the customers: returning and new ones upwards,
        lapsed ones downwards.

    Returns
    -------
    pandas.DataFrame
        ``period, end, complete`` and, without a measure, ``returning, new, lapsed`` (all segments together),
        else the measure, after a column ``segment`` where the table has one. Sorted by period.

    See Also
    --------
    trend : The picture.

    Examples
    --------
    >>> import rfm
    >>> table = rfm.plot.trend_data(rfm.trend(rfm.datasets.cdnow_sample()))
    >>> table[["returning", "new", "lapsed"]].head(2).values.tolist()
    [[0, 781, 0], [124, 857, 0]]
    """
    if measure is not None and not (isinstance(measure, str) and measure in _MEASURES):
        raise DataError(f"No measure {received(measure)}. Hint: measure= one of {', '.join(_MEASURES)}.")
    head = ("period", "end", "complete")
    parts = tuple(part for part, *_ in _PARTS) if measure is None else (measure,)
    frame = require(trend_table, (*head, *parts), "rfm.trend(tx) makes such a table")
    if measure is not None and "segment" in frame.collect_schema().names():
        table = _in_time(fetched(frame.select("segment", *head, *parts)))
        order = ordered(frame, "segment", table["segment"], table[measure])
        table["segment"] = pd.Categorical(table["segment"].astype(str), list(map(str, order)), ordered=True)
        return table.sort_values(["period", "segment"]).reset_index(drop=True)
    sums = frame.select(*head, *parts).group_by(*head).agg(nw.col(*parts).sum())
    return _in_time(fetched(sums)).sort_values("period").reset_index(drop=True)


def _in_time(table: pd.DataFrame) -> pd.DataFrame:
    """The table, refused where a period ends before it begins."""
    wrong = table["end"] < table["period"]
    if wrong.any():
        first = table[wrong].iloc[0]
        raise DataError(
            f"A period from {first['period']:%Y-%m-%d} ends on {first['end']:%Y-%m-%d}. "
            "Hint: rfm.trend(tx) makes such a table."
        )
    return table


def _bars(ax: Axes, data: pd.DataFrame) -> None:
    """Stack returning and new customers, and draw the lapsed below zero."""
    width = data["end"].to_numpy() - data["period"].to_numpy() + np.timedelta64(1, "D")
    base = np.zeros(len(data))
    sizes = {}
    for part, colour, sign in _PARTS:
        height = sign * data[part].to_numpy(float)
        bottom = base if sign > 0 else np.zeros(len(data))
        bars = ax.bar(data["period"], height, 0.88 * width, bottom=bottom, align="edge", color=colour)
        for bar, complete in zip(bars, data["complete"], strict=True):
            bar.set_alpha(1.0 if complete else 0.35)
        sizes[part] = (float(bottom[-1] + height[-1] / 2), colour)
        base = base + np.maximum(height, 0.0)
    highest, lowest = max(float(base.max()), 1e-9), -float(data["lapsed"].max())
    ax.set_ylim(1.08 * lowest, 1.08 * highest)
    _names(ax, list(sizes), *map(list, zip(*sizes.values(), strict=True)))


def _lines(ax: Axes, data: pd.DataFrame, measure: str, label: Callable[[Any], str]) -> None:
    """Draw one line, or one per segment, and name the segments at the right."""
    values = data[measure].astype(float)
    ax.set_ylim(min(0.0, 1.08 * float(values.min())), 1.08 * max(float(values.max()), 1e-9))
    if "segment" not in data:
        _line(ax, data, measure, PALETTE[0])
        return
    colours = segment_colors(data["segment"].cat.categories)
    drawn = [name for name in colours if (data["segment"] == name).any()]
    ends = []
    for name in drawn:
        part = data[data["segment"] == name]
        _line(ax, part, measure, colours[name])
        known = part[measure].dropna()
        ends.append(float(known.iloc[-1]) if len(known) else 0.0)
    _names(ax, list(map(label, drawn)), ends, [colours[name] for name in drawn])


def _line(ax: Axes, data: pd.DataFrame, measure: str, colour: str) -> None:
    data = data.assign(middle=data["period"] + (data["end"] - data["period"]) / 2)
    ax.plot(data["middle"], data[measure].astype(float), color=colour, lw=1.8)
    for complete, fill in ((True, colour), (False, "white")):
        part = data[data["complete"].astype(bool) == complete]
        ax.plot(
            part["middle"], part[measure].astype(float), ls="", marker="o", ms=4.5, color=colour, mfc=fill
        )


def _names(ax: Axes, names: list[str], places: list[float], colours: list[str]) -> None:
    """Write names at the right of the plot, next to their values and without overlap."""
    low, high = ax.get_ylim()
    points = max(size_of(ax)[1], 1.0) / (high - low)
    apart = min(11.0 / points, (high - low) / len(names))
    for name, place, colour in zip(names, spread(np.array(places), apart, low, high), colours, strict=True):
        key(ax, name, (float(place) - low) / (high - low), colour)
