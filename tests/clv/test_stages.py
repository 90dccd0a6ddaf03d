"""Wrong tables as arguments: each function says what it takes, what it got, and how to make the right one."""

from __future__ import annotations

import re

import pytest

import clv
import rfm
from clv._stages import stage_of

BTYD = "must be a BTYD summary \\(clv.summarize\\), got "


@pytest.fixture(scope="module")
def log():
    return rfm.datasets.cdnow_sample()


@pytest.fixture(scope="module")
def model(log):
    return clv.fit(log, end="1997-09-30")


@pytest.fixture(scope="module")
def tables(log, model):
    table = clv.customer_table(log, model=model, as_of="1997-09-30")
    return {
        "a log of orders": log,
        "a BTYD summary (clv.summarize)": model.customers,
        "a customer summary (rfm.summarize)": rfm.summarize(log),
        "a table of scores (rfm.score)": rfm.score(log),
        "a table of segmented customers (rfm.segment)": rfm.segment(log),
        "a customer table (clv.customer_table)": table,
        "a table of predictions (model.predict)": model.predict(),
        "a table of due dates (model.due)": model.due(),
        "a table of segments (rfm.profile)": rfm.profile(table),
        "a table of segments (clv.segment_value)": clv.segment_value(table),
    }


def test_every_table_is_known_by_its_columns(tables):
    assert {name: stage_of(table.columns) for name, table in tables.items()} == {
        name: name for name in tables
    }
    assert stage_of(["a", "b"]) is None


TAKE_A_LOG = {
    "clv.fit": clv.fit,
    "clv.predict": clv.predict,
    "clv.summarize": clv.summarize,
    "clv.check": clv.check,
    "clv.customer_table": clv.customer_table,
    "clv.backtest": lambda tx: clv.backtest(tx, holdout="13W"),
    "clv.report": lambda tx: clv.report(tx, "never.html"),
    "clv.plot.tracking_data": lambda tx: clv.plot.tracking_data(
        clv.BGNBD(1, 1, 1, 1), tx, unit="W", end="1997-09-30"
    ),
    "clv.plot.holdout_data": lambda tx: clv.plot.holdout_data(
        clv.BGNBD(1, 1, 1, 1), tx, unit="W", end="1997-09-30"
    ),
}


@pytest.mark.parametrize("name", TAKE_A_LOG)
def test_who_takes_a_log_says_where_a_later_table_goes(tables, model, name):
    function = TAKE_A_LOG[name]
    takes = f"^{re.escape(name)} takes a log of orders \\(customer_id, date, amount\\), got "
    for stage, table in tables.items():
        if stage == "a log of orders":
            continue
        with pytest.raises(
            rfm.DataError, match=takes + re.escape(f"{stage}. Hint: {name}(tx), with the log")
        ):
            function(table)
    with pytest.raises(rfm.DataError, match=r"clv.fit_summary\(summary\) fits to a BTYD summary"):
        function(model.customers)
    with pytest.raises(rfm.DataError, match=takes + "'orders.csv'. Hint: read the file first"):
        function("orders.csv")
    with pytest.raises(rfm.DataError, match=takes + "a fitted model. Hint: a model has the methods predict"):
        function(model)


TAKE_A_SUMMARY = {
    "fit_summary": lambda model, table: clv.fit_summary(table),
    "fit_summary of periods": lambda model, table: clv.fit_summary(table, "bg-bb"),
    "fit_law": lambda model, table: clv.fit_law("pareto-nbd", table),
    "fit_law of spend": lambda model, table: clv.fit_law(clv.GammaGamma, table),
    "fit_covariates": lambda model, table: clv.fit_covariates("bg-nbd", table, purchase="refunds"),
    "predict": lambda model, table: model.predict(customers=table),
    "due": lambda model, table: model.due(customers=table),
    "total": lambda model, table: model.total(customers=table),
    "forecast": lambda model, table: model.forecast(customers=table),
    "purchase_counts": lambda model, table: clv.plot.purchase_counts_data(model, table),
    "spend_density": lambda model, table: clv.plot.spend_density_data(model, table),
}


@pytest.mark.parametrize("take", TAKE_A_SUMMARY.values(), ids=TAKE_A_SUMMARY)
def test_who_takes_a_summary_says_what_makes_one(tables, model, log, take):
    for stage, table in tables.items():
        if not stage.startswith("a BTYD") and "table of segments" not in stage:
            with pytest.raises(
                rfm.DataError, match=BTYD + re.escape(stage) + r", without .* Hint: clv\.summarize\(tx"
            ):
                take(model, table)
    with pytest.raises(
        rfm.DataError, match=BTYD + r"a log of orders \(Transactions\)\. Hint: clv\.summarize\(tx"
    ):
        take(model, rfm.Transactions(log))
    with pytest.raises(rfm.DataError, match=BTYD + "'summary.csv'. Hint: clv"):
        take(model, "summary.csv")


@pytest.mark.parametrize(
    "stage", ["a table of segmented customers (rfm.segment)", "a BTYD summary (clv.summarize)"]
)
def test_segment_values_are_those_of_a_customer_table(tables, stage):
    message = f"table must be a customer table (clv.customer_table), got {stage}, without "
    with pytest.raises(
        rfm.DataError, match=re.escape(message) + r".*Hint: clv\.customer_table\(tx\) makes one"
    ):
        clv.segment_value(tables[stage])


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda m, t: clv.fit(t, clv.GammaGamma), "a purchase law or its name, got GammaGamma. Hint: choose one"),
        (lambda m, t: clv.fit(t, m), "law or its name, got a CustomerModel. Hint: choose one of bg-nbd"),
        (lambda m, t: clv.fit_summary(m.customers, m.purchases.law), "got a BGNBD. Hint: model='bg-nbd'"),
        (lambda m, t: clv.fit(t, "gamma-gamma"), "No purchase law 'gamma-gamma'. Hint: choose one of bg-nbd"),
        (lambda m, t: clv.fit_law("nbd", m.customers), "class of clv or its name, got 'nbd'. Hint: clv.BGNBD"),
        (lambda m, t: clv.fit_law(m.customers, clv.BGNBD), "got a DataFrame. Hint: the law comes first, the table"),
        (lambda m, t: clv.fit_law(m.purchases.law, m.customers), "one with parameters, BGNBD.* Hint: clv.BGNBD, whose"),
        (lambda m, t: clv.fit_covariates("nbd", m.customers, purchase="T"), "class of clv or its name, got 'nbd'"),
        (lambda m, t: m.predict(t), "predict: horizon must not be a table, got a DataFrame. Hint: model.predict"),
        (lambda m, t: m.predict(rfm.Transactions(t)), "predict: horizon must not be a table, got a Transactions"),
        (lambda m, t: m.due(t), "due: threshold must not be a table, got a DataFrame. Hint: model.due.customers"),
        (lambda m, t: m.forecast(t), "forecast: horizon must not be a table"),
        (lambda m, t: m.total("52W"), "by='52W' is a length of time, not groups. Hint: model.total.horizon='52W'"),
        (lambda m, t: m.total(rfm.Transactions(t)), "by must assign customers to groups, got a log of orders"),
        (lambda m, t: clv.load(m), "clv.load takes the path of a file that model.save wrote, got a CustomerModel"),
        (lambda m, t: clv.customer_table(t, model=m, unit="D"), "unit='D' was given, and the model says 'W'"),
        (
            lambda m, t: clv.plot.purchase_counts_data(m, clv.summarize(t, unit="D")),
            "summary: its times are in 'D', and the model's in 'W'",
        ),
    ],
)  # fmt: skip
def test_other_things_in_the_wrong_place(model, log, call, message):
    with pytest.raises(rfm.DataError, match=message):
        call(model, log)
