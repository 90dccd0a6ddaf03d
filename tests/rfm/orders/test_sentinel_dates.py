"""Dates that other systems write for "none", and dates beyond the years 1 to 9999, are unreadable and counted."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

import rfm

DAYS = pd.date_range("2024-01-01", periods=19)
LOG = pd.DataFrame({"customer_id": [f"c{i % 3}" for i in range(20)], "amount": 1.0})
TEXTS = (
    "-0001-11-30",
    "0000-00-00",
    "0000-00-00 00:00:00",
    "0000-01-01",
    "+12345-01-01",
    "10000-01-01",
    "1900-01-00",
)
ZONED_TEXTS = (
    "0001-01-01T00:00:00+02:00",
    "9999-12-31T23:59:59-05:00",
    "-0001-11-30T00:00:00Z",
    "0000-00-00T00:00:00Z",
)
TYPED = ("-0001-11-30", "0000-01-01", "12345-01-01", "-0044-03-15", "290000-01-01")
NEW_YORK = timezone(timedelta(hours=-5))
OBJECTS = {
    "first moment": (datetime.min.replace(tzinfo=UTC), "America/New_York"),
    "last moment": (datetime.max.replace(tzinfo=UTC), "Asia/Tokyo"),
    "last moment, west": (datetime.max.replace(tzinfo=NEW_YORK), "Asia/Tokyo"),
    "far year": (np.datetime64("12345-01-01"), None),
    "PHP": (np.datetime64("-0001-11-30"), None),
}


def assert_one_unreadable(df, **options):
    """One row is refused by a message that names its customer, or dropped and counted."""
    with pytest.raises(rfm.TransactionsError, match=r"1 unreadable date \(c1 on .*bad_rows=\"drop\""):
        rfm.Transactions(df, **options)
    tx = rfm.Transactions(df, bad_rows="drop", **options)
    assert repr(tx).startswith("Transactions(rows=20, first=202")
    audit = nw.from_native(tx.audit)
    audit = audit.collect() if isinstance(audit, nw.LazyFrame) else audit
    assert audit.filter(nw.col("rule") == "unreadable date").select("effect", "rows").rows() == [
        ("dropped", 1)
    ]
    summary = nw.from_native(rfm.summarize(tx))
    assert len(summary.collect() if isinstance(summary, nw.LazyFrame) else summary) == 3


@pytest.mark.slow_on("spark", "dask")
@pytest.mark.parametrize("text", TEXTS)
def test_texts(constructor, text):
    assert_one_unreadable(constructor(LOG.assign(date=[*DAYS.strftime("%Y-%m-%d"), text])))


@pytest.mark.parametrize("zone", ["Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("text", ZONED_TEXTS)
def test_texts_with_a_zone(text, zone):
    assert_one_unreadable(LOG.assign(date=[*DAYS.strftime("%Y-%m-%dT%H:%M:%SZ"), text]), tz=zone)


@pytest.mark.parametrize("name", OBJECTS)
def test_objects(name):
    value, zone = OBJECTS[name]
    days = [day.tz_localize("UTC").to_pydatetime() if zone else day.to_pydatetime() for day in DAYS]
    assert_one_unreadable(LOG.assign(date=pd.Series([*days, value], dtype=object)), tz=zone)


@pytest.mark.slow_on("spark")
@pytest.mark.parametrize("text", TYPED)
def test_typed_columns(constructor, text):
    """Of seconds, which reach beyond the years of Python's dates."""
    if constructor.engine in ("spark", "dask"):
        pytest.skip("Spark's timestamps are converted by Python; Dask's partitions are pandas frames")
    unit = (
        "us" if constructor.engine == "ibis" else "s"
    )  # Ibis reads seconds as nanoseconds, which end in 2262
    dates = np.append(DAYS.to_numpy().astype("datetime64[s]"), np.datetime64(text, "s"))
    log = LOG.assign(date=dates.astype(f"datetime64[{unit}]"))
    if constructor.engine == "pandas-arrow":
        pytest.skip("pandas cannot convert them to Arrow's")
    assert_one_unreadable(constructor(log))


@pytest.mark.parametrize("zone", [None, "Asia/Tokyo", "America/New_York"])
@pytest.mark.parametrize("package", ["polars", "pyarrow"])
def test_typed_columns_with_a_zone(package, zone):
    pa = pytest.importorskip("pyarrow")
    for text in TYPED:
        seconds = np.append(DAYS.to_numpy().astype("datetime64[s]"), np.datetime64(text, "s")).astype(
            np.int64
        )
        dates = pa.array(seconds).cast(pa.timestamp("s", "UTC"))
        table = pa.Table.from_pandas(LOG, preserve_index=False).append_column("date", dates)
        if package == "polars":
            table = pytest.importorskip("polars").from_arrow(table)
        assert_one_unreadable(table, tz=zone)


@pytest.mark.parametrize("day", [date(1900, 1, 1), date.max])
def test_the_first_and_the_last_day_are_dates(day):
    log = LOG.assign(date=[*DAYS.strftime("%Y-%m-%d"), day.isoformat()])
    tx = rfm.Transactions(log, far_dates="keep")
    assert day.isoformat() in repr(tx)
