"""Segments by value: share of customers, of past spend, of predicted value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pandas as pd
from matplotlib.axes import Axes

from rfm._frames.types import Table
from rfm.plot._colors import segment_colors
from rfm.plot._labels import labeller
from rfm.plot._numbers import count, number
from rfm.plot._shares import paired_bars
from rfm.plot._style import nothing, picture, titles
from rfm.plot._tables import fetched, ordered, require

__all__ = ["value_by_segment", "value_by_segment_data"]

_COLUMNS = ("segment", "customers", "clv", "share_of_customers", "share_of_spend", "share_of_clv")


def value_by_segment(
    values: Table, *, labels: Mapping[Any, str] | None = None, ax: Axes | None = None
) -> Axes:
    """Draw each segment's share of customers, of past spend and of predicted value.

    Parameters
    ----------
    values : any dataframe
        One row per segment, as `clv.segment_value` makes it.
    labels : mapping, optional
        Text to write for a segment's name. Colours go by name.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture, as tall as the segments need.

    Returns
    -------
    matplotlib Axes
        Three bars per segment, best segment first: grey for customers, blue-grey for past spend, the segment's
        colour for predicted value.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    value_by_segment_data : Its numbers.
    clv.segment_value : Makes the table.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> table = pd.DataFrame({"segment": ["VIP", "lost"], "recency": [3, 300], "frequency": [9, 1],
    ...                       "monetary": [300.0, 100.0], "clv": [90.0, 10.0], "p_alive": [0.9, 0.1]})
    >>> ax = clv.plot.value_by_segment(clv.segment_value(table))
    >>> [round(float(bar.get_width()), 2) for bar in ax.patches]
    [0.5, 0.5, 0.75, 0.25, 0.9, 0.1]
    """
    label = labeller(labels)
    data = value_by_segment_data(values)
    total = f"{count(data['customers'].sum())}, predicted value {number(data['clv'].sum())}"
    with picture(ax, height=max(5.0, 1.4 + 0.54 * len(data))) as ax:
        titles(ax, "Customers, past spend and predicted value by segment", x="Share of the total", note=total)
        if data.empty:
            return nothing(ax)
        bars = {
            "customers": data["share_of_customers"],
            "past spend": data["share_of_spend"],
            "predicted value": data["share_of_clv"],
        }
        paired_bars(ax, data["segment"].tolist(), bars, data["color"].tolist(), label)
    return ax


def value_by_segment_data(values: Table) -> pd.DataFrame:
    """Return the numbers of `value_by_segment`.

    Parameters
    ----------
    values : any dataframe
        One row per segment, as `clv.segment_value` makes it.

    Returns
    -------
    pandas.DataFrame
        ``segment, customers, clv, share_of_customers, share_of_spend, share_of_clv, color``, best first.

    See Also
    --------
    value_by_segment : The picture.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> table = pd.DataFrame({"segment": ["VIP", "lost"], "recency": [3, 300], "frequency": [9, 1],
    ...                       "monetary": [300.0, 100.0], "clv": [90.0, 10.0], "p_alive": [0.9, 0.1]})
    >>> clv.plot.value_by_segment_data(clv.segment_value(table))["segment"].tolist()
    ['VIP', 'lost']
    """
    hint = "clv.segment_value(clv.customer_table(tx)) makes such a table"
    frame = require(values, _COLUMNS, hint)
    data = fetched(frame.select(*_COLUMNS))
    mean = data["clv"].astype(float) / data["customers"].astype(float).clip(lower=1)
    order = ordered(frame, "segment", data["segment"], mean)
    data["color"] = data["segment"].map(segment_colors(order)).astype(str)
    place = data["segment"].map({name: i for i, name in enumerate(order)}).astype("int64")
    return data.iloc[place.argsort(kind="stable")].reset_index(drop=True)
