"""One answer on every engine: the contract of `rfm` and `clv`, held against pandas."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv.summary import from_summary

COUNTS = ["customer_id", "first_purchase", "last_purchase", "recency", "orders"]


def with_refunds(log: pd.DataFrame, seed: int = 7) -> pd.DataFrame:
    """A log with one row in ten turned into a refund, in another order of rows."""
    rng = np.random.default_rng(seed)
    amount = np.where(rng.random(len(log)) < 0.1, -log["amount"], log["amount"])
    return (
        log[["customer_id", "date"]]
        .assign(amount=amount)
        .sample(frac=1, random_state=seed, ignore_index=True)
    )


def assert_same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    """Ids, dates and counts exactly, money to 1e-9."""
    pd.testing.assert_frame_equal(left, right, check_dtype=False, rtol=0, atol=1e-9, check_column_type=False)


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return with_refunds(rfm.datasets.cdnow())


def test_the_summary_of_cdnow(constructor, to_pandas, log):
    mine, pandas = rfm.summarize(constructor(log)), rfm.summarize(log)
    assert type(mine) is type(constructor(log))
    assert_same(to_pandas(mine), to_pandas(pandas))


def test_the_summary_as_of_a_day(constructor, to_pandas, log):
    day = "1997-09-30"
    assert_same(to_pandas(rfm.summarize(constructor(log), day)), to_pandas(rfm.summarize(log, day)))


def test_the_btyd_summary(constructor, to_pandas, log):
    expected = to_pandas(clv.summarize(log))
    mine = constructor(log)
    assert_same(to_pandas(clv.summarize(mine)), expected)
    assert_same(to_pandas(from_summary(rfm.summarize(mine))), expected)
