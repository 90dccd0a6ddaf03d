"""Segments ahead: the share of customers in each, date by date, with intervals."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rfm._frames.types import Table
from rfm.plot._colors import segment_colors
from rfm.plot._labels import labeller
from rfm.plot._numbers import percent
from rfm.plot._style import dates, key, nothing, picture, size_of, spread, titles, units
from rfm.plot._tables import fetched, ordered, require

__all__ = ["segment_forecast", "segment_forecast_data"]

_COLUMNS = ("date", "segment", "share", "share_low", "share_high")


def segment_forecast(
    forecast: Table, *, labels: Mapping[Any, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw the share of customers that each segment will hold, as lines with bands of their intervals.

    Parameters
    ----------
    forecast : any dataframe
        One row per date and segment, as `clv.segment_forecast` makes it.
    labels : mapping, optional
        Text to write for a segment's name. Colours go by name.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture, as tall as the segments need.

    Returns
    -------
    matplotlib Axes
        Segments without customers on all dates are not drawn. The names are those of the last date, at the right.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    segment_forecast_data : Its numbers.
    clv.segment_forecast : Makes the table.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> table = pd.DataFrame({"date": pd.to_datetime(["2024-12-31"] * 2 + ["2025-03-31"] * 2),
    ...                       "segment": ["VIP", "lost"] * 2, "share": [0.2, 0.8, 0.15, 0.85],
    ...                       "share_low": [0.2, 0.8, 0.12, 0.8], "share_high": [0.2, 0.8, 0.2, 0.88]})
    >>> ax = clv.plot.segment_forecast(table)
    >>> [line.get_ydata().tolist() for line in ax.lines if len(line.get_ydata()) > 1]
    [[0.2, 0.15], [0.8, 0.85]]
    """
    label = labeller(labels)
    data = segment_forecast_data(forecast)
    drawn = data["segment"].drop_duplicates().tolist()
    with picture(ax, height=max(5.0, 1.4 + 0.26 * len(drawn))) as ax:
        titles(
            ax,
            "Segments ahead",
            y="Share of customers",
            note="Band: interval of the forecast; today is known",
        )
        if data.empty:
            return nothing(ax)
        first, last = data["date"].min(), data["date"].max()
        ax.set_xlim(first, max(last, first + pd.Timedelta("1D")))
        top = 1.08 * max(float(data["share_high"].max()), 1e-9)
        ax.set_ylim(0, top)
        ends, colours = [], []
        for name in drawn:
            part = data[data["segment"] == name]
            colour = part["color"].iloc[0]
            ax.fill_between(
                part["date"], part["share_low"], part["share_high"], color=colour, alpha=0.2, lw=0
            )
            ax.plot(part["date"], part["share"], color=colour, lw=1.8, marker="o", ms=3.5)
            ends.append(float(part["share"].iloc[-1]))
            colours.append(colour)
        _name(ax, [label(name) for name in drawn], ends, colours, top)
        units(ax.yaxis, percent)
        dates(ax.xaxis)
    return ax


def _name(ax: Axes, names: list[str], places: list[float], colours: list[str], top: float) -> None:
    """Write the segments at the right, next to their values and without overlap."""
    apart = min(11.0 * top / max(size_of(ax)[1], 1.0), top / len(names))
    for name, place, colour in zip(names, spread(np.array(places), apart, 0, top), colours, strict=True):
        key(ax, name, float(place) / top, colour)


def segment_forecast_data(forecast: Table) -> pd.DataFrame:
    """Return the numbers of `segment_forecast`.

    Parameters
    ----------
    forecast : any dataframe
        One row per date and segment, as `clv.segment_forecast` makes it.

    Returns
    -------
    pandas.DataFrame
        ``date, segment, share, share_low, share_high, color``: by segment, best first, then date; without segments that
        never have customers.

    See Also
    --------
    segment_forecast : The picture.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> table = pd.DataFrame({"date": pd.to_datetime(["2024-12-31"] * 2), "segment": ["VIP", "lost"],
    ...                       "share": [0.2, 0.8], "share_low": [0.2, 0.8], "share_high": [0.2, 0.8]})
    >>> clv.plot.segment_forecast_data(table)["segment"].tolist()
    ['VIP', 'lost']
    """
    frame = require(forecast, _COLUMNS, "clv.segment_forecast(tx) makes such a table")
    data = fetched(frame.select(*_COLUMNS))
    order = ordered(frame, "segment", data["segment"])
    data["color"] = data["segment"].map(segment_colors(order)).astype(str)
    held = data.groupby("segment", observed=True)["share_high"].transform("max")
    data = data[(held > 0).to_numpy(dtype=bool)]
    place = data["segment"].map({name: i for i, name in enumerate(order)}).astype("int64").to_numpy()
    return data.iloc[np.lexsort((data["date"].to_numpy(), place))].reset_index(drop=True)
