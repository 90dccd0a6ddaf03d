import numpy as np
import pandas as pd
import pytest

import rfm
from rfm.errors import DataError

LOG = pd.DataFrame(
    {
        "customer_id": ["ann", "bob", "ann", "eve", "bob"],
        "date": pd.to_datetime(["2024-01-01", "2024-01-07", "2024-02-20", "2024-02-29", "2024-03-31"]),
        "amount": [20.0, 5.0, 30.0, 10.0, 15.0],
    }
)


def test_the_triangle():
    data = rfm.plot.cohorts_data(rfm.cohorts(LOG))
    assert data[["age", "customers", "value"]].values.tolist() == [
        [0, 2, 1], [1, 2, 0.5], [2, 2, 0.5], [0, 1, 1], [1, 1, 0],
    ]  # fmt: skip
    revenue = rfm.plot.cohorts_data(rfm.cohorts(LOG), "revenue")
    assert revenue["value"].tolist() == [12.5, 27.5, 35, 10, 10]


def test_segments_are_taken_together():
    segments = pd.DataFrame({"customer_id": ["ann", "bob", "eve"], "segment": ["a", "b", "a"]})
    whole, parts = (
        rfm.plot.cohorts_data(rfm.cohorts(LOG)),
        rfm.plot.cohorts_data(rfm.cohorts(LOG, segments=segments)),
    )
    pd.testing.assert_frame_equal(whole, parts)


def test_cells_sizes_and_a_scale_from_zero():
    ax = rfm.plot.cohorts(rfm.cohorts(LOG))
    assert [t.get_text() for t in ax.get_yticklabels()] == ["2024-01 · 2", "2024-02 · 1"]
    cells = {t.xy: t.get_text() for t in ax.texts if t.get_text().endswith("%")}
    assert cells == {(1, 0): "50%", (2, 0): "50%", (1, 1): "0%"}  # age 0 is always everybody
    assert ax.images[0].get_clim() == (0, 0.5)
    assert np.ma.is_masked(ax.images[0].get_array()[1, 1])
    assert not ax.patches
    ax._repr_png_()


def test_periods_that_the_log_does_not_cover_are_framed():
    table = rfm.cohorts(LOG.assign(date=LOG["date"] - pd.Timedelta("2D")))
    ax = rfm.plot.cohorts(table)
    assert len(ax.patches) == (~table["complete"] & (table["age"] > 0)).sum() > 0
    assert any(t.get_text().startswith("Framed: ") for t in ax.texts)


def test_many_cohorts_are_a_picture_without_numbers():
    table = rfm.cohorts(rfm.datasets.cdnow_sample(), every="1W")
    ax = rfm.plot.cohorts(table, "revenue")
    assert len(ax.get_yticklabels()) == 13
    assert not [t for t in ax.texts if t.get_text().isdigit()]
    ax._repr_png_()


def test_nobody_and_one_customer():
    table = rfm.cohorts(LOG)
    assert any(t.get_text() == "No customers" for t in rfm.plot.cohorts(table[:0]).texts)
    rfm.plot.cohorts(rfm.cohorts(LOG[:1]))._repr_png_()


def test_errors_name_the_next_step():
    with pytest.raises(DataError, match=r"No column 'active'.*Hint: rfm\.cohorts\(tx\)"):
        rfm.plot.cohorts(rfm.cohorts(LOG).drop(columns="active"))
    with pytest.raises(DataError, match="got 'spend'"):
        rfm.plot.cohorts(rfm.cohorts(LOG), "spend")
