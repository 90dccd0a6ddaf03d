"""Repeat purchases week by week: actual, predicted by the model, and the start of the hold-out."""

from __future__ import annotations

from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clv._laws.by_covariates import at, keys, taken
from clv._numerics import unique_rows
from clv._stages import as_log
from clv._units import Unit
from rfm._customers.netting import purchase_days
from rfm._days import day_text
from rfm._dynamics.periods import MOST_PERIODS
from rfm._frames.mapping import to_plain_pandas
from rfm._frames.native import from_native
from rfm._frames.types import Table
from rfm._options import check_flag
from rfm._orders.transactions import Transactions
from rfm.errors import DataError
from rfm.plot._colors import ACCENT, MUTED, PALETTE
from rfm.plot._numbers import number, percent
from rfm.plot._style import dates, nothing, picture, titles, units, write_text
from rfm.plot._tables import fetched, require

from ._holdout import end_day
from ._sources import (
    PurchaseSource,
    continuous_law_of,
    law_time,
    members_of,
    refuse_older_shop,
    unit_days,
    until_day,
)

__all__ = ["tracking", "tracking_data"]


def tracking(tracked: Table, *, cumulative: bool = True, ax: Axes | None = None) -> Axes:
    """Draw repeat purchases over calendar time, actual and predicted by the model.

    Parameters
    ----------
    tracked : any dataframe
        One row per period: ``date`` (its last day), ``happened``, ``predicted`` (repeat purchases in it) and
        ``holdout`` (whether it lies after the end of observation), as `tracking_data` makes it.
    cumulative : bool
        Draw the totals up to each period, or each period's own.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        A vertical line separates the calibration period from the hold-out.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    tracking_data : Makes its table.
    CustomerModel.forecast : Period by period, from the last day on.

    Examples
    --------
    >>> import clv, rfm
    >>> law = clv.BGNBD(r=0.2426, alpha=4.4136, a=0.7929, b=2.4259)
    >>> tracked = clv.plot.tracking_data(law, rfm.datasets.cdnow_sample(), end="1997-09-30", unit="W")
    >>> clv.plot.tracking(tracked).get_ylabel()
    'Repeat purchases so far'
    """
    check_flag("cumulative", cumulative)
    columns = ("date", "happened", "predicted", "holdout")
    hint = "clv.plot.tracking_data(model, tx) makes such a table"
    data = fetched(require(tracked, columns, hint).select(*columns)).sort_values("date")
    with picture(ax) as ax:
        what = "Repeat purchases so far" if cumulative else "Repeat purchases in the period"
        if data.empty:
            titles(ax, "Repeat purchases over time", y=what)
            return nothing(ax, "No periods")
        happened, predicted = (data[name].cumsum() if cumulative else data[name] for name in columns[1:3])
        held = data["holdout"].to_numpy(bool)
        titles(ax, "Repeat purchases over time", y=what, note=_error(data))
        dot = "o" if len(data) == 1 else ""  # a single period is not a line
        ax.plot(data["date"], happened, color=PALETTE[0], lw=2.0 if cumulative else 1.3, marker=dot)
        ax.plot(data["date"], predicted, color=ACCENT, lw=2.0, ls=(0, (5, 2)), marker=dot)
        top = 1.08 * max(float(happened.max()), float(predicted.max()), 1e-9)
        ax.set_ylim(0, top)
        first, last = data["date"].iloc[0], data["date"].iloc[-1]
        ax.set_xlim(first, max(last, first + pd.Timedelta("1D")))
        if held.any() and not held.all():
            border = data["date"][~held].iloc[-1]
            ax.axvline(border, color=MUTED, lw=1)
            write_text(ax, "hold-out →", (border, top), offset=(5, -2), color=MUTED, va="top")
        _name(
            ax,
            last,
            [("happened", happened.iloc[-1], PALETTE[0]), ("model", predicted.iloc[-1], ACCENT)],
            top,
        )
        units(ax.yaxis, number)
        dates(ax.xaxis)
    return ax


def tracking_data(
    model: PurchaseSource,
    tx: Transactions | Table,
    *,
    end: str | date | None = None,
    until: str | date | None = None,
    unit: Unit | None = None,
) -> pd.DataFrame:
    """Count repeat purchases by period, and compute those the model expects of customers like these.

    Parameters
    ----------
    model : a fitted model, a Fit, or a purchase law in continuous time
        What predicts; a model also gives the unit and the end of observation.
    tx : Transactions or dataframe
        The whole log, with the hold-out.
    end : str or date, optional
        Last day of observation, inclusive; by default the model's.
    until : str or date, optional
        Last day to show, inclusive; by default the log's last day.
    unit : {"D", "W", "M", "Y"}, optional
        Unit of time of a bare law; models and fits have their own. It is also the length of a period.

    Returns
    -------
    pandas.DataFrame
        ``date`` (the period's last day), ``happened``, ``predicted``, ``holdout``. One period ends with the
        observation, the others are counted from there, and all are whole. Customers first seen after the end
        of observation are left out.

    Raises
    ------
    DataError
        There are more than 10,000 periods, or the unit or the end of observation is unknown.

    See Also
    --------
    tracking : The picture.

    Notes
    -----
    The prediction for a period is the sum over the customers of E[X(t₂ − t₀)] − E[X(t₁ − t₀)], with t₀ the
    day of the first purchase (Fader, Hardie & Lee 2005, figure 3).

    Examples
    --------
    >>> import clv, rfm
    >>> law = clv.BGNBD(r=0.2426, alpha=4.4136, a=0.7929, b=2.4259)
    >>> tracked = clv.plot.tracking_data(law, rfm.datasets.cdnow_sample(), end="1997-09-30", unit="W")
    >>> tracked[["happened", "predicted"]].sum().round().to_dict()
    {'happened': 4339.0, 'predicted': 4161.0}
    """
    continuous_law_of(model)
    refuse_older_shop(model)
    days = unit_days(model, unit)
    tx = as_log(tx, "clv.plot.tracking_data")
    stop, last = end_day(model, end), until_day(until, tx)
    table = to_plain_pandas(from_native(purchase_days(tx, last)).select("customer_id", "day"))
    first = table.groupby("customer_id")["day"].transform("min").to_numpy(np.int64)
    day, known = table["day"].to_numpy(np.int64), first <= stop
    borders = _borders(int(first.min()), stop, last, days) if known.any() else np.array([float(stop)])
    repeats = day[known & (day > first)]
    born = np.flatnonzero(known & (day == first))
    members, patterns = members_of(model, table["customer_id"].to_numpy()[born])
    one, kind = unique_rows(first[born].astype(float), *keys(patterns))
    births, customers = first[born][one], np.bincount(kind, minlength=len(one))
    gone = law_time(model, np.append(borders, births), days)
    at_border, at_birth = gone[: len(borders)], gone[len(borders) :]
    age = np.clip(at_border[:, None] - at_birth[None], 0.0, None)
    so_far = np.asarray(at(members, taken(patterns, one)).expected_purchases(age), dtype=float) @ customers
    ends = np.floor(borders + 1e-9).astype(np.int64)
    return pd.DataFrame(
        {
            "date": ends[1:].astype("datetime64[D]").astype("datetime64[s]"),
            "happened": np.diff(np.searchsorted(np.sort(repeats), ends, side="right")),
            "predicted": np.diff(so_far),
            "holdout": ends[1:] > stop,
        }
    )


def _borders(first: int, stop: int, last: int, days: float) -> np.ndarray[Any, Any]:
    """Return the days at which periods end: one is `stop`, the others lie whole periods away."""
    before, after = int(np.ceil((stop - first) / days)), int((last - stop) / days + 1e-9)
    if before + after > MOST_PERIODS:
        raise DataError(
            f"{before + after:,} periods of {days:g} days from {day_text(first)} to {day_text(max(stop, last))}; "
            f"at most {MOST_PERIODS:,}. Hint: an earlier until=, or a law in a longer unit of time."
        )
    return stop + days * np.arange(-max(before, 1), after + 1)


def _error(data: pd.DataFrame) -> str:
    """State the difference between the model's total and the actual one in the hold-out."""
    held = data[data["holdout"].astype(bool)]
    happened, predicted = held["happened"].sum(), held["predicted"].sum()
    if not happened:
        return ""
    gap = predicted / happened - 1
    way = "above" if gap >= 0 else "below"
    return f"Hold-out: {number(happened)} happened, {number(predicted)} predicted, {percent(abs(gap))} {way}"


def _name(ax: Axes, at: Any, lines: list[tuple[str, float, str]], top: float) -> None:
    """Write each line's name at its end; without overlap."""
    (low, y1, c1), (high, y2, c2) = sorted(lines, key=lambda line: line[1])
    apart = 8.0 if y2 - y1 < 0.05 * top else 0.0
    write_text(ax, f"{low} {number(y1)}", (at, y1), offset=(6, -apart), color=c1, bold=True)
    write_text(ax, f"{high} {number(y2)}", (at, y2), offset=(6, apart), color=c2, bold=True)
