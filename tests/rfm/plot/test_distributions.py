import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

import rfm.plot
from rfm.errors import DataError

EDGES = {"R": (300, 200, 100, 50), "F": (1, 1, 3, 6), "M": (20.0, 40.0, 80.0, 120.0)}


def test_every_customer_is_in_one_bar_of_each_metric(segmented):
    data = rfm.plot.distributions_data(segmented)
    assert data.groupby("metric")["customers"].sum().to_dict() == {"R": 600, "F": 600, "M": 600}
    frequency = data[data["metric"] == "F"]
    bar = frequency[(frequency["left"] < 2) & (frequency["right"] > 2)]
    assert bar["customers"].tolist() == [(segmented["frequency"] == 2).sum()]


@example([1], [1], [5e-324])
@example([1, 2], [1, 1], [0.1, 0.7])
@given(
    st.lists(st.integers(0, 4000), min_size=1, max_size=30),
    st.lists(st.integers(1, 900), min_size=30, max_size=30),
    st.lists(st.floats(-1e5, 1e7), min_size=30, max_size=30),
)
def test_no_customer_is_lost_whatever_the_values(recency, frequency, monetary):
    n = len(recency)
    table = pd.DataFrame({"recency": recency, "frequency": frequency[:n], "monetary": monetary[:n]})
    data = rfm.plot.distributions_data(table)
    assert (data.groupby("metric")["customers"].sum() == n).all()
    for metric, column in zip("RFM", table, strict=True):
        bars = data[data["metric"] == metric]
        assert bars["left"].iloc[0] <= table[column].min()
        assert bars["right"].iloc[-1] >= table[column].max() or bars["beyond"].iloc[-1]


def test_three_panels_with_cut_points_and_scores(segmented):
    ax = rfm.plot.distributions(segmented, EDGES)
    recency, frequency, monetary = ax.child_axes
    lines = [line.get_xdata()[0] for line in recency.lines]
    assert lines == [299.5, 199.5, 99.5, 49.5]  # a value must beat the cut
    assert [line.get_xdata()[0] for line in frequency.lines] == [1.5, 1.5, 3.5, 6.5]
    assert [line.get_xdata()[0] for line in monetary.lines] == [20, 40, 80, 120]
    scores = {t.get_text(): t.xy[0] for t in recency.texts}
    assert list(scores) == ["1", "2", "3", "4", "5"]
    assert scores["5"] < scores["1"]  # few days since the last purchase is good
    assert "2" not in {t.get_text() for t in frequency.texts}  # a score that nobody can have
    assert all(panel.get_ylim()[0] == 0 for panel in ax.child_axes)
    assert "days" in recency.get_xlabel()
    ax._repr_png_()


def test_a_scorer_will_do(segmented):
    class Scorer:
        edges = EDGES

    assert len(rfm.plot.distributions(segmented, Scorer()).child_axes[0].lines) == 4
    assert not rfm.plot.distributions(segmented).child_axes[0].lines


def test_the_last_bar_says_what_lies_beyond():
    table = pd.DataFrame({"recency": 3, "frequency": [1] * 98 + [50, 60], "monetary": 10.0})
    texts = [t.get_text() for t in rfm.plot.distributions(table).child_axes[1].texts]
    assert texts == ["1 and more: 100%"]


def test_a_summary_and_a_lazy_table_will_do():
    summary = pd.DataFrame(
        {
            "orders": [2, 1, 0],
            "spend": [70.0, 40.0, 0.0],
            "refunds": [-10.0, 0.0, -5.0],
            "recency": [1, 2, None],
        }
    )
    data = rfm.plot.distributions_data(summary)
    assert (data.groupby("metric")["customers"].sum() == 2).all()
    pd.testing.assert_frame_equal(data, rfm.plot.distributions_data(pl.from_pandas(summary).lazy()))


def test_nobody_and_one_customer(nobody, one_customer):
    assert any(t.get_text() == "No customers" for t in rfm.plot.distributions(nobody).texts)
    rfm.plot.distributions(one_customer, EDGES)._repr_png_()
    assert np.allclose(rfm.plot.distributions_data(one_customer).groupby("metric")["customers"].sum(), 1)


def test_errors_name_the_next_step():
    with pytest.raises(DataError, match=r"No column 'recency'.*Hint: rfm\.score"):
        rfm.plot.distributions(pd.DataFrame({"x": [1]}))
