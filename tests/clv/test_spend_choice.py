"""The choice of the orders to read, by a hold-out in time."""

from __future__ import annotations

import functools
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.posterior import draw_pairs
from clv._report.language import Language
from clv._spend_choice import choose_spend_orders, gamma_deviance, spend_lines
from rfm._days import as_day

LAW = clv.BGNBD(r=0.8, alpha=6.0, a=0.7, b=2.5)
SPEND = clv.GammaGamma(p=4.0, q=4.0, gamma=20.0)


@functools.cache
def log_of(first=None, seed=1):
    """A simulated log; `first` makes first orders of noise that says nothing of later ones."""
    rng = np.random.default_rng(seed)
    log = clv.simulate(LAW, SPEND, 1_000, rng=rng, start="2023-01-01", joining="30W", observed="80W")
    log = log.sort_values(["customer_id", "date"], kind="stable", ignore_index=True)
    if first is not None:
        once = ~log["customer_id"].duplicated()
        log.loc[once, "amount"] = np.round(first(rng, int(once.sum())), 2)
    return rfm.Transactions(log)


@functools.cache
def chosen(tx, period=None):
    return choose_spend_orders(tx, tx.last_day, "W", period)


def test_first_orders_like_later_ones_are_read():
    choice = chosen(log_of())
    assert choice.orders == "all"
    assert choice.note.startswith(
        "Spend law: reads all orders of a customer, the first among them, as they predict better. Fitted to the log "
    )


def test_first_orders_that_say_nothing_are_not():
    choice = chosen(log_of(lambda rng, n: 60 * rng.lognormal(0, 1, n)))
    assert choice.orders == "repeat"
    assert "repeat orders only, as first orders do not improve the prediction" in choice.note


def test_the_numbers_of_the_note_are_those_of_two_fits():
    tx = log_of()
    days = (tx.last_day - tx.first_day) // 3
    origin = tx.last_day - days
    log = pd.DataFrame({"customer_id": tx.ledger["customer_id"].to_list(), "day": tx.ledger["day"].to_list(),
                        "amount": np.array(tx.ledger["units"].to_list()) / 10.0**tx.decimals})  # fmt: skip
    log = log.groupby(["customer_id", "day"], as_index=False)["amount"].sum()
    later = log[log["day"] > origin].groupby("customer_id")["amount"].mean()
    off, deviance = [], []
    for orders in ("all", "repeat"):
        end = np.datetime64(origin, "D").astype(object)
        predicted = (
            clv.fit(tx, end=end, spend_orders=orders).predict("4W").set_index("customer_id")["expected_spend"]
        )
        both = pd.concat([predicted.rename("e"), later.rename("y")], axis=1).dropna()
        off.append((both["e"] - both["y"]).abs().mean())
        deviance.append((2 * (both["y"] / both["e"] - 1 - np.log(both["y"] / both["e"]))).mean())
    note = chosen(tx).note
    assert f"the {len(both):,} known customers who bought in the {days} days after it" in note
    assert f"gamma deviance of {deviance[0]:.4g}, repeat orders with {deviance[1]:.4g}" in note
    assert f"(mean absolute error {off[0]:.4g} and {off[1]:.4g})" in note


def test_the_deviance_is_least_at_the_mean():
    values = np.random.default_rng(2).gamma(0.7, 30.0, 400)
    at = [gamma_deviance(values, np.full(400, values.mean() * factor)) for factor in (0.97, 1.0, 1.03)]
    assert at[1] < min(at[0], at[2])


def test_what_cannot_be_tested_is_said_and_repeat_orders_are_read():
    def note(log, last=None):
        tx = rfm.Transactions(log)
        choice = choose_spend_orders(tx, tx.last_day if last is None else as_day(last, "end"), "W", None)
        assert choice.orders == "repeat"
        return choice.note

    log = rfm.datasets.cdnow_sample()
    assert "since the log is too short" in note(log[log["date"] < "1997-01-03"])
    assert "since too few customers had come back by 1997-01-" in note(log[log["date"] < "1997-01-20"])
    quiet = log[log["date"] < "1997-09-30"]
    assert "since only 0 customers whose orders are known bought in the last 181 days" in note(
        quiet, "1998-06-30"
    )


def test_a_fit_says_what_it_chose_and_keeps_it_in_its_file(tmp_path):
    tx = log_of()
    model = clv.fit(tx, spend_orders="auto")
    assert (model.spend_orders, model.spend_note) == ("all", chosen(tx).note)
    assert model.spend.parameters == clv.fit(tx, spend_orders="all").spend.parameters
    assert model.summary().endswith(model.spend_note)
    model = replace(model, draws=draw_pairs(model.purchases, model.spend, None, 4, 0))
    model.save(tmp_path / "m.json")
    assert clv.load(tmp_path / "m.json").summary() == model.summary()


def test_the_future_is_not_known_at_an_origin():
    """What customers do after the day of observation changes nothing."""
    tx = log_of()
    log = pd.DataFrame(
        {"customer_id": [1, 2], "date": pd.Timestamp("2024-08-01"), "amount": [1e6, 1e-2]},
    )
    longer = rfm.Transactions(pd.concat([clv_log(tx), log]))
    assert choose_spend_orders(longer, tx.last_day, "W", None) == chosen(tx)


def clv_log(tx):
    return pd.DataFrame(
        {
            "customer_id": tx.ledger["customer_id"].to_list(),
            "date": pd.to_datetime(tx.ledger["day"].to_list(), unit="D"),
            "amount": np.array(tx.ledger["units"].to_list()) / 10.0**tx.decimals,
        }
    )


def test_periods_are_whole(recwarn):
    tx = log_of()
    choice = choose_spend_orders(tx, as_day("2024-06-30", "end"), "M", "M")
    assert choice.orders == "all"
    assert not recwarn.list


@pytest.mark.parametrize("name", ["zh-Hans", "zh-Hant"])
def test_the_note_is_translated(name):
    assert Language.load(name)(chosen(log_of()).note).startswith(
        "消費模型" if name == "zh-Hant" else "消费模型"
    )


def test_lines_of_a_summary():
    assert spend_lines("repeat", None) == []
    assert spend_lines("all", None) == ["Spend law: reads all orders of a customer, the first among them."]
    assert spend_lines("repeat", "why") == ["why"]
