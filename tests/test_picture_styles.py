"""Every picture on a dark figure, under another font size, and in a tight grid: its texts can still be read."""

from __future__ import annotations

import warnings
from collections.abc import Iterator
from typing import Any

import matplotlib.pyplot as plt
import pytest
from matplotlib.axes import Axes
from matplotlib.colors import to_rgb
from matplotlib.patches import Rectangle
from matplotlib.text import Text

from rfm.plot._colors import luminance
from tests.test_wrong_pictures import calls

STYLES: dict[str, Any] = {
    "dark background": ["dark_background"],
    "large font": [{"font.size": 20}],
    "small font": [{"font.size": 6}],
}
LEAST = 3.0  # contrast of large or bold texts, WCAG 2


def pictures() -> Iterator[tuple[str, Any, dict[str, Any]]]:
    for name, (function, arguments) in calls().items():
        if not name.endswith(("_data", "segment_colors", "squarify")):
            yield name, function, arguments


def contrast(one: Any, other: Any) -> float:
    low, high = sorted([luminance(to_rgb(one)), luminance(to_rgb(other))])
    return (high + 0.05) / (low + 0.05)


def papers(ax: Axes) -> list[Any]:
    """The white areas."""
    axes = [each for each in (ax, *ax.child_axes) if isinstance(each, Axes)]
    whole = any(isinstance(patch, Rectangle) and patch.get_zorder() == -10 for patch in ax.patches)
    return [each.get_window_extent() for each in axes if each.axison or whole]


def unreadable(ax: Axes) -> list[str]:
    """Texts that lie outside the white areas, and have too little contrast with the figure."""
    areas, background = papers(ax), ax.figure.get_facecolor()[:3]
    found = []
    for text in ax.findobj(Text):
        if not isinstance(text, Text) or not text.get_text().strip() or not text.get_visible():
            continue
        box = text.get_window_extent()
        outside = not any(area.overlaps(box) for area in areas)
        if outside and box.width > 0 and contrast(text.get_color(), background) < LEAST:
            found.append(text.get_text())
    return found


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_texts_can_be_read_in_a_tight_grid(style):
    faults: dict[str, list[str]] = {}
    with plt.style.context(STYLES[style]), warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)  # of fonts
        for name, function, arguments in pictures():
            figure, axes = plt.subplots(2, 3, figsize=(15, 8), layout="constrained")
            ax = axes[0][1]
            function(**arguments, ax=ax)
            figure.canvas.draw()
            if missing := unreadable(ax):
                faults[name] = missing
            plt.close(figure)
    assert faults == {}


@pytest.mark.slow
@pytest.mark.parametrize("style", STYLES)
def test_a_picture_of_its_own_is_the_same_in_every_style(style):
    """Its own figure is white, and the titles are as large as ever."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", UserWarning)
        for name, function, arguments in pictures():
            with plt.style.context(STYLES[style]):
                ax = function(**arguments)
            plain = function(**arguments)
            assert ax.figure.get_facecolor() == (1.0, 1.0, 1.0, 1.0), name
            title, other = ax.get_title(loc="left"), plain.get_title(loc="left")
            assert title == other, name
            for mine, theirs in zip(ax.texts, plain.texts, strict=True):
                assert (mine.get_text(), mine.get_color()) == (theirs.get_text(), theirs.get_color()), name
