"""A day of 100,000 orders added to a base of 10 million customers, beside pandas that sums its summary again.

python -m benchmarks.nightly [customers] [orders]
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import rfm


def main() -> None:
    """Print the seconds of each step, and the most memory used so far, for ids that are numbers and texts."""
    customers, orders = (int(text) for text in (sys.argv[1:] + ["10000000", "100000"][len(sys.argv) - 1 :]))
    for kind in ("int64", "text"):
        print(f"{customers:,} customers, a day of {orders:,} orders, ids {kind}")
        _measure(customers, orders, kind)


def _measure(customers: int, orders: int, kind: str) -> None:
    history = _log(np.arange(customers), "2026-11-26", kind)
    who = np.random.default_rng(20).integers(0, int(customers * 1.001), orders)
    batch = _log(who, "2026-11-27", kind)
    with _timed("base of the history"):
        base = rfm.CustomerBase.of(history)
    with _timed("add the day"):
        base = base.add(batch, name="2026-11-27", until="2026-11-27")
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name, "base")
        with _timed("save"):
            base.save(folder, replace=True)
        with _timed("load"):
            rfm.CustomerBase.load(folder)
    with _timed("peer: pandas concat and groupby of the facts"):
        _peer(history, batch)


def _log(who: Any, day: str, kind: str) -> pd.DataFrame:
    ids = who if kind == "int64" else pd.Series(who).astype(str).radd("customer-")
    amounts = (who * 7919 % 10_000 + 1) / 100
    return pd.DataFrame({"customer_id": ids, "date": pd.Timestamp(day), "amount": amounts})


def _peer(history: pd.DataFrame, batch: pd.DataFrame) -> pd.DataFrame:
    """The facts of the history, one row a customer, and the batch's, summed again."""
    facts = [
        rows.assign(first=rows["date"], last=rows["date"], orders=1).drop(columns="date")
        for rows in (history, batch)
    ]
    how: dict[str, str | Callable[..., Any]] = {
        "first": "min",
        "last": "max",
        "orders": "sum",
        "amount": "sum",
    }
    return pd.concat(facts).groupby("customer_id").agg(how)


@contextmanager
def _timed(what: str) -> Iterator[None]:
    start = time.perf_counter()
    yield
    most = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 2**20
    print(
        f"  {what:45s} {time.perf_counter() - start:7.2f} s   most memory so far {most:5.1f} GiB", flush=True
    )


if __name__ == "__main__":
    main()
