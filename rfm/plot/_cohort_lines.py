"""Cohorts as lines and bars: an ordered palette from the oldest to the youngest, and their names beside the plot."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import LinearSegmentedColormap, to_hex

from ._cohorts import period_name
from ._numbers import number
from ._style import key, nothing, size_of, spread, titles, units
from ._tables import fetched, require

__all__ = ["by_age", "cohort_colors", "lines", "measure_by_age", "names_beside", "note"]

MOST_KEYS: Final = 12  # names beside a plot
FEW: Final = 30  # customers of a cohort below which its line is faint: chance moves it
# Lighter from old to young, also in greyscale; neither so dark nor so light that it is lost on black or on white.
RAMP: Final = LinearSegmentedColormap.from_list(
    "cohorts", ["#36508f", "#2f7fb0", "#3fa59b", "#8fb85a", "#d9ae2e"]
)


def cohort_colors(cohorts: Any) -> dict[Any, str]:
    """One colour for each cohort, from the oldest to the youngest.

    >>> list(cohort_colors(pd.to_datetime(["2024-01-01", "2023-01-01"])).values())
    ['#36508f', '#d9ae2e']
    """
    days = sorted(set(pd.DatetimeIndex(cohorts)))
    return {day: to_hex(RAMP(place)) for day, place in zip(days, np.linspace(0, 1, len(days)), strict=True)}


def measure_by_age(table: Any, measure: str, hint: str) -> pd.DataFrame:
    """Return ``cohort, age, customers``, one measure of cohorts as ``value``, and ``complete``, sorted."""
    columns = ("cohort", "age", "customers", measure, "complete")
    data = fetched(require(table, columns, hint).select(*columns)).rename(columns={measure: "value"})
    return data.astype({"complete": bool}).sort_values(["cohort", "age"], ignore_index=True)


def by_age(ax: Axes, data: pd.DataFrame, title: str, y: str, form: Callable[[float], str]) -> Axes:
    """Draw a measure of each cohort by age, as `measure_by_age` returns it."""
    known = data.dropna(subset=["value"])
    dashes = "the log does not cover the whole period"
    titles(ax, title, x="Age: periods since the first purchase", y=y, note=note(known, "complete", dashes))
    if known.empty:
        return nothing(ax)
    low, high = float(known["value"].min()), float(known["value"].max())
    ax.set_xlim(float(known["age"].min()) - 0.1, float(known["age"].max()) + 0.1)
    ax.set_ylim(min(0.0, 1.08 * low), 1.08 * high if high > 0 else 1.0)
    units(ax.xaxis, number, integer=True)
    units(ax.yaxis, form)
    lines(ax, known, "age", "value", "complete")
    return ax


def note(data: pd.DataFrame, whole: str, dashes: str) -> str:
    """What dashed and faint lines mean, where `lines` draws such."""
    notes = [] if data[whole].all() else [f"Dashed: {dashes}"]
    if (data["customers"] < FEW).any():
        notes.append(f"Faint: cohorts of fewer than {FEW} customers")
    return ". ".join(notes)


def lines(ax: Axes, data: pd.DataFrame, x: str, y: str, whole: str) -> None:
    """Draw a line for each cohort, dashed to the points that are not of the `whole`, and name the cohorts.

    `data` has a column ``customers`` and is sorted by cohort and `x`; points without a value are left out. Lines of
    small cohorts are faint.
    """
    colours = cohort_colors(data["cohort"])
    ends: dict[Any, float] = {}
    width = 1.8 if len(colours) <= MOST_KEYS else 1.1
    for cohort, part in data.dropna(subset=[y]).groupby("cohort"):
        look: dict[str, Any] = {
            "color": colours[cohort],
            "alpha": 1.0 if part["customers"].max() >= FEW else 0.4,
        }
        at, value = part[x].to_numpy(float), part[y].to_numpy(float)
        solid = part[whole].to_numpy(bool)
        if len(part) == 1:
            ax.plot(at, value, ls="", marker="o", ms=4, mfc=None if solid[0] else "none", **look)
        else:
            known = solid[:-1] & solid[1:]  # the stretch between two points
            for style, drawn in (("-", known), ((0, (2, 1.5)), ~known)):
                ends_drawn = np.append(drawn, False) | np.append(False, drawn)
                ax.plot(at, np.where(ends_drawn, value, np.nan), lw=width, ls=style, **look)
        ends[cohort] = float(value[-1])
    if len(ends) > MOST_KEYS:  # too many to be followed to their names: from the oldest down to the youngest
        low, high = ax.get_ylim()
        ends = dict(zip(sorted(ends), np.linspace(high, low, len(ends)).tolist(), strict=True))
    names_beside(ax, ends, colours)


def names_beside(ax: Axes, places: Mapping[Any, float], colours: Mapping[Any, str]) -> None:
    """Name cohorts to the right of the plot, near their places on the vertical axis; of many, some."""
    low, high = ax.get_ylim()
    cohorts = sorted(places)
    room = max(int(size_of(ax)[1] / 12), 1)
    some = np.linspace(0, len(cohorts) - 1, min(MOST_KEYS, room, len(cohorts))).round().astype(int)
    shown = [cohorts[i] for i in some]
    points = max(size_of(ax)[1], 1.0) / (high - low)
    apart = min(11.0 / points, (high - low) / len(shown))
    wanted = np.array([places[cohort] for cohort in shown])
    for cohort, place in zip(shown, spread(wanted, apart, low, high), strict=True):
        name = period_name(cohort, pd.Index(cohorts))
        key(ax, name, (float(place) - low) / (high - low), colours[cohort])
