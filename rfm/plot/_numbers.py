"""Numbers in short form: 12.3k, 45%."""

from __future__ import annotations

import numpy as np

__all__ = ["count", "number", "percent"]

LARGE = 1e9  # billions


def number(value: float) -> str:
    """Write a number in short form: at most three figures.

    Examples
    --------
    >>> [number(v) for v in (0, 0.1234, 7, 12345, 999_950, 2.5e6, -1200, 1e300)]
    ['0', '0.123', '7', '12.3k', '1M', '2.5M', '−1.2k', '1e+300']
    """
    if not np.isfinite(value):
        return "–"
    size, suffix = float(f"{abs(value):.3g}"), ""
    for step, letter in ((1e9, "B"), (1e6, "M"), (1e3, "k")):
        if size >= step:
            size, suffix = size / step, letter
            break
    if size >= LARGE:  # billions of billions are nobody's money
        text, suffix = f"{abs(value):.3g}", ""
    else:
        text = f"{size:.3g}" if size < 1000 else f"{size:,.0f}"
    return f"{'−' if value < 0 and size else ''}{text}{suffix}"


def count(value: float, thing: str = "customer") -> str:
    """Write a number with its noun.

    Examples
    --------
    >>> [count(v) for v in (0, 1, 23_570)], count(2, "purchase day")
    (['0 customers', '1 customer', '23.6k customers'], '2 purchase days')
    """
    return f"{number(value)} {thing}{'' if value == 1 else 's'}"


def percent(share: float) -> str:
    """Write a share of one as a percentage; with a decimal only where it matters.

    Examples
    --------
    >>> [percent(s) for s in (0, 0.0004, 0.045, 0.453, 0.998, 1)]
    ['0%', '<0.1%', '4.5%', '45%', '99.8%', '100%']
    """
    if not np.isfinite(share):
        return "–"
    if 0 < share < 0.0005:
        return "<0.1%"
    fine = abs(share) < 0.0995 or 0.99 < share < 1
    text = f"{100 * abs(share):.{int(fine)}f}"
    text = text.removesuffix(".0")
    return f"{'−' if share < 0 and text != '0' else ''}{text}%"
