import numpy as np
import pandas as pd
import pytest

import rfm
from rfm.errors import DataError

TABLE = pd.DataFrame(
    {
        "cohort": pd.to_datetime(["2024-01-01", "2024-01-01", "2024-01-01", "2024-02-01"]),
        "age": [0, 1, 2, 0],
        "customers": [50, 50, 50, 40],
        "active_share": [1.0, 0.5, 0.0, 1.0],
        "orders_per_active": [1.2, 1.1, np.nan, 1.0],
        "order_value": [10.0, 12.0, np.nan, 11.0],
        "spend_per_customer": [12.0, 18.6, 18.6, 11.0],
        "complete": [True, True, False, False],
    }
)


def test_the_active_share_begins_at_age_one():
    data = rfm.plot.cohort_comparison_data(TABLE)
    assert data[["age", "value"]].values.tolist() == [[1, 0.5], [2, 0]]
    ax = rfm.plot.cohort_comparison(TABLE)
    assert ax.get_ylim() == pytest.approx((0, 0.54))


def test_a_period_without_orders_has_no_order_value():
    assert rfm.plot.cohort_comparison_data(TABLE, "order_value")["value"].isna().sum() == 1
    ax = rfm.plot.cohort_comparison(TABLE, "order_value")
    assert ax.lines[0].get_xdata().tolist() == [0, 1]


@pytest.mark.parametrize(
    "measure", ["active_share", "orders_per_active", "order_value", "spend_per_customer"]
)
def test_every_measure_renders_and_nothing_is_said(measure):
    rfm.plot.cohort_comparison(TABLE, measure)._repr_png_()
    ax = rfm.plot.cohort_comparison(TABLE.iloc[:0], measure)
    assert "No customers" in {text.get_text() for text in ax.texts}


def test_another_measure_is_refused():
    with pytest.raises(DataError, match="measure"):
        rfm.plot.cohort_comparison(TABLE, "spend")
