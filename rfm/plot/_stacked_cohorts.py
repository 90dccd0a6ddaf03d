"""The stacked cohort chart (C3): every period's customers, orders or spend by cohort, the oldest at the bottom."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np
import pandas as pd
from matplotlib import dates as mdates
from matplotlib.axes import Axes

from rfm._options import check_choice, check_flag
from rfm._words import declare
from rfm.errors import DataError

from ._cohort_lines import cohort_colors, names_beside
from ._numbers import number, percent
from ._style import dates, nothing, picture, titles, units, write_above, zero_line
from ._tables import fetched, require

__all__ = ["stacked_cohorts", "stacked_cohorts_data"]

Measure = Literal["customers", "orders", "spend"]
HINT: Final = "rfm.base_report(tx).stacked_cohorts is such a table"
MEASURES: Final[tuple[Measure, ...]] = ("customers", "orders", "spend")
WORDS: Final = declare("pictures.stacked_cohorts", {
    "customers": "Customers who bought in the period",
    "orders": "Orders in the period",
    "spend": "Spend in the period",
    "title": "{measure}, by cohort",
    "share_of_customers": "Share of customers",
    "share_of_orders": "Share of orders",
    "share_of_spend": "Share of spend",
    "new": "Over each bar: share of customers new in the period",
    "partial": "Pale: the log does not cover the whole period",
    "nothing": "No periods",
})  # fmt: skip
FEW: Final = 24  # periods up to which bars stand apart and say how much is new


def stacked_cohorts(
    table: Any,
    measure: Measure = "spend",
    *,
    share: bool = False,
    words: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw each period's customers, orders or spend, stacked by cohort: the oldest customers at the bottom.

    Parameters
    ----------
    table : any dataframe
        ``stacked_cohorts`` of `rfm.base_report`.
    measure : {"customers", "orders", "spend"}
        Customers who bought in the period, their orders, or their net spend.
    share : bool
        Draw shares of the period instead.
    words : mapping of str to str, optional
        Texts in place of the English ones, by key: ``title``, ``customers``, ``orders``, ``spend``,
        ``share_of_customers``, ``share_of_orders``, ``share_of_spend``, ``new``, ``partial``, ``nothing``.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        Up to 24 periods, the share of the period's new customers stands over its bar. Periods that the log does not
        fully cover are pale. Cohorts whose refunds exceed their spend are stacked below zero.

    Raises
    ------
    DataError
        A column is missing, `measure` is unknown, `share` is not True or False, or `words` have an unknown key.

    See Also
    --------
    stacked_cohorts_data : Its numbers.
    rfm.base_report : Makes the table.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1M")
    >>> ax = rfm.plot.stacked_cohorts(report.stacked_cohorts, "customers")
    >>> ax.get_ylabel()
    'Customers who bought in the period'
    """
    texts = WORDS.over(words)
    data = stacked_cohorts_data(table, measure, share=share)
    with picture(ax) as ax:
        few = data["period"].nunique() <= FEW
        notes = [*([texts("new")] if few else []), *([] if data["complete"].all() else [texts("partial")])]
        what = texts(measure)
        titles(
            ax, texts("title", measure=what), y=texts(f"share_of_{measure}") if share else what, note=". ".join(notes)
        )  # fmt: skip
        if data.empty:
            return nothing(ax, texts("nothing"))
        middle = _stack(ax, data, 0.9 if few else 1.0)
        zero_line(ax)
        units(ax.yaxis, percent if share else number)
        dates(ax.xaxis)
        if few:
            _say_new(ax, data)
        names_beside(ax, middle, cohort_colors(data["cohort"]))
    return ax


def stacked_cohorts_data(table: Any, measure: Measure = "spend", *, share: bool = False) -> pd.DataFrame:
    """Return the numbers of `stacked_cohorts`.

    Parameters
    ----------
    table : any dataframe
        ``stacked_cohorts`` of `rfm.base_report`.
    measure : {"customers", "orders", "spend"}
        Customers who bought in the period, their orders, or their net spend.
    share : bool
        Shares of the period instead; 0 where the period has none.

    Returns
    -------
    pandas.DataFrame
        ``period, end, cohort, value, share_new, complete``, one row per period and cohort, sorted; ``share_new`` is
        the share of the period's own cohort.

    Raises
    ------
    DataError
        A column is missing, `measure` is unknown, or `share` is not True or False.

    See Also
    --------
    stacked_cohorts : The picture.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1M")
    >>> data = rfm.plot.stacked_cohorts_data(report.stacked_cohorts, "customers")
    >>> data[data["period"] == "1997-02-01"][["value", "share_new"]].round(3).values.tolist()
    [[124.0, 0.874], [857.0, 0.874]]
    """
    check_choice("measure", measure, MEASURES)
    check_flag("share", share)
    columns = ("period", "end", "cohort", measure, "complete")
    data = fetched(require(table, columns, HINT).select(*columns)).rename(columns={measure: "value"})
    data = _in_time(data.astype({"value": float, "complete": bool}))
    cells = data.groupby(["period", "cohort"], as_index=False).agg(
        end=("end", "max"), value=("value", "sum"), complete=("complete", "all")
    )
    by_period = cells.groupby("period")
    total = by_period["value"].transform("sum")
    parts = (cells["value"] / total.where(total != 0)).fillna(0.0)
    new = parts.where(cells["cohort"] == cells["period"], 0.0).groupby(cells["period"]).transform("sum")
    shown = cells.assign(
        end=by_period["end"].transform("max"),
        complete=by_period["complete"].transform("all"),
        value=parts if share else cells["value"],
        share_new=new,
    )
    return shown[["period", "end", "cohort", "value", "share_new", "complete"]]


def _in_time(data: pd.DataFrame) -> pd.DataFrame:
    """The table, refused where a period ends before it begins or begins before its cohort."""
    wrong = (data["end"] < data["period"]) | (data["cohort"] > data["period"])
    if wrong.any():
        first = data[wrong].iloc[0]
        raise DataError(
            f"A period of the cohort of {first['cohort']:%Y-%m-%d} runs from {first['period']:%Y-%m-%d} to "
            f"{first['end']:%Y-%m-%d}. Hint: {HINT}."
        )
    return data


def _stack(ax: Axes, data: pd.DataFrame, width: float) -> dict[Any, float]:
    """Draw the bars, and return the middle of each cohort's part of the last bar, or of its last one."""
    colours = cohort_colors(data["cohort"])
    periods = data.drop_duplicates("period").set_index("period")
    days = (periods["end"] - periods.index).dt.days.to_numpy() + 1.0
    up, down = np.zeros(len(periods)), np.zeros(len(periods))
    middle: dict[Any, float] = {}
    for cohort, part in data.groupby("cohort"):
        height = part.set_index("period")["value"].reindex(periods.index, fill_value=0.0).to_numpy()
        bottom = np.where(height >= 0, up, down)
        bars = ax.bar(
            periods.index, height, width * pd.to_timedelta(days, unit="D"), bottom=bottom, align="edge",
            color=colours[cohort], lw=0,
        )  # fmt: skip
        for bar, complete in zip(bars, periods["complete"], strict=True):
            bar.set_alpha(1.0 if complete else 0.45)
        up, down = up + np.maximum(height, 0.0), down + np.minimum(height, 0.0)
        middle[cohort] = float(bottom[-1] + height[-1] / 2)
    ax.set_xlim(periods.index[0], periods["end"].iloc[-1] + pd.Timedelta("1D"))
    ax.set_ylim(1.08 * float(down.min()), 1.08 * max(float(up.max()), 1e-9))
    return middle


def _say_new(ax: Axes, data: pd.DataFrame) -> None:
    """Write the share of the new customers over the bar of each period that has some."""
    own = data[data["cohort"] == data["period"]]
    tops = data.assign(value=data["value"].clip(lower=0)).groupby("period")["value"].sum()
    begin, end = (mdates.date2num(own[name].to_numpy()) for name in ("period", "end"))  # type: ignore[no-untyped-call]
    middles = begin + 0.45 * (end + 1 - begin)
    places = zip(middles, tops[own["period"]], own["share_new"], strict=True)
    for at, top, share in places:
        write_above(ax, percent(share), (float(at), float(top)), size=8)  # fmt: skip
