"""Pictures of the report: their words in its language, inlined as data."""

from __future__ import annotations

import base64
import io
from typing import TYPE_CHECKING, Any

from matplotlib.text import Text

from clv._report.page import Picture
from clv._report.translation import Terms
from rfm.plot._fonts import cjk_fonts, has_cjk

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["PICTURE_DPI", "draw", "translate"]

PICTURE_DPI = 120


def draw(ax: Axes, alt: str, terms: Terms, *, simplified: bool = False) -> Picture:
    """A drawn picture as a PNG data URI; the same bytes for the same picture.

    Parameters
    ----------
    ax : matplotlib Axes
        The picture; its figure is cleared.
    alt : str
        What it shows: its caption on the page, which is why it needs no title of its own.
    terms : Terms
        Its words in the language of the page.
    simplified : bool
        Whether Chinese words are written in simplified characters, whose fonts then go first.
    """
    ax.set_title("", loc="left")
    translate(ax, terms, simplified=simplified)
    buffer = io.BytesIO()
    figure: Any = ax.get_figure()
    figure.savefig(buffer, format="png", dpi=PICTURE_DPI, metadata={"Software": None})
    figure.clear()
    return Picture("data:image/png;base64," + base64.b64encode(buffer.getvalue()).decode("ascii"), alt)


def translate(ax: Axes, terms: Terms, *, simplified: bool = False) -> None:
    """Say every text of a picture in the words of a language, in fonts that have its characters."""
    fonts = cjk_fonts(simplified=simplified)
    for text in ax.findobj(Text):
        assert isinstance(text, Text)
        text.set_text(terms(text.get_text()))
        if has_cjk(text.get_text()):
            own = [font for font in text.get_fontfamily() if font not in fonts]
            text.set_fontfamily([*own, *fonts])
