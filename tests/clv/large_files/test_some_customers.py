"""Some customers of a log behind DuckDB: chosen by their ids alone, with all that they bought."""

from __future__ import annotations

import pandas as pd
import pytest

import rfm
from clv._choice.refits import hashed_ids
from clv._large_files.some_customers import some_customers

duckdb = pytest.importorskip("duckdb")


@pytest.fixture
def log():
    table = rfm.datasets.cdnow_sample().astype({"customer_id": str})
    table.loc[::50, "amount"] *= -1
    return table


OPEN = []  # relations of older DuckDBs do not keep their connections open


def behind(table):
    OPEN.append(duckdb.connect())
    return OPEN[-1].from_df(table)


@pytest.mark.parametrize("returns", ["net", "keep"])
def test_their_orders_are_those_of_the_log(log, returns):
    ids = pd.Series(sorted(log["customer_id"].unique()))
    chosen = set(ids[hashed_ids(ids).argsort()[:300]])
    whole = rfm.Transactions(behind(log), returns=returns)
    some = some_customers(whole, 300)
    wanted = rfm.summarize(rfm.Transactions(log[log["customer_id"].isin(chosen)], returns=returns))
    pd.testing.assert_frame_equal(rfm.summarize(some), wanted)
    again = some_customers(
        rfm.Transactions(behind(log.sample(frac=1.0, random_state=0)), returns=returns), 300
    )
    pd.testing.assert_frame_equal(rfm.summarize(again), wanted)


def test_of_a_log_without_amounts(log):
    some = some_customers(rfm.Transactions(behind(log), amount=None), 10)
    assert not some.has_amounts
    assert len(rfm.summarize(some)) == 10


def test_few_customers_need_no_choice(log):
    assert some_customers(rfm.Transactions(behind(log)), log["customer_id"].nunique()) is None
