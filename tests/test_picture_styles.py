"""Every picture on a dark figure, under another font size, and in a tight grid: its texts can still be read."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from itertools import combinations
from typing import Any

import matplotlib.pyplot as plt
import numpy as np
import numpy.typing as npt
import pytest
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.colors import to_rgb
from matplotlib.figure import Figure
from matplotlib.text import Text

from rfm.plot._colors import luminance
from tests.test_wrong_pictures import calls

STYLES: dict[str, Any] = {
    "as it is": [],
    "dark background": ["dark_background"],
    "large font": [{"font.size": 20}],
    "small font": [{"font.size": 6}],
}
LEAST = 3.0  # contrast of large or bold texts, WCAG 2
GRID = (2, 3)
APART = 0.35  # share of the smaller of two texts that the larger may cover


def pictures() -> list[tuple[str, Any, dict[str, Any]]]:
    return [
        (name, function, arguments)
        for name, (function, arguments) in calls().items()
        if not name.endswith(("_data", "segment_colors", "squarify"))
    ]


def grids() -> Iterator[tuple[Figure, dict[str, Axes]]]:
    """Figures of six pictures each."""
    every = pictures()
    size = GRID[0] * GRID[1]
    for start in range(0, len(every), size):
        figure, axes = plt.subplots(*GRID, figsize=(15, 8), layout="constrained")
        drawn = {}
        for ax, (name, function, arguments) in zip(axes.flat, every[start : start + size], strict=False):
            function(**arguments, ax=ax)
            drawn[name] = ax
        figure.canvas.draw()
        yield figure, drawn
        plt.close(figure)


def texts(ax: Axes) -> list[Text]:
    """The texts that are drawn: no labels of ticks beyond the axes."""
    found = [text for text in ax.findobj(Text) if isinstance(text, Text)]
    hidden = {
        id(label)
        for each in (ax, *ax.child_axes)
        if isinstance(each, Axes)
        for axis in (each.xaxis, each.yaxis)
        for tick in axis.get_major_ticks()
        for label in (tick.label1, tick.label2)
        if not each.axison
        or not min(axis.get_view_interval()) <= tick.get_loc() <= max(axis.get_view_interval())
    }
    return [
        text
        for text in dict.fromkeys(found)
        if id(text) not in hidden
        and text.get_text().strip()
        and text.get_visible()
        and text.get_window_extent().width > 0
    ]


def contrast(one: Any, other: Any) -> float:
    low, high = sorted([luminance(to_rgb(one)), luminance(to_rgb(other))])
    return (high + 0.05) / (low + 0.05)


def painted(figure: Figure, every: list[Text]) -> npt.NDArray[np.float64]:
    """The picture without its texts, but with the papers under them."""
    colours = [text.get_color() for text in every]
    for text in every:
        text.set_color((0, 0, 0, 0))
    figure.canvas.draw()
    image = np.asarray(figure.canvas.buffer_rgba(), dtype=float)[::-1, :, :3] / 255  # type: ignore[attr-defined]
    for text, colour in zip(every, colours, strict=True):
        text.set_color(colour)
    return image


def behind(image: npt.NDArray[np.float64], text: Text) -> npt.NDArray[np.float64]:
    """The middle colour of what lies under a text."""
    box = text.get_window_extent()
    rows, columns = (
        slice(max(int(low), 0), max(int(high), 0) + 1) for low, high in ((box.y0, box.y1), (box.x0, box.x1))
    )
    part = image[rows, columns].reshape(-1, 3)
    return np.median(part, axis=0) if len(part) else np.ones(3)


@pytest.mark.nightly
@pytest.mark.parametrize("style", STYLES)
def test_texts_can_be_read_in_a_tight_grid(style):
    faults: dict[str, list[str]] = {}
    with plt.style.context(STYLES[style]), warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No CJK font", UserWarning)
        for figure, drawn in grids():
            every = {name: texts(ax) for name, ax in drawn.items()}
            image = painted(figure, [text for own in every.values() for text in own])
            height, width = image.shape[:2]
            for name, own in every.items():
                for text in own:
                    box = text.get_window_extent()
                    if contrast(text.get_color(), behind(image, text)) < LEAST:
                        faults.setdefault(name, []).append(f"too pale: {text.get_text()!r}")
                    if min(box.x0, box.y0) < -2 or box.x1 > width + 2 or box.y1 > height + 2:
                        faults.setdefault(name, []).append(f"outside the figure: {text.get_text()!r}")
    assert faults == {}


@pytest.mark.nightly
def test_texts_of_a_picture_do_not_cover_each_other():
    faults: dict[str, list[str]] = {}
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No CJK font", UserWarning)
        for name, function, arguments in pictures():
            ax = function(**arguments)
            FigureCanvasAgg(ax.figure).draw()  # a figure of its own has no canvas that draws
            boxes = [
                (text.get_text(), text.get_window_extent())
                for text in texts(ax)
                if not text.get_rotation() % 90
            ]
            for (one, first), (other, second) in combinations(boxes, 2):
                common = first.intersection(first, second)
                if common is None or one == other:
                    continue
                share = (
                    common.width
                    * common.height
                    / min(first.width * first.height, second.width * second.height)
                )
                if share > APART:
                    faults.setdefault(name, []).append(f"{one!r} and {other!r}: {share:.0%}")
    assert faults == {}


@pytest.mark.nightly
@pytest.mark.parametrize("style", STYLES)
def test_a_picture_of_its_own_is_the_same_in_every_style(style):
    """Its own figure is white, and its texts have the colours and sizes that they always have."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "No CJK font", UserWarning)
        for name, function, arguments in pictures():
            with plt.style.context(STYLES[style]):
                ax = function(**arguments)
            plain = function(**arguments)
            assert ax.figure.get_facecolor() == (1.0, 1.0, 1.0, 1.0), name
            assert ax.get_title(loc="left") == plain.get_title(loc="left"), name
            for mine, theirs in zip(ax.texts, plain.texts, strict=True):
                assert (mine.get_text(), mine.get_color()) == (theirs.get_text(), theirs.get_color()), name
                assert mine.get_fontsize() == theirs.get_fontsize(), name
