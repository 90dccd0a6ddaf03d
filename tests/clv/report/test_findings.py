"""What the findings count."""

from __future__ import annotations

from datetime import date

import pandas as pd
import pytest

import rfm
from clv._report.findings import rows_until, top_customers

LOG = pd.DataFrame(
    {
        "customer_id": [1, 1, 1, 2, 2],
        "date": pd.to_datetime(["2024-01-02", "2024-01-02", "2024-01-05", "2024-01-03", "2024-01-09"]),
        "amount": [5.0, 6.0, -3.0, 7.0, 8.0],
    }
)


@pytest.mark.parametrize(
    ("day", "rows"), [(date(2024, 1, 1), 0), (date(2024, 1, 5), 4), (date(2024, 1, 9), 5)]
)
def test_rows_up_to_a_day_on_every_engine(constructor, day, rows):
    """Two rows of a day are two rows, and so is a refund."""
    tx = rfm.Transactions(constructor(LOG))
    assert rows_until(tx, (day - date(1970, 1, 1)).days) == rows


@pytest.mark.parametrize("value", ["clv", "expected_purchases"])
def test_the_most_valuable_customers_are_worth_more_than_all_others(value):
    table = pd.DataFrame({"customer_id": [1, 2, 3, 4, 5], value: [3.0, 9.0, 1.0, 9.0, 5.0]})
    assert top_customers(table, 3)["customer_id"].tolist() == [2, 4, 5]
