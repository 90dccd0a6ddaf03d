"""What a season in the model is worth: totals of a simulated and of a real shop, its cost, and where it is inexact.

    python -m benchmarks.seasons [ratio leaving shop older apparel flat time …] [--shops 20] [--customers 1000000]

The apparel log is not ours to ship: the environment variable RFM_LOCAL_DATA names the folder that holds it.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pandas as pd
from numpy.typing import NDArray

import clv
import rfm

LAW = clv.ParetoNBD(r=0.55, alpha=10.6, s=0.6, beta=11.7)
SPEND = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)
START = "2019-01-01"
CHOICES = (None, "month", "week", "auto")


def christmas(ratio: float = 3.0) -> clv.Season:
    """November and December with `ratio` times the rate of the other months, mean 1."""
    days = np.array([31, 28.25, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31])
    factors = np.where(np.arange(12) >= 10, ratio, 1.0)
    return clv.Season.from_factors(pd.Series(factors * days.sum() / (factors @ days), index=range(1, 13)))


def shop(
    seed: int,
    customers: int,
    season: clv.Season | None,
    years: int = 4,
    law: clv.PurchaseLaw = LAW,
) -> pd.DataFrame:
    """The log of a simulated shop whose customers join throughout."""
    days = f"{int(365.25 * years)}D"
    return clv.simulate(
        law,
        SPEND,
        customers,
        rng=np.random.default_rng(seed),
        start=START,
        joining=days,
        observed=days,
        season=season,
    )


def purchase_days(log: pd.DataFrame) -> pd.DataFrame:
    """One row per customer and day."""
    return log.assign(date=log["date"].dt.normalize())[["customer_id", "date"]].drop_duplicates()


def ratio() -> None:
    """Purchases of one day are one: a true ratio of 3 shows as less the more often customers buy."""
    rng, days = np.random.default_rng(0), 4 * 365
    month = (np.datetime64(START) + np.arange(days)).astype("datetime64[M]").astype(int) % 12
    true = np.where(month >= 10, 3.0, 1.0) / (1 + 2 * np.mean(month >= 10))
    for rate in (0.02, 0.1, 0.5):
        bought = rng.poisson(rate * true, (2_000, days)) > 0
        seen = bought[:, month >= 10].mean() / bought[:, month < 10].mean()
        print(f"rate {rate} a day: a ratio of 3 shows as {seen:.2f}")


def leaving() -> None:
    """Customers who leave in the calendar's time, as Pareto/NBD in the season's time does not say."""
    season = christmas()
    for where in ("the season's time", "the calendar's time"):
        errors = []
        for seed in range(3):
            log = (
                shop(seed, 30_000, season)
                if where.startswith("the s")
                else _leaves_by_calendar(seed, 30_000, season)
            )
            errors.append(_quarters(log, season, "pareto-nbd")[0])
        print(f"customers leave in {where}: errors of four quarters {_percent(np.mean(errors, axis=0))}")


def _leaves_by_calendar(seed: int, customers: int, season: clv.Season) -> pd.DataFrame:
    rng, days = np.random.default_rng(seed), int(365.25 * 4)
    factor = season.factors(pd.date_range(START, periods=days))
    gone = np.append(0.0, np.cumsum(factor))
    first = rng.uniform(0, days, customers)
    rate = rng.gamma(LAW.r, 1 / LAW.alpha, customers) / 7
    leave = np.minimum(first + rng.exponential(7 * LAW.beta / rng.gamma(LAW.s, 1, customers)), days)
    low, high = (np.interp(place, np.arange(days + 1), gone) for place in (first, leave))
    orders = rng.poisson(rate * (high - low))
    who = np.repeat(np.arange(customers), orders)
    at = np.interp(low[who] + rng.random(len(who)) * (high - low)[who], gone, np.arange(days + 1))
    day = np.concatenate([first, at])
    date = pd.Timestamp(START) + pd.to_timedelta(np.floor(day * 86_400), unit="s")
    return pd.DataFrame(
        {"customer_id": np.concatenate([np.arange(customers), who]), "date": date, "amount": 20.0}
    )


def _quarters(
    log: pd.DataFrame, season: clv.Season | str | None, model: str, end: str = "2021-12-31"
) -> tuple[NDArray[np.float64], int]:
    """Errors of the next four quarters, and how many of them lie in their 90% intervals."""
    day = pd.Timestamp(end)
    fitted = clv.fit(
        log[log["date"] <= f"{end} 23:59:59"], model, end=end, season=season, value_per_order=1.0
    )
    table = fitted.forecast("365D", every="1Q")
    held = purchase_days(log)
    known = held.groupby("customer_id")["date"].transform("min") <= day
    held = held[known & (held["date"] > day)]
    happened = np.array(
        [held["date"].between(a, b).sum() for a, b in zip(table["start"], table["end"], strict=True)]
    )
    inside = (table["purchases_low"] <= happened) & (happened <= table["purchases_high"])
    return table["purchases"].to_numpy() / happened - 1, int(inside.sum())


def simulated() -> None:
    """The shop whose November and December have three times the rate: the four quarters after 31 December."""
    log = shop(1, 30_000, christmas())
    for model in ("pareto-nbd", "bg-nbd"):
        for season in CHOICES:
            errors, inside = _quarters(log, season, model)
            print(
                f"{model:<11}season={season!s:<6} errors {_percent(errors)}, {inside} of 4 within 90% intervals"
            )
    held = purchase_days(log)
    known = held.groupby("customer_id")["date"].transform("min") <= "2021-10-31"
    happened = (known & held["date"].between("2021-11-01", "2022-01-02")).sum()
    for season in CHOICES:
        past = log[log["date"] < "2021-11-01"]
        fitted = clv.fit(past, "pareto-nbd", end="2021-10-31", season=season, value_per_order=1.0)
        error = fitted.predict("9W", 0.0)["expected_purchases"].sum() / happened - 1
        print(f"fitted at 31 October, season={season!s:<6} error of the next nine weeks {error:+.0%}")


def apparel() -> None:
    """Totals of a real shop 13 and 26 weeks ahead, from 19 rolling origins."""
    path = Path(os.environ.get("RFM_LOCAL_DATA", "")) / "apparel_transactions.parquet"
    if not path.exists():
        print("RFM_LOCAL_DATA names no folder with apparel_transactions.parquet: skipped")
        return
    log = pd.read_parquet(path).set_axis(["customer_id", "date", "amount"], axis=1)
    log["date"] = pd.to_datetime(log["date"])
    last = log["date"].max() - pd.Timedelta("182D")
    rows = []
    for origin in pd.date_range("2007-01-01", last, periods=19).normalize():
        rows += _from_origin(log, origin)
    table = pd.DataFrame(rows, columns=["model", "weeks", "error"])
    means = table["error"].abs().groupby([table["weeks"], table["model"]]).mean().unstack(0)
    print(means.map("{:.1%}".format).to_string())


def _from_origin(log: pd.DataFrame, origin: pd.Timestamp) -> list[tuple[str, int, float]]:
    train, held = log[log["date"] <= origin], purchase_days(log)
    held = held[(held["date"] > origin) & held["customer_id"].isin(train["customer_id"])]
    rows = []
    for weeks in (13, 26):
        happened = (held["date"] <= origin + pd.Timedelta(weeks=weeks)).sum()
        for model in ("pareto-nbd", "bg-nbd"):
            for season in CHOICES:
                fitted = clv.fit(train, model, end=origin.date(), season=season, value_per_order=1.0)
                expected = fitted.predict(f"{weeks}W", 0.0)["expected_purchases"].sum()
                rows.append((f"{model}, season={season}", weeks, expected / happened - 1))
        for name, expected in _lifetimes(train, origin, weeks):
            rows.append((f"lifetimes {name}", weeks, expected / happened - 1))
    return rows


def _lifetimes(train: pd.DataFrame, origin: pd.Timestamp, weeks: int) -> list[tuple[str, float]]:
    """The totals of the laws of lifetimes, whose best is the yardstick."""
    from lifetimes import BetaGeoFitter, ModifiedBetaGeoFitter, ParetoNBDFitter

    table = clv.summarize(train, unit="W", end=origin.date())
    x, t_x, T = (table[name].to_numpy() for name in ("frequency", "recency", "T"))
    found = []
    for fitter in (BetaGeoFitter, ModifiedBetaGeoFitter, ParetoNBDFitter):
        try:
            with warnings.catch_warnings():
                warnings.simplefilter("ignore")
                fitted = fitter().fit(x, t_x, T)
                ahead = fitted.conditional_expected_number_of_purchases_up_to_time(weeks, x, t_x, T)
        except Exception as error:  # its optimiser gives up on some origins
            print(f"lifetimes {fitter.__name__} at {origin:%Y-%m-%d}: {type(error).__name__}")
            continue
        found.append((fitter.__name__, float(np.nansum(ahead))))
    return found


def flat(shops: int = 20) -> None:
    """Shops without a season: what is lost by looking for one."""
    rows = []
    for seed in range(shops):
        log = shop(100 + seed, 3_000, None)
        for season in CHOICES:
            errors, _ = _quarters(log, season, "pareto-nbd")
            rows.append((str(season), np.abs(errors).mean(), abs(errors.mean())))
    table = pd.DataFrame(rows, columns=["season", "quarter", "year"]).groupby("season", sort=False).mean()
    print(f"{shops} shops of 3,000 customers without a season, mean errors of quarters and of the year:")
    print(table.map("{:.1%}".format).to_string())


def older(shops: int = 4) -> None:
    """The three-year log of a shop that is eight years old and has a season: each option alone, and both."""
    law, season = clv.ParetoNBD(r=0.6, alpha=8.0, s=0.8, beta=30.0), christmas(2.0)
    options: dict[str, dict[str, object]] = {
        "neither": {},
        "season": {"season": season},
        "entry_after": {"entry_after": "0D"},
        "both": {"season": season, "entry_after": "0D"},
        'both "auto"': {"season": "auto", "entry_after": "auto"},
    }
    errors: dict[str, list[NDArray[np.float64]]] = {name: [] for name in options}
    for seed in range(shops):
        times = {"start": "2014-01-01", "joining": "8.9Y", "observed": "10Y", "season": season}
        rng = np.random.default_rng(seed)
        whole = clv.simulate(law, SPEND, customers=24_000, rng=rng, **times)[["customer_id", "date"]]  # type: ignore[arg-type]
        whole = whole.assign(date=whole["date"].dt.floor("D")).drop_duplicates()
        log = whole[whole["date"].between("2019-01-01", "2021-12-31")]
        later = whole[
            whole["customer_id"].isin(log["customer_id"]) & whole["date"].between("2022-01-01", "2022-09-30")
        ]
        happened = later.groupby(later["date"].dt.quarter).size().to_numpy()[:3]
        for name, chosen in options.items():
            model = clv.fit(log, "pareto-nbd", end="2021-12-31", **chosen)  # type: ignore[call-overload]
            found = model.forecast("273D", every="1Q")["purchases"].to_numpy()
            errors[name].append(np.append(found / happened, found.sum() / happened.sum()) - 1)
    print(f"{shops} shops, mean error of the next three quarters, and of their sum:")
    for name, each in errors.items():
        print(f"{name:<12} {_percent(np.mean(each, axis=0))}", flush=True)


def cost(customers: int = 1_000_000) -> None:
    """From transactions to the fitted model, the summary included, against no season."""
    log = shop(1, customers, christmas(), years=3, law=clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426))
    tx = rfm.Transactions(log)
    clv.fit(log.head(20_000))  # loads what is loaded late
    plain = 0.0
    for season in CHOICES:
        taken = []
        for _ in range(2):
            started = time.perf_counter()
            clv.fit(tx, season=season)
            taken.append(time.perf_counter() - started)
        plain = plain or min(taken)
        print(
            f"{customers:,} customers, season={season!s:<6}{min(taken):6.2f} s, {min(taken) / plain:.1f}×",
            flush=True,
        )


def _percent(values: NDArray[np.float64]) -> str:
    return " ".join(f"{value:+.0%}" for value in values)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = ("ratio", "leaving", "shop", "older", "apparel", "flat", "time")
    parser.add_argument("parts", nargs="*", default=names, choices=names)
    parser.add_argument("--shops", type=int, default=20)
    parser.add_argument("--customers", type=int, default=1_000_000)
    options = parser.parse_args()
    warnings.filterwarnings("ignore", category=clv.FitWarning)
    parts: dict[str, Callable[[], None]] = {
        "ratio": ratio,
        "leaving": leaving,
        "shop": simulated,
        "older": older,
        "apparel": apparel,
        "flat": lambda: flat(options.shops),
        "time": lambda: cost(options.customers),
    }
    for part in options.parts:
        print(f"-- {part}: {(parts[part].__doc__ or '').strip()}", flush=True)
        parts[part]()
