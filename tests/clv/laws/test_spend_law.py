"""A user's own spend law: orders of a customer are exponential, their mean inverse-gamma over customers."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import ClassVar

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._values.spend_tails import tails


@dataclass(frozen=True)
class Exponential(clv.SpendLaw):
    """Gamma-Gamma with p = 1, and nothing of what that law knows beside its formulas."""

    q: float
    gamma: float

    name: ClassVar[str] = "exponential"
    parameters: ClassVar[tuple] = ("q", "gamma")
    money_parameters: ClassVar[tuple] = ("gamma",)

    def _asked(self, method, *given):
        return getattr(clv.GammaGamma(1.0, self.q, self.gamma), method)(*given)

    def log_likelihood(self, x, m):
        return self._asked("log_likelihood", x, m)

    def posterior(self, x, m):
        updated = self._asked("posterior", x, m)
        return Exponential(updated.q, updated.gamma)

    def expected_spend(self, x=0, m=0.0):
        return self._asked("expected_spend", x, m)

    def total_spend_cdf(self, value, n):
        return self._asked("total_spend_cdf", value, n)

    def total_spend_quantile(self, probability, n):
        return self._asked("total_spend_quantile", probability, n)

    def simulate(self, orders, rng):
        return self._asked("simulate", orders, rng)

    @classmethod
    def starts(cls, x, m, weights):
        return [np.array([np.log(3.0), np.log(3.0 * np.average(m, weights=weights))])]


def test_the_law_behind_a_simulation_is_found():
    truth, rng = Exponential(3.0, 60.0), np.random.default_rng(1)
    orders = rng.integers(1, 6, 5_000)
    spent = truth.simulate(orders, rng)
    mean = np.bincount(np.repeat(np.arange(5_000), orders), spent) / orders
    fit = clv.fit_law(Exponential, pd.DataFrame({"frequency": orders, "monetary_value": mean}))
    assert fit.converged
    for name, error in fit.standard_errors.items():
        assert abs(fit.parameters[name] - getattr(truth, name)) < 4 * error
    free = clv.fit_law(clv.GammaGamma, pd.DataFrame({"frequency": orders, "monetary_value": mean}))
    assert free.law.p == pytest.approx(1, abs=4 * free.standard_errors["p"])
    assert 0 <= 2 * (free.log_likelihood - fit.log_likelihood) < 15  # one parameter more


@pytest.mark.parametrize("x", [0.0, 1.0, 30.0])
def test_what_orders_are_worth_needs_nothing_of_gamma_gamma(x):
    """The scale differs by a factor, the amounts do not."""
    own, known = Exponential(3.0, 60.0), clv.GammaGamma(1.0, 3.0, 60.0)
    m = 20.0 if x else 0.0
    amounts, n = np.array([5.0, 40.0, 300.0]), np.array([[1.0], [4.0]])
    beyond = [law.total_beyond(amounts / law.own_scale(x, m), n, x) for law in (own, known)]
    np.testing.assert_allclose(*beyond, rtol=1e-10)
    for probability in (1e-6, 0.5, 1 - 1e-6):
        places = [law.total_place(probability, 4, x) + np.log(law.own_scale(x, m)) for law in (own, known)]
        assert places[0] == pytest.approx(places[1], rel=1e-7)


def test_its_tails_hold_simulated_orders():
    law, rng = Exponential(3.0, 60.0), np.random.default_rng(2)
    pmf = np.array([[[0.5, 0.3, 0.2]]])
    table = tails(pmf, [law], 2.0)
    counts = rng.choice(3, 200_000, p=pmf[0, 0])
    member = law.posterior(2.0, 30.0)
    worth = np.bincount(np.repeat(np.arange(200_000), counts), member.simulate(counts, rng), 200_000)
    for amount in (10.0, 60.0, 200.0):
        log_u = np.log(amount / law.own_scale(2.0, 30.0)) * np.ones(1)
        found = table.spend_beyond(0, np.zeros(1, dtype=int), log_u)[0]
        assert found == pytest.approx((worth > amount).mean(), abs=0.005)


def test_a_model_predicts_with_it_and_is_kept(nbd, tmp_path):
    clv.register_law(Exponential)
    summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30").head(250)
    model = clv.fit_summary(summary, nbd, value_per_order=1.0)
    own = replace(model, spend=clv.fit_law("exponential", summary))
    some = summary.head(12)
    result = own.predict("12W", interval=0.9, customers=some)
    assert set(result["spend_from"]) == {"own orders", "population"}
    law, x, m = own.spend.law, some["frequency"], some["monetary_value"]
    np.testing.assert_allclose(result["expected_spend"], (law.gamma + x * m) / (law.q + x - 1), rtol=1e-12)
    assert (result["clv_high"] >= result["clv_low"]).all()
    total = own.total(horizon="12W", customers=some)["clv"].iloc[0]
    assert total == pytest.approx(result["clv"].sum(), rel=1e-9)
    own.save(tmp_path / "m.json")
    loaded = clv.load(tmp_path / "m.json")
    assert loaded.spend.law == law
    assert {type(spend) for _, spend in loaded.draws.pairs} == {Exponential}
