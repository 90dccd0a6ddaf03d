"""A fitted model's predictions: their meaning, in any unit, for any customers."""

from __future__ import annotations

import importlib
from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.lifetimes import lifetimes_package
from clv._fits.posterior import Posterior

END = "1997-09-30"


@pytest.fixture(scope="module")
def tx():
    return rfm.Transactions(rfm.datasets.cdnow_sample())


@pytest.fixture(scope="module")
def model(tx):
    return clv.fit(tx, end=END)


def test_a_prediction_is_the_laws_own_answer(model):
    x, t_x, T, m = (model.customers[c].to_numpy() for c in ("frequency", "recency", "T", "monetary_value"))
    law, spend = model.purchases.law, model.spend.law
    predicted = model.predict("39W", 0.0)
    assert predicted["p_alive"].to_numpy() == pytest.approx(law.p_alive(x, t_x, T))
    expected = law.conditional_expected_purchases(39.0, x, t_x, T)
    assert predicted["expected_purchases"].to_numpy() == pytest.approx(expected, rel=1e-10)
    assert predicted["expected_spend"].to_numpy() == pytest.approx(spend.expected_spend(x, m))
    nothing = law.conditional_pmf(0, 39.0, x, t_x, T)
    assert predicted["p_purchase"].to_numpy() == pytest.approx(1 - nothing, rel=1e-9)


def test_at_rate_zero_value_is_purchases_times_spend(model):
    predicted = model.predict("52W", 0.0, margin=0.4)
    by_hand = 0.4 * predicted["expected_spend"] * predicted["expected_purchases"]
    np.testing.assert_allclose(predicted["clv"], by_hand, rtol=1e-14)


def test_a_margin_is_a_share_of_all_money_and_of_nothing_else(model):
    law, spend = model.purchases.law, model.spend.law
    model = replace(model, draws=Posterior(((law, spend), (law.scaled(1.1), spend))))  # two, to be quick
    few = model.customers.iloc[::40]
    for ask in (
        lambda margin: model.predict("26W", interval=0.9, margin=margin, customers=few),
        lambda margin: model.predict("inf", interval=0.9, margin=margin, customers=few),
        lambda margin: model.total(horizon="4W", margin=margin, customers=few),
    ):
        all_of_it, third = ask(1.0), ask(0.3)
        money = [name for name in all_of_it if name.startswith("clv") and name != "clv_correction"]
        assert len(money) >= 3  # the value and its bounds
        np.testing.assert_allclose(third[money], 0.3 * all_of_it[money], rtol=1e-9)
        pd.testing.assert_frame_equal(third.drop(columns=money), all_of_it.drop(columns=money))


def test_one_time_buyers_get_the_populations_spend_and_are_marked(model):
    predicted = model.predict()
    once = (model.customers["frequency"] == 0).to_numpy()
    assert (predicted["spend_from"].to_numpy() == np.where(once, "population", "own orders")).all()
    assert predicted.loc[once, "expected_spend"].nunique() == 1
    assert predicted.drop(columns=["customer_id", "spend_from"]).notna().all(axis=None)


def test_units_of_time_give_the_same_value(tx):
    values = [clv.fit(tx, unit=unit, end=END).predict("12M", 0.15)["clv"] for unit in ("D", "W", "M", "Y")]
    for other in values[1:]:
        np.testing.assert_allclose(other, values[0], rtol=1e-6)


def test_horizons_say_the_same_in_any_words(model):
    expected = model.predict("364D")
    for horizon in ("52W", pd.Timedelta(days=364), pd.Timedelta(days=364).to_numpy()):
        pd.testing.assert_frame_equal(model.predict(horizon), expected)


def test_infinite_horizon_has_a_value_and_no_count(model):
    forever, century = model.predict("inf"), model.predict("100Y")
    assert "expected_purchases" not in forever
    assert (forever["clv"] >= century["clv"] * (1 - 1e-9)).all()
    assert forever["clv"].sum() == pytest.approx(century["clv"].sum(), rel=1e-3)
    with pytest.raises(rfm.DataError, match="infinite without discounting"):
        model.predict("inf", 0.0)


def test_as_of_ages_the_silence(model):
    later = model.predict(as_of="1997-10-28")
    aged = model.customers.assign(T=model.customers["T"] + 4)
    pd.testing.assert_frame_equal(later, model.predict(customers=aged))
    with pytest.raises(rfm.DataError, match="lies before the end of observation, 1997-09-30"):
        model.predict(as_of="1997-01-31")


def test_lump_equals_lifetimes(model):
    with lifetimes_package() as lifetimes:
        fitter, utils = lifetimes.BetaGeoFitter(), importlib.import_module("lifetimes.utils")
    law = model.purchases.law
    fitter.params_ = pd.Series(model.purchases.parameters)
    fitter.predict = fitter.conditional_expected_number_of_purchases_up_to_time
    c = model.customers[model.customers["frequency"] > 0]
    spend = pd.Series(model.spend.law.expected_spend(c["frequency"], c["monetary_value"]), index=c.index)
    theirs = utils._customer_lifetime_value(
        fitter, c["frequency"], c["recency"], c["T"], spend, 12, 0.01, "W"
    )
    ours = model.predict("12M", 0.01, lump="lifetimes", customers=c)
    assert law.name == "bg-nbd"
    np.testing.assert_allclose(ours["clv"], theirs, rtol=1e-8)


def test_inputs_are_not_changed(tx):
    summary = clv.summarize(tx, end=END)
    before = summary.copy()
    clv.fit_summary(summary).predict(interval=None)
    pd.testing.assert_frame_equal(summary, before)


def test_predict_in_one_call(tx):
    pd.testing.assert_frame_equal(clv.predict(tx, "26W", 0.05), clv.fit(tx).predict("26W", 0.05))


def test_bg_bb_predicts_whole_periods(tx):
    model = clv.fit(tx, "bg-bb", unit="M", end=END)
    predicted = model.predict("12M")
    assert predicted.notna().all(axis=None)
    assert (predicted["expected_purchases"] <= 12).all()


def test_bg_bb_answers_all_that_is_asked_of_a_model(tx):
    model = clv.fit(tx, "bg-bb", unit="M", end=END)
    due = model.due(0.5)
    assert due["due"].notna().all()
    assert set(due["due_note"]) == {""}
    newcomer = model.new_customer("12M", acquisition_cost=60)
    assert newcomer.payback is not None
    assert newcomer.payback.days > 0
    assert model.new_customer("inf", acquisition_cost=1e6).payback is None
    assert model.total(horizon="12M")["purchases"].iloc[0] == pytest.approx(
        model.predict("12M")["expected_purchases"].sum()
    )
    forecast = model.forecast("12M", every="3M")
    assert forecast["purchases"].sum() == pytest.approx(model.predict("12M")["expected_purchases"].sum())
    for call in (model.total, model.forecast):
        with pytest.raises(rfm.DataError, match=r"BG/BB counts whole periods, .*11\.9"):
            call(horizon="52W")


def test_bg_bb_counts_the_calendar_periods_of_a_silence(tx):
    model = clv.fit(tx, "bg-bb", unit="M", end=END)
    later = model.predict("6M", as_of="1997-10-31")
    law, rows = model.purchases.law, model.customers
    x, t_x, n = (rows[name].to_numpy() for name in law.data_columns)
    np.testing.assert_allclose(later["p_alive"], law.p_alive(x, t_x, n + 1))
    with pytest.warns(rfm.DataWarning, match="1997-11-29 lies inside one: observation ends on 1997-10-31"):
        inside = model.predict("6M", as_of="1997-11-29")  # November is no whole silent month yet
    pd.testing.assert_frame_equal(later, inside)


def test_a_part_of_a_period_is_no_opportunity():
    """CDNOW two days into a month: the forecast was half of that of the month's end."""
    log = rfm.datasets.cdnow()
    whole = clv.fit(log, "bg-bb", unit="M", end="1998-04-30")
    with pytest.warns(rfm.DataWarning, match="1998-05-02 lies inside one: observation ends on 1998-04-30"):
        cut = clv.fit(log, "bg-bb", unit="M", end="1998-05-02")
    assert cut.end == whole.end == date(1998, 4, 30)
    pd.testing.assert_frame_equal(cut.predict("12M"), whole.predict("12M"))
    with pytest.warns(rfm.DataWarning, match="1998-05-02 lies inside one"):
        by_default = clv.fit(log[log["date"] <= "1998-05-02"], "bg-bb", unit="M")
    pd.testing.assert_frame_equal(by_default.predict("12M"), whole.predict("12M"))
    april = whole.predict("12M")["expected_purchases"].sum()
    march = clv.fit(log, "bg-bb", unit="M", end="1998-03-31").predict("12M")["expected_purchases"].sum()
    assert april == pytest.approx(march, rel=0.1)


def test_a_table_with_periods_tells_of_one_day():
    log = rfm.datasets.cdnow_sample()
    with pytest.warns(rfm.DataWarning, match="1998-05-02 lies inside one: observation ends on 1998-04-30"):
        table = clv.customer_table(log, as_of="1998-05-02", model="bg-bb", unit="M", horizon="12M")
    whole = clv.customer_table(log, as_of="1998-04-30", model="bg-bb", unit="M", horizon="12M")
    pd.testing.assert_frame_equal(table, whole)


def test_a_log_within_one_period_is_refused():
    log = pd.DataFrame(
        {"customer_id": [1, 1, 2], "date": ["2024-03-02", "2024-03-20", "2024-03-05"], "amount": 1.0}
    )
    for call in (lambda: clv.fit(log, "bg-bb", unit="M"), lambda: clv.summarize(log, discrete="M")):
        with pytest.raises(
            rfm.DataError,
            match=r"months are counted, but the log from 2024-03-02 to 2024-03-20 ends inside .* Hint",
        ):
            call()


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda tx: clv.fit(tx, "nbd"),
            "No purchase law 'nbd'. Hint: choose one of bg-nbd, mbg-nbd, pareto-nbd, bg-bb, bg-cnbd, mbg-cnbd, "
            "ggompertz-nbd",
        ),
        (lambda tx: clv.fit(tx, engine="stan"), "No engine 'stan'. Hint: choose one of native, lifetimes"),
        (lambda tx: clv.fit(tx, unit="week"), "unit='week' is not a unit of time"),
        (lambda tx: clv.fit(tx).predict("soon"), "horizon='soon' is not a length of time"),
        (
            lambda tx: clv.fit(tx).predict(discount_rate=-1),
            "discount_rate must be a finite number, above -1",
        ),
        (
            lambda tx: clv.fit(tx).predict(customers=pd.DataFrame({"a": [1]})),
            "customers: no column 'customer_id'",
        ),
        (lambda tx: clv.fit(tx).predict(lump="monthly"), "lump must be one of \"lifetimes\"; got 'monthly'"),
        (
            lambda tx: clv.fit(tx).predict(lump="lifetimes", interval=0.9),
            "lump='lifetimes' has no interval, since that package has none",
        ),
        (lambda tx: clv.fit(tx).predict("inf", lump="lifetimes"), "A sum of monthly payments needs a finite"),
        (
            lambda tx: clv.fit(tx).predict(lump="lifetimes", discount_rate=-1),
            "discount_rate must be a finite number, above -1 and at most 1,000,000; got -1",
        ),
        (
            lambda tx: clv.fit(tx).predict(discount_rate="0.1"),
            "discount_rate must be a finite number, above -1 and at most 1,000,000; got '0.1'",
        ),
        (
            lambda tx: clv.fit(tx).predict(margin=-0.1),
            "margin must be a finite number, 0 or more and at most 1,000,000; got -0.1",
        ),
        (
            lambda tx: clv.fit(tx).total(margin=np.nan),
            "margin must be a finite number, 0 or more and at most 1,000,000; got nan",
        ),
        (lambda tx: clv.fit(tx).predict(interval="0.9"), "interval must lie between 0 and 1; got '0.9'"),
        (lambda tx: clv.fit(tx).due(None), "threshold must lie between 0 and 1; got None"),
    ],
)
def test_errors_say_what_to_do(tx, call, message):
    with pytest.raises(rfm.DataError, match=message):
        call(tx)


def test_a_rate_above_one_is_questioned(model):
    with pytest.warns(rfm.DataWarning, match="discount_rate=10 is 1000% a year"):
        model.predict(discount_rate=10)
