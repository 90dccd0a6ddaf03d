"""Saved files whole at any moment: saves that are killed, on a full disk, and beside readers, for every kind of file.

    python -m benchmarks.saving [KIND …] [--kills 100] [--reads 2000] [--full 40]

A row for each kind of file. ``killed``: processes that save without pause, each killed at a random moment, with the
files or folders that could not be read then. ``full``: saves that end within a limit of the size of files, drawn at
random, with what cannot be read afterwards, and what is left beside it. ``reads``: loads beside a writer in another
process, and those that failed. A customer base is saved to a new folder each time; "cannot be read" is a folder under
its final name that no base can be loaded from. The exit code is 1 if anything was broken.
"""

from __future__ import annotations

import argparse
import contextlib
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

import clv
import rfm
from clv._report import report as reports

SPAWN = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Kind:
    """How to save a kind of file under a path, and how to read it."""

    save: Callable[[Path], Any]
    load: Callable[[Path], Any]
    many: bool = False  # a new path for each save


@cache
def log() -> pd.DataFrame:
    """CDNOW's sample."""
    return rfm.datasets.cdnow_sample()


@cache
def model() -> Any:
    """A fitted model, with draws."""
    return clv.fit(log(), end="1998-01-01")


@cache
def base() -> Any:
    """A customer base."""
    return rfm.CustomerBase.of(log())


@cache
def scorer() -> Any:
    """Cut points."""
    return rfm.Scorer.fit(rfm.summarize(log()))


@cache
def page() -> str:
    """A text as long as a report."""
    return "<html>" + "<p>a line of the report</p>" * 20_000 + "</html>"


def write_report(path: Path) -> None:
    """Write a page as `clv.report` does, without the minute of fitting before."""
    reports.compose, reports.render = (lambda *_: None), (lambda _: page())
    reports.write_report(None, path)  # type: ignore[arg-type]


def read_report(path: Path) -> None:
    """Refuse a page that is not whole."""
    if path.read_text(encoding="utf-8") != page():
        raise ValueError("not whole")


KINDS = {
    "model": Kind(lambda path: model().save(path), clv.load),
    "scorer": Kind(lambda path: scorer().save(path), rfm.Scorer.load),
    "scheme": Kind(lambda path: rfm.Scheme.load("classic").save(path), rfm.Scheme.load),
    "report": Kind(write_report, read_report),
    "base": Kind(lambda path: base().save(path), rfm.CustomerBase.load, many=True),
}
OURS = (rfm.DataError, OSError, ValueError)


def targets(kind: Kind, folder: Path) -> Iterator[Path]:
    """Where each save goes: always to one file, or each to a new folder."""
    number = 0
    while True:
        yield folder / (f"{os.getpid()}-{number}" if kind.many else "saved.toml")
        number += kind.many


def save_on(name: str, folder: Path) -> None:
    """Save until the end of this process."""
    for path in targets(KINDS[name], folder):
        KINDS[name].save(path)


def saved(folder: Path) -> list[Path]:
    """What lies under final names."""
    return [path for path in sorted(folder.iterdir()) if not path.name.startswith(".")]


def unreadable(kind: Kind, folder: Path) -> int:
    """How many of the saved files or folders cannot be read."""
    count = 0
    for path in saved(folder):
        try:
            kind.load(path)
        except Exception:  # whatever it raises, it could not be read: the count of these is the result
            count += 1
    return count


def kills(name: str, times: int, rng: random.Random) -> tuple[int, int, int]:
    """Kill a saving process at random moments: times, what was saved, what of it cannot be read."""
    folder, found, broken = Path(tempfile.mkdtemp()), 0, 0
    begun = time.perf_counter()
    KINDS[name].save(next(targets(KINDS[name], folder)))
    longest = max(0.06, 4 * (time.perf_counter() - begun))  # seconds: a few saves
    for _ in range(times):
        child = SPAWN.Process(target=save_on, args=(name, folder))
        child.start()
        time.sleep(rng.uniform(0.0, longest))
        os.kill(child.pid or 0, signal.SIGKILL)
        child.join()
        found += len(saved(folder))
        broken += unreadable(KINDS[name], folder)
        if KINDS[name].many:
            shutil.rmtree(folder)
            folder.mkdir()
    shutil.rmtree(folder)
    return times, found, broken


def save_within(name: str, path: Path, size: int) -> None:
    """Save while no file may be larger than some bytes, as on a disk that is full."""
    import resource

    signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))
    with contextlib.suppress(*OURS):
        KINDS[name].save(path)


def full(name: str, times: int, rng: random.Random) -> tuple[int, int, int]:
    """Save on a full disk: times, what cannot be read afterwards, what is left beside it."""
    kind, broken, left = KINDS[name], 0, 0
    for _ in range(times):
        folder = Path(tempfile.mkdtemp())
        path = next(targets(kind, folder))
        kind.save(path)
        size = max(sum(file.stat().st_size for file in [path, *path.rglob("*")] if file.is_file()) // 2, 2)
        child = SPAWN.Process(
            target=save_within, args=(name, folder / "second" if kind.many else path, rng.randrange(size))
        )
        child.start()
        child.join()
        broken += unreadable(kind, folder)
        left += len([one for one in folder.iterdir() if one.name.startswith(".")])
        shutil.rmtree(folder)
    return times, broken, left


def reads(name: str, times: int, seconds: float) -> tuple[int, int]:
    """Read beside a writer: times, and how many failed. Of a base, each newest folder."""
    kind, folder, done, failed = KINDS[name], Path(tempfile.mkdtemp()), 0, 0
    kind.save(next(targets(kind, folder)))
    child = SPAWN.Process(target=save_on, args=(name, folder))
    child.start()
    until = time.monotonic() + seconds
    try:
        while done < times and time.monotonic() < until and child.is_alive():
            path = max(saved(folder), key=lambda one: one.lstat().st_ctime_ns)
            try:
                kind.load(path)
            except Exception:  # as above
                failed += 1
            done += 1
    finally:
        child.kill()
        child.join()
        shutil.rmtree(folder)
    return done, failed


def main() -> int:
    """Run the trial and print its table."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", nargs="*", default=[*KINDS])
    parser.add_argument("--kills", type=int, default=100)
    parser.add_argument("--full", type=int, default=40)
    parser.add_argument("--reads", type=int, default=2_000)
    parser.add_argument("--seconds", type=float, default=60.0, help="of reading at most")
    parser.add_argument("--seed", type=int, default=None)
    options = parser.parse_args()
    seed = random.SystemRandom().randrange(10**6) if options.seed is None else options.seed
    rng = random.Random(seed)
    print(f"seed {seed}")
    rows = []
    warnings.simplefilter("ignore", DeprecationWarning)  # of forks beside threads
    for name in options.kinds or KINDS:
        killed, full_, read = (
            kills(name, options.kills, rng),
            full(name, options.full, rng),
            reads(name, options.reads, options.seconds),
        )
        rows.append({
            "kind": name, "killed": killed[0], "saved then": killed[1], "broken by a kill": killed[2],
            "full": full_[0], "broken by a full disk": full_[1], "left beside": full_[2],
            "reads": read[0], "failed reads": read[1],
        })  # fmt: skip
        print(rows[-1], flush=True)
    table = pd.DataFrame(rows)
    print(table.to_string(index=False))
    return int(
        table[["broken by a kill", "broken by a full disk", "left beside", "failed reads"]].to_numpy().any()
    )


if __name__ == "__main__":
    sys.exit(main())
