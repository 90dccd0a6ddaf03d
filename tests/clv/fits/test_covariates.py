"""Covariates on the rates: effects recovered, their errors, the test against the plain law, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.covariate_effects import CovariateLikelihood, effects_of, spend_effects
from clv._fits.covariates import CovariateFit, fit_effects
from clv._fits.data import FitData
from clv._fits.design import Design, Factor
from clv._fits.likelihood import Likelihood
from clv._fits.maximise import maximise
from clv._fits.posterior_draws import draw_around
from clv._fits.profile_likelihood import profile_intervals
from clv._fits.search import gain_worth
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


@pytest.mark.nightly
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


def spending(n: int, seed: int = 0) -> pd.DataFrame:
    """Mean orders of customers whose orders are e^0.4 times dearer if they buy in the web."""
    rng = np.random.default_rng(seed)
    web, x = rng.integers(0, 2, n).astype(float), rng.integers(0, 6, n)
    orders = clv.GammaGamma(5.0, 4.0, 20.0 * np.exp(0.4 * web)).simulate(x, rng)
    mean = np.bincount(np.repeat(np.arange(n), x), orders, n) / np.maximum(x, 1)
    return pd.DataFrame({"frequency": x, "monetary_value": mean, "web": web})


WEB = Design((Factor("web"),))


def spend_fit(table: pd.DataFrame, prior: clv.Prior | None = None) -> CovariateFit:
    data = FitData.read(clv.GammaGamma, table, design=WEB)
    return fit_effects(clv.GammaGamma, data, WEB, spend=("web",), prior=prior)


def test_the_effect_on_spend_is_found_again() -> None:
    table = spending(4000)
    fit = spend_fit(table)
    assert fit.converged
    assert list(fit.effects) == ["spend[web]"]
    assert abs(fit.effects["spend[web]"] - 0.4) < 4 * fit.standard_errors["spend[web]"]
    for name, value in {"p": 5.0, "q": 4.0, "gamma": 20.0}.items():
        assert abs(fit.parameters[name] - value) < 4 * fit.standard_errors[name]
    buyers = table[table["frequency"] > 0]
    rows = fit.law_for(buyers).log_likelihood(buyers["frequency"], buyers["monetary_value"])
    assert np.sum(rows) == pytest.approx(fit.log_likelihood, rel=1e-10)
    assert fit.likelihood_ratio.p_value < 1e-10
    assert fit.mean_factor == pytest.approx(np.exp(fit.effects["spend[web]"] * table["web"]).mean())
    mean = np.average(
        buyers["monetary_value"] * np.exp(fit.effects["spend[web]"] * (fit.centre[0] - buyers["web"])),
        weights=buyers["frequency"],
    )
    assert fit.mean_order == pytest.approx(mean)


def test_the_density_of_spend_is_that_of_the_paper_with_another_scale() -> None:
    """Fader & Hardie (2013), eq. 1a, in 40 digits, with γ·exp(βz)."""
    mpmath = pytest.importorskip("mpmath")
    table = spending(40)
    fit = spend_fit(table)
    with mpmath.workdps(40):
        total = mpmath.mpf(0)
        p, q = (mpmath.mpf(fit.parameters[name]) for name in "pq")
        for x, m, web in table[table["frequency"] > 0].itertuples(index=False):
            x, m = int(x), mpmath.mpf(m)
            gamma = mpmath.mpf(fit.parameters["gamma"]) * mpmath.exp(
                mpmath.mpf(fit.effects["spend[web]"]) * int(web)
            )
            ln = (
                mpmath.loggamma(p * x + q)
                - mpmath.loggamma(p * x)
                - mpmath.loggamma(q)
                + q * mpmath.log(gamma)
            )
            ln += (
                (p * x - 1) * mpmath.log(m) + p * x * mpmath.log(x) - (p * x + q) * mpmath.log(gamma + x * m)
            )
            total += ln
    assert fit.log_likelihood == pytest.approx(float(total), rel=1e-11)


def test_orders_in_cents_are_dearer_by_a_hundred_and_nothing_else_changes() -> None:
    table = spending(600)
    cents = table.assign(monetary_value=table["monetary_value"] * np.where(table["web"] > 0, 100.0, 1.0))
    fit, other = spend_fit(table), spend_fit(cents)
    assert other.effects["spend[web]"] == pytest.approx(fit.effects["spend[web]"] + np.log(100), abs=1e-6)
    assert other.law.log_parameters == pytest.approx(fit.law.log_parameters, abs=1e-5)
    buyers = int(((table["frequency"] > 0) & (table["web"] > 0)).sum())
    assert other.log_likelihood == pytest.approx(fit.log_likelihood - buyers * np.log(100), rel=1e-9)


def test_customers_whose_time_is_in_days_differ_by_the_length_of_a_week_and_nothing_else() -> None:
    """Pareto/NBD with both coefficients is in the group's unit of time: each moves by −ln 7."""
    table = simulated("pareto-nbd", 800)
    days = np.where(table["web"] > 0, 7.0, 1.0)
    other = table.assign(recency=table["recency"] * days, T=table["T"] * days)
    fit, moved = (
        clv.fit_covariates(clv.ParetoNBD, each, purchase="web", dropout="web") for each in (table, other)
    )
    for name in fit.effects:
        assert moved.effects[name] == pytest.approx(fit.effects[name] - np.log(7), abs=1e-5)
    assert moved.law.log_parameters == pytest.approx(fit.law.log_parameters, abs=1e-5)
    purchases = float(table.loc[table["web"] > 0, "frequency"].sum())
    assert moved.log_likelihood == pytest.approx(fit.log_likelihood - purchases * np.log(7), rel=1e-9)


def objective(name: str, table: pd.DataFrame, prior: clv.Prior | None = None) -> CovariateLikelihood:
    law_class = registry.registered(name)
    data = FitData.read(law_class, table, design=WEB)
    if name == "gamma-gamma":
        data, effects = data.where(data.columns[0] > 0), spend_effects(clv.GammaGamma, ("web",))
    else:
        effects = effects_of(law_class, ("web",), ("web",))
    columns = dict(zip(data.names, data.columns, strict=True))
    plain = Likelihood.of(law_class, data.only(law_class.data_columns), prior)
    return CovariateLikelihood.of(plain, effects, columns)


@pytest.mark.parametrize("name", [*TRUE, "gamma-gamma"])
def test_few_kinds_of_customers_are_summed_kind_by_kind(name: str) -> None:
    """The same sums and derivatives as row by row, whose derivatives are differences of the value."""
    table = spending(2_500) if name == "gamma-gamma" else simulated(name, 2_500)
    both = objective(name, table, clv.Prior())
    assert len(both.patterns) == 2
    rows = CovariateLikelihood(both.plain, both.effects, both.z, both.centre, both.spread, both.terms)
    k = len(both.law_class.parameters)
    point = np.concatenate([np.linspace(-0.3, 0.6, k), 0.1 * np.arange(1, len(both.effects) + 1)])
    for ours, theirs in zip(both(point), rows(point), strict=True):
        np.testing.assert_allclose(ours, theirs, rtol=1e-8, atol=1e-6)
    assert rows.values(point[None])[0] == pytest.approx(both(point)[0], rel=1e-11)
    assert both.values(np.stack([point, point + 0.1])) == pytest.approx(
        [both(point)[0], both(point + 0.1)[0]], rel=1e-11
    )
    for place in range(len(point)):
        step = 1e-5 * (np.arange(len(point)) == place)
        up, down = both(point + step), both(point - step)
        assert both(point)[1][place] == pytest.approx((up[0] - down[0]) / 2e-5, rel=1e-5, abs=1e-3)
        np.testing.assert_allclose(both(point)[2][place], (up[1] - down[1]) / 2e-5, rtol=1e-4, atol=1e-2)


def test_a_prior_holds_a_coefficient_that_nothing_else_holds() -> None:
    """Of the customers with web = 1 nobody comes back: without a prior the coefficient has no maximum."""
    table = simulated("pareto-nbd", 200)
    silent = table["web"] > 0
    table.loc[silent, ["frequency", "recency"]] = 0.0
    data = FitData.read(clv.ParetoNBD, table, design=WEB)
    free, held = (
        fit_effects(clv.ParetoNBD, data, WEB, purchase=("web",), prior=prior) for prior in (None, clv.Prior())
    )
    assert free.at_boundary
    assert held.converged
    assert not held.at_boundary
    assert free.effects["purchase[web]"] < held.effects["purchase[web]"] < -2
    assert held.log_likelihood < free.log_likelihood  # of the data alone, without the prior


def test_draws_have_the_errors_of_the_fit() -> None:
    """With many customers the posterior is nearly normal around the estimates."""
    both = objective("pareto-nbd", simulated("pareto-nbd", 1_500), clv.Prior())
    start = np.zeros(4 + len(both.effects))
    mode = maximise(both, start, gain_worth(both.data.n))
    drawn = draw_around(both, mode, 400, np.random.default_rng(0))
    assert drawn.k_hat < 0.7
    points = np.array([law.log_parameters for law in drawn.laws])
    back = both.to_raw()
    error = np.sqrt(np.diag(back @ np.linalg.inv(-mode.hessian) @ back.T))
    centre = both.law(mode.theta).log_parameters
    assert (np.abs(points.mean(axis=0) - centre) < 0.5 * error).all()
    assert points.std(axis=0) == pytest.approx(error, rel=0.25)
    assert both.theta(both.law(mode.theta)) == pytest.approx(mode.theta, abs=1e-9)


def test_one_kind_of_customer_has_one_law() -> None:
    table = simulated("bg-nbd", 300)
    fit = clv.fit_covariates(clv.BGNBD, table, purchase="web", dropout="age")
    one, all_ = fit.law_for({"web": 1, "age": 100.0}), fit.law_for(table.assign(web=1.0, age=100.0))
    assert one.alpha == pytest.approx(fit.law.alpha * np.exp(-fit.effects["purchase[web]"]))
    assert one.log_parameters[:, None] == pytest.approx(np.asarray(all_.log_parameters)[:, :1])
    with pytest.raises(DataError, match="no column 'age'"):
        fit.law_for({"web": 1})


def test_a_profile_is_of_one_law() -> None:
    table = simulated("bg-nbd", 100)
    fit = clv.fit_covariates(clv.BGNBD, table, purchase="web")
    with pytest.raises(DataError, match=r"this fit has coefficients of covariates\. Hint: fit\.interval"):
        profile_intervals(fit, table)
