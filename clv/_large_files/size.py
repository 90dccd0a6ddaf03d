"""Which files are read in parts: those whose rows would not fit into memory comfortably."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import Final

import pandas as pd

from clv._files.file_format import FileFormat, check_format
from clv._files.opened import opened
from clv._files.reading import ReadFile
from clv._files.text_files import find_layout

__all__ = ["columns_alone", "is_large", "is_parquet"]

TEXTS: Final = (".csv", ".tsv", ".tab", ".txt")
COMPRESSED: Final = (".gz", ".zip", ".bz2", ".xz", ".zst")
LARGE: Final = 500_000_000  # bytes of text, which take ten times as many in memory
SMALLER: Final = 5  # Parquet and compressed text hold so many times more rows in as many bytes


def is_parquet(path: Path) -> bool:
    """Whether a file is Parquet, by its ending."""
    return path.suffix.lower() == ".parquet"


def is_large(path: Path, most: int = LARGE) -> bool:
    """Whether a file of orders is to be read in parts.

    Parameters
    ----------
    path : Path
    most : int
        Bytes of text up to which a file is read at once; of Parquet and compressed text a fifth of that.
    """
    compressed = path.suffix.lower() in COMPRESSED
    ending = next(
        (suffix.lower() for suffix in reversed(path.suffixes) if suffix.lower() not in COMPRESSED), ""
    )
    if not path.is_file() or ending not in (*TEXTS, ".parquet"):
        return False
    return path.stat().st_size > (most // SMALLER if compressed or ending == ".parquet" else most)


def columns_alone(path: Path, given: FileFormat) -> ReadFile:
    """A large file without its rows: its columns, and how it is written."""
    if is_parquet(path):
        import pyarrow.parquet as pq  # noqa: PLC0415

        return ReadFile(pd.DataFrame(columns=[str(name) for name in pq.read_schema(path).names]), given, ())
    layout = find_layout(partial(opened, path), path, check_format(given))
    return ReadFile(pd.DataFrame(columns=list(layout.names)), layout.found, layout.notes)
