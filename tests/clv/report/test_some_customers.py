"""A report whose costly steps read some customers: what is of all customers stays, and the rest is said."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._report.findings import find
from clv._report.language import Language
from clv._report.report import write_report
from clv._report.some_customers import some_read, total_of_all


@pytest.fixture(scope="module")
def logs():
    log = rfm.datasets.cdnow_sample()
    return rfm.Transactions(log), rfm.Transactions(log[log["customer_id"] % 3 == 0])


def ids(tx):
    return tx.ledger.to_native()["customer_id"].nunique()


def test_the_caution_counts_them(logs):
    tx, some = logs
    said = some_read(some, clv.fit(tx, "bg-nbd"))
    assert f"with {ids(some):,} of its {ids(tx):,} customers, chosen by a hash of their ids" in said
    assert ids(some) == 785  # those of 1 to 2,357 that 3 divides


@pytest.mark.nightly
def test_totals_are_exact_and_intervals_about_as_wide(logs):
    tx, some = logs
    fitted = clv.fit(tx, "mbg-nbd").with_past_errors(tx)
    terms = {"horizon": "26W", "discount_rate": 0.1, "price_growth": 0.0}
    found = total_of_all(fitted, some, fitted.predict(**terms), terms, fitted.end, {})
    given = total_of_all(fitted, some, fitted.predict(**terms), terms, fitted.end, None)
    np.testing.assert_allclose(given["clv_high"], found["clv_high"], rtol=0.1)
    wanted = fitted.total(**terms).iloc[0]
    for name in ("purchases", "clv"):
        np.testing.assert_allclose(found[name], wanted[name], rtol=1e-9)
        for end in ("low", "high"):
            np.testing.assert_allclose(found[f"{name}_{end}"], wanted[f"{name}_{end}"], rtol=0.15)
        assert (
            found[f"{name}_mean_high"] - found[f"{name}_mean_low"]
            > wanted[f"{name}_mean_high"] - wanted[f"{name}_mean_low"]
        )
    assert found["customers"] == wanted["customers"]
    assert found["interval_from"] == wanted["interval_from"]


@pytest.mark.slow
def test_the_report_says_with_whom(logs, tmp_path):
    tx, some = logs
    found = find(tx, some=some, model="bg-nbd")
    pd.testing.assert_frame_equal(found.table, clv.customer_table(tx, model="bg-nbd"))
    assert [some_read(some, found.model)] == list(found.cautions_on("data"))
    page = write_report(found, tmp_path / "report.html", Language.load("zh-Hant")).read_text(encoding="utf-8")
    assert "以顧客編號的雜湊值選出" in page
