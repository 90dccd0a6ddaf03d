"""A log without amounts: a model of purchases, and of money only if an order's value is given."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._command.command import main

END = "1997-09-30"


@pytest.fixture(scope="module")
def log():
    sample = rfm.datasets.cdnow_sample()
    return sample[sample["customer_id"] <= 400]


@pytest.fixture(scope="module")
def bare(log):
    return log[["customer_id", "date"]]


@pytest.fixture(scope="module")
def full(log):
    return clv.fit(log, end=END)


@pytest.fixture(scope="module")
def model(bare):
    return clv.fit(bare, end=END)


def test_the_summary_is_the_same_but_for_money(log, bare):
    table = clv.summarize(bare, end=END)
    assert table.columns.tolist() == [
        "customer_id",
        "frequency",
        "recency",
        "T",
        "sum_log_gaps",
        "unit",
        "end",
    ]
    pd.testing.assert_frame_equal(table, clv.summarize(log, end=END)[table.columns.tolist()])
    weeks = clv.summarize(bare, end="1997-09-28", discrete="W")
    same = clv.summarize(log, end="1997-09-28", discrete="W")
    pd.testing.assert_frame_equal(weeks, same[weeks.columns.tolist()])


def test_on_every_engine(constructor, to_pandas):
    rows = {"customer_id": [1, 1, 2, 3, 3], "date": pd.to_datetime(["2024-01-01", "2024-01-09", "2024-01-02",
            "2024-01-03", "2024-01-20"])}  # fmt: skip
    found = to_pandas(clv.summarize(constructor(pd.DataFrame(rows)), unit="D")).sort_values("customer_id")
    assert found["frequency"].tolist() == [1, 0, 1]
    assert "monetary_value" not in found


def test_purchases_are_predicted_and_no_money(model, full):
    assert model.spend is None
    result, with_money = model.predict(interval=0.9), full.predict()
    assert not {"expected_spend", "spend_from", "clv", "clv_low", "clv_high"} & set(result)
    assert {"purchases_low", "purchases_high"} <= set(result)
    for name in ("p_alive", "expected_purchases", "p_purchase"):
        assert np.array_equal(result[name], with_money[name])
    assert list(model.total()) == ["group", "customers", *(f"purchases{kind}" for kind in ("", "_mean_low",
           "_mean_high", "_low", "_high")), "interval_from", "correction"]  # fmt: skip
    ahead = model.forecast("4W", every="2W")
    assert not [name for name in ahead if name.startswith("revenue")]
    assert model.total()["purchases"][0] == pytest.approx(full.total()["purchases"][0])
    newcomer = model.new_customer()
    assert newcomer.expected_purchases == full.new_customer().expected_purchases
    assert newcomer.clv is newcomer.first_order is newcomer.expected_spend is None
    assert "gamma-gamma" not in model.summary()


def test_an_infinite_horizon_has_no_bounds_of_value(model):
    assert not [name for name in model.predict("inf", 0.1, interval=0.9) if name.startswith("clv")]


def test_an_acquisition_needs_money(model):
    with pytest.raises(rfm.DataError, match=r"log without amounts.*value_per_order=20"):
        model.new_customer(acquisition_cost=5)
    paid = model.new_customer(acquisition_cost=25, value_per_order=20.0)
    assert paid.clv == pytest.approx(20 * paid.clv / paid.expected_spend)
    assert paid.first_order == 20.0
    assert paid.payback.days > 0


def test_the_value_of_an_order_may_be_given_anywhere(bare, model):
    at_fit = clv.fit(bare, end=END, value_per_order=20.0)
    one, other = at_fit.predict(interval=0.9), model.predict(interval=0.9, value_per_order=20)
    pd.testing.assert_frame_equal(one, other)
    assert np.allclose(
        model.predict(discount_rate=0.0, value_per_order=20)["clv"], 20 * one["expected_purchases"]
    )
    assert at_fit.spend.warnings == ()
    ours = at_fit.total(horizon="4W")
    pd.testing.assert_frame_equal(ours, model.total(horizon="4W", value_per_order=20))
    pd.testing.assert_frame_equal(at_fit.forecast("2W"), model.forecast("2W", value_per_order=20))


def test_a_given_value_takes_the_place_of_a_fitted_one(full):
    result = full.predict(value_per_order=20.0)
    assert set(result["expected_spend"]) == {20.0}
    assert full.predict()["expected_spend"].nunique() > 100


def test_it_is_saved_and_loaded(model, tmp_path):
    model.save(tmp_path / "m.json")
    loaded = clv.load(tmp_path / "m.json")
    assert loaded.spend is None
    pd.testing.assert_frame_equal(loaded.predict(customers=model.customers), model.predict())
    result = loaded.predict(customers=model.customers, interval=0.9, value_per_order=20.0, discount_rate=0.0)
    assert np.allclose(result["clv_high"], 20 * result["purchases_high"])


def test_customers_and_segments_in_one_table(bare):
    table = clv.customer_table(bare, as_of=END, model="bg-nbd")
    assert {"R", "F", "rf", "segment", "expected_purchases"} <= set(table)
    assert not {"M", "monetary", "clv", "spend"} & set(table)
    assert list(clv.segment_value(table)) == [
        "segment",
        "customers",
        "share_of_customers",
        "p_alive",
        "action",
    ]
    valued = clv.segment_value(clv.customer_table(bare, as_of=END, model="bg-nbd", value_per_order=20.0))
    assert valued["share_of_clv"].sum() == pytest.approx(1)
    assert "share_of_spend" not in valued
    with pytest.raises(rfm.SchemeError, match="Scheme 'classic' reads M"):
        clv.customer_table(bare, as_of=END, model="bg-nbd", scheme="classic")


def test_a_backtest_counts_purchases(log, bare):
    found, with_money = (clv.backtest(tx, "39W", models=["bg-nbd"]) for tx in (bare, log))
    for table in (found.table, found.predictions, found.newcomers, found.first_seen):
        assert not [name for name in table if "spend" in name]
    one, other = (b.table.set_index("model").loc["bg-nbd"] for b in (found, with_money))
    assert one["rmse"] == other["rmse"]
    assert set(found.calibration.loc[found.calibration["by"] == "segment", "group"]) <= set(
        rfm.Scheme.load("lifecycle").names
    )


def test_checks_ask_nothing_of_spend(log, bare):
    found, every = clv.check(bare, end=END), clv.check(log, end=END)
    assert found["check"].tolist() == every["check"].tolist()
    money = found["check"].str.contains("spend|order values|value rests")
    assert set(found.loc[money, "holds"]) == {"unknown"}


def test_a_picture_of_spend_is_refused(model):
    with pytest.raises(rfm.DataError, match="log without amounts, and a plot of spend needs them"):
        clv.plot.spend_density(model)


@pytest.mark.nightly
def test_the_command_reads_a_file_without_amounts(bare, log, tmp_path, capsys):
    bare.to_csv(tmp_path / "bare.csv", index=False)
    mapped = ["--customer", "customer_id", "--date", "date", "--out", str(tmp_path / "out")]
    assert main(["report", str(tmp_path / "bare.csv"), *mapped]) == 0
    found = capsys.readouterr().out
    assert "No amounts were read; purchases in the next 52 weeks: " in found
    assert "The ten customers with the most purchases" in found
    assert "clv" not in pd.read_csv(tmp_path / "out" / "customers.csv")
    page = (tmp_path / "out" / "rfm-clv-report.html").read_text(encoding="utf-8")
    assert "The log has no amounts" in page
    assert "Gamma-Gamma law" not in page


@pytest.mark.nightly
def test_the_command_does_not_overlook_amounts(log, tmp_path, capsys):
    log.to_csv(tmp_path / "log.csv", index=False)
    options = ["--customer", "customer_id", "--date", "date", "--model", "bg-nbd", "--out", str(tmp_path)]
    assert main(["report", str(tmp_path / "log.csv"), *options]) == 0
    printed = capsys.readouterr().out
    assert "Columns taken by their names: amount 'amount'." in printed
    assert "Spent so far" in printed


def test_a_log_without_amounts_that_keeps_returns_is_fitted_as_it_is(bare):
    kept = clv.fit(rfm.Transactions(bare, returns="keep"), end=END)
    assert kept.purchases.log_likelihood == clv.fit(bare, end=END).purchases.log_likelihood
