"""From one period's revenue to another's: what those who left, came, and changed have taken and added."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rfm._words import Words, declare

from ._colors import FAMILIES, MUTED
from ._labels import drawable, labeller
from ._numbers import number, percent
from ._style import nothing, picture, titles, units, write_above, zero_line
from ._tables import fetched, require

__all__ = ["revenue_bridge", "revenue_bridge_data"]

HINT: Final = "rfm.base_report(tx).revenue_bridge is such a table"
WHOLE: Final = FAMILIES["best"][1]
LOSS: Final = FAMILIES["slipping"][1]
GAIN: Final = FAMILIES["growing"][1]
ENDS: Final = ("before", "after")
LONGEST: Final = 25  # characters of a step's name
WORDS: Final = declare("pictures.revenue_bridge", {
    "title": "What changed revenue between two periods",
    "revenue": "Revenue",
    "note": "{change} in all. left: bought before only; down, up: in both; returned, new: after only",
    "nothing": "No two periods",
    "before": "before",
    "left": "left",
    "down": "down",
    "up": "up",
    "returned": "returned",
    "new": "new",
    "refunds": "refunds only",
    "after": "after",
})  # fmt: skip
KEYS: Final = {"refunds only": "refunds"}  # of steps whose name is no key


def revenue_bridge(
    table: Any,
    *,
    labels: Mapping[Any, str] | None = None,
    words: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the steps from the revenue of one period to that of the next.

    Parameters
    ----------
    table : any dataframe
        ``revenue_bridge`` of `rfm.base_report`.
    labels : mapping, optional
        Text to write for the name of a step, such as ``{"before": "2023", "after": "2024"}``.
    words : mapping of str to str, optional
        Texts in place of the English ones, by key: ``title``, ``revenue``, ``note``, ``nothing``, and the names of the
        steps, ``before``, ``left``, ``down``, ``up``, ``returned``, ``new``, ``refunds``, ``after``.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        Blue bars for the revenue of the two periods; between them what each group took (vermilion) or added (teal).
        Steps of nothing are left out.

    Raises
    ------
    DataError
        A column is missing, or `words` have an unknown key.

    See Also
    --------
    revenue_bridge_data : Its numbers.
    rfm.base_report : Makes the table.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q")
    >>> ax = rfm.plot.revenue_bridge(report.revenue_bridge)
    >>> [label.get_text() for label in ax.get_xticklabels()]
    ['before', 'left', 'down', 'up', 'returned', 'after']
    """
    texts = WORDS.over(words)
    label = labeller(labels)
    data = revenue_bridge_data(table)
    with picture(ax) as ax:
        ends = data[data["step"].isin(ENDS)]
        before = float(ends["amount"].iloc[0]) if len(ends) == 2 else 0.0
        note = (
            texts("note", change=_signed(float(ends["amount"].iloc[-1]) / before - 1)) if before > 0 else ""
        )
        titles(ax, texts("title"), y=texts("revenue"), note=note)
        if data.empty:
            return nothing(ax, texts("nothing"))
        places = np.arange(len(data))
        whole = data["step"].isin(ENDS).to_numpy()
        colours = np.where(whole, WHOLE, np.where(data["amount"] < 0, LOSS, GAIN))
        ax.bar(places, data["bar_end"] - data["bar_start"], 0.7, bottom=data["bar_start"], color=colours)
        for place, end in zip(places[:-1], data["bar_end"][:-1], strict=True):
            ax.plot([place + 0.35, place + 0.65], [end, end], color=MUTED, lw=0.8)
        tops = data[["bar_start", "bar_end"]].max(axis=1)
        for place, amount, top in zip(places, data["amount"].astype(float), tops.astype(float), strict=True):
            sign = "+" if amount > 0 and not whole[place] else ""
            share = f"\n{_signed(amount / before)}" if before > 0 and not whole[place] else ""
            write_above(ax, f"{sign}{number(amount)}{share}", (float(place), top), size=8.5)
        ax.set_xticks(
            places,
            [drawable(_named(step, label(step), texts), longest=LONGEST) for step in data["step"]],
            fontsize=9,
            parse_math=False,
        )
        ax.tick_params(axis="x", length=0)
        zero_line(ax)
        units(ax.yaxis, number)
        levels = data[["bar_start", "bar_end"]].to_numpy()
        low, high = min(float(levels.min()), 0.0), max(float(levels.max()), 0.0)
        ax.set_ylim(low - 0.02 * (high - low) * (low < 0), high + 0.14 * (high - low) if high > low else 1.0)
    return ax


def revenue_bridge_data(table: Any) -> pd.DataFrame:
    """Return the numbers of `revenue_bridge`.

    Parameters
    ----------
    table : any dataframe
        ``revenue_bridge`` of `rfm.base_report`.

    Returns
    -------
    pandas.DataFrame
        ``step, amount, bar_start, bar_end``, one row per bar, from left to right; steps of nothing are left out.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    revenue_bridge : The picture.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q")
    >>> rfm.plot.revenue_bridge_data(report.revenue_bridge)["step"].tolist()
    ['before', 'left', 'down', 'up', 'returned', 'after']
    """
    columns = ("step", "amount", "bar_start", "bar_end")
    data = fetched(require(table, columns, HINT).select(*columns))
    return data[data["step"].isin(ENDS) | (data["amount"] != 0)].reset_index(drop=True)


def _signed(share: float) -> str:
    return f"{'+' if share > 0 else ''}{percent(share)}"


def _named(step: str, label: str, texts: Words) -> str:
    """The user's label of a step; else its word in the language."""
    key = KEYS.get(step, step)
    return texts(key) if label == step and key in texts.english else label
