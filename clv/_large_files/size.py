"""Which files are read in parts: those whose rows would not fit into memory comfortably."""

from __future__ import annotations

from pathlib import Path
from typing import Final

__all__ = ["is_large", "is_parquet", "parquet_columns"]

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


def parquet_columns(path: Path) -> list[str]:
    """The names of the columns of a Parquet file, of which no row is read."""
    import pyarrow.parquet as pq  # noqa: PLC0415

    return [str(name) for name in pq.read_schema(path).names]
