import numpy as np
import pytest

import clv
from rfm.errors import DataError


def test_the_matrix_is_the_law(law):
    grid = clv.plot.p_alive_matrix_data(law, max_frequency=4, T=10)
    assert grid.index.tolist() == [0, 1, 2, 3, 4]
    assert grid.columns.tolist() == list(range(11))
    assert grid.loc[3, 7.0] == pytest.approx(law.p_alive(3, 7.0, 10.0), rel=1e-12)
    assert grid.loc[0, 0.0] == 1
    assert grid.loc[0].iloc[1:].isna().all()
    assert grid.iloc[1:, 0].isna().all()
    assert grid.iloc[1:, 1:].notna().all(axis=None)


def test_expected_purchases_are_the_laws(law):
    grid = clv.plot.expected_purchases_matrix_data(law, 39, max_frequency=3, T=20.5)
    assert len(grid.columns) == 61
    t_x = grid.columns[30]
    assert grid.loc[2, t_x] == pytest.approx(law.conditional_expected_purchases(39, 2, t_x, 20.5), rel=1e-12)


@pytest.mark.parametrize(
    "any_law",
    [clv.BGNBD(0.24, 4.4, 0.8, 2.4), clv.MBGNBD(0.5, 6.2, 0.9, 1.6), clv.ParetoNBD(0.55, 10.6, 0.6, 11.7)],
)
def test_every_law_has_its_matrices(any_law):
    clv.plot.p_alive_matrix(any_law, max_frequency=15, T=39)._repr_png_()
    clv.plot.expected_purchases_matrix(any_law, 39, max_frequency=15, T=39)._repr_png_()


def test_bg_bb_counts_periods_and_writes_its_few_cells():
    law = clv.BGBB(1.204, 0.75, 0.657, 2.783)
    grid = clv.plot.p_alive_matrix_data(law, max_frequency=6, T=6)
    assert grid.notna().to_numpy().sum() == 1 + 21
    assert grid.loc[4, 5.0] == pytest.approx(law.p_alive(4, 5, 6), rel=1e-12)
    assert np.isnan(grid.loc[4, 3.0])  # four purchases do not fit into three periods
    ax = clv.plot.p_alive_matrix(law, max_frequency=6, T=6)
    assert len([t for t in ax.texts if t.get_text().endswith("%")]) == 22
    assert ax.get_xlabel() == "Recency: periods from the first to the last purchase, of T = 6"


def test_lines_carry_their_value_and_colour_begins_at_zero(law):
    ax = clv.plot.p_alive_matrix(law, max_frequency=20, T=39)
    assert ax.images[0].get_clim() == (0, 1)
    assert any(t.get_text() == "– one purchase only: 100%" for t in ax.texts)
    ax.figure.canvas.draw()
    labels = {t.get_text() for t in ax.collections[0].labelTexts} if ax.collections else set()
    assert "50%" in labels
    assert len([p for p in ax.patches if p.get_hatch()]) == 1


def test_a_model_brings_its_range_and_its_unit(model):
    grid = clv.plot.p_alive_matrix_data(model)
    assert grid.columns[-1] == model.customers["T"].max()
    assert grid.index[-1] == int(np.quantile(model.customers["frequency"], 0.995, method="higher"))
    ax = clv.plot.expected_purchases_matrix(model, 52)
    assert ax.get_title(loc="left").startswith("Purchases expected in the next 52 weeks")
    assert ax.get_xlabel().startswith("Recency: weeks")
    assert clv.plot.p_alive_matrix_data(model.purchases, max_frequency=2, T=9).equals(
        clv.plot.p_alive_matrix_data(model, max_frequency=2, T=9)
    )


def test_errors_name_the_next_step(law, model):
    with pytest.raises(DataError, match=r"BGNBD holds no customers.*Hint: pass max_frequency="):
        clv.plot.p_alive_matrix(law)
    with pytest.raises(DataError, match=r"T must be a finite number, above 0"):
        clv.plot.p_alive_matrix(law, max_frequency=3, T=0)
    with pytest.raises(DataError, match=r"takes a model, a Fit or a law; got int.*Hint: clv.fit\(tx\)"):
        clv.plot.p_alive_matrix(3, max_frequency=3, T=9)
    with pytest.raises(DataError, match="got GammaGamma"):
        clv.plot.p_alive_matrix(model.spend.law, max_frequency=3, T=9)
