"""Logs that begin in the middle of their customers' histories: predictions with and without `entry_after="auto"`.

    python -m benchmarks.log_begins [--shops 12] [--whole 4] [--customers 12000] [--seed 1]

Each shop has a law (Pareto/NBD, BG/NBD or MBG/NBD, with mean rate, shapes and dropout drawn), won customers at a rate
that grows by −10 to +40% a year for two to eight years before the log, which shows one to three years. The table shows
the error of the purchases of the next 52 weeks by those in the log: of all, of those who had joined before the log
(old) and of the others (new), taking everybody for new ("plain"), with "auto", and with the true parameters ("truth"):
nobody can tell for certain who is old, so that even these are off for old and new apart, and by chance for all. After
the law come the log's weeks, the growth a year, the customers, the true share of old ones and the one found; in the
end the seconds of the fit. The last shops' logs are whole; there "auto" is right to change nothing.
"""

from __future__ import annotations

import argparse
import time
import warnings
from dataclasses import dataclass

import numpy as np
import pandas as pd

import clv
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.seen_law import SeenLaw

START = pd.Timestamp("2020-01-01")
AHEAD = 52  # weeks


@dataclass(frozen=True)
class Shop:
    """A shop and its log; times in weeks."""

    law: PurchaseLaw
    growth: float
    past: float
    window: int

    def log(self, customers: int, rng: np.random.Generator) -> tuple[pd.DataFrame, np.ndarray]:
        """Days of purchase from the log's beginning to `AHEAD` after its end, and when each customer joined."""
        low, high = np.exp(-self.growth * self.past), np.exp(self.growth * self.window)
        u = rng.random(self._arrivals(customers, rng))
        joined = (
            -self.past + u * (self.past + self.window)
            if self.growth == 0
            else np.log(low + u * (high - low)) / self.growth
        )
        made = self.law.simulate(self.window + AHEAD - joined, rng)
        customer = np.concatenate([np.arange(len(joined)), made.customer])
        week = np.concatenate([joined, joined[made.customer] + made.times])
        rows = pd.DataFrame(
            {"customer_id": customer, "day": np.floor(7 * week).astype(int)}
        ).drop_duplicates()
        return rows[rows["day"] >= 0], joined

    def _arrivals(self, customers: int, rng: np.random.Generator) -> int:
        """So many that about `customers` join within the log."""
        if self.growth == 0:
            return int(rng.poisson(customers * (self.past + self.window) / self.window))
        g = self.growth
        share = np.expm1(g * self.window) / (np.exp(g * self.window) - np.exp(-g * self.past))
        return int(rng.poisson(customers / share))


def shop(rng: np.random.Generator, whole: bool) -> Shop:
    """A shop at random."""
    r, mean = rng.uniform(0.3, 1.5), np.exp(rng.uniform(np.log(0.02), np.log(0.15)))
    kind = rng.integers(3)
    if kind == 0:
        s = rng.uniform(0.35, 1.2)
        law: PurchaseLaw = clv.ParetoNBD(r, r / mean, s, s / rng.uniform(0.01, 0.05))
    else:
        size = rng.uniform(1.5, 5.0)
        chance = rng.uniform(0.1, 0.35)
        law = (clv.BGNBD, clv.MBGNBD)[kind - 1](r, r / mean, chance * size, (1 - chance) * size)
    growth = np.log(1 + rng.uniform(-0.1, 0.4)) / 52.18
    return Shop(law, growth, 0.0 if whole else rng.uniform(104, 416), int(rng.choice([52, 104, 156])))


def measured(tried: Shop, customers: int, rng: np.random.Generator) -> dict[str, object]:
    """One line of the table."""
    rows, joined = tried.log(customers, rng)
    last = 7 * tried.window - 1
    dated = rows.assign(date=START + pd.to_timedelta(rows["day"], unit="D"))
    known = dated.loc[dated["day"] <= last, ["customer_id", "date"]]
    later = dated[dated["day"] > last]["customer_id"].value_counts()
    day, law = (START + pd.Timedelta(days=last)).date(), tried.law.name
    plain = clv.fit(known, law, end=day)
    begun = time.perf_counter()
    auto = clv.fit(known, law, end=day, entry_after="auto")
    seconds = time.perf_counter() - begun
    table = plain.customers
    x, t_x, T = (table[name].to_numpy() for name in ("frequency", "recency", "T"))
    happened = later.reindex(table["customer_id"]).fillna(0).to_numpy()
    old = joined[table["customer_id"].to_numpy()] < 0
    truth = SeenLaw(tried.law, tried.growth, tried.past, tried.window)
    of_truth = truth.p_alive(x, t_x, T) * truth.posterior(x, t_x, T).expected_purchases(AHEAD)
    row: dict[str, object] = {"law": law, "weeks": tried.window, "growth": f"{np.expm1(52.18 * tried.growth):+.0%}",
                              "customers": len(x), "old": f"{old.mean():.0%}", "found": "none"}  # fmt: skip
    start = auto.log_start
    if start is not None and start.window:
        row["found"] = (
            f"{SeenLaw(auto.purchases.law, start.growth, start.past, start.window).share_old(x, t_x, T).mean():.0%}"
        )
    for name, expected in (
        ("plain", plain.predict("52W")["expected_purchases"].to_numpy()),
        ("auto", auto.predict("52W")["expected_purchases"].to_numpy()),
        ("truth", of_truth),
    ):
        for who, some in (("all", old | ~old), ("old", old), ("new", ~old)):
            row[f"{name} {who}"] = expected[some].sum() / happened[some].sum() - 1 if some.any() else np.nan
    return {**row, "seconds": round(seconds, 1)}


def main() -> None:
    """Print the table and its summary."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--shops", type=int, default=12)
    parser.add_argument("--whole", type=int, default=4)
    parser.add_argument("--customers", type=int, default=12_000)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    rng = np.random.default_rng(options.seed)
    rows = []
    for number in range(options.shops + options.whole):
        row = measured(shop(rng, number >= options.shops), options.customers, rng)
        rows.append(row)
        print(
            " ".join(
                f"{v:+.1%}" if isinstance(v, float) and k != "seconds" else str(v) for k, v in row.items()
            ),
            flush=True,
        )
    table = pd.DataFrame(rows)
    for title, part in (("mid-history", table[: options.shops]), ("whole", table[options.shops :])):
        if not len(part):
            continue
        print(f"\n{title}: mean error, mean absolute error, largest")
        for name in ("plain", "auto", "truth"):
            for who in ("all", "old", "new"):
                error = part[f"{name} {who}"].astype(float).dropna()
                if len(error):
                    print(
                        f"  {name:6}{who:4}{error.mean():+8.1%}{error.abs().mean():8.1%}{error.abs().max():8.1%}"
                    )


if __name__ == "__main__":
    main()
