"""Coverage of the intervals: simulated customers, CDNOW's hold-out, and the mean discount factor.

python -m benchmarks.intervals [--data-sets 200] [--totals 1000] [--law bg-nbd] [--parts customers totals] [--first 0]

Customers' predictive intervals are compared with simulated hold-outs by randomised ranks: a number of purchases N has
the rank F(N − 1) + V·P(N), V uniform, under the predictive distribution of the fitted model, which is uniform if the
distribution is right, however discrete. The totals' intervals are those of `model.total`. Every data set has its
own seed; `--first` is the first one, to run them in parts.
"""

from __future__ import annotations

import argparse

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import betainc

import clv
import rfm
from clv._fits.posterior import draw_pairs
from clv._values.intervals import predictive_intervals
from clv._values.pmf_tables import counts_alive

Array = NDArray[np.float64]

LAWS = {
    "bg-nbd": clv.BGNBD(r=0.6, alpha=6.0, a=0.8, b=2.4),
    "mbg-nbd": clv.MBGNBD(r=0.6, alpha=6.0, a=0.8, b=2.0),
    "pareto-nbd": clv.ParetoNBD(r=0.7, alpha=7.0, s=0.8, beta=12.0),
}
SPEND = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)
CUSTOMERS, TOGETHER, SPAN, AHEAD, MASS = 1_000, 400, 52.0, 26.0, 0.9  # TOGETHER: customers of a total
PARTS = ("discounting", "cdnow", "customers", "totals")
DRAWS, RANKED = 40, 150  # parameter draws, and customers of each data set whose spend is ranked


def data_set(law: clv.BGNBD, customers: int, rng: np.random.Generator) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Customers until the end of observation, and what they bought in the time after it."""
    T = rng.uniform(SPAN / 4, SPAN, customers)
    made = law.simulate(T + AHEAD, rng)
    later = made.times > T[made.customer]
    amount = np.empty(len(made.times))
    orders = np.bincount(made.customer, minlength=customers)
    order = np.argsort(made.customer, kind="stable")
    amount[order] = SPEND.simulate(orders, rng)
    x = np.bincount(made.customer[~later], minlength=customers)
    t_x = np.zeros(customers)
    np.maximum.at(t_x, made.customer[~later], made.times[~later])
    spent = np.bincount(made.customer[~later], amount[~later], customers)
    mean = np.divide(spent, x, out=np.zeros(customers), where=x > 0)
    before = {
        "customer_id": np.arange(customers),
        "frequency": x,
        "recency": t_x,
        "T": T,
        "monetary_value": mean,
    }
    after = {
        "purchases": np.bincount(made.customer[later], minlength=customers),
        "spend": np.bincount(made.customer[later], amount[later], customers),
    }
    return pd.DataFrame(before), pd.DataFrame(after)


def ranks(model: clv.CustomerModel, after: pd.DataFrame, rng: np.random.Generator) -> tuple[Array, Array]:
    """Randomised ranks of what happened, of each customer's purchases and of some customers' spend."""
    table = model.customers
    x, t_x, T, m = (
        table[name].to_numpy(dtype=float) for name in (*model.purchases.law.data_columns, "monetary_value")
    )
    bought, spent = after["purchases"].to_numpy(), after["spend"].to_numpy()
    some = np.arange(RANKED)
    below, at, spent_below = np.zeros(len(x)), np.zeros(len(x)), np.zeros(RANKED)
    silent = np.zeros(RANKED)
    draws = draw_pairs(model.purchases, model.spend, table, DRAWS, 0).pairs
    for law, spend in draws:
        alive = np.asarray(law.p_alive(x, t_x, T))
        pmf = counts_alive(law, x, t_x, T, AHEAD) * alive[:, None]
        pmf[:, 0] += 1 - alive
        short = np.maximum(bought.max() + 1 - pmf.shape[1], 0)
        pmf = np.pad(pmf, ((0, 0), (0, short)))
        here = np.arange(pmf.shape[1]) < bought[:, None]
        below += (pmf * here).sum(axis=1)
        at += pmf[np.arange(len(x)), bought]
        n = np.arange(1, pmf.shape[1])
        p, q = float(spend.p), float(spend.q) + float(spend.p) * x[some, None]
        scale = float(spend.gamma) + x[some] * m[some]
        beyond = betainc(q, p * n, (scale / (scale + spent[some]))[:, None])
        spent_below += 1 - (pmf[some, 1:] * beyond).sum(axis=1)
        silent += pmf[some, 0]
    v = rng.random(len(x))
    of_spend = np.where(spent[some] > 0, spent_below, v[some] * silent)
    return (below + v * at) / DRAWS, of_spend / DRAWS


def customers_covered(name: str, data_sets: int, first: int = 0) -> None:
    """Coverage of the customers' intervals over simulated data sets."""
    held = []
    for number in range(first, first + data_sets):
        rng = np.random.default_rng([sorted(LAWS).index(name), 6, number])
        before, after = data_set(LAWS[name], CUSTOMERS, rng)
        model = clv.fit_summary(before, model=name, unit="W")
        held.append([np.mean(np.abs(rank - 0.5) < MASS / 2) for rank in ranks(model, after, rng)])
    mean, error = np.mean(held, axis=0), np.std(held, axis=0) / np.sqrt(data_sets)
    print(
        f"{name}: {data_sets} data sets of {CUSTOMERS:,} customers, {MASS:.0%} predictive intervals hold "
        f"{mean[0]:.2%} ± {error[0]:.2%} of purchases, {mean[1]:.2%} ± {error[1]:.2%} of spends",
        flush=True,
    )


def totals_covered(name: str, data_sets: int, first: int = 0) -> None:
    """Coverage of the predictive intervals of the total over simulated data sets."""
    held = {"purchases": 0, "clv": 0}
    for number in range(1, data_sets + 1):
        rng = np.random.default_rng([sorted(LAWS).index(name), 7, first + number - 1])
        before, after = data_set(LAWS[name], TOGETHER, rng)
        model = clv.fit_summary(before, model=name, unit="W")
        total = model.total(horizon=f"{AHEAD:g}W", discount_rate=0.0, interval=MASS).iloc[0]
        for what, happened in (("purchases", after["purchases"].sum()), ("clv", after["spend"].sum())):
            held[what] += total[f"{what}_low"] <= happened <= total[f"{what}_high"]
        if number % 100 == 0 or number == data_sets:
            error = np.sqrt(MASS * (1 - MASS) / number)
            print(
                f"{name}: totals of {number} data sets of {TOGETHER} customers, {MASS:.0%} predictive intervals hold "
                f"{held['purchases'] / number:.1%} of purchases, {held['clv'] / number:.1%} of spends "
                f"(Monte Carlo error {error:.1%})",
                flush=True,
            )


def cdnow() -> None:
    """CDNOW's hold-out: intervals and outcomes."""
    log = rfm.datasets.cdnow_sample()
    table = clv.backtest(
        log, "39W", origins="1997-09-30", models=tuple(LAWS), baselines=False, interval=MASS
    ).table
    print(table.to_string(index=False), flush=True)
    for name in LAWS:
        model = clv.fit(log, model=name, end="1997-09-30")
        total = model.total(horizon="39W", discount_rate=0.0, interval=MASS).iloc[0]
        print(
            f"{name}: total purchases {total['purchases']:.0f}, mean interval {total['purchases_mean_low']:.0f} to "
            f"{total['purchases_mean_high']:.0f}, predictive {total['purchases_low']:.0f} to "
            f"{total['purchases_high']:.0f}; 1,882 happened",
            flush=True,
        )


def discount_factor(futures: int = 400_000) -> None:
    """Error of discounting every order of a customer at their mean discount factor, by simulation at known laws."""
    rng = np.random.default_rng(8)
    law, x, t_x = LAWS["bg-nbd"], np.array([0.0, 1.0, 7.0, 29.0]), np.array([0.0, 20.0, 45.0, 51.0])
    T, m = np.full(4, 52.0), np.array([0.0, 30.0, 30.0, 30.0])
    for weeks, delta in (
        (52.0, np.log(1.10) / 52.18),
        (156.0, np.log(1.10) / 52.18),
        (156.0, np.log(1.25) / 52.18),
    ):
        bounds = predictive_intervals([(law, SPEND)], x, t_x, T, m, horizon=weeks, mass=MASS)
        for i in range(4):
            alive = int((rng.random(futures) < law.p_alive(x[i], t_x[i], T[i])).sum())
            row = [np.full(alive, column[i]) for column in (x, t_x, T)]
            made = law.posterior(*row).simulate(np.full(alive, weeks), rng)
            orders = np.bincount(made.customer, minlength=alive)
            amount = np.empty(len(made.times))
            amount[np.argsort(made.customer, kind="stable")] = SPEND.posterior(
                row[0], np.full(alive, m[i])
            ).simulate(orders, rng)
            worth = np.bincount(made.customer, amount * np.exp(-delta * made.times), alive)
            factor = worth.sum() / amount.sum()
            truth = np.quantile(np.append(worth, np.zeros(futures - alive)), (1 + MASS) / 2)
            ours = bounds.spend_high[i] * factor
            print(
                f"{weeks:g} weeks at {np.expm1(delta * 52.18):.0%} a year, x = {x[i]:g}: upper bound {ours:.2f}, "
                f"simulated {truth:.2f}, error {ours / truth - 1 if truth else 0.0:+.2%}",
                flush=True,
            )


def run(
    data_sets: int = 200,
    totals: int = 1_000,
    laws: tuple[str, ...] = tuple(LAWS),
    parts: tuple[str, ...] = PARTS,
    first: int = 0,
) -> None:
    if "discounting" in parts:
        discount_factor()
    if "cdnow" in parts:
        cdnow()
    for name in laws:
        if "customers" in parts:
            customers_covered(name, data_sets, first)
        if "totals" in parts:
            totals_covered(name, totals, first)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data-sets", type=int, default=200)
    parser.add_argument("--totals", type=int, default=1_000)
    parser.add_argument("--law", choices=tuple(LAWS))
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    parser.add_argument("--first", type=int, default=0)
    given = parser.parse_args()
    laws = (given.law,) if given.law else tuple(LAWS)
    run(given.data_sets, given.totals, laws, tuple(given.parts), given.first)
