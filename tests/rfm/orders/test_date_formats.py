"""Formats whose numbers touch each other take exactly all digits, on every engine."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import pandas as pd
import pytest

import rfm
from rfm._orders.date_formats import is_strict_text

CASES = [
    ("20250423", "%Y%m%d", True),
    ("1140423", "%Y%m%d", False),
    ("2025423", "%Y%m%d", False),
    ("2025-4-3", "%Y-%m-%d", True),
    ("3/4/2025", "%d/%m/%Y", True),
    ("342025", "%d%m%Y", False),
    ("03042025", "%d%m%Y", True),
    ("20250423 0905", "%Y%m%d %H%M", True),
    ("20250423 905", "%Y%m%d %H%M", False),
    ("20250423 9:05", "%Y%m%d %H:%M", True),
    ("Apr 3, 2025", "%b %d, %Y", True),
]


@pytest.mark.parametrize(("text", "date_format", "strict"), CASES)
def test_a_text(text, date_format, strict):
    assert is_strict_text(text, date_format) == strict


def log(days):
    return pd.DataFrame({"customer_id": [f"c{n}" for n in range(len(days))], "date": days, "amount": 1.0})


def lines(tx):
    found = nw.from_native(tx.audit)
    found = found.collect() if isinstance(found, nw.LazyFrame) else found
    return dict(found.select("rule", "rows").rows())


def test_seven_digits_are_no_date_of_eight(constructor):
    df = constructor(log([*pd.date_range("2025-01-01", periods=9).strftime("%Y%m%d"), "1140423"]))
    with pytest.raises(rfm.TransactionsError, match=r"1 unreadable date \(c9 on '1140423': 1"):
        rfm.Transactions(df, date_format="%Y%m%d")
    assert lines(rfm.Transactions(df, date_format="%Y%m%d", bad_rows="drop"))["unreadable date"] == 1


def test_years_before_1900_are_refused(constructor):
    df = constructor(log([*pd.date_range("2025-01-01", periods=9).strftime("%Y-%m-%d"), "1140-04-23"]))
    with pytest.raises(
        rfm.TransactionsError, match=r"1 year before 1900 \(c9 on '1140-04-23'.*date_format=\"roc\""
    ):
        rfm.Transactions(df)
    assert lines(rfm.Transactions(df, bad_rows="drop"))["year before 1900"] == 1


def test_datetimes_before_1900_are_refused(constructor):
    days = [*pd.date_range("2025-01-01", periods=9), pd.Timestamp("1899-12-31")]
    df = constructor(log(days))
    with pytest.raises(rfm.TransactionsError, match=r"1 year before 1900 \(c9 on 1899-12-31"):
        rfm.Transactions(df)


def test_years_of_the_republic_of_china():
    tx = rfm.Transactions(log(["114/04/23", "1140424"]), date_format="roc")
    assert rfm.summarize(tx)["last_purchase"].astype(str).tolist() == ["2025-04-23", "2025-04-24"]


def test_the_text_that_is_no_number_is_named_wherever_it_stands(constructor):
    df = constructor(
        log(pd.date_range("2025-01-01", periods=400).strftime("%Y-%m-%d")).assign(
            amount=[*map(str, range(700, 1_099)), "1,280"]
        )
    )
    with pytest.raises(rfm.TransactionsError, match=r"'amount' must hold numbers; got text, such as '1,280'"):
        rfm.Transactions(df)
