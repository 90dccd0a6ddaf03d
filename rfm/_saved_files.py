"""Files and folders that are saved whole or not at all."""

from __future__ import annotations

import contextlib
import errno
import hashlib
import os
import secrets
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from rfm._options import file_path
from rfm.errors import DataError

__all__ = ["check_folder", "check_writable", "checksum", "new_folder", "replaced", "write_text"]

WAITS: Final = (0.02, 0.1, 0.4, 1.0)
"""Seconds between attempts to rename on Windows, where a reader or a virus scanner holds a file for a moment."""


@contextlib.contextmanager
def replaced(path: str | os.PathLike[str], hint: str, error: type[DataError] = DataError) -> Iterator[Path]:
    """A new file beside `path` to write to, which takes the place of `path` at the end.

    Whoever reads at any moment finds the old or the new file whole: the new one is on disk before it is renamed,
    and is removed if anything fails. A process that is killed may leave a hidden file whose name ends in ".part". A
    link keeps pointing at its file, and the file keeps its permissions. A pipe or device, such as /dev/stdout, is
    written to directly.

    Parameters
    ----------
    path : str or PathLike
        The file to write.
    hint : str
        The next step if it cannot be written, without its full stop.
    error : type
        Error class of the step.

    Yields
    ------
    Path
        An empty file in the same folder.

    Raises
    ------
    DataError
        Or the given `error`: if the file cannot be written there.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with replaced(folder / "a.txt", "another folder") as beside:
    ...     _ = beside.write_text("whole")
    >>> [file.name for file in folder.iterdir()]
    ['a.txt']
    """
    given = file_path(path, hint, error)
    with _in_words(given, hint, error):
        target, kind = _target(given)
        if kind is not None and not stat.S_ISREG(kind):
            with _reader_of(target, kind):
                yield target
            return
        beside = _beside(target)
        try:
            beside.open("xb").close()
            yield beside
            _on_disk(beside)
            if kind is not None:
                beside.chmod(stat.S_IMODE(kind) & 0o777)
            _rename(beside, target)
            _on_disk(target.parent)
        finally:
            beside.unlink(missing_ok=True)


@contextlib.contextmanager
def new_folder(path: str | os.PathLike[str], hint: str, error: type[DataError] = DataError) -> Iterator[Path]:
    """A new folder beside `path` to write into, which is renamed to `path` at the end.

    Nobody sees it half written, and nothing is left of it if anything fails, so that a second attempt can succeed. A
    process that is killed may leave a hidden folder whose name ends in ".part".

    Parameters
    ----------
    path : str or PathLike
        The folder to make; its parents are made as well.
    hint : str
        The next step if it cannot be made, without its full stop.
    error : type
        Error class of the step.

    Yields
    ------
    Path
        An empty folder.

    Raises
    ------
    DataError
        Or the given `error`: if it exists, or cannot be written.

    Examples
    --------
    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> with new_folder(folder / "base", "another folder") as beside:
    ...     _ = (beside / "a.txt").write_text("whole")
    >>> [file.name for file in folder.rglob("*")]
    ['base', 'a.txt']
    """
    target = file_path(path, hint, error)
    with _in_words(target, hint, error):
        if os.path.lexists(target):
            raise error(f"{target} exists. Hint: {hint}.")
        beside = _beside(target)
        try:
            beside.mkdir(parents=True)
            yield beside
            for inner in beside.rglob("*"):
                _on_disk(inner)
            _on_disk(beside)
            _rename(beside, target)
            _on_disk(target.parent)
        finally:
            shutil.rmtree(beside, ignore_errors=True)


@contextlib.contextmanager
def _in_words(target: Path, hint: str, error: type[DataError]) -> Iterator[None]:
    """Errors of the operating system as the step's own, with the system's reason."""
    try:
        yield
    except OSError as reason:
        raise error(f"{target} cannot be written: {reason.strerror or reason}. Hint: {hint}.") from reason


def _target(path: Path) -> tuple[Path, int | None]:
    """The file that a path stands for, behind any links, and its mode; None if there is none yet.

    Raises
    ------
    OSError
        If it is a folder, a link to itself, or a file that may not be written.
    """
    target = Path(os.path.realpath(path))
    try:
        kind = path.stat().st_mode
    except FileNotFoundError:
        return target, None
    if stat.S_ISDIR(kind):
        raise IsADirectoryError("it is a folder")
    if not os.access(path, os.W_OK):  # renaming would replace it nevertheless
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES))
    return (target if stat.S_ISREG(kind) else path), kind


def _beside(target: Path) -> Path:
    """A hidden name in the same folder that nobody else has, short enough for every file system."""
    return target.with_name(f".{target.name[:50]}.{secrets.token_hex(8)}.part")


@contextlib.contextmanager
def _reader_of(target: Path, kind: int) -> Iterator[None]:
    """Refuse a pipe that nobody reads, for which a writer would wait forever."""
    if not stat.S_ISFIFO(kind):
        yield
        return
    held = os.open(target, os.O_WRONLY | os.O_NONBLOCK)
    try:
        yield
    finally:
        os.close(held)


def _on_disk(path: Path) -> None:
    """Return when a file or folder is on the disk, not in the system's memory only."""
    if os.name == "nt" and path.is_dir():  # Windows opens no folders, and keeps their entries itself
        return
    try:
        opened = os.open(path, os.O_RDWR if os.name == "nt" else os.O_RDONLY)
    except PermissionError:
        if path.is_dir():  # one may write to a folder that one may not list
            return
        raise
    try:
        os.fsync(opened)
    except OSError as reason:
        if reason.errno not in (errno.EINVAL, errno.ENOTSUP):  # file systems that know of no such thing
            raise
    finally:
        os.close(opened)


def _rename(source: Path, target: Path) -> None:
    """Rename over the target; on Windows again after a moment if another program has it open."""
    for wait in WAITS if os.name == "nt" else ():
        try:
            source.replace(target)
        except PermissionError:
            time.sleep(wait)
        else:
            return
    source.replace(target)


def checksum(path: Path) -> str:
    """SHA-256 of a file, or of the names and contents of a folder's files, as hexadecimal digits.

    Files whose names begin with a point or underscore are left out, as readers of Parquet leave them out: other
    programs add and remove these.

    Examples
    --------
    >>> import tempfile
    >>> file = Path(tempfile.mkdtemp()) / "empty"
    >>> file.touch()
    >>> checksum(file)[:16]
    'e3b0c44298fc1c14'
    """
    digest = hashlib.sha256()
    if not path.is_dir():
        _digest(path, digest)
        return digest.hexdigest()
    inner = sorted((file.relative_to(path).as_posix(), file) for file in path.rglob("*") if file.is_file())
    for name, file in inner:
        if not any(part.startswith((".", "_")) for part in name.split("/")):
            digest.update(f"{name}\n{file.stat().st_size}\n".encode("utf-8", "surrogatepass"))
            _digest(file, digest)
    return digest.hexdigest()


def _digest(file: Path, digest: hashlib._Hash) -> None:
    with file.open("rb") as opened:
        while piece := opened.read(2**20):
            digest.update(piece)


def write_text(
    path: str | os.PathLike[str], text: str, hint: str, error: type[DataError] = DataError
) -> None:
    """Write a text file, whole or not at all; see `replaced`.

    Examples
    --------
    >>> write_text("/no/such/folder/a.json", "{}", 'path="model.json"')
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: /no/such/folder/a.json cannot be written: No such file or directory. Hint: path="model.json".
    """
    try:
        content = text.encode("utf-8")
    except UnicodeEncodeError as reason:
        odd = text[reason.start : reason.end][:20]
        raise error(
            f"{path} cannot be written: the text holds {odd!r}, which UTF-8 does not have. Hint: replace it."
        ) from None
    with replaced(path, hint, error) as beside:
        beside.write_bytes(content)


def check_writable(path: str | os.PathLike[str], hint: str, error: type[DataError] = DataError) -> Path:
    """Refuse at once a path to which nothing can be written, before the work that makes its content.

    Examples
    --------
    >>> check_writable("/no/folder/report.html", "another folder")
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: /no/folder/report.html cannot be written: No such file or directory. Hint: another folder.
    """
    given = file_path(path, hint, error)
    with _in_words(given, hint, error):
        target, kind = _target(given)
        if kind is None or stat.S_ISREG(kind):
            os.stat(target.parent)
            with tempfile.TemporaryFile(dir=target.parent):
                pass
            with contextlib.suppress(FileNotFoundError):  # a name that is too long, for one
                target.lstat()
    return given


def check_folder(path: str | os.PathLike[str], hint: str, error: type[DataError] = DataError) -> Path:
    """Refuse at once a folder that is none, cannot be made, or to which nothing can be written; it is not made.

    Examples
    --------
    >>> check_folder("/dev/null/results", "--out results")
    Traceback (most recent call last):
    ...
    rfm.errors.DataError: /dev/null/results cannot be written: Not a directory. Hint: --out results.
    """
    given = file_path(path, hint, error)
    with _in_words(given, hint, error):
        there = given
        while not _exists(there) and there.parent != there:
            there = there.parent
        if not there.is_dir():
            raise NotADirectoryError(errno.ENOTDIR, "it is a file" if there == given else "Not a directory")
        with tempfile.TemporaryFile(dir=there):
            pass
    return given


def _exists(path: Path) -> bool:
    """Whether something is there, also a broken link; other faults of the path are raised."""
    try:
        path.lstat()
    except FileNotFoundError:
        return False
    return True
