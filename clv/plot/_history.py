"""P(alive) of one customer by day, with the purchases."""

from __future__ import annotations

from datetime import date
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from numpy.typing import NDArray

from clv._laws.by_covariates import at
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.seen_law import SeenLaw
from clv._stages import as_log
from clv._units import Unit
from rfm._customers.netting import purchase_days
from rfm._days import as_day, day_text
from rfm._frames.mapping import to_plain_pandas
from rfm._frames.native import from_native
from rfm._frames.types import Table
from rfm._options import received
from rfm._orders.transactions import Transactions
from rfm.errors import DataError
from rfm.plot._colors import ACCENT, PALETTE
from rfm.plot._labels import labeller
from rfm.plot._numbers import count, percent
from rfm.plot._style import dates, picture, titles, units

from ._sources import (
    PurchaseSource,
    continuous_law_of,
    law_time,
    members_of,
    refuse_older_shop,
    unit_days,
    until_day,
)

__all__ = ["p_alive_history", "p_alive_history_data"]

MOST_DAYS = 40_000  # over a century


def p_alive_history(
    model: PurchaseSource,
    tx: Transactions | Table,
    customer: Any,
    *,
    until: str | date | None = None,
    unit: Unit | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw how the probability that a customer is alive falls between purchases and changes with each one.

    Parameters
    ----------
    model : a fitted model, a Fit, or a purchase law in continuous time
        Whose P(alive) is drawn.
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id``, ``date`` and ``amount``.
    customer : hashable
        The customer's id.
    until : str or date, optional
        Last day to show; by default the log's last day. Later days show P(alive) without further purchases.
    unit : {"D", "W", "M", "Y"}, optional
        Unit of time of a bare law; models and fits have their own.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        The line is P(alive) at the end of each day, marks are days with a purchase.

    Raises
    ------
    DataError
        The customer has no purchase up to `until`, this is more than 40,000 days after the first, or a bare law
        comes without a unit.

    See Also
    --------
    p_alive_history_data : Its numbers.
    CustomerModel.due : The day on which P(alive) falls below a threshold.

    Examples
    --------
    >>> import clv, rfm
    >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> ax = clv.plot.p_alive_history(law, rfm.datasets.cdnow_sample(), customer=1, unit="W")
    >>> ax.get_ylabel()
    'P(alive)'
    """
    data = p_alive_history_data(model, tx, customer, until=until, unit=unit)
    with picture(ax) as ax:
        bought = data[data["purchase"]]
        last = data.iloc[-1]
        titles(
            ax,
            f"Customer {labeller(None)(customer)}: {percent(last['p_alive'])} alive on {last['date']:%Y-%m-%d}",
            y="P(alive)",
            note=f"{count(len(bought), 'purchase day')} (marked), the last on {bought['date'].iloc[-1]:%Y-%m-%d}",
        )
        ax.fill_between(data["date"], 0, data["p_alive"], color=PALETTE[2], alpha=0.18, lw=0)
        ax.plot(data["date"], data["p_alive"], color=PALETTE[0], lw=2)
        ax.plot(
            bought["date"], bought["p_alive"], ls="", marker="o", ms=6, color=ACCENT, zorder=3, clip_on=False
        )
        ax.vlines(bought["date"], 0, bought["p_alive"], color=ACCENT, lw=0.8, alpha=0.5)
        span = data["date"].iloc[-1] - data["date"].iloc[0]
        ax.set_xlim(data["date"].iloc[0], data["date"].iloc[-1] + max(0.01 * span, pd.Timedelta("1D")))
        ax.set_ylim(0, 1.03)
        units(ax.yaxis, percent)
        dates(ax.xaxis)
    return ax


def p_alive_history_data(
    model: PurchaseSource,
    tx: Transactions | Table,
    customer: Any,
    *,
    until: str | date | None = None,
    unit: Unit | None = None,
) -> pd.DataFrame:
    """Return the numbers of `p_alive_history`.

    Parameters
    ----------
    model : a fitted model, a Fit, or a purchase law in continuous time
        Whose P(alive) is drawn.
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id``, ``date`` and ``amount``.
    customer : hashable
        The customer's id.
    until : str or date, optional
        Last day to show; by default the log's last day. Later days show P(alive) without further purchases.
    unit : {"D", "W", "M", "Y"}, optional
        Unit of time of a bare law; models and fits have their own.

    Returns
    -------
    pandas.DataFrame
        ``date, p_alive, purchase, frequency``: one row per day from the first purchase to `until`; P(alive) at
        the end of the day, whether it had a purchase, and the repeat purchases so far.

    See Also
    --------
    p_alive_history : The picture.

    Examples
    --------
    >>> import clv, rfm
    >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> log = rfm.datasets.cdnow_sample()
    >>> history = clv.plot.p_alive_history_data(law, log, customer=1, until="1997-09-30", unit="W")
    >>> history.iloc[-1].to_dict()
    {'date': Timestamp('1997-09-30 00:00:00'), 'p_alive': 0.72..., 'purchase': False, 'frequency': 2}
    """
    continuous_law_of(model)
    refuse_older_shop(model, known=True)
    days = unit_days(model, unit)
    tx = as_log(tx, "clv.plot.p_alive_history_data")
    end = until_day(until, tx)
    if not pd.api.types.is_scalar(customer) or pd.isna(customer):
        raise DataError(f"customer must be the id of a customer; got {received(customer)}. Hint: customer=1.")
    if isinstance(customer, str):
        customer = customer.encode("utf-8", "replace").decode()  # engines compare no lone surrogates
    mine: Any = from_native(purchase_days(tx, end)).filter(nw.col("customer_id") == customer)
    bought = np.unique(to_plain_pandas(mine.select("day"))["day"].to_numpy(np.int64))
    if not len(bought):
        raise DataError(
            f"Customer {received(customer)} has no purchase up to {day_text(end)}. Hint: check the id and its type."
        )
    if end - bought[0] > MOST_DAYS:
        raise DataError(
            f"until={day_text(end)} lies {end - bought[0]:,} days after the first purchase; at most {MOST_DAYS:,} are "
            "shown. Hint: an earlier day."
        )
    members, patterns = members_of(model, [customer])
    law = at(members, patterns)
    day = np.arange(bought[0], end + 1)
    x = np.searchsorted(bought, day, side="right") - 1
    gone = law_time(model, day, days)
    t_x, T = gone[bought[x] - bought[0]] - gone[0], gone - gone[0]
    law = _as_seen(model, law, day, days)
    return pd.DataFrame(
        {
            "date": day.astype("datetime64[D]").astype("datetime64[s]"),
            "p_alive": np.asarray(law.p_alive(x.astype(float), t_x, T), dtype=float),
            "purchase": np.isin(day, bought),
            "frequency": x,
        }
    )


def _as_seen(model: PurchaseSource, law: PurchaseLaw, day: NDArray[np.int64], days: float) -> PurchaseLaw:
    """The law of a model on each day, where its log begins in the middle of histories and shows these days."""
    start = getattr(model, "log_start", None)
    end = getattr(model, "end", None)
    if start is None or not start.mixture or end is None:
        return law
    before = as_day(end, "end") - round(start.days)
    if day[0] <= before:
        return law
    gone = law_time(model, np.append(before, day), days)
    return SeenLaw(law, start.growth, start.past, gone[1:] - gone[0])
