"""The local day of times with a zone is the same on every engine, for any zone of its session."""

from __future__ import annotations

import pandas as pd
import pytest

from rfm import Transactions, TransactionsError

TIMES = pd.to_datetime(
    ["2020-03-28 23:30", "2020-03-29 23:30", "2020-11-01 05:30", "1969-12-31 23:59", None], utc=True
)


def log(zone):
    times = pd.Series(TIMES).dt.tz_convert(zone).astype(f"datetime64[us, {zone}]")
    return pd.DataFrame({"customer_id": list("abcde"), "date": times, "amount": 1.0})


def days(tx, to_pandas):
    table = to_pandas(tx.ledger.to_native())
    return table["day"].tolist()


@pytest.mark.parametrize("zone", ["UTC", "America/New_York"])
def test_tz_gives_the_local_day(constructor, to_pandas, zone):
    native = constructor(log(zone))
    london = Transactions(native, tz="Europe/London", bad_rows="drop")
    assert days(london, to_pandas) == [18349, 18351, 18567, 0]
    tokyo = Transactions(native, tz="Asia/Tokyo", bad_rows="drop")
    assert days(tokyo, to_pandas) == [18350, 18351, 18567, 0]
    new_york = Transactions(native, tz="America/New_York", bad_rows="drop")
    assert days(new_york, to_pandas) == [18349, 18350, 18567, -1]


def test_without_tz_the_column_counts_by_its_own_clock(constructor, to_pandas):
    native = constructor(log("America/New_York"))
    if constructor.engine in ("duckdb", "ibis"):
        with pytest.raises(TransactionsError, match=r"(DuckDB|Ibis) does not know which.*Hint: tz="):
            Transactions(native, bad_rows="drop")
    elif constructor.engine != "spark":  # which knows only the zone of the session
        assert days(Transactions(native, bad_rows="drop"), to_pandas) == [18349, 18350, 18567, -1]


def test_on_spark_times_without_a_zone_are_those_of_the_session(constructor, to_pandas):
    if constructor.engine != "spark":
        pytest.skip("only Spark takes times without a zone for times of the session's")
    table = pd.DataFrame(
        {"customer_id": ["a"], "date": pd.to_datetime(["2020-01-01 23:59"]), "amount": [1.0]}
    )
    native = constructor(table)
    assert days(Transactions(native), to_pandas) == [18262]


def test_tz_for_times_without_a_zone_is_refused(constructor):
    table = pd.DataFrame(
        {"customer_id": ["a"], "date": pd.to_datetime(["2020-01-01 23:59"]), "amount": [1.0]}
    )
    if constructor.engine != "spark":
        with pytest.raises(
            TransactionsError, match=r"tz='Asia/Tokyo' was given, but the times of column 'date' have no"
        ):
            Transactions(constructor(table), tz="Asia/Tokyo")
