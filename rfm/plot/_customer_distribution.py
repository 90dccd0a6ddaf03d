"""How unequal the customers of a period are: bands of spend, orders or order value."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rfm._options import check_choice

from ._colors import FAMILIES
from ._numbers import count, number, percent
from ._style import nothing, picture, titles, units, write_above, zero_line
from ._tables import fetched, require

__all__ = ["customer_distribution", "customer_distribution_data"]

Measure = Literal["spend", "orders", "order_value"]
HINT: Final = "rfm.base_report(tx).distribution is such a table"
COLUMNS: Final = ("low", "high", "customers", "share_of_customers", "share_of_spend")
_WORDS: Final[Mapping[Measure, str]] = {
    "spend": "Spend in the period",
    "orders": "Orders in the period",
    "order_value": "Spend per order",
}


def customer_distribution(table: Any, measure: Measure = "spend", *, ax: Axes | None = None) -> Axes:
    """Draw a period's customers by what they spent, and the share of spend that each band made.

    Parameters
    ----------
    table : any dataframe
        ``distribution`` of `rfm.base_report`.
    measure : {"spend", "orders", "order_value"}
        A customer's net spend, orders, or net spend per order.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        Two bars per band: grey for its share of customers, blue for its share of spend. The last band is for all above.

    Raises
    ------
    DataError
        A column is missing, or `measure` is unknown.

    See Also
    --------
    customer_distribution_data : Its numbers.
    rfm.base_report : Makes the table.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q")
    >>> ax = rfm.plot.customer_distribution(report.distribution, "orders")
    >>> [label.get_text() for label in ax.get_xticklabels()][:3]
    ['1', '2', '3']
    """
    data = customer_distribution_data(table, measure)
    with picture(ax) as ax:
        titles(
            ax,
            f"Customers by {_WORDS[measure][0].lower()}{_WORDS[measure][1:]}",
            x=f"{_WORDS[measure]}, per customer",
            y="Share of the total",
            note=count(data["customers"].sum()) + " who bought in the period",
        )
        if data.empty or not data["customers"].any():
            return nothing(ax)
        places = np.arange(len(data))
        bars = (("customers", "#c4c4c4", -0.21), ("spend", FAMILIES["best"][1], 0.21))
        for what, colour, shift in bars:
            shares = data[f"share_of_{what}"].fillna(0.0)
            ax.bar(places + shift, shares, 0.4, color=colour, label=f"Share of {what}")
            for place, share in zip(places + shift, shares, strict=True):
                write_above(ax, percent(share), (float(place), max(float(share), 0.0)))
        zero_line(ax)
        ax.set_xticks(places, [_band(row, measure) for row in data.itertuples()], fontsize=8)
        ax.tick_params(axis="x", length=0)
        units(ax.yaxis, percent)
        ax.margins(y=0.16)
        ax.legend(frameon=False, fontsize=9, loc="upper center", ncols=2)
    return ax


def customer_distribution_data(table: Any, measure: Measure = "spend") -> pd.DataFrame:
    """Return the numbers of `customer_distribution`.

    Parameters
    ----------
    table : any dataframe
        ``distribution`` of `rfm.base_report`.
    measure : {"spend", "orders", "order_value"}
        A customer's net spend, orders, or net spend per order.

    Returns
    -------
    pandas.DataFrame
        ``low, high, customers, share_of_customers, share_of_spend``, one row per band, low to high.

    Raises
    ------
    DataError
        A column is missing, or `measure` is unknown.

    See Also
    --------
    customer_distribution : The picture.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q")
    >>> data = rfm.plot.customer_distribution_data(report.distribution, "orders")
    >>> data[["low", "customers"]].head(2).values.tolist()
    [[1.0, 195.0], [2.0, 64.0]]
    """
    check_choice("measure", measure, tuple(_WORDS))
    frame = require(table, ("measure", *COLUMNS), HINT)
    data = fetched(frame.filter(nw.col("measure") == measure).select(*COLUMNS))
    return data.sort_values("low", na_position="first").reset_index(drop=True)


def _band(row: Any, measure: Measure) -> str:
    if np.isnan(row.low):
        return f"below {number(row.high)}"
    if np.isnan(row.high):
        return f"{number(row.low)} +"
    if measure == "orders":
        last = row.high - 1
        return number(row.low) if last == row.low else f"{number(row.low)}–{number(last)}"
    return f"{number(row.low)}–\n{number(row.high)}"
