"""Compressed files: their bytes, and files that were cut short."""

from __future__ import annotations

import bz2
import gzip
import lzma
import zipfile

import pytest

from clv._files.opened import opened
from rfm.errors import DataError

BYTES = bytes(range(256)) * 2_000


def zst(content):
    return pytest.importorskip("zstandard").compress(content)


PACK = {"gz": gzip.compress, "bz2": bz2.compress, "xz": lzma.compress, "zst": zst, "csv": bytes}


@pytest.mark.parametrize("ending", PACK)
def test_the_bytes_are_those_before(tmp_path, ending):
    path = tmp_path / f"o.{ending}"
    path.write_bytes(PACK[ending](BYTES))
    with opened(path) as file:
        assert file.read(1_000) + file.read() == BYTES


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "zst"])
def test_several_frames_are_one_file(tmp_path, ending):
    path = tmp_path / f"o.{ending}"
    path.write_bytes(PACK[ending](BYTES) + PACK[ending](b"more"))
    with opened(path) as file:
        assert file.read() == BYTES + b"more"


@pytest.mark.parametrize("ending", ["gz", "bz2", "xz", "zst"])
def test_a_file_that_was_cut_short_is_no_shorter_file(tmp_path, ending):
    path = tmp_path / f"o.{ending}"
    whole = PACK[ending](BYTES)
    for size in (1, len(whole) // 2, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.raises(Exception, match=r"end|Invalid|Not a gzip"), opened(path) as file:
            file.read()


@pytest.mark.parametrize(
    ("names", "message"), [((), "it holds no file, not one"), (("a", "b"), "2 files, such as 'a'")]
)
def test_an_archive_of_one_file(tmp_path, names, message):
    path = tmp_path / "o.csv.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in names:
            archive.writestr(name, "x")
    with pytest.raises(DataError, match=message + r".* Hint: is it really a \.csv\.zip file"), opened(path):
        pass
