"""Warnings that name the line of the user's code, through however many functions of the library it went."""

from __future__ import annotations

import sys
import warnings
from pathlib import Path
from types import FrameType
from typing import Final

from rfm.errors import DataWarning

__all__ = ["warn"]

PACKAGES: Final = tuple(f"{Path(__file__).parent.parent.as_posix()}/{name}/" for name in ("rfm", "clv"))


def warn(message: str | Warning, category: type[Warning] = DataWarning) -> None:
    """Issue a warning at the line that called the library: what is above its outermost function.

    Counting levels by hand goes wrong as soon as a function is called through another, or a computation is lazy.

    Parameters
    ----------
    message : str or Warning
        What the data or the options lack, and a hint; or a warning that was caught.
    category : type
        Its class, if it is a text.
    """
    frame: FrameType | None = sys._getframe()
    level = outermost = 1
    while frame is not None:
        if frame.f_code.co_filename.replace("\\", "/").startswith(PACKAGES):
            outermost = level
        frame, level = frame.f_back, level + 1
    warnings.warn(message, category, stacklevel=outermost + 1)
