"""The palette: safe for the colour-blind, in families by value, ordered also in greyscale."""

from __future__ import annotations

from collections.abc import Hashable, Iterable

from matplotlib.colors import LinearSegmentedColormap, to_hex, to_rgb

from rfm._options import items, received
from rfm.errors import DataError

__all__ = [
    "ACCENT",
    "EMPTY",
    "FAMILIES",
    "GRID",
    "INK",
    "INK_ON_LIGHT",
    "MUTED",
    "PALETTE",
    "PALE_INK",
    "PALE_MUTED",
    "PAPER",
    "SEQUENTIAL",
    "ink_on",
    "luminance",
    "segment_colors",
]  # fmt: skip

INK = "#222222"
MUTED = "#6b6b6b"
GRID = "#e3e3e3"
EMPTY = "#f4f4f4"
PAPER = "white"
INK_ON_LIGHT = "#1f1f1f"  # on a coloured area, whatever is around it
PALE_INK = "#f0f0f0"
PALE_MUTED = "#b8b8b8"
ACCENT = "#c8501e"

# Families by the value of the customer, high to low; dark to light within each, so grey prints keep an order.
FAMILIES: dict[str, tuple[str, ...]] = {
    "best": ("#08306b", "#1c5a9c", "#4a90c8", "#8fbfe0"),
    "growing": ("#004a43", "#007d70", "#4cb5a5", "#b5ebe0"),
    "waiting": ("#bd8a00", "#e6b93c", "#f7e2a6"),
    "slipping": ("#8c2d04", "#c8501e", "#f0966c"),
    "gone": ("#545454", "#888888", "#c0c0c0"),
}
PALETTE: tuple[str, ...] = tuple(colour for family in FAMILIES.values() for colour in family)
SEQUENTIAL = LinearSegmentedColormap.from_list("rfm", ["#f2f7fb", "#a9cde6", "#4a90c8", "#1c5a9c", "#08306b"])

# The names of the built-in schemes, by family and shade.
_NAMES: dict[str, tuple[str, ...]] = {
    "best": (
        "VIP; champions; best; diamond; high; best customers",
        "loyal; loyal customers",
        "big spenders; mid; active",
        "repeat; low; lowest spending active loyal customers",
    ),
    "growing": (
        "potential loyalist; potential loyalists",
        "new; new customers; recent; recent customers; high spending new customers",
        "promising",
        "",
    ),
    "waiting": (
        "needs attention; need attention; customers needing attention",
        "about to sleep; gold",
        "others",
    ),
    "slipping": (
        "can't lose; can’t lose them; almost lost; VIP slipping; churned best customers",
        "at risk; slipping",
        "lost best; previously loyal",
    ),
    "gone": (
        "hibernating; dormant",
        "lost; inactive",
        "lost cheap; silver; lapsed; prospects; other customers",
    ),
}
_KNOWN: dict[str, str] = {"not yet": "#e9e9e9"} | {
    name: FAMILIES[family][shade]
    for family, shades in _NAMES.items()
    for shade, names in enumerate(shades)
    for name in names.casefold().split("; ")
}


def luminance(colour: str | tuple[float, ...]) -> float:
    """The relative luminance of a colour, 0 for black to 1 for white (WCAG 2)."""
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in to_rgb(colour))  # type: ignore[arg-type]
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def ink_on(colour: str | tuple[float, float, float, float]) -> str:
    """Return white or near-black, whichever has the higher contrast on `colour`."""
    light = luminance(colour)
    return "white" if 1.05 / (light + 0.05) > (light + 0.05) / 0.065 else INK_ON_LIGHT


def segment_colors(segments: Iterable[Hashable]) -> dict[Hashable, str]:
    """Return one fixed colour for each segment name.

    A name of a built-in scheme always has the same colour. Other names take, by
    their position in the order given (best first), the nearest free colour of the same ramp: blue for the best,
    then teal, amber, vermilion, and grey for those who have left.

    Parameters
    ----------
    segments : iterable of hashable
        Names, best first.

    Returns
    -------
    dict
        name -> hex colour.

    See Also
    --------
    shares, treemap : Pictures with these colours.

    Examples
    --------
    >>> segment_colors(["night owls", "day trippers"])
    {'night owls': '#08306b', 'day trippers': '#c0c0c0'}
    """
    names = items("segments", segments, 'segments=["VIP", "lost"]')
    if odd := [name for name in names if not isinstance(name, Hashable)]:
        raise DataError(f"segments must hold names; got {received(odd[0])}. Hint: make them text.")
    names = list(dict.fromkeys(names))
    known = {name: _KNOWN[_key(name)] for name in names if _key(name) in _KNOWN}
    free = [colour for colour in PALETTE if colour not in known.values()]
    unknown = [name for name in names if name not in known]
    if len(unknown) > len(free):
        ramp = LinearSegmentedColormap.from_list("segments", PALETTE)
        made = {name: to_hex(ramp(i / (len(unknown) - 1))) for i, name in enumerate(unknown)}
        return {name: known.get(name) or made[name] for name in names}
    for name in unknown:
        place = names.index(name) / max(len(names) - 1, 1) * (len(PALETTE) - 1)
        known[name] = min(free, key=lambda colour: abs(PALETTE.index(colour) - place))
        free.remove(known[name])
    return {name: known[name] for name in names}


def _key(name: Hashable) -> str:
    return str(name).casefold().replace("_", " ").replace("-", " ").strip()
