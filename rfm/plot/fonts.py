"""Chinese labels: find an installed CJK font by name and put it behind the user's own fonts."""

from __future__ import annotations

import warnings

from matplotlib import font_manager
from matplotlib.axes import Axes
from matplotlib.text import Text

__all__ = ["cjk_fonts", "has_cjk", "with_cjk"]

# By name, Traditional before Simplified, what each system ships first.
_NAMES = (
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
    """Say whether a text holds Chinese (or Japanese) characters.

    Examples
    --------
    >>> has_cjk("重要客戶 VIP"), has_cjk("VIP – café")
    (True, False)
    """
    return any(low <= ord(character) <= high for character in text for low, high in _BLOCKS)


def cjk_fonts(*, simplified: bool = False) -> list[str]:
    """Return the installed CJK fonts, by name, in the order in which they are tried.

    Fonts for traditional characters go first, or those for simplified ones: the same character is written a
    little differently in the two.
    """
    installed = set(font_manager.fontManager.get_font_names())
    names = [name for name in _NAMES if name in installed]
    return sorted(names, key=lambda name: name not in _SIMPLIFIED) if simplified else names


def with_cjk(ax: Axes) -> None:
    """Append the installed CJK fonts to the font list of every text in `ax` that needs one.

    The user's own fonts stay first, and no global setting changes. Matplotlib then takes each character from
    the first font of the list that holds it.

    Warns
    -----
    UserWarning
        Once for the picture, when a text needs a CJK font and none is installed.
    """
    texts = [text for text in ax.findobj(Text) if isinstance(text, Text) and has_cjk(text.get_text())]
    if not texts:
        return
    fonts = cjk_fonts()
    if not fonts:
        warnings.warn(
            "No CJK font is installed, so Chinese labels show as boxes. "
            "Hint: install one, such as Noto Sans CJK (Debian: apt-get install fonts-noto-cjk).",
            UserWarning,
            stacklevel=2,
        )
    for text in texts:
        own = text.get_fontfamily()
        text.set_fontfamily([*own, *(font for font in fonts if font not in own)])
