"""The command with bad files, places and outputs: a clear line, an exit code, never a traceback."""

from __future__ import annotations

import bz2
import gzip
import io
import lzma
import os
import signal
import subprocess
import sys
import time
import zipfile
from pathlib import Path

import pandas as pd
import pytest

import rfm
from clv._command import command as _cli
from clv._command.command import main
from clv._files import read_file

TABLE = pd.DataFrame({"customer_id": [f"c{i}" for i in range(400)], "date": "2024-01-02", "amount": 1.5})
COLUMNS = ["--customer", "customer_id", "--date", "date", "--amount", "amount"]


def packed(*names: str) -> bytes:
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        for name in names:
            archive.writestr(name, TABLE.to_csv(index=False))
    return whole.getvalue()


def written(write) -> bytes:
    whole = io.BytesIO()
    write(whole)
    return whole.getvalue()


CSV = TABLE.to_csv(index=False).encode()
WHOLE = {
    "csv.zip": lambda: packed("a.csv"),
    "csv.gz": lambda: gzip.compress(CSV),
    "csv.bz2": lambda: bz2.compress(CSV),
    "csv.xz": lambda: lzma.compress(CSV),
    "csv.zst": lambda: pytest.importorskip("zstandard").compress(CSV),
    "xlsx": lambda: written(lambda file: TABLE.to_excel(file, index=False)),
    "parquet": lambda: written(lambda file: TABLE.to_parquet(file)),
}
BROKEN = {
    "half": lambda whole: whole[: len(whole) // 2],
    "all but the end": lambda whole: whole[:-3],
    "a byte": lambda whole: whole[:1],
    "nothing": lambda whole: b"",
    "text": lambda whole: b"no such thing\n" * 30,
    "an empty archive": lambda whole: packed(),
    "two files": lambda whole: packed("a.csv", "b.csv"),
    "bytes": lambda whole: bytes(range(256)) * 9,
}


@pytest.mark.parametrize("ending", WHOLE)
def test_whole_files_of_each_ending_are_read(ending, tmp_path):
    (tmp_path / f"o.{ending}").write_bytes(WHOLE[ending]())
    table = read_file(tmp_path / f"o.{ending}", ids="customer_id").table
    assert table["customer_id"].tolist() == TABLE["customer_id"].tolist()


@pytest.mark.parametrize("broken", BROKEN)
@pytest.mark.parametrize("ending", WHOLE)
def test_files_that_are_cut_short_or_none_are_told(ending, broken, tmp_path, capsys):
    path = tmp_path / f"o.{ending}"
    path.write_bytes(BROKEN[broken](WHOLE[ending]()))
    assert main(["report", str(path), *COLUMNS, "--out", str(tmp_path / "out")]) == 1
    printed = capsys.readouterr().err
    assert printed.startswith(f"rfm-clv: o.{ending} cannot be read: ")
    assert f"is it really a .{ending} file, and is it whole?" in printed
    assert len(printed.splitlines()) == 1
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "o.csv cannot be read: it is empty"),
        (b"a,b\n1,\0\n", "o.csv cannot be read: line 2 holds a NUL byte"),
        ("a,b\n1,2\n".encode("utf-16"), "The table has: a, b"),
        ("é,b\n1,2\n".encode("latin-1"), "The table has: é, b"),
        (b'a,b\n"x,1\n', "o.csv cannot be read: "),
        (b"customer_id,date,amount\n", "o.csv has no rows below its column names"),
    ],
)
def test_odd_texts_are_told(content, message, tmp_path, capsys):
    (tmp_path / "o.csv").write_bytes(content)
    assert main(["report", str(tmp_path / "o.csv"), *COLUMNS, "--out", str(tmp_path)]) == 1
    assert message in capsys.readouterr().err


def test_rows_of_more_cells_than_the_header_move_no_column(tmp_path):
    (tmp_path / "o.csv").write_text("customer_id,date,amount\nann,2024-01-02,1,\nbob,2024-01-03,2,\n")
    table = read_file(tmp_path / "o.csv", ids="customer_id").table
    assert table["customer_id"].tolist() == ["ann", "bob"]


@pytest.fixture
def never_read(monkeypatch):
    """Fail if a file of orders is read."""
    monkeypatch.setattr(_cli, "open_orders", lambda *_: pytest.fail("it was read"))


PLACES = {
    "a file": lambda p: p.write_text("x") and p,
    "below a file": lambda p: p.write_text("x") and p / "b",
    "a long name": lambda p: p.with_name("a" * 300),
    "NUL": lambda p: Path(f"{p}\0b"),
    "its report is a folder": lambda p: (p / "rfm-clv-report.html").mkdir(parents=True) or p,
    "its table is a folder": lambda p: (p / "customers.csv").mkdir(parents=True) or p,
    "a link to itself": lambda p: p.symlink_to(p) or p,
}


@pytest.mark.skipif(os.name == "nt", reason="links and names of POSIX")
@pytest.mark.parametrize("place", PLACES)
@pytest.mark.parametrize("command", [["report", "o.csv", *COLUMNS], ["demo"]])
def test_places_that_cannot_be_written_are_told_before_anything_is_read(
    place, command, tmp_path, capsys, never_read
):
    out = PLACES[place](tmp_path / "out")
    assert main([*command, "--out", str(out)]) == 1
    printed = capsys.readouterr()
    assert len(printed.err.splitlines()) == 1
    assert "Hint: --out names a folder to which files can be written" in printed.err
    assert printed.out == ""


def test_a_report_finds_out_before_it_fits(tmp_path, monkeypatch):
    import clv
    from clv._report import report

    monkeypatch.setattr(report, "find", lambda *_, **__: pytest.fail("it was fitted"))
    for path in (tmp_path, tmp_path / "no" / "a.html", Path(__file__) / "a.html", "a" * 300, 3, "", "a\0"):
        with pytest.raises(rfm.DataError):
            clv.report(rfm.datasets.cdnow_sample(), path)


@pytest.mark.parametrize(
    ("file", "message"), [("folder", "is a folder"), ("pipe", "is a pipe"), ("none", "No file")]
)
def test_what_is_no_file_is_told_and_never_waited_for(file, message, tmp_path, capsys):
    (tmp_path / "folder").mkdir()
    if os.name != "nt":
        os.mkfifo(tmp_path / "pipe")
    assert main(["report", str(tmp_path / file), *COLUMNS, "--out", str(tmp_path)]) == 1
    assert (message if os.name != "nt" or file != "pipe" else "No file") in capsys.readouterr().err


CODES = "\x1b[31mred\x1b]0;title\x07\x9b2J\u202e\x7f"


def is_clean(text: str) -> bool:
    return all(line.isprintable() for line in text.replace("\r", "\n").split("\n"))


@pytest.mark.slow
def test_no_code_of_the_data_reaches_the_terminal(tmp_path, capsys):
    path = tmp_path / f"o{CODES.replace('/', '')}.csv"
    log = rfm.datasets.cdnow_sample().head(1500)
    names = {one: f"{CODES}{one}\nERROR root" for one in log["customer_id"].unique()[::2]}
    log["customer_id"] = log["customer_id"].map(lambda one: names.get(one, f"=1+{one}"))
    log.rename(columns={"amount": CODES}).to_csv(path, index=False)
    scheme = tmp_path / "s.toml"
    rfm.Scheme.load("value").rename({"high": f"@{CODES}"}).save(scheme)
    columns = ["--customer", "customer_id", "--date", "date"]
    for arguments, code in (
        ([*columns, "--amount", f"no{CODES}"], 1),
        ([*columns, "--amount", CODES, "--horizon", CODES], 1),
        ([*columns, "--amount", CODES, "--scheme", str(scheme), "--horizon", "4W"], 0),
    ):
        assert main(["report", str(path), *arguments, "--out", str(tmp_path / "out")]) == code
        printed = capsys.readouterr()
        assert is_clean(printed.out)
        assert is_clean(printed.err)
        assert "\nERROR root" not in printed.out
    assert "Note: 1,500 texts" not in printed.out
    assert "texts of customer_id in customers.csv begin like a formula of a spreadsheet" in printed.out
    assert "Hint: --raw-ids" in printed.out
    table = pd.read_csv(tmp_path / "out" / "customers.csv")
    assert not table["customer_id"].str.match(r"\s*[=@+]").any()
    assert table["segment"].str.startswith("'@").any()


def test_an_unknown_argument_is_told_without_its_codes(capsys):
    for arguments in (["report", "a.csv", f"--{CODES}"], [CODES], ["report", "a", "--model", CODES]):
        with pytest.raises(SystemExit) as stop:
            main(arguments)
        assert stop.value.code == 2
        assert is_clean(capsys.readouterr().err)


def test_raw_ids_are_kept_where_asked(tmp_path, monkeypatch):
    seen = {}

    def work(read, terms, job):
        seen["keep"] = job.raw_ids
        return 0

    monkeypatch.setattr(_cli, "_work", work)
    TABLE.to_csv(tmp_path / "o.csv", index=False)
    for more, kept in (([], False), (["--raw-ids"], True)):
        assert main(["report", str(tmp_path / "o.csv"), *COLUMNS, "--out", str(tmp_path), *more]) == 0
        assert seen["keep"] == kept


@pytest.mark.parametrize(
    ("fault", "code", "message"),
    [
        (KeyboardInterrupt(), 130, "rfm-clv: interrupted."),
        (RuntimeError("a\x1b\nb"), 1, r"rfm-clv: unexpected RuntimeError: a\x1b\nb. Hint: please report it"),
        (MemoryError(), 1, "unexpected MemoryError"),
        (OSError(28, "No space left on device"), 1, "the output cannot be written: No space left on device"),
        (rfm.DataError("No."), 1, "rfm-clv: No."),
    ],
)
def test_faults_are_one_line_and_a_code(fault, code, message, monkeypatch, capsys):
    def fails():
        raise fault

    monkeypatch.setattr(_cli, "english_file", fails)
    assert main(["words"]) == code
    printed = capsys.readouterr().err
    assert message in printed
    assert len(printed.splitlines()) == 1


posix = pytest.mark.skipif(os.name == "nt", reason="pipes and signals of POSIX")


@posix
@pytest.mark.slow
def test_output_that_nobody_reads_or_that_has_no_room(tmp_path):
    for shell, code in (
        (f"{sys.executable} -m clv words | true; exit ${{PIPESTATUS[0]}}", 141),
        (f"{sys.executable} -m clv words > /dev/full", 1),
        (f"{sys.executable} -m clv words >&-", 0),
        (f"PYTHONIOENCODING=ascii {sys.executable} -m clv words > /dev/null", 0),
    ):
        if "/dev/full" in shell and not Path("/dev/full").exists():
            continue
        run = subprocess.run(["bash", "-c", shell], capture_output=True, text=True, check=False)
        assert (run.returncode, "Traceback" in run.stderr, "Exception ignored" in run.stderr) == (
            code,
            False,
            False,
        ), run


@posix
@pytest.mark.slow
def test_an_interrupted_command_leaves_no_part_of_a_file(tmp_path):
    run = subprocess.Popen(
        [sys.executable, "-m", "clv", "demo", "--out", str(tmp_path)],
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    assert run.stdout is not None
    assert run.stderr is not None
    while b"Fitting" not in run.stderr.read1():  # its work has begun
        time.sleep(0.01)
    run.send_signal(signal.SIGINT)
    _, error = run.communicate(timeout=60)
    assert run.returncode == 130
    assert error.decode().rstrip().endswith("rfm-clv: interrupted.")
    assert "Traceback" not in error.decode()
    assert list(tmp_path.iterdir()) == []
