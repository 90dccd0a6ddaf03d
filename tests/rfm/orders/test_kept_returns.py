"""returns="keep": every day with rows is a purchase, whatever its sign, on every engine and in bases."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from rfm import CustomerBase, DataError, Transactions, TransactionsError

LOG = pd.DataFrame(
    {
        "customer_id": ["ann"] * 3 + ["bob"] * 2 + ["cid"] * 4,
        "date": pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01", "2024-01-05", "2024-01-07", "2024-01-02",
                                "2024-01-02", "2024-02-02", "2024-02-09"]).as_unit("us"),
        "amount": [10.0, -5.0, 8.0, -20.0, -3.0, 4.0, -4.0, 6.0, 9.0],
    }
)  # fmt: skip
COLUMNS = ["customer_id", "orders", "spend", "first_order_spend", "refunds"]
KEPT = [["ann", 3, 13.0, 10.0, 0.0], ["bob", 2, -23.0, -20.0, 0.0], ["cid", 3, 15.0, 0.0, 0.0]]
NETTED = [["ann", 2, 18.0, 10.0, -5.0], ["bob", 0, 0.0, 0.0, -23.0], ["cid", 2, 15.0, 6.0, 0.0]]


def test_kept_returns_on_every_engine(constructor, to_pandas):
    tx = Transactions(constructor(LOG), returns="keep")
    assert to_pandas(rfm.summarize(tx))[COLUMNS].to_numpy().tolist() == KEPT
    assert to_pandas(rfm.summarize(Transactions(constructor(LOG))))[COLUMNS].to_numpy().tolist() == NETTED
    table = to_pandas(clv.summarize(tx, unit="D"))
    assert table["frequency"].tolist() == [2, 1, 2]
    assert table["recency"].tolist() == [60.0, 2.0, 38.0]
    assert table["monetary_value"].tolist() == [1.5, 0.0, 7.5]  # bob's is below zero
    months = to_pandas(clv.summarize(tx, discrete="M", end="2024-03-31"))
    assert months["frequency"].tolist() == [2, 0, 1]
    assert months["first_order_spend"].tolist() == [10.0, -23.0, 0.0]


@pytest.mark.slow_on("spark")
def test_kept_returns_in_a_base(constructor, to_pandas, tmp_path):
    parts = [LOG[LOG["date"] < "2024-02-01"], LOG[LOG["date"] >= "2024-02-01"]]
    first, second = (Transactions(constructor(part.reset_index(drop=True)), returns="keep") for part in parts)
    base = CustomerBase.of(first).add(second)
    assert to_pandas(base.summary())[COLUMNS].to_numpy().tolist() == KEPT
    with pytest.raises(
        DataError, match=r'Returns are kept in the base and netted in the batch.*returns="keep"'
    ):
        CustomerBase.of(first).add(constructor(parts[1].reset_index(drop=True)))


def test_a_saved_base_keeps_returns(tmp_path):
    parts = [LOG[LOG["date"] < "2024-02-01"], LOG[LOG["date"] >= "2024-02-01"]]
    CustomerBase.of(Transactions(parts[0], returns="keep")).save(tmp_path / "base")
    base = CustomerBase.load(tmp_path / "base").add(Transactions(parts[1], returns="keep"))
    assert base.summary()[COLUMNS].to_numpy().tolist() == KEPT


def test_kept_returns_are_a_line_of_the_audit():
    audit = Transactions(LOG, returns="keep").audit
    assert audit[["rule", "effect", "rows", "amount"]].to_numpy().tolist() == [
        ["kept", "kept", 9, 5.0],
        ["negative amount kept as a purchase", "informs", 4, -32.0],
        ["order merged into its day", "informs", 1, pytest.approx(np.nan, nan_ok=True)],
    ]


@pytest.mark.filterwarnings("ignore::rfm.DataWarning")  # three customers have few different scores
def test_dynamics_count_kept_returns(constructor, to_pandas):
    tx = Transactions(constructor(LOG), returns="keep")
    snaps = to_pandas(rfm.snapshots(tx, dates=["2024-01-06", "2024-02-09"], scheme="lifecycle"))
    assert snaps.groupby("date")["customer_id"].nunique().tolist() == [3, 3]  # bob has bought


def test_refused_returns_name_the_ways_out():
    with pytest.raises(
        TransactionsError, match=r'4 rows have a negative amount.*returns="keep" counts them as purchases'
    ):
        Transactions(LOG, returns="raise")


@pytest.mark.slow_on("spark")
def test_any_spend_of_a_first_day_survives_an_engine(constructor, to_pandas):
    """The first day's spend rides on a minimum of whole numbers: also below zero, and also where days are of 1960."""
    amounts = [-(2.0**35), -0.0001, 0.0, 0.0001, 2.0**35, -1.0]
    days = np.array(
        ["1960-01-01", "2024-01-01", "1999-12-31", "1970-01-01", "2024-05-01", "1969-12-31"], "M8[us]"
    )
    log = pd.DataFrame({"customer_id": range(6), "date": days, "amount": amounts})
    later = log.assign(date=np.datetime64("2024-06-01", "us"), amount=-7.0)
    tx = Transactions(constructor(pd.concat([log, later], ignore_index=True)), returns="keep")
    assert to_pandas(rfm.summarize(tx))["first_order_spend"].tolist() == amounts
    base = CustomerBase.of(Transactions(constructor(log), returns="keep"))
    joined = base.add(Transactions(constructor(later), returns="keep"))
    assert to_pandas(joined.summary())["first_order_spend"].tolist() == amounts
