"""Pictures of the report, inlined as data."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

from matplotlib.dates import ConciseDateFormatter
from matplotlib.text import Text

from clv._report.page import Picture
from rfm.plot._fonts import cjk_fonts, has_cjk

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PICTURE_DPI", "draw", "number_months", "simplify"]

PICTURE_DPI = 120


def draw(ax: Axes, alt: str, *, simplified: bool = False, english: bool = True) -> Picture:
    """A drawn picture as a PNG data URI; the same bytes for the same picture.

    Parameters
    ----------
    ax : matplotlib Axes
        The picture; its figure is cleared.
    alt : str
        Its description: the caption on the page, so that no title is needed.
    simplified : bool
        Whether its Chinese words are in simplified characters, whose fonts then go first.
    english : bool
        Whether months may have their English names.
    """
    ax.set_title("", loc="left")
    if not english:
        number_months(ax)
    if simplified:
        simplify(ax)
    buffer = io.BytesIO()
    figure: Any = ax.get_figure()
    figure.savefig(buffer, format="png", dpi=PICTURE_DPI, metadata={"Software": None})
    figure.clear()
    return Picture("data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii"), alt)


def number_months(ax: Axes) -> None:
    """Write the months of an axis of dates as numbers, since matplotlib knows their English names only."""
    for axis in (ax.xaxis, ax.yaxis):
        formatter = axis.get_major_formatter()
        if isinstance(formatter, ConciseDateFormatter):
            formatter.formats[1] = formatter.zero_formats[2] = "%Y-%m"
            formatter.offset_formats = [""] * len(formatter.offset_formats)


def simplify(ax: Axes) -> None:
    """Put the fonts for simplified characters before the others in every text that is Chinese."""
    fonts: list[str] | None = None
    for text in ax.findobj(Text):
        if isinstance(text, Text) and has_cjk(text.get_text()):
            fonts = cjk_fonts(simplified=True) if fonts is None else fonts
            own = [font for font in text.get_fontfamily() if font not in fonts]
            text.set_fontfamily([*own, *fonts])
