"""Lifetime value, its intervals and a backtest against lifetimes' own calls, in the same run.

python -m benchmarks.value [--customers 1000000]
"""

from __future__ import annotations

import argparse
import importlib
import time
import warnings
from collections.abc import Callable

import numpy as np
import pandas as pd

import clv
import rfm
from benchmarks.fit import daily_customers
from clv._fits.lifetimes import lifetimes_package

SPEND = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)


def seconds(call: Callable[[], object]) -> float:
    begin = time.perf_counter()
    call()
    return time.perf_counter() - begin


def with_spend(table: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """The customers with an id and the mean of their repeat orders."""
    x = table["frequency"].to_numpy()
    amounts = SPEND.simulate(x, np.random.default_rng(seed))
    total = np.bincount(np.repeat(np.arange(len(x)), x), weights=amounts, minlength=len(x))
    mean = np.divide(total, x, out=np.zeros(len(x)), where=x > 0)
    return table.assign(customer_id=np.arange(len(x)), monetary_value=mean)


def against_lifetimes(customers: int) -> None:
    """A year's discounted value of many customers, daily time."""
    table = with_spend(daily_customers(customers))
    model = clv.fit_summary(table, unit="D")
    spend = pd.Series(model.spend.law.expected_spend(table["frequency"], table["monetary_value"]))
    x, t_x, T = (table[name] for name in ("frequency", "recency", "T"))
    with lifetimes_package() as package, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        utils = importlib.import_module("lifetimes.utils")
        fitter = package.BetaGeoFitter()
        fitter.params_ = pd.Series(model.purchases.parameters)
        fitter.predict = fitter.conditional_expected_number_of_purchases_up_to_time
        ours = [seconds(lambda: model.predict("12M", 0.10)) for _ in range(3)]
        theirs = seconds(lambda: utils._customer_lifetime_value(fitter, x, t_x, T, spend, 12, 0.01, "D"))
        ours += [seconds(lambda: model.predict("12M", 0.10)) for _ in range(2)]
        bounds = seconds(lambda: model.predict("12M", 0.10, interval=0.9))
    point = float(np.median(ours))
    print(f"{customers:,} customers, 12 months: model.predict {point:.2f} s, lifetimes {theirs:.2f} s, "
          f"ratio {theirs / point:.1f}")  # fmt: skip
    print(f"the same with 90% intervals: {bounds:.2f} s, lifetimes' point value / ours {theirs / bounds:.1f}")


def backtest_against_lifetimes() -> None:
    """CDNOW's full log: a backtest of all laws and baselines, beside a fit and prediction of lifetimes' three."""
    tx = rfm.Transactions(rfm.datasets.cdnow())
    summary = clv.summarize(tx, unit="W", end="1997-09-30")
    x, t_x, T = (summary[name] for name in ("frequency", "recency", "T"))

    def peer() -> None:
        for name in ("BetaGeoFitter", "ModifiedBetaGeoFitter", "ParetoNBDFitter"):
            fitter = getattr(package, name)()
            fitter.fit(x, t_x, T)
            fitter.conditional_expected_number_of_purchases_up_to_time(39, x, t_x, T)

    ours = float(np.median([seconds(lambda: clv.backtest(tx, "39W")) for _ in range(3)]))
    with lifetimes_package() as package, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        theirs = seconds(peer)
    print(f"CDNOW, backtest of 3 laws and 4 baselines: {ours:.2f} s; lifetimes' 3 laws once: {theirs:.2f} s, "
          f"ratio {theirs / ours:.1f}")  # fmt: skip


def run(customers: int = 1_000_000) -> None:
    against_lifetimes(customers)
    backtest_against_lifetimes()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=1_000_000)
    run(parser.parse_args().customers)
