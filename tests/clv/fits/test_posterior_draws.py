"""Draws of the parameters follow the posterior: compared with a long NUTS run under the same priors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import clv
import rfm
from clv._fits.data import FitData
from clv._fits.posterior import TRUSTED
from clv._fits.posterior_draws import draw
from clv._laws.registry import fitted_laws

LAWS = fitted_laws()

NUTS = json.loads((Path(__file__).parents[2] / "oracles" / "nuts.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def summary():
    return clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")


@pytest.mark.parametrize("law", ["bg-nbd", "gamma-gamma"])
@pytest.mark.parametrize("proposals", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_means_and_quantiles_are_those_of_a_long_nuts_run(law, proposals, summary):
    law_class, truth = LAWS[law], NUTS[law]
    data = FitData.read(law_class, summary)
    drawn = draw(law_class, data, 16, np.random.default_rng(3), proposals=proposals)
    effective = 1 / np.sum(drawn.weights**2)
    assert drawn.k_hat < TRUSTED
    assert effective > 0.6 * proposals
    for name, *found in zip(
        law_class.parameters, drawn.mean(), drawn.quantile(0.05), drawn.quantile(0.95), strict=True
    ):
        for (value, error), ours in zip(
            (truth[name][key] for key in ("mean", "q05", "q95")), found, strict=True
        ):
            # Monte Carlo errors of both: ours is NUTS's, scaled to our effective number of draws.
            combined = error * np.sqrt(1 + truth[name]["ess_bulk"] / effective)
            assert ours == pytest.approx(value, abs=4 * combined), name


def test_laws_are_drawn_in_the_units_of_the_data(summary):
    drawn = draw(clv.BGNBD, FitData.read(clv.BGNBD, summary), 200, np.random.default_rng(4))
    rates = [law.r / law.alpha for law in drawn.laws]
    assert np.mean(rates) == pytest.approx(0.243 / 4.43, rel=0.02)
    assert len(drawn.laws) == 200


def test_the_seed_decides(summary):
    data = FitData.read(clv.GammaGamma, summary)
    one, two, other = (draw(clv.GammaGamma, data, 8, np.random.default_rng(seed)).laws for seed in (1, 1, 2))
    assert one == two
    assert one != other


def test_few_customers_are_less_sure(summary):
    few = summary.sample(300, random_state=1)
    many, some = (
        draw(clv.BGNBD, FitData.read(clv.BGNBD, table), 16, np.random.default_rng(5))
        for table in (summary, few)
    )
    spread = [np.log(drawn.quantile(0.95) / drawn.quantile(0.05)) for drawn in (many, some)]
    assert (spread[1] > 1.5 * spread[0]).all()
