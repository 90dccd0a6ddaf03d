"""Chinese labels: find an installed CJK font by name and append it to the user's own fonts."""

from __future__ import annotations

import functools

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

from rfm._issuing import warn

__all__ = ["CJK_FONTS", "cjk_fonts", "has_cjk", "look_again", "with_cjk"]

# By name, Traditional before Simplified, what each system ships first.
CJK_FONTS = (
    "Noto Sans CJK TC", "Noto Sans CJK HK", "Noto Sans CJK SC", "Noto Sans CJK JP", "Noto Sans TC",
    "Noto Sans SC", "Source Han Sans TC", "Source Han Sans SC", "PingFang TC", "PingFang HK", "PingFang SC",
    "Heiti TC", "Hiragino Sans GB", "Microsoft JhengHei", "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei",
    "WenQuanYi Zen Hei", "Noto Serif CJK TC", "Noto Serif CJK SC", "Noto Serif CJK JP", "AR PL UMing TW",
    "Droid Sans Fallback", "Arial Unicode MS",
)  # fmt: skip
_SIMPLIFIED = frozenset(
    {
        "Noto Sans CJK SC", "Noto Sans SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB",
        "Microsoft YaHei", "SimHei", "WenQuanYi Micro Hei", "WenQuanYi Zen Hei", "Noto Serif CJK SC",
    }
)  # fmt: skip
# Radicals to unified ideographs, compatibility ideographs, full-width forms, and the planes beyond.
_BLOCKS = ((0x2E80, 0x9FFF), (0xF900, 0xFAFF), (0xFE30, 0xFE4F), (0xFF00, 0xFFEF), (0x20000, 0x3FFFF))


def has_cjk(text: str) -> bool:
    """Whether a text has Chinese (or Japanese) characters.

    Examples
    --------
    >>> has_cjk("重要客戶 VIP"), has_cjk("VIP – café")
    (True, False)
    """
    return any(low <= ord(character) <= high for character in text for low, high in _BLOCKS)


def cjk_fonts(*, simplified: bool = False) -> list[str]:
    """Return the installed CJK fonts, by name, in the order in which they are tried.

    Fonts for traditional characters go first, or those for simplified ones: the same character is drawn a
    little differently in the two.

    Matplotlib keeps its list of fonts between processes and does not notice a font installed later. If the list
    has none for Chinese, the system's font files are searched again, once per process.
    """
    if not (names := _listed()):
        look_again()
        names = _listed()
    return sorted(names, key=lambda name: name not in _SIMPLIFIED) if simplified else names


def _listed() -> list[str]:
    """The CJK fonts that Matplotlib knows of, in the order in which they are tried."""
    installed = set(font_manager.fontManager.get_font_names())
    return [name for name in CJK_FONTS if name in installed]


@functools.cache
def look_again() -> None:
    """Add the CJK fonts among the system's font files that Matplotlib has not listed; other fonts stay out."""
    manager = font_manager.fontManager
    known = {entry.fname for entry in manager.ttflist}
    for path in sorted(set(font_manager.findSystemFonts()) - known):
        try:
            name = FT2Font(path).family_name
        except (OSError, RuntimeError):  # not a readable font; Matplotlib's own list omits it as well
            continue
        if name in CJK_FONTS:
            manager.addfont(path)


def with_cjk(ax: Axes) -> None:
    """Append the installed CJK fonts to the font list of every text in `ax` that needs one.

    The user's own fonts stay first, and no global setting changes. Matplotlib then takes each character from
    the first font of the list that holds it.

    Warns
    -----
    UserWarning
        Once per picture, if a text needs a CJK font and none is installed.
    """
    texts = [text for text in ax.findobj(Text) if isinstance(text, Text) and has_cjk(text.get_text())]
    if not texts:
        return
    fonts = cjk_fonts()
    if not fonts:
        warn(
            "No CJK font is installed, so Chinese labels are drawn as boxes. Hint: install one, such as Noto Sans CJK "
            "(Debian: apt-get install fonts-noto-cjk), and start Python again.",
            UserWarning,
        )
    for text in texts:
        own = text.get_fontfamily()
        text.set_fontfamily([*own, *(font for font in fonts if font not in own)])
