"""Bars of each segment's share of customers next to its share of spend."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ._colors import MUTED, segment_colors
from ._labels import labeller
from ._numbers import count, number, percent
from ._style import nothing, picture, titles, units, write_text
from ._tables import segment_sizes

__all__ = ["paired_bars", "shares", "shares_data"]

PALE = "#d5d5d5"


def shares(segmented: Any, *, labels: Mapping[Any, str] | None = None, ax: Axes | None = None) -> Axes:
    """Draw each segment's share of customers next to its share of spend.

    Parameters
    ----------
    segmented : any dataframe
        One row per customer (``segment``, ``monetary``: what `rfm.segment` returns), or one row per segment
        (``segment``, ``customers``, ``spend``: what `rfm.profile` returns).
    labels : mapping, optional
        Text to write for a segment's name. Colours go by name.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture, as tall as the segments need.

    Returns
    -------
    matplotlib Axes
        A pair of bars per segment, best segment first: grey for customers, the segment's colour for spend.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    shares_data : Its numbers.
    treemap : Sizes alone.
    rfm.profile : Makes the table.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> profile = pd.DataFrame({"segment": ["VIP", "lost"], "customers": [20, 80], "spend": [900.0, 100.0]})
    >>> ax = rfm.plot.shares(profile)
    >>> [round(float(bar.get_width()), 2) for bar in ax.patches]
    [0.2, 0.8, 0.9, 0.1]
    """
    label = labeller(labels)
    data = shares_data(segmented)
    spent = bool(data["spend"].notna().any())  # a log without amounts has no spend
    total = count(data["customers"].sum()) + (f", {number(data['spend'].sum())} in spend" if spent else "")
    with picture(ax, height=max(5.0, 1.4 + 0.34 * len(data))) as ax:
        titles(
            ax,
            "Who the customers are" + (", and who spends" if spent else ""),
            x="Share of the total",
            note=total,
        )
        if data.empty:
            return nothing(ax)
        bars = {"customers": data["share_of_customers"]}
        if spent:
            bars["spend"] = data["share_of_spend"]
        paired_bars(ax, data["segment"].tolist(), bars, data["color"].tolist(), label)
    return ax


def shares_data(segmented: Any) -> pd.DataFrame:
    """Return the numbers of `shares`.

    Parameters
    ----------
    segmented : any dataframe
        One row per customer (``segment``, ``monetary``: what `rfm.segment` returns), or one row per segment
        (``segment``, ``customers``, ``spend``: what `rfm.profile` returns).

    Returns
    -------
    pandas.DataFrame
        ``segment, customers, spend, share_of_customers, share_of_spend, color``, one row per segment, best first.

    See Also
    --------
    shares : The picture.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> customers = pd.DataFrame({"segment": ["VIP", "lost", "lost"], "monetary": [60.0, 20.0, 20.0]})
    >>> rfm.plot.shares_data(customers)[["segment", "customers", "spend", "share_of_spend"]]
      segment  customers  spend  share_of_spend
    0     VIP          1   60.0             0.6
    1    lost          2   40.0             0.4
    """
    sizes, order = segment_sizes(segmented)
    customers, spend = sizes["customers"], sizes["spend"]
    return sizes.assign(
        share_of_customers=customers / max(customers.sum(), 1),
        share_of_spend=spend / spend.sum() if spend.sum() else np.zeros(len(spend)),
        color=sizes["segment"].map(segment_colors(order)).astype(str),
    )


def paired_bars(
    ax: Axes,
    names: list[Any],
    bars: Mapping[str, pd.Series],
    colours: list[str],
    label: Callable[[Any], str],
) -> None:
    """Draw groups of horizontal bars from zero, the last of each group in its colour, the others paler."""
    rows, thick = np.arange(len(names)), 0.8 / len(bars)
    for i, (what, values) in enumerate(bars.items()):
        last = i == len(bars) - 1
        places = rows - 0.4 + thick * (i + 0.5)
        shade = PALE if i == 0 else "#9fb3c8"
        ax.barh(places, values, height=0.9 * thick, color=colours if last else shade)
        for row, (place, value) in enumerate(zip(places, values, strict=True)):
            text = f"{percent(value)} of {what}" if row == 0 else percent(value)
            write_text(ax, text, (max(value, 0.0), place), offset=(4, 0), size=8, color=MUTED)
    ax.axvline(0, color=MUTED, lw=0.8)
    ax.set_yticks(rows, list(map(label, names)), fontsize=9, parse_math=False)
    ax.set_ylim(len(names) - 0.45, -0.55)
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    units(ax.xaxis, percent)
    ax.margins(x=0.12)
    ax.set_xlim(left=min(0.0, *(float(values.min()) * 1.1 for values in bars.values())))
