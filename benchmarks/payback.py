"""Payback: how often the age at which cohorts really paid back their cost lies in the interval of `clv.payback`.

python -m benchmarks.payback [--replicates 20] [--customers 2000]

Simulated shops buy as BG/NBD, spend as Gamma-Gamma says, and are fitted with these laws; their customers join for a
year, today is a quarter later, and the log goes on for four years. CDNOW is known for its first 39 weeks, and its
later weeks are looked at. Costs are multiples of the value to date, so that cohorts have still to pay back. `held` is
the share of `cohorts` that did so within the 90% interval, of those of which the log tells; `median` the share that did
no later than the median; `width` the mean width in ages, of intervals that end.
"""

from __future__ import annotations

import argparse
import time
import warnings
from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

import clv
import rfm

LAWS = clv.BGNBD(0.5, 6.0, 0.8, 3.0), clv.GammaGamma(6.25, 3.74, 15.44)
COSTS = (1.05, 1.2, 1.5, 2.0)
DAYS = {"1W": 7.0, "1M": 30.4375}


def paid_back(log: pd.DataFrame, costs: pd.Series, until: pd.Timestamp, every: str, ages: int) -> pd.Series:
    """By hand: the age at which each month's or quarter's customers have spent what they cost; infinite if never.

    `log` has the columns `customer_id`, `day`, `amount`, `joined` and `cohort`. Missing where the log ends before.
    """
    found = {}
    ends = np.floor(np.arange(1, ages + 1) * DAYS[every] + 1e-9)
    for cohort, cost in costs.items():
        rows = log[log["cohort"] == cohort]
        age = (rows["day"] - rows["joined"]).dt.days.to_numpy()
        seen = (until - rows["joined"].max()).days + 1
        spent = np.array([rows["amount"].to_numpy()[age < end].sum() for end in ends])
        reached = np.flatnonzero(spent >= cost - 1e-6)
        first = float(reached[0] + 1) if len(reached) else np.inf
        known = ends[-1] if np.isinf(first) else ends[int(first) - 1]
        found[cohort] = first if seen >= known else np.nan
    return pd.Series(found)


def with_cohorts(log: pd.DataFrame, period: str) -> pd.DataFrame:
    """The log with days, first days and cohorts."""
    day = log["date"].dt.normalize()
    joined = day.groupby(log["customer_id"]).transform("min")
    return log.assign(day=day, joined=joined, cohort=joined.dt.to_period(period).dt.start_time)


def against(
    log: pd.DataFrame, today: str, model: Any, by: str, every: Any, horizon: str, factors: Any, **options: Any
) -> pd.DataFrame:
    """Each cohort and cost: the interval, and what happened."""
    known = with_cohorts(log, by[0].upper())
    until, now = known["day"].max(), pd.Timestamp(today)
    known = known[known["joined"] <= now]
    to_date = known[known["day"] <= now].groupby("cohort")["amount"].sum()
    fitted = clv.fit(log, model, end=today)
    if options.get("interval_from") != "law":
        fitted = fitted.with_past_errors(log)
    found = []
    for factor in factors:
        costs = factor * to_date
        table = clv.payback(
            log, costs.to_dict(), by=by, every=every, horizon=horizon, as_of=today, model=fitted, **options
        ).cohorts.set_index("cohort")
        ages = round(
            float(horizon[:-1]) * {"Y": 365.25, "M": 30.4375}[horizon[-1]] / DAYS[every] - 0.5 + 1e-9
        )
        happened = paid_back(known, costs, until, every, ages)
        found.append(table.assign(happened=happened.reindex(table.index), factor=factor))
    return pd.concat(found)


def scored(rows: pd.DataFrame) -> dict[str, float]:
    """Coverage, among the cohorts of which it is known whether they were paid back in the interval."""
    rows = rows[rows["happened"].notna()]
    low, middle, high = (rows[name].fillna(np.inf) for name in ("payback_low", "payback", "payback_high"))
    held = (rows["happened"] >= low) & (rows["happened"] <= high)
    ended = np.isfinite(high)
    width = float((high - low)[ended].mean())
    return {
        "cohorts": len(rows),
        "held": float(held.mean()),
        "median": float((rows["happened"] <= middle).mean()),
        "width": width,
    }


def simulated(replicates: int, customers: int, every: Any) -> pd.DataFrame:
    """Shops that buy as the law says, with cohorts by quarter."""
    found = []
    for seed in range(replicates):
        rng = np.random.default_rng([19, seed])
        log = clv.simulate(*LAWS, customers=customers, rng=rng, joining="52W", observed="273W")
        rows = against(
            log, "2025-03-31", "bg-nbd", "quarter", every, "4Y", COSTS, interval_from="law", seed=seed
        )
        found.append(rows.assign(seed=seed))
    return pd.concat(found)


def cdnow(name: str, factors: Any) -> Iterator[dict[str, Any]]:
    """CDNOW's customers by month of their first purchase, known for 39 weeks."""
    log = rfm.datasets.cdnow() if name == "cdnow" else rfm.datasets.cdnow_sample()
    for model in ("bg-nbd", "mbg-nbd", "pareto-nbd"):
        for source in ("law", None):
            rows = against(log, "1997-09-30", model, "month", "1M", "15M", factors, interval_from=source)
            yield {"log": name, "law": model, "from": source or "past errors", **scored(rows)}


def main() -> None:
    """Print shares of cohorts within their intervals."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--replicates", type=int, default=20, help="simulated shops")
    parser.add_argument("--customers", type=int, default=2000, help="of a shop")
    options = parser.parse_args()
    warnings.simplefilter("ignore", clv.FitWarning)
    for every in ("1M", "1W"):
        start = time.perf_counter()
        rows = simulated(options.replicates, options.customers, every)
        table = pd.DataFrame({str(factor): scored(part) for factor, part in rows.groupby("factor")}).T
        table.loc["all"] = pd.Series(scored(rows))
        print(
            f"simulated, every={every} ({time.perf_counter() - start:.0f} s)\n{table.round(3).to_string()}\n",
            flush=True,
        )
    for name in ("sample", "cdnow"):
        print(
            pd.DataFrame(cdnow(name, (1.02, 1.05, 1.1, 1.15, 1.2))).round(3).to_string(index=False),
            flush=True,
        )


if __name__ == "__main__":
    main()
