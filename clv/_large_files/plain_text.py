"""A large file of text as one that DuckDB reads: in UTF-8, and not compressed."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any, Final, cast

from clv._files.opened import COMPRESSED, opened
from clv._files.text_files import Layout

__all__ = ["plain_text"]

CHUNK: Final = 1 << 22  # characters at a time


def plain_text(path: Path, layout: Layout, folder: Path) -> Path:
    """The file itself, or a copy of it in a folder, decompressed and in UTF-8.

    Parameters
    ----------
    path : Path
    layout : Layout
        Its encoding.
    folder : Path
        With room for the copy.
    """
    encoding = str(layout.found.encoding)
    if encoding in ("utf-8", "utf-8-sig", "ascii") and path.suffix.lower() not in COMPRESSED:
        return path
    copy = folder / "plain.csv"
    with (
        opened(path) as raw,
        io.TextIOWrapper(cast(Any, raw), encoding=encoding, newline="") as text,
        copy.open("w", encoding="utf-8", newline="") as plain,
    ):
        while chunk := text.read(CHUNK):
            plain.write(chunk)
    return copy
