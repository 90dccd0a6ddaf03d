"""Bytes of a file as they were before it was compressed."""

from __future__ import annotations

import bz2
import gzip
import importlib
import io
import lzma
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

from rfm.errors import DataError

__all__ = ["COMPRESSED", "opened"]

COMPRESSED: Final = (".gz", ".zip", ".bz2", ".xz", ".zst")


@contextmanager
def opened(path: Path) -> Iterator[BinaryIO]:
    """The bytes of a file, decompressed as its ending says.

    Yields
    ------
    file
        At its beginning.

    Raises
    ------
    DataError
        If a zip archive holds no file or several.
    ImportError
        For .zst, if the package zstandard is not installed.
    """
    ending = path.suffix.lower()
    if ending == ".zip":
        with zipfile.ZipFile(path) as archive, archive.open(_only(archive, path)) as file:
            yield cast(BinaryIO, file)
        return
    ways: dict[str, Any] = {".gz": gzip.open, ".bz2": bz2.open, ".xz": lzma.open, ".zst": _open_zst}
    with ways.get(ending, io.open)(path, "rb") as file:
        yield cast(BinaryIO, file)


def _only(archive: zipfile.ZipFile, path: Path) -> str:
    """The one file of an archive; what macOS adds to its own archives does not count.

    Raises
    ------
    DataError
    """
    names = [
        name for name in archive.namelist() if not name.endswith("/") and not name.startswith("__MACOSX/")
    ]
    if len(names) != 1:
        what = f"{len(names):,} files, such as {names[0]!r}" if names else "no file"
        raise DataError(
            f"{path.name} cannot be read: it holds {what}, not one. Hint: is it really a "
            f"{''.join(path.suffixes[-2:])} file, and is it whole?"
        )
    return names[0]


def _open_zst(path: Path, mode: str) -> io.BufferedReader:
    """A file of Zstandard."""
    return io.BufferedReader(_Zst(path.open("rb"), importlib.import_module("zstandard")))


class _Zst(io.RawIOBase):
    """The content of a Zstandard file; unlike the package's own reader, it notices a file that was cut short."""

    def __init__(self, file: BinaryIO, zstandard: Any) -> None:
        self._file, self._new = file, zstandard.ZstdDecompressor().decompressobj
        self._frame, self._ready = self._new(), b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._ready:
            packed = self._frame.unused_data if self._frame.eof else b""
            if self._frame.eof and packed:
                self._frame = self._new()
            packed = packed or self._file.read(_AT_ONCE)
            if not packed:
                break
            if self._frame.eof:
                self._frame = self._new()
            self._ready = self._frame.decompress(packed)
        if not self._ready and not self._frame.eof:
            raise EOFError("it ends before its end marker")
        count = min(len(buffer), len(self._ready))
        buffer[:count], self._ready = self._ready[:count], self._ready[count:]
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


_AT_ONCE: Final = 1 << 16
