import re

import pytest
from scipy import stats

import clv
from rfm.errors import DataError

LAWS = [
    (clv.BGNBD(0.243, 4.414, 0.793, 2.426), stats.gamma(0.243, scale=1 / 4.414), stats.beta(0.793, 2.426)),
    (clv.MBGNBD(0.525, 6.183, 0.891, 1.614), stats.gamma(0.525, scale=1 / 6.183), stats.beta(0.891, 1.614)),
    (
        clv.ParetoNBD(0.553, 10.578, 0.606, 11.669),
        stats.gamma(0.553, scale=1 / 10.578),
        stats.gamma(0.606, scale=1 / 11.669),
    ),
    (clv.BGBB(1.204, 0.75, 0.657, 2.783), stats.beta(1.204, 0.75), stats.beta(0.657, 2.783)),
]


@pytest.mark.parametrize(("law", "purchases", "dropout"), LAWS)
@pytest.mark.parametrize("of", ["purchases", "dropout"])
def test_the_bars_are_the_shares_of_the_distribution(law, purchases, dropout, of):
    distribution = {"purchases": purchases, "dropout": dropout}[of]
    data = clv.plot.heterogeneity_data(law, of)
    shares = distribution.cdf(data["right"]) - distribution.cdf(data["left"])
    assert data["share"].to_numpy()[:-1] == pytest.approx(shares[:-1], rel=1e-9)
    assert data["share"].sum() == pytest.approx(1)
    ax = clv.plot.heterogeneity(law, of)
    assert ax.lines[0].get_xdata()[0] == pytest.approx(distribution.mean())
    below = f"mean .*: {100 * distribution.cdf(distribution.mean()):.0f}% of customers are below"
    assert any(re.fullmatch(below, t.get_text()) for t in ax.texts)
    assert ax.get_ylim()[0] == 0
    ax._repr_png_()


def test_a_model_names_its_unit(model):
    assert clv.plot.heterogeneity(model).get_xlabel() == "Purchases per week while alive"
    assert clv.plot.heterogeneity(model.purchases.law).get_xlabel() == "Purchases per time unit while alive"


def test_extreme_shapes_are_drawn():
    for law in (clv.BGNBD(1e-3, 1e3, 1e-3, 1e-3), clv.BGNBD(50.0, 0.1, 500.0, 5000.0)):
        clv.plot.heterogeneity(law)._repr_png_()
        clv.plot.heterogeneity(law, "dropout")._repr_png_()


def test_errors_name_the_options(law):
    with pytest.raises(DataError, match='of must be one of "purchases", "dropout"; got \'spend\''):
        clv.plot.heterogeneity(law, "spend")
