import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt

import rfm
from rfm.errors import DataError

DAYS = pd.to_datetime(["2024-01-01", "2024-02-01", "2024-03-01"])
TABLE = pd.DataFrame(
    {
        "period": DAYS[[0, 1, 1, 2, 2]],
        "end": pd.to_datetime(["2024-01-31", "2024-02-29", "2024-02-29", "2024-03-31", "2024-03-31"]),
        "cohort": DAYS[[0, 0, 1, 0, 1]],
        "customers": [4, 1, 3, 1, 2],
        "orders": [5, 1, 4, 1, 2],
        "spend": [50.0, 10.0, 30.0, -5.0, 25.0],
        "complete": [True, True, True, False, False],
    }
)


def percents(ax) -> list[str]:
    return [text.get_text() for text in ax.texts if text.get_text().endswith("%")]


def test_its_data_have_the_share_of_new_customers():
    data = rfm.plot.stacked_cohorts_data(TABLE.sample(frac=1, random_state=1))
    assert data["value"].tolist() == [50, 10, 30, -5, 25]
    assert data["share_new"].tolist() == [1, 0.75, 0.75, 0, 0]
    shares = rfm.plot.stacked_cohorts_data(TABLE, "orders", share=True)
    assert shares["value"].tolist() == pytest.approx([1, 0.2, 0.8, 1 / 3, 2 / 3])


def test_bars_are_stacked_from_the_oldest_and_pale_where_the_log_ends():
    ax = rfm.plot.stacked_cohorts(TABLE, "customers")
    old, young = ax.containers
    assert [bar.get_height() for bar in old] == [4, 1, 1]
    assert [(bar.get_y(), bar.get_height()) for bar in young] == [(4, 0), (1, 3), (1, 2)]
    assert [bar.get_alpha() for bar in old] == [1, 1, 0.45]
    assert percents(ax) == ["100%", "75%"]  # the third period has no new customers
    widths = [bar.get_width() for bar in old]
    assert widths == pytest.approx([0.9 * 31, 0.9 * 29, 0.9 * 31])


def test_refunds_beyond_spend_are_stacked_below_zero():
    ax = rfm.plot.stacked_cohorts(TABLE)
    old, young = ax.containers
    assert (old[2].get_y(), old[2].get_height()) == (0, -5)
    assert (young[2].get_y(), young[2].get_height()) == (0, 25)
    assert ax.get_ylim()[0] == pytest.approx(-5.4)


def test_shares_fill_the_bars():
    ax = rfm.plot.stacked_cohorts(TABLE, "customers", share=True)
    heights = np.sum([[bar.get_height() for bar in bars] for bars in ax.containers], axis=0)
    np.testing.assert_allclose(heights, 1.0)
    assert ax.get_ylabel() == "Share of customers"


def test_many_periods_touch_and_say_no_shares():
    ax = rfm.plot.stacked_cohorts(rfm.base_report(rfm.datasets.cdnow_sample(), every="1W").stacked_cohorts)
    assert percents(ax) == []
    widths = {bar.get_width() for bars in ax.containers for bar in bars}
    assert widths == {7.0}
    ax._repr_png_()


def test_a_dark_background_a_large_font_and_a_tight_grid():
    with plt.style.context(["dark_background", {"font.size": 22}]):
        figure, axes = plt.subplots(2, 2, figsize=(5, 4))
        for ax, measure in zip(axes.flat, ("customers", "orders", "spend", "spend"), strict=True):
            assert rfm.plot.stacked_cohorts(TABLE, measure, ax=ax) is ax
        figure.canvas.draw()
        plt.close(figure)


def test_nothing_is_said_and_another_table_refused():
    assert "No periods" in {text.get_text() for text in rfm.plot.stacked_cohorts(TABLE.iloc[:0]).texts}
    with pytest.raises(DataError, match="stacked_cohorts is such a table"):
        rfm.plot.stacked_cohorts(TABLE.drop(columns="end"))
    with pytest.raises(DataError, match="measure"):
        rfm.plot.stacked_cohorts(TABLE, "revenue")
