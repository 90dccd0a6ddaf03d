"""Contracts of customers: read on every engine, joined, checked at the door."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
from clv._retention.contracts import RUNNING, period_counts, read_contracts
from clv._retention.renewal_period import RenewalPeriod
from rfm import DataError, DataWarning
from rfm._frames.native import from_native


def table(*rows: tuple[str, str, str | None]) -> pd.DataFrame:
    frame = pd.DataFrame(rows, columns=["customer_id", "start", "end"])
    return frame.assign(start=pd.to_datetime(frame["start"]), end=pd.to_datetime(frame["end"]))


def day(text: str) -> int:
    return int(np.datetime64(text, "D").astype(np.int64))


def test_a_contract_that_begins_by_the_day_after_the_last_ended_continues_it():
    held = table(
        ("ann", "2024-01-15", "2024-02-14"),
        ("ann", "2024-02-15", "2024-03-15"),
        ("ann", "2024-03-15", None),
        ("bob", "2024-01-31", "2024-03-31"),
        ("bob", "2024-06-01", "2024-07-01"),
    )
    found = read_contracts(from_native(held), ())
    assert found.joined == 2
    assert found.start.tolist() == [day("2024-01-15"), day("2024-01-31"), day("2024-06-01")]
    assert found.end.tolist() == [RUNNING, day("2024-03-31"), day("2024-07-01")]


def test_a_customer_whose_contracts_overlap_is_named_whole():
    held = table(("Smith, J.", "2024-01-15", None), ("Smith, J.", "2024-02-15", None))
    with pytest.raises(DataError, match=r"overlap: 1 row, such as from 2024-02-15 for customer 'Smith, J\.'"):
        clv.fit_retention(held)


def test_a_last_day_that_has_not_come_is_told_unless_it_is_given(make):
    held = make(clv.SBG(0.9, 3.0), 60, np.random.default_rng(5), days=500)
    ahead = held.assign(
        end=held["end"].where(held.index > 0, pd.Timestamp.today().normalize() + pd.Timedelta("30D"))
    )
    ahead["end"] = ahead["end"].where((ahead["end"] <= "2021-12-31") | (ahead.index == 0))
    with pytest.warns(DataWarning, match="has not come yet"):
        clv.fit_retention(ahead)
    clv.fit_retention(ahead, as_of="2021-12-31")


def test_renewals_that_were_seen():
    held = table(
        ("runs", "2024-01-31", None),  # renewed on 29 February, 31 March, 30 April, 31 May
        ("left", "2024-01-31", "2024-03-31"),  # not renewed the second time
        ("cancelled", "2024-03-15", "2024-06-03"),  # paid until 15 June, which has not come
        ("young", "2024-05-20", None),
        ("later", "2024-05-15", "2024-09-15"),  # its end is not known yet
    )
    found = read_contracts(from_native(held), ())
    first, last, lost = period_counts(found, RenewalPeriod.of("1M"), day("2024-06-10"), None)
    assert first.tolist() == [1] * 5
    assert last.tolist() == [4, 2, 2, 0, 0]
    assert lost.tolist() == [False, True, False, False, False]
    first, last, lost = period_counts(found, RenewalPeriod.of("1M"), day("2024-06-10"), day("2024-04-01"))
    assert sorted(first.tolist()) == [1, 1, 1, 3, 3]
    assert not lost.any()  # the loss of March was before contracts were recorded


def test_the_day_of_the_renewal_counts():
    found = read_contracts(from_native(table(("a", "2024-01-15", "2024-03-15"))), ())
    for as_of, last, lost in (("2024-03-14", 1, False), ("2024-03-15", 2, True)):
        _, seen, gone = period_counts(found, RenewalPeriod.of("1M"), day(as_of), None)
        assert (seen.tolist(), gone.tolist()) == ([last], [lost])


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            [("a", "2024-02-01", "2024-01-01")],
            r"ends before it starts: 2024-01-01, from 2024-02-01 for customer 'a'",
        ),
        ([("a", "2024-02-01", None)] * 2, "The same contract is there twice: 1 row,"),
        ([("a", "2024-02-01", None), ("a", "2024-03-01", None)], "Contracts of one customer overlap: 1 row,"),
        ([("a", "2024-02-01", "2024-09-01"), ("a", "2024-03-01", "2024-04-01")], "overlap"),
        ([("a", None, None), ("b", "2024-01-01", None)], "Column 'start' is missing in 1 of 2 rows"),
        ([(None, "2024-01-01", None)], "Column 'customer_id' is missing in 1 of 1 rows"),
    ],
)
def test_contracts_that_cannot_be_are_refused_and_named(rows, words):
    with pytest.raises(DataError, match=words):
        clv.fit_retention(table(*rows))


def test_texts_are_no_dates_and_zones_no_days():
    texts = pd.DataFrame({"customer_id": [1], "start": ["2024-01-01"], "end": [None]})
    with pytest.raises(DataError, match=r"Column 'start' holds .* which is not a date"):
        clv.fit_retention(texts)
    held = table(("a", "2024-01-01", "2024-05-01"))
    with pytest.raises(DataError, match="Column 'start' has a time zone"):
        clv.fit_retention(held.assign(start=held["start"].dt.tz_localize("UTC")))


def test_every_engine_counts_alike(constructor, make, seen):
    held = seen(make(clv.SBG(0.9, 3.0), 400, np.random.default_rng(5), days=500), "2021-12-31")
    again = held.head(40).dropna().assign(start=lambda rows: rows["end"] + pd.Timedelta("40D"), end=pd.NaT)
    held = pd.concat([held, again[again["start"] <= "2021-12-31"]], ignore_index=True)
    held["plan"] = np.where(held["customer_id"] % 3, "a", "b")
    native = clv.fit_retention(held, by="plan", as_of="2021-12-31")
    model = clv.fit_retention(constructor(held), by="plan", as_of="2021-12-31")
    pd.testing.assert_frame_equal(model.cohorts, native.cohorts)
    pd.testing.assert_frame_equal(model.audit, native.audit)
    assert model.law("a") == native.law("a")
    valued = from_native(model.value(constructor(held), price=5.0))
    assert type(valued) is type(from_native(constructor(held)))
    rows = valued if hasattr(valued, "to_pandas") else valued.collect()
    mine = native.value(held, price=5.0)
    theirs = rows.to_pandas().sort_values(["customer_id", "start"])["value"].to_numpy(float)
    assert theirs == pytest.approx(mine["value"].to_numpy(float), rel=1e-12)
