"""Models by covariates on simulated shops whose truth is known: bias and coverage of totals by channel, and time.

    python -m benchmarks.covariates [--shops 30] [--size 1200] [--large 1000000]

In each shop the purchase rate depends on the channel and on the age, the dropout on whether a customer is a VIP, and
the worth of orders on the channel. Half of the shops follow BG/NBD, half Pareto/NBD. The first table is the share of
90% intervals of a channel's purchases and spend in the next 39 weeks that held what happened, and the mean error of a
channel's spend with covariates and without. The second is the processor time of a fit with three categories (24 kinds
of customers), and of a plain fit.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

import clv

CHANNELS = ("app", "shop", "web")
RATES, DEARER = np.array([0.0, -0.3, 0.5]), np.array([0.0, 0.0, 0.4])
AHEAD = 39.0


@dataclass(frozen=True)
class Shop:
    """What was seen of a shop, its customers' covariates, and what happened afterwards, one row per customer."""

    law: str
    summary: pd.DataFrame
    covariates: pd.DataFrame
    happened: pd.DataFrame


def simulated(seed: int, size: int) -> Shop:
    """A shop whose customers joined 26 to 78 weeks ago; the law alternates with the seed."""
    rng = np.random.default_rng(seed)
    channel, vip, age = rng.integers(0, 3, size), rng.integers(0, 2, size), rng.normal(0, 1, size)
    alpha = 8 * np.exp(-RATES[channel] - 0.2 * age)
    if seed % 2:
        law: Any = clv.BGNBD(0.9, alpha, 0.8 * np.exp(0.6 * vip), 2.5)
    else:
        law = clv.ParetoNBD(0.9, alpha, 0.7, 15 * np.exp(-0.6 * vip))
    T = rng.uniform(26, 78, size)
    lives = law.simulate(T + AHEAD, rng)
    seen = lives.times <= T[lives.customer]
    x, later = (np.bincount(lives.customer[which], minlength=size) for which in (seen, ~seen))
    t_x = np.zeros(size)
    np.maximum.at(t_x, lives.customer[seen], lives.times[seen])
    amounts = clv.GammaGamma(5, 4, 20 * np.exp(DEARER[channel])).simulate(x + later, rng)
    who = np.repeat(np.arange(size), x + later)
    before = np.concatenate([np.arange(count) for count in x + later]) < x[who]
    spent = np.bincount(who[before], amounts[before], size) / np.maximum(x, 1)
    ids = {"customer_id": np.arange(size)}
    return Shop(
        law.name,
        pd.DataFrame({**ids, "frequency": x, "recency": t_x, "T": T, "monetary_value": spent, "unit": "W"}),
        pd.DataFrame({**ids, "channel": np.array(CHANNELS)[channel], "vip": vip, "age": age}),
        pd.DataFrame({"purchases": later, "clv": np.bincount(who[~before], amounts[~before], size)}),
    )


def tested(shop: Shop) -> pd.DataFrame:
    """By channel: whether the intervals held what happened, and the errors of spend with covariates and without."""
    depends = {"purchase": ["channel", "age"], "dropout": "vip", "spend": "channel"}
    model = clv.fit_summary(shop.summary, shop.law, covariates=shop.covariates, **depends)
    ahead = {
        "by": shop.covariates[["customer_id", "channel"]],
        "horizon": f"{AHEAD:.0f}W",
        "discount_rate": 0.0,
    }
    told = model.total(**ahead).set_index("group")
    true = shop.happened.groupby(shop.covariates["channel"]).sum()
    plain = clv.fit_summary(shop.summary, shop.law).predict(f"{AHEAD:.0f}W", 0.0)["clv"]
    without = plain.groupby(shop.covariates["channel"]).sum()
    held = {
        name: (told[f"{name}_low"] <= true[name]) & (true[name] <= told[f"{name}_high"])
        for name in true.columns
    }
    return pd.DataFrame(held).assign(error=told["clv"] / true["clv"] - 1, without=without / true["clv"] - 1)


def timed(size: int, law: str) -> tuple[float, float]:
    """Processor seconds of a fit with two categories on purchases, one on dropout and one on spend; of a plain fit."""
    shop = simulated(int(law == "bg-nbd"), size)
    days = shop.summary.assign(
        T=np.floor(shop.summary["T"] * 7) / 7,
        recency=np.floor(shop.summary["recency"] * 7) / 7,
        monetary_value=shop.summary["monetary_value"].round(2),
    )
    days = days[(days["frequency"] == 0) | (days["recency"] > 0)]
    quarter = np.array(list("abcd"))[np.arange(size) % 4]
    covariates = shop.covariates.assign(quarter=quarter, vip=np.where(shop.covariates["vip"], "yes", "no"))
    began = time.process_time()
    clv.fit_summary(
        days, law, covariates=covariates, purchase=["channel", "quarter"], dropout="vip", spend="channel"
    )
    by_covariates = time.process_time() - began
    began = time.process_time()
    clv.fit_summary(days, law)
    return by_covariates, time.process_time() - began


def main() -> None:
    """Print both tables."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--shops", type=int, default=30)
    parser.add_argument("--size", type=int, default=1_200)
    parser.add_argument("--large", type=int, default=1_000_000)
    asked = parser.parse_args()
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of draws in small shops
        found = pd.concat([tested(simulated(seed, asked.size)) for seed in range(asked.shops)])
    print(found.groupby(level=0).mean().round(3).to_string())
    for law in ("pareto-nbd", "bg-nbd"):
        seconds = timed(asked.large, law)
        print(
            f"{law}, {asked.large:,} customers: {seconds[0]:.1f} s by covariates, {seconds[1]:.1f} s without"
        )


if __name__ == "__main__":
    main()
