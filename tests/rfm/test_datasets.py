"""The embedded logs are those of the papers, and reading them imports nothing else."""

from __future__ import annotations

import subprocess
import sys

import pandas as pd
import pytest

from rfm import DataError, datasets


def test_cdnow_is_the_full_log():
    log = datasets.cdnow()
    assert list(log.columns) == ["customer_id", "date", "quantity", "amount"]
    assert (len(log), log["customer_id"].nunique()) == (69_659, 23_570)
    # Fader & Hardie (2001): everybody's first purchase lies in the first quarter of 1997
    first = log.groupby("customer_id")["date"].min()
    assert (first.min(), first.max()) == (pd.Timestamp("1997-01-01"), pd.Timestamp("1997-03-25"))
    assert log["date"].max() == pd.Timestamp("1998-06-30")
    assert (log["amount"] == 0).sum() == 80
    assert log["amount"].sum() == pytest.approx(2_500_315.63)


def test_the_sample_is_every_tenth_customer_of_the_log():
    sample, log = datasets.cdnow_sample(), datasets.cdnow()
    assert (len(sample), sample["customer_id"].nunique()) == (6_919, 2_357)
    key = ["customer_id", "date", "quantity", "amount"]
    found = sample.assign(customer_id=sample["master_id"])[key].sort_values(key).reset_index(drop=True)
    same = log[log["customer_id"].isin(sample["master_id"])].sort_values(key).reset_index(drop=True)
    pd.testing.assert_frame_equal(found, same)


def test_donations_count_every_donor():
    histories = datasets.donations()
    assert histories["weights"].sum() == 11_104
    assert (histories["n_periods"] == 6).all()
    assert (histories["frequency"] <= histories["recency"]).all()
    assert not histories.duplicated(["frequency", "recency"]).any()


def test_example_transactions():
    log = datasets.example_transactions()
    assert (len(log), log["customer_id"].nunique()) == (15_273, 5_000)
    assert (log["amount"] == 1).all()
    assert (log["date"].min(), log["date"].max()) == (pd.Timestamp("2014-01-01"), pd.Timestamp("2014-12-31"))


def test_reading_does_not_import_lifetimes():
    code = "import sys; from rfm import datasets; datasets.cdnow(); print('lifetimes' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "False"


def test_without_lifetimes_the_error_says_what_to_install(monkeypatch):
    monkeypatch.setattr(datasets, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"CDNOW_master.txt comes with 'lifetimes'.*pip install"):
        datasets.cdnow()
