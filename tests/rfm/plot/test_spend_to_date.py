import pandas as pd
import pytest

import rfm
from rfm.errors import DataError

TABLE = pd.DataFrame(
    {
        "cohort": pd.to_datetime(["2024-02-01", "2024-01-01", "2024-01-01"]),
        "age": [0, 1, 0],
        "customers": [40, 50, 50],
        "orders_per_customer": [1.0, 2.5, 1.5],
        "spend_per_customer": [10.0, 30.0, 20.0],
        "complete": True,
    }
)


def test_its_data_are_one_measure_sorted():
    data = rfm.plot.spend_to_date_data(TABLE)
    assert data["value"].tolist() == [20, 30, 10]
    assert data["age"].tolist() == [0, 1, 0]
    assert rfm.plot.spend_to_date_data(TABLE, "orders")["value"].tolist() == [1.5, 2.5, 1]


def test_axes_say_what_is_counted():
    ax = rfm.plot.spend_to_date(TABLE, "orders")
    assert ax.get_ylabel() == "Orders per customer acquired"
    assert ax.get_ylim() == pytest.approx((0, 2.7))
    assert "No customers" in {text.get_text() for text in rfm.plot.spend_to_date(TABLE.iloc[:0]).texts}


def test_a_log_without_amounts_has_orders_to_date():
    table = TABLE.drop(columns="spend_per_customer")
    rfm.plot.spend_to_date(table, "orders")
    with pytest.raises(DataError, match="spend_per_customer"):
        rfm.plot.spend_to_date(table)
    with pytest.raises(DataError, match="measure"):
        rfm.plot.spend_to_date(TABLE, "customers")
