"""Predictions and outcomes: a frame of the hold-out, and the calibration by frequency."""

from __future__ import annotations

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes

from clv._customer_model import CustomerModel
from clv._horizons import clock_of
from clv._laws.by_covariates import at
from clv._log_options import as_seen
from clv._season.clock import in_time
from clv._stages import as_log
from clv._summary import btyd_summary_of
from clv._units import Unit, days_per_unit
from rfm._customers.netting import purchase_days
from rfm._days import as_day, day_date, day_text
from rfm._frames.joins import merge_in_order
from rfm._frames.mapping import to_plain_pandas
from rfm._frames.native import from_native
from rfm._frames.types import Table
from rfm._options import whole
from rfm._orders.transactions import Transactions
from rfm.errors import DataError
from rfm.plot._colors import ACCENT, PALETTE
from rfm.plot._labels import labeller
from rfm.plot._numbers import number
from rfm.plot._style import nothing, picture, titles, units, write_text
from rfm.plot._tables import fetched, require

from ._sources import PurchaseSource, continuous_law_of, members_of, season_of, time_unit, until_day

__all__ = ["calibration", "calibration_data", "compared", "holdout_data"]

Floats = npt.NDArray[np.float64]
HINT = "clv.plot.holdout_data(model, tx) makes such a table"


def holdout_data(
    model: PurchaseSource,
    tx: Transactions | Table,
    *,
    end: str | date | None = None,
    until: str | date | None = None,
    unit: Unit | None = None,
) -> pd.DataFrame:
    """Predict the time after the end of observation, and count what happened: one row per customer.

    Parameters
    ----------
    model : a fitted model, a Fit, or a purchase law in continuous time
        What predicts; a model also gives the unit and the end of observation.
    tx : Transactions or dataframe
        The whole log, with the hold-out.
    end : str or date, optional
        Last day of observation, inclusive; by default the model's.
    until : str or date, optional
        Last day of the hold-out, inclusive; by default the log's last day.
    unit : {"D", "W", "M", "Y"}, optional
        Unit of time of a bare law; models and fits have their own.

    Returns
    -------
    pandas.DataFrame
        ``customer_id``; ``frequency``, repeat purchases observed; ``happened``, purchases in the hold-out;
        ``predicted``, those expected. Customers first seen in the hold-out are left out.

    Raises
    ------
    DataError
        The hold-out is empty, or the end of observation is unknown.

    See Also
    --------
    calibration, decile_gain, decile_calibration : Pictures of it.
    clv.backtest : Several laws and origins at once.

    Examples
    --------
    >>> import clv, rfm
    >>> law = clv.BGNBD(r=0.2426, alpha=4.4136, a=0.7929, b=2.4259)
    >>> held = clv.plot.holdout_data(law, rfm.datasets.cdnow_sample(), end="1997-09-30", unit="W")
    >>> len(held), int(held["happened"].sum()), round(held["predicted"].sum())
    (2357, 1882, 1653)
    """
    continuous_law_of(model)
    unit = time_unit(model, unit)
    tx = as_log(tx, "clv.plot.holdout_data")
    stop, last = end_day(model, end), until_day(until, tx)
    if last <= stop:
        raise DataError(
            f"No hold-out: observation ends on {day_text(stop)}, the log on {day_text(last)}. "
            'Hint: fit on the earlier part, clv.fit(tx, end="…").'
        )
    known = to_plain_pandas(from_native(btyd_summary_of(tx, unit, stop, None, gaps=False)))
    bought: Any = from_native(purchase_days(tx, last)).filter(nw.col("day") > stop)
    happened = to_plain_pandas(bought.select("customer_id").group_by("customer_id").agg(happened=nw.len()))
    held = merge_in_order(known[["customer_id", "frequency"]], happened)
    history = [known[name].to_numpy(float) for name in ("frequency", "recency", "T")]
    held["happened"] = held["happened"].fillna(0).astype("int64")
    clock = clock_of(season_of(model), day_date(stop), unit)
    ahead = (last - stop) / days_per_unit(unit)
    if clock is not None:
        ahead = float(clock.ahead(stop, np.array([float(last - stop)]))[0])
    members, patterns = members_of(model, known["customer_id"])
    if isinstance(model, CustomerModel):
        members = as_seen(model.log_start, members, model.end, day_date(stop), unit, clock=clock)
    held["predicted"] = np.asarray(
        at(members, patterns).conditional_expected_purchases(ahead, *in_time(clock, *history))
    )
    return held


def end_day(model: PurchaseSource, end: str | date | None) -> int:
    """Return the last day of observation: as given, or the model's."""
    last = getattr(model, "end", None) if end is None else end
    if last is None:
        raise DataError('The last day of observation is unknown. Hint: end="1997-09-30".')
    return as_day(last, "end")


def calibration(held: Table, *, most: int = 7, ax: Axes | None = None) -> Axes:
    """Draw mean purchases in the hold-out, as they happened and as predicted, by repeat purchases before it.

    Parameters
    ----------
    held : any dataframe
        One row per customer: ``frequency``, ``happened``, ``predicted``, as `holdout_data` makes it. Or one row
        per group: ``group``, ``customers``, ``happened``, ``predicted`` (means), as in the ``calibration`` of a
        backtest for one origin, one model and ``by`` "frequency".
    most : int
        Customers with this many repeat purchases, or more, are in the last group.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        Bars are what happened, the line with points the prediction; below each group its customers.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    calibration_data : Its numbers.
    holdout_data : Makes the table.
    decile_calibration : By decile of the prediction.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> held = pd.DataFrame({"frequency": [0, 0, 9], "happened": [0, 1, 5], "predicted": [0.2, 0.2, 4.0]})
    >>> ax = clv.plot.calibration(held)
    >>> [float(bar.get_height()) for bar in ax.patches]
    [0.5, 5.0]
    """
    data = calibration_data(held, most=most)
    with picture(ax) as ax:
        titles(
            ax,
            "Purchases in the hold-out, by repeat purchases before it",
            x="Repeat purchases in the calibration period (below: customers)",
            y="Mean purchases per customer in the hold-out",
        )
        if data.empty:
            return nothing(ax)
        label = labeller(None)
        labels = [
            f"{label(group)}\n{number(n)}" for group, n in zip(data["group"], data["customers"], strict=True)
        ]
        compared(ax, labels, data["happened"].to_numpy(float), data["predicted"].to_numpy(float))
    return ax


def calibration_data(held: Table, *, most: int = 7) -> pd.DataFrame:
    """Return the numbers of `calibration`.

    Parameters
    ----------
    held : any dataframe
        One row per customer: ``frequency``, ``happened``, ``predicted``, as `holdout_data` makes it. Or one row
        per group: ``group``, ``customers``, ``happened``, ``predicted`` (means), as in the ``calibration`` of a
        backtest for one origin, one model and ``by`` "frequency".
    most : int
        Customers with this many repeat purchases, or more, are in the last group.

    Returns
    -------
    pandas.DataFrame
        ``group`` ("0", "1", …, "7+"), ``customers``, ``happened``, ``predicted``: means per customer.

    See Also
    --------
    calibration : The picture.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> held = pd.DataFrame({"frequency": [0, 0, 9], "happened": [0, 1, 5], "predicted": [0.2, 0.2, 4.0]})
    >>> clv.plot.calibration_data(held)
      group  customers  happened  predicted
    0     0          2       0.5        0.2
    1    7+          1       5.0        4.0
    """
    most = whole("most", most, "most=7", least=1)
    by_group = "group" in from_native(held, HINT).collect_schema().names()
    first = ("group", "customers") if by_group else ("frequency",)
    columns = (*first, "happened", "predicted")
    table = fetched(require(held, columns, HINT).select(*columns))
    if by_group:
        return table.astype({"group": str})
    groups = table.groupby(table["frequency"].clip(upper=most).astype("int64"))
    data = groups.agg(
        customers=("happened", "size"), happened=("happened", "mean"), predicted=("predicted", "mean")
    )
    data.insert(0, "group", [f"{x}+" if x == most else str(x) for x in data.index])
    return data.reset_index(drop=True)


def compared(
    ax: Axes,
    labels: list[str],
    happened: Floats,
    predicted: Floats,
    *,
    names: tuple[str, str] = ("bars: happened", "line: model"),
    key: float = 0.015,
) -> None:
    """Draw what happened as bars from zero and the model as a line with points; name both at `key`."""
    places = np.arange(len(labels))
    ax.bar(places, happened, width=0.7, color=PALETTE[3])
    ax.plot(places, predicted, color=ACCENT, lw=1.8, marker="o", ms=6)
    top = max(float(np.max(happened)), float(np.max(predicted)), 1e-12)
    ax.set_ylim(0, 1.15 * top)
    ax.set_xticks(places, labels, parse_math=False)
    ax.tick_params(axis="x", length=0)
    units(ax.yaxis, number)
    for line, (text, colour) in enumerate(zip(names, (PALETTE[1], ACCENT), strict=True)):
        write_text(
            ax, text, (key, 0.96), offset=(0, -15 * line), color=colour, bold=True, coords="axes fraction"
        )
