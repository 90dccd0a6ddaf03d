"""The heatmap of moves: from which segment to which, as shares of those at the start."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from ._colors import SEQUENTIAL, ink_on
from ._labels import labeller
from ._numbers import number, percent
from ._style import hatch, nothing, picture, titles, write_text
from ._tables import fetched, ordered, require

__all__ = ["migration", "migration_data"]

NOT_YET = "not yet"


def migration(moved: Any, *, labels: Mapping[Any, str] | None = None, ax: Axes | None = None) -> Axes:
    """Draw the share of each segment's customers who are in each segment a period later.

    Parameters
    ----------
    moved : Migration or any dataframe
        What `rfm.migration` returns, or one of its tables ``moves`` and ``rates``: ``segment_from,
        segment_to, customers``. Several periods are combined.
    labels : mapping, optional
        Text to write for a segment's name.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture, as tall as the segments need.

    Returns
    -------
    matplotlib Axes
        Rows sum to 100%; each name is followed by its number of customers. Rows without customers are hatched.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    migration_data : Its numbers.
    migration_flow : The same moves as a flow.
    rfm.migration : Makes them.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> moves = pd.DataFrame({"segment_from": ["VIP", "VIP", "lost"], "segment_to": ["VIP", "lost", "lost"],
    ...                       "customers": [80, 20, 50]})
    >>> ax = rfm.plot.migration(moves)
    >>> [text.get_text() for text in ax.texts][-3:]
    ['80%', '20%', '100%']
    """
    label = labeller(labels)
    data = migration_data(moved)
    starts, goals = (list(data[name].drop_duplicates()) for name in ("segment_from", "segment_to"))
    many = len(goals) > 14
    note = "In percent; rows sum to 100" if many else "Rows sum to 100%"
    with picture(ax, height=max(5.0, 2.2 + 0.34 * len(starts))) as ax:
        titles(
            ax, "Where the customers of a segment are a period later", x="To",
            y="From (customers, summed over the periods)", note=note,
        )  # fmt: skip
        if data.empty:
            return nothing(ax, "No moves")
        rates = data["rate"].to_numpy(float).reshape(len(starts), len(goals))
        extent = (-0.5, len(goals) - 0.5, len(starts) - 0.5, -0.5)
        ax.imshow(
            np.ma.masked_invalid(rates), aspect="auto", cmap=SEQUENTIAL, vmin=0.0, vmax=1.0, extent=extent
        )
        for row in np.flatnonzero(np.isnan(rates[:, 0])):
            hatch(ax, (-0.5, row - 0.5), len(goals), 1)
        size = 10 if len(goals) <= 8 else 8 if not many else 6.5
        for (row, column), rate in np.ndenumerate(rates):
            if rate > (0.005 if many else 0):
                ink = ink_on(SEQUENTIAL(rate))
                text = f"{100 * rate:.0f}" if many else percent(rate)
                write_text(ax, text, (column, row), size=size, ha="center", color=ink)
        totals = data.groupby("segment_from", sort=False)["customers"].sum().tolist()
        ticks = [f"{label(name)} ({number(total)})" for name, total in zip(starts, totals, strict=True)]
        ax.set_yticks(range(len(starts)), ticks, fontsize=9, parse_math=False)
        turned: dict[str, Any] = {"rotation": 40, "ha": "right", "rotation_mode": "anchor"}
        ax.set_xticks(
            range(len(goals)),
            list(map(label, goals)),
            fontsize=9,
            parse_math=False,
            **turned if len(goals) > 6 else {},
        )
        ax.tick_params(length=0)
        for spine in ax.spines.values():
            spine.set_visible(False)
    return ax


def migration_data(moved: Any) -> pd.DataFrame:
    """Return the numbers of `migration`.

    Parameters
    ----------
    moved : Migration or any dataframe
        What `rfm.migration` returns, or one of its tables ``moves`` and ``rates``: ``segment_from,
        segment_to, customers``. Several periods are combined.

    Returns
    -------
    pandas.DataFrame
        ``segment_from, segment_to, customers, rate``: every pair, row by row in the order of the segments;
        the rate is missing where no customer starts.

    See Also
    --------
    migration : The picture.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> moves = pd.DataFrame({"segment_from": ["VIP", "VIP", "lost"], "segment_to": ["VIP", "lost", "lost"],
    ...                       "customers": [80, 20, 50]})
    >>> rfm.plot.migration_data(moves)["rate"].tolist()
    [0.8, 0.2, 0.0, 1.0]
    """
    columns = ("segment_from", "segment_to", "customers")
    frame = require(getattr(moved, "rates", moved), columns, "rfm.migration(snaps) makes such a table")
    table = fetched(frame.select(*columns))
    coming = (table["segment_from"] == NOT_YET) & (table["customers"] == 0)
    table = table[~coming]  # no newcomers: their row is left out
    starts, goals = (
        [name for name in ordered(frame, column, table[column]) if (table[column] == name).any()]
        for column in columns[:2]
    )
    text = table.assign(
        segment_from=table["segment_from"].astype(str), segment_to=table["segment_to"].astype(str)
    )
    sums = text.groupby(["segment_from", "segment_to"])["customers"].sum()
    pairs = pd.MultiIndex.from_product([starts, goals], names=["segment_from", "segment_to"])
    grid = sums.reindex(pairs, fill_value=0).rename("customers").reset_index()
    total = grid.groupby("segment_from")["customers"].transform("sum")
    return grid.assign(rate=np.where(total > 0, grid["customers"] / total.clip(lower=1), np.nan))
