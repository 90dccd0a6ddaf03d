"""Payback: the share of its cost that each cohort has paid back and will pay back, by age."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.colors import to_hex

from rfm._frames.types import Table
from rfm._requirements import check_columns
from rfm.plot._cohort_lines import RAMP
from rfm.plot._cohorts import period_name
from rfm.plot._colors import MUTED
from rfm.plot._labels import labeller
from rfm.plot._numbers import number, percent
from rfm.plot._style import key, nothing, picture, size_of, spread, titles, units
from rfm.plot._tables import fetched, require

__all__ = ["payback", "payback_data"]

COLUMNS: Final = ("age", "days", "complete", "value", "value_low", "value_high", "cost_per_customer")
HINT: Final = "clv.payback(tx, costs).curve is such a table"
MOST_BANDS: Final = 6  # cohorts up to which intervals are drawn
MOST_KEYS: Final = 14
LENGTHS: Final = {7: "Weeks", 30: "Months", 91: "Quarters", 365: "Years"}
TOP: Final = 2.0  # times the cost; higher is no longer the question


def payback(curve: Table, *, labels: Mapping[Any, str] | None = None, ax: Axes | None = None) -> Axes:
    """Draw what share of its cost each cohort has paid back by each age, and will pay back.

    Parameters
    ----------
    curve : any dataframe
        One row per cohort and age: ``curve`` of `clv.payback`.
    labels : mapping, optional
        Text to write for the name of a cohort by attribute.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        One line per cohort: solid where all its customers have reached the age, dashed where it is predicted, with a
        band of the interval where there are at most six cohorts, and a dot at the age at which it is paid back. Cohorts
        without a cost are not drawn. Ages end soon after the last cohort is paid back, and the scale at 200%.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    payback_data : Its numbers.
    clv.payback : Makes the table.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> curve = pd.DataFrame({"cohort": "shop", "age": [1, 2, 3], "complete": [True, True, False],
    ...                       "days": [30, 60, 91], "value": [5.0, 8.0, 12.0], "value_low": [5.0, 8.0, 9.0],
    ...                       "value_high": [5.0, 8.0, 14.0], "cost_per_customer": 10.0})
    >>> ax = clv.plot.payback(curve)
    >>> ax.get_xlabel(), ax.get_ylabel()
    ('Months since the first purchase', 'Value to date ÷ cost')
    """
    label = labeller(labels)
    data = payback_data(curve)
    with picture(ax) as ax:
        drawn = data["cohort"].drop_duplicates().tolist()
        banded = len(drawn) <= MOST_BANDS
        note = "Dashed: predicted" + (", with its interval" if banded else "") + ". Dot: paid back"
        titles(
            ax, "Payback", x=f"{_ages(data)} since the first purchase", y="Value to date ÷ cost", note=note
        )
        if data.empty:
            return nothing(ax, "No cohorts with a cost")
        shown = data[data["age"] <= _last_age(data)]
        inside = shown["high" if banded else "share"].max()
        low, top = min(0.0, 1.08 * float(shown["low"].min())), min(max(1.15, 1.05 * float(inside)), TOP)
        ax.set_xlim(0, max(float(shown["age"].max()), 1.0))
        ax.set_ylim(low, top)
        ax.axhline(1.0, color=MUTED, lw=1.0)
        colours = _colours(drawn)
        ends = {}
        for name in drawn:
            part = shown[shown["cohort"] == name]
            _line(ax, part, colours[name], banded)
            ends[name] = float(np.clip(part["share"].iloc[-1], low, top))
        _name(ax, {name: _text(name, drawn, label) for name in drawn}, ends, colours)
        units(ax.xaxis, number, integer=True)
        units(ax.yaxis, percent)
    return ax


def _line(ax: Axes, part: pd.DataFrame, colour: str, banded: bool) -> None:
    """One cohort, from nothing at age 0."""
    age = np.append(0.0, part["age"].to_numpy(float))
    share, below, above = (np.append(0.0, part[of].to_numpy(float)) for of in ("share", "low", "high"))
    known = int(part["complete"].to_numpy(bool).sum())
    ax.plot(age[: known + 1], share[: known + 1], color=colour, lw=1.8)
    ax.plot(age[known:], share[known:], color=colour, lw=1.4, ls=(0, (3, 2)))
    if banded:
        ax.fill_between(age[known:], below[known:], above[known:], color=colour, alpha=0.18, lw=0)
    reached = np.flatnonzero(share >= 1.0)
    if len(reached):
        ax.plot(age[reached[:1]], [1.0], marker="o", ms=5.5, color=colour, zorder=3)


def _ages(data: pd.DataFrame) -> str:
    """What ages count, by the days of the first."""
    first = data.loc[data["age"] == 1, "days"]
    return LENGTHS.get(int(first.iloc[0]), "Age") if len(first) else "Age"


def _last_age(data: pd.DataFrame) -> int:
    """The age soon after all cohorts are paid back, even at the lower bound of their values."""
    back = data[data["low"] >= 1.0].groupby("cohort", sort=False)["age"].min()
    last = int(data["age"].max())
    if len(back) < data["cohort"].nunique():
        return last
    return min(last, max(int(1.15 * float(back.max())) + 1, 6))


def _colours(drawn: list[Any]) -> dict[Any, str]:
    """From the oldest cohort, or the first by name, to the last."""
    return {
        name: to_hex(RAMP(place)) for name, place in zip(drawn, np.linspace(0, 1, len(drawn)), strict=True)
    }


def _text(name: Any, drawn: list[Any], label: Any) -> str:
    """The name of a cohort."""
    return period_name(name, pd.Index(drawn)) if isinstance(name, pd.Timestamp) else label(name)


def _name(ax: Axes, names: Mapping[Any, str], ends: Mapping[Any, float], colours: Mapping[Any, str]) -> None:
    """Write the cohorts at the right, next to their values and without overlap; of many, some."""
    (low, high), tall = ax.get_ylim(), max(size_of(ax)[1], 1.0)
    room = max(min(MOST_KEYS, int(tall / 12)), 1)
    by_value = sorted(ends, key=lambda name: ends[name])
    some = np.linspace(0, len(by_value) - 1, min(room, len(by_value))).round().astype(int)
    chosen = [by_value[place] for place in some]
    apart = min(11.0 * (high - low) / tall, (high - low) / len(chosen))
    places = spread(np.array([ends[name] for name in chosen]), apart, low, high)
    for name, place in zip(chosen, places, strict=True):
        key(ax, names[name], (float(place) - low) / (high - low), colours[name])


def payback_data(curve: Table) -> pd.DataFrame:
    """Return the numbers of `payback`.

    Parameters
    ----------
    curve : any dataframe
        One row per cohort and age: ``curve`` of `clv.payback`.

    Returns
    -------
    pandas.DataFrame
        ``cohort, age, days, complete, share, low, high``: value to date over cost with its interval, by cohort and age;
        of the cohorts that cost something.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    payback : The picture.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> curve = pd.DataFrame({"cohort": "shop", "age": [1, 2], "days": [30, 60], "complete": [True, False],
    ...                       "value": [5.0, 8.0], "value_low": [5.0, 7.0], "value_high": [5.0, 9.0],
    ...                       "cost_per_customer": 10.0})
    >>> clv.plot.payback_data(curve)["share"].tolist()
    [0.5, 0.8]
    """
    frame = require(curve, COLUMNS, HINT)
    schema = check_columns(frame, ("cohort",), HINT)
    cohort = "cohort" if schema["cohort"].is_temporal() else "group"  # days, or names
    if cohort == "group":
        frame = frame.with_columns(group=nw.col("cohort"))
    data = fetched(require(frame, (cohort, *COLUMNS), HINT).select(cohort, *COLUMNS))
    cost = data["cost_per_customer"].astype(float)
    data = data[((cost > 0) & data[cohort].notna()).to_numpy(dtype=bool)]
    parts = {"share": "value", "low": "value_low", "high": "value_high"}
    shares = {
        name: data[of].astype(float) / data["cost_per_customer"].astype(float) for name, of in parts.items()
    }
    found = data[[cohort, "age", "days", "complete"]].assign(**shares).rename(columns={cohort: "cohort"})
    found = found.astype({"complete": bool})
    return found.sort_values(["cohort", "age"], kind="stable", ignore_index=True)
