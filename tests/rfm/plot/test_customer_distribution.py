import pandas as pd
import pytest

import rfm
from rfm.errors import DataError

NONE = float("nan")
TABLE = pd.DataFrame({
    "measure": ["spend", "spend", "spend", "orders", "orders"], "low": [0.0, 10.0, NONE, 1.0, 3.0],
    "high": [10.0, NONE, 0.0, 3.0, NONE], "customers": [5, 4, 1, 9, 1],
    "share_of_customers": [0.5, 0.4, 0.1, 0.9, 0.1], "share_of_spend": [0.1, 0.95, -0.05, 0.6, 0.4],
})  # fmt: skip


def test_its_data_are_one_measure_from_low_to_high():
    data = rfm.plot.customer_distribution_data(TABLE)
    assert data["customers"].tolist() == [1, 5, 4]
    assert rfm.plot.customer_distribution_data(TABLE, "orders")["customers"].tolist() == [9, 1]
    with pytest.raises(DataError, match="measure"):
        rfm.plot.customer_distribution_data(TABLE, "days")


def test_bands_are_named_and_shares_are_heights():
    ax = rfm.plot.customer_distribution(TABLE)
    assert [label.get_text() for label in ax.get_xticklabels()] == ["below 0", "0–\n10", "10 +"]
    assert [bar.get_height() for bar in ax.patches] == [0.1, 0.5, 0.4, -0.05, 0.1, 0.95]
    orders = rfm.plot.customer_distribution(TABLE, "orders")
    assert [label.get_text() for label in orders.get_xticklabels()] == ["1–2", "3 +"]
    assert "No customers" in {text.get_text() for text in rfm.plot.customer_distribution(TABLE[:0]).texts}
