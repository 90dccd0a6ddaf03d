import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from matplotlib.patches import Rectangle

import rfm.plot
from rfm.errors import DataError

shares = st.lists(st.floats(0.001, 1), min_size=1, max_size=40).map(
    lambda v: np.sort(np.array(v) / np.sum(v))[::-1]
)


@given(shares, st.floats(0.3, 4))
def test_tiles_fill_the_square_without_overlap(areas, aspect):
    x, y, width, height = rfm.plot.squarify(areas, aspect).T
    assert np.allclose(width * height, areas, atol=1e-12)
    assert min(x.min(), y.min()) > -1e-9
    assert max((x + width).max(), (y + height).max()) < 1 + 1e-9
    across = np.minimum.outer(x + width, x + width) - np.maximum.outer(x, x)
    up = np.minimum.outer(y + height, y + height) - np.maximum.outer(y, y)
    overlap = np.clip(across, 0, None) * np.clip(up, 0, None) * (1 - np.eye(len(areas)))
    assert overlap.max() < 1e-9


def test_the_example_of_the_paper():
    # Bruls, Huizing & van Wijk (2000), figure 4: areas 6 6 4 3 2 2 1 in a 6 x 4 rectangle.
    boxes = rfm.plot.squarify(np.array([6, 6, 4, 3, 2, 2, 1]) / 24, 6 / 4) * [6, 4, 6, 4]
    ratios = np.maximum(boxes[:, 2] / boxes[:, 3], boxes[:, 3] / boxes[:, 2])
    assert np.allclose(ratios[:4], [3 / 2, 3 / 2, 49 / 36, 49 / 27])
    assert np.allclose(boxes[:2, 2:], [[3, 2], [3, 2]])


@pytest.mark.parametrize("by", ["customers", "spend"])
def test_the_tiles_of_a_segmented_table(segmented, by):
    tiles = rfm.plot.treemap_data(segmented, by)
    column = segmented.groupby("segment", observed=True)["monetary"]
    expected = column.size() if by == "customers" else column.sum()
    assert tiles.set_index("segment")["value"].to_dict() == pytest.approx(expected.to_dict())
    assert tiles["share"].sum() == pytest.approx(1)
    assert tiles["share"].is_monotonic_decreasing
    ax = rfm.plot.treemap(segmented, by)
    assert len([p for p in ax.patches if isinstance(p, Rectangle)]) == segmented["segment"].nunique()
    text = " ".join(t.get_text().replace("\n", " ") for t in ax.texts)
    assert all(name in text for name in tiles["segment"])
    ax._repr_png_()


def test_a_profile_and_its_customers_make_the_same_map():
    table = pd.DataFrame({"segment": ["b", "a", "b"], "monetary": [1.0, 9.0, 2.0]})
    profile = pd.DataFrame({"segment": ["a", "b"], "customers": [1, 2], "spend": [9.0, 3.0]})
    for by in ("customers", "spend"):
        pd.testing.assert_frame_equal(rfm.plot.treemap_data(table, by), rfm.plot.treemap_data(profile, by))


@pytest.mark.parametrize("lazy", [False, True])
def test_any_dataframe_makes_the_same_map(segmented, lazy):
    names = pl.Enum(segmented["segment"].cat.categories.tolist())
    table = pl.from_pandas(segmented).with_columns(pl.col("segment").cast(names))
    ours, theirs = rfm.plot.treemap_data(segmented), rfm.plot.treemap_data(table.lazy() if lazy else table)
    pd.testing.assert_frame_equal(ours.astype({"segment": str}), theirs.astype({"segment": str}))


def test_the_order_of_rows_does_not_matter(segmented):
    shuffled = segmented.sample(frac=1, random_state=1)
    pd.testing.assert_frame_equal(
        rfm.plot.treemap_data(segmented, "spend"), rfm.plot.treemap_data(shuffled, "spend")
    )


def test_a_colour_does_not_depend_on_who_is_there(segmented):
    some = segmented[segmented["segment"] != "segment 0"]
    whole, part = (
        rfm.plot.treemap_data(t).set_index("segment")["color"].to_dict() for t in (segmented, some)
    )
    assert part.items() < whole.items()


def test_labels_are_written_for_the_names():
    profile = pd.DataFrame({"segment": ["VIP", "lost"], "customers": [20, 80], "spend": [900.0, 100.0]})
    ax = rfm.plot.treemap(profile, labels={"VIP": "Best of all"})
    texts = {t.get_text().replace("\n", " ") for t in ax.texts}
    assert {"Best of all", "lost", "80% · 80", "20% · 20"} <= texts


def test_a_tile_too_small_for_its_name_is_listed_beside_the_map():
    profile = pd.DataFrame({"segment": ["big", "tiny"], "customers": [9999, 1], "spend": [1.0, 1.0]})
    ax = rfm.plot.treemap(profile)
    beside = [t for t in ax.texts if t.get_text() == "tiny <0.1%"]
    assert len(beside) == 1
    assert beside[0].xy[0] == 1
    assert beside[0].xyann[0] > 0


def test_negative_spend_has_no_area_and_the_note_says_so():
    profile = pd.DataFrame({"segment": ["a", "b"], "customers": [1, 2], "spend": [9.0, -3.0]})
    tiles = rfm.plot.treemap_data(profile, "spend")
    assert tiles["share"].tolist() == [1.0, 0.0]
    ax = rfm.plot.treemap(profile, "spend")
    assert any("no area: b" in t.get_text() for t in ax.texts)


def test_nobody_and_one_customer(nobody, one_customer):
    assert rfm.plot.treemap_data(nobody).empty
    assert any(t.get_text() == "No customers" for t in rfm.plot.treemap(nobody).texts)
    assert len(rfm.plot.treemap(one_customer).patches) == 1


def test_errors_name_the_next_step(segmented):
    with pytest.raises(DataError, match=r"No column 'segment'.*Hint: rfm\.segment\(tx\) makes such a table"):
        rfm.plot.treemap(segmented[["customer_id", "monetary"]])
    with pytest.raises(DataError, match=r"by must be one of .customers., .spend.; got 'orders'"):
        rfm.plot.treemap(segmented, by="orders")
    with pytest.raises(DataError, match="Not a dataframe"):
        rfm.plot.treemap([1, 2])


def test_the_table_is_not_changed(segmented):
    before = segmented.copy(deep=True)
    rfm.plot.treemap(segmented)
    pd.testing.assert_frame_equal(segmented, before)
