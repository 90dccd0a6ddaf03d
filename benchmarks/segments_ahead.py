"""Segments ahead: the shares of customers that `clv.segment_forecast` expects, against what happened.

python -m benchmarks.segments_ahead [--replicates 20]

Beside it "no change", today's shares, and the Markov chain of `Migration.expected_path` with the rates of all earlier
quarters of 13 weeks. All use today's cut points, and count the customers of today. `error` is the sum over segments of
the absolute differences of shares; `held` of `segments` lay in the 90% interval, of those that had customers then or
were expected to. Simulated shops buy as BG/NBD or Pareto/NBD says and are fitted with that law; real logs have the law
that they choose. The apparel log is read where RFM_LOCAL_DATA names its folder.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

import clv
import rfm
from clv._past_errors.interval_from import IntervalFrom

QUARTER = pd.Timedelta(91, "D")
GAMMA_GAMMA = clv.GammaGamma(6.25, 3.74, 15.44)
SHOPS = {
    "bg-nbd": clv.BGNBD(0.5, 6.0, 0.8, 3.0),
    "pareto-nbd": clv.ParetoNBD(0.55, 8.0, 0.6, 12.0),
}


def shares(log: pd.DataFrame, scorer: rfm.Scorer, scheme: str, day: pd.Timestamp) -> pd.Series:
    """The share of the customers of a log in each segment on a day."""
    found = rfm.segment(log, as_of=day, scheme=scheme, scorer=scorer)["segment"]
    return found.value_counts(sort=False, normalize=True)


def against(
    log: pd.DataFrame,
    today: str | pd.Timestamp,
    quarters: int,
    model: str = "auto",
    scheme: str = "classic",
    sources: Sequence[IntervalFrom | None] = ("law", None),
    before: int = 3,
) -> pd.DataFrame:
    """Errors of shares some quarters after a day: a row for each quarter and road."""
    today = pd.Timestamp(today)
    known = log[log["date"] < today + pd.Timedelta(1, "D")]
    today = known["date"].max().normalize()  # the last day with an order
    later = log[log["customer_id"].isin(known["customer_id"])]
    scorer = rfm.Scorer.fit(rfm.summarize(known, as_of=today))
    now = shares(known, scorer, scheme, today)
    first = known["date"].min().normalize()
    days = [day for k in range(before, -1, -1) if (day := today - QUARTER * k) >= first]
    moved = rfm.migration(rfm.snapshots(known, dates=days, scheme=scheme, scorer=scorer))
    path = moved.expected_path(quarters).set_index(["period", "segment"])["share"]
    expected: dict[str, dict[int, pd.DataFrame]] = {}
    for source in sources:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", (clv.FitWarning, rfm.DataWarning))
            ahead = clv.segment_forecast(
                known, scheme, f"{91 * quarters}D", every="91D", as_of=today.date(), model=model,
                interval_from=source,
            )  # fmt: skip
        of = {day: rows.set_index("segment") for day, rows in ahead.groupby("date")}
        expected[str(ahead["interval_from"].iloc[0])] = {
            k: of[today.normalize() + QUARTER * k] for k in range(1, quarters + 1)
        }
    rows = []
    for k in range(1, quarters + 1):
        happened = shares(later, scorer, scheme, today + QUARTER * k)
        chain = path.loc[k].reindex(now.index, fill_value=0.0).astype(float)
        rows += [
            {"quarters": k, "road": "no change", "error": float((now - happened).abs().sum())},
            {"quarters": k, "road": "Markov chain", "error": float((chain - happened).abs().sum())},
        ]
        for source, by_quarter in expected.items():
            table = by_quarter[k].loc[happened.index]
            counts = happened * len(known["customer_id"].unique())
            some = (counts > 0.5) | (table["customers"] > 0.5)
            within = (counts >= table["customers_low"] - 0.01) & (counts <= table["customers_high"] + 0.01)
            rows.append(
                {
                    "quarters": k, "road": source,
                    "error": float((table["share"] - happened).abs().sum()),
                    "held": int(within[some].sum()), "segments": int(some.sum()),
                    "width": float((table["share_high"] - table["share_low"]).sum()),
                }
            )  # fmt: skip
    return pd.DataFrame(rows)


def simulated(name: str, seed: int, customers: int = 4000) -> pd.DataFrame:
    """A log of two and a half years of a simulated shop whose customers join in the first two."""
    rng = np.random.default_rng([seed, sorted(SHOPS).index(name)])
    log = clv.simulate(
        SHOPS[name], GAMMA_GAMMA, customers, rng=rng, joining="104W", observed="130W", start="2022-01-01"
    )
    return log.assign(date=log["date"].dt.normalize())


def simulation(name: str, replicates: int) -> pd.DataFrame:
    """Means over replicates, two quarters ahead of a day after 104 weeks."""
    found = [
        against(simulated(name, seed), "2023-12-30", 2, model=name, sources=("law",))
        for seed in range(replicates)
    ]
    return together(pd.concat(found))


def together(rows: pd.DataFrame) -> pd.DataFrame:
    """Means of errors and widths, and sums of counts."""
    how = {"error": "mean", "held": "sum", "segments": "sum", "width": "mean"}
    return rows.groupby(["quarters", "road"], sort=False).agg(how).reset_index()


def real_logs() -> Iterator[tuple[str, pd.DataFrame, list[str], int]]:
    """Logs, days from which they are forecast, and the quarters ahead."""
    yield "CDNOW", rfm.datasets.cdnow(), ["1997-09-30"], 3
    folder = os.environ.get("RFM_LOCAL_DATA")
    if folder and (path := Path(folder, "apparel_transactions.parquet")).exists():
        log = pd.read_parquet(path).rename(columns={"Id": "customer_id", "Date": "date", "Price": "amount"})
        log["date"] = pd.to_datetime(log["date"])
        first, last = log["date"].min().normalize(), log["date"].max().normalize()
        days = [last - QUARTER * k for k in range(2, 12) if last - QUARTER * (k + 4) >= first]
        yield "apparel", log, [str(day.date()) for day in days], 2


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--replicates", type=int, default=20)
    given = parser.parse_args()
    for name in SHOPS:
        begin = time.process_time()
        table = simulation(name, given.replicates)
        print(f"\n{given.replicates} simulated shops, {name} ({time.process_time() - begin:.0f} s)")
        print(table.round(3).to_string(index=False))
    for name, log, days, quarters in real_logs():
        begin = time.process_time()
        table = together(pd.concat([against(log, day, quarters) for day in days]))
        print(f"\n{name}, from {', '.join(days)} ({time.process_time() - begin:.0f} s)")
        print(table.round(3).to_string(index=False))


if __name__ == "__main__":
    main()
