"""Individual customers: the most valuable with their intervals, and the time each was observed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clv._stages import as_log
from rfm._customers.netting import purchase_days
from rfm._frames.mapping import to_plain_pandas
from rfm._frames.native import from_native
from rfm._frames.types import Table
from rfm._options import is_number, items, whole
from rfm._orders.transactions import Transactions
from rfm._requirements import refuse_repeated
from rfm.errors import DataError
from rfm.plot._colors import ACCENT, MUTED, PALETTE
from rfm.plot._labels import labeller
from rfm.plot._numbers import number
from rfm.plot._style import dates, nothing, picture, titles, units, write_text
from rfm.plot._tables import fetched, require

from ._sources import until_day

__all__ = ["exposure", "exposure_data", "top_customers", "top_customers_data"]


MOST_DRAWN = 1_000  # customers of a plot, with a line each


def top_customers(predicted: Table, n: int = 20, *, ax: Axes | None = None) -> Axes:
    """Draw the CLV of the most valuable customers, with intervals if there are any.

    Parameters
    ----------
    predicted : any dataframe
        One row per customer: ``customer_id``, ``clv``, and optionally ``clv_low`` and ``clv_high``, as
        ``model.predict(interval=0.9)`` makes it.
    n : int
        Number of customers, at most 1,000.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture, as tall as the customers need.

    Returns
    -------
    matplotlib Axes

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    top_customers_data : Its numbers.
    CustomerModel.predict : Makes the table.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> ax = clv.plot.top_customers(pd.DataFrame({"customer_id": ["a", "b"], "clv": [10.0, 90.0]}))
    >>> [label.get_text() for label in ax.get_yticklabels()]
    ['b', 'a']
    """
    data = top_customers_data(predicted, whole("n", n, "n=20", most=MOST_DRAWN))
    with picture(ax, height=max(3.0, 1.4 + 0.24 * len(data))) as ax:
        bounds = "clv_low" in data
        note = "Point: expected value. Bar: predictive interval" if bounds else ""
        titles(ax, "The most valuable customers", x="Customer lifetime value in the horizon", note=note)
        if data.empty:
            return nothing(ax)
        rows = np.arange(len(data))
        if bounds:
            ax.hlines(rows, data["clv_low"], data["clv_high"], color=PALETTE[3], lw=5)
        else:
            ax.hlines(rows, 0, data["clv"], color=PALETTE[3], lw=5)
        ax.plot(data["clv"], rows, ls="", marker="o", ms=6, color=PALETTE[0])
        ax.set_yticks(rows, list(map(labeller(None), data["customer_id"])), fontsize=9, parse_math=False)
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(len(data) - 0.4, -0.6)
        units(ax.xaxis, number)
        lowest = min(0.0, float((data["clv_low"] if bounds else data["clv"]).min()))
        highest = float((data["clv_high"] if bounds else data["clv"]).max())
        right = highest + 0.12 * (highest - lowest or 1.0)
        ax.set_xlim(lowest, right)
        for row, value in enumerate(data["clv"]):
            write_text(ax, number(value), (right, row), size=8, color=MUTED, ha="right")
        write_text(ax, "expected value", (1, 1), offset=(0, 3), size=8, color=MUTED, ha="right", va="bottom",
            coords="axes fraction")  # fmt: skip
    return ax


def top_customers_data(predicted: Table, n: int = 20) -> pd.DataFrame:
    """Return the numbers of `top_customers`: the `n` rows of the highest ``clv``, ties by the id's text.

    Parameters
    ----------
    predicted : any dataframe
        One row per customer: ``customer_id``, ``clv``, and optionally ``clv_low`` and ``clv_high``, as
        ``model.predict(interval=0.9)`` makes it.
    n : int
        Number of customers.

    Returns
    -------
    pandas.DataFrame
        ``customer_id, clv``, the highest first, and ``clv_low``, ``clv_high`` if the table has them.

    See Also
    --------
    top_customers : The picture.

    Examples
    --------
    >>> import pandas as pd, clv
    >>> table = pd.DataFrame({"customer_id": ["a", "b", "c"], "clv": [10.0, 90.0, 10.0]})
    >>> clv.plot.top_customers_data(table, 2)
      customer_id   clv
    0           b  90.0
    1           a  10.0
    """
    n, made = whole("n", n, "n=20"), "model.predict() makes such a table"
    bounds = {"clv_low", "clv_high"} <= set(from_native(predicted, made).collect_schema().names())
    columns = ("customer_id", "clv", *(("clv_low", "clv_high") if bounds else ()))
    entered = require(predicted, columns, made)
    refuse_repeated(entered)
    known = entered.select(*columns).filter(~nw.col("clv").is_null())
    text = nw.col("customer_id").cast(nw.String).alias("text")
    best = fetched(known.with_columns(text).sort("clv", "text", descending=[True, False]).head(n))
    return best.drop(columns="text")


def _texts(ids: pd.Series[Any]) -> pd.Series[Any]:
    """Ids as objects of text, which may hold what pandas' own texts cannot: lone surrogates."""
    return pd.Series(list(map(str, ids)), ids.index, dtype=object)


def exposure(
    tx: Transactions | Table,
    customers: int | Iterable[Any] = 25,
    *,
    until: str | date | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw when some customers bought, and how long each was observed: the data of a purchase law.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id``, ``date`` and ``amount``.
    customers : int or ids
        Number of customers, at most 1,000, evenly spaced from the first to the last to join; or the ids to show.
    until : str or date, optional
        Last day of observation, inclusive; by default the log's last day.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture, as tall as the customers need.

    Returns
    -------
    matplotlib Axes
        One line per customer, from the first purchase to the end of observation (T): dark up to the last purchase
        (t_x), pale since then. Points are days with a purchase.

    Raises
    ------
    DataError
        The log cannot be read.

    See Also
    --------
    exposure_data : Its numbers.
    clv.plot.p_alive_history : One customer, with P(alive).

    Examples
    --------
    >>> import clv, rfm
    >>> ax = clv.plot.exposure(rfm.datasets.cdnow_sample(), 10)
    >>> len(ax.get_yticklabels())
    10
    """
    data = exposure_data(tx, customers, until=until)
    names = data["customer_id"].drop_duplicates().tolist()
    if len(names) > MOST_DRAWN:
        raise DataError(
            f"{len(names):,} customers are too many for a picture; at most {MOST_DRAWN:,}. Hint: customers=25."
        )
    with picture(ax, height=max(3.0, 1.4 + 0.2 * len(names))) as ax:
        note = "Point: purchase. Dark: from the first to the last purchase. Pale: no purchase until the end"
        titles(ax, "Purchases and time observed", y="Customer", note=note)
        if not names:
            return nothing(ax)
        for row, (_, lives) in enumerate(data.groupby("customer_id", sort=False)):
            first, last, end = lives["date"].iloc[0], lives["date"].iloc[-1], lives["end"].iloc[0]
            ax.hlines(row, last, end, color="#cfd8e0", lw=2)
            ax.hlines(row, first, last, color=PALETTE[1], lw=2)
            ax.plot(lives["date"], np.full(len(lives), row), ls="", marker="o", ms=4.5, color=PALETTE[0],
                    clip_on=False)  # fmt: skip
        end = data["end"].iloc[0]
        ax.axvline(end, color=ACCENT, lw=1)
        write_text(ax, "end of observation", (1, 1), offset=(0, 3), size=8, color=ACCENT, ha="right", va="bottom",
            coords="axes fraction")  # fmt: skip
        ax.set_yticks(range(len(names)), list(map(labeller(None), names)), fontsize=8, parse_math=False)
        ax.tick_params(axis="y", length=0)
        ax.set_ylim(len(names) - 0.4, -0.6)
        start = data["date"].min()
        ax.set_xlim(start - max((end - start) * 0.01, pd.Timedelta("1D")), end)
        dates(ax.xaxis)
    return ax


def exposure_data(
    tx: Transactions | Table, customers: int | Iterable[Any] = 25, *, until: str | date | None = None
) -> pd.DataFrame:
    """Return the numbers of `exposure`.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id``, ``date`` and ``amount``.
    customers : int or ids
        Number of customers, at most 1,000, evenly spaced from the first to the last to join; or the ids to show.
    until : str or date, optional
        Last day of observation, inclusive; by default the log's last day.

    Returns
    -------
    pandas.DataFrame
        ``customer_id, date, end``: one row per purchase day, customers in order of joining.

    See Also
    --------
    exposure : The picture.

    Examples
    --------
    >>> import clv, rfm
    >>> clv.plot.exposure_data(rfm.datasets.cdnow_sample(), [1], until="1997-09-30")["date"].dt.date.tolist()
    [datetime.date(1997, 1, 1), datetime.date(1997, 1, 18), datetime.date(1997, 8, 2)]
    """
    tx = as_log(tx, "clv.plot.exposure_data")
    end = until_day(until, tx)
    bought: Any = from_native(purchase_days(tx, end)).select("customer_id", "day")
    hint = "customers=25, or a list of ids"
    if not (is_number(customers) or isinstance(customers, bool)):
        chosen = items("customers", customers, hint)
    else:
        shown = whole("customers", customers, hint)
        first = to_plain_pandas(bought.group_by("customer_id").agg(day=nw.col("day").min()))
        first["text"] = _texts(first["customer_id"])
        line = first.sort_values(["day", "text"])["customer_id"].to_numpy()
        chosen = line[np.unique(np.linspace(0, len(line) - 1, min(shown, len(line))).astype(int))].tolist()
    days = to_plain_pandas(bought.filter(nw.col("customer_id").is_in(chosen)))
    days["first"] = days.groupby("customer_id")["day"].transform("min")
    days["text"] = _texts(days["customer_id"])
    days = days.sort_values(["first", "text", "day"]).reset_index(drop=True)
    date_of = {"date": days["day"].to_numpy(np.int64), "end": np.full(len(days), end)}
    for name, day in date_of.items():
        days[name] = day.astype("datetime64[D]").astype("datetime64[s]")
    return days[["customer_id", "date", "end"]]
