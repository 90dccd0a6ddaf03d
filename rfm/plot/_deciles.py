"""Tenths of a period's customers, and the share of spend of each."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes

from ._colors import FAMILIES, INK
from ._numbers import count, number, percent
from ._style import nothing, picture, size_of, titles, units, write_above, zero_line
from ._tables import fetched, require

__all__ = ["deciles", "deciles_data"]

ROOM: Final = 420.0  # points of width that the numbers under the bars need
UNDER: Final = ". Under the bars: per customer, spend = orders × order value"

HINT: Final = "rfm.base_report(tx).deciles is such a table"
COLUMNS: Final = (
    "decile", "customers", "share_of_spend", "cumulative_share_of_spend", "spend_per_customer", "orders_per_customer",
    "order_value",
)  # fmt: skip


def deciles(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the share of spend of each tenth of the customers, the best first.

    Parameters
    ----------
    table : any dataframe
        ``deciles`` of `rfm.base_report`.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        A bar per tenth, with its share; under it, spend per customer, orders per customer and spend per order.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    deciles_data : Its numbers.
    rfm.base_report : Makes the table.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q")
    >>> ax = rfm.plot.deciles(report.deciles)
    >>> len(ax.patches)
    10
    """
    data = deciles_data(table)
    with picture(ax) as ax:
        total = data["customers"].sum()
        room = size_of(ax)[0] > ROOM
        titles(
            ax,
            "What each tenth of the customers spends",
            x="Tenth of the customers, by spend",
            y="Share of the period's spend",
            note=count(total) + (UNDER if room else ""),
        )
        if not total:
            return nothing(ax)
        shares = data["share_of_spend"].fillna(0.0)
        ax.bar(
            data["decile"],
            shares,
            0.82,
            color=[FAMILIES["best"][0 if tenth == 1 else 2] for tenth in data["decile"]],
        )
        for tenth, share, reached in zip(
            data["decile"], shares, data["cumulative_share_of_spend"], strict=True
        ):
            at = (float(tenth), max(float(share), 0.0))
            if not room:
                write_above(ax, percent(share), at, color=INK)
                continue
            write_above(ax, f"sum {percent(reached)}", at)
            write_above(ax, percent(share), at, gap=13, size=9, color=INK)
        parts = (data[name].astype(float).map(number) for name in COLUMNS[-3:])
        names = [
            f"{tenth}\n{spent} =\n{orders} × {value}" if room else str(tenth)
            for tenth, spent, orders, value in zip(data["decile"], *parts, strict=True)
        ]
        ax.set_xticks(data["decile"], names, fontsize=8)
        ax.tick_params(axis="x", length=0)
        zero_line(ax)
        units(ax.yaxis, percent)
        ax.margins(y=0.14)
    return ax


def deciles_data(table: Any) -> pd.DataFrame:
    """Return the numbers of `deciles`.

    Parameters
    ----------
    table : any dataframe
        ``deciles`` of `rfm.base_report`.

    Returns
    -------
    pandas.DataFrame
        ``decile, customers, share_of_spend, cumulative_share_of_spend, spend_per_customer, orders_per_customer,
        order_value``, the best tenth first.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    deciles : The picture.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q")
    >>> rfm.plot.deciles_data(report.deciles)["cumulative_share_of_spend"].iloc[-1].item()
    1.0
    """
    return (
        fetched(require(table, COLUMNS, HINT).select(*COLUMNS)).sort_values("decile").reset_index(drop=True)
    )
