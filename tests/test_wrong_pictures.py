"""Every plot and its data function, given options and columns of every wrong kind, and labels of every odd text.

Each call is refused by an error of this library, or makes a picture that renders; inputs, Matplotlib's settings and its
open figures stay as they were. A new plot must be added to `calls`, and a new option to `OPTIONS`, or the first test
fails.
"""

from __future__ import annotations

import functools
import inspect
import io
import time
import warnings
from collections.abc import Callable
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.axes import Axes
from matplotlib.figure import Figure

import clv
import clv.plot
import rfm
import rfm.plot
from rfm import DataError
from rfm.errors import DataWarning
from tests.public_calls import VALUES, best_of_three, small_log
from tests.test_wrong_tables import COLUMNS

Call = tuple[Callable[..., Any], dict[str, Any]]

DAY = "1998-01-01"


@functools.cache
def calls() -> dict[str, Call]:
    """The plots and their data functions by name, each with arguments that are right."""
    log = small_log()
    summary, segmented = rfm.summarize(log), rfm.segment(log)
    snaps = rfm.snapshots(log, "1Q", scheme="value")
    report = rfm.base_report(log, every="1Q")
    model = clv.fit(log, end=DAY)
    table = clv.customer_table(log, model="bg-nbd")
    held = clv.plot.holdout_data(model, log, end=DAY)
    renewed = clv.fit_retention(
        pd.DataFrame({"cohort": "a", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]})
    )
    shares_ahead = clv.segment_forecast(log, "value", "26W", model="bg-nbd", as_of=DAY, interval_from="law")
    paid = clv.payback(
        log, {"1997": 900.0}, by="year", model="bg-nbd", as_of=DAY, interval_from="law", horizon="1Y"
    )
    law = {"model": clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)}
    looked = {**law, "tx": log, "unit": "W"}
    grid = {**law, "max_frequency": 9, "T": 39.0}
    valid: dict[Any, dict[str, Any]] = {
        "rfm.audit": {"audited": rfm.Transactions(log).audit},
        "rfm.customer_distribution": {"table": report.distribution},
        "rfm.deciles": {"table": report.deciles},
        "rfm.revenue_bridge": {"table": report.revenue_bridge},
        "rfm.revenue_tree": {"table": report.revenue_tree},
        "rfm.cohort_comparison": {"table": report.cohorts},
        "rfm.cohorts": {"cohort_table": rfm.cohorts(log, "1Q")},
        "rfm.distributions": {"table": summary},
        "rfm.heatmap": {"scored": segmented},
        "rfm.medians": {"segmented": segmented},
        "rfm.migration": {"moved": rfm.migration(snaps).moves},
        "rfm.migration_flow": {"snaps": snaps},
        "rfm.pareto": {"table": segmented},
        "rfm.second_purchase": {"table": report.second_purchase},
        "rfm.segment_colors": {"segments": ["a", "b"]},
        "rfm.shares": {"segmented": segmented},
        "rfm.spend_to_date": {"table": report.spend_to_date},
        "rfm.squarify": {"shares": np.array([0.5, 0.25, 0.25])},
        "rfm.stacked_cohorts": {"table": report.stacked_cohorts},
        "rfm.treemap": {"segmented": rfm.profile(segmented)},
        "rfm.trend": {"trend_table": rfm.trend(log, "1Q", lapsed_after=200)},
        "clv.calibration": {"held": held},
        "clv.decile_calibration": {"held": held},
        "clv.decile_gain": {"held": held},
        "clv.deciles": {"held": held},
        "clv.expected_purchases_matrix": {**grid, "t": 5.0},
        "clv.exposure": {"tx": log},
        "clv.heterogeneity": law,
        "clv.holdout": {**looked, "end": "1997-09-30"},
        "clv.p_alive_history": {**looked, "customer": int(log["customer_id"].iloc[0])},
        "clv.p_alive_matrix": grid,
        "clv.purchase_counts": {**law, "summary": clv.summarize(log, unit="W")},
        "clv.retention": {"cohort_table": renewed.cohorts},
        "clv.retention_projection": {"projected": renewed.backtest(2, "sbg")},
        "clv.season": {"model": clv.Season.from_factors({"1997-12-01": 2.0})},
        "clv.segment_forecast": {"forecast": shares_ahead},
        "clv.payback": {"curve": paid.curve},
        "clv.spend_density": {
            "model": clv.GammaGamma(p=6.25, q=3.74, gamma=15.44),
            "summary": clv.summarize(log, unit="W"),
        },
        "clv.top_customers": {"predicted": model.predict("52W", interval=0.9)},
        "clv.tracking": {"tracked": clv.plot.tracking_data(model, log, end=DAY)},
        "clv.value_by_segment": {"values": clv.segment_value(table)},
    }
    made: dict[str, Call] = {}
    for name, arguments in valid.items():
        package, _, short = name.partition(".")
        module = {"rfm": rfm.plot, "clv": clv.plot}[package]
        for full in (short, f"{short}_data"):
            if function := getattr(module, full, None):
                made[f"{package}.{full}"] = (function, arguments)
    made["clv.tracking_data"] = (clv.plot.tracking_data, {**looked, "end": "1997-09-30"})
    return made


TABLES = {
    *(
        "audited",
        "cohort_table",
        "table",
        "scored",
        "moved",
        "snaps",
        "segmented",
        "trend_table",
        "held",
        "tx",
    ),
    *("summary", "predicted", "tracked", "values", "projected", "forecast", "curve"),
}
OPTIONS = {
    *(
        "by",
        "value",
        "edges",
        "labels",
        "dates",
        "segments",
        "shares",
        "aspect",
        "measure",
        "most",
        "model",
        "t",
    ),
    *(
        "max_frequency",
        "T",
        "customers",
        "until",
        "end",
        "unit",
        "customer",
        "of",
        "n",
        "cumulative",
        "year",
        "interval",
        "words",
        "share",
        "ax",
    ),
}
"""All options of plots."""

ODD_TEXTS = {
    "surrogate": "a\ud800b",
    "dollar": "$100",
    "mathtext": r"$\frac{1}{2}$",
    "unbalanced": r"50$ \frac{",
    "backslash": "C:\\new\\table\\",
    "control": "a\x00\x07\x1b[31mb\x7f",
    "bidi": "a\u202eb\u2066c\u200f",
    "newline": "ann\nERROR root: x\r\n\t\u2028y",
    "long": "Wm" * 500_000,
    "many lines": "\n" * 5_000,
    "markup": "<script>alert(1)</script> & </svg> ]]> -->",
    "empty": "",
    "blank": " ",
    "braces": "{0} {name} %s %",
    "leading underscore": "_hidden",
    "noncharacter": "\ufffe\uffff\U000e0001",
    "combining": "Z" + "\u0301" * 2_000,
}
"""Texts of labels."""


def test_every_plot_and_every_option_is_listed() -> None:
    assert set(PLOTS) == set(calls())
    for name, (function, _) in calls().items():
        assert set(inspect.signature(function).parameters) <= TABLES | OPTIONS, name


@best_of_three
def fault(
    function: Callable[..., Any], arguments: dict[str, Any], *, svg: bool = False, within: float = 1
) -> str:
    """What is wrong with how a call ends; empty if it is refused in our words, or makes a picture that renders."""
    began = time.process_time()
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        try:
            answer = function(**arguments)
            took = time.process_time() - began
            if isinstance(answer, Axes):
                _render(answer, svg)
        except DataError as error:
            message = str(error)
            took = time.process_time() - began
            if len(message) > 1_000 or not message.isprintable():
                return f"a message of {len(message)} characters: {message[:80]!r}"
        except Exception as error:
            return f"{type(error).__name__}: {str(error)[:80]}"
    odd = [each.message for each in caught if not issubclass(each.category, DataWarning)]
    odd = [each for each in odd if "missing from font" not in str(each)]
    if odd:
        return f"warns: {odd[0]!r:.100}"
    return "" if took < within else f"took {took:.1f} s"


def _render(ax: Axes, svg: bool) -> None:
    figure = ax.figure
    assert isinstance(figure, Figure)
    figure.savefig(io.BytesIO(), format="png", dpi=30)
    if svg:
        figure.savefig(io.BytesIO(), format="svg")
    figure.clear()


def state() -> tuple[Any, ...]:
    return dict(mpl.rcParams), plt.get_fignums(), np.geterr(), list(warnings.filters)


def same(left: Any, right: Any) -> bool:
    if isinstance(left, pd.DataFrame):
        return left.equals(right)
    return isinstance(left, np.ndarray) or left == right


@pytest.fixture
def unchanged():
    """Checks that inputs of the calls, Matplotlib's settings and open figures stay as they were."""
    copies = {
        name: {option: each.copy() if hasattr(each, "copy") else each for option, each in valid.items()}
        for name, (_, valid) in calls().items()
    }
    before = state()
    yield
    assert state() == before
    for name, (_, valid) in calls().items():
        assert all(same(each, copies[name][option]) for option, each in valid.items()), name


def faults_of_options(name: str) -> tuple[int, list[str]]:
    """Calls tried, and what is wrong, with each option given each value."""
    function, valid = calls()[name]
    cases = [
        (f"{option}={label}", {**valid, option: value})
        for option in inspect.signature(function).parameters
        for label, value in VALUES.items()
    ]
    return _faults(name, function, cases)


def faults_of_columns(name: str) -> tuple[int, list[str]]:
    """The same for the columns that a call reads, given values of each wrong kind, and for tables of few rows."""
    function, valid = calls()[name]
    cases = []
    for option, table in _tables(valid):
        for column in _columns_read(name, option):
            kinds = COLUMNS if name.endswith("_data") else {label: COLUMNS[label] for label in DRAWN}
            for label, change in kinds.items():
                changed = table.assign(**{column: change(table[column]).set_axis(table.index)})
                cases.append((f"{option}: {column} of {label}", {**valid, option: changed}))
            for label, value in (("0", 0), ("one value", table[column].iloc[0])):
                changed = table.assign(**{column: value})
                cases.append((f"{option}: {column} of {label}", {**valid, option: changed}))
        zeros = {each: 0 for each in table if pd.api.types.is_numeric_dtype(table[each])}
        cases.append((f"{option}: zeros", {**valid, option: table.assign(**zeros)}))
        cases += [(f"{option}: {n} rows", {**valid, option: table[:n]}) for n in (0, 1)]
    return _faults(name, function, cases)


DRAWN = ("some NaN", "infinite", "1e300", "-1", "digits", "dates", "far dates", "objects")
"""Wrong columns that pictures are drawn of, if they are accepted; data functions get all."""


def faults_of_texts(name: str) -> tuple[int, list[str]]:
    """The same for odd texts as names in the table, labels and words."""
    function, valid = calls()[name]
    options = inspect.signature(function).parameters
    cases = []
    for label, text in ODD_TEXTS.items():
        for option, table in _tables(valid):
            for column in table.columns.intersection(_columns_read(name, option)):
                if not pd.api.types.is_datetime64_any_dtype(table[column]) and column not in NUMBERS:
                    changed = table.assign(**{column: _renamed(table[column], text)})
                    cases.append((f"{option}: {column} of {label}", {**valid, option: changed}))
        if "labels" in options:
            names = {each: text for _, table in _tables(valid) for each in _names(table)}
            cases.append((f"labels of {label}", {**valid, "labels": names}))
        if "words" in options:
            words = inspect.getmodule(function).WORDS.english
            cases.append((f"words of {label}", {**valid, "words": dict.fromkeys(words, text)}))
    return _faults(name, function, cases, svg=True)


NUMBERS = {
    "customers",
    "spend",
    "frequency",
    "T",
    "n_periods",
    "happened",
    "predicted",
    "rows",
    "amount",
    "effect",
}


def _faults(
    name: str, function: Callable[..., Any], cases: list[tuple[str, dict[str, Any]]], *, svg: bool = False
) -> tuple[int, list[str]]:
    found = [
        (
            label,
            fault(function, arguments, svg=svg, within=10 if "of long" in label else 1),
        )  # a million characters
        for label, arguments in cases
    ]
    return len(cases), [f"{name}({label}): {wrong}" for label, wrong in found if wrong]


def _tables(valid: dict[str, Any]) -> list[tuple[str, pd.DataFrame]]:
    """The tables of a call; a log, which `Transactions` reads, is given wrong columns in `test_wrong_tables`."""
    return [
        (option, each) for option, each in valid.items() if isinstance(each, pd.DataFrame) and option != "tx"
    ]


@functools.cache
def _columns_read(name: str, option: str) -> tuple[str, ...]:
    function, valid = calls()[name]
    table = valid[option]
    return tuple(
        column for column in table if _needs(function, {**valid, option: table.drop(columns=column)})
    )


def _needs(function: Callable[..., Any], arguments: dict[str, Any]) -> bool:
    try:
        function(**arguments)
    except DataError:
        return True
    return False


def _names(table: pd.DataFrame) -> list[Any]:
    found = [name for name in table if str(name).startswith("segment")]
    return [each for name in found for each in table[name].unique()]


def _renamed(column: pd.Series, text: str) -> pd.Series:
    """The column with the text in place of its first value."""
    first = column.iloc[0]
    if isinstance(column.dtype, pd.CategoricalDtype) and "\ud800" not in text:  # no categories have these
        return column.cat.rename_categories({first: text})
    return column.astype(object).where(column != first, text)


PLOTS = [
    f"{package}.{name}"
    for package, module in (("rfm", rfm.plot), ("clv", clv.plot))
    for name in module.__all__
    if (package, name) not in {("rfm", "Pareto"), ("clv", "audit"), ("clv", "audit_data")}
]


@pytest.mark.slow
@pytest.mark.parametrize("name", PLOTS)
def test_wrong_options_are_refused_in_our_words_or_drawn(name: str, unchanged: None) -> None:
    assert faults_of_options(name)[1] == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", PLOTS)
def test_wrong_columns_are_refused_in_our_words_or_drawn(name: str, unchanged: None) -> None:
    assert faults_of_columns(name)[1] == []


@pytest.mark.nightly
@pytest.mark.parametrize("name", PLOTS)
def test_odd_texts_are_drawn_or_replaced(name: str, unchanged: None) -> None:
    assert faults_of_texts(name)[1] == []
