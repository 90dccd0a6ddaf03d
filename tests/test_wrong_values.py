"""Every option of every public function and method, given values of every wrong kind.

Each is refused by an error of this library, before any work, with the inputs unchanged; its message is short and on one
line. A new function must be added to `calls`, and a new option to `OPTIONS`, or the first test fails.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.public_calls import VALUES, calls, fault, options_of, public_names

# ------------------------------------------------------------------------------------- kinds of options

TEXTS = {"' '", "'x'", "'-1'", "NUL", "'1e300W'", "newline", "surrogate", "long"}
WHOLE = {"0", "1", "3", "int64"}
NUMBERS = {*WHOLE, "1.5", "Fraction"}
ARRAYS = {*NUMBERS, "array", "matrix", "no array", "[]", "[1, 2]", "series", "Decimal"}

KINDS: dict[str, set[str]] = {
    "table": set(),
    "table of a day": {"no table"},  # a day without orders
    "choice": set(),
    "day": set(),
    "length": set(),
    "path": {"'-1'", "'x'", "'1e300W'", "newline", "Path"},
    "text": TEXTS,
    "texts": {"[]", "['W']", "no array"},
    "texts by text": {"{}"},
    "whole": WHOLE,
    "bins": {"3", "int64", "{}"},
    "count": WHOLE - {"0"},
    "fraction": {"Fraction"},
    "share": {"1", "Fraction"},
    "factor": NUMBERS,
    "rate": NUMBERS | {"-0.5"},
    "flag": {"True", "False"},
    "truths": {"True", "False"},
    "amounts on the line": ARRAYS | {"-1", "-0.5", "inf", "-inf", "1e300", "10**100"},
    "large numbers": ARRAYS | {"1e300", "10**100"},
    "numbers of any sign": ARRAYS | {"-1", "-0.5", "1e300", "10**100"},
    "weights of evidence": ARRAYS | {"inf", "1e300", "10**100"},
    "numbers": ARRAYS,
    "numbers in any order": ARRAYS | {"{1}"},
    "function": {"function", "type"},
    "origins": {"1", "3", "int64"},
    "laws": {"[]", "no array"},
    "days": set(),
    "rule": {"'x'"},
    "any text": TEXTS | {"''"},
    "column": {"[]"},
    "columns": {"[]", "no array"},
    "mapping": {"{}"},
    "row": {"{}", "{'a': 1}"},
    "weights": ARRAYS,
    "pair": {"[1, 2]"},
    "backtest periods": {"1", "int64"},
    "filled mapping": {"{'a': 1}"},
    "cost": {"0", "1", "3", "1.5", "{}", "int64", "Fraction"},
    "tables": {"[]", "no array"},
    "explained": {"0", "Fraction"},
    "positive": {"1", "3", "1.5", "int64", "Fraction"},
    "whole above 1": {"3", "int64"},
    "lift": {"-1", "1", "3", "1.5", "-0.5", "int64", "Fraction"},
    "whole above 3": set(),
    "key": {"newline"},
    "none of texts": {"[]", "no array"},
    "cadence": set(),
    "asked of a database": TEXTS,
    "names in a database": TEXTS | {"['W']"},
    "names of groups": {"None", "[]", "no array"},
}
"""Labels of the values that options of each kind allow; all others must be refused. "kind?" allows None as well."""


def wrong(kind: str) -> Iterator[tuple[str, Any]]:
    """The values that an option of this kind must refuse."""
    allowed = KINDS[kind.removesuffix("?")] | ({"None"} if kind.endswith("?") else set())
    yield from ((label, value) for label, value in VALUES.items() if label not in allowed)


OPTIONS: dict[str, str] = {
    # tables
    **dict.fromkeys(("tx", "df", "new", "summary", "scored", "segmented", "snaps", "cohort_table"), "table"),
    "rfm.CustomerBase.add.new": "table of a day",
    **dict.fromkeys(("btyd_summary", "table", "clv.CovariateFit.law_for.customers"), "table"),
    **dict.fromkeys(("attributes", "segments", "history", "then", "customers", "first_purchase"), "table?"),
    # closed options, and objects of this library
    **dict.fromkeys(("returns", "bad_rows", "duplicates", "far_dates", "late", "twice"), "choice"),
    **dict.fromkeys(("engine", "model", "values", "law_class", "of", "frequency", "monetary"), "choice"),
    **dict.fromkeys(("law", "spend", "scorer", "rng", "fitter"), "choice"),
    **dict.fromkeys(("discrete", "lump", "interval_from", "prior", "unit", "season", "given"), "choice?"),
    "factors": "choice", "days": "laws", "clv.Season.fit.shape": "choice", "clv.Season.fit.unit": "choice",
    "spend_orders": "choice", "spend_law": "choice", "forgetting": "share?",
    "clv.customer_table.spend_orders": "choice?", "clv.segment_value.tx": "table?",
    "clv.segment_value.interval": "fraction", "mass": "fraction",
    "within": "choice?", **dict.fromkeys(("rfm.score.summary", "rfm.segment.summary"), "table?"),
    **dict.fromkeys(("rfm.score.scorer", "rfm.segment.scorer", "rfm.snapshots.scorer"), "choice?"),
    "costs": "filled mapping", "clv.payback.by": "choice", "clv.payback.every": "choice",
    "clv.payback.interval": "fraction", "clv.payback.margin": "positive",
    "clv.segment_forecast.scorer": "choice?", "interval_from": "choice?",
    "scheme": "choice", "rfm.profile.scheme": "choice?", "rfm.Scheme.load.name": "choice", "read": "function",
    **dict.fromkeys(("clv.fit.unit", "clv.simulate.unit", "clv.backtest.unit", "clv.check.unit"), "choice"),
    **dict.fromkeys(("clv.summarize.unit", "clv.predict.unit"), "choice"),
    # days, lengths of time, paths, texts
    **dict.fromkeys(("as_of", "until", "end", "period", "arrives"), "day?"),
    "window": "day?", "rule_in_window": "rule?",
    "start": "day", "origins": "origins", "models": "laws", "dates": "days?", "learn_at": "choice",
    **dict.fromkeys(("horizon", "holdout", "observed", "joining"), "length"), "holdout_end": "day?",
    **dict.fromkeys(("rfm.cohorts.every", "rfm.trend.every", "rfm.base_report.every"), "length"),
    "rfm.base_report.before": "day?", "rfm.BaseReport.plot.table": "choice", "rfm.BaseReport.plot.ax": "choice?",
    "every": "length?", "entry_after": "length?", "path": "path",
    **dict.fromkeys(("rule", "text"), "rule"), "rfm.Segment.rule": "rule?", "rfm.Segment.name": "text", "name": "text",
    "rfm.Scheme.without.name": "choice", "before": "choice?", "default": "choice?", "clv.report.language": "choice",
    **dict.fromkeys(("customer", "date", "language"), "text"),
    **dict.fromkeys(("amount", "order_id", "quantity", "price", "currency", "source", "date_format", "tz"), "text?"),
    "consent": "text?",
    **dict.fromkeys(("action", "rfm.Scheme.source"), "any text"),
    **dict.fromkeys(("labels", "actions"), "texts by text?"), "rfm.Scheme.rename.names": "texts by text",
    "rfm.Scheme.reorder.names": "choice", "columns": "texts", "rfm.Scheme.prospects": "choice?",
    **dict.fromkeys(("rfm.compare_segments.before", "rfm.compare_segments.after"), "table"),
    **dict.fromkeys(("rfm.compare_segments.scheme", "rfm.compare_segments.scorer"), "choice?"),
    **dict.fromkeys(("per", "rfm.compare_segments.language"), "choice"),
    **dict.fromkeys(("rfm.profile.total", "rfm.profile.subtotals"), "flag"), "aggregates": "mapping?",
    "by": "column?", "rfm.profile.by": "column", **dict.fromkeys(("purchase", "dropout"), "columns"),
    **dict.fromkeys(("edges", "percentiles", "extra", "weights", "rates", "measures"), "mapping?"),
    "content": "choice", "row": "row", "clv.fit_law.weights": "weights?", "clv.fit_covariates.weights": "weights?",
    # numbers
    "seed": "whole", "decimals": "whole", "periods": "whole", "bins": "bins", "k": "count?", "lapsed_after": "count?",
    "clv.ErlangLaw.with_k.k": "count", "sum_log_gaps": "numbers of any sign",
    "clv.simulate.customers": "count", "rfm.Scheme.assign.bins": "bins?", "clv.BGBB.p_alive.ahead": "large numbers",
    **dict.fromkeys(("confidence", "level", "threshold"), "fraction"),
    **dict.fromkeys(("clv.CustomerModel.total.interval", "clv.CustomerModel.forecast.interval"), "fraction"),
    "interval": "fraction?", "clv.segment_forecast.interval": "fraction", "newcomers": "factor?",
    "margin": "factor", "discount_rate": "rate", "price_growth": "rate",
    "value_per_order": "factor?", "acquisition_cost": "factor?",
    **dict.fromkeys(("progress", "baselines", "rfm.CustomerBase.save.replace"), "flag"),
    **dict.fromkeys(("clv.report.shop", "clv.report.currency_sign"), "any text?"),
    "shares": "numbers in any order",
    # numbers and arrays of laws
    **dict.fromkeys(("x", "t_x", "T", "t", "m", "probability", "times"), "numbers"),
    **dict.fromkeys(("n", "orders"), "large numbers"),
    **dict.fromkeys(("r", "alpha", "a", "b", "s", "beta", "gamma", "delta", "p", "q"), "large numbers"),
    "value": "amounts on the line", "clv.ConstantSpend.value": "large numbers",
    **dict.fromkeys((f"clv.CredibilitySpend.{name}" for name in ("mean", "within", "k")), "large numbers"),
    "clv.Simulation.of_times.customer": "numbers", "alive": "truths?",
    **dict.fromkeys(("clv.Beta.a", "clv.Beta.b", "clv.Gamma.shape", "clv.Gamma.rate"), "text"),
    **dict.fromkeys(("label", "alike", "extremes"), "text?"), "covariates": "table?",
    **dict.fromkeys(("clv.Beta.covariates", "clv.Gamma.covariates"), "flag"),
    **dict.fromkeys(("clv.fit.spend", "clv.fit_summary.spend", "clv.backtest.spend", "clv.report.spend"), "columns"),
    "clv.fit.weights": "table?", "clv.fit_summary.weights": "weights?",
    "mean_spread": "numbers", **dict.fromkeys(("shape", "concentration", "spend_shape"), "pair"),
    # contracts
    **dict.fromkeys(("contracts", "clv.RetentionModel.value.contracts"), "table"), "since": "day?",
    **dict.fromkeys((f"clv.{law}.simulate.contracts" for law in ("SBG", "BdW", "RetentionLaw")), "count"),
    **dict.fromkeys(("renewals", "at_risk", "lost"), "numbers"), "c": "large numbers", "churn": "columns",
    "clv.fit_retention.period": "length", "clv.fit_retention.by": "choice?", "group": "choice?",
    **dict.fromkeys((f"clv.RetentionModel.{name}.interval" for name in ("table", "retention", "survival")), "fraction"),
    **dict.fromkeys((f"clv.RetentionModel.{name}.interval" for name in ("lifetime", "backtest")), "fraction"),
    **dict.fromkeys((f"clv.RetentionModel.{name}.periods" for name in ("retention", "survival", "backtest")), "count"),
    "clv.RetentionModel.lifetime.renewals": "whole", "clv.RetentionModel.value.price": "factor?",
    "clv.RetentionModel.backtest.periods": "backtest periods",
    "clv.RetentionLaw.discounted_expected_lifetime.rate": "factor",
    "clv.RetentionLaw.discounted_expected_residual_lifetime.rate": "factor",
    "rate": "numbers", "prior_orders": "weights of evidence", "ages": "numbers", "come": "numbers",
    # campaigns, what is bought, privacy
    **dict.fromkeys(("assigned", "lines", "frame"), "table"), "outcomes": "table?", "previous": "table?",
    **dict.fromkeys(("rfm.assign.control", "rfm.required_size.control", "rfm.detectable_lift.control"), "fraction"),
    **dict.fromkeys(("power", "rfm.Holdout.share"), "fraction"), "rfm.required_size.baseline": "fraction",
    "rfm.detectable_lift.baseline": "fraction", "explained": "explained", "looks": "count", "least": "count",
    "rfm.lift.control": "choice", "rfm.lift.covariate": "choice?", "rfm.lift.money": "choice",
    "rfm.lift.start": "day",
    "rfm.assign.on": "day?", "rfm.assign.holdout": "choice?",
    "rfm.assign.arms": "filled mapping?", "rfm.lift.cost": "cost", "others": "tables",
    "rfm.required_size.lift": "lift", "standard_deviation": "positive?", "item": "choice", "key": "key",
    "rfm.suppress.keep": "none of texts", "rfm.balance.by": "choice?", "rfm.lift.by": "choice?",
    "rfm.affinity.by": "choice", "rfm.white_space.by": "choice", "rfm.white_space.like": "choice",
    "rfm.next_best_offers.n": "count", "rfm.next_best_offers.least": "whole above 1",
    "rfm.k_anonymity.columns": "choice", "rfm.suppress.k": "whole above 1",
    "rfm.detectable_lift.customers": "whole above 3", "rfm.suppress.by": "names of groups",
    "rfm.suppress.customers": "choice", "rfm.suppress.largest": "mapping?", "dominance": "fraction",
    "rfm.pseudonymize.columns": "choice", "context": "any text", "epsilon": "positive", "bounds": "mapping",
    "split": "mapping?", "rfm.private_profile.segments": "choice?", "rfm.private_profile.by": "choice",
    "rfm.to_audience.columns": "choice?", "rfm.to_audience.path": "path?",
    "workbook": "choice?",
    **dict.fromkeys(("layout", "country"), "choice"), "rfm.to_audience.country": "choice?", "hashed": "flag",
    "rfm.to_audience.value": "choice?",
    # warehouses, whose databases refuse wrong names and queries in their own words
    "connection": "choice", "query": "asked of a database", "rfm.Scorer.to_sql.dialect": "choice",
    "rfm.learn_cuts.dialect": "choice?", "rfm.Scorer.to_sql.scheme": "choice?",
    **dict.fromkeys(("rfm.Scorer.to_sql.table", "rfm.learn_cuts.table"), "names in a database"),
    **dict.fromkeys(("rfm.learn_cuts.customer", "rfm.learn_cuts.date"), "asked of a database"),
    "rfm.learn_cuts.amount": "asked of a database?",
    # contact lists
    **dict.fromkeys(("capacity", "clv.prioritize.periods"), "count"), "cost": "factor", "uplift": "filled mapping?",
    "clv.prioritize.start": "day?", "cadence": "cadence", "pause": "length", "contacted": "table?",
    "closed": "none of texts", "clv.prioritize.language": "choice",
}  # fmt: skip
"""Kind of each option, by its name, or by the name of its function and its own."""


def kind_of(function: str, option: str) -> str | None:
    """The kind of an option."""
    return OPTIONS.get(f"{function}.{option}") or OPTIONS.get(option)


def test_every_public_function_and_option_is_in_the_walk() -> None:
    found = dict.fromkeys(public_names())
    assert [name for name in found if name not in calls()] == []
    assert [name for name in calls() if name not in found] == []
    missing = [
        f"{name}.{option}"
        for name, call in calls().items()
        for option in options_of(call.function)
        if kind_of(name, option) is None
    ]
    assert missing == []


@pytest.mark.slow
def test_wrong_values_are_refused_at_once_in_our_words(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    faults = []
    for name, call in calls().items():
        tables = {
            key: value.copy() for key, value in call.arguments.items() if isinstance(value, pd.DataFrame)
        }
        for option in options_of(call.function):
            for label, value in wrong(str(kind_of(name, option))):
                if wrong_end := fault(call.function, {**call.arguments, option: value}):
                    faults.append(f"{name}({option}={label}): {wrong_end}")
        for key, table in tables.items():
            pd.testing.assert_frame_equal(call.arguments[key], table)
    assert faults == []
