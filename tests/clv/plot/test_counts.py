import numpy as np
import pandas as pd
import pytest

import clv
from rfm.errors import DataError


def test_the_model_sums_over_each_ones_time_observed(law):
    summary = pd.DataFrame({"frequency": [0, 0, 3, 9], "T": [39.0, 30.0, 35.0, 30.0]})
    data = clv.plot.purchase_counts_data(law, summary, most=4)
    assert data["purchases"].tolist() == ["0", "1", "2", "3", "4+"]
    assert data["actual"].tolist() == [2, 0, 0, 1, 1]
    by_hand = [sum(law.pmf(n, T) for T in summary["T"]) for n in range(4)]
    assert data["model"].iloc[:4].tolist() == pytest.approx(by_hand, rel=1e-12)
    assert data["model"].sum() == pytest.approx(4)


def test_bg_bb_counts_in_periods():
    law = clv.BGBB(1.204, 0.75, 0.657, 2.783)
    summary = pd.DataFrame({"frequency": [0, 2, 6], "n_periods": [6, 6, 6]})
    data = clv.plot.purchase_counts_data(law, summary, most=6)
    assert data["model"].iloc[2] == pytest.approx(3 * law.pmf(2, 6))
    assert data["model"].iloc[-1] == pytest.approx(3 * law.pmf(6, 6))


def test_a_model_brings_its_customers(model):
    ax = clv.plot.purchase_counts(model)
    heights = [bar.get_height() for bar in ax.patches]
    assert sum(heights) == 2357
    assert np.allclose(heights[:2], [1411, 439])
    assert ax.lines[0].get_ydata().sum() == pytest.approx(2357)
    assert ax.get_ylim()[0] == 0
    assert "bars: actual" in {t.get_text() for t in ax.texts}
    ax._repr_png_()


def test_nobody_and_one_customer(law):
    nobody = pd.DataFrame({"frequency": [], "T": []})
    assert any(t.get_text() == "No customers" for t in clv.plot.purchase_counts(law, nobody).texts)
    clv.plot.purchase_counts(law, pd.DataFrame({"frequency": [1], "T": [3.0]}))._repr_png_()


def test_errors_name_the_next_step(law):
    with pytest.raises(DataError, match=r"BGNBD holds no customers\. Hint: summary=clv.summarize\(tx\)"):
        clv.plot.purchase_counts(law)
    with pytest.raises(DataError, match="No column 'T'"):
        clv.plot.purchase_counts(law, pd.DataFrame({"frequency": [1]}))
