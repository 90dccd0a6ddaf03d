"""The table of checks: complete, independent of the order of rows, and without alarms if all assumptions hold."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from benchmarks.checks import CDNOW, CLOCK, FAULTS, STAYING, Shop, findings, rates
from clv._checks.check import CHECKS, check
from clv._checks.few_orders import many_orders
from clv._checks.first_orders import first_like_later
from clv._checks.history import Terms
from clv._checks.independence import unrelated
from clv._checks.order_values import steady

LOCAL_DATA = os.environ.get("RFM_LOCAL_DATA", "")  # a folder of logs that are not ours to ship
COLUMNS = ["check", "holds", "statistic", "value", "low", "high", "finding", "customers"]


def frame(history):
    day = pd.to_datetime(history.day, unit="D")
    return pd.DataFrame({"customer_id": history.customer, "date": day, "amount": history.net})


def test_every_line_is_a_row_with_words_and_customers():
    found = check(rfm.datasets.cdnow_sample())
    assert found.columns.tolist() == COLUMNS
    assert len(found) == len(CHECKS) == 13
    assert found["holds"].isin(["yes", "doubtful", "no", "unknown"]).all()
    assert (found["finding"].str.len() > 20).all()
    assert found["customers"].dtype == np.int64
    known = found[found["low"].notna()]
    assert ((known["low"] <= known["value"]) & (known["value"] <= known["high"])).all()


def test_what_cdnow_says():
    holds = check(rfm.datasets.cdnow()).set_index("check")["holds"].to_dict()
    assert holds == {
        "the log begins with the customers' first orders": "yes",  # a cohort by design
        "customers were observed long enough": "yes",
        "orders are decided anew, not renewed": "yes",
        "orders come at random moments": "doubtful",
        "orders come evenly through the year": "unknown",  # 18 months
        "later customers return like earlier ones": "yes",
        "one-time buyers are still customers": "no",  # MBG/NBD's likelihood is better by 131
        "the log tells who has left": "yes",  # 41% to 42% of those who came back
        "spend and frequency are unrelated": "doubtful",  # Fader & Hardie (2013) quote r = 0.11
        "order values are steady": "yes",
        "first orders are like later ones": "yes",
        "the value rests on many orders": "yes",
        "the last part of the log is predicted": "yes",
    }


def test_the_apparel_retailer_has_a_season():
    log = Path(LOCAL_DATA) / "apparel_transactions.parquet"
    if not LOCAL_DATA or not log.exists():
        pytest.skip(
            "RFM_LOCAL_DATA names no folder with apparel_transactions.parquet, which is not ours to ship"
        )
    tx = rfm.Transactions(pd.read_parquet(log), customer="Id", date="Date", amount="Price")
    found = check(tx).set_index("check")
    season = found.loc["orders come evenly through the year"]
    assert season["holds"] == "no"
    assert "Nov +68%, Oct +63%" in season["finding"]
    assert (
        found.loc["the log begins with the customers' first orders", "holds"] == "yes"
    )  # all join on one day
    assert found.loc["customers were observed long enough", "holds"] == "yes"
    assert found.loc["orders come at random moments", "holds"] == "yes"


def test_too_few_customers_are_unknown_not_an_error():
    log = pd.DataFrame({"customer_id": [1, 2], "date": ["2024-01-01", "2024-01-02"], "amount": [1.0, 2.0]})
    assert set(check(log)["holds"]) == {"unknown"}


def test_row_order_and_mixed_ids_do_not_matter():
    log = frame(Shop(size=300).log(np.random.default_rng(5)))
    log["customer_id"] = [i if i % 2 else str(i) for i in log["customer_id"]]
    shuffled = log.sample(frac=1, random_state=6)
    pd.testing.assert_frame_equal(check(log), check(shuffled), check_exact=True)


@pytest.mark.parametrize("amount", [0.0, 10.0])
def test_logs_without_spread_of_amounts_are_read(amount):
    log = frame(Shop(size=300).log(np.random.default_rng(7))).assign(amount=amount)
    found = check(log).set_index("check")
    assert found.loc["spend and frequency are unrelated", "holds"] == "unknown"
    assert found.loc["the value rests on many orders", "holds"] == "unknown"


def test_everybody_every_day():
    log = pd.DataFrame(
        {
            "customer_id": np.repeat(np.arange(50), 60),
            "date": np.tile(pd.date_range("2024-01-01", periods=60), 50),
            "amount": 5.0,
        }
    )
    found = check(log).set_index("check")
    assert found.loc["customers were observed long enough", "holds"] == "yes"
    assert found.loc["orders come at random moments", "holds"] == "unknown"


def test_an_unknown_law_or_unit_is_refused():
    log = frame(Shop(size=40).log(np.random.default_rng(8)))
    with pytest.raises(rfm.DataError, match="model='bgnbd' is not a purchase law"):
        clv.check(log, model="bgnbd")
    with pytest.raises(rfm.DataError, match="unit='Q' is not a unit of time"):
        clv.check(log, unit="Q")


def test_the_law_is_the_one_that_foretells():
    found = check(rfm.datasets.cdnow_sample(), model="pareto-nbd").set_index("check")
    assert found.loc["the last part of the log is predicted", "finding"].startswith(
        "pareto-nbd, fitted up to"
    )


TESTS = ["irregular", "evenly", "alike", "unrelated", "steady", "from_the_first", "first_like_later"]


@pytest.mark.nightly
@pytest.mark.parametrize(
    "shop",
    [Shop(CLOCK), Shop(STAYING), Shop(CDNOW, weeks=156), Shop(CLOCK, weeks=156, joining="growth")],
    ids=["clock", "staying", "CDNOW", "growth"],
)
def test_few_false_alarms(shop):
    found = rates(findings(shop, TESTS, repeats=40, seed=11))
    assert (found["objects"] <= 0.19).all(), found  # 4 standard errors above 5%


@pytest.mark.slow
@pytest.mark.parametrize("line", list(FAULTS))
def test_each_fault_is_told_by_its_line(line):
    for name, shop in FAULTS[line].items():
        found = rates(findings(shop, [line], repeats=5, seed=12))
        least = 0.4 if name == "later half at 0.7 of the rate" else 0.6
        assert found["objects"].item() >= least, (name, found)


def test_lines_of_money_say_that_there_are_no_amounts():
    history = replace(Shop(size=60).log(np.random.default_rng(9)), net=None)
    terms = Terms(history, "W", "bg-nbd")
    for line in (unrelated, steady, first_like_later, many_orders):
        found = line(history, terms)
        assert (found.holds, found.finding) == ("unknown", "The log has no amounts.")
