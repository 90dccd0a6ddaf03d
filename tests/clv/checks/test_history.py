"""Purchase days as arrays: the same numbers as the BTYD summary, in any order of rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._checks.history import History, as_law
from rfm._days import as_day
from rfm._orders.transactions import as_transactions

LOG = pd.DataFrame(
    {
        "customer_id": ["b", "a", "a", "b", "a", "c", "c"],
        "date": [
            "2024-01-03",
            "2024-01-09",
            "2024-01-01",
            "2024-01-08",
            "2024-01-09",
            "2024-01-05",
            "2024-02-01",
        ],
        "amount": [5.0, 7.0, 2.0, 4.0, 3.0, -1.0, 8.0],
    }
)


def test_days_are_sorted_by_customer_and_netted():
    history = History.of(as_transactions(LOG), as_day("2024-01-31", "end"))
    assert history.ids.tolist() == ["a", "b"]  # c only returned something by then
    assert history.customer.tolist() == [0, 0, 1, 1]
    assert (history.day - history.start).tolist() == [0, 8, 2, 7]
    assert history.net.tolist() == [2, 10, 5, 4]
    assert history.number.tolist() == [0, 1, 0, 1]
    assert history.gap.tolist() == [0, 8, 0, 5]
    assert history.paid()[2].tolist() == [10, 4]


def test_histories_are_those_of_the_summary():
    log = rfm.datasets.cdnow_sample()
    tx = as_transactions(log)
    history = History.of(tx, as_day("1997-09-30", "end"))
    summary = clv.summarize(log, unit="W", end="1997-09-30")
    assert history.ids.tolist() == summary["customer_id"].tolist()
    for name, values in history.btyd("W").items():
        assert values == pytest.approx(summary[name].to_numpy(), rel=1e-14)


def test_what_was_known_on_an_earlier_day():
    tx = as_transactions(rfm.datasets.cdnow_sample())
    day = as_day("1997-03-01", "end")
    known, then = History.of(tx, tx.last_day).until(day), History.of(tx, day)
    assert known.end == then.end == day
    for name in ("ids", "customer", "day", "net"):
        np.testing.assert_array_equal(getattr(known, name), getattr(then, name))


def test_laws_that_count_periods_are_refused():
    with pytest.raises(
        rfm.DataError, match=r"model='bg-bb' is not a purchase law that check .* Hint: choose"
    ):
        as_law("bg-bb")


def test_every_engine_gives_the_same_history(constructor):
    rows = LOG.assign(date=pd.to_datetime(LOG["date"]))
    end = as_day("2024-01-31", "end")
    history = History.of(as_transactions(constructor(rows)), end)
    expected = History.of(as_transactions(rows), end)
    assert [str(i) for i in history.ids] == ["a", "b"]
    for name in ("customer", "day", "net"):
        np.testing.assert_array_equal(getattr(history, name), getattr(expected, name))
