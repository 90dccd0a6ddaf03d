"""Campaigns: how often nothing is found where nothing is, and planted effects are found, on CDNOW's real customers.

python -m benchmarks.campaigns [--runs 1000] [--weeks 13]
"""

from __future__ import annotations

import argparse
import math
import warnings
from collections.abc import Iterator

import numpy as np
import pandas as pd
from scipy import stats

import clv
import rfm

START = pd.Timestamp("1997-10-01")
CONTROL = 0.3
LIFTS = (0.0, 0.1, 0.2)


def main() -> None:
    """Print shares of false findings, power, coverage and widths, beside what is promised."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--runs", type=int, default=1000, help="assignments of the same customers")
    parser.add_argument("--weeks", type=int, default=13, help="of outcomes")
    options = parser.parse_args()
    warnings.simplefilter("ignore", rfm.DataWarning)
    log = rfm.datasets.cdnow()
    explained(log)
    table = known(log, options.weeks)
    spent = outcomes(log, table, options.weeks)
    for lift in LIFTS:
        report(
            lift, pd.DataFrame(experiments(table, spent, lift, options.runs)), spent["revenue"], options.runs
        )


def known(log: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """What is known of customers before a campaign."""
    day = (START - pd.Timedelta(days=1)).date()
    return clv.customer_table(log, as_of=day, model="pareto-nbd", horizon=f"{weeks}W")


def last_day(weeks: int) -> str:
    """The last day of outcomes."""
    return (START + pd.Timedelta(weeks=weeks, days=-1)).date().isoformat()


def explained(log: pd.DataFrame) -> None:
    """The share of the variance of later behaviour that each covariate explains."""
    print("explained variance      response  orders  revenue")
    for weeks in (4, 13, 39):
        assigned = rfm.campaigns.assign(known(log, weeks), "explained", 0.5)
        for covariate in ("clv", "expected_purchases", "monetary", None):
            effect = rfm.campaigns.lift(
                assigned, log, covariate, start=START.date().isoformat(), end=last_day(weeks)
            )
            rows = effect.table[effect.table["segment"] == "all"].set_index("outcome")["explained"]
            name = covariate or "segments alone"
            print(
                f"{weeks:2} weeks {name:20}"
                + "".join(f"{rows[o]:8.1%}" for o in ("response", "orders", "revenue"))
            )


def outcomes(log: pd.DataFrame, table: pd.DataFrame, weeks: int) -> pd.DataFrame:
    """What every customer did later."""
    later = log[(log["date"] >= START) & (log["date"] <= last_day(weeks))]
    revenue = later.groupby("customer_id")["amount"].sum().reindex(table["customer_id"], fill_value=0.0)
    return pd.DataFrame({"customer_id": table["customer_id"], "revenue": revenue.to_numpy()})


def experiments(
    table: pd.DataFrame, spent: pd.DataFrame, lift: float, runs: int
) -> Iterator[dict[str, float]]:
    """The row of all of each assignment, where those reached spend more by a share of what they would have spent."""
    slim = table[["customer_id", "segment", "clv"]]
    for seed in range(runs):
        assigned = rfm.campaigns.assign(slim, "proof", CONTROL, seed=seed)
        reached = (assigned["arm"] == "treatment").to_numpy()
        own = spent.assign(revenue=spent["revenue"] * (1 + lift * reached))
        rows = rfm.campaigns.lift(assigned, own, "clv").table
        yield (
            rows[rows["segment"] == "all"].iloc[0].drop(["outcome", "arm", "segment"]).astype(float).to_dict()
        )


def report(lift: float, rows: pd.DataFrame, revenue: pd.Series, runs: int) -> None:
    """What was promised and what came."""
    planted = lift * float(revenue.mean())
    reach = 1.96 * math.sqrt(0.05 * 0.95 / runs)
    print(
        f"\nlift of {lift:.0%}: {planted:.3f} per customer, {len(revenue):,} customers, {runs:,} assignments"
    )
    for name, low, high, p in (
        ("difference", "low", "high", "p_value"),
        ("adjusted", "adjusted_low", "adjusted_high", "adjusted_p_value"),
    ):
        held = ((rows[low] <= planted) & (planted <= rows[high])).mean()
        found = (rows[p] < 0.05).mean()
        error = float(rows[name].std())
        power = float(
            stats.norm.cdf(abs(planted) / error - 1.96) + stats.norm.cdf(-abs(planted) / error - 1.96)
        )
        width = float((rows[high] - rows[low]).mean())
        print(
            f"  {name:11} found {found:6.1%} (promised {power:.1%} ± {reach:.1%}), intervals hold {held:.1%}, "
            f"width {width:.3f}, mean estimate {rows[name].mean():.3f}"
        )
    spread = (rows["adjusted_high"] - rows["adjusted_low"]) / (rows["high"] - rows["low"])
    promised = np.sqrt(1 - rows["explained"].mean())
    print(f"  adjusted intervals are {spread.mean():.3f} as wide; promised {promised:.3f}")


if __name__ == "__main__":
    main()
