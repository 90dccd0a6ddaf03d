"""Every night: add the day's orders without reading the history, value everybody, list who moved.

    python examples/every_night.py                                  a demonstration, in a temporary folder
    python examples/every_night.py FOLDER --history orders.csv      the first night: base, cut points, rules, model
    python examples/every_night.py FOLDER 2026-11-27.csv --until 2026-11-27

The job may be killed and run again, at any moment: a batch is counted once, known by the file's name and its rows,
and the same files come out. Exit codes: 0 done, 1 refused (the log says why), 2 wrong arguments.
"""

from __future__ import annotations

import argparse
import logging
import sys
import tempfile
from pathlib import Path

import pandas as pd

import clv
import rfm

log = logging.getLogger("every_night")


def first_night(orders, folder: Path) -> None:
    """Read the history once; keep the cut points, the rules, the model and, last, the base, which says it is done."""
    if (folder / "base").exists():
        log.info("the history has been read already: %s", rfm.CustomerBase.load(folder / "base"))
        return
    folder.mkdir(parents=True, exist_ok=True)
    base = rfm.CustomerBase.of(orders)
    log.info("history read: %s", base)
    rfm.Scorer.fit(base.summary()).save(folder / "scorer.json")
    rfm.Scheme.load("classic").save(folder / "segments.toml")
    clv.fit(orders, "mbg-nbd").save(folder / "model.json")
    log.info("model fitted; cut points and rules kept")
    base.save(folder / "base", replace=True)
    write(table_of(base, folder), folder / "customers.csv")
    log.info("base saved")


def any_night(orders, folder: Path, name: str, until: str | None):
    """Add a day's orders, or none, and write customers.csv and moved.csv anew."""
    base = rfm.CustomerBase.load(folder / "base")
    log.info("base loaded: %s", base)
    after = base.add(orders, name=name, until=until, twice="skip")
    if after.extent.batches == base.extent.batches:
        log.info("%s brings no orders that have not been counted", name)
    moves = folder / f"moved-{Path(name).stem}.csv"
    if after is not base or not moves.exists():
        # written before the base, so that a night that is cut short is done again from the same base
        table = table_of(after, folder)
        moved = who_moved(table_of(base, folder), table)
        write(table, folder / "customers.csv")
        write(moved, moves)
        log.info("%d customers valued, %d moved", len(table), len(moved))
        after.save(folder / "base", replace=True)
        log.info("base saved: %s", after)
    return after, pd.read_csv(moves)


def table_of(base, folder: Path):
    """Segments by fixed cut points and the loaded model's values, as of the base's last day."""
    scorer, scheme = rfm.Scorer.load(folder / "scorer.json"), rfm.Scheme.load(folder / "segments.toml")
    table = clv.customer_table(base, model=clv.load(folder / "model.json"))
    fixed = scheme.assign(scorer.score(base.summary()))[["customer_id", "segment"]]
    return table.drop(columns="segment").merge(fixed, on="customer_id")


def who_moved(before, after):
    """Customers whose segment is another, and new ones."""
    old = before[["customer_id", "segment"]].rename(columns={"segment": "segment_before"})
    both = old.astype({"segment_before": str}).merge(
        after[["customer_id", "segment", "clv"]].astype({"segment": str}), on="customer_id", how="right"
    )
    return both[both["segment_before"] != both["segment"]]


def write(table, path: Path) -> None:
    """Whole or not at all: a reader never finds half a table."""
    beside = path.with_suffix(".part")
    table.to_csv(beside, index=False)
    beside.replace(path)


def demonstration() -> None:
    orders = rfm.datasets.cdnow()
    known, new = orders[orders["date"] < "1998-06-30"], orders[orders["date"] >= "1998-06-30"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first_night(known, folder)
        base, moved = any_night(new, folder, "1998-06-30.csv", "1998-06-30")
        base, moved = any_night(
            new, folder, "1998-06-30.csv", "1998-06-30"
        )  # again: nothing is counted twice
        base, _ = any_night(new.iloc[:0], folder, "1998-07-01.csv", "1998-07-01")  # a day without orders
    print(base)
    print(
        f"{len(new)} orders of {new['customer_id'].nunique()} customers came in; {len(moved)} changed segment:"
    )
    moves = moved.groupby(["segment_before", "segment"]).size()
    print(moves.sort_values(ascending=False, kind="stable").head(8).to_string())


def main(arguments: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__.split("\n\n")[0])
    parser.add_argument("folder", type=Path, nargs="?", help="where base, model and tables are kept")
    parser.add_argument("batch", type=Path, nargs="?", help="CSV file with customer_id, date, amount")
    parser.add_argument("--history", type=Path, help="CSV file of all orders so far, for the first night")
    parser.add_argument("--until", help="last day that the batch covers, also without orders")
    given = parser.parse_args(arguments)
    logging.basicConfig(level=logging.INFO, stream=sys.stderr, format="%(asctime)s %(levelname)s %(message)s")
    if given.folder is None:
        demonstration()
        return 0
    if given.batch is None and given.history is None:
        parser.error("a batch, or --history on the first night")
    try:
        if given.history is not None:
            first_night(pd.read_csv(given.history), given.folder)
        if given.batch is not None:
            any_night(pd.read_csv(given.batch), given.folder, given.batch.name, given.until)
    except (rfm.DataError, OSError) as error:
        log.error("%s", error)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
