"""Who moved and why: counted by hand, since a table that was given or in the log."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

import rfm
from clv._report import findings
from clv._report.moves import moved_customers, moves_in_log, moves_since
from rfm._schemes.scheme import Scheme

LOG = rfm.datasets.cdnow_sample().query("customer_id <= 300")
SCHEME = Scheme.load("classic")


@pytest.fixture(scope="module")
def tables():
    tx = rfm.Transactions(LOG)
    scorer = rfm.Scorer.fit(rfm.summarize(tx, as_of="1998-06-30"))
    return [rfm.segment(tx, day, scheme=SCHEME, scorer=scorer) for day in ("1998-06-01", "1998-06-30")]


def movers(before, after):
    both = before.merge(after, on="customer_id", suffixes=("_before", "_after"))
    return int((both["segment_before"].astype(str) != both["segment_after"].astype(str)).sum())


def test_moves_since_a_table(tables):
    before, after = tables
    found = moves_since(before, after, SCHEME)
    assert (found.since, found.given) == (date(1998, 6, 1), True)
    assert found.by_cause["customers"].sum() == movers(before, after) > 0
    assert set(found.by_cause["cause"]) <= {"purchase", "silence", "cut point moved"}


def test_every_customer_who_moved_and_why(tables):
    before, after = tables
    valued = after.assign(clv=after["customer_id"] % 7 + 0.5)
    found = moved_customers(before, valued, SCHEME)
    assert len(found) == movers(before, after)
    assert found["clv"].is_monotonic_decreasing
    assert (found["clv"] == found["customer_id"] % 7 + 0.5).all()
    changes = rfm.compare_segments(before, after, SCHEME).set_index("customer_id").loc[found["customer_id"]]
    assert found["why"].tolist() == changes["why"].tolist()
    assert moved_customers(before, after, SCHEME, "zh-Hant")["why"].str.contains("購買").all()


def test_a_table_from_a_file_has_ids_of_another_kind(tables, tmp_path):
    before, after = tables
    before.to_csv(tmp_path / "yesterday.csv", index=False)
    read = pd.read_csv(tmp_path / "yesterday.csv")
    texts = after.assign(customer_id=after["customer_id"].astype(str))
    found = moves_since(read, texts, SCHEME)
    pd.testing.assert_frame_equal(found.by_cause, moves_since(before, after, SCHEME).by_cause)
    assert found.since == date(1998, 6, 1)


def test_a_table_that_lacks_a_column_is_refused(tables):
    with pytest.raises(rfm.DataError, match="recency"):
        moves_since(tables[0].drop(columns="recency"), tables[1], SCHEME)


@pytest.mark.parametrize("previous", [True, 0, "customers.csv", pd.DataFrame({"customer_id": [1]})])
def test_what_is_no_earlier_table_is_refused_before_the_fit(previous, monkeypatch):
    monkeypatch.setattr(findings, "refits_for", lambda *_, **__: pytest.fail("it was fitted"))
    with pytest.raises(rfm.DataError, match=r"clv\.customer_table made such a table on an earlier day"):
        findings.find(rfm.Transactions(LOG), previous=previous)


def test_moves_in_the_log(tables):
    tx = rfm.Transactions(LOG)
    first, last = ((pd.Timestamp(day) - pd.Timestamp(0)).days for day in ("1998-06-01", "1998-06-30"))
    found = moves_in_log(tx, first, last, SCHEME)
    assert (found.since, found.given) == (date(1998, 6, 1), False)
    assert found.by_cause["customers"].sum() == movers(*tables)
