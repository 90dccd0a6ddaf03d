"""A report from a CSV larger than memory: seconds, rows a second, and the most memory that the command held.

    python -m benchmarks.big_file --rows 50_000_000 --customers 5_000_000 --limit 8 [--folder DIR] [--keep]

The shop's customers come over 21 months, buy at gamma-distributed rates and leave after gamma-mixed exponential times
(Pareto/NBD); one row in a hundred is a refund. The file has ids such as "C0001234", ISO times, amounts with cents and
other columns, about 100 bytes a row, in the order of time. The command runs in a process of its own, which is ended
if it holds more than the limit (VmHWM of /proc/PID/status, polled; also a limit of the kernel's is above that).
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

SPAN = 731  # days
SHAPES = {"rate": 0.8, "loss": 0.6}
BLOCK = 250_000  # customers simulated at a time
PLACES = ("Taipei, Xinyi", "Kaohsiung, Zuoying", "Taichung, Xitun", "Tainan, East District", "online shop")
WRITE = """
COPY (
    SELECT printf('C%07d', who) AS customer_id, 'SO-' || (hash(moment, who) % 90000000 + 10000000) AS order_no,
        strftime(TIMESTAMP '2024-01-01' + to_seconds(moment), '%Y-%m-%d %H:%M:%S') AS ordered_at,
        printf('%.2f', cents / 100.0) AS amount, 'TWD' AS currency, places[1 + (hash(who) % 5)::INT] AS place,
        'SKU-' || (hash(who, moment) % 90000 + 10000) AS article, 'credit card' AS paid_by,
        'paid' AS status
    FROM read_parquet('{parts}'), (SELECT {places} AS places) ORDER BY moment, who
) TO '{path}' (FORMAT csv, HEADER)
"""


def blocks(rows: int, customers: int, seed: int = 0) -> Iterator[pd.DataFrame]:
    """Orders of blocks of customers: who, moment (second since the start), cents."""
    for first in range(0, customers, BLOCK):
        rng = np.random.default_rng([seed, first])
        n = min(BLOCK, customers - first)
        came = rng.uniform(0, SPAN - 91, n)
        rate, loss = rng.gamma(SHAPES["rate"], size=n), rng.gamma(SHAPES["loss"], 1 / 400, n)
        seen = np.minimum(rng.exponential(1 / np.maximum(loss, 1e-9)), SPAN - came)
        more = rng.poisson(rate * seen * (rows / customers - 1) * n / np.sum(rate * seen))
        who = np.repeat(np.arange(n), 1 + more)
        first_rows = np.cumsum(1 + more) - 1 - more
        later = rng.uniform(size=len(who)) * seen[who]
        later[first_rows] = 0.0
        mean = 900 * rng.gamma(3.0, 1 / 3.0, n)
        cents = np.rint(100 * mean[who] * rng.gamma(4.0, 0.25, len(who))).astype(np.int64) + 100
        cents[rng.uniform(size=len(who)) < 0.01] *= -1
        moment = ((came[who] + later) * 86_400).astype(np.int64)
        yield pd.DataFrame({"who": who + first, "moment": moment, "cents": cents})


def make(path: Path, rows: int, customers: int) -> None:
    """Write the CSV, sorted by time outside memory."""
    import duckdb

    with tempfile.TemporaryDirectory(dir=path.parent) as folder, duckdb.connect() as connection:
        for number, block in enumerate(blocks(rows, customers)):
            block.to_parquet(Path(folder) / f"{number:05d}.parquet")
        connection.execute("SET memory_limit = '3GB'; SET enable_progress_bar = false")
        connection.execute(f"SET temp_directory = '{folder}/spill'; SET preserve_insertion_order = true")
        connection.execute(WRITE.format(parts=f"{folder}/*.parquet", path=path, places=list(PLACES)))


def watched(command: list[str], limit: float) -> tuple[int, float, float]:
    """Run a command; its exit code, seconds, and GiB that it held at most. It is ended over the limit."""
    start, most = time.perf_counter(), 0.0
    with subprocess.Popen(command) as process:
        while process.poll() is None:
            most = max(most, peak(process.pid))
            if most > limit:
                process.kill()
            time.sleep(0.2)
        return process.returncode, time.perf_counter() - start, most


def peak(pid: int) -> float:
    """The most memory that a process has held so far, in GiB; 0 once it is gone."""
    try:
        text = Path(f"/proc/{pid}/status").read_text(encoding="ascii")
    except OSError:
        return 0.0
    found = [line.split()[1] for line in text.splitlines() if line.startswith("VmHWM")]
    return int(found[0]) / 2**20 if found else 0.0


def main() -> int:
    """Make the file, run the command, print what it took."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--customers", type=int, default=200_000)
    parser.add_argument("--limit", type=float, default=8.0, help="GiB")
    parser.add_argument(
        "--folder", type=Path, default=None, help="where the file is made, with room for it twice"
    )
    parser.add_argument("--keep", action="store_true", help="keep the CSV in the folder and use it again")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(dir=options.folder) as work:
        home = options.folder if options.keep and options.folder else Path(work)
        path = home / f"orders-{options.rows}-{options.customers}.csv"
        if not path.exists():
            start = time.perf_counter()
            make(path, options.rows, options.customers)
            print(
                f"made {path.stat().st_size / 1e9:.2f} GB in {time.perf_counter() - start:.0f} s", flush=True
            )
        command = [sys.executable, "-m", "clv", "report", str(path), "--customer", "customer_id"]
        command += ["--date", "ordered_at", "--amount", "amount", "--out", work]
        code, seconds, most = watched(command, options.limit)
        with open(path, "rb") as lines:
            rows = sum(block.count(b"\n") for block in iter(lambda: lines.read(2**24), b"")) - 1
        print(
            f"exit {code}: {rows:,} rows, {path.stat().st_size / 1e9:.2f} GB in {seconds:,.0f} s "
            f"({rows / seconds:,.0f} rows/s), at most {most:.2f} GiB of {options.limit:g}",
            flush=True,
        )
        return os.EX_OK if code == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
