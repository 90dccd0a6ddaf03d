import numpy as np
import pandas as pd
import pytest

import clv
from rfm.errors import DataError


def test_the_published_numbers_of_repeat_purchases(law, log):
    data = clv.plot.tracking_data(law, log, end="1997-09-30", unit="W")
    held = data["holdout"]
    assert held.sum() == 39
    assert data.loc[held, "happened"].sum() == 1882
    # Over 39 weeks the calibration's customers made 2,457 repeat purchases (all x of the summary).
    assert data.loc[~held, "happened"].sum() == clv.summarize(log, end="1997-09-30")["frequency"].sum()
    assert data["date"].iloc[-1] == pd.Timestamp("1998-06-30")
    assert data.loc[~held, "date"].iloc[-1] == pd.Timestamp("1997-09-30")


def test_the_prediction_is_the_sum_over_the_customers(law, small):
    data = clv.plot.tracking_data(law, small, end="2024-01-15", unit="W", until="2024-01-29")
    assert data["date"].dt.strftime("%m-%d").tolist() == ["01-08", "01-15", "01-22", "01-29"]
    assert data["happened"].tolist() == [0, 1, 1, 0]
    assert data["holdout"].tolist() == [False, False, True, True]
    ages = np.array([[7, 2], [14, 9], [21, 16], [28, 23]]) / 7
    total = law.expected_purchases(ages).sum(axis=1)
    assert np.cumsum(data["predicted"]).to_numpy() == pytest.approx(total, rel=1e-12)


def test_newcomers_of_the_hold_out_are_left_out(law, small):
    data = clv.plot.tracking_data(law, small, end="2024-01-04", unit="D")
    assert data["happened"].sum() == 2  # customer 1 only
    alone = clv.plot.tracking_data(law, small[small["customer_id"] == 1], end="2024-01-04", unit="D")
    pd.testing.assert_frame_equal(data, alone)


@pytest.mark.parametrize("cumulative", [True, False])
def test_two_lines_and_the_border(model, log, cumulative):
    tracked = clv.plot.tracking_data(model, log)
    ax = clv.plot.tracking(tracked, cumulative=cumulative)
    happened, predicted, border = ax.lines
    expected = tracked["happened"].cumsum() if cumulative else tracked["happened"]
    assert happened.get_ydata().tolist() == expected.tolist()
    assert len(predicted.get_ydata()) == len(tracked)
    assert pd.Timestamp(border.get_xdata()[0]) == pd.Timestamp("1997-09-30")
    assert ax.get_ylim()[0] == 0
    texts = [t.get_text() for t in ax.texts]
    assert any(t.startswith("happened ") for t in texts)
    assert any(t.startswith("model ") for t in texts)
    assert any(t.startswith("Hold-out: 1.88k happened") for t in texts)
    ax._repr_png_()


def test_without_a_hold_out_there_is_no_border(law, small):
    tracked = clv.plot.tracking_data(law, small, end="2024-01-21", unit="W")
    ax = clv.plot.tracking(tracked)
    assert len(ax.lines) == 2
    ax._repr_png_()
    assert any(t.get_text() == "No periods" for t in clv.plot.tracking(tracked[:0]).texts)


def test_one_period_is_a_picture_too(law, small):
    tracked = clv.plot.tracking_data(law, small, end="2024-01-21", unit="Y")
    assert len(tracked) == 1
    clv.plot.tracking(tracked)._repr_png_()


def test_errors_name_the_next_step(law, small):
    with pytest.raises(DataError, match=r"No column 'date'.*Hint: clv\.plot\.tracking_data"):
        clv.plot.tracking(pd.DataFrame({"happened": [1], "predicted": [1.0], "holdout": [False]}))
    with pytest.raises(DataError, match="The last day of observation is unknown"):
        clv.plot.tracking_data(law, small, unit="W")


def test_a_single_period_is_a_point():
    tracked = pd.DataFrame(
        {"date": [pd.Timestamp("2024-03-01")], "happened": [3], "predicted": [2.5], "holdout": [False]}
    )
    assert [line.get_marker() for line in clv.plot.tracking(tracked).lines[:2]] == ["o", "o"]
