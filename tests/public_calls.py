"""The public functions and methods with arguments that are right, wrong values of every kind, and how calls may end."""

from __future__ import annotations

import functools
import inspect
import math
import sqlite3
import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from datetime import timedelta
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any, Final, TypeAlias

import numpy as np
import pandas as pd

import clv
import rfm
from rfm import DataError
from rfm._scores.scorer_options import ScoreOptions

Judge: TypeAlias = Callable[..., str]
"""Says what is wrong with how a call ends; empty if nothing is."""


@dataclass(frozen=True)
class Call:
    """A public function or method, with arguments that are right."""

    function: Callable[..., Any]
    arguments: dict[str, Any]


@functools.cache
def calls() -> dict[str, Call]:
    """The functions and methods of rfm and clv by name; pictures have a walk of their own."""
    found = [*_rfm_calls(), *_law_calls(), *_clv_calls()]
    return {name_of(call.function): call for call in found}


@functools.cache
def small_log() -> pd.DataFrame:
    """Orders of 236 customers."""
    log = rfm.datasets.cdnow_sample()
    return log[log["customer_id"].isin(log["customer_id"].unique()[::10])].reset_index(drop=True)


def _rfm_calls() -> Iterator[Call]:
    log = small_log()
    tx, summary, segmented = rfm.Transactions(log), rfm.summarize(log), rfm.segment(log)
    scored = segmented.drop(columns="segment")
    scorer, scheme, rule = rfm.Scorer.fit(summary), rfm.Scheme.load("classic"), rfm.Rule("R >= 4 and F >= 4")
    snaps = rfm.snapshots(log, "1Q", scheme="value")
    moved, base, cohort_table = rfm.migration(snaps), rfm.CustomerBase.of(log), rfm.cohorts(log)
    segment = scheme.segments[0]
    yield Call(rfm.Transactions, {"df": log})
    yield Call(rfm.summarize, {"tx": tx})
    yield Call(rfm.score, {"tx": tx})
    yield Call(rfm.segment, {"tx": tx})
    yield Call(rfm.snapshots, {"tx": tx, "every": "1Q"})
    yield Call(rfm.trend, {"tx": tx, "lapsed_after": 200})
    yield Call(rfm.describe, {"tx": tx})
    yield Call(rfm.cohorts, {"tx": tx})
    yield Call(rfm.base_report, {"tx": tx, "every": "1Q"})
    yield Call(rfm.base_report(tx, "1Q").plot, {})
    yield Call(rfm.profile, {"segmented": segmented})
    earlier = rfm.segment(log, "1998-01-31", scorer=scorer)
    later = rfm.segment(log, scorer=scorer)
    yield Call(rfm.compare_segments, {"before": earlier, "after": later})
    yield Call(rfm.pareto, {"summary": summary})
    yield from _campaign_calls(segmented, log)
    yield from _sql_calls(log)
    yield Call(rfm.cluster, {"summary": summary})
    yield Call(rfm.drift, {"scorer": scorer, "summary": summary})
    yield Call(rfm.migration, {"snaps": snaps})
    yield Call(rfm.retention_curve, {"cohort_table": cohort_table})
    yield Call(moved.matrix, {})
    yield Call(moved.expected_path, {})
    yield Call(rfm.Scorer.fit, {"summary": summary})
    yield Call(rfm.Scorer.load, {"path": "no.json"})
    yield Call(scorer.score, {"summary": summary})
    yield Call(scorer.save, {"path": "scorer.json"})
    yield Call(scorer.to_sql, {"table": "orders", "dialect": "sqlite"})
    yield Call(rfm.CustomerBase.of, {"tx": tx})
    yield Call(rfm.CustomerBase.load, {"path": "no"})
    yield Call(base.add, {"new": log, "history": log})
    yield Call(base.summary, {})
    yield Call(base.save, {"path": "base"})
    yield Call(rfm.Rule, {"text": "R >= 4"})
    yield Call(rule.holds, {"row": {"R": 5, "F": 5}})
    yield Call(rfm.Segment, {"name": "vip", "rule": "R >= 4"})
    yield Call(segment.label, {})
    yield Call(segment.action_in, {})
    yield Call(rfm.Scheme, {"name": "own", "segments": (rfm.Segment("vip", "R >= 4"), rfm.Segment("rest"))})
    yield Call(rfm.Scheme.load, {"name": "classic"})
    yield Call(rfm.Scheme.from_dict, {"content": scheme.to_dict()})
    yield Call(scheme.save, {"path": "scheme.json"})
    yield Call(scheme.with_segment, {"name": "vip", "rule": "R >= 4"})
    yield Call(scheme.without, {"name": scheme.names[1]})
    yield Call(scheme.rename, {"names": {scheme.names[0]: "vip"}})
    yield Call(scheme.reorder, {"names": list(scheme.names)})
    yield Call(scheme.check_reads, {"columns": ["R", "F", "M"]})
    yield Call(scheme.assign, {"scored": scored})
    yield Call(scheme.tags, {"scored": scored})
    yield Call(scheme.explain, {"row": {"R": 5, "F": 5, "M": 5, "frequency": 3}})


def _sql_calls(log: pd.DataFrame) -> Iterator[Call]:
    """A database of SQLite."""
    shop = sqlite3.connect(":memory:")
    log[["customer_id", "date", "amount"]].astype({"date": str}).to_sql("orders", shop, index=False)
    yield Call(rfm.sql.learn_cuts, {"connection": shop, "table": "orders"})
    yield Call(rfm.sql.read, {"connection": shop, "query": "select * from orders"})


def _campaign_calls(segmented: pd.DataFrame, log: pd.DataFrame) -> Iterator[Call]:
    """Campaigns, what is bought, and privacy."""
    known = segmented[["customer_id", "segment", "monetary"]]
    assigned = rfm.campaigns.assign(known, "a", 0.3)
    lines = log.assign(category=(log["quantity"] > 1).map({True: "several", False: "one"}))
    counted = rfm.profile(segmented)[["segment", "customers"]]
    yield Call(rfm.campaigns.assign, {"segmented": known, "name": "a"})
    yield Call(rfm.campaigns.balance, {"assigned": assigned})
    yield Call(rfm.campaigns.lift, {"assigned": assigned, "outcomes": log, "start": "1998-01-01"})
    yield Call(rfm.campaigns.required_size, {"baseline": 0.05, "lift": 0.1})
    yield Call(rfm.campaigns.detectable_lift, {"baseline": 0.05, "customers": 10_000})
    yield Call(rfm.campaigns.Holdout, {"name": "2026"})
    yield Call(rfm.affinity, {"lines": lines, "segmented": known})
    yield Call(rfm.white_space, {"lines": lines, "segmented": known, "like": known["segment"].iloc[0]})
    yield Call(rfm.next_best_offers, {"lines": lines, "least": 2})
    yield Call(rfm.cross_shop, {"lines": lines, "least": 1})
    yield Call(rfm.first_items, {"lines": lines, "horizon": "90D"})
    yield Call(rfm.privacy.pseudonymize, {"frame": known, "key": b"0123456789abcdef0123456789ABCDEF"})
    yield Call(rfm.privacy.suppress, {"table": counted})
    yield Call(rfm.privacy.k_anonymity, {"frame": known, "columns": ["segment"]})
    noisy = {"segmented": known, "epsilon": 1.0, "bounds": {"monetary": (0, 500)}}
    yield Call(rfm.privacy.private_profile, noisy)
    yield Call(rfm.to_audience, {"table": known.assign(email=known["customer_id"].map("c{}@x.com".format))})


def _law_calls() -> Iterator[Call]:
    rng, one = np.random.default_rng(0), {"x": 2, "t_x": 10, "T": 20}
    for family in (clv.BGCNBD, clv.MBGCNBD):
        yield Call(family, {"r": 0.5, "alpha": 4.0, "a": 0.8, "b": 2.4, "k": 2})
        yield Call(family.with_k, {"k": 2})
    yield Call(clv.BGCNBD.with_k(2).log_gap_term, {"sum_log_gaps": 1.5, "x": 2})
    for law in LAWS:
        if not hasattr(law, "k"):
            yield Call(type(law), asdict(law))
        yield Call(law.log_likelihood, one)
        yield Call(law.log_p_alive, one)
        yield Call(law.posterior, one)
        yield Call(law.expected_purchases, {"t": 5})
        yield Call(law.log_pmf, {"n": 2, "t": 5})
        yield Call(law.pmf, {"n": 2, "t": 5})
        yield Call(law.p_alive, one)
        yield Call(law.conditional_expected_purchases, {"t": 5, **one})
        yield Call(law.conditional_pmf, {"n": 2, "t": 5, **one})
        yield Call(law.simulate, {"T": [10, 20], "rng": rng})
    for retention in RETENTION_LAWS:
        yield Call(type(retention), asdict(retention))
        yield Call(retention.survival, {"t": 3})
        yield Call(retention.retention, {"t": 3})
        yield Call(retention.churn, {"t": 3})
        yield Call(retention.log_likelihood, {"t": 2, "at_risk": 50, "lost": 5})
        yield Call(retention.discounted_expected_lifetime, {"rate": 0.1})
        yield Call(retention.discounted_expected_residual_lifetime, {"renewals": 2, "rate": 0.1})
        yield Call(retention.simulate, {"contracts": 5, "rng": rng})
    spends = {"x": 2, "m": 30.0}
    for spend in SPEND_LAWS:
        yield Call(type(spend), asdict(spend))
        yield Call(spend.log_likelihood, spends)
        yield Call(spend.posterior, spends)
        yield Call(spend.expected_spend, spends)
        yield Call(spend.total_spend_cdf, {"value": 30, "n": 2})
        yield Call(spend.total_spend_quantile, {"probability": 0.5, "n": 2})
        yield Call(spend.simulate, {"orders": [1, 2], "rng": rng})
    gamma = SPEND_LAWS[0]
    yield Call(gamma.mean_spend_pdf, {"value": 30})
    yield Call(gamma.mean_spend_cdf, {"value": 30})
    yield Call(gamma.mean_spend_quantile, {"probability": 0.5})
    yield Call(gamma.total_spend_pdf, {"value": 30, "n": 2})
    yield Call(clv.Gamma, {"shape": "r", "rate": "alpha", "of": "rate"})
    yield Call(clv.Beta, {"a": "a", "b": "b", "of": "dropout"})
    yield Call(clv.Prior, {})
    yield Call(clv.RefundRate, {})
    yield Call(clv.Simulation.of_times, {"times": [1.0, 2.0], "customer": [0, 0], "T": [5.0]})
    yield Call(
        clv.simulate,
        {"law": LAWS[0], "spend": gamma, "customers": 5, "rng": rng, "observed": "4W", "joining": "2W"},
    )
    yield Call(clv.register_law, {"law_class": clv.BGNBD})


def _clv_calls() -> Iterator[Call]:
    log = small_log()
    tx, btyd, model, table = (
        rfm.Transactions(log),
        clv.summarize(log),
        clv.fit(log, end="1998-01-01"),
        clv.customer_table(log, model="bg-nbd"),
    )
    with_covariate = btyd.assign(channel=np.arange(len(btyd)) % 2)
    covariates = {"btyd_summary": with_covariate, "purchase": "channel"}
    covariate_fit = clv.fit_covariates(clv.BGNBD, **covariates)
    yield Call(clv.summarize, {"tx": tx})
    yield Call(clv.fit, {"tx": tx})
    yield Call(clv.fit_summary, {"btyd_summary": btyd})
    season = clv.Season.from_factors({"1997-12-01": 2.0})
    yield Call(clv.Season.fit, {"tx": tx})
    yield Call(clv.Season.from_factors, {"factors": {"1997-12-01": 2.0}})
    yield Call(season.with_factors, {"factors": {"1997-12-01": 2.0}})
    yield Call(season.factors, {"days": ["1997-12-01"]})
    yield Call(clv.fit_law, {"law_class": clv.BGNBD, "btyd_summary": btyd})
    yield Call(clv.fit_covariates, {"law_class": clv.BGNBD, **covariates})
    yield Call(clv.from_lifetimes, {"fitter": None})
    yield Call(clv.predict, {"tx": tx})
    yield Call(clv.customer_table, {"tx": tx, "model": "bg-nbd"})
    yield Call(clv.segment_value, {"table": table, "interval": 0.9, "model": model})
    yield Call(clv.prioritize, {"table": table, "capacity": 5})
    yield Call(clv.segment_forecast, {"tx": tx, "model": "bg-nbd", "horizon": "4W", "interval_from": "law"})
    yield Call(
        clv.payback,
        {"tx": tx, "costs": {"1997-01": 9e3}, "model": "bg-nbd", "horizon": "1Y", "interval_from": "law"},
    )
    yield Call(clv.check, {"tx": tx})
    yield Call(clv.backtest, {"tx": tx, "holdout": "13W"})
    yield Call(clv.calibration_and_holdout, {"tx": tx, "end": "1998-01-01"})
    yield Call(clv.report, {"tx": tx, "path": "report.html", "model": "bg-nbd"})
    yield Call(clv.load, {"path": "no.json"})
    yield Call(model.predict, {})
    yield Call(model.due, {})
    yield Call(model.total, {})
    yield Call(model.forecast, {})
    yield Call(model.new_customer, {})
    yield Call(model.with_past_errors, {"tx": tx})
    yield Call(clv.PastErrors.typical, {})
    yield Call(clv.PastErrors.typical().held, {})
    yield Call(model.save, {"path": "model.json"})
    yield Call(model.purchases.interval, {})
    yield Call(model.purchases.table, {})
    counts = {"cohort": "a", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]}
    contracts = pd.DataFrame(
        {
            "customer_id": np.arange(60),
            "start": pd.Timestamp("2023-01-05"),
            "end": pd.Timestamp("2023-01-04")
            + pd.to_timedelta(np.where(np.arange(60) % 3, 35 * (1 + np.arange(60) % 7), np.nan), "D"),
        }
    )
    renewed = clv.fit_retention(pd.DataFrame(counts))
    yield Call(clv.fit_retention, {"contracts": contracts})
    yield Call(renewed.law, {})
    yield Call(renewed.table, {})
    yield Call(renewed.retention, {})
    yield Call(renewed.survival, {})
    yield Call(renewed.lifetime, {})
    yield Call(renewed.value, {"contracts": contracts, "price": 9.0, "as_of": "2024-01-01"})
    yield Call(renewed.backtest, {"periods": 2, "models": "sbg"})
    yield Call(renewed.save, {"path": "retention.json"})
    yield Call(clv.RetentionModel.load, {"path": "no.json"})
    yield Call(covariate_fit.interval, {})
    yield Call(covariate_fit.table, {})
    yield Call(covariate_fit.law_for, {"customers": with_covariate})


LAWS: Final = (
    clv.BGNBD(0.24, 4.41, 0.79, 2.43),
    clv.MBGNBD(0.5, 6.0, 0.9, 1.6),
    clv.ParetoNBD(0.55, 10.6, 0.61, 11.7),
    clv.BGCNBD(0.5, 4.0, 0.8, 2.4, k=2),
    clv.MBGCNBD(0.5, 4.0, 0.8, 2.4, k=2),
    clv.GGompertzNBD(0.55, 10.6, 0.05, 0.6, 4.0),
    clv.BGBB(1.2, 0.75, 0.66, 2.78),
)
RETENTION_LAWS: Final = (clv.SBG(0.668, 3.806), clv.BdW(0.259, 1.723, 1.584))
SPEND_LAWS: Final = (
    clv.GammaGamma(6.25, 3.74, 15.4),
    clv.ConstantSpend(30.0),
    clv.CredibilitySpend(30.0, 0.9, 2.3),
)

MADE_BY_OTHERS: Final = frozenset(
    {
        "CustomerBase",
        "BaseReport",
        "Description",
        "Audience",
        "Drift",
        "Lift",
        "PrivateProfile",
        "Migration",
        "Scorer",
        "Backtest",
        "Payback",
        "Choice",
        "ContactPlan",
        "CovariateFit",
        "CustomerModel",
        "Fit",
        "PastErrors",
        "RetentionModel",
        "Season",
        "Simulation",
    }
)
"""Results, whose constructors get what functions of this library computed; PurchaseLaw and SpendLaw are abstract."""

FOR_AUTHORS_OF_LAWS: Final = frozenset({
    "starts", "derivatives", "prepared", "total_derivatives", "has_dropout", "may_leave", "scaled", "natural_scale",
    "to_history", "summed_purchases", "discounted_periods", "pmf_table", "from_log", "prior_terms", "clock",
    "own_scale", "total_beyond", "total_place", "log_density", "log_moment", "mean", "cdf", "reach",
    "at_concentration", "location", "of_customers", "with_prior", "come_by", "error_factors", "correction",
})  # fmt: skip
"""Methods that the fits, totals and pictures call with arrays they have checked."""

FOR_ENGINES: Final = frozenset({"expression", "part"})
"""Methods of rules that schemes call with a checked schema or a span of the rule."""


def public_names() -> Iterator[str]:
    """Names, as in `calls`, of every public function, constructor and method that takes arguments."""
    for module in (rfm, clv, rfm.datasets, rfm.campaigns, rfm.privacy, rfm.sql):
        for name in module.__all__:
            found = getattr(module, name)
            if inspect.isclass(found):
                yield from _names_of_class(found)
            elif callable(found) and inspect.signature(found).parameters:
                yield name_of(found)


def _names_of_class(found: type) -> Iterator[str]:
    if issubclass(found, BaseException) or found in (clv.PurchaseLaw, clv.SpendLaw):
        return
    if found.__name__ not in MADE_BY_OTHERS:
        yield name_of(found)
    for name, method in inspect.getmembers(found, callable):
        ours = str(getattr(method, "__module__", "")).startswith(("rfm.", "clv."))
        if name.startswith("_") or not ours or name in FOR_AUTHORS_OF_LAWS | FOR_ENGINES:
            continue
        if set(inspect.signature(method).parameters) - {"self"}:
            yield name_of(method)


def name_of(function: Callable[..., Any]) -> str:
    """Such as ``rfm.Scheme.assign``."""
    return f"{function.__module__.split('.')[0]}.{function.__qualname__}"


def options_of(function: Callable[..., Any]) -> Iterator[str]:
    """The names of its options, with those that are passed on to scoring."""
    for name, parameter in inspect.signature(function).parameters.items():
        if parameter.kind is parameter.VAR_KEYWORD:
            yield from ScoreOptions.__annotations__
        else:
            yield name


VALUES: dict[str, Any] = {
    "None": None,
    "True": True,
    "False": False,
    "0": 0,
    "-1": -1,
    "1": 1,
    "3": 3,
    "1.5": 1.5,
    "-0.5": -0.5,
    "nan": math.nan,
    "inf": math.inf,
    "-inf": -math.inf,
    "1e300": 1e300,
    "10**100": 10**100,
    "10**5000": 10**5000,
    "''": "",
    "' '": " ",
    "'x'": "x",
    "'-1'": "-1",
    "NUL": "a\x00b",
    "'1e300W'": "1e300W",
    "newline": "ann\nERROR root: x",
    "surrogate": "\ud800",
    "long": "a" * 1_000_000,
    "bytes": b"ann",
    "[]": [],
    "['W']": ["W"],
    "[1, 2]": [1, 2],
    "{}": {},
    "{'a': 1}": {"a": 1},
    "{1}": {1},
    "object": object(),
    "function": lambda *_: 0,
    "type": int,
    "array": np.array([1.0]),
    "matrix": np.ones((2, 2)),
    "no array": np.array([]),
    "int64": np.int64(3),
    "NA": pd.NA,
    "NaT": pd.NaT,
    "no table": pd.DataFrame(),
    "table": pd.DataFrame({"a": [1]}),
    "series": pd.Series([1]),
    "complex": 1 + 1j,
    "Decimal": Decimal("1.5"),
    "Fraction": Fraction(1, 2),
    "negative time": timedelta(days=-1),
    "Path": Path("/no/such/file"),
}


def best_of_three(judge: Judge) -> Judge:
    """A judge of calls who tries again where only the time was at fault: the machine may have been busy."""

    @functools.wraps(judge)
    def fairly(*arguments: Any, **options: Any) -> str:
        for _ in range(3):
            found = judge(*arguments, **options)
            if not found.startswith("took"):
                return found
        return found

    return fairly


@best_of_three
def fault(function: Callable[..., Any], arguments: dict[str, Any]) -> str:
    """What is wrong with how a call is refused; empty if nothing is."""
    began = time.process_time()
    try:
        function(**arguments)
    except DataError as error:
        message = str(error)
        if len(message) > 1_000 or not message.replace("\n", "").isprintable():
            return f"a message of {len(message)} characters: {message[:80]!r}"
        took = time.process_time() - began
        return "" if took < 1 else f"took {took:.1f} s"
    except Exception as error:
        return f"{type(error).__name__}: {str(error)[:80]}"
    return "accepted"
