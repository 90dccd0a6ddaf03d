"""One origin of a backtest: every law is fitted once, and the law of spend once for all."""

from __future__ import annotations

import pytest
from tqdm import tqdm

import clv
import rfm
from clv._backtests import trial
from clv._backtests.trial import Test
from clv._choice.refits import Refits, Terms
from clv._fit import fit_histories

DAY = rfm._days.as_day("1997-09-30", "day")
LAWS = {"bg-nbd": clv.BGNBD, "mbg-nbd": clv.MBGNBD}


@pytest.fixture(scope="module")
def tx():
    return rfm.Transactions(rfm.datasets.cdnow_sample().query("customer_id <= 600"))


def at(test, names=(*LAWS, "past rate continued"), counts="purchases"):
    with tqdm(disable=True) as bar:
        return test.at(DAY, counts, names, LAWS, bar)


def test_a_trial_has_the_predictions_of_every_contender(tx, monkeypatch):
    spends, of_spend = [], trial.priced
    monkeypatch.setattr(trial, "priced", lambda *args: spends.append(1) or of_spend(*args))
    refits = Refits(tx, Terms(), fit_histories)
    found = at(Test(tx, 90, "classic", "repeat", refits))
    assert list(found.predictions) == ["bg-nbd", "mbg-nbd", "past rate continued"]
    assert len(spends) == 1
    assert found.price is None
    assert "log_score" not in found.predictions["past rate continued"]
    for name, law in LAWS.items():
        whole = clv.fit(tx, name, end="1997-09-30")
        assert refits.model(law, DAY).purchases.parameters == whole.purchases.parameters
        predicted = whole.predict("90D", 0.0)
        mine = found.predictions[name]
        assert mine["predicted"].tolist() == pytest.approx(predicted["expected_purchases"].tolist(), rel=1e-9)
        spent = predicted["expected_purchases"] * predicted["expected_spend"]
        assert mine["predicted_spend"].tolist() == pytest.approx(spent.tolist(), rel=1e-9)


def test_orders_that_are_to_be_chosen_are_chosen_until_the_day(tx, monkeypatch):
    heard = []
    chosen = trial.choose_spend_orders

    def choose(log, last, unit, period):
        heard.append((last, unit, period))
        return chosen(log, last, unit, period)

    monkeypatch.setattr(trial, "choose_spend_orders", choose)
    at(Test(tx, 90, "classic", "auto", Refits(tx, Terms(), fit_histories)), ("bg-nbd",))
    assert heard == [(DAY, "W", None)]
    alone = rfm.Transactions(rfm.datasets.cdnow_sample()[["customer_id", "date"]])
    at(Test(alone, 90, "lifecycle", "auto", Refits(alone, Terms(), fit_histories)), ("bg-nbd",))
    assert len(heard) == 1
