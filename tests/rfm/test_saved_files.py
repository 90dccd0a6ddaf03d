"""Files are saved whole or not at all: with failing disks, kills and readers, through links, with their permissions."""

from __future__ import annotations

import errno
import multiprocessing
import os
import signal
import stat
import threading
import time
from pathlib import Path

import pytest

from rfm import _saved_files
from rfm._saved_files import check_folder, check_writable, checksum, new_folder, replaced, write_text
from rfm.errors import DataError

HINT = 'path="a.txt"'
posix = pytest.mark.skipif(os.name == "nt", reason="of POSIX")
as_user = pytest.mark.skipif(os.name == "nt" or os.geteuid() == 0, reason="root may write everywhere")


def left(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def half_written(how, path: Path, fault: BaseException) -> None:
    """Begin to write, and fail."""
    with how(path, HINT) as beside:
        (beside / "a" if beside.is_dir() else beside).write_text("half")
        raise fault


@pytest.mark.parametrize("before", [None, "old"])
@pytest.mark.parametrize(
    ("fault", "error"),
    [(OSError(errno.ENOSPC, "No space left on device"), DataError), (KeyboardInterrupt(), KeyboardInterrupt)],
)
def test_a_failing_write_leaves_what_was_there(tmp_path, before, fault, error):
    path = tmp_path / "a.txt"
    if before:
        path.write_text(before)
    with pytest.raises(error):
        half_written(replaced, path, fault)
    assert left(tmp_path) == (["a.txt"] if before else [])
    assert not before or path.read_text() == before


@pytest.mark.parametrize("step", ["fsync", "replace"])
def test_a_failing_last_step_leaves_what_was_there(tmp_path, monkeypatch, step):
    path = tmp_path / "a.txt"
    path.write_text("old")

    def fails(*_):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(*((os, "fsync") if step == "fsync" else (Path, "replace")), fails)
    with pytest.raises(DataError, match=r"a\.txt cannot be written: Input/output error\. Hint: path="):
        write_text(path, "new", HINT)
    assert (left(tmp_path), path.read_text()) == (["a.txt"], "old")


def test_file_and_folder_are_on_the_disk_before_a_save_returns(tmp_path, monkeypatch):
    events = []
    sync, rename = os.fsync, Path.replace
    monkeypatch.setattr(
        os, "fsync", lambda opened: events.append(stat.S_ISDIR(os.fstat(opened).st_mode)) or sync(opened)
    )
    monkeypatch.setattr(Path, "replace", lambda self, to: events.append("rename") or rename(self, to))
    write_text(tmp_path / "a.txt", "new", HINT)
    assert events == ([False, "rename"] if os.name == "nt" else [False, "rename", True])
    events.clear()
    with new_folder(tmp_path / "b", HINT) as folder:
        (folder / "c").write_text("x")
    assert events == ([False, "rename"] if os.name == "nt" else [False, True, "rename", True])


@posix
def test_permissions_are_kept_and_a_new_file_has_those_of_the_process(tmp_path):
    path = tmp_path / "a.txt"
    before = os.umask(0o027)
    try:
        write_text(path, "new", HINT)
        assert stat.S_IMODE(path.stat().st_mode) == 0o640
        with new_folder(tmp_path / "b", HINT):
            pass
        assert stat.S_IMODE((tmp_path / "b").stat().st_mode) == 0o750
        for mode in (0o600, 0o664, 0o222, 0o755):
            path.chmod(mode)
            write_text(path, "newer", HINT)
            assert stat.S_IMODE(path.stat().st_mode) == mode
    finally:
        os.umask(before)


@posix
def test_a_link_keeps_pointing_at_its_file_in_another_folder(tmp_path):
    (tmp_path / "there").mkdir()
    for name in ("there", "new"):  # a file, and none yet
        link, file = tmp_path / f"{name}.txt", tmp_path / "there" / f"{name}.txt"
        if name == "there":
            file.write_text("old")
        link.symlink_to(file)
        write_text(link, "new", HINT)
        assert link.is_symlink()
        assert file.read_text() == "new"
    assert left(tmp_path / "there") == ["new.txt", "there.txt"]


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="no second file system")
def test_a_link_to_another_file_system_is_replaced_there(tmp_path):
    file = Path(f"/dev/shm/rfm-clv-{os.getpid()}.txt")
    try:
        file.write_text("old")
        (tmp_path / "a.txt").symlink_to(file)
        write_text(tmp_path / "a.txt", "new", HINT)
        assert file.read_text() == "new"
        assert not list(file.parent.glob(f".{file.name}*"))
    finally:
        file.unlink(missing_ok=True)


PLACES = {
    "a folder": (lambda p: p.mkdir() or p, "it is a folder"),
    "no such folder": (lambda p: p / "b" / "c", "No such file or directory"),
    "below a file": (lambda p: p.write_text("x") and p / "b", "Not a directory"),
    "a link to itself": (lambda p: p.symlink_to(p) or p, "Too many levels of symbolic links"),
    "a pipe that nobody reads": (lambda p: os.mkfifo(p) or p, "No such device or address"),
}


@posix
@pytest.mark.parametrize("place", PLACES)
def test_places_that_cannot_be_written_are_told(tmp_path, place):
    make, reason = PLACES[place]
    path = make(tmp_path / "a")
    before = left(tmp_path)
    with pytest.raises(DataError, match=f"cannot be written: {reason}. Hint: path="):
        write_text(path, "new", HINT)
    if "pipe" not in place:
        with pytest.raises(DataError, match="cannot be written: "):
            check_writable(path, HINT)
    assert left(tmp_path) == before


@as_user
def test_a_read_only_file_or_folder_is_not_replaced(tmp_path):
    path = tmp_path / "a.txt"
    path.write_text("old")
    path.chmod(0o444)
    for write in (lambda: write_text(path, "new", HINT), lambda: check_writable(path, HINT)):
        with pytest.raises(DataError, match="Permission denied"):
            write()
    tmp_path.chmod(0o555)
    for refused in (lambda: write_text(tmp_path / "b", "", HINT), lambda: check_folder(tmp_path / "c", HINT)):
        with pytest.raises(DataError, match="Permission denied"):
            refused()
    tmp_path.chmod(0o755)
    assert path.read_text() == "old"


@posix
def test_a_pipe_with_a_reader_and_a_device_are_written_to(tmp_path):
    pipe, found = tmp_path / "pipe", []
    os.mkfifo(pipe)
    reader = threading.Thread(target=lambda: found.append(pipe.read_text()))
    reader.start()
    time.sleep(0.1)
    write_text(pipe, "new", HINT)
    reader.join(5)
    assert found == ["new"]
    write_text("/dev/null", "new", HINT)
    assert check_writable("/dev/null", HINT) == Path("/dev/null")


def test_names_of_many_bytes_have_room_beside_them(tmp_path):
    name = "客" * 80 + ".txt"  # 244 of the 255 bytes that a name may have
    write_text(tmp_path / name, "new", HINT)
    assert left(tmp_path) == [name]


def test_a_folder_is_made_once_and_a_failed_attempt_leaves_nothing(tmp_path):
    path = tmp_path / "base"
    with pytest.raises(DataError, match="cannot be written: No space"):
        half_written(new_folder, path, OSError(errno.ENOSPC, "No space left on device"))
    assert left(tmp_path) == []
    with new_folder(path, HINT) as beside:
        (beside / "a").write_text("whole")
    for there in (path, tmp_path, Path("."), Path("/"), path / "a"):
        with pytest.raises(DataError, match="exists"):
            half_written(new_folder, there, AssertionError())
    assert (left(tmp_path), left(path)) == (["base"], ["a"])


def test_two_that_make_one_folder_end_with_one_whole(tmp_path):
    def both() -> None:
        with new_folder(tmp_path / "a", HINT) as first:
            (first / "x").write_text("first")
            with new_folder(tmp_path / "a", HINT) as second:
                (second / "x").write_text("second")

    with pytest.raises(DataError, match="cannot be written"):
        both()
    assert left(tmp_path) == ["a"]
    assert (tmp_path / "a" / "x").read_text() == "second"


def test_windows_waits_for_a_reader(tmp_path, monkeypatch):
    path, tries, rename = tmp_path / "a.txt", [], Path.replace

    def busy(self, to):
        tries.append(to)
        if len(tries) < 3:
            raise PermissionError(errno.EACCES, "in use")
        return rename(self, to)

    monkeypatch.setattr(_saved_files, "WAITS", (0, 0, 0))
    source = tmp_path / "b.txt"
    source.write_text("new")
    monkeypatch.setattr(Path, "replace", busy)
    with monkeypatch.context() as patch:
        patch.setattr(_saved_files.os, "name", "nt")
        _saved_files._rename(source, path)
    assert (len(tries), path.read_text()) == (3, "new")


def test_text_that_no_file_can_hold_is_told(tmp_path):
    with pytest.raises(DataError, match=r"the text holds '\\ud800', which UTF-8 does not have"):
        write_text(tmp_path / "a", "a\ud800b", HINT)
    assert left(tmp_path) == []


def test_a_checksum_is_of_names_and_contents_and_not_of_hidden_files(tmp_path):
    for name in ("a", "b"):
        (tmp_path / name).mkdir()
        (tmp_path / name / "part-0").write_text("xy")
    first = checksum(tmp_path / "a")
    assert first == checksum(tmp_path / "b")
    for hidden in ("_SUCCESS", ".part-0.crc", ".DS_Store"):
        (tmp_path / "a" / hidden).write_text("z")
    assert first == checksum(tmp_path / "a")
    (tmp_path / "a" / "part-0").write_text("x")
    (tmp_path / "a" / "part-1").write_text("y")
    assert first != checksum(tmp_path / "a")


def test_check_folder_makes_nothing(tmp_path):
    assert check_folder(tmp_path / "a" / "b", HINT) == tmp_path / "a" / "b"
    assert left(tmp_path) == []
    (tmp_path / "file").write_text("x")
    with pytest.raises(DataError, match="file cannot be written: it is a file"):
        check_folder(tmp_path / "file", HINT)


def _write_on(path):
    while True:
        write_text(path, "x" * 200_000, HINT)


@posix
def test_a_kill_at_any_moment_leaves_a_whole_file(tmp_path):
    path = tmp_path / "a.txt"
    write_text(path, "x" * 200_000, HINT)
    for _ in range(10):
        child = multiprocessing.get_context("fork").Process(target=_write_on, args=(path,))
        child.start()
        for _ in range(30):
            assert path.stat().st_size == 200_000
            assert len(path.read_bytes()) == 200_000
        os.kill(child.pid, signal.SIGKILL)
        child.join()
        assert len(path.read_bytes()) == 200_000
