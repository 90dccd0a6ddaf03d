import pandas as pd
import polars as pl
import pytest

import clv
from rfm.errors import DataError

PREDICTED = pd.DataFrame(
    {
        "customer_id": ["d", "a", "c", "b"],
        "clv": [5.0, 90.0, 10.0, 10.0],
        "clv_low": [0.0, 20.0, 0.0, 1.0],
        "clv_high": [30.0, 200.0, 40.0, 35.0],
    }
)


def test_the_best_first_and_ties_by_the_id():
    data = clv.plot.top_customers_data(PREDICTED, 3)
    assert data["customer_id"].tolist() == ["a", "b", "c"]
    lazy = clv.plot.top_customers_data(pl.from_pandas(PREDICTED).lazy(), 3)
    assert lazy["clv_high"].tolist() == data["clv_high"].tolist() == [200, 35, 40]


def test_points_with_intervals():
    ax = clv.plot.top_customers(PREDICTED)
    assert ax.lines[0].get_xdata().tolist() == [90, 10, 10, 5]
    ends = [path.vertices[:, 0].tolist() for path in ax.collections[0].get_paths()]
    assert ends == [[20, 200], [1, 35], [0, 40], [0, 30]]
    assert [t.get_text() for t in ax.get_yticklabels()] == ["a", "b", "c", "d"]
    assert ax.yaxis_inverted()
    assert ax.get_xlim()[0] == 0
    ax._repr_png_()


def test_without_intervals_bars_begin_at_zero():
    ax = clv.plot.top_customers(PREDICTED[["customer_id", "clv"]])
    assert [path.vertices[0, 0] for path in ax.collections[0].get_paths()] == [0] * 4


def test_any_id_can_be_a_label(cjk_font):
    table = pd.DataFrame({"customer_id": ["<script>", "$x^2$", "重要"], "clv": [3.0, 2.0, 1.0]})
    ax = clv.plot.top_customers(table)
    assert [t.get_text() for t in ax.get_yticklabels()] == ["<script>", "$x^2$", "重要"]
    ax._repr_png_()


def test_nobody_and_one_customer():
    assert any(t.get_text() == "No customers" for t in clv.plot.top_customers(PREDICTED[:0]).texts)
    clv.plot.top_customers(PREDICTED[:1].assign(clv=0.0, clv_low=0.0, clv_high=0.0))._repr_png_()


def test_exposure_is_the_purchase_days_of_each(small):
    data = clv.plot.exposure_data(small, until="2024-01-31")
    assert data["customer_id"].tolist() == [1, 1, 1, 2]
    assert data["date"].dt.day.tolist() == [1, 11, 21, 6]
    assert (data["end"] == pd.Timestamp("2024-01-31")).all()


def test_exposure_takes_some_from_the_first_to_the_last_who_came(log):
    data = clv.plot.exposure_data(log, 5)
    first = data.groupby("customer_id", sort=False)["date"].min()
    assert len(first) == 5
    assert first.is_monotonic_increasing
    everybody = clv.plot.exposure_data(log, 10**6).groupby("customer_id")["date"].min()
    assert [first.iloc[0], first.iloc[-1]] == [everybody.min(), everybody.max()]


def test_a_line_a_customer(small):
    ax = clv.plot.exposure(small, [2, 1])
    assert [t.get_text() for t in ax.get_yticklabels()] == ["1", "2"]
    assert [len(line.get_xdata()) for line in ax.lines] == [3, 1, 2]  # purchases, purchases, the end
    ax._repr_png_()
    assert any(t.get_text() == "No customers" for t in clv.plot.exposure(small, []).texts)
    clv.plot.exposure(small[small["customer_id"] == 2])._repr_png_()


def test_errors_name_the_next_step(small):
    with pytest.raises(DataError, match=r"No column 'clv'.*Hint: model\.predict\(\)"):
        clv.plot.top_customers(PREDICTED[["customer_id"]])
    with pytest.raises(DataError, match=r"until must be a date"):
        clv.plot.exposure(small, until="soon")


def test_the_expected_values_stand_in_a_column_at_the_right():
    ax = clv.plot.top_customers(PREDICTED)
    right = ax.get_xlim()[1]
    assert [t.get_text() for t in ax.texts if t.xy[0] == right] == ["90", "10", "10", "5"]
