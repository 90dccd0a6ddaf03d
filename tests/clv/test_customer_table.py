"""The customer table: one day for all of it, with any model, and no rows lost or duplicated in a join."""

from __future__ import annotations

import warnings
from dataclasses import replace

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._customer_table import PREDICTED
from clv._fits.posterior import Posterior
from rfm._frames.joins import join_in_order
from rfm._frames.native import from_native

TODAY = "1998-03-31"


@pytest.fixture(scope="module")
def log():
    return rfm.datasets.cdnow_sample()


@pytest.fixture(scope="module")
def model(log):
    return clv.fit(
        log[log["customer_id"] % 3 > 0], end="1997-09-30"
    )  # a third of today's customers are new to it


def by_hand(law, spend, log):
    """The laws' own answers for the histories of a day, by customer: what a row of the table must say."""
    days = log[log["date"] <= TODAY].groupby("customer_id")["date"].agg(["min", "max", "nunique"])
    x, first, last = days["nunique"] - 1, days["min"], days["max"]
    t_x, T = (last - first).dt.days / 7, (pd.Timestamp(TODAY) - first).dt.days / 7
    spent = clv.summarize(log, end=TODAY).set_index("customer_id")["monetary_value"]
    expected = law.conditional_expected_purchases(26.0, x, t_x, T)
    return pd.DataFrame(
        {"p_alive": law.p_alive(x, t_x, T), "clv": expected * spend.expected_spend(x, spent[x.index])},
        index=x.index,
    )


@pytest.mark.slow_on("spark")
@pytest.mark.parametrize("saved", [False, True])
def test_an_earlier_model_speaks_of_today(constructor, to_pandas, log, model, saved, tmp_path):
    if saved:
        replace(model, customers=None).save(tmp_path / "m.json")
        model = clv.load(tmp_path / "m.json")
    native = constructor(log)
    table = clv.customer_table(native, model=model, as_of=TODAY, horizon="26W", discount_rate=0.0)
    assert type(table) is type(native)
    rows = to_pandas(table).set_index("customer_id")
    expected = by_hand(model.purchases.law, model.spend.law, log)
    assert rows.index.tolist() == expected.index.tolist()
    np.testing.assert_allclose(rows["p_alive"], expected["p_alive"], rtol=1e-9)
    np.testing.assert_allclose(rows["clv"], expected["clv"], rtol=1e-8)
    assert set(rows["as_of"]) == {pd.Timestamp(TODAY)}
    assert list(rows)[-1] == "as_of"
    today = (pd.Timestamp(TODAY) - rows["last_purchase"]).dt.days
    assert (today == rows["recency"]).all()


def test_periods_are_those_of_today_as_well(log):
    model = clv.fit(log, "bg-bb", unit="M", end="1997-09-30")
    table = clv.customer_table(log, model=model, as_of=TODAY, horizon="6M")
    summary = clv.summarize(log, discrete="M", end=TODAY)
    x, t_x, n = (summary[name].to_numpy() for name in model.purchases.law.data_columns)
    np.testing.assert_allclose(table["p_alive"], model.purchases.law.p_alive(x, t_x, n))


@pytest.mark.nightly
def test_a_fresh_fit_and_its_model_give_one_table(log):
    fresh = clv.customer_table(log, as_of=TODAY, horizon="26W")
    again = clv.customer_table(log, as_of=TODAY, horizon="26W", model=clv.fit(log, "auto", end=TODAY))
    pd.testing.assert_frame_equal(fresh, again)
    assert set(fresh["law"]) == {"mbg-nbd"}


def test_the_law_that_was_asked_for_is_named_in_every_row(log):
    few = log[log["customer_id"] < 400]
    table = clv.customer_table(few, as_of=TODAY, model="pareto-nbd")
    assert table.columns[-2:].tolist() == ["law", "as_of"]
    assert set(table["law"]) == {"pareto-nbd"}


def test_names_of_predictions_are_taken(constructor, log, model):
    attributes = constructor(pd.DataFrame({"customer_id": [1, 2], "clv": [1000.0, 2.0]}))
    with pytest.raises(rfm.DataError, match=r"attributes: the name 'clv' is taken by .*\. Hint: rename"):
        clv.customer_table(constructor(log), model=model, attributes=attributes)


def test_all_names_that_are_made_are_taken(log, model):
    few = log[log["customer_id"] < 40]
    quick = replace(model, draws=Posterior(((model.purchases.law, model.spend.law),) * 2))
    made = {
        name
        for horizon in ("26W", "inf")
        for name in clv.customer_table(few, model=quick, scheme="value", horizon=horizon, interval=0.9)
    }
    assert made - set(rfm.segment(few, scheme="value")) <= PREDICTED
    for name in made - {"customer_id"}:
        with pytest.raises(rfm.DataError, match=f"attributes: the name '{name}' is taken by"):
            clv.customer_table(few, model=model, attributes=pd.DataFrame({"customer_id": [1], name: [1.0]}))
    attributes = pd.DataFrame({"customer_id": few["customer_id"].unique(), "country": "TW"})
    assert "country" in clv.customer_table(few, model=model, scheme="value", attributes=attributes)


def test_rows_above_one_batch_keep_their_order():
    pa = pytest.importorskip("pyarrow")
    ids = np.arange(200_000)
    rng = np.random.default_rng(1)
    left = from_native(pa.table({"customer_id": ids, "a": ids}))
    right = from_native(pa.table({"customer_id": (shuffled := rng.permutation(ids)), "b": shuffled}))
    both = nw.to_native(join_in_order(left, right))
    for name in ("customer_id", "a", "b"):
        np.testing.assert_array_equal(both[name].to_numpy(), ids)


def test_a_customer_table_above_one_batch_is_sorted(model):
    pa = pytest.importorskip("pyarrow")
    rng = np.random.default_rng(2)
    ids = rng.permutation(70_000)
    days = np.datetime64("1997-01-01") + rng.integers(0, 300, len(ids))
    log = pa.table({"customer_id": ids, "date": days, "amount": rng.integers(1, 50, len(ids)).astype(float)})
    with pytest.warns(rfm.DataWarning, match="all customers have the same frequency"):
        table = clv.customer_table(log, model=model)
    np.testing.assert_array_equal(table["customer_id"].to_numpy(), np.arange(70_000))


@pytest.fixture(scope="module")
def valued(log, model):
    return clv.customer_table(log, model=model, as_of=TODAY)


def test_a_segment_of_missing_values_is_not_worth_0(constructor, to_pandas, valued):
    table = valued.astype({"segment": str})
    table.loc[table["segment"] == "lost", ["clv", "p_alive"]] = np.nan
    some = table.index[table["segment"] == "loyal"][:5]
    table.loc[some, "clv"] = np.nan
    missing = int(table["clv"].isna().sum())
    with pytest.warns(rfm.DataWarning, match=f"^{missing} of {len(table)} customers have no clv"):
        value = to_pandas(clv.segment_value(constructor(table))).astype({"segment": str}).set_index("segment")
    assert value.loc["lost", ["clv", "share_of_clv", "clv_per_customer", "p_alive"]].isna().all()
    expected = table.groupby("segment")["clv"].agg(["sum", "mean"]).drop("lost")
    np.testing.assert_allclose(value.loc[expected.index, "clv"], expected["sum"])
    np.testing.assert_allclose(value.loc[expected.index, "clv_per_customer"], expected["mean"])
    assert value["customers"].sum() == len(table)


def test_where_all_have_a_value_nothing_is_said(valued):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        value = clv.segment_value(valued)
    assert value["clv"].sum() == pytest.approx(valued["clv"].sum())


def test_names_of_predictions_in_other_letters(constructor, log, model):
    """DuckDB, Ibis and Spark do not tell CLV from clv; elsewhere both stand side by side."""
    few = log[log["customer_id"] < 50]
    attributes = constructor(pd.DataFrame({"customer_id": few["customer_id"].unique()}).assign(CLV=1.0))
    engine = nw.from_native(attributes).implementation
    if engine.is_duckdb() or engine.is_ibis() or engine.is_spark_like():
        with pytest.raises(rfm.DataError, match="attributes: the name 'CLV' is taken"):
            clv.customer_table(constructor(few), model=model, attributes=attributes)
    else:
        table = clv.customer_table(constructor(few), model=model, attributes=attributes)
        assert {"CLV", "clv"} <= set(nw.from_native(table).collect_schema().names())


def test_a_model_of_purchases_beside_a_log_with_money(log):
    """The table knows past spend and no value, and so do its segments."""
    table = clv.customer_table(log, model=clv.fit(log[["customer_id", "date"]]))
    assert "clv" not in table
    by_segment = clv.segment_value(table)
    assert by_segment["spend"].sum() == pytest.approx(table["monetary"].sum())
    assert by_segment["customers"].sum() == len(table)
    assert not {"clv", "share_of_clv", "clv_per_customer"} & set(by_segment)


@pytest.mark.nightly
def test_intervals_on_a_day_after_the_log_learn_from_its_days():
    """Nobody has bought since the log's end, which the past errors read like the fit."""
    few = rfm.datasets.cdnow_sample().query("customer_id < 300")
    table = clv.customer_table(few, as_of="1998-08-31", model="mbg-nbd", interval=0.9)
    assert (table["clv_low"] <= table["clv_high"]).all()
    assert table["as_of"].astype(str).unique().tolist() == ["1998-08-31"]
