"""The cohort triangle: retention, or revenue per customer, by cohort and age."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Literal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rfm._options import check_choice

from ._colors import MUTED, SEQUENTIAL, ink_on
from ._numbers import number, percent
from ._style import nothing, picture, titles, write_text
from ._tables import fetched, require

__all__ = ["cohorts", "cohorts_data", "period_name"]

Value = Literal["retention", "revenue"]
_WORDS: dict[Value, tuple[str, Callable[[float], str]]] = {
    "retention": ("Share of the cohort that bought in the period", percent),
    "revenue": ("Revenue to date per customer of the cohort", number),
}


def cohorts(cohort_table: Any, value: Value = "retention", *, ax: Axes | None = None) -> Axes:
    """Draw the triangle of cohorts (rows) and ages (columns).

    Parameters
    ----------
    cohort_table : any dataframe
        One row per cohort and age, as `rfm.cohorts` makes it; segments, if any, are combined.
    value : {"retention", "revenue"}
        The share of the cohort that bought in the period, or revenue to date per customer.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture, as tall as the cohorts need.

    Returns
    -------
    matplotlib Axes
        Each row is labelled with the cohort's size. Cells of periods that the log does not fully cover are
        framed.

    Raises
    ------
    DataError
        A column is missing, or `value` is unknown.

    See Also
    --------
    cohorts_data : Its numbers.
    rfm.cohorts : Makes the table.

    Examples
    --------
    >>> import rfm
    >>> ax = rfm.plot.cohorts(rfm.cohorts(rfm.datasets.cdnow_sample()))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['1997-01 · 781', '1997-02 · 857', '1997-03 · 719']
    """
    table = cohorts_data(cohort_table, value)
    with picture(ax, height=max(3.0, 1.5 + 0.3 * table["cohort"].nunique())) as ax:
        title, form = _WORDS[value]
        partial = not table["complete"].all()
        titles(
            ax, title, x="Age: periods since the first purchase", y="Cohort: first purchase · customers",
            note="Framed: the log does not cover the whole period" if partial else "",
        )  # fmt: skip
        if table.empty:
            return nothing(ax)
        grid = table.pivot(index="cohort", columns="age", values="value")
        shown = grid.drop(columns=0) if value == "retention" and grid.shape[1] > 1 else grid
        highest = float(np.nanmax(shown.to_numpy()))
        ax.imshow(
            np.ma.masked_invalid(shown.to_numpy()), aspect="auto", cmap=SEQUENTIAL, vmin=0.0,
            vmax=highest if highest > 0 else 1.0,
            extent=(float(shown.columns.min()) - 0.5, float(shown.columns.max()) + 0.5, len(grid) - 0.5, -0.5),
        )  # fmt: skip
        _cells(ax, shown, highest, form)
        rows = {cohort: row for row, cohort in enumerate(grid.index)}
        for cohort, age in table.loc[~table["complete"], ["cohort", "age"]].itertuples(index=False):
            if age in shown.columns:
                ax.add_patch(
                    Rectangle((age - 0.46, rows[cohort] - 0.44), 0.92, 0.88, fill=False, ec=MUTED, lw=0.8)
                )
        sizes = table.groupby("cohort")["customers"].first()
        names = [f"{period_name(cohort, grid.index)} · {number(sizes[cohort])}" for cohort in grid.index]
        ax.set_yticks(range(len(grid)), names, fontsize=9 if len(grid) <= 40 else 6)
        ax.set_xticks(shown.columns[:: 1 + shown.shape[1] // 30])
        ax.tick_params(length=0)
        for spine in ax.spines.values():
            spine.set_visible(False)
    return ax


def cohorts_data(cohort_table: Any, value: Value = "retention") -> pd.DataFrame:
    """Return the numbers of `cohorts`.

    Parameters
    ----------
    cohort_table : any dataframe
        One row per cohort and age, as `rfm.cohorts` makes it; segments, if any, are combined.
    value : {"retention", "revenue"}
        The share of the cohort that bought in the period, or revenue to date per customer.

    Returns
    -------
    pandas.DataFrame
        ``cohort, age, customers, value, complete``, one row per cohort and age, sorted.

    See Also
    --------
    cohorts : The picture.

    Examples
    --------
    >>> import rfm
    >>> table = rfm.plot.cohorts_data(rfm.cohorts(rfm.datasets.cdnow_sample()), "revenue")
    >>> table.loc[table["age"] == 17, ["customers", "value"]].round(2).to_dict("records")
    [{'customers': 781, 'value': 100.95}]
    """
    check_choice("value", value, ("retention", "revenue"))
    part = "active" if value == "retention" else "revenue_to_date"
    columns = ("cohort", "age", "customers", "complete", part)
    frame = require(cohort_table, columns, "rfm.cohorts(tx) makes such a table").select(*columns)
    sums = frame.group_by("cohort", "age").agg(
        nw.col("customers").sum(), nw.col("complete").all(), nw.col(part).sum()
    )
    table = fetched(sums).sort_values(["cohort", "age"]).reset_index(drop=True)
    table["customers"] = table.groupby("cohort")["customers"].transform("max")
    table["value"] = table[part].astype(float) / table["customers"].clip(lower=1)
    return table[["cohort", "age", "customers", "value", "complete"]].astype({"complete": bool})


def _cells(ax: Axes, grid: pd.DataFrame, highest: float, form: Callable[[float], str]) -> None:
    """Write the numbers that fit into their cells."""
    if grid.shape[1] > 26:
        return
    ages = grid.columns.to_numpy(float).tolist()
    size = 9 if grid.shape[1] <= 14 else 8 if grid.shape[1] <= 20 else 7
    for (row, column), cell in np.ndenumerate(grid.to_numpy()):
        if np.isfinite(cell):
            ink = ink_on(SEQUENTIAL(cell / highest if highest > 0 else 0.0))
            write_text(ax, form(cell), (ages[column], row), size=size, ha="center", color=ink)


def period_name(cohort: Any, cohorts: pd.Index) -> str:
    """Name a period by its first day, as briefly as is unambiguous."""
    days = pd.DatetimeIndex(cohorts)
    yearly, monthly = ((days.month == 1) & (days.day == 1)).all(), (days.day == 1).all()
    pattern = "%Y" if yearly and len(days) > 1 else "%Y-%m" if monthly else "%Y-%m-%d"
    return str(pd.Timestamp(cohort).strftime(pattern))
