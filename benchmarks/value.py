"""Lifetime value, its intervals and a backtest against lifetimes' own calls, in the same run.

python -m benchmarks.value [--customers 1000000] [--rounds 3]

Times are of the processor, so that other work on the machine counts little; the peer is timed in every round, and the
ratios are given from the lowest to the highest. The first interval of a model finds how uncertain the parameters are,
too, and is given apart.
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
    """Of the processor, all threads together."""
    begin = time.process_time()
    call()
    return time.process_time() - begin


def with_spend(table: pd.DataFrame, seed: int = 1) -> pd.DataFrame:
    """The customers with an id and the mean of their repeat orders."""
    x = table["frequency"].to_numpy()
    amounts = SPEND.simulate(x, np.random.default_rng(seed))
    total = np.bincount(np.repeat(np.arange(len(x)), x), weights=amounts, minlength=len(x))
    mean = np.divide(total, x, out=np.zeros(len(x)), where=x > 0)
    return table.assign(customer_id=np.arange(len(x)), monetary_value=mean)


def against_lifetimes(customers: int, rounds: int) -> None:
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
        first = seconds(lambda: model.predict("12M", 0.10, interval=0.9))
        ours, theirs, bounds = np.empty((3, rounds))
        for each in range(rounds):
            ours[each] = np.median([seconds(lambda: model.predict("12M", 0.10)) for _ in range(3)])
            theirs[each] = seconds(
                lambda: utils._customer_lifetime_value(fitter, x, t_x, T, spend, 12, 0.01, "D")
            )
            bounds[each] = np.median(
                [seconds(lambda: model.predict("12M", 0.10, interval=0.9)) for _ in range(3)]
            )
    print(f"{customers:,} customers, 12 months: lifetimes {_range(theirs)} s")
    print(f"model.predict {_range(ours)} s, lifetimes / ours {_range(theirs / ours)}")
    print(f"the same with 90% intervals: {_range(bounds)} s ({first:.2f} at first), lifetimes' point value / ours "
          f"{_range(theirs / bounds)}")  # fmt: skip


def _range(values: np.ndarray) -> str:
    return f"{values.min():.3g} to {values.max():.3g}"


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


def run(customers: int = 1_000_000, rounds: int = 3) -> None:
    against_lifetimes(customers, rounds)
    backtest_against_lifetimes()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    run(**vars(parser.parse_args()))
