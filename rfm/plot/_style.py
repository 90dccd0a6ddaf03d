"""The common style of all plots: canvas, titles, texts, axes.

Nothing here touches pyplot or ``rcParams``: a plot's settings are arguments of its own artists, so two
notebooks, two threads and the user's own figures do not affect each other.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from typing import Literal

import numpy as np
import numpy.typing as npt
from matplotlib.axes import Axes
from matplotlib.axis import Axis
from matplotlib.colors import to_hex, to_rgb
from matplotlib.dates import AutoDateLocator, ConciseDateFormatter, DayLocator
from matplotlib.figure import Figure
from matplotlib.patches import Rectangle
from matplotlib.text import Annotation, Text
from matplotlib.ticker import FuncFormatter, MaxNLocator
from matplotlib.transforms import Bbox, offset_copy

from rfm._options import received
from rfm.errors import DataError

from ._colors import EMPTY, GRID, INK, MUTED, PALE_INK, PALE_MUTED, PAPER, luminance
from ._fonts import has_cjk, with_cjk
from ._labels import drawable

__all__ = [
    "DPI",
    "SIZE",
    "Picture",
    "dates",
    "fitted",
    "hatch",
    "key",
    "nothing",
    "panels",
    "picture",
    "size_of",
    "spread",
    "text_width",
    "titles",
    "units",
    "write_above",
    "write_text",
    "zero_line",
]

SIZE = (9.0, 5.0)
DPI = 100
LONG = 120  # characters; no text of ours is longer
TALLEST = 300.0  # inches: Matplotlib draws no picture of 2^16 pixels
DARK = 0.18  # luminance below which light texts are read better than dark ones
_SHADES = {INK: PALE_INK, MUTED: PALE_MUTED}
FEW_DAYS = 8  # periods up to which each gets a tick


class Picture(Axes):
    """An Axes that is displayed as the last line of a notebook cell.

    It belongs to a plain `matplotlib.figure.Figure` that pyplot does not manage, so no figure stays open
    unnoticed: memory is freed with the last reference to the Axes. Save it with ``ax.figure.savefig("p.png")``.
    """

    def _repr_png_(self) -> bytes:
        buffer = io.BytesIO()
        self.figure.canvas.print_figure(buffer, format="png")
        return buffer.getvalue()


@contextmanager
def picture(ax: Axes | None, *, height: float = SIZE[1]) -> Iterator[Axes]:
    """An Axes in the common style: the caller's own, or a new one of 9 × `height` inches, 300 at most.

    The data area is white, also on a figure that is dark. On leaving, texts on a dark figure become light, and every
    text that holds Chinese gets the installed CJK fonts after the user's own (see `rfm.plot._fonts`).

    Raises
    ------
    DataError
        If `ax` is not an Axes.
    """
    if ax is not None and not isinstance(ax, Axes):
        raise DataError(
            f"ax must be a matplotlib Axes; got {received(ax)}. Hint: figure, ax = plt.subplots(); of several, one."
        )
    if ax is None:
        size = (SIZE[0], min(height, TALLEST))
        figure = Figure(figsize=size, dpi=DPI, layout="constrained", facecolor=PAPER)
        ax = figure.add_subplot(axes_class=Picture)
    _dress(ax)
    yield ax
    _suit_background(ax)
    with_cjk(ax)


def panels(ax: Axes, bounds: Iterable[tuple[float, float, float, float]]) -> list[Axes]:
    """Return small Axes inside `ax`, one for each ``(left, bottom, width, height)`` in shares of `ax`."""
    ax.set_axis_off()
    insets = [ax.inset_axes(box) for box in bounds]
    for inset in insets:
        _dress(inset)
    return insets


def _suit_background(ax: Axes) -> None:
    """On a dark figure lighten the texts outside the white data areas, and give paper to those at their edge."""
    if luminance(to_rgb(ax.figure.get_facecolor())) > DARK:
        return
    axes: list[Axes] = [ax, *(each for each in ax.child_axes if isinstance(each, Axes))]
    if not ax.axison and len(axes) == 1:  # an area without axes has no background of its own
        ax.add_patch(Rectangle((0, 0), 1, 1, transform=ax.transAxes, facecolor=PAPER, lw=0, zorder=-10))
    papers = [each.get_window_extent() for each in axes if each.axison or len(axes) == 1]
    for each in axes:
        each.tick_params(labelcolor=PALE_INK)
        legend = each.get_legend()
        names = legend.get_texts() if legend else []
        for name in names:  # their place is known only when they are drawn, and it is inside
            name.set_color(INK)
        for text in each.findobj(Text):
            if isinstance(text, Text) and text.get_text() and text.get_visible() and text not in names:
                _suit_text(text, papers)


def _suit_text(text: Text, papers: list[Bbox]) -> None:
    box = text.get_window_extent()
    if any(paper.contains(box.x0, box.y0) and paper.contains(box.x1, box.y1) for paper in papers):
        return
    if any(paper.overlaps(box) for paper in papers):
        text.set_bbox({"facecolor": PAPER, "edgecolor": "none", "pad": 1.5, "alpha": 0.85})
        return
    colour = to_hex(text.get_color())
    if luminance(colour) < DARK:
        red, green, blue = (0.45 * part + 0.55 for part in to_rgb(colour))
        text.set_color(_SHADES.get(colour) or to_hex((red, green, blue)))
    if patch := text.get_bbox_patch():
        patch.set_visible(False)


def _dress(ax: Axes) -> None:
    ax.set_facecolor(PAPER)
    for side in ("top", "right"):
        ax.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        ax.spines[side].set_color(MUTED)
    ax.tick_params(colors=INK, labelsize=9, length=3, color=MUTED)
    ax.set_axisbelow(True)


def titles(ax: Axes, title: str, *, x: str = "", y: str = "", note: str = "") -> None:
    """Write the title, the labels of the axes with their units, and a note in small print under the title.

    On narrow axes the texts are smaller, down to two thirds.
    """
    width, height = size_of(ax)
    shown, size = _fitting(title, 12, width)
    pad = 24 if note else 8
    ax.set_title(shown, loc="left", fontsize=size, fontweight="bold", color=INK, pad=pad, parse_math=False)
    if note:
        shown, size = _fitting(note, 9, width)
        write_text(
            ax, shown, (0, 1), offset=(0, 8), size=size, color=MUTED, va="bottom", coords="axes fraction"
        )
    for write, text, room in ((ax.set_xlabel, x, width), (ax.set_ylabel, y, height)):
        shown, size = _fitting(text, 10, room)
        write(shown, fontsize=size, color=INK, parse_math=False)


def fitted(text: str, size: float, ax: Axes) -> tuple[str, float]:
    """A text for above or below an Axes, and its size in points, so that it is no wider than these."""
    return _fitting(text, size, size_of(ax)[0])


def _fitting(text: str, size: float, room: float) -> tuple[str, float]:
    """The text, and its size in points where it has so much room; one of unusual length loses its middle."""
    text = drawable(text)
    if len(text) > LONG and text_width(text, size) > 1.5 * room:
        text = drawable(text, longest=max(int(1.5 * room / text_width(text, size) * len(text)), 9))
    return text, size * min(max(room / max(text_width(text, size), 1e-9), 2 / 3), 1.0)


def key(ax: Axes, text: str, y: float, color: str, *, size: float = 8.5) -> None:
    """Write a name with a swatch of its colour to the right of the axes, at a share `y` of their height."""
    beside = offset_copy(ax.transAxes, ax.figure, x=9, y=0, units="points")  # type: ignore[arg-type]
    ax.plot([1.0], [y], marker="s", ms=0.65 * size, color=color, transform=beside, clip_on=False)
    write_text(ax, text, (1.0, y), offset=(16, 0), size=size, coords="axes fraction")


def write_text(
    ax: Axes,
    text: str,
    at: tuple[float, float],
    *,
    offset: tuple[float, float] = (0.0, 0.0),
    size: float = 9.0,
    color: str = INK,
    ha: Literal["left", "center", "right"] = "left",
    va: Literal["bottom", "center", "top", "baseline"] = "center",
    bold: bool = False,
    coords: str = "data",
    patch: bool = False,
) -> Annotation:
    """Write a text at a position, shifted by `offset` points; a "$" in it is never read as mathematics."""
    text = drawable(text)
    box = {"facecolor": "white", "edgecolor": "none", "pad": 1.5, "alpha": 0.85} if patch else None
    note = ax.annotate(
        text, at, offset, xycoords=coords, textcoords="offset points", ha=ha, va=va, fontsize=size,
        color=color, fontweight="bold" if bold else "normal", linespacing=1.15, parse_math=False,
        annotation_clip=False, bbox=box,
    )  # fmt: skip
    note.set_in_layout(len(text) <= LONG)  # so that no text, however long, takes the room of the axes
    return note


def write_above(
    ax: Axes, text: str, at: tuple[float, float], *, gap: float = 3.0, size: float = 7.5, color: str = MUTED
) -> None:
    """Write the value of a bar over its end, `gap` points above it."""
    write_text(ax, text, at, offset=(0, gap), size=size, color=color, ha="center", va="bottom")


def zero_line(ax: Axes) -> None:
    """Draw the line that bars stand on, which is not the edge of the axes where values may be below 0."""
    ax.axhline(0, color=MUTED, lw=0.8)


def hatch(ax: Axes, corner: tuple[float, float], width: float, height: float) -> None:
    """Hatch an empty cell, unlike any colour of the scale."""
    box = Rectangle(corner, width, height, facecolor=EMPTY, edgecolor="#cfcfcf", hatch="///", lw=0, zorder=0)
    ax.add_patch(box)


def dates(axis: Axis) -> None:
    """Label an axis, whose limits are set, with dates: the year once, then its months or days, never hours."""
    low, high = axis.get_view_interval()
    locator = DayLocator() if high - low < FEW_DAYS else AutoDateLocator()  # type: ignore[no-untyped-call]
    axis.set_major_locator(locator)
    axis.set_major_formatter(ConciseDateFormatter(locator))  # type: ignore[no-untyped-call]


def nothing(ax: Axes, text: str = "No customers") -> Axes:
    """Write in the middle of the plot that there is nothing to draw."""
    ax.set(xticks=[], yticks=[])
    write_text(ax, text, (0.5, 0.5), size=14, color=MUTED, ha="center", coords="axes fraction")
    return ax


def spread(wanted: npt.NDArray[np.float64], apart: float, low: float, high: float) -> npt.NDArray[np.float64]:
    """Move positions as little as needed so that any two are `apart`, and all lie from `low` to `high`.

    Least squares, by pooling neighbours; if there is no room for all, they begin at `low`.

    Examples
    --------
    >>> spread(np.array([5.0, 1.0, 5.0]), 2.0, 0.0, 10.0).tolist()
    [4.0, 1.0, 6.0]
    """
    order = np.argsort(wanted, kind="stable")
    steps = apart * np.arange(len(wanted))
    blocks: list[tuple[float, int]] = []
    for value in (wanted[order] - steps).tolist():
        blocks.append((value, 1))
        while len(blocks) > 1 and blocks[-2][0] > blocks[-1][0]:
            (a, n), (b, m) = blocks[-2:]
            blocks[-2:] = [((a * n + b * m) / (n + m), n + m)]
    placed = np.empty(len(wanted))
    pooled = np.repeat([value for value, _ in blocks], [n for _, n in blocks])
    placed[order] = np.clip(pooled, low, max(high - steps[-1], low)) + steps
    return placed


def size_of(ax: Axes) -> tuple[float, float]:
    """Return the width and the height of the data area, in points."""
    box, points = ax.get_window_extent(), 72 / ax.figure.dpi
    return box.width * points, box.height * points


def text_width(text: str, size: float = 1.0) -> float:
    """Estimate the width of a bold text in points: one em per Chinese character, less for Latin ones."""
    narrow, wide = set(" .,;:'|!()[]fijlrtI-·"), set("mwMW%")
    ems = (1.0 if has_cjk(c) or c in wide else 0.42 if c in narrow else 0.7 for c in text)
    return size * sum(ems)


def units(axis: Axis, form: Callable[[float], str], *, bins: int = 6, integer: bool = False) -> None:
    """Label an axis with numbers in short form, and draw a faint grid across it."""
    axis.set_major_locator(MaxNLocator(nbins=bins, integer=integer, steps=[1, 2, 2.5, 5, 10]))
    axis.set_major_formatter(FuncFormatter(lambda value, _: form(value)))
    axis.grid(True, color=GRID, linewidth=0.8)
