"""A law with only the required methods works like one with its own derivatives, tables and time scales."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import numpy as np
import pytest

import clv
import rfm
from clv._fits.data import FitData
from clv._fits.likelihood import Likelihood
from clv._fits.search import _corners
from clv._laws.purchase_law import PurchaseLaw
from clv._values.lifetime_value import discounted_purchases

NEEDED = ("log_likelihood", "log_p_alive", "posterior", "expected_purchases", "log_pmf", "simulate")


def bare(full: type, name: str) -> type:
    """A law with the declarations and the formulas of another, and nothing of what makes it fast."""

    def asking(method: str):
        return lambda self, *given: getattr(full(*(getattr(self, k) for k in full.parameters)), method)(
            *given
        )

    members = {method: asking(method) for method in NEEDED}
    members |= {"name": name, "mixing": full.mixing, "discrete": full.discrete}
    members |= {"parameters": full.parameters, "time_parameters": full.time_parameters, "scaled": full.scaled}
    members["__annotations__"] = dict.fromkeys(full.parameters, float)
    return dataclass(frozen=True)(type(name, (PurchaseLaw,), members))


LAWS = [clv.BGNBD(0.243, 4.414, 0.793, 2.426), clv.MBGNBD(0.525, 6.183, 0.891, 1.614),
        clv.ParetoNBD(0.553, 10.578, 0.606, 11.669), clv.GGompertzNBD(0.55, 10.6, 0.02, 0.6, 0.5),
        clv.BGBB(1.204, 0.750, 0.657, 2.783)]  # fmt: skip
WEEKS = np.array([(0, 0, 38.86), (1, 1.71, 38.86), (7, 29.43, 38.86), (26, 30.86, 31), (200, 30, 31)]).T
PERIODS = np.array([(0, 0, 6), (1, 6, 6), (4, 5, 6), (6, 6, 6), (2, 3, 5)], dtype=float).T


def histories(law: PurchaseLaw) -> np.ndarray:
    return PERIODS if law.discrete else WEEKS


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
@pytest.mark.parametrize("factor", [1.0, 1e-3, 1e4])
def test_numerical_derivatives_are_those_of_algebra(law, factor):
    law = type(law).from_log(law.log_parameters + np.log(factor) * (np.arange(len(law.parameters)) < 2))
    value, gradient, hessian = PurchaseLaw.derivatives(law, *histories(law))
    exact = law.derivatives(*histories(law))
    scale = np.maximum(np.abs(value), 1.0)
    np.testing.assert_allclose(value, exact[0], rtol=1e-13)
    np.testing.assert_allclose(gradient / scale, exact[1] / scale, rtol=1e-9, atol=1e-9)
    np.testing.assert_allclose(hessian / scale, exact[2] / scale, rtol=1e-7, atol=1e-7)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_parameters_of_each_row_have_derivatives_of_their_own(law):
    rows = law.log_parameters[:, None] + np.linspace(-0.3, 0.3, 5)
    many = type(law).from_log(rows)
    found, exact = PurchaseLaw.derivatives(many, *histories(law)), many.derivatives(*histories(law))
    np.testing.assert_allclose(found[1], exact[1], rtol=1e-8, atol=1e-8)
    np.testing.assert_allclose(found[2], exact[2], rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("law", "ll"),
    [
        pytest.param(LAWS[0], -9582.429, id="bg-nbd"),
        pytest.param(
            next(law for law in LAWS if law.name == "bg-bb"), None, id="bg-bb", marks=pytest.mark.slow
        ),
    ],
)
def test_the_bare_law_has_the_same_maximum(law, ll):
    sample = rfm.datasets.cdnow_sample()
    discrete = "M" if law.discrete else None
    summary = clv.summarize(sample, unit="W", end="1997-09-30", discrete=discrete)
    if law.discrete:
        summary = summary.head(250)
    own, plain = clv.fit_law(type(law), summary), clv.fit_law(bare(type(law), "bare"), summary)
    assert plain.converged
    np.testing.assert_allclose(plain.law.log_parameters, own.law.log_parameters, atol=1e-6)
    np.testing.assert_allclose(plain.log_covariance, own.log_covariance, rtol=1e-3)
    if ll is not None:
        assert plain.log_likelihood == pytest.approx(ll, abs=5e-4)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_discounting_and_tables_need_nothing_of_the_law(law):
    plain = bare(type(law), "bare")(*(getattr(law, name) for name in law.parameters))
    for horizon, delta in ((52.0, 0.0018), (np.inf, 0.0018), (520.0, -0.001)):
        own = discounted_purchases(law, horizon, delta)
        assert discounted_purchases(plain, horizon, delta) == pytest.approx(own, rel=1e-9)
    if not law.discrete:
        np.testing.assert_allclose(plain.pmf_table(30, 26.0), law.pmf_table(30, 26.0), atol=1e-11)
        ratio = plain.clock() / law.clock()
        assert 1 / 30 < ratio < 30


def test_a_law_is_told_by_any_number_of_distributions():
    """The corners of three distributions are eight, and of none there are none."""
    three = bare(clv.BGNBD, "three")
    more = (*clv.BGNBD.mixing, clv.Gamma("u", "v", of="dropout"))

    @dataclass(frozen=True)
    class Three(three):
        u: float = 1.0
        v: float = 1.0
        name: ClassVar[str] = "three"
        mixing: ClassVar[tuple] = more

    assert Three.parameters == ("r", "alpha", "a", "b", "u", "v")
    assert Three.time_parameters == ("alpha", "v")
    corners = _corners(Three, np.zeros(6))
    assert len(corners) == 8
    assert len({tuple(corner) for corner in corners}) == 8
    assert _corners(clv.GammaGamma, np.zeros(3)) == []


def test_a_parameter_of_no_distribution_has_a_weak_prior_too():
    @dataclass(frozen=True)
    class Regular(bare(clv.BGNBD, "regular")):
        k: float = 1.0
        name: ClassVar[str] = "regular"
        parameters: ClassVar[tuple] = ("r", "alpha", "a", "b", "k")

    at = np.array([0.1, 0.2, 0.3, 0.4, 1.5])
    value, gradient, hessian = clv.Prior().log_density(Regular, at)
    rest = clv.Prior().log_density("bg-nbd", at[:4])
    assert value - rest[0] == pytest.approx(-0.5 * (1.5 / 3) ** 2 - np.log(3 * np.sqrt(2 * np.pi)))
    assert gradient[4] == pytest.approx(-1.5 / 9)
    assert hessian[4, 4] == pytest.approx(-1 / 9)


@pytest.mark.parametrize("law", LAWS, ids=lambda law: law.name)
def test_default_starts_expect_what_the_data_have(law):
    rng = np.random.default_rng(4)
    made = law.simulate(np.full(2_000, 20.0), rng)
    law_class = bare(type(law), "bare")
    starts = law_class.starts(made.x, made.t_x, made.T, np.ones(2_000))
    assert len(starts) == 2 ** len(law.mixing)
    for start in starts:
        expected = float(law_class.from_log(start).expected_purchases(20.0))
        assert expected == pytest.approx(made.x.mean(), rel=0.35)


def test_a_likelihood_knows_its_units_from_the_law():
    table = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    time = Likelihood.of(clv.BGNBD, FitData.read(clv.BGNBD, table))
    assert time.scale == pytest.approx(table["T"].mean())
    periods = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30", discrete="M")
    assert Likelihood.of(clv.BGBB, FitData.read(clv.BGBB, periods)).scale == 1.0


def test_customers_who_are_alike_in_leaving_leave(nbd):
    """A dropout that is the same for all is in no distribution, and is there nevertheless."""

    @dataclass(frozen=True)
    class Alike(nbd):
        hazard: float = 0.1
        name: ClassVar[str] = "alike"
        parameters: ClassVar[tuple] = ("r", "alpha", "hazard")

        def log_p_alive(self, x, t_x, T):
            return -self.hazard * (np.asarray(T) - np.asarray(t_x))

    assert Alike.has_dropout()
    assert Alike.may_leave([0, 3]).all()
    assert not nbd.has_dropout()
    assert not nbd.may_leave([0, 3]).any()
