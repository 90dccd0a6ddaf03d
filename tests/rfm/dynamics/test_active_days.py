"""Active days of customers: purchase days, the gaps between them, and days of refunds only."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import pandas as pd

import rfm
from rfm._dynamics.active_days import NO_SEGMENT, collected, timeline
from rfm._frames.native import from_native, to_native

LOG = pd.DataFrame(
    [
        ("a", "2024-01-01", 5.0),
        ("a", "2024-01-01", 6.0),  # one purchase day
        ("a", "2024-01-04", -2.0),  # a day without a purchase
        ("a", "2024-01-11", 7.0),
        ("b", "2024-01-02", -1.0),  # before the first purchase
        ("b", "2024-01-03", 4.0),
        ("c", "2024-01-05", -9.0),  # never bought
    ],
    columns=["customer_id", "date", "amount"],
).assign(date=lambda table: pd.to_datetime(table["date"]))
FIRST = (pd.Timestamp("2024-01-01") - pd.Timestamp(0)).days


def days(native, to_pandas):
    table = to_pandas(native)
    order = table.assign(customer_id=table["customer_id"].astype(str))
    return order.sort_values(["customer_id", "day"], ignore_index=True)


def test_each_active_day_of_who_ever_bought_on_every_engine(constructor, to_pandas):
    found = days(to_native(timeline(rfm.Transactions(constructor(LOG), decimals=2))), to_pandas)
    assert found["customer_id"].tolist() == ["a", "a", "a", "b", "b"]
    assert (found["day"] - FIRST).tolist() == [0, 3, 10, 1, 2]
    assert found["net"].tolist() == [1100, -200, 700, -100, 400]
    assert found["bought"].tolist() == [1, 0, 1, 0, 1]
    assert found["gap"].tolist() == [0, 0, 10, 0, 0]
    assert (found["first"] - FIRST).tolist() == [0, 0, 0, 2, 2]
    assert found["latest"].tolist() == [0, 0, 1, 0, 1]


def test_segments_stand_beside_the_days_of_their_customers(to_pandas):
    segments = pd.DataFrame({"customer_id": ["z", "b"], "segment": pd.Categorical(["lost", "VIP"])})
    found = days(to_native(timeline(rfm.Transactions(LOG), segments)), to_pandas)
    assert found["segment"].tolist() == [NO_SEGMENT] * 3 + ["VIP"] * 2


def test_sums_by_key():
    frame = from_native(pd.DataFrame({"day": [1, 2, 1], "segment": ["x", "x", "y"], "n": [3, 4, 5]}))
    sums = collected(frame, "segment", total=nw.col("n"), double=nw.col("n") * 2)
    found = sorted(zip(*(column.tolist() for column in sums.values()), strict=True))
    assert found == [("x", 7, 14), ("y", 5, 10)]
    assert list(sums) == ["segment", "total", "double"]
