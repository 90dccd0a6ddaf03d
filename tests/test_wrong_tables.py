"""Tables of customers that are wrong, given to every public function that takes one.

Every column that a function reads is replaced by columns of every wrong kind, the table by tables of every wrong shape,
by other tables and by what is no table. Each call must end within a second, in an error of this library of one
printable line, or in numbers that are finite; and what has no meaning must be refused. A new function that takes a
table must be added to `readers`, or the first test fails.
"""

from __future__ import annotations

import functools
import inspect
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

import clv
import clv.plot
import rfm
import rfm.plot
from rfm import DataError
from tests.public_calls import best_of_three, name_of

# ------------------------------------------------------------------------------------------ wrong columns

Change = Callable[[pd.Series], pd.Series]


def _same(value: Any, dtype: Any = None) -> Change:
    """A column of one value."""
    return lambda column: pd.Series([value] * len(column), index=column.index, dtype=dtype)


def _every_second(value: Any, dtype: Any = None) -> Change:
    """The right column with every second value replaced."""

    def changed(column: pd.Series) -> pd.Series:
        values = [each if i % 2 else value for i, each in enumerate(column)]
        return pd.Series(values, index=column.index, dtype=dtype)

    return changed


COLUMNS: dict[str, Change] = {
    "texts": lambda column: column.astype(str),
    "words": _same("ann\nERROR root: x"),
    "None": _same(None, object),
    "numbers and None": _every_second(None, object),
    "numbers and words": _every_second("x", object),
    "complex": _same(1 + 1j),
    "booleans": lambda column: pd.Series(np.arange(len(column)) % 2 == 0, index=column.index),
    "lists": _same([1], object),
    "structs": _same({"a": 1}, object),
    "objects": _same(object(), object),
    "only NA": _same(pd.NA, "Int64"),
    "only NaN": _same(np.nan, float),
    "some NaN": lambda column: _every_second(np.nan)(pd.to_numeric(column.astype(object), errors="coerce")),
    "infinite": _same(np.inf, float),
    "one infinite": lambda column: pd.Series(
        [np.inf, *pd.to_numeric(column.astype(object), errors="coerce")[1:]], index=column.index, dtype=float
    ),
    "1e300": _same(1e300, float),
    "-1": _same(-1.0, float),
    "half": _same(0.5, float),
    "digits": _same(10**100, object),
    "2^62": _same(2**62, "int64"),
    "float16": _same(1.0, np.float16),
    "dates": _same(pd.Timestamp("2024-01-01")),
    "zoned dates": _same(pd.Timestamp("2024-01-01", tz="Asia/Tokyo")),
    "far dates": lambda column: pd.Series(
        np.full(len(column), "200000-01-01", dtype="datetime64[s]"), index=column.index
    ),
    "durations": _same(pd.Timedelta(days=3)),
    "categories": lambda column: column.astype("category"),
}
"""What a column of a customer table may hold by mistake, from the column that was right."""

FEW = ("words", "lists", "structs", "some NaN", "infinite", "1e300", "digits", "durations")

# What has a meaning, by kind of column: all else must be refused.
SMALL = {"float16"}  # whole numbers, if small
KINDS: dict[str, set[str]] = {
    "count": {"float16"},
    "time": {"float16", "half"},
    "money": {"float16", "half"},
    "any money": {"float16", "half", "-1"},
    "refunds": {"-1"},
    "value": {"float16", "half", "-1", "some NaN", "only NaN", "only NA"},
    "share": {"float16", "half", "some NaN", "only NaN", "only NA"},
    "known count": {"float16", "some NaN", "only NaN", "only NA"},
    "known time": {"float16", "half", "some NaN", "only NaN", "only NA"},
    "known money": {"float16", "half", "-1", "some NaN", "only NaN", "only NA"},
    "truth or money": {"booleans", "float16", "half", "-1"},
    "flag": {"booleans", "float16"},
    "sums of logarithms": set(),  # 0 without repeat purchases, and below a bound with them
    "covariate": {"booleans", "float16", "half", "-1", "2^62", "1e300"},
    "extra": {
        "some NaN",
        "only NaN",
        "only NA",
        "float16",
        "half",
        "-1",
        "2^62",
        "1e300",
        "infinite",
        "one infinite",
    },
    "described": {
        "booleans",
        "some NaN",
        "only NaN",
        "only NA",
        "float16",
        "half",
        "-1",
        "2^62",
        "1e300",
        "infinite",
        "one infinite",
    },
}
"""A kind that is not here, such as "id", "name" and "free", may hold anything: only errors from inside are faults."""


# ------------------------------------------------------------------------------------------ the functions


@dataclass(frozen=True)
class Reader:
    """A call with arguments that are right, and the columns of one of them, a table, by their kind."""

    function: Callable[..., Any]
    arguments: dict[str, Any]
    table: str
    columns: dict[str, str] = field(default_factory=dict)
    note: str = ""
    slow: bool = False  # simulates where it accepts: only a few wrong columns

    @property
    def name(self) -> str:
        return f"{name_of(self.function)}({self.table}){self.note}"


BTYD = {"frequency": "count", "recency": "time", "T": "time"}
SUMMARY = {
    "customer_id": "id",
    "recency": "time",
    "orders": "count",
    "spend": "any money",
    "refunds": "refunds",
}
SCORES = {"R": "count", "F": "count", "M": "count"}


@functools.cache
def readers() -> tuple[Reader, ...]:
    """Every public function and method that takes a table of customers, once for each such table."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of few customers
        return _readers()


def _readers() -> tuple[Reader, ...]:
    log = rfm.datasets.cdnow_sample()
    log = log[log["customer_id"].isin(log["customer_id"].unique()[:60])].reset_index(drop=True)
    summary, segmented = rfm.summarize(log), rfm.segment(log)
    rated = summary.assign(nps=np.arange(len(summary)) % 11)
    scorer, scheme = rfm.Scorer.fit(summary), rfm.Scheme.load("classic")
    rating = rfm.Scorer.fit(rated, extra={"nps": "high"})
    named = scheme.with_segment("fan", "nps >= 9", before="VIP")
    scored = segmented.drop(columns="segment")
    snaps, lives = rfm.snapshots(log, "1Q", scheme="value"), segmented[["customer_id", "segment"]]
    cohort_table, _trended = rfm.cohorts(log), rfm.trend(log, lapsed_after=200)
    attributes = pd.DataFrame({"customer_id": summary["customer_id"], "nps": rated["nps"]})
    channels = attributes[["customer_id"]].assign(
        channel=np.where(attributes["customer_id"] % 2, "web", "shop")
    )
    costs = pd.DataFrame({"cohort": ["shop", "web"], "cost": [900.0, 1_900.0]})
    btyd, model = clv.summarize(log), clv.fit(log, end="1998-01-01")
    covariates = clv.fit_covariates(clv.BGNBD, btyd, purchase="first_order_spend")
    known = pd.DataFrame({"customer_id": btyd["customer_id"], "age": 20.0 + np.arange(len(btyd)) % 9})
    known["channel"] = np.where(btyd["customer_id"] % 2, "web", "shop")
    depends = {"tx": log, "end": "1998-01-01", "purchase": "age", "spend": "channel"}
    by_covariates = clv.fit(**depends, covariates=known)
    customers = btyd.assign(end=pd.Timestamp("1998-01-01"), sent=0.0)
    table = clv.customer_table(log, model="bg-nbd")
    firsts = (
        log.groupby("customer_id", as_index=False)["date"].min().rename(columns={"date": "first_purchase"})
    )
    counts = pd.DataFrame(
        {"cohort": "a", "period": [1, 2, 3], "at_risk": [500, 400, 350], "lost": [100, 50, 30]}
    )
    renewed, row = clv.fit_retention(counts), np.arange(60)
    ends = pd.Timestamp("2023-01-04") + pd.to_timedelta(np.where(row % 3, 35.0 * (1 + row % 7), np.nan), "D")
    contracts = pd.DataFrame({"customer_id": row, "start": pd.Timestamp("2023-01-05"), "end": ends})
    contracts = contracts.assign(plan=np.where(row % 2, "a", "b"), age=20.0 + row % 9, price=9.5)
    clv.plot.holdout_data(model, log, end="1998-01-01")
    clv.plot.tracking_data(model, log, end="1998-01-01")
    money = {"monetary_value": "money", "first_order_spend": "any money", "refunds": "refunds"}
    stamped = {"customer_id": "id", **BTYD, "monetary_value": "money", "unit": "stamp", "end": "stamp"}
    profiled = {"customer_id": "id", "segment": "name", "recency": "time", "frequency": "count"}
    value = {"segment": "name", "recency": "time", "frequency": "count", "clv": "value", "p_alive": "share"}
    listed = {"customer_id": "id", "p_alive": "share", "clv": "value", "recency": "time", "frequency": "count",
              "first_purchase": "day", "last_purchase": "day", "as_of": "day"}  # fmt: skip
    contacted = table[["customer_id"]].assign(contact_on=pd.Timestamp("1998-06-30"))
    joined = {"customer_id": "id", "nps": "free"}
    days = {"customer_id": "id", "date": "day", "segment": "name"}
    net, _shown = (
        dict.fromkeys(("spend", "refunds"), "any money"),
        {"segment": "name", "spend": "known money"},
    )
    extra, _both = {"nps": "extra"}, {"happened": "known money", "predicted": "known money"}
    rated_segments, asked = segmented.assign(nps=3.0), {"nps": "described"}
    ages = {"age": "count", "customers": "count", "active": "count", "complete": "flag"}
    lines = log.assign(category=(log["quantity"] > 1).map({True: "several", False: "one"}))
    slim = segmented[["customer_id", "segment", "monetary"]]
    assigned, placed = rfm.campaigns.assign(slim, "a", 0.3), {"customer_id": "id", "arm": "name"}
    bought = {"lines": lines, "segmented": lives}
    spent = {**bought, "like": str(lives["segment"].iloc[0])}
    answered = {
        "assigned": assigned,
        "outcomes": slim[["customer_id"]].assign(spent=3.0),
        "covariate": "monetary",
    }
    item, one_each = {"customer_id": "name", "category": "name"}, {"customer_id": "id", "segment": "name"}
    key = b"0123456789abcdef0123456789ABCDEF"
    mailed = slim.assign(email=[f"c{i}@x.com" for i in range(len(slim))], ads="yes")
    return (
        Reader(rfm.affinity, bought, "lines", item),
        Reader(rfm.affinity, bought, "segmented", one_each),
        Reader(rfm.white_space, spent, "lines", {**item, "amount": "any money"}),
        Reader(rfm.white_space, spent, "segmented", one_each),
        Reader(rfm.next_best_offers, {"lines": lines, "least": 2}, "lines", {**item, "amount": "any money"}),
        Reader(rfm.cross_shop, {"lines": lines, "least": 1}, "lines", item),
        Reader(rfm.first_items, {"lines": lines, "horizon": "90D"}, "lines", {"category": "name"}),
        Reader(rfm.campaigns.assign, {"segmented": slim, "name": "a"}, "segmented", {"customer_id": "id"}),
        Reader(rfm.campaigns.assign, {"segmented": slim, "name": "a", "previous": assigned}, "previous",
               {"customer_id": "id"}),
        Reader(rfm.campaigns.balance, {"assigned": assigned}, "assigned", placed),
        Reader(rfm.campaigns.lift, answered, "assigned", {**placed, "segment": "name", "monetary": "any money"}),
        Reader(rfm.campaigns.lift, answered, "outcomes", {"customer_id": "id", "spent": "truth or money"}),
        Reader(rfm.privacy.pseudonymize, {"frame": slim, "key": key}, "frame", {"customer_id": "name"}),
        Reader(rfm.privacy.suppress, {"table": rfm.profile(segmented)[["segment", "customers"]]}, "table",
               {"segment": "name", "customers": "count"}),
        Reader(rfm.privacy.k_anonymity, {"frame": slim, "columns": ["segment"]}, "frame", {"segment": "free"}),
        Reader(rfm.privacy.private_profile, {"segmented": slim, "epsilon": 1.0, "bounds": {"monetary": (0, 500)}},
               "segmented", {**one_each, "monetary": "covariate"}),
        Reader(rfm.to_audience, {"table": mailed, "layout": "meta", "consent": "ads", "value": "monetary"}, "table",
               {"email": "free", "monetary": "money"}),
        Reader(rfm.Scorer.fit, {"summary": summary}, "summary", SUMMARY),
        Reader(rfm.Scorer.fit, {"summary": rated, "extra": {"nps": "high"}}, "summary", extra, " with extra"),
        Reader(scorer.score, {"summary": summary}, "summary", SUMMARY),
        Reader(rating.score, {"summary": rated}, "summary", extra, " with extra"),
        Reader(rfm.drift, {"scorer": scorer, "summary": summary}, "summary", SUMMARY),
        Reader(rfm.drift, {"scorer": scorer, "summary": summary, "then": summary}, "then",
               {"customer_id": "id", "orders": "count"}, slow=True),
        Reader(rfm.pareto, {"summary": summary}, "summary", SUMMARY),
        Reader(rfm.pareto, {"summary": scored}, "summary", {"spend": "any money"}, " of scores"),
        Reader(rfm.cluster, {"summary": summary, "k": 2}, "summary", {"customer_id": "id", "spend": "any money"},
               slow=True),
        Reader(scheme.assign, {"scored": scored}, "scored", SCORES),
        Reader(named.assign, {"scored": scored.assign(nps=3)}, "scored", {"nps": "free"}, " with extra"),
        Reader(scheme.tags, {"scored": scored}, "scored", SCORES),
        Reader(named.tags, {"scored": scored.assign(nps=3)}, "scored", {"nps": "free"}, " with extra"),
        Reader(scheme.explain, {"row": scored.head(1)}, "row", dict.fromkeys(SCORES, "free")),
        Reader(named.explain, {"row": scored.assign(nps=3).head(1)}, "row", {"nps": "free"}, " with extra"),
        Reader(rfm.profile, {"segmented": segmented}, "segmented", {**profiled, **net, "monetary": "any money"}),
        Reader(rfm.profile, {"segmented": rated_segments, "aggregates": {"nps": "mean"}}, "segmented", asked,
               " with aggregates"),
        Reader(rfm.compare_segments, {"before": segmented, "after": segmented}, "before", profiled, slow=True),
        Reader(rfm.compare_segments, {"before": segmented, "after": segmented}, "after", profiled, slow=True),
        Reader(rfm.profile, {"segmented": segmented.drop(columns=["spend", "refunds"])}, "segmented",
               {"monetary": "any money"}, " of scores"),
        Reader(rfm.migration, {"snaps": snaps}, "snaps", days),
        Reader(rfm.retention_curve, {"cohort_table": cohort_table}, "cohort_table", ages),
        Reader(rfm.retention_curve, {"cohort_table": rfm.cohorts(log, segments=lives)}, "cohort_table",
               {"segment": "name", **ages}, " by segment"),
        Reader(rfm.score, {"summary": summary}, "summary", SUMMARY),
        Reader(rfm.segment, {"summary": summary}, "summary", SUMMARY),
        Reader(rfm.score, {"tx": log, "attributes": attributes}, "attributes", joined),
        Reader(rfm.segment, {"tx": log, "attributes": attributes, "scheme": named}, "attributes", joined),
        Reader(rfm.snapshots, {"tx": log, "every": "1Q", "attributes": attributes}, "attributes", joined),
        Reader(rfm.cohorts, {"tx": log, "segments": lives}, "segments", {"customer_id": "id", "segment": "name"}),
        Reader(rfm.trend, {"tx": log, "lapsed_after": 200, "segments": lives}, "segments",
               {"customer_id": "id", "segment": "name"}),
        Reader(clv.customer_table, {"tx": log, "attributes": attributes}, "attributes", joined),
        Reader(clv.segment_forecast, {"tx": log, "attributes": attributes, "horizon": "4W", "interval_from": "law",
                                      "model": "bg-nbd"}, "attributes", joined, slow=True),
        Reader(clv.payback, {"tx": log, "costs": costs, "by": "channel", "attributes": channels, "model": "bg-nbd",
                             "horizon": "1Y", "interval_from": "law"}, "attributes",
               {"customer_id": "id", "channel": "name"}, slow=True),
        Reader(clv.payback, {"tx": log, "costs": costs, "by": "channel", "attributes": channels, "model": "bg-nbd",
                             "horizon": "1Y", "interval_from": "law"}, "costs",
               {"cohort": "name", "cost": "money"}, slow=True),
        Reader(clv.fit_summary, {"btyd_summary": btyd}, "btyd_summary", {**stamped, **money}),
        Reader(clv.fit_summary, {"btyd_summary": btyd, "value_per_order": 3.0}, "btyd_summary", BTYD, " at a price"),
        Reader(clv.fit_summary, {"btyd_summary": btyd, "spend_orders": "all"}, "btyd_summary", {**stamped, **money},
               " of all orders"),
        Reader(clv.fit, {"tx": log, "first_purchase": firsts}, "first_purchase",
               {"customer_id": "id", "first_purchase": "day"}),
        Reader(clv.fit_summary, {"btyd_summary": btyd, "first_purchase": firsts}, "first_purchase",
               {"customer_id": "id", "first_purchase": "day"}),
        Reader(clv.fit_law, {"law_class": clv.BGNBD, "btyd_summary": btyd}, "btyd_summary",
               {"customer_id": "id", **BTYD}),
        Reader(clv.fit_law, {"law_class": clv.MBGCNBD, "btyd_summary": btyd}, "btyd_summary",
               {**BTYD, "sum_log_gaps": "sums of logarithms"}, " of regular buyers"),
        Reader(clv.fit_law, {"law_class": clv.GammaGamma, "btyd_summary": btyd}, "btyd_summary",
               {"frequency": "count", "monetary_value": "money"}, " of spend"),
        Reader(clv.fit_law, {"law_class": clv.BGNBD, "btyd_summary": btyd.assign(w=1), "weights": "w"}, "btyd_summary",
               {"w": "money"}, " with weights"),
        Reader(clv.fit_covariates, {"law_class": clv.BGNBD, "btyd_summary": btyd, "purchase": "first_order_spend"},
               "btyd_summary", {**BTYD, "first_order_spend": "covariate"}),
        Reader(covariates.law_for, {"customers": btyd}, "customers", {"first_order_spend": "covariate"}),
        Reader(clv.fit, {**depends, "covariates": known}, "covariates",
               {"customer_id": "id", "age": "free", "channel": "free"}, slow=True),
        Reader(by_covariates.predict, {"covariates": known}, "covariates",
               {"customer_id": "id", "age": "covariate", "channel": "free"}),
        Reader(by_covariates.due, {"covariates": known}, "covariates",
               {"customer_id": "id", "age": "covariate", "channel": "free"}, slow=True),
        Reader(by_covariates.total, {"covariates": known, "horizon": "4W"}, "covariates",
               {"customer_id": "id", "age": "covariate", "channel": "free"}, slow=True),
        Reader(by_covariates.with_past_errors, {"tx": log, "covariates": known}, "covariates",
               {"customer_id": "id", "age": "covariate", "channel": "free"}, slow=True),
        Reader(by_covariates.forecast, {"covariates": known, "horizon": "4W"}, "covariates",
               {"customer_id": "id", "age": "covariate", "channel": "free"}, slow=True),
        Reader(by_covariates.new_customer, {"covariates": known.head(1)[["age", "channel"]]}, "covariates",
               {"age": "covariate", "channel": "free"}),
        Reader(clv.fit_summary, {"btyd_summary": btyd, "purchase": "age", "covariates": known}, "covariates",
               {"customer_id": "id", "age": "free"}, slow=True),
        Reader(clv.backtest, {"tx": log, "holdout": "26W", "models": "bg-nbd", "baselines": False, "purchase": "age",
                              "covariates": known}, "covariates", {"customer_id": "id", "age": "free"}, slow=True),
        Reader(clv.fit, {"tx": log, "weights": known[["customer_id"]].assign(w=1.0)}, "weights",
               {"customer_id": "id", "w": "money"}, slow=True),
        Reader(clv.fit_retention, {"contracts": counts}, "contracts",
               {"cohort": "free", "period": "count", "at_risk": "count", "lost": "count"}),
        Reader(clv.fit_retention, {"contracts": contracts, "by": "plan", "churn": "age"}, "contracts",
               {"customer_id": "id", "start": "day", "end": "free", "plan": "free", "age": "free"}, " with dates"),
        Reader(renewed.value, {"contracts": contracts, "as_of": "2024-01-01"}, "contracts",
               {"customer_id": "free", "start": "day", "end": "free", "price": "money"}),
        Reader(model.predict, {"customers": customers}, "customers", stamped),
        Reader(model.due, {"customers": customers}, "customers", {**stamped, "monetary_value": "free"}),
        Reader(model.total, {"customers": customers, "horizon": "4W"}, "customers", BTYD, slow=True),
        Reader(model.forecast, {"customers": customers, "horizon": "4W"}, "customers", BTYD, slow=True),
        Reader(model.total, {"by": lives, "horizon": "4W"}, "by", {"customer_id": "id", "segment": "name"}, slow=True),
        Reader(clv.segment_value, {"table": table}, "table", {**value, **net}),
        Reader(clv.prioritize, {"table": table, "capacity": 5}, "table", listed),
        Reader(clv.prioritize, {"table": table.assign(brings=3.0), "capacity": 5, "uplift": "brings"}, "table",
               {"brings": "value"}, " with uplift"),
        Reader(clv.prioritize, {"table": table.assign(due=3), "capacity": 5}, "table", {"due": "value"}, " with due"),
        Reader(clv.prioritize, {"table": table, "capacity": 5, "contacted": contacted}, "contacted",
               {"customer_id": "free", "contact_on": "day"}),
    )  # fmt: skip


# --------------------------------------------------------------------------------------- how calls may end


@best_of_three
def end_of(reader: Reader, table: Any, *, refused: bool = False) -> str:
    """What is wrong with how a call with this table ends; empty if nothing is."""
    arguments = {**reader.arguments, reader.table: table}
    before = table.copy(deep=True) if isinstance(table, pd.DataFrame) else None
    began = time.process_time()
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            result = reader.function(**arguments)
    except DataError as error:
        message = str(error)
        lines = message.split("\n") if isinstance(error, rfm.RuleError) else [message]
        if len(message) > 1_000 or not all(line.isprintable() for line in lines):
            return f"a message of {len(message)} characters: {message[:80]!r}"
    except Exception as error:
        return f"{type(error).__name__}: {' '.join(str(error).split())[:80]}"
    else:
        if refused:
            return "accepted"
        if odd := _odd_numbers(result, table):
            return f"accepted, and {odd}"
        began = time.process_time()  # only what is refused must be refused at once
    if (took := time.process_time() - began) > 1:
        return f"took {took:.1f} s"
    return "" if before is None or _equal(before, table) else "the input was changed"


def _odd_numbers(result: Any, table: Any) -> str:
    """Which numbers of a result are infinite."""
    frame = getattr(result, "table", result)
    if not isinstance(frame, pd.DataFrame):
        return ""
    names = [
        name for name in frame if not (isinstance(table, pd.DataFrame) and name in table) and name != "group"
    ]
    numbers = frame[names].select_dtypes("number")
    infinite = [name for name in numbers if np.isinf(numbers[name].to_numpy(float, na_value=np.nan)).any()]
    return f"{', '.join(infinite)} infinite" if infinite else ""


def _equal(before: pd.DataFrame, after: pd.DataFrame) -> bool:
    same = before.index.equals(after.index) and list(before.columns) == list(after.columns)
    return same and all(
        list(map(repr, before.iloc[:, i])) == list(map(repr, after.iloc[:, i]))
        for i in range(before.shape[1])
    )


# ---------------------------------------------------------------------- columns, shapes, and other objects


def column_faults(reader: Reader, columns: dict[str, Change] = COLUMNS) -> Iterator[str]:
    """Faults with every column that is read, and one that is not, replaced by each of the wrong columns."""
    table = reader.arguments[reader.table]
    passed = [name for name in table.columns if name not in reader.columns][: 0 if reader.slow else 1]
    columns = {label: columns[label] for label in FEW if label in columns} if reader.slow else columns
    for column in (*reader.columns, *passed):
        kind = reader.columns.get(column, "free")
        for label, change in columns.items():
            changed = table.assign(**{column: change(table[column])})
            refused = kind in KINDS and label not in KINDS[kind]
            if fault := end_of(reader, changed, refused=refused):
                yield f"{reader.name}: {column} of {label}: {fault}"


def shape_faults(reader: Reader) -> Iterator[str]:
    """Faults with tables of odd shapes; each is refused, or (the first four) may be read."""
    table = reader.arguments[reader.table]
    shapes = {
        "no rows": table.head(0),
        "one row": table.head(1),
        "an index of texts": table.set_axis([f"row {i}" for i in range(len(table))]),
        "an index of zeros": table.set_axis([0] * len(table)),
        "no columns": table[[]],
        "nothing": pd.DataFrame(),
        "a name twice": pd.concat([table, table[list(reader.columns)[:1]]], axis=1),
        "names of two levels": table.set_axis(pd.MultiIndex.from_product([["a"], table.columns]), axis=1),
        "names that are numbers": table.set_axis(range(table.shape[1]), axis=1),
    }
    if reader.columns.get("customer_id") == "id" and len(table) > 2:
        shapes["an id twice"] = table.iloc[[0, 0, 1, 2]].reset_index(drop=True)
        shapes["an id missing"] = table.assign(
            customer_id=table["customer_id"].astype("Int64").where(np.arange(len(table)) > 0)
        )
    for place, (label, shape) in enumerate(shapes.items()):
        if place <= 3 and reader.slow:
            continue
        if fault := end_of(reader, shape, refused=place > 3):
            yield f"{reader.name}: {label}: {fault}"


@functools.cache
def others() -> dict[str, Any]:
    """What somebody may pass in place of a table, and tables of all stages."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return _others()


def _others() -> dict[str, Any]:
    log = rfm.datasets.cdnow_sample().head(200)
    segmented, snaps = rfm.segment(log), rfm.snapshots(log, "1Q", scheme="value")
    model = clv.fit(log, end="1998-01-01")
    return {
        "'orders.csv'": "orders.csv",
        "a path": Path("orders.csv"),
        "3": 3,
        "nan": float("nan"),
        "a list": [1, 2],
        "a dict": {"customer_id": [1]},
        "an array": np.ones((2, 2)),
        "a series": segmented["R"],
        "a class": pd.DataFrame,
        "a function": len,
        "Transactions": rfm.Transactions(log),
        "a base": rfm.CustomerBase.of(log),
        "a scorer": rfm.Scorer.fit(rfm.summarize(log)),
        "a model": model,
        "a lazy table": pl.LazyFrame({"a": [1]}),
        "a log": log,
        "a summary": rfm.summarize(log),
        "scores": rfm.score(log),
        "segments": segmented,
        "a profile": rfm.profile(segmented),
        "snapshots": snaps,
        "moves": rfm.migration(snaps),
        "cohorts": rfm.cohorts(log),
        "a BTYD summary": clv.summarize(log),
        "predictions": model.predict(),
        "due dates": model.due(),
        "a customer table": clv.customer_table(log, model="bg-nbd"),
    }


OBJECTS = 15  # the first of `others` are no tables that serve, whatever the function


def object_faults(reader: Reader) -> Iterator[str]:
    """Faults with other objects in place of the table."""
    for place, (label, value) in enumerate(others().items()):
        if place >= OBJECTS and reader.slow:
            continue
        serves = reader.table in ("row", "by") or (reader.table == "edges")
        if fault := end_of(reader, value, refused=place < OBJECTS and not serves):
            yield f"{reader.name} of {label}: {fault}"


# ------------------------------------------------------------------------------------------------ the tests

PASSED_ON = {"clv.report": ("covariates", "previous"), "rfm.Scorer.to_sql": ("scheme", "window")}
"""Tables that `clv.fit` and `rfm.compare_segments` check; and what is no table in this one function."""

NO_TABLES = {
    # logs of orders, which `rfm.Transactions` checks, and objects of the library
    **dict.fromkeys(
        ("tx", "df", "new", "history", "moved", "audited", "edges", "data"), "a log, or an object"
    ),
    **dict.fromkeys(("as_of", "customer", "fitter", "lump", "rates", "expr"), "an option"),
}


def tables_of(function: Callable[..., Any]) -> Iterator[str]:
    """Parameters of a function that are tables of customers, by their annotation."""
    for name, parameter in inspect.signature(function).parameters.items():
        text = str(parameter.annotation)
        known = name in NO_TABLES or name in PASSED_ON.get(name_of(function), ())
        if not known and (text == "Any" or any(kind in text for kind in ("Table", "FrameT", "OtherT"))):
            yield name


def test_every_function_that_takes_a_table_is_listed() -> None:
    listed = {(name_of(reader.function), reader.table) for reader in readers()}
    missing = []
    for package in (rfm, clv, rfm.campaigns, rfm.privacy):  # plots have a walk of their own
        for public in (getattr(package, name) for name in package.__all__):
            if inspect.isclass(public):
                methods = [member for name, member in inspect.getmembers(public) if not name.startswith("_")]
                found = [each for each in methods if inspect.isfunction(each) or inspect.ismethod(each)]
            else:
                found = [public] if inspect.isfunction(public) else []
            for function in found:
                name = name_of(function)
                missing += [
                    f"{name}({table})" for table in tables_of(function) if (name, table) not in listed
                ]
    assert missing == []


@pytest.mark.nightly
def test_words_in_place_of_numbers_are_refused_everywhere() -> None:
    words = {"words": COLUMNS["words"]}
    assert [fault for reader in readers() if not reader.slow for fault in column_faults(reader, words)] == []


@pytest.mark.slow
def test_tables_with_wrong_columns_are_refused_in_our_words_or_read() -> None:
    assert [fault for reader in readers() for fault in column_faults(reader)] == []


@pytest.mark.nightly
def test_tables_of_odd_shapes_are_refused_in_our_words_or_read() -> None:
    assert [fault for reader in readers() for fault in shape_faults(reader)] == []


@pytest.mark.nightly
def test_other_objects_and_tables_of_other_stages_are_refused_in_our_words() -> None:
    assert [fault for reader in readers() for fault in object_faults(reader)] == []


if __name__ == "__main__":  # lists the faults
    for walk in {"columns": [column_faults], "shapes": [shape_faults, object_faults]}[sys.argv[1]]:
        for each in readers()[int(sys.argv[2]) if sys.argv[2:] else 0 :]:
            began = time.time()
            found = list(walk(each))
            print(*found, f"{each.name} {time.time() - began:.1f} s: {len(found)}", sep="\n", flush=True)
