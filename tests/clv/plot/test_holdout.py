import numpy as np
import pandas as pd
import polars as pl
import pytest

import clv
from rfm.errors import DataError

HELD = pd.DataFrame(
    {"frequency": [0, 0, 1, 9, 12], "happened": [0, 1, 2, 5, 9], "predicted": [0.2, 0.2, 1.5, 4.0, 8.0]}
)


def test_the_published_hold_out(law, log):
    # Fader & Hardie's spreadsheet; CLVTools and BTYD vignettes: 1,882 happened, 1653.4 predicted.
    held = clv.plot.holdout_data(law, log, end="1997-09-30", unit="W")
    assert len(held) == 2357
    assert held["happened"].sum() == 1882
    assert held["predicted"].sum() == pytest.approx(1653.4, abs=0.5)
    error = held["predicted"] - held["happened"]
    assert round(error.abs().mean(), 4) == pytest.approx(0.7855, abs=2e-4)
    assert round(np.sqrt((error**2).mean()), 3) == pytest.approx(1.608, abs=2e-3)


def test_a_model_knows_its_end_and_its_unit(model, log):
    held = clv.plot.holdout_data(model, log)
    by_hand = clv.plot.holdout_data(model.purchases.law, log, end=model.end, unit="W")
    pd.testing.assert_frame_equal(held, by_hand)
    predicted = model.predict("273D")
    assert held["predicted"].to_numpy() == pytest.approx(predicted["expected_purchases"].to_numpy(), rel=1e-9)
    in_days = clv.plot.holdout_data(
        model, log, unit="D"
    )  # `unit` is that of a bare law; the model's is weeks
    assert in_days["predicted"].sum() == pytest.approx(predicted["expected_purchases"].sum(), rel=1e-9)


def test_newcomers_are_left_out(law, small):
    held = clv.plot.holdout_data(law, small, end="2024-01-04", until="2024-01-15", unit="W")
    assert held["customer_id"].tolist() == [1]
    assert held["happened"].tolist() == [1]


def test_the_calibration_is_the_mean_of_each_group():
    data = clv.plot.calibration_data(HELD)
    assert data["group"].tolist() == ["0", "1", "7+"]
    assert data["customers"].tolist() == [2, 1, 2]
    assert data["happened"].tolist() == [0.5, 2.0, 7.0]
    assert data["predicted"].tolist() == [0.2, 1.5, 6.0]
    pd.testing.assert_frame_equal(data, clv.plot.calibration_data(pl.from_pandas(HELD).lazy()))


def test_the_groups_of_a_backtest_will_do(log):
    groups = clv.backtest(log, "39W", models=["bg-nbd"], baselines=False).calibration
    mine = groups[(groups["model"] == "bg-nbd") & (groups["by"] == "frequency")]
    ax = clv.plot.calibration(mine)
    assert [bar.get_height() for bar in ax.patches] == mine["happened"].tolist()
    assert ax.get_xticklabels()[0].get_text() == "0\n1.41k"


def test_bars_from_zero_and_a_line():
    ax = clv.plot.calibration(HELD)
    assert [bar.get_height() for bar in ax.patches] == [0.5, 2.0, 7.0]
    assert ax.lines[0].get_ydata().tolist() == [0.2, 1.5, 6.0]
    assert [t.get_text() for t in ax.get_xticklabels()] == ["0\n2", "1\n1", "7+\n2"]
    assert ax.get_ylim()[0] == 0
    assert {"bars: happened", "line: model"} <= {t.get_text() for t in ax.texts}
    ax._repr_png_()


def test_nobody():
    assert [t.get_text() for t in clv.plot.calibration(HELD[:0]).texts] == ["No customers"]


def test_errors_name_the_next_step(law, log, small):
    with pytest.raises(
        DataError, match=r"No hold-out: observation ends on 2024-01-21, the log on 2024-01-21"
    ):
        clv.plot.holdout_data(law, small, end="2024-01-21", unit="W")
    with pytest.raises(DataError, match=r"The last day of observation is unknown\. Hint: end="):
        clv.plot.holdout_data(law, small, unit="W")
    with pytest.raises(DataError, match=r"No column 'happened', 'predicted'.*Hint: clv\.plot\.holdout_data"):
        clv.plot.calibration(HELD[["frequency"]])
