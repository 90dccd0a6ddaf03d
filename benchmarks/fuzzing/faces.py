"""The public functions that the fuzz asks, each as a function from a log to plain tables."""

from __future__ import annotations

import dataclasses
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

import clv
import rfm
from benchmarks.fuzzing.answers import Answer, plain
from benchmarks.fuzzing.logs import Options
from clv._fits.posterior import Posterior

__all__ = ["FACES", "MONEY", "Face"]

# Columns that hold money, wherever they stand.
MONEY_NAMES = """
    monetary_median monetary_mean average_order_value spend_per_customer spend_in_window
    spend first_order_spend refunds monetary monetary_value amount revenue revenue_to_date mean_order expected_spend
    clv clv_low clv_high clv_mean_low clv_mean_high clv_per_customer revenue_low revenue_high M_cut
    value_at_risk expected_gain
    cost cost_per_customer value_to_date
    spend_per_buyer extra_spend extra_spend_low extra_spend_high
    later_spend later_spend_low later_spend_high first_spend expected_spend_low expected_spend_high
"""
MONEY = frozenset(MONEY_NAMES.split())


@dataclass(frozen=True)
class Face:
    """A public function.

    `sums`: of tables with a row per group, the columns that are sums over customers. Tables with the column
    `customer_id` have a row per customer instead. `unstated`: by law, the columns or tables of which it says nothing.
    `unstated_laws`: laws that say nothing of this function. `cost`: about how many times as long it takes as the
    cheapest, which makes it rarer.
    """

    name: str
    ask: Callable[[Any, Options], Answer]
    sums: frozenset[str] = frozenset()
    unstated: Mapping[str, frozenset[str]] = field(default_factory=dict)
    unstated_laws: frozenset[str] = frozenset()
    cost: int = 1


FACES: dict[str, Face] = {}


def face(
    name: str, *, sums: str = "", unstated: Mapping[str, str] | None = None, laws: str = "", cost: int = 1
) -> Callable[[Callable[[Any, Options], Answer]], Callable[[Any, Options], Answer]]:
    """Add a function to `FACES`; `laws` are those that say nothing of it."""

    def add(ask: Callable[[Any, Options], Answer]) -> Callable[[Any, Options], Answer]:
        columns = {law: frozenset(names.split()) for law, names in (unstated or {}).items()}
        FACES[name] = Face(name, ask, frozenset(sums.split()), columns, frozenset(laws.split()), cost)
        return ask

    return add


def scoring(options: Options) -> dict[str, Any]:
    """The options of scoring; orders are counted only where order ids are mapped."""
    frequency = options.frequency if options.orders else "days"
    return {"frequency": frequency, "monetary": options.monetary}


# ---------------------------------------------------------------------------------------------- what they did


# Examples quote rows as the log writes them, and stand in the order of customers.
@face("Transactions.audit", sums="rows customers amount", cost=2,
      unstated=dict.fromkeys(("doubled", "scaled", "shifted", "renamed", "written otherwise"), "examples"),
      laws="cleaned later")  # fmt: skip
def audit(tx: Any, options: Options) -> Answer:
    return {"audit": plain(tx.audit)}


@face("rfm.summarize")
def summarize(tx: Any, options: Options) -> Answer:
    return {"summary": plain(rfm.summarize(tx, options.as_of))}


@face("rfm.score")
def score(tx: Any, options: Options) -> Answer:
    return {"scores": plain(rfm.score(tx, options.as_of, options.bins, **scoring(options)))}


@face("rfm.segment")
def segment(tx: Any, options: Options) -> Answer:
    return {"segments": plain(rfm.segment(tx, options.as_of, options.scheme, **scoring(options)))}


@face("Scorer")
def scorer(tx: Any, options: Options) -> Answer:
    """Learned, saved, loaded and applied by hand; the scheme assigns, and all rules are evaluated."""
    scheme = rfm.Scheme.load(options.scheme)
    learned = rfm.Scorer.fit(
        rfm.summarize(tx, options.as_of), scheme.bins, monetary=options.monetary, decimals=tx.decimals
    )
    with tempfile.TemporaryDirectory() as folder:
        learned.save(Path(folder, "scorer.json"))
        again = rfm.Scorer.load(Path(folder, "scorer.json"))
    assert again == learned, "a saved scorer is another one"
    scored = again.score(rfm.summarize(tx, options.as_of))
    edges = {
        f"{name}_cut": {f"{name}_cut": [float(cut) for cut in cuts]} for name, cuts in again.edges.items()
    }
    return {
        "assigned": plain(scheme.assign(scored, bins=scheme.bins)),
        "tags": plain(scheme.tags(scored)),
        **edges,
    }


@face("rfm.profile", sums="customers orders spend")
def profile(tx: Any, options: Options) -> Answer:
    segmented = rfm.segment(tx, options.as_of, options.scheme, **scoring(options))
    return {"profile": plain(rfm.profile(segmented, options.scheme))}


@face("rfm.pareto", sums="customers spend")
def pareto(tx: Any, options: Options) -> Answer:
    """At shares that are whole numbers of customers, also of those of whom a doubled log has two."""
    summary = rfm.summarize(tx, options.as_of)
    bought = _length(nw.from_native(summary).filter(nw.col("orders") > 0)) // options.twins
    shares = [customers / bought for customers in range(1, bought + 1)]
    return {"pareto": plain(rfm.pareto(summary, shares or [1.0]))}


def _length(frame: Any) -> int:
    return len(frame.collect() if isinstance(frame, nw.LazyFrame) else frame)


def _snapshots(tx: Any, options: Options) -> Any:
    return rfm.snapshots(tx, _coarse(tx, options), scheme=options.scheme, **scoring(options))


def _coarse(tx: Any, options: Options) -> str:
    """Periods that a log has at most a dozen of: more are slower, not harder."""
    days = tx.last_day - tx.first_day
    short = {"1D": 1, "7D": 7, "1W": 7, "30D": 30, "1M": 31}.get(options.every, 92)
    return options.every if days < 12 * short else f"{days // 12}D"


@face("rfm.snapshots", cost=2)
def snapshots(tx: Any, options: Options) -> Answer:
    return {"snapshots": plain(_snapshots(tx, options))}


# Bounds and tests depend on the number of customers; how many of them is what the law doubles.
@face("rfm.migration", sums="customers start inflow outflow net end new spells ended unknown_start", cost=8,
      unstated={"doubled": "low high chi2 df p_value p_holm cramers_v pooled"})  # fmt: skip
def migration(tx: Any, options: Options) -> Answer:
    moved = rfm.migration(_snapshots(tx, options))
    tables = ("moves", "rates", "flows", "changes", "changes_by_segment", "dwell", "long_run")
    return {name: plain(getattr(moved, name)) for name in tables} | {"path": plain(moved.expected_path(3))}


@face("rfm.trend", sums="customers new returning won_back lapsed active orders spend refunds", cost=2)
def trend(tx: Any, options: Options) -> Answer:
    table = rfm.trend(
        tx, _coarse(tx, options), lapsed_after=options.lapsed_after, segments=_segments(tx, options)
    )
    return {"trend": plain(table)}


def _segments(tx: Any, options: Options) -> Any:
    """The segment of each customer, if answers by segment are wanted."""
    if not options.by_segment:
        return None
    segmented = nw.from_native(rfm.segment(tx, scheme=options.scheme))
    return segmented.select("customer_id", "segment").to_native()


@face("rfm.cohorts", sums="customers active orders revenue revenue_to_date", cost=2,
      unstated={"doubled": "low high"})  # fmt: skip
def cohorts(tx: Any, options: Options) -> Answer:
    table = rfm.cohorts(tx, _coarse(tx, options), segments=_segments(tx, options))
    return {"cohorts": plain(table), "curve": plain(rfm.retention_curve(table))}


# Where a score has no customer its count is taken as one half, and chance depends on the number of customers.
@face("rfm.drift", cost=2, unstated={"doubled": "psi by_chance verdict"})
def drift(tx: Any, options: Options) -> Answer:
    """Half of the days then, all of them now."""
    middle = (tx.first_day + tx.last_day) // 2
    then = rfm.summarize(tx, pd.Timestamp(np.datetime64(middle, "D")))
    learned = rfm.Scorer.fit(then, options.bins, monetary=options.monetary, decimals=tx.decimals)
    drifted = rfm.drift(learned, rfm.summarize(tx), then=then)
    return {"drift": plain(drifted.table), "shares": plain(drifted.shares)}


# The log of spend plus a constant is no law's; KMeans breaks ties by the order and number of its cells.
@face("rfm.cluster", cost=10, laws="scaled doubled")
def cluster(tx: Any, options: Options) -> Answer:
    return {"clusters": plain(rfm.cluster(rfm.summarize(tx, options.as_of), options.clusters))}


# --------------------------------------------------------------------------------------------- what they will do


@face("clv.summarize")
def btyd_summary(tx: Any, options: Options) -> Answer:
    return {"summary": plain(clv.summarize(tx, options.unit, options.as_of, options.discrete))}


@cache
def _model(money: float) -> clv.CustomerModel:
    """A fitted model with a few draws of its parameters, whose currency is worth 1/money of the first's."""
    log = rfm.datasets.cdnow_sample()
    model = clv.fit(log[log["customer_id"] <= 2_000], end="1998-06-30")
    rng = np.random.default_rng(0)
    assert model.spend is not None
    assert model.first_order is not None
    pairs = [(_drawn(model.purchases.law, rng), _drawn(model.spend.law, rng)) for _ in range(6)]
    pairs = [(law, dataclasses.replace(spend, gamma=spend.gamma * money)) for law, spend in pairs]
    gamma = model.spend.law.gamma * money
    spend = dataclasses.replace(
        model.spend,
        law=dataclasses.replace(model.spend.law, gamma=gamma),
        mean_order=model.spend.mean_order * money,
    )
    return dataclasses.replace(
        model,
        spend=spend,
        first_order=model.first_order * money,
        customers=None,
        end=None,
        draws=Posterior(tuple(pairs)),
    )


def _drawn(law: Any, rng: np.random.Generator) -> Any:
    return type(law)(
        **{name: getattr(law, name) * np.exp(0.05 * rng.standard_normal()) for name in law.parameters}
    )


@face("CustomerModel.predict", cost=4)
def predict(tx: Any, options: Options) -> Answer:
    customers = clv.summarize(tx, "W", options.as_of)
    model = _model(options.money)
    return {
        "prediction": plain(model.predict("52W", customers=customers, interval=options.interval)),
        "due": plain(model.due(customers=customers)),
    }


@face("CustomerModel.total", cost=30, sums="customers purchases clv",
      unstated={"doubled": "purchases_mean_low purchases_mean_high purchases_low purchases_high clv_mean_low "
                           "clv_mean_high clv_low clv_high"})  # fmt: skip
def total(tx: Any, options: Options) -> Answer:
    return {
        "total": plain(_model(options.money).total(customers=clv.summarize(tx, "W", options.as_of), horizon="26W"))
    }  # fmt: skip


@face("CustomerModel.forecast", cost=40, sums="purchases revenue active",
      unstated={"doubled": "purchases_low purchases_high revenue_low revenue_high active_low active_high"})  # fmt: skip
def forecast(tx: Any, options: Options) -> Answer:
    customers = clv.summarize(tx, "W", options.as_of)
    return {"forecast": plain(_model(options.money).forecast("12W", every="4W", customers=customers))}


@face("clv.customer_table", cost=4, sums="customers spend clv")
def customer_table(tx: Any, options: Options) -> Answer:
    table = clv.customer_table(
        tx, as_of=options.as_of, scheme=options.scheme, model=_model(options.money), horizon="26W"
    )
    return {"customers": plain(table), "segments": plain(clv.segment_value(table))}


# Where few customers buy, many parameters fit equally well, and a search may end at any of them: laws that change
# the numbers that it adds up compare how well the estimates fit, and these do so equally. Of spend, twins say nothing:
# one repeat buyer has no law of spend, and two have one.
@face("clv.fit", cost=12, sums="purchase_log_likelihood spend_log_likelihood purchase_n spend_n",
      unstated={"doubled": "purchase_parameters spend_parameters spend_log_likelihood spend_n",
                "scaled": "spend_parameters"})  # fmt: skip
def fit(tx: Any, options: Options) -> Answer:
    model = clv.fit(tx, options.model, unit=options.unit, end=options.as_of)
    fits = {"purchase": model.purchases} | ({} if model.spend is None else {"spend": model.spend})
    answer: Answer = {}
    for name, made in fits.items():
        likelihood = None if np.isnan(made.log_likelihood) else float(made.log_likelihood)
        answer[name] = {f"{name}_log_likelihood": [likelihood], f"{name}_n": [made.n]}
        answer[f"{name}_parameters"] = {
            key: [float(getattr(made.law, key))] for key in getattr(made.law, "parameters", ())
        }
    return answer


@face("clv.fit_summary", cost=16, sums="n", unstated={"doubled": "estimates p_alive"})
def fit_summary(tx: Any, options: Options) -> Answer:
    """By way of the summary, saved and loaded: the estimates and predictions of `clv.fit`."""
    summary = clv.summarize(tx, options.unit, options.as_of)
    model = clv.fit_summary(summary, options.model)
    at_once = clv.fit(tx, options.model, unit=options.unit, end=options.as_of)
    assert model.purchases.law == at_once.purchases.law, "fit_summary is not fit"
    law = model.purchases.law
    prediction = model.predict("26W", customers=summary)
    return {"n": {"n": [model.purchases.n]},
            "estimates": {"estimates": [float(getattr(law, name)) for name in law.parameters]},
            "alive": plain(nw.from_native(prediction).select("customer_id", "p_alive").to_native())}  # fmt: skip


@face("clv.backtest", cost=40, laws="doubled scaled")
def backtest(tx: Any, options: Options) -> Answer:
    tested = clv.backtest(
        tx, f"{max((tx.last_day - tx.first_day) // 3, 1)}D", models=(options.model,), scheme=options.scheme
    )
    return {
        name: plain(getattr(tested, name))
        for name in ("table", "calibration", "predictions", "newcomers", "first_seen")
    }


@face("clv.check", cost=12, laws="doubled scaled", unstated={"shifted": "finding"})
def check(tx: Any, options: Options) -> Answer:
    return {"check": plain(clv.check(tx, unit=options.unit, model=options.model))}
