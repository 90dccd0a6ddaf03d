"""Returns in a log: matched, aged, deducted from the value, scored in backtests; on every engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._refund_log import refunds_of_orders
from clv._refund_rate import RefundRate
from rfm import DataWarning

LAW, SPEND = clv.BGNBD(0.6, 8.0, 0.8, 2.5), clv.GammaGamma(6.0, 4.0, 15.0)


def shop(share=0.25, days=10, customers=800, seed=3):
    """Orders, and beside them the returns of a share of them so many days later, within the log."""
    rng = np.random.default_rng(seed)
    orders = clv.simulate(LAW, SPEND, customers=customers, rng=rng)
    orders["date"] = orders["date"].astype("datetime64[us]").dt.normalize()
    orders = orders.groupby(["customer_id", "date"], as_index=False).agg(amount=("amount", "sum"))
    back = orders[rng.random(len(orders)) < share]
    back = back.assign(
        date=back["date"] + pd.Timedelta(days=days), amount=-back["amount"], ordered=back["date"]
    )
    return orders, back[back["date"] <= orders["date"].max()]


def log_of(orders, back):
    return pd.concat([orders, back[["customer_id", "date", "amount"]]], ignore_index=True)


@pytest.mark.slow
def test_the_value_is_near_the_net_that_comes():
    orders, back = shop(customers=1_500)
    log = log_of(orders, back)
    origin, stop = pd.Timestamp("2024-12-31"), pd.Timestamp("2025-12-15")
    known = log[log["date"] <= origin]
    model = clv.fit(known, end=origin)
    assert model.refunds.rate == pytest.approx(0.25, abs=0.03)
    horizon = f"{(stop - origin).days}D"
    table = model.predict(horizon, 0.0, interval=0.9)
    here = set(known["customer_id"])
    ahead = orders[(orders["date"] > origin) & (orders["date"] <= stop) & orders["customer_id"].isin(here)]
    returned = back[(back["ordered"] > origin) & (back["ordered"] <= stop) & back["customer_id"].isin(here)]
    net = ahead["amount"].sum() + returned["amount"].sum()
    gross = (table["expected_purchases"] * table["expected_spend"]).sum()
    assert abs(table["clv"].sum() / net - 1) < 0.08
    assert gross / net > 1.2  # what it was valued at before
    assert (table["clv"] <= table["clv_high"]).mean() > 0.9
    total = model.total(horizon=horizon, discount_rate=0.0)
    assert total["clv"].sum() == pytest.approx(table["clv"].sum())
    assert total["clv_low"].item() < net < total["clv_high"].item()
    revenue = model.forecast(horizon, every=horizon)
    assert revenue["revenue"].sum() == pytest.approx(table["clv"].sum())
    assert revenue["revenue_low"].item() < net < revenue["revenue_high"].item()
    fresh = model.new_customer(horizon, 0.0)
    assert fresh.clv == pytest.approx(
        fresh.expected_purchases * fresh.expected_spend * (1 - model.refunds.rate)
    )


def test_young_orders_do_not_make_the_rate_too_low():
    """Returns 90 days later, in a log of 150 days: what has come is far below what will."""
    rng = np.random.default_rng(6)
    day = rng.integers(0, 150, 6_000)
    orders = pd.DataFrame({"customer_id": np.arange(6_000), "day": day, "amount": 20.0})
    back = orders[rng.random(6_000) < 0.3].assign(amount=-20.0, day=lambda t: t["day"] + 90)
    again = orders.head(2_000).assign(day=149)
    log = pd.concat([orders, again, back[back["day"] < 150]])
    log["date"] = np.datetime64("2024-01-01", "us") + log["day"].to_numpy().astype("timedelta64[D]")
    table = clv.summarize(log)
    raw = (
        -table["refunds"].sum()
        / (table["first_order_spend"] + table["frequency"] * table["monetary_value"]).sum()
    )
    found = refund_rate_of(log, table)
    assert raw < 0.12
    assert found.rate == pytest.approx(0.3, abs=0.04)
    assert found.come_by(np.array([80.0, 90.0])) == pytest.approx([0.0, 1.0], abs=0.02)


def refund_rate_of(log, table, unit="W"):
    from clv._refund_log import refund_rate

    tx = rfm.Transactions(log)
    return refund_rate(tx, tx.last_day, table, unit)


def test_refunds_find_their_order():
    log = pd.DataFrame(
        [
            ("ann", "2024-01-01", 10.0),
            ("ann", "2024-01-05", 30.0),
            ("ann", "2024-01-08", 20.0),
            ("ann", "2024-01-09", -10.0),  # of just this amount: the first
            ("ann", "2024-01-10", -25.0),  # of a larger amount: the second
            ("ann", "2024-01-11", -99.0),  # of none; the latest stands for it
            ("bob", "2024-01-01", -5.0),  # before every order
            ("bob", "2024-01-02", 5.0),
        ],
        columns=["customer_id", "date", "amount"],
    )
    tx = rfm.Transactions(log)
    found = refunds_of_orders(tx, tx.last_day).sort_values(["customer_id", "back_day"])
    ages = (found["back_day"] - found["order_day"]).tolist()
    assert ages[:3] == [8, 5, 3]
    assert np.isnan(ages[3])


def test_every_engine_finds_the_same_rate(constructor, to_pandas):
    orders, back = shop(customers=150)
    log = log_of(orders, back)
    expected = clv.fit(log)
    model = clv.fit(constructor(log))
    assert model.refunds.rate == pytest.approx(expected.refunds.rate, rel=1e-12)
    assert model.refunds.prior_orders == pytest.approx(expected.refunds.prior_orders, rel=1e-9)
    assert model.refunds.ages == expected.refunds.ages
    result, same = (to_pandas(one.predict("26W")) for one in (model, expected))
    assert result["refund_rate"].to_numpy() == pytest.approx(same["refund_rate"].to_numpy(), rel=1e-9)
    assert result["refund_rate"].nunique() > 10


def test_a_log_without_returns_has_a_rate_of_zero_and_unmoved_values():
    model = clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")
    assert model.refunds == RefundRate()
    table = model.predict("39W", 0.0)
    assert list(table.columns[-4:]) == ["expected_spend", "spend_from", "refund_rate", "clv"]
    assert (table["refund_rate"] == 0).all()
    assert (table["clv"] == table["expected_spend"] * table["expected_purchases"]).all()


def test_a_summary_tells_the_rate_without_delay():
    orders, back = shop()
    summary = clv.summarize(log_of(orders, back))
    model = clv.fit_summary(summary, unit="W")
    gross = (summary["first_order_spend"] + summary["frequency"] * summary["monetary_value"]).sum()
    assert model.refunds.rate == pytest.approx(-summary["refunds"].sum() / gross)
    assert model.refunds.ages == ()
    bare = clv.fit_summary(summary.drop(columns=["refunds", "first_order_spend"]), unit="W")
    assert bare.refunds == RefundRate()
    known = model.predict("52W", customers=summary.drop(columns=["refunds", "first_order_spend"]))
    assert known["refund_rate"].nunique() == 1  # of all, where the customers' own are not given


def test_a_saved_model_keeps_its_refund_rate(tmp_path):
    orders, back = shop()
    log = log_of(orders, back)
    model = clv.fit(log)
    model.save(tmp_path / "m.json")
    loaded = clv.load(tmp_path / "m.json")
    assert loaded.refunds == model.refunds
    again = loaded.predict("52W", customers=clv.summarize(log))
    pd.testing.assert_frame_equal(again, model.predict("52W"))


def test_a_backtest_scores_net_beside_gross():
    orders, back = shop(customers=1_200)
    result = clv.backtest(log_of(orders, back), "26W", models=["bg-nbd"])
    [row] = result.table[result.table["kind"] == "law"].to_dict("records")
    start, end = pd.Timestamp(row["origin"]), pd.Timestamp(row["origin"]) + pd.Timedelta(weeks=26)
    here = set(orders[orders["date"] <= start]["customer_id"])
    of = {name: t[(t["ordered"] > start) & (t["ordered"] <= end) & t["customer_id"].isin(here)]["amount"].sum()
          for name, t in {"gross": orders.assign(ordered=orders["date"]), "back": back}.items()}  # fmt: skip
    assert row["spend_happened"] == pytest.approx(
        of["gross"], rel=0.02
    )  # returns on days of orders net within the day
    assert row["net_spend_happened"] == pytest.approx(of["gross"] + of["back"], rel=0.02)
    assert row["net_spend_predicted"] / row["spend_predicted"] == pytest.approx(0.75, abs=0.03)
    assert abs(row["net_spend_bias"]) < 0.12
    assert {"predicted_net_spend", "happened_net_spend"} <= set(result.predictions.columns)


def profits(customers=400, seed=2):
    rng = np.random.default_rng(seed)
    count = rng.geometric(0.3, customers)
    ids = np.repeat(np.arange(customers), count)
    day = np.concatenate([np.sort(rng.choice(700, k, replace=False)) for k in count])
    dates = np.datetime64("2022-01-01", "us") + day.astype("timedelta64[D]")
    return pd.DataFrame(
        {"customer_id": ids, "date": dates, "amount": rng.normal(10.0, 12.0, len(ids)).round(2)}
    )


@pytest.mark.filterwarnings("ignore::clv.FitWarning")  # nobody leaves here
def test_profits_are_told_from_returns():
    log = profits()
    with pytest.warns(
        DataWarning, match=r"follow no order of theirs of at least that amount.*returns=\"keep\""
    ):
        clv.fit(log)
    with pytest.warns(DataWarning, match=r"of \d+ repeat buyers have a mean repeat order of 0 or less"):
        model = clv.fit(rfm.Transactions(log, returns="keep"))
    assert model.refunds == RefundRate()
    assert model.purchases.n == log["customer_id"].nunique()
