"""The treemap of segments: area is customers, or spend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.patches import Rectangle

from rfm._options import check_choice, numbers
from rfm._options import number as number_in
from rfm._words import Words, declare
from rfm.errors import DataError

from ._colors import ink_on, segment_colors
from ._labels import labeller
from ._numbers import number, percent
from ._style import SIZE, key, nothing, picture, size_of, text_width, titles, write_text
from ._tables import segment_sizes

__all__ = ["squarify", "treemap", "treemap_data"]

WORDS: Final = declare(
    "pictures.treemap",
    {
        "by customers": "Segments by customers",
        "by spend": "Segments by spend",
        "of customers": "Area is the share of {total} customers",
        "of spend": "Area is the share of {total} in total spend",
        "no area": "{note}; no area: {segments}",
        "nobody": "No customers",
    },
)


def treemap(
    segmented: Any,
    by: Literal["customers", "spend"] = "customers",
    *,
    labels: Mapping[Any, str] | None = None,
    words: Mapping[str, str] | None = None,
    ax: Axes | None = None,
) -> Axes:
    """Draw the segments as tiles whose area is their share of customers, or of spend.

    Parameters
    ----------
    segmented : any dataframe
        One row per customer (``segment``, ``monetary``: what `rfm.segment` returns), or one row per segment
        (``segment``, ``customers``, ``spend``: what `rfm.profile` returns).
    by : {"customers", "spend"}
        What the area shows. A segment whose spend is not above zero has no area, and the note says so.
    labels : mapping, optional
        Text to write for a segment's name, such as a scheme's Chinese labels. Colours go by name.
    words : mapping of str to str, optional
        Texts in place of the English ones, by key: ``by customers``, ``by spend``, ``of customers``,
        ``of spend``, ``no area``, ``nobody``.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        Names and shares are written on the tiles; tiles too small for their name are listed next to the map.

    Raises
    ------
    DataError
        A column is missing, `by` is unknown, or `words` have an unknown key.

    See Also
    --------
    treemap_data : Its numbers.
    shares : Customers and spend side by side.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> profile = pd.DataFrame({"segment": ["VIP", "lost"], "customers": [20, 80], "spend": [900.0, 100.0]})
    >>> ax = rfm.plot.treemap(profile, by="spend")
    >>> [text.get_text() for text in ax.texts][1:3]
    ['VIP', '90% · 900']
    """
    texts, label = WORDS.over(words), labeller(labels)
    tiles = treemap_data(segmented, by)
    tiles["label"] = list(map(label, tiles["segment"]))
    with picture(ax) as ax:
        titles(ax, texts(f"by {by}"), note=_note(tiles, by, texts))
        ax.set_axis_off()
        ax.set(xlim=(0, 1), ylim=(0, 1))
        if not tiles["share"].sum():
            return nothing(ax, texts("nobody"))
        _list(ax, [tile for tile in tiles.itertuples() if tile.share and not _draw(ax, tile)])
    return ax


def treemap_data(
    segmented: Any, by: Literal["customers", "spend"] = "customers", *, aspect: float = SIZE[0] / SIZE[1]
) -> pd.DataFrame:
    """Return the tiles of `treemap`.

    Parameters
    ----------
    segmented : any dataframe
        One row per customer (``segment``, ``monetary``: what `rfm.segment` returns), or one row per segment
        (``segment``, ``customers``, ``spend``: what `rfm.profile` returns).
    by : {"customers", "spend"}
        What the area shows.
    aspect : float
        Width over height of the area where the map will be drawn; tiles are as square as possible there.

    Returns
    -------
    pandas.DataFrame
        ``segment, value, share, x, y, width, height, color``, one row per segment, largest first; the map is the
        unit square, and ``width * height == share``.

    See Also
    --------
    treemap : The picture.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> profile = pd.DataFrame({"segment": ["VIP", "lost"], "customers": [20, 80], "spend": [900.0, 100.0]})
    >>> rfm.plot.treemap_data(profile)[["segment", "value", "share", "x", "width"]]
      segment  value  share    x  width
    0    lost   80.0    0.8  0.0    0.8
    1     VIP   20.0    0.2  0.8    0.2
    """
    check_choice("by", by, ("customers", "spend"))
    aspect = number_in("aspect", aspect, "aspect=1.8", least=0.01, most=100)
    sizes, order = segment_sizes(segmented)
    if sizes[by].isna().all() and len(sizes):
        raise DataError(
            'The log of these segments has no amounts, and by="spend" needs them. Hint: by="customers".'
        )
    value = sizes[by].astype(float)
    area = value.clip(lower=0.0)
    tiles = pd.DataFrame({"segment": sizes["segment"], "value": value})
    tiles["share"] = area / area.sum() if area.sum() > 0 else 0.0
    tiles = tiles.sort_values("share", ascending=False, kind="stable").reset_index(drop=True)
    boxes = squarify(tiles["share"].to_numpy(), aspect) if area.sum() > 0 else np.zeros((len(tiles), 4))
    tiles[["x", "y", "width", "height"]] = boxes
    tiles["color"] = tiles["segment"].map(segment_colors(order)).astype(str)
    return tiles


def squarify(shares: npt.NDArray[np.float64], aspect: float = 1.0) -> npt.NDArray[np.float64]:
    """Lay tiles out in the unit square, each as square as possible (Bruls, Huizing & van Wijk, 2000).

    Parameters
    ----------
    shares : (n,) array
        Areas that sum to one, largest first.
    aspect : float
        Width over height of the area where the unit square will be drawn.

    Returns
    -------
    (n, 4) array
        ``x, y, width, height`` of each tile, from the upper left; area is the share.

    See Also
    --------
    treemap : The picture that needs it.

    Examples
    --------
    >>> squarify(np.array([0.5, 0.25, 0.25])).tolist()
    [[0.0, 0.0, 0.5, 1.0], [0.5, 0.5, 0.5, 0.5], [0.5, 0.0, 0.5, 0.5]]
    """
    aspect = number_in("aspect", aspect, "aspect=1.8", least=0.01, most=100)
    shares = np.array(numbers("shares", shares, "shares=[0.5, 0.3, 0.2]", least=0, most=1 + 1e-9))
    boxes = np.zeros((len(shares), 4))
    left, bottom, width, height = 0.0, 0.0, aspect, 1.0
    areas = np.asarray(shares, dtype=float) * aspect
    start = 0
    while start < len(areas) and areas[start] > 0:
        side = min(width, height)
        stop = start + 1
        while stop < len(areas) and _worst(areas[start : stop + 1], side) <= _worst(areas[start:stop], side):
            stop += 1
        row = areas[start:stop]
        depth = row.sum() / side
        lengths, offsets = row / depth, np.cumsum(row / depth) - row / depth
        depths = np.full_like(row, depth)
        if width >= height:  # a column at the left, filled from the top
            tops = bottom + height - offsets
            boxes[start:stop] = np.column_stack([np.full_like(row, left), tops - lengths, depths, lengths])
            left, width = left + depth, width - depth
        else:  # a row at the top, filled from the left
            rows = np.full_like(row, bottom + height - depth)
            boxes[start:stop] = np.column_stack([left + offsets, rows, lengths, depths])
            height -= depth
        start = stop
    boxes[:, [0, 2]] /= aspect
    return boxes


def _worst(row: npt.NDArray[np.float64], side: float) -> float:
    """Return the worst aspect ratio among tiles of areas `row` laid along `side`."""
    if row[-1] <= 0:
        return np.inf
    total = float(row.sum())
    return max(side**2 * float(row[0]) / total**2, total**2 / (side**2 * float(row[-1])))


def _draw(ax: Axes, tile: Any) -> bool:
    """Draw one tile; return whether its name fitted."""
    colour, name = tile.color, tile.label
    box = Rectangle((tile.x, tile.y), tile.width, tile.height, facecolor=colour, edgecolor="white", lw=2)
    ax.add_patch(box)
    # The layout may still narrow the axes a little, so some room is reserved.
    room, tall = 0.94 * tile.width * size_of(ax)[0] - 12, 0.94 * tile.height * size_of(ax)[1] - 8
    text, size = _fit(name, room, tall, largest=9 + 9 * float(np.sqrt(tile.share)))
    if size < 7:
        return False
    ink, corner, lines, small = (
        ink_on(colour),
        (tile.x, tile.y + tile.height),
        1 + text.count("\n"),
        max(0.85 * size, 6.5),
    )
    write_text(ax, text, corner, offset=(6, -6), size=size, color=ink, va="top", bold=True)
    details = [f"{percent(tile.share)} · {number(tile.value)}", percent(tile.share)]
    fitting = [detail for detail in details if text_width(detail, small) <= room]
    if fitting and tall >= 1.25 * size * lines + 1.2 * small:
        write_text(
            ax, fitting[0], corner, offset=(6, -7 - 1.3 * size * lines), size=small, color=ink, va="top"
        )
    return True


def _fit(name: str, room: float, tall: float, largest: float) -> tuple[str, float]:
    """Return the name on one line or two, and the size in points, that fill the space best."""
    words = name.split(" ")
    lines = [name] + [" ".join(words[:i]) + "\n" + " ".join(words[i:]) for i in range(1, len(words))]
    sizes = [
        min(largest, room / max(map(text_width, text.split("\n"))), tall / (1.25 * (1 + text.count("\n"))))
        for text in lines
    ]
    best = int(np.argmax(sizes))
    return lines[best], sizes[best]


def _list(ax: Axes, small: list[Any]) -> None:
    """List the tiles too small for their name to the right of the map."""
    for line, tile in enumerate(small):
        y = 0.985 - line * 0.04
        key(ax, f"{tile.label} {percent(tile.share)}", y, tile.color, size=8)


def _note(tiles: pd.DataFrame, by: str, texts: Words) -> str:
    note = texts(f"of {by}", total=number(float(tiles["value"].sum())))
    none = tiles.loc[tiles["share"] == 0, "label"].tolist()
    return texts("no area", note=note, segments=", ".join(none)) if none and tiles["share"].sum() else note
