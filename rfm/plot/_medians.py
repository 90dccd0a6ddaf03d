"""Median recency, frequency and monetary value of each segment, side by side."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rfm._frames.execution import materialise
from rfm._frames.native import from_native
from rfm._profile_statistics import KEY, Grouped, by_group

from ._colors import INK, MUTED, segment_colors
from ._labels import labeller
from ._numbers import count, number
from ._style import fitted, nothing, panels, picture, titles, units, write_text
from ._tables import fetched, ordered, require

__all__ = ["medians", "medians_data"]

PARTS: Final = {
    "recency_median": "Days since the last purchase",
    "frequency_median": "Orders",
    "monetary_median": "Spend",
}
FEW: Final = 30
"""Customers below which a segment's bars are pale."""


def medians(segmented: Any, *, labels: Mapping[Any, str] | None = None, ax: Axes | None = None) -> Axes:
    """Draw what the customer in the middle of each segment is like: recency, orders and spend.

    Parameters
    ----------
    segmented : any dataframe
        One row per customer, as `rfm.segment` returns it, or one row per segment, as `rfm.profile` returns it.
    labels : mapping, optional
        Text to write for a segment's name. Colours go by name.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture, as tall as the segments need.

    Returns
    -------
    matplotlib Axes
        With one panel for each median, in ``child_axes``: a bar per segment, best segment first; pale where a segment
        has fewer than 30 customers.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    medians_data : Its numbers.
    shares : Sizes and spend of the segments.
    rfm.profile : Makes the table.

    Examples
    --------
    >>> import rfm
    >>> ax = rfm.plot.medians(rfm.segment(rfm.datasets.cdnow_sample()))
    >>> [panel.get_title(loc="left") for panel in ax.child_axes]
    ['Days since the last purchase', 'Orders', 'Spend']
    """
    label = labeller(labels)
    data = medians_data(segmented)
    with picture(ax, height=max(4.0, 1.6 + 0.3 * len(data))) as ax:
        pale = bool((data["customers"] < FEW).any())
        titles(
            ax,
            "The customer in the middle of each segment",
            note=count(data["customers"].sum()) + (f"; pale: fewer than {FEW}" if pale else ""),
        )
        if data.empty:
            ax.set_axis_off()
            return nothing(ax)
        shown = [name for name in PARTS if data[name].notna().any()]
        width = 0.97 / max(len(shown), 1)
        places = [(i * width, 0.0, width - 0.05, 0.92) for i in range(len(shown))]
        names = [label(name) for name in data["segment"]]
        for place, (panel, name) in enumerate(zip(panels(ax, places), shown, strict=True)):
            _bars(panel, data, name, names if place == 0 else [])
    return ax


def medians_data(segmented: Any) -> pd.DataFrame:
    """Return the numbers of `medians`.

    Parameters
    ----------
    segmented : any dataframe
        One row per customer, as `rfm.segment` returns it, or one row per segment, as `rfm.profile` returns it.

    Returns
    -------
    pandas.DataFrame
        ``segment, customers, recency_median, frequency_median, monetary_median, color``, one row per segment, best
        first; the last median is missing for a log without amounts.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    medians : The picture.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> customers = pd.DataFrame({"segment": ["VIP", "lost", "lost"], "recency": [3, 80, 90], "frequency": [5, 1, 2],
    ...                           "monetary": [60.0, 20.0, 10.0]})
    >>> rfm.plot.medians_data(customers).drop(columns="color")
      segment  customers  recency_median  frequency_median  monetary_median
    0     VIP          1             3.0               5.0             60.0
    1    lost          2            85.0               1.5             15.0
    """
    made = "rfm.segment(tx) or rfm.profile(segmented) makes such a table"
    frame = from_native(segmented, made)
    names = frame.collect_schema().names()
    of_segments = "recency_median" in names
    table = _of_profile(frame, names, made) if of_segments else _of_customers(segmented, names, made)
    table = table.dropna(subset=["segment"]).assign(**{name: np.nan for name in PARTS if name not in table})
    best = table["monetary_median"].fillna(table["frequency_median"]).fillna(0.0)
    order = ordered(frame, "segment", table["segment"], None if of_segments else best)
    place = {name: rank for rank, name in enumerate(order)}
    table = table.iloc[np.argsort([place[name] for name in table["segment"]], kind="stable")]
    colours = segment_colors([name for name in order if name in set(table["segment"])])
    table = table.assign(color=[colours[name] for name in table["segment"]])
    numbers = {"customers": "int64"} | dict.fromkeys(PARTS, "float64")
    return table[["segment", "customers", *PARTS, "color"]].astype(numbers).reset_index(drop=True)


def _of_profile(frame: Any, names: list[str], made: str) -> pd.DataFrame:
    """The rows of a profile but its total."""
    kept = ("segment", "customers", "recency_median", "frequency_median")
    kept = (*kept, *(("monetary_median",) if "monetary_median" in names else ()))
    level = ("level",) if "level" in names else ()
    table = fetched(require(frame, kept, made).select(*kept, *level))
    return table[table["level"] == "group"] if level else table


def _of_customers(segmented: Any, names: list[str], made: str) -> pd.DataFrame:
    """Medians of the customers of each segment; prospects, who have bought nothing, have none."""
    inner = {name.removesuffix("_median"): name for name in PARTS}
    kept = ("segment", *(name for name in inner if name != "monetary" or name in names))
    frame = require(segmented, kept, made)
    columns = {f"{KEY}0": nw.col("segment"), **{name: nw.col(name) for name in kept[1:]}}
    grouped = Grouped(materialise(frame.select(**columns)), ("segment",))
    return by_group(grouped, [], dict.fromkeys(kept[1:], ("median",)))


def _bars(ax: Axes, data: pd.DataFrame, name: str, names: list[str]) -> None:
    y = np.arange(len(data))
    values = data[name].fillna(0.0)
    bars = ax.barh(y, values, 0.72, color=data["color"].tolist())
    for bar, value, customers in zip(bars, data[name], data["customers"], strict=True):
        bar.set_alpha(1.0 if customers >= FEW else 0.4)
        text = "–" if np.isnan(value) else number(value)
        at = (max(bar.get_width(), 0.0), bar.get_y() + bar.get_height() / 2)
        write_text(ax, text, at, offset=(3, 0), size=8, color=MUTED)
    title, size = fitted(PARTS[name], 9.5, ax)
    ax.set_title(title, loc="left", fontsize=size, color=INK)
    ax.set_ylim(len(data) - 0.5, -0.5)
    ax.set_xlim(min(0.0, float(values.min())), 1.25 * max(float(values.max()), 1e-9))
    ax.set_yticks(y, names or [""] * len(y))
    ax.tick_params(axis="y", length=0)
    ax.spines["left"].set_visible(False)
    units(ax.xaxis, number, bins=3)
