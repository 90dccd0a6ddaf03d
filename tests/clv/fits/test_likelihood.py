"""The objective of a fit: the same at many points at once as at each, with its derivatives."""

from __future__ import annotations

import numpy as np
import pytest

import clv
import rfm
from clv._fits.data import FitData
from clv._fits.likelihood import Likelihood, informative
from clv._fits.prior import Prior
from clv._laws.registry import fitted_laws

LAWS = fitted_laws() | {law.name: law.with_k(3) for law in (clv.BGCNBD, clv.MBGCNBD)}


@pytest.fixture(scope="module")
def summaries():
    log = rfm.datasets.cdnow_sample()
    return {
        discrete: clv.summarize(log, unit="M", end="1997-09-30", discrete="M" if discrete else None)
        for discrete in (False, True)
    }


@pytest.mark.parametrize("law", LAWS)
@pytest.mark.parametrize("prior", [None, Prior()], ids=["flat", "weak"])
@pytest.mark.parametrize(("few", "at_once"), [(10**9, 200_000), (10**9, 7_000), (10, 200_000)])
def test_many_points_have_the_values_of_each(law, prior, few, at_once, summaries, monkeypatch):
    monkeypatch.setattr("clv._fits.likelihood.FEW_ROWS", few)
    monkeypatch.setattr("clv._fits.likelihood.AT_ONCE", at_once)
    law_class = LAWS[law]
    data = FitData.read(law_class, summaries[law == "bg-bb"])
    likelihood = Likelihood.of(law_class, informative(law_class, data), prior)
    around = likelihood.starts()[0]
    thetas = around + 0.3 * np.random.default_rng(0).standard_normal((9, len(around)))
    one_by_one = [likelihood(theta)[0] for theta in thetas]
    np.testing.assert_allclose(likelihood.values(thetas), one_by_one, rtol=1e-12)
