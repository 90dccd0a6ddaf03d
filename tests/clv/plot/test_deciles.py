import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clv
from rfm.errors import DataError


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 8)), min_size=1, max_size=90), st.randoms())
def test_tenths_cover_everybody_and_no_order_of_rows_matters(rows, random):
    held = pd.DataFrame(rows, columns=["happened", "predicted"])
    data = clv.plot.deciles_data(held)
    assert data["customers"].sum() == len(held)
    assert data["customers"].max() - data["customers"].min() <= 1
    assert (data["customers"] * data["happened"]).sum() == pytest.approx(held["happened"].sum())
    assert data["predicted"].is_monotonic_decreasing
    assert (data["gain"] <= data["best_gain"] + 1e-9).all()
    if held["happened"].sum():
        assert data["gain"].iloc[-1] == pytest.approx(1)
    random.shuffle(rows)
    pd.testing.assert_frame_equal(
        data, clv.plot.deciles_data(pd.DataFrame(rows, columns=["happened", "predicted"]))
    )


def test_ties_across_a_border_share_what_happened():
    held = pd.DataFrame({"happened": [10] + [0] * 19, "predicted": 1.0})
    assert clv.plot.deciles_data(held)["happened"].tolist() == pytest.approx([0.5] * 10)


def test_the_gain_curve_lies_between_chance_and_knowing():
    held = pd.DataFrame({"happened": [9, 1, 0, 0], "predicted": [1.0, 3.0, 0.5, 0.1]})
    ax = clv.plot.decile_gain(held)
    chance, best, model = (line.get_ydata() for line in ax.lines)
    assert list(chance) == [0, 1]
    assert model.tolist() == [0, 0.1, 1, 1, 1]
    assert best.tolist() == [0, 0.9, 1, 1, 1]
    assert any(t.get_text() == "model: first 25% account for 10%" for t in ax.texts)
    ax._repr_png_()


def test_the_calibration_shows_means():
    rng = np.random.default_rng(1)
    held = pd.DataFrame({"predicted": rng.gamma(1, 2, 500)})
    held["happened"] = rng.poisson(held["predicted"])
    ax = clv.plot.decile_calibration(held)
    data = clv.plot.deciles_data(held)
    assert [bar.get_height() for bar in ax.patches] == data["happened"].tolist()
    assert ax.lines[0].get_ydata().tolist() == data["predicted"].tolist()
    ax._repr_png_()


def test_nobody_and_a_hold_out_in_which_nothing_happened():
    none = pd.DataFrame({"happened": [], "predicted": []})
    for draw in (clv.plot.decile_gain, clv.plot.decile_calibration):
        assert any(t.get_text() == "No customers" for t in draw(none).texts)
        draw(pd.DataFrame({"happened": [0, 0], "predicted": [0.5, 0.1]}))._repr_png_()


def test_errors_name_the_next_step():
    with pytest.raises(DataError, match=r"No column 'predicted'.*Hint: clv\.plot\.holdout_data"):
        clv.plot.decile_gain(pd.DataFrame({"happened": [1]}))
