"""The heatmap of recency by frequency scores: mean spend, or customers, of each cell."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from rfm._frames.native import from_native
from rfm._options import check_choice
from rfm._words import Words, declare
from rfm.errors import DataError

from ._colors import MUTED, SEQUENTIAL, ink_on
from ._numbers import number
from ._style import hatch, nothing, picture, size_of, titles, write_text
from ._tables import fetched, knows_no_money, require

__all__ = ["heatmap", "heatmap_data"]

FEW: Final = 30
"""Customers below which a cell is pale."""
PALE: Final = 0.3

WORDS: Final = declare(
    "pictures.heatmap",
    {
        "mean spend": "Mean spend per customer, by recency and frequency score",
        "customers": "Customers, by recency and frequency score",
        "recency": "R: recency score (high: bought lately)",
        "frequency": "F: frequency score (high: buys often)",
        "hatched": "Hatched: no customers in the cell",
        "n": "n: customers",
        "of": "n = {n}",
        "few": "pale: fewer than {few}, which do not set the scale",
        "nobody": "No customers",
    },
)


def heatmap(
    scored: Any,
    value: Literal["spend", "customers"] = "spend",
    *,
    words: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the grid of R by F scores: mean spend per customer, or the number of customers.

    Parameters
    ----------
    scored : any dataframe
        One row per customer, with ``R``, ``F`` and (for spend) ``monetary``: what `rfm.score` returns.
    value : {"spend", "customers"}
        What the colour and the number in each cell show.
    words : mapping of str to str, optional
        Texts in place of the English ones, by key: ``mean spend``, ``customers``, ``recency``,
        ``frequency``, ``hatched``, ``n``, ``of``, ``few``, ``nobody``.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        The best customers are at the upper right. A cell without customers is hatched, never coloured. Of mean spend
        each cell shows its number of customers; cells of fewer than 30 are pale, and the scale ends at the largest of
        the others, since a mean of five people says little.

    Raises
    ------
    DataError
        A column is missing, `value` is unknown, or `words` have an unknown key.

    See Also
    --------
    heatmap_data : Its numbers.
    treemap : Segments by size.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> scored = pd.DataFrame({"R": [1, 2, 2], "F": [1, 2, 2], "monetary": [10.0, 20.0, 40.0]})
    >>> ax = rfm.plot.heatmap(scored)
    >>> ax.get_xlabel()
    'R: recency score (high: bought lately)'
    """
    texts = WORDS.over(words)
    grid = heatmap_data(scored, value)
    sizes = heatmap_data(scored, "customers")
    with picture(ax) as ax:
        titles(
            ax,
            texts("mean spend" if value == "spend" else "customers"),
            x=texts("recency"),
            y=texts("frequency"),
            note=_note(grid, sizes, texts),
        )
        if grid.isna().all(axis=None):
            return nothing(ax, texts("nobody"))
        _cells(ax, grid, sizes, texts if value == "spend" else None)
    return ax


def _note(grid: pd.DataFrame, sizes: pd.DataFrame, texts: Any) -> str:
    """What the cells show besides their number."""
    few = bool((sizes < FEW).any(axis=None)) and not grid.equals(sizes)
    parts = [
        *([texts("n")] if not grid.equals(sizes) else []),
        *([texts("few", few=str(FEW))] if few else []),
        *([texts("hatched")] if grid.isna().any(axis=None) else []),
    ]
    return "; ".join(parts)


def heatmap_data(scored: Any, value: Literal["spend", "customers"] = "spend") -> pd.DataFrame:
    """Return the numbers of `heatmap`.

    Parameters
    ----------
    scored : any dataframe
        One row per customer, with ``R``, ``F`` and (for spend) ``monetary``: what `rfm.score` returns.
    value : {"spend", "customers"}
        What the colour and the number in each cell show.

    Returns
    -------
    pandas.DataFrame
        Rows F, columns R, each from 1 to its highest score present; NaN where there are no customers.

    See Also
    --------
    heatmap : The picture.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> scored = pd.DataFrame({"R": [1, 2, 2], "F": [1, 2, 2], "monetary": [10.0, 20.0, 40.0]})
    >>> rfm.plot.heatmap_data(scored).to_numpy().tolist()
    [[10.0, nan], [nan, 30.0]]
    """
    check_choice("value", value, ("spend", "customers"))
    made = "rfm.score(tx) makes such a table"
    if value == "spend" and knows_no_money(from_native(scored, made).collect_schema().names()):
        raise DataError(
            'The log of these customers has no amounts, and value="spend" needs them. Hint: value="customers".'
        )
    columns = ("R", "F", "monetary") if value == "spend" else ("R", "F")
    groups = require(scored, columns, made).select(*columns).group_by("R", "F")
    number_of = nw.col("monetary").mean() if value == "spend" else nw.len()
    cells = fetched(groups.agg(number_of.alias("value"))).dropna(subset=["R", "F"])
    grid = cells.astype(float).pivot(index="F", columns="R", values="value")
    of_f, of_r = (
        pd.Index(range(1, int(cells[name].max()) + 1 if len(cells) else 1), name=name) for name in "FR"
    )
    return grid.reindex(index=of_f, columns=of_r)


def _cells(ax: Axes, grid: pd.DataFrame, sizes: pd.DataFrame, texts: Words | None) -> None:
    """Colour the cells from zero to the largest that is not small, write the numbers, hatch empty cells.

    Of means, the numbers of customers are written in small print, by ``texts``, and cells below `FEW` are pale.
    """
    values = grid.to_numpy()
    of_f, of_r = grid.index.to_numpy(), grid.columns.to_numpy()
    half = 0.5
    customers = sizes.to_numpy()
    few = (customers < FEW) if texts else np.zeros(values.shape, dtype=bool)
    sure = values[~few & ~np.isnan(values)]
    highest = float(sure.max() if len(sure) else np.nanmax(values))
    top = highest if highest > 0 else 1.0
    ax.imshow(
        np.ma.masked_invalid(values), origin="lower", aspect="auto", cmap=SEQUENTIAL, vmin=0.0, vmax=top,
        alpha=np.where(few, PALE, 1.0), extent=(half, len(of_r) + half, half, len(of_f) + half),
    )  # fmt: skip
    size = 11 if max(values.shape) <= 6 else 8
    room = size_of(ax)[1] / max(len(of_f), 1) > 3 * size
    for (row, column), cell in np.ndenumerate(values):
        x, y = float(of_r[column]), float(of_f[row])
        if np.isnan(cell):
            hatch(ax, (x - half, y - half), 1, 1)
            continue
        colour = SEQUENTIAL(min(max(cell / top, 0.0), 1.0))
        if few[row, column]:
            colour = (*(PALE * part + 1 - PALE for part in colour[:3]), 1.0)
        ink = ink_on(colour)
        lift = 0.45 * size if texts and room else 0
        write_text(ax, number(cell), (x, y), offset=(0, lift), size=size, ha="center", color=ink)
        if texts and room:
            text = texts("of", n=f"{customers[row, column]:,.0f}")
            write_text(
                ax, text, (x, y), offset=(0, lift - 1.15 * size), size=0.68 * size, ha="center", color=ink
            )
    for edge in of_f[:-1] + half:
        ax.axhline(edge, color="white", lw=2)
    for edge in of_r[:-1] + half:
        ax.axvline(edge, color="white", lw=2)
    ax.set(xticks=of_r, yticks=of_f)
    ax.tick_params(length=0)
    for spine in ax.spines.values():
        spine.set_visible(False)
    ax.spines["bottom"].set_color(MUTED)
