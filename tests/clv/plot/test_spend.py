import numpy as np
import pandas as pd
import pytest

import clv
from rfm.errors import DataError

LAW = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)


def test_the_models_shares_are_those_of_simulated_customers():
    rng = np.random.default_rng(5)
    orders = rng.integers(1, 6, 40_000)
    spend = LAW.simulate(orders, rng)
    mean = np.add.reduceat(spend, np.cumsum(orders) - orders) / orders
    data = clv.plot.spend_density_data(LAW, pd.DataFrame({"frequency": orders, "monetary_value": mean}))
    assert data["actual"].sum() == pytest.approx(0.98, abs=1e-3)
    four_sigma = 4 * np.sqrt(np.maximum(data["model"], 1e-5) / 40_000)
    assert (np.abs(data["actual"] - data["model"]) < four_sigma).all()


def test_bars_line_and_what_lies_beyond(model):
    ax = clv.plot.spend_density(model)
    data = clv.plot.spend_density_data(model)
    assert [bar.get_height() for bar in ax.patches] == data["actual"].tolist()
    assert ax.lines[0].get_ydata().tolist() == data["model"].tolist()
    assert ax.get_ylim()[0] == 0
    assert any(t.get_text().startswith("beyond the axis: 1.9% of customers") for t in ax.texts)
    ax._repr_png_()


def test_only_repeat_buyers_with_a_positive_mean_count():
    summary = pd.DataFrame({"frequency": [0, 2, 1], "monetary_value": [0.0, 0.0, 30.0]})
    assert clv.plot.spend_density_data(LAW, summary)["actual"].sum() == 1
    ax = clv.plot.spend_density(LAW, summary[:2])
    assert [t.get_text() for t in ax.texts] == ["No repeat buyers"]


def test_errors_name_the_next_step(law):
    with pytest.raises(DataError, match=r"takes a model, a Fit or a spend law; got BGNBD.*Hint"):
        clv.plot.spend_density(law)
    with pytest.raises(DataError, match=r"GammaGamma holds no customers\. Hint: summary="):
        clv.plot.spend_density(LAW)
