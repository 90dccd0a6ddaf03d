import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rfm
from rfm.errors import DataError
from rfm.plot._numbers import number
from rfm.plot._style import spread


@pytest.fixture(scope="module")
def table():
    return rfm.trend(rfm.datasets.cdnow_sample())


def test_who_came_back_is_new_and_lapsed(table):
    data = rfm.plot.trend_data(table)
    assert data[["returning", "new", "lapsed"]].equals(table[["returning", "new", "lapsed"]])
    ax = rfm.plot.trend(table)
    heights = np.array([bar.get_height() for bar in ax.patches]).reshape(3, len(table))
    assert heights[0].tolist() == table["returning"].tolist()
    assert heights[2].tolist() == (-table["lapsed"]).tolist()
    assert [bar.get_y() for bar in ax.patches[len(table) : 2 * len(table)]] == table["returning"].tolist()
    assert [t.get_text() for t in ax.texts][-3:] == ["returning", "new", "lapsed"]
    ax._repr_png_()


@pytest.mark.parametrize("measure", ["customers", "active", "orders", "spend", "mean_order"])
def test_a_line_from_zero(table, measure):
    ax = rfm.plot.trend(table, measure)
    assert ax.lines[0].get_ydata().tolist() == table[measure].tolist()
    assert ax.get_ylim()[0] == 0
    ax._repr_png_()


def test_incomplete_periods_are_pale_or_hollow():
    table = rfm.trend(rfm.datasets.cdnow_sample(), every="1W")
    assert not table["complete"].iloc[0]
    bars = rfm.plot.trend(table).patches
    assert [bars[0].get_alpha(), bars[1].get_alpha()] == [0.35, 1]
    hollow = rfm.plot.trend(table, "spend").lines[2]
    assert len(hollow.get_xdata()) == (~table["complete"]).sum()
    assert hollow.get_markerfacecolor() == "white"


@pytest.mark.parametrize("segments", [3, 30])
def test_a_line_a_segment_named_at_the_right(segments):
    log = rfm.datasets.cdnow_sample()
    ids = pd.unique(log["customer_id"])
    names = [f"segment {i}" for i in range(segments)]
    of = pd.DataFrame(
        {"customer_id": ids, "segment": pd.Categorical.from_codes(ids % segments, names, ordered=True)}
    )
    table = rfm.trend(log, segments=of)
    ax = rfm.plot.trend(table, "orders")
    named = [t for t in ax.texts if t.get_text().startswith("segment")]
    assert [t.get_text() for t in named] == names
    heights = sorted(t.xy[1] for t in named)
    assert heights[0] >= -1e-9
    assert heights[-1] <= 1 + 1e-9
    assert min(np.diff(heights)) > 0.02
    ax._repr_png_()
    whole = rfm.plot.trend_data(table)
    assert whole["new"].sum() == len(ids)  # the bars take segments together


@given(st.lists(st.floats(-5, 5), min_size=1, max_size=12), st.floats(0.01, 0.5))
def test_spread_keeps_order_distance_and_bounds(wanted, apart):
    placed = spread(np.array(wanted), apart, -5.0, 5.0)
    order = np.argsort(wanted, kind="stable")
    assert np.all(np.diff(placed[order]) >= apart - 1e-9)
    assert placed.min() >= -5 - 1e-9
    assert placed.max() <= 5 + 1e-9
    if np.all(np.diff(np.sort(wanted)) >= apart):
        assert placed == pytest.approx(np.clip(wanted, -5, 5), abs=0.5 * len(wanted))


def test_nobody_and_errors(table):
    assert any(t.get_text() == "No periods" for t in rfm.plot.trend(table[:0]).texts)
    with pytest.raises(DataError, match=r"No measure 'profit'\. Hint: measure= one of customers, active"):
        rfm.plot.trend(table, "profit")
    with pytest.raises(DataError, match=r"No column 'lapsed'.*Hint: rfm\.trend\(tx\)"):
        rfm.plot.trend(table.drop(columns="lapsed"))


def test_one_customer_and_one_period():
    log = pd.DataFrame({"customer_id": [1], "date": [pd.Timestamp("2024-01-05")], "amount": [5.0]})
    one = rfm.trend(log, lapsed_after=30)
    rfm.plot.trend(one)._repr_png_()
    rfm.plot.trend(one, "spend")._repr_png_()


def test_the_lapsed_are_counted_below_zero_without_a_sign():
    ax = rfm.plot.trend(rfm.trend(rfm.datasets.cdnow_sample()))
    ax.figure.canvas.draw()
    labels = {
        tick: label.get_text() for tick, label in zip(ax.get_yticks(), ax.get_yticklabels(), strict=True)
    }
    assert min(labels) < 0
    assert all(label == number(abs(tick)) for tick, label in labels.items())
