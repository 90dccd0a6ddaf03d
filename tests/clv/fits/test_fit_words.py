"""Texts of fits all have keys: in another language no English is left between the values."""

from __future__ import annotations

import itertools
import re

import numpy as np
import pandas as pd
import pytest

import clv
from clv._fits.boundary import End, Lives, fit_warnings
from clv._fits.maximise import Maximum
from clv._fits.population_mean import spend_warnings
from clv._fits.posterior import NORMAL
from clv._fits.spend_fit import fit_spend
from rfm._words import declared, translate

FAR = 20.0
LAWS = {
    "bg-nbd": clv.BGNBD(1.0, 1.0, 1.0, 1.0),
    "mbg-nbd": clv.MBGNBD(1.0, 1.0, 1.0, 1.0),
    "pareto-nbd": clv.ParetoNBD(1.0, 1.0, 1.0, 1.0),
    "bg-bb": clv.BGBB(1.0, 1.0, 1.0, 1.0),
    "gamma-gamma": clv.GammaGamma(1.0, 2.0, 1.0),
}
BOUGHT, LEFT, KEPT_ON = (0.0, 0.5), (0.0, 0.005, 0.05, 0.5, 1.0), (0.5, 1.0)


def marked(text):
    """A template whose own words stand between « and »; what is filled in does not."""
    return re.sub(r"[^{}]+(?![^{]*\})", lambda found: f"«{found[0]}»", text)


@pytest.fixture(scope="module")
def language():
    return {key: marked(text) for key, text in declared().items()}


def english_in(text, language, alike):
    result = re.sub(r"«[^»]*»", " ", translate(text, language))
    return set(re.findall(r"[a-zA-Z-]{2,}", result)) - set(alike)


@pytest.mark.parametrize("name", LAWS)
def test_boundaries_of_every_law(name, language):
    law, result = LAWS[name], set()
    zeros = np.zeros((len(law.parameters), len(law.parameters)))
    for ends in itertools.product((None, "0", "∞", "?"), repeat=len(law.parameters)):
        gone = {parameter: end for parameter, end in zip(law.parameters, ends, strict=True) if end}
        theta = np.array([{"0": -FAR, "∞": FAR}.get(end, 0.0) for end in ends])
        maximum = Maximum(theta, 0.0, theta, zeros, 0.1, False, 9)
        for bought, left, kept_on in itertools.product(BOUGHT, LEFT, KEPT_ON):
            lives = None if name == "gamma-gamma" else Lives(left, 100.0, bought, kept_on)
            result.update(fit_warnings(law, gone, maximum, lives))
    assert len(result) > 20
    for text in sorted(result):
        assert english_in(text, language, [name, *law.parameters]) == set(), text


def test_the_ends_of_covariates_are_no_words_of_the_report():
    """Reports fit no covariates; their sentences stay English."""
    end = End("dropout", "customers with web = 1", Lives(0.0, 9.0, 0.5, 1.0))
    assert end.words() == "customers with web = 1 do not leave"


@pytest.mark.parametrize("q", [0.5, 1.01])
def test_a_spend_law_without_a_mean(q, language):
    [text] = spend_warnings(clv.GammaGamma(2.0, q, 10.0), np.eye(3) * 0.1, 30.0)
    assert english_in(text, language, []) == set()


@pytest.mark.filterwarnings("ignore::clv.FitWarning")
@pytest.mark.parametrize("repeat", [[], [9.0, 9.0], [8.0], [0.0]])
def test_spend_that_is_valued_at_one_number(repeat, language):
    orders = [*repeat, *[0.0] * 3]
    table = {
        "frequency": [1.0] * len(repeat) + [0.0] * 3,
        "monetary_value": orders,
        "first_order_spend": -5.0,
    }
    [text] = fit_spend(pd.DataFrame(table), None).warnings
    assert english_in(text, language, ["constant-spend"]) == set()


def test_draws_of_a_model_that_holds_none(language):
    assert english_in(NORMAL, language, []) == set()
