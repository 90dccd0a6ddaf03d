"""The options of an estimation: which law depends on what, with which prior and weights."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.covariates import CovariateFit
from clv._fits.design import Design, Factor
from clv._fits.fitting import Fitting

DESIGN = Design((Factor("web"), Factor("channel", ("app", "shop"))))


@pytest.fixture(scope="module")
def summary() -> pd.DataFrame:
    summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30").iloc[::3]
    odd = np.arange(len(summary)) % 2
    return summary.assign(web=odd, channel=np.where(summary["customer_id"] % 5, "app", "shop"), w=1 + odd)


def test_each_law_depends_on_its_own_columns(summary: pd.DataFrame) -> None:
    fitting = Fitting(DESIGN, purchase=("web", "channel"), spend=("channel",))
    purchases = fitting(clv.BGNBD, summary, unit="W")
    spend = fitting(clv.GammaGamma, summary, unit=None)
    assert list(purchases.coefficients) == ["purchase[web]", "purchase[channel=shop]"]
    assert list(spend.coefficients) == ["spend[channel=shop]"]
    assert purchases.design == spend.design == DESIGN
    assert purchases.own_design == DESIGN
    assert spend.own_design.columns == ("channel",)
    assert (purchases.unit, spend.unit) == ("W", None)


def test_a_law_that_depends_on_nothing_has_no_coefficients(summary: pd.DataFrame) -> None:
    fitting = Fitting(DESIGN, spend=("channel",))
    purchases = fitting(clv.BGNBD, summary, unit="W")
    assert not isinstance(purchases, CovariateFit)
    assert purchases.law == clv.fit_law(clv.BGNBD, summary, unit="W").law


def test_weights_and_prior_are_those_of_fit_law(summary: pd.DataFrame) -> None:
    prior = clv.Prior(shape=(1.0, 0.3))
    ours = Fitting(prior=prior, weights="w")(clv.BGNBD, summary, unit="W")
    theirs = clv.fit_law(clv.BGNBD, summary, unit="W", prior=prior, weights="w")
    assert ours.law == theirs.law
    assert ours.n == summary["w"].sum()
    weighed = Fitting(DESIGN, purchase=("web",), weights="w")(clv.BGNBD, summary, unit="W")
    assert weighed.effects == pytest.approx(
        clv.fit_covariates(clv.BGNBD, summary, purchase="web", weights="w").effects, abs=1e-6
    )
