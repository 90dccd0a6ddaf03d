import numpy as np
import pandas as pd
import pytest

import clv
from rfm.errors import DataError


def forecast(dates=3):
    days = pd.date_range("2024-03-31", periods=dates, freq="91D")
    names = ["VIP", "none", "lost"]
    rows = pd.DataFrame(
        {"date": days.repeat(3), "segment": pd.Categorical(names * dates, names, ordered=True)}
    )
    rows["share"] = [part for k in range(dates) for part in (0.3 - 0.05 * k, 0.0, 0.7 + 0.05 * k)]
    known = rows["date"] == days[0]
    spread = np.where(known | (rows["segment"] == "none"), 0.0, 0.04)
    return rows.assign(share_low=rows["share"] - spread, share_high=rows["share"] + spread)


def test_lines_with_bands_of_the_segments_that_have_customers():
    data = clv.plot.segment_forecast_data(forecast())
    assert data["segment"].tolist() == ["VIP"] * 3 + ["lost"] * 3
    assert data["share_low"].tolist() == pytest.approx([0.3, 0.21, 0.16, 0.7, 0.71, 0.76])
    ax = clv.plot.segment_forecast(forecast(), labels={"VIP": "the best"})
    assert [line.get_ydata().tolist() for line in ax.lines if len(line.get_ydata()) == 3] == [
        pytest.approx([0.3, 0.25, 0.2]), pytest.approx([0.7, 0.75, 0.8]),
    ]  # fmt: skip
    assert len(ax.collections) == 2
    band = ax.collections[0].get_paths()[0].vertices[:, 1]
    assert (band.min(), band.max()) == (pytest.approx(0.16), pytest.approx(0.3))
    texts = [text.get_text() for text in ax.texts]
    assert "the best" in texts
    assert "lost" in texts
    assert "none" not in texts
    assert ax.get_ylim()[0] == 0


def test_rows_may_come_in_any_order():
    mixed = forecast().sample(frac=1, random_state=0)
    pd.testing.assert_frame_equal(
        clv.plot.segment_forecast_data(mixed), clv.plot.segment_forecast_data(forecast())
    )
    assert clv.plot.segment_forecast(mixed)._repr_png_() == clv.plot.segment_forecast(forecast())._repr_png_()


def test_one_date_and_none():
    clv.plot.segment_forecast(forecast(1))._repr_png_()
    ax = clv.plot.segment_forecast(forecast().iloc[:0])
    assert "No customers" in [text.get_text() for text in ax.texts]


def test_a_table_of_something_else():
    with pytest.raises(DataError, match=r"clv\.segment_forecast"):
        clv.plot.segment_forecast(forecast().drop(columns="share_low"))
    with pytest.raises(DataError, match="share"):
        clv.plot.segment_forecast(forecast().assign(share=7.0))
