"""Covariates on the rates: effects recovered, their errors, the test against the plain law, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.covariate_effects import CovariateLikelihood, effects_of
from clv._fits.data import FitData
from clv._fits.likelihood import Likelihood
from clv._laws import registry
from rfm.errors import DataError

BOTH = {"purchase": ("web", "age"), "dropout": "web"}
TRUE = {
    "bg-nbd": (
        {"purchase[web]": 0.5, "purchase[age]": 0.01, "dropout_a[web]": 0.7, "dropout_b[web]": 0.2},
        4000,
    ),
    "mbg-nbd": (
        {"purchase[web]": 0.5, "purchase[age]": 0.01, "dropout_a[web]": 0.7, "dropout_b[web]": 0.2},
        4000,
    ),
    "pareto-nbd": ({"purchase[web]": 0.5, "purchase[age]": 0.01, "dropout[web]": 0.7}, 2000),
}


def simulated(name: str, n: int, seed: int = 0, **changes: float) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    web, age = rng.integers(0, 2, n).astype(float), rng.normal(100, 30, n)
    e = TRUE[name][0] | changes
    alpha = 10 * np.exp(-e["purchase[web]"] * web - e["purchase[age]"] * (age - 100))
    if name == "pareto-nbd":
        law = clv.ParetoNBD(0.8, alpha, 0.8, 12 * np.exp(-e["dropout[web]"] * web))
    else:
        law_class = clv.BGNBD if name == "bg-nbd" else clv.MBGNBD
        law = law_class(
            0.8, alpha, 0.8 * np.exp(e["dropout_a[web]"] * web), 2.5 * np.exp(e["dropout_b[web]"] * web)
        )
    made = law.simulate(np.full(n, 60.0), rng)
    return pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T, "web": web, "age": age})


@pytest.mark.parametrize("name", list(TRUE))
def test_effects_are_found_again(name: str) -> None:
    truth, n = TRUE[name]
    table = simulated(name, n)
    fit = clv.fit_covariates(registry.registered(name), table, **BOTH, unit="W")
    assert fit.converged
    assert not fit.at_boundary
    assert (fit.n, fit.unit) == (n, "W")
    assert list(fit.effects) == list(truth)
    for effect, value in truth.items():
        assert abs(fit.effects[effect] - value) < 4 * fit.standard_errors[effect]
    test = fit.likelihood_ratio
    assert test.degrees == len(truth)
    assert test.statistic == pytest.approx(2 * (fit.log_likelihood - fit.plain.log_likelihood))
    assert fit.plain.unit == fit.unit == "W"
    assert test.p_value < 1e-10
    rows = fit.law_for(table).log_likelihood(table.frequency, table.recency, table["T"])
    assert rows.sum() == pytest.approx(fit.log_likelihood, rel=1e-10)
    assert (fit.log_covariance == fit.log_covariance.T).all()


def test_covariates_that_say_nothing_are_not_significant_more_often_than_they_should() -> None:
    p_values = []
    for seed in range(40):
        table = simulated("pareto-nbd", 300, seed, **{"purchase[web]": 0.0, "purchase[age]": 0.0})
        noise = table.assign(web=np.random.default_rng(1000 + seed).integers(0, 2, 300))
        noise["recency"], noise["T"] = table["recency"], table["T"]
        fit = clv.fit_covariates(clv.ParetoNBD, noise, purchase="web")
        p_values.append(fit.likelihood_ratio.p_value)
    assert 0 <= np.mean(np.array(p_values) < 0.05) < 0.175  # 40 draws at 5%: at most 6, with 99% probability
    assert 0.3 < np.mean(p_values) < 0.7


def test_the_first_order_of_cdnow_has_the_effect_that_was_published() -> None:
    """Abe (2009), model M2, as the R package BTYDplus estimates it in its demo `pareto-abe`.

    Its rates are lognormal instead of gamma. Per 1,000 dollars of the first order, 2.5%, median, 97.5%:
    log λ 2.47, 6.14, 8.96 and log μ −11.08, 1.70, 7.93.
    """
    tx = rfm.Transactions(rfm.datasets.cdnow_sample())
    table = clv.summarize(tx, unit="W", end="1997-09-30")
    table["first"] = table["first_order_spend"] / 1000
    fit = clv.fit_covariates(clv.ParetoNBD, table, purchase="first", dropout="first", unit="W")
    assert 2.47 < fit.effects["purchase[first]"] < 8.96
    assert -11.08 < fit.effects["dropout[first]"] < 7.93
    assert fit.effects["purchase[first]"] == pytest.approx(6.14, abs=(8.96 - 2.47) / 4)  # one of their errors
    assert fit.effects["dropout[first]"] == pytest.approx(1.70, abs=(7.93 + 11.08) / 4)


def test_the_summary_says_what_was_found() -> None:
    table = simulated("mbg-nbd", 800)
    fit = clv.fit_covariates(clv.MBGNBD, table, purchase="web", unit="W")
    lines = fit.summary().splitlines()
    assert lines[0] == "mbg-nbd: 800 customers, time in W"
    assert [line.split()[0] for line in lines[3:8]] == ["r", "alpha", "a", "b", "purchase[web]"]
    assert f"p = {fit.likelihood_ratio.p_value:.2g}" in lines[8]
    assert fit.aic == pytest.approx(10 - 2 * fit.log_likelihood)
    assert fit.bic == pytest.approx(5 * np.log(800) - 2 * fit.log_likelihood)
    for name, (low, high) in fit.interval().items():
        estimate, error = (fit.parameters | fit.effects)[name], fit.standard_errors[name]
        assert low < estimate < high
        assert (high - low) / (2 * 1.96 * error) == pytest.approx(1, rel=0.05)


@pytest.mark.parametrize("name", list(TRUE))
def test_derivatives_are_those_of_the_log_likelihood(name: str) -> None:
    law_class, table = registry.registered(name), simulated(name, 50)
    data = FitData.read(law_class, table, covariates=("web", "age"))
    plain = Likelihood.of(law_class, data.only(law_class.data_columns))
    columns = dict(zip(data.names, data.columns, strict=True))
    effects = effects_of(law_class, ("web", "age"), ("web",))
    objective = CovariateLikelihood.of(plain, effects, columns)
    point = np.concatenate([[-0.2, 0.1, 0.3, 0.8], 0.1 * np.arange(1, len(effects) + 1)])
    _, gradient, hessian = objective(point)
    for place in range(len(point)):
        step = 1e-5 * (np.arange(len(point)) == place)
        up, down = objective(point + step), objective(point - step)
        assert gradient[place] == pytest.approx((up[0] - down[0]) / 2e-5, rel=1e-5, abs=1e-5)
        assert hessian[place] == pytest.approx((up[1] - down[1]) / 2e-5, rel=1e-4, abs=1e-4)


def test_the_scale_and_centre_of_a_covariate_change_its_coefficient_only() -> None:
    table = simulated("pareto-nbd", 400)
    other = table.assign(age=(table.age - 50) / 1000)
    fit = clv.fit_covariates(clv.ParetoNBD, table, **BOTH)
    moved = clv.fit_covariates(clv.ParetoNBD, other, **BOTH)
    assert moved.log_likelihood == pytest.approx(fit.log_likelihood, rel=1e-11)
    assert moved.effects["purchase[age]"] == pytest.approx(1000 * fit.effects["purchase[age]"], rel=1e-5)
    assert moved.standard_errors["purchase[age]"] == pytest.approx(
        1000 * fit.standard_errors["purchase[age]"], rel=1e-4
    )
    assert moved.law.log_parameters[1] == pytest.approx(
        fit.law.log_parameters[1] - 50 * fit.effects["purchase[age]"], rel=1e-4
    )


def test_the_plain_law_beside_it_is_the_plain_fit() -> None:
    table = simulated("bg-nbd", 800)
    plain = clv.fit_law(clv.BGNBD, table)
    fit = clv.fit_covariates(clv.BGNBD, table, dropout=["web"])
    assert fit.plain.law.log_parameters == pytest.approx(plain.law.log_parameters, abs=1e-6)
    assert fit.log_likelihood >= plain.log_likelihood


def test_weights_stand_for_repeated_customers() -> None:
    table = simulated("pareto-nbd", 200)
    twice = clv.fit_covariates(clv.ParetoNBD, pd.concat([table, table]), purchase="web")
    weighted = clv.fit_covariates(clv.ParetoNBD, table, purchase="web", weights=np.full(200, 2))
    assert weighted.n == 400
    assert weighted.effects["purchase[web]"] == pytest.approx(twice.effects["purchase[web]"], rel=1e-6)


@pytest.mark.parametrize(
    ("law", "covariates", "change", "error", "text"),
    [
        (clv.BGNBD, {}, {}, DataError, r"No covariates. Hint: fit_covariates\(…, purchase="),
        (clv.BGBB, BOTH, {}, DataError, "No covariates for bg-bb. Hint: choose one of bg-nbd"),
        (clv.BGNBD, {"purchase": "size"}, {}, DataError, "No column 'size'"),
        (clv.BGNBD, {"purchase": "web"}, {"web": 1.0}, clv.FitError, "The covariate 'web' is constant"),
        (
            clv.BGNBD,
            BOTH,
            {"web": np.nan},
            DataError,
            "'web' must hold finite numbers; got a missing value in row 0",
        ),
        (clv.BGNBD, BOTH, {"web": "yes"}, DataError, "Column 'web' holds .*, not numbers"),
    ],
)
def test_what_cannot_be_told_is_refused(law, covariates, change, error, text: str) -> None:
    with pytest.raises(error, match=text):
        clv.fit_covariates(law, simulated("bg-nbd", 60).assign(**change), **covariates)


def test_covariates_that_follow_from_each_other_are_refused() -> None:
    table = simulated("bg-nbd", 60).assign(double=lambda t: 2 * t.age + 1)
    with pytest.raises(clv.FitError, match="are constant or collinear"):
        clv.fit_covariates(clv.BGNBD, table, purchase=["age", "double"])
