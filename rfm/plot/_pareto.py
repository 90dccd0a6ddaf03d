"""The Pareto curve: the share of spend by share of customers, with the Gini index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes

from ._colors import ACCENT, MUTED, PALETTE
from ._numbers import count, number, percent
from ._style import nothing, picture, titles, units, write_text
from ._tables import measure

__all__ = ["Pareto", "pareto", "pareto_data"]

POINTS = 501


@dataclass(frozen=True)
class Pareto:
    """The curve and its index.

    Attributes
    ----------
    customers : (k,) array
        Shares of customers, the best first, from 0 to 1.
    spend : (k,) array
        Their share of spend.
    gini : float
        0: all customers spend the same; towards 1: one customer spends everything. NaN without spend.
    negative : int
        Customers with net refunds; their spend counts as 0.
    total : int
        All customers.

    See Also
    --------
    pareto_data : Makes it.
    pareto : The picture.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> curve = rfm.plot.pareto_data(pd.DataFrame({"monetary": [70.0, 10.0, 10.0, 5.0, 5.0]}))
    >>> curve
    Pareto(customers=5, gini=0.540, negative=0)
    """

    customers: npt.NDArray[np.float64]
    spend: npt.NDArray[np.float64]
    gini: float
    negative: int
    total: int

    def __repr__(self) -> str:
        return f"Pareto(customers={self.total:,}, gini={self.gini:.3f}, negative={self.negative:,})"

    def spend_of(self, share: float) -> float:
        """Return the share of spend made by the best `share` of customers.

        Parameters
        ----------
        share : float
            Of the customers, from 0 to 1.

        Returns
        -------
        float

        See Also
        --------
        Pareto.customers_for : The way back.

        Examples
        --------
        >>> import pandas as pd
        >>> pareto_data(pd.DataFrame({"monetary": [80.0, 10.0, 5.0, 5.0]})).spend_of(0.25)
        0.8
        """
        return float(np.interp(share, self.customers, self.spend))

    def customers_for(self, share: float) -> float:
        """Return the share of customers, best first, that makes `share` of spend.

        Parameters
        ----------
        share : float
            Of the spend, from 0 to 1.

        Returns
        -------
        float

        See Also
        --------
        Pareto.spend_of : The way back.

        Examples
        --------
        >>> import pandas as pd
        >>> pareto_data(pd.DataFrame({"monetary": [80.0, 10.0, 5.0, 5.0]})).customers_for(0.8)
        0.25
        """
        return float(np.interp(share, self.spend, self.customers))


def pareto(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the share of spend that comes from each share of customers, best first.

    Parameters
    ----------
    table : any dataframe
        One row per customer: a scored table (``monetary``) or a customer summary (``spend``, ``refunds``).
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        The curve, the line of equality, the best fifth marked, and the Gini index (twice
        the area between curve and line, as for the Lorenz curve).

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    pareto_data : Its numbers.
    rfm.pareto : The shares of spend as a table.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> ax = rfm.plot.pareto(pd.DataFrame({"monetary": [70.0, 10.0, 10.0, 5.0, 5.0]}))
    >>> ax.get_title(loc="left")
    'The best 20% of customers make 70% of spend'
    """
    data = pareto_data(table)
    with picture(ax) as ax:
        if not np.isfinite(data.gini):
            titles(ax, "Share of spend by share of customers")
            return nothing(ax, "No customers" if not data.total else "No spend")
        fifth = data.spend_of(0.2)
        note = f"Gini index {data.gini:.2f} (0: all spend the same) · {count(data.total)}"
        titles(
            ax,
            f"The best 20% of customers make {percent(fifth)} of spend",
            x="Share of customers, best first",
            y="Share of spend",
            note=note + (f", {number(data.negative)} with net refunds as 0" if data.negative else ""),
        )
        ax.fill_between(data.customers, data.customers, data.spend, color=PALETTE[2], alpha=0.18, lw=0)
        ax.plot([0, 1], [0, 1], color=MUTED, lw=1, ls=(0, (4, 3)))
        ax.plot(data.customers, data.spend, color=PALETTE[0], lw=2.2)
        write_text(ax, "if all spent the same", (0.62, 0.6), color=MUTED, va="top")
        most = data.customers_for(0.8)
        for x, y, text in (
            (0.2, fifth, f"best 20%: {percent(fifth)} of spend"),
            (most, 0.8, f"80% of spend: best {percent(most)}"),
        ):
            ax.plot([x, x, 0], [0, y, y], color=ACCENT, lw=0.9, ls=":")
            ax.plot([x], [y], marker="o", ms=6, color=ACCENT)
            write_text(ax, text, (x, y), offset=(9, -7), color=ACCENT, va="top", patch=True)
        ax.set(xlim=(0, 1.0), ylim=(0, 1.02))
        units(ax.xaxis, percent)
        units(ax.yaxis, percent)
    return ax


def pareto_data(table: Any) -> Pareto:
    """Return the numbers of `pareto`.

    Parameters
    ----------
    table : any dataframe
        As for `pareto`.

    Returns
    -------
    Pareto
        The curve at no more than 501 shares, and the Gini index of all customers.

    See Also
    --------
    pareto : The picture.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> curve = rfm.plot.pareto_data(pd.DataFrame({"monetary": [70.0, 10.0, 10.0, 5.0, 5.0]}))
    >>> round(curve.spend_of(0.4), 3), round(curve.gini, 3)
    (0.8, 0.54)
    """
    values, counts = measure(table, "monetary")
    total, negative = int(counts.sum()), int(counts[values < 0].sum())
    spend = np.clip(values, 0.0, None)[::-1]
    people = np.concatenate([[0.0], np.cumsum(counts[::-1])])
    money = np.concatenate([[0.0], np.cumsum(spend * counts[::-1])])
    if not money[-1] > 0:
        flat = np.array([0.0, 1.0])
        return Pareto(flat, flat, float("nan"), negative, total)
    people, money = people / people[-1], money / money[-1]
    area = float(np.sum(np.diff(people) * (money[1:] + money[:-1]) / 2))
    if len(people) > POINTS:
        grid = np.linspace(0.0, 1.0, POINTS)
        people, money = grid, np.interp(grid, people, money)
    return Pareto(people, money, 2 * area - 1, negative, total)
