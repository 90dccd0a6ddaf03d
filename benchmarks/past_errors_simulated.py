"""Intervals of totals in simulated shops whose law is right, drifts, has a season nobody models, or is another one.

    python -m benchmarks.past_errors_simulated [shop …] [--shops 40] [--first 0] [--to rows.csv]

Every shop has 52 weeks more than the model sees; its totals 13, 26 and 52 weeks ahead are compared with 90% intervals
of BG/NBD by the law alone and with the errors that it made on the log's own past. A level that drifts, or a season,
multiplies the rates of all customers: their clocks run at its speed. One seed makes one shop; shops of a seed differ
between kinds only by what the kind says.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import clv
from benchmarks.real_intervals import SOURCES, happened, judged

Array = NDArray[np.float64]

MASS, LENGTHS = 0.9, (13, 26, 52)
START = pd.Timestamp("2020-01-06")
BGNBD = clv.BGNBD(r=0.7, alpha=8.0, a=0.6, b=4.0)
PARETO = clv.ParetoNBD(r=0.7, alpha=8.0, s=0.6, beta=30.0)
REGULAR = clv.BGCNBD(r=0.7, alpha=8.0 / 3, a=0.6, b=4.0, k=3)
WEEKS_A_MONTH = 365.25 / 12 / 7
LOW, HIGH = 0.85, 0.95  # of coverage, as wanted


@dataclass(frozen=True)
class Shop:
    """A kind of shop: customers, weeks of log and of joining; a month's drift and a season's swing, in logarithms."""

    law: clv.PurchaseLaw = BGNBD
    customers: int = 1_000
    weeks: int = 104
    joining: float = 104.0
    drift: float = 0.0
    swing: float = 0.0


SHOPS = {
    "right law": Shop(),
    "right law, one cohort": Shop(joining=8.0),
    "right law, 30 weeks": Shop(weeks=30, joining=30.0),
    "right law, 150 customers": Shop(customers=150),
    "drift 2% a month": Shop(drift=0.02),
    "drift 4% a month": Shop(drift=0.04),
    "drift 6% a month": Shop(drift=0.06),
    "drift 4%, one cohort": Shop(drift=0.04, joining=8.0),
    "drift 4%, 30 weeks": Shop(drift=0.04, weeks=30, joining=30.0),
    "drift 4%, 150 customers": Shop(drift=0.04, customers=150),
    "season of ±35%": Shop(swing=0.3),
    "season of ±35%, 208 weeks": Shop(swing=0.3, weeks=208, joining=208.0),
    "Erlang-3 buyers": Shop(REGULAR),
    "Pareto/NBD": Shop(PARETO),
    "Pareto/NBD, one cohort": Shop(PARETO, joining=8.0),
    "Pareto/NBD, 10,000 customers": Shop(PARETO, customers=10_000),
}


def shop_log(shop: Shop, rng: np.random.Generator) -> pd.DataFrame:
    """Its orders, until the longest length after the model's last day."""
    weeks = shop.weeks + max(LENGTHS)
    level = shop.drift / np.sqrt(WEEKS_A_MONTH) * np.cumsum(rng.standard_normal(weeks))
    middle = np.arange(weeks) + 0.5
    phase = rng.uniform(0, 2 * np.pi)
    speed = np.exp(level + shop.swing * np.sin(2 * np.pi * middle / 52.18 + phase))
    edges, clock = np.arange(weeks + 1.0), np.append(0.0, np.cumsum(speed))
    begin = np.interp(rng.uniform(0, shop.joining, shop.customers), edges, clock)
    made = shop.law.simulate(clock[-1] - begin, rng)
    at = np.append(begin, begin[made.customer] + made.times)
    customer = np.append(np.arange(shop.customers), made.customer)
    day = np.floor(7 * np.interp(at, clock, edges)).astype(int)
    date = START + pd.to_timedelta(day, unit="D")
    return pd.DataFrame({"customer_id": customer, "date": date, "amount": 1.0})


def compare(kind: str, seed: int) -> Iterator[dict[str, Any]]:
    """A row for each length and source."""
    shop = SHOPS[kind]
    log = shop_log(shop, np.random.default_rng([17, seed]))
    end = START + pd.Timedelta(days=7 * shop.weeks - 1)
    past = log.loc[log["date"] <= end, ["customer_id", "date"]]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", clv.FitWarning)
        model = clv.fit(past, "bg-nbd", end=end.date()).with_past_errors(past)
        for weeks in LENGTHS:
            truth = float(happened(log, end, weeks)["purchases"].sum())
            for source, word in SOURCES.items():
                total = model.total(horizon=f"{7 * weeks}D", interval=MASS, interval_from=word).iloc[0]
                low, high = total["purchases_low"] / truth, total["purchases_high"] / truth
                error = total["purchases"] / truth - 1
                yield {
                    "shop": kind,
                    "weeks": weeks,
                    "source": source,
                    **judged(low, high, 1.0, MASS),
                    "error": error,
                }


def summary(rows: pd.DataFrame) -> pd.DataFrame:
    """Coverage with its Monte Carlo error, and whether it lies outside 85–95% by more than two of these."""
    numbers = rows.astype(dict.fromkeys(("held", "below", "above"), float))
    grouped = numbers.groupby(["shop", "weeks", "source"], sort=False)
    found = grouped[["held", "below", "above", "width", "score", "error"]].mean()
    n = grouped.size()
    # Of a coverage of 90%: that of the counts would be 0 where all are held.
    found.insert(1, "±", np.sqrt(MASS * (1 - MASS) / n))
    low, high = found["held"] < LOW - found["±"], found["held"] > HIGH + found["±"]
    found["outside"] = np.where(low, "too few", np.where(high, "too many", ""))
    return found.assign(shops=n)


def run(kinds: Sequence[str], shops: int, first: int = 0) -> pd.DataFrame:
    """Compare and print kind by kind."""
    rows: list[dict[str, Any]] = []
    for kind in kinds:
        begin = time.process_time()
        own = [row for seed in range(first, first + shops) for row in compare(kind, seed)]
        print(f"\n== {kind}: {shops} shops, {time.process_time() - begin:.0f} s of processor time")
        print(summary(pd.DataFrame(own)).droplevel("shop").round(3).to_string(), flush=True)
        rows += own
    return pd.DataFrame(rows)


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and do what it asks."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kinds", nargs="*", metavar="shop", help=f"of {', '.join(SHOPS)}; all by default")
    parser.add_argument("--shops", type=int, default=40)
    parser.add_argument("--first", type=int, default=0, help="the first seed, to run them in parts")
    parser.add_argument("--to", type=Path, help="a CSV file of all rows")
    given = parser.parse_args(arguments)
    if unknown := [kind for kind in given.kinds if kind not in SHOPS]:
        parser.error(f"no shop {unknown[0]!r}; there are {', '.join(SHOPS)}")
    rows = run(given.kinds or list(SHOPS), given.shops, given.first)
    if given.to is not None:
        rows.to_csv(given.to, index=False)


if __name__ == "__main__":
    main()
