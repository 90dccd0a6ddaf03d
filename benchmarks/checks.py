"""`clv.check` on simulated shops: how often each check fails if all assumptions hold, and if its own is violated.

    python -m benchmarks.checks [--repeats 40] [--size 1500] [--seed 1] [LINE …]

A shop has customers who join, buy at individual rates, leave, and spend under Gamma-Gamma. The first table counts,
for shops in which all assumptions hold, how often each check says "doubtful" or "no" (false alarms), only "no", and
"unknown"; the second, for shops with one violation, how often the check for it fails. `LINE` chooses checks by the
names of their functions. Under MBG/NBD and Pareto/NBD one-time buyers do leave, and
`still_customers` rightly says so in the first table too.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from clv import BGNBD, MBGNBD, GammaGamma, ParetoNBD
from clv._checks.check import CHECKS
from clv._checks.history import History, Terms
from clv._laws.purchase_law import PurchaseLaw
from rfm._days import as_day

START = as_day("2020-01-01", "start")
CDNOW = BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
STAYING = BGNBD(r=1.5, alpha=9.0, a=1e-9, b=1.0)
COIN = MBGNBD(r=0.8, alpha=5.0, a=0.8, b=2.0)
CLOCK = ParetoNBD(r=0.8, alpha=5.0, s=0.8, beta=20.0)


@dataclass(frozen=True)
class Shop:
    """Customers of a law, and violations in their log; times in weeks.

    `joining` is "even", "growth" (from one customer per week to nine), "decline" (the reverse) or "cohort" (twelve
    weeks); `older` weeks of the shop's life before the log begins are cut off; `shape` is that of the gaps, 1 under
    the law; `season` is a factor for the orders of November and December; `drift` the yearly change of order values;
    `later` a factor for the rate of those who join in the second half; `spend_by_rate` the power of the number of
    orders in order values; `outlier` the amount of one order; `first` a factor for the value of first orders;
    `break_at` the share of the log after which repeat orders fall to a third; `once` the share of customers who leave
    right after their first order; with `contract` orders are monthly payments, up to three days late; 5% of
    them are the last.
    """

    law: PurchaseLaw = COIN
    spend: GammaGamma = GammaGamma(p=4.0, q=4.0, gamma=20.0)  # noqa: RUF009  a law is a frozen value
    size: int = 1500
    weeks: int = 104
    joining: str = "even"
    older: int = 0
    shape: float = 1.0
    gap: float = 4.0
    season: float = 1.0
    drift: float = 0.0
    later: float = 1.0
    spend_by_rate: float = 0.0
    outlier: float = 0.0
    first: float = 1.0
    break_at: float = 1.0
    once: float = 0.0
    contract: bool = False

    def log(self, rng: np.random.Generator) -> History:
        """One log of the shop."""
        span = self.weeks + self.older
        joined = self._joins(rng, span)
        customer, week = self._orders(rng, joined, span)
        customer, week = self._thinned(rng, customer, week, joined)
        amounts = self._amounts(rng, customer, week)
        day = np.floor(7 * week).astype(np.int64) - 7 * self.older
        seen = day >= 0
        return history_of(customer[seen], day[seen] + START, amounts[seen], START + 7 * self.weeks - 1)

    def _joins(self, rng: np.random.Generator, span: int) -> np.ndarray:
        u = rng.random(self.size)
        if self.joining == "growth":  # density from 1 to 9
            return span * (np.sqrt(1 + 80 * u) - 1) / 8
        if self.joining == "decline":
            return span * (1 - (np.sqrt(1 + 80 * u) - 1) / 8)
        return u * (12 if self.joining == "cohort" else span)

    def _orders(
        self, rng: np.random.Generator, joined: np.ndarray, span: int
    ) -> tuple[np.ndarray, np.ndarray]:
        if self.contract:
            month = np.arange(1, int(span / 4) + 1)
            made_at = month * (365.25 / 12 / 7) + rng.integers(0, 4, (self.size, len(month))) / 7
            life = rng.geometric(0.05, self.size)
            customer, k = np.nonzero((made_at < (span - joined)[:, None]) & (month < life[:, None]))
            times = made_at[customer, k]
        elif self.shape == 1.0:
            made = self.law.simulate(span - joined, rng)
            customer, times = made.customer, made.times
        else:
            most = int(4 * span / self.gap) + 20
            mean = self.gap / rng.gamma(3.0, 1 / 3, self.size)
            gaps = rng.gamma(self.shape, 1 / self.shape, (self.size, most)) * mean[:, None]
            made_at = np.cumsum(gaps, axis=1)
            place = made_at < (span - joined)[:, None]
            customer, times = np.nonzero(place)[0], made_at[place]
        keep = (rng.random(self.size) >= self.once)[customer]
        customer, times = customer[keep], times[keep]
        return (
            np.concatenate([np.arange(self.size), customer]),
            np.concatenate([joined, joined[customer] + times]),
        )

    def _thinned(
        self, rng: np.random.Generator, customer: np.ndarray, week: np.ndarray, joined: np.ndarray
    ) -> tuple[np.ndarray, np.ndarray]:
        chance = np.ones(len(week))
        if self.season != 1:
            month = (
                (START + 7 * week)
                .astype(np.int64)
                .astype("datetime64[D]")
                .astype("datetime64[M]")
                .astype(int)
            )
            chance *= np.where(month % 12 >= 10, 1.0, 1 / self.season)
        if self.later != 1:
            chance *= np.where(joined[customer] > joined.max() / 2, self.later, 1.0)
        if self.break_at != 1:
            chance *= np.where(week > self.break_at * (self.weeks + self.older), 1 / 3, 1.0)
        keep = rng.random(len(week)) < chance
        keep[: self.size] = True  # the first orders
        return customer[keep], week[keep]

    def _amounts(self, rng: np.random.Generator, customer: np.ndarray, week: np.ndarray) -> np.ndarray:
        orders = np.bincount(customer, minlength=self.size)
        amounts = np.empty(len(customer))
        amounts[np.argsort(customer, kind="stable")] = self.spend.simulate(orders, rng)
        amounts *= (1 + self.drift) ** (week / 52.18)
        amounts *= orders[customer] ** self.spend_by_rate
        amounts[: self.size] *= self.first
        if self.outlier:
            amounts[rng.integers(self.size, len(amounts))] = self.outlier
        return amounts


def history_of(customer: np.ndarray, day: np.ndarray, net: np.ndarray, end: int) -> History:
    """A history of orders in any order; those of one customer and day are one purchase."""
    _, customer = np.unique(customer, return_inverse=True)
    key, place = np.unique(customer * 100_000 + day, return_inverse=True)
    return History(
        ids=np.arange(customer.max() + 1),
        customer=key // 100_000,
        day=key % 100_000,
        net=np.bincount(place, net),
        start=int(day.min()),
        end=end,
    )


WELL = {
    "CDNOW's law, cohort of 12 weeks, 78 weeks": Shop(CDNOW, weeks=78, joining="cohort"),
    "CDNOW's law, joining evenly, 3 years": Shop(CDNOW, weeks=156),
    "nobody leaves, evenly, 2 years": Shop(STAYING, weeks=104),
    "a coin after every order, growth, 3 years": Shop(COIN, weeks=156, joining="growth"),
    "Pareto/NBD, evenly, 2 years": Shop(CLOCK, weeks=104),
    "Pareto/NBD, growth, 4 years": Shop(CLOCK, weeks=208, joining="growth"),
    "Pareto/NBD, ever fewer newcomers, 3 years": Shop(CLOCK, weeks=156, joining="decline"),
    "heavy tails of spend (q = 2.5)": Shop(spend=GammaGamma(p=1.5, q=2.5, gamma=20.0)),
    "infinite variance of spend (q = 1.8)": Shop(spend=GammaGamma(p=2.0, q=1.8, gamma=20.0)),
}

FAULTS = {
    "from_the_first": {
        "last 2 years of a shop of 6": Shop(CLOCK, weeks=104, older=208, size=4500),
        "last 3 years of a shop of 7": Shop(CLOCK, weeks=156, older=208, size=3500),
        "last 2 years, nobody leaves": Shop(STAYING, weeks=104, older=104, size=3000),
        "last 2 years, CDNOW's law": Shop(CDNOW, weeks=104, older=208, size=4500),
    },
    "long_enough": {
        "13 weeks, nobody leaves": Shop(STAYING, weeks=13),
        "13 weeks, half leave at once": Shop(STAYING, weeks=13, once=0.5),
        "26 weeks, CDNOW's law": Shop(CDNOW, weeks=26),
    },
    "irregular": {
        "gaps of shape 2": Shop(shape=2.0),
        "gaps of shape 3, every 5 days": Shop(shape=3.0, gap=5 / 7, weeks=26),
        "gaps of shape 0.5": Shop(shape=0.5),
    },
    "evenly": {
        "twice in Nov and Dec, 2 years": Shop(season=2.0),
        "half more in Nov and Dec, 4 years": Shop(season=1.5, weeks=208),
    },
    "alike": {
        "later half at half the rate": Shop(CLOCK, later=0.5),
        "later half at 0.7 of the rate": Shop(CLOCK, later=0.7),
    },
    "still_customers": {
        "half leave after the first order": Shop(STAYING, once=0.5),
        "a coin after every order": Shop(COIN),
        "Pareto/NBD, 3 years": Shop(CLOCK, weeks=156),
    },
    "unrelated": {
        "values with the power 0.15 of orders": Shop(spend_by_rate=0.15),
        "values with the power 0.3 of orders": Shop(spend_by_rate=0.3),
    },
    "steady": {"+10% per year": Shop(CLOCK, drift=0.10), "−20% per year": Shop(CLOCK, drift=-0.20)},
    "first_like_later": {
        "first orders at 0.7 of their value": Shop(first=0.7),
        "first orders at 1.5 of their value": Shop(first=1.5),
    },
    "decided_anew": {"monthly payments, up to three days late": Shop(contract=True)},
    "many_orders": {"one order of 100,000": Shop(outlier=1e5), "one order of 1,000,000": Shop(outlier=1e6)},
    "holdout_bias": {"orders fall to a third in the last quarter": Shop(CLOCK, break_at=0.75)},
}  # fmt: skip

LINES: dict[str, Callable] = {line.__name__: line for line in CHECKS}


def findings(shop: Shop, lines: list[str], repeats: int, seed: int, model: str = "bg-nbd") -> pd.DataFrame:
    """One row per log and check: `line`, `holds`, `value`."""
    rows = []
    for repeat in range(repeats):
        history = shop.log(np.random.default_rng([seed, repeat]))
        terms = Terms(history, "W", model)
        for name in lines:
            finding = LINES[name](history, terms)
            rows.append({"line": name, "holds": finding.holds, "value": finding.estimate.value})
    return pd.DataFrame(rows)


def rates(found: pd.DataFrame) -> pd.DataFrame:
    """Share of the logs for which each check says "doubtful" or "no", "no", "unknown"; and its median value."""
    by = found.groupby("line", sort=False)
    return pd.DataFrame(
        {
            "objects": by["holds"].agg(lambda h: h.isin(["doubtful", "no"]).mean()),
            "no": by["holds"].agg(lambda h: (h == "no").mean()),
            "unknown": by["holds"].agg(lambda h: (h == "unknown").mean()),
            "median": by["value"].median(),
        }
    )


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("lines", nargs="*", default=list(LINES), metavar="LINE")
    parser.add_argument("--repeats", type=int, default=40)
    parser.add_argument(
        "--size", type=int, default=0, help="customers per shop; by default those of each shop"
    )
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()

    def sized(shop: Shop) -> Shop:
        return replace(shop, size=options.size) if options.size else shop

    print("All assumptions hold")
    for name, shop in WELL.items():
        found = rates(findings(sized(shop), options.lines, options.repeats, options.seed))
        print(f"\n{name}\n{found.round(3).to_string()}", flush=True)
    print("\nOne violation, and the check for it")
    for line in options.lines:
        for name, shop in FAULTS[line].items():
            found = rates(findings(sized(shop), [line], options.repeats, options.seed))
            print(f"{line:16} {name:44} {found.round(3).to_dict('records')[0]}", flush=True)


if __name__ == "__main__":
    main()
