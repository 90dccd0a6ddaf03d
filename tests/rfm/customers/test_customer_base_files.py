"""A base that is saved again and again by processes that are killed: the old or the new state is whole."""

from __future__ import annotations

import os
import random
import signal
import subprocess
import sys
import time
from pathlib import Path

import pandas as pd
import pytest

import rfm

ORDERS = pd.DataFrame({"customer_id": range(2_000), "date": "2024-01-01", "amount": 1.0})
SAVING = """
import os, signal, sys
import pandas as pd, rfm
from rfm import _saved_files
from rfm._customers import customer_base_files
folder, kill_at = sys.argv[1], int(sys.argv[2])
calls = 0
def counted(function):
    def step(*args, **kwargs):
        global calls
        calls += 1
        if calls == kill_at:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*args, **kwargs)
    return step
if kill_at:
    for module, name in ((_saved_files, "_on_disk"), (_saved_files, "_rename"),
                         (customer_base_files, "_write_states"), (customer_base_files, "checksum"),
                         (customer_base_files, "write_text"), (customer_base_files, "_remove_others")):
        setattr(module, name, counted(getattr(module, name)))
base = rfm.CustomerBase.load(folder)
first = base.extent.last_day
for day in range(1, 2 if kill_at else 10**9):
    date = pd.Timestamp("1970-01-01") + pd.Timedelta(first + day, "D")
    base = base.add(pd.DataFrame({"customer_id": [1], "date": [date], "amount": [1.0]}))
    base.save(folder, replace=True)
    print(day, flush=True)
"""

pytestmark = pytest.mark.skipif(os.name == "nt", reason="SIGKILL is a signal of Unix")


def run(folder: Path, kill_at: int) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", SAVING, str(folder), str(kill_at)], stdout=subprocess.PIPE, text=True
    )


def assert_whole(folder: Path, least: int, most: int) -> int:
    """The base can be read, and has the orders of its days: those of a state between two numbers of days."""
    base = rfm.CustomerBase.load(folder)
    days = base.extent.last_day - 19_723  # 2024-01-01
    assert least <= days <= most
    assert len(base.extent.batches) == days + 1
    assert base.summary()["orders"].sum() == len(ORDERS) + days
    return days


@pytest.mark.slow
def test_a_process_that_is_killed_at_any_step_leaves_the_old_or_the_new_base(tmp_path: Path):
    rfm.CustomerBase.of(ORDERS).save(tmp_path / "base")
    days, step, found = 0, 1, set()
    while True:
        process = run(tmp_path / "base", step)
        process.communicate()
        after = assert_whole(tmp_path / "base", days, days + 1)
        found.add(after - days)
        days = after
        if process.returncode == 0:
            break
        assert process.returncode == -signal.SIGKILL
        step += 1
    assert step > 8
    assert found == {0, 1}
    assert not [file for file in (tmp_path / "base").iterdir() if file.name.endswith(".part")]


@pytest.mark.slow
def test_a_process_that_is_killed_at_random_moments_leaves_a_whole_base(tmp_path: Path):
    rfm.CustomerBase.of(ORDERS).save(tmp_path / "base")
    days, moments = 0, random.Random(20)
    for _ in range(4):
        process = run(tmp_path / "base", 0)
        assert process.stdout is not None
        process.stdout.readline()  # the first of its states is saved
        time.sleep(moments.random() / 5)
        process.kill()
        process.communicate()
        days = assert_whole(tmp_path / "base", days + 1, 10**6)
