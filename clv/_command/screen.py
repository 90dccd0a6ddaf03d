"""What the command prints: to the screen, and nothing that a terminal obeys."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from rfm.errors import printable

__all__ = ["complain", "forget_output", "say"]


def say(text: str, file: TextIO | None = None) -> None:
    """Print text whose lines hold no character that a terminal obeys or its encoding lacks."""
    stream = sys.stdout if file is None else file
    if stream is None:  # it was closed before the start
        return
    lines = "\n".join(map(printable, text.split("\n")))
    encoding = stream.encoding or "utf-8"
    print(lines.encode(encoding, "backslashreplace").decode(encoding), file=stream)


def complain(text: str) -> None:
    """Print an error to the standard error output."""
    if sys.stderr is not None:
        say(f"rfm-clv: {text}", sys.stderr)


def forget_output() -> None:
    """Send what is still to be printed nowhere, or Python complains about it at its end."""
    try:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except (OSError, ValueError, AttributeError):
        return  # it is no file of the system, so nothing is left to be printed
