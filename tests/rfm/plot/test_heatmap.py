import numpy as np
import pandas as pd
import polars as pl
import pytest
from matplotlib.patches import Rectangle

import rfm.plot
from rfm.errors import DataError


@pytest.mark.parametrize("value", ["spend", "customers"])
def test_the_grid_is_the_group_by(segmented, value):
    groups = segmented.groupby(["F", "R"])["monetary"]
    expected = groups.mean() if value == "spend" else groups.size()
    grid = rfm.plot.heatmap_data(segmented, value)
    assert grid.shape == (5, 5)
    assert grid.stack().to_dict() == pytest.approx(expected.to_dict())


def test_cells_without_customers_are_hatched_and_the_others_numbered():
    scored = pd.DataFrame({"R": [1, 5, 5], "F": [1, 5, 5], "monetary": [10.0, 1000.0, 2000.0]})
    ax = rfm.plot.heatmap(scored)
    hatched = [p for p in ax.patches if isinstance(p, Rectangle) and p.get_hatch()]
    assert len(hatched) == 23
    numbers = {t.xy: t.get_text() for t in ax.texts if "n" not in t.get_text()}
    assert numbers == {(1, 1): "10", (5, 5): "1.5k"}
    assert {t.xy: t.get_text() for t in ax.texts if t.get_text().startswith("n =")} == {
        (1, 1): "n = 1",
        (5, 5): "n = 2",
    }
    image = ax.images[0]
    assert image.get_clim() == (0, 1500)  # colour begins at zero
    assert image.get_array()[4, 4] == 1500
    assert ax.get_xlabel().startswith("R: recency score")
    assert ax.get_ylabel().startswith("F: frequency score")
    assert [int(t) for t in ax.get_xticks()] == [1, 2, 3, 4, 5]


def test_ten_bins_fit():
    rng = np.random.default_rng(1)
    scored = pd.DataFrame({c: rng.integers(1, 11, 3000) for c in "RF"} | {"monetary": 1234.5})
    ax = rfm.plot.heatmap(scored)
    assert rfm.plot.heatmap_data(scored).shape == (10, 10)
    assert len(ax.texts) == 201  # a mean and a number in each cell, and the note
    ax._repr_png_()


def test_any_dataframe_makes_the_same_grid(segmented):
    lazy = pl.from_pandas(segmented).lazy()
    pd.testing.assert_frame_equal(
        rfm.plot.heatmap_data(segmented), rfm.plot.heatmap_data(lazy), check_exact=False
    )


def test_refunds_that_exceed_spend_are_drawn_from_zero():
    ax = rfm.plot.heatmap(pd.DataFrame({"R": [1], "F": [1], "monetary": [-5.0]}))
    assert ax.images[0].get_clim() == (0, 1)
    assert [t.get_text() for t in ax.texts if t.get_text()][1:] == ["−5", "n = 1"]


def test_small_cells_are_pale_and_do_not_set_the_scale():
    scored = pd.DataFrame({
        "R": [1] * 40 + [5] * 5, "F": [1] * 40 + [5] * 5, "monetary": [100.0] * 40 + [9_000.0] * 5,
    })  # fmt: skip
    ax = rfm.plot.heatmap(scored)
    assert ax.images[0].get_clim() == (0, 100)
    alpha = ax.images[0].get_alpha()
    assert alpha[0, 0] == 1.0
    assert alpha[4, 4] < 0.5
    note = next(t.get_text() for t in ax.texts if t.get_text().startswith("n: customers"))
    assert "pale: fewer than 30, which do not set the scale" in note
    counted = rfm.plot.heatmap(scored, "customers")
    assert counted.images[0].get_clim() == (0, 40)
    assert not any(t.get_text().startswith("n") for t in counted.texts)


def test_nobody_and_one_customer(nobody, one_customer):
    assert rfm.plot.heatmap_data(nobody).empty
    assert any(t.get_text() == "No customers" for t in rfm.plot.heatmap(nobody).texts)
    rfm.plot.heatmap(one_customer)._repr_png_()


def test_errors_name_the_next_step(segmented):
    with pytest.raises(DataError, match=r"No column 'R', 'F'.*Hint: rfm\.score\(tx\)"):
        rfm.plot.heatmap(segmented[["monetary"]])
    with pytest.raises(DataError, match=r"got 'orders'"):
        rfm.plot.heatmap(segmented, "orders")
