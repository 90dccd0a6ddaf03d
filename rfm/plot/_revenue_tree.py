"""The factors of revenue, period by period: customers × orders per customer × order value."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ._colors import FAMILIES, INK
from ._numbers import number
from ._style import (
    dates,
    fitted,
    nothing,
    panels,
    picture,
    size_of,
    text_width,
    titles,
    units,
    write_above,
    zero_line,
)
from ._tables import fetched, require

__all__ = ["revenue_tree", "revenue_tree_data"]

HINT: Final = "rfm.base_report(tx).revenue_tree is such a table"
COLUMNS: Final = ("period", "end", "customers", "orders_per_customer", "order_value", "revenue", "complete")
PARTS: Final[dict[str, str]] = {
    "revenue": "Revenue",
    "customers": "Customers",
    "orders_per_customer": "× orders per customer",
    "order_value": "× spend per order",
}
BOUNDS: Final = (
    (0.0, 0.56, 1.0, 0.38),
    (0.0, 0.0, 0.29, 0.38),
    (0.355, 0.0, 0.29, 0.38),
    (0.71, 0.0, 0.29, 0.38),
)
FEW: Final = 8  # periods up to which every bar has its number


def revenue_tree(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw revenue by period, and below it the three factors whose product it is.

    Parameters
    ----------
    table : any dataframe
        ``revenue_tree`` of `rfm.base_report`.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        Four small plots are drawn within it, all from zero. Periods that the log does not fully cover are pale.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    revenue_tree_data : Its numbers.
    rfm.base_report : Makes the table.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q")
    >>> ax = rfm.plot.revenue_tree(report.revenue_tree)
    >>> [panel.get_title(loc="left") for panel in ax.child_axes]
    ['Revenue', 'Customers', '× orders per customer', '× spend per order']
    """
    data = revenue_tree_data(table)
    with picture(ax, height=6.0) as ax:
        partial = not data["complete"].all()
        titles(
            ax, "Revenue = customers × orders per customer × spend per order",
            note="Pale: the log does not cover the whole period" if partial else "",
        )  # fmt: skip
        if data.empty:
            return nothing(ax, "No periods")
        for panel, (name, title) in zip(panels(ax, BOUNDS), PARTS.items(), strict=True):
            shown, size = fitted(title, 9.5, panel)
            panel.set_title(shown, loc="left", fontsize=size, color=INK)
            _bars(panel, data, name)
    return ax


def revenue_tree_data(table: Any) -> pd.DataFrame:
    """Return the numbers of `revenue_tree`.

    Parameters
    ----------
    table : any dataframe
        ``revenue_tree`` of `rfm.base_report`.

    Returns
    -------
    pandas.DataFrame
        ``period, end, customers, orders_per_customer, order_value, revenue, complete``, one row per period, in time.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    revenue_tree : The picture.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q")
    >>> rfm.plot.revenue_tree_data(report.revenue_tree)["customers"].tolist()
    [2357, 524, 418, 404, 384, 300]
    """
    data = fetched(require(table, COLUMNS, HINT).select(*COLUMNS)).astype({"complete": bool})
    return data.sort_values("period").reset_index(drop=True)


def _bars(ax: Axes, data: pd.DataFrame, name: str) -> None:
    length = (data["end"] - data["period"]).dt.days + 1
    values = data[name].astype(float).fillna(0.0)
    colour = FAMILIES["best"][0 if name == "revenue" else 2]
    bars = ax.bar(
        data["period"], values, 0.86 * pd.to_timedelta(length, unit="D"), align="edge", color=colour
    )
    for bar, complete in zip(bars, data["complete"], strict=True):
        bar.set_alpha(1.0 if complete else 0.4)
        if len(data) <= FEW and size_of(ax)[0] > 24 * len(data):
            at = (bar.get_x() + bar.get_width() / 2, max(bar.get_height(), 0.0))
            write_above(ax, number(bar.get_height()), at, gap=2)
    ax.set_xlim(data["period"].iloc[0], data["end"].iloc[-1] + np.timedelta64(1, "D"))
    ax.margins(y=0.16)
    zero_line(ax)
    units(ax.yaxis, number, bins=3)
    ax.tick_params(labelsize=8)
    if len(data) <= FEW:  # small plots have room for few dates: the first day of each period, briefly
        room = max(int(size_of(ax)[0] // text_width("0000-00 ", 8)), 1)
        shown = data["period"].iloc[:: -(-len(data) // room)]
        ax.set_xticks(shown, [_briefly(day) for day in shown])
    else:
        dates(ax.xaxis)


def _briefly(day: pd.Timestamp) -> str:
    """Year and month of the first day of a month, else the day.

    >>> _briefly(pd.Timestamp("2024-04-01")), _briefly(pd.Timestamp("2024-04-08"))
    ('2024-04', '2024-04-08')
    """
    return f"{day:%Y-%m}" if day.day == 1 else f"{day:%Y-%m-%d}"
