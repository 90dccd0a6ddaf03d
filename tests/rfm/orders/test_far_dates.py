"""A date of 1900 or 2099 is refused, a slow or interrupted log is not; the same on every engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rfm import CustomerBase, DataError, DataWarning, Transactions, TransactionsError, datasets
from rfm._orders.far_dates import Calendar


def shop(days=120, a_day=3, seed=1):
    rng = np.random.default_rng(seed)
    dates = np.repeat(np.datetime64("2010-01-01") + np.arange(days), a_day)
    ids = rng.integers(1, 40, len(dates))
    return pd.DataFrame({"customer_id": ids, "date": dates.astype("datetime64[us]"), "amount": 5.0})


def with_orders(log, *dates, customer=777):
    far = {
        "customer_id": [customer] * len(dates),
        "date": pd.to_datetime(list(dates)).as_unit("us"),
        "amount": 9.5,
    }
    return pd.concat([log, pd.DataFrame(far)], ignore_index=True)


@pytest.mark.parametrize("date", ["2099-12-31", "1900-01-01", "2013-01-01"])
def test_one_far_date_is_refused_by_name(date):
    with pytest.raises(
        TransactionsError, match=rf"Dates far from all others: 1 far date \(777 on {date}: 9.5\)"
    ):
        Transactions(with_orders(shop(), date))


def test_wrong_dates_at_both_ends_and_in_one_decade_are_found_together():
    log = with_orders(
        shop(days=400, a_day=8), "1900-01-01", "1905-02-03", "2099-01-01", "2099-12-31", "2150-06-06"
    )
    with pytest.raises(TransactionsError, match=r"5 far date.*3,200 rows lie from 2010-01-01 to 2011-02-04"):
        Transactions(log)


def test_dropped_far_dates_are_a_line_of_the_audit_and_change_nothing_else():
    log = shop()
    tx, clean = Transactions(with_orders(log, "2099-12-31"), bad_rows="drop"), Transactions(log)
    assert (tx.first_day, tx.last_day, tx.size) == (clean.first_day, clean.last_day, clean.size)
    assert tx.audit["rule"].tolist()[:2] == ["kept", "far date"]
    assert tx.audit["rows"].tolist()[:2] == [360, 1]
    assert tx.audit["amount"].tolist()[:2] == [1800.0, 9.5]
    assert tx.audit["effect"].tolist()[1] == "dropped"


def test_far_dates_on_every_engine(constructor):
    log = with_orders(shop(), "1900-01-01", "2099-12-31")
    native = constructor(log.sample(frac=1, random_state=3).reset_index(drop=True))
    with pytest.raises(
        TransactionsError, match=r"2 far date \(777 on 1900-01-01: 9.5; 777 on 2099-12-31: 9.5\)"
    ):
        Transactions(native)
    tx, clean = Transactions(native, bad_rows="drop"), Transactions(shop())
    assert (tx.first_day, tx.last_day, tx.size) == (clean.first_day, clean.last_day, clean.size)


def test_far_dates_may_be_kept():
    tx = Transactions(with_orders(shop(), "2099-12-31"), far_dates="keep")
    assert tx.last_day == np.datetime64("2099-12-31").astype(int)


@pytest.mark.filterwarnings("ignore::rfm.DataWarning")  # of the hiatus
@pytest.mark.parametrize(("rows", "far", "refused"), [(900, 1, True), (900, 2, False), (3000, 3, True),
                                                      (3000, 4, False), (9000, 5, True), (9000, 6, False)])  # fmt: skip
def test_a_tenth_of_a_percent_at_least_one_at_most_five_rows_are_far(rows, far, refused):
    days = np.append(np.arange(100), 30_000)
    counts = np.append(np.full(100, rows // 100), far)
    assert (Calendar(days, counts).near() == (0, 99)) is refused
    assert (Calendar(-days[::-1], counts[::-1]).near() == (-99, 0)) is refused


def test_the_gap_is_longer_than_half_the_rest_and_ten_other_gaps():
    steps = np.arange(0, 101, 5)  # the rest spans 100 days, its longest gap is 5
    ones = np.ones(len(steps) + 1, int)
    for gap, far in [(50, False), (51, True)]:
        assert (Calendar(np.append(steps, 100 + gap), ones).near() == (0, 100)) is far
    wide = np.append(steps, 106)  # now its longest gap is 6, and half of it 53
    for gap, far in [(60, False), (61, True)]:
        assert (Calendar(np.append(wide, 106 + gap), np.ones(len(wide) + 1, int)).near() == (0, 106)) is far


def test_small_logs_are_not_judged():
    log = pd.DataFrame(
        {"customer_id": [1, 2, 1], "date": ["2024-01-05", "2024-01-06", "2031-05-01"], "amount": 1.0}
    )
    assert Transactions(log).last_day == np.datetime64("2031-05-01").astype(int)
    nine = with_orders(shop(days=9), "2099-01-01")
    with pytest.warns(DataWarning, match="no rows between 2010-01-09 and 2099-01-01"):  # but told
        assert Transactions(nine).last_day == np.datetime64("2099-01-01").astype(int)
    with pytest.raises(TransactionsError, match="1 far date"):
        Transactions(with_orders(shop(days=10), "2099-01-01"))


@pytest.mark.parametrize("shape", [1.0, 0.5])  # Poisson, and orders in bursts
def test_slow_shops_are_not_refused(shape):
    """With m other gaps of a Poisson process the last is ten times the longest once in C(m + 10, 10), 1e-5 at most."""
    rng = np.random.default_rng(8)
    refused = 0
    for _ in range(2_000):
        gaps = rng.gamma(shape, 30 / shape, rng.integers(3, 40))
        calendar = Calendar.of(np.floor(np.cumsum(gaps)), np.ones(len(gaps)))
        refused += calendar.near() != (calendar.days[0], calendar.days[-1])
    assert refused <= 1


def test_published_logs_have_neither_far_dates_nor_a_hiatus():
    calendar = Transactions(datasets.cdnow()).calendar
    assert calendar.near() == (calendar.days[0], calendar.days[-1])
    assert calendar.hiatus() is None


def test_many_rows_beyond_a_gap_are_a_hiatus_and_told(constructor):
    log = shop()
    later = log.assign(date=log["date"] + pd.Timedelta(days=500)).head(30)
    native = constructor(pd.concat([log, later], ignore_index=True))
    with pytest.warns(
        DataWarning, match="no rows between 2010-04-30 and 2011-05-16, 381 days.*360 rows lie before it"
    ):
        tx = Transactions(native)
    assert tx.last_day == np.datetime64("2011-05-25").astype(int)


def test_a_hiatus_is_a_line_of_the_audit():
    log = shop()
    later = log.assign(date=log["date"] + pd.Timedelta(days=500)).head(30)
    with pytest.warns(DataWarning, match="Hint: check the dates and the export"):
        tx = Transactions(pd.concat([log, later], ignore_index=True))
    [line] = tx.audit[tx.audit["rule"] == "row after a hiatus"].to_dict("records")
    assert (line["effect"], line["rows"], line["amount"]) == ("informs", 30, 150.0)


@pytest.mark.slow_on("spark")
def test_a_batch_with_a_far_day_beside_the_base_is_refused(constructor):
    base = CustomerBase.of(constructor(shop()))
    tomorrow = pd.DataFrame(
        {"customer_id": [5], "date": pd.to_datetime(["2010-05-01"]).as_unit("us"), "amount": 4.0}
    )
    assert base.add(constructor(tomorrow)).extent.last_day == base.extent.last_day + 1
    batch = with_orders(tomorrow, "2099-12-31")
    with pytest.raises(DataError, match=r"1 row of the batch lies far from all others \(777 on 2099-12-31\)"):
        base.add(constructor(batch))
    kept = base.add(Transactions(constructor(batch), far_dates="keep"))
    assert kept.extent.last_day == np.datetime64("2099-12-31").astype(int)


def test_batches_and_the_log_as_one_agree_on_far_dates(tmp_path):
    log = with_orders(shop(), "2099-12-31")
    early, late = log[log["date"] < "2010-03-01"], log[log["date"] >= "2010-03-01"]
    base = CustomerBase.of(early)
    base.save(tmp_path / "base")
    for one in (base, CustomerBase.load(tmp_path / "base")):
        with pytest.raises(TransactionsError, match="777 on 2099-12-31"):
            one.add(late)
