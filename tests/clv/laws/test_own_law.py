"""A user's own law, NBD: against scipy's negative binomial, published estimates, algebra and simulation."""

from __future__ import annotations

import pickle
import warnings
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
from scipy.optimize import minimize
from scipy.stats import nbinom

import clv
import rfm
from clv._fits.posterior import Posterior
from clv._report import findings
from clv._values.intervals import predictive_intervals
from clv._values.lifetime_value import discounted_purchases
from rfm.errors import DataError

X, T = np.array([0.0, 0.0, 1.0, 3.0, 12.0]), np.array([38.86, 10.0, 30.0, 38.86, 30.0])
T_X = np.array([0.0, 0.0, 12.0, 30.0, 29.0])


@pytest.fixture(scope="module")
def summary():
    return clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")


def test_its_counts_are_scipys_negative_binomial(nbd):
    law, n = nbd(0.385, 12.072), np.arange(40)
    np.testing.assert_allclose(law.pmf(n, 39.0), nbinom.pmf(n, 0.385, 12.072 / (12.072 + 39)), rtol=1e-12)
    assert law.pmf([0, 1], 0.0).tolist() == [1.0, 0.0]


def test_a_history_is_a_count_and_the_uniform_times_of_its_purchases(nbd):
    law = nbd(0.385, 12.072)
    counts = nbinom.logpmf(X, 0.385, 12.072 / (12.072 + T))
    orders = np.cumsum(np.log(np.arange(1, 13)))  # ln n!: which of the n times is which
    ordered = np.where(X > 0, orders[np.maximum(X, 1).astype(int) - 1], 0.0) - X * np.log(T)
    np.testing.assert_allclose(law.log_likelihood(X, T_X, T), counts + ordered, rtol=1e-12)


def test_nobody_leaves_and_the_future_is_that_of_the_updated_rate(nbd):
    law = nbd(0.385, 12.072)
    assert law.p_alive(X, T_X, T).tolist() == [1.0] * 5
    expected = (0.385 + X) / (12.072 + T) * 39
    np.testing.assert_allclose(law.conditional_expected_purchases(39, X, T_X, T), expected, rtol=1e-14)
    found = law.conditional_pmf(2, 39.0, X, T_X, T)
    np.testing.assert_allclose(found, nbinom.pmf(2, 0.385 + X, (12.072 + T) / (12.072 + T + 39)), rtol=1e-11)


def test_simulated_members_have_its_moments(nbd):
    made = nbd(0.8, 10.0).simulate(np.full(100_000, 20.0), np.random.default_rng(0))
    mean = 0.8 / 10 * 20
    assert made.x.mean() == pytest.approx(mean, rel=0.02)
    assert made.x.var() == pytest.approx(mean * (1 + 20 / 10), rel=0.04)
    assert made.alive.all()
    assert (made.t_x <= made.T).all()


def test_the_published_estimates_of_cdnow(nbd, summary):
    """Fader, Hardie & Lee (2005), table 2, which holds NBD beside BG/NBD and Pareto/NBD."""
    fit = clv.fit_law("nbd", summary)
    assert fit.converged
    assert fit.law.r == pytest.approx(0.385, abs=5e-4)
    assert fit.law.alpha == pytest.approx(12.072, abs=5e-4)
    assert fit.log_likelihood == pytest.approx(-9763.7, abs=0.05)


def test_a_fit_finds_the_law_behind_a_simulation(nbd):
    truth, rng = nbd(0.7, 8.0), np.random.default_rng(5)
    made = truth.simulate(rng.uniform(10, 60, 4_000), rng)
    fit = clv.fit_law(nbd, pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T}))
    for name, error in fit.standard_errors.items():
        assert abs(fit.parameters[name] - getattr(truth, name)) < 4 * error


@pytest.mark.parametrize("seed", range(6))
def test_small_samples_are_fitted_as_an_optimiser_does_it(nbd, seed):
    """A flat first maximum is held against others; this crashed for laws with one distribution of customers."""
    rng = np.random.default_rng(seed)
    made = nbd(1.0, 10.0).simulate(rng.uniform(5, 30, 12), rng)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", clv.FitWarning)  # few customers may seem all alike
        fit = clv.fit_law("nbd", pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T}))

    def cost(logs):
        r, alpha = np.exp(logs)
        return -nbinom.logpmf(made.x, r, alpha / (alpha + made.T)).sum()

    best = min(
        (minimize(cost, start, method="Nelder-Mead") for start in ([0, 2], [3, 5], [-2, 0])),
        key=lambda found: found.fun,
    )
    assert cost(np.log([fit.law.r, fit.law.alpha])) < best.fun + 1e-4


def test_customers_all_alike_are_the_limit_and_said_so(nbd):
    made = pd.DataFrame({"frequency": [3.0, 3.0, 4.0] * 20, "recency": [20.0, 25.0, 28.0] * 20, "T": 30.0})
    with pytest.warns(
        clv.FitWarning, match="r to infinity, alpha to infinity; .*all customers buy at the same rate"
    ):
        fit = clv.fit_law("nbd", made)
    assert fit.law.r / fit.law.alpha == pytest.approx(10 / 90, rel=1e-4)  # Poisson's estimate


def test_an_infinite_horizon_has_a_closed_form(nbd):
    law = nbd(0.385, 12.072).posterior(X, T_X, T)
    rates, delta = (0.385 + X) / (12.072 + T), 0.0018
    np.testing.assert_allclose(discounted_purchases(law, np.inf, delta), rates / delta, rtol=1e-10)
    part = rates * -np.expm1(-delta * 52) / delta
    np.testing.assert_allclose(discounted_purchases(law, 52.0, delta), part, rtol=1e-12)


def test_intervals_are_scipys_quantiles_where_the_parameters_are_known(nbd):
    law = nbd(0.385, 12.072)
    found = predictive_intervals([(law, None)], X, T_X, T, 0 * X, horizon=39.0, mass=0.9)
    chance = (12.072 + T) / (12.072 + T + 39)
    assert found.purchases_low.tolist() == nbinom.ppf(0.05, 0.385 + X, chance).tolist()
    assert found.purchases_high.tolist() == nbinom.ppf(0.95, 0.385 + X, chance).tolist()


def test_totals_and_forecasts_lie_where_simulated_futures_do(nbd, summary):
    law = nbd(0.385, 12.072)
    model = clv.fit_summary(summary, model=nbd)
    known = Posterior(((law, model.spend.law),) * 2)
    model = clv.CustomerModel(**{**vars(model), "draws": known, "purchases": model.purchases})
    total = model.total(horizon="39W", interval_from="law").iloc[0]
    x, t = (summary[name].to_numpy() for name in ("frequency", "T"))
    expected = (model.purchases.law.r + x) / (model.purchases.law.alpha + t) * 39
    assert total["purchases"] == pytest.approx(expected.sum(), rel=1e-12)
    futures = nbinom.rvs(
        0.385 + x,
        (12.072 + t) / (12.072 + t + 39),
        size=(2000, len(x)),
        random_state=np.random.default_rng(1),
    ).sum(axis=1)
    spread = futures.std()
    low, high = np.quantile(futures, [0.05, 0.95])
    assert total["purchases_low"] == pytest.approx(low, abs=0.25 * spread)
    assert total["purchases_high"] == pytest.approx(high, abs=0.25 * spread)
    months = model.forecast("12W", every="4W")["purchases"]
    np.testing.assert_allclose(months, expected.sum() * 4 / 39, rtol=1e-9)


def test_a_model_of_it_is_saved_and_loaded(nbd, summary, tmp_path):
    model = clv.fit_summary(summary.head(500), model="nbd")
    model.save(tmp_path / "m.json")
    loaded = clv.load(tmp_path / "m.json")
    assert loaded.purchases.law == model.purchases.law
    assert {type(law) for law, _ in loaded.draws.pairs} == {nbd}
    again = loaded.predict("12W", interval=0.9, customers=summary.head(9))
    pd.testing.assert_frame_equal(again, loaded.predict("12W", interval=0.9, customers=summary.head(9)))


def test_a_file_of_a_law_that_is_not_registered_is_refused(nbd, own_registry, summary, tmp_path):
    model = clv.fit_summary(summary.head(300), model=nbd)
    model.save(tmp_path / "m.json")
    del own_registry._known["nbd"]
    with pytest.raises(
        clv.FitError, match=r"law 'nbd' is not registered here; known are bg-nbd, .*register_law"
    ):
        clv.load(tmp_path / "m.json")
    with pytest.raises(clv.FitError, match=r"not registered as NBD.*Hint: clv\.register_law\(NBD\)"):
        model.save(tmp_path / "other.json")
    assert not (tmp_path / "other.json").exists()


def test_silence_is_never_an_alarm(nbd, summary):
    due = clv.fit_summary(summary.head(300), model="nbd").due()
    assert set(due["due_note"]) == {"never in doubt"}


def test_it_is_tested_and_tabled_like_any_other(nbd):
    log = rfm.datasets.cdnow_sample()
    tx = log[log["customer_id"] % 4 == 0]
    tested = clv.backtest(tx, "39W", models=[nbd, "bg-nbd"], baselines=False).table
    assert set(tested["model"]) == {"nbd", "bg-nbd"}
    own = tested.set_index("model").loc["nbd"]
    assert own["bias"] > 0.2  # who never leaves buys too much
    table = clv.customer_table(tx, model="nbd", horizon="4W")
    assert (table["p_alive"] == 1).all()
    checks = clv.check(tx, model=nbd)
    assert checks["finding"].iloc[-1].startswith("nbd, fitted up to")


def test_a_report_tests_it_beside_the_laws_of_the_house(nbd, monkeypatch):
    asked = []
    monkeypatch.setattr(findings, "run", lambda test, days, laws, *rest: asked.append(list(laws)))
    tx, scheme = rfm.Transactions(rfm.datasets.cdnow_sample()), rfm.Scheme.load("classic")
    refits = SimpleNamespace(
        tx=tx, few=lambda last: True
    )  # nothing is fitted: the laws that are asked for count
    for law in (nbd, clv.BGNBD, clv.BGBB):
        terms = SimpleNamespace(last=tx.last_day, scheme=scheme, spend_orders="repeat", attributes=None)
        findings._backtest(refits, terms, law, None)
    house = ["bg-nbd", "mbg-nbd", "pareto-nbd"]
    assert asked == [[*house, "nbd"], house, house]


def test_a_picture_of_its_rates_and_none_of_a_dropout(nbd):
    law = nbd(0.385, 12.072)
    shares = clv.plot.heterogeneity_data(law)["share"]
    assert shares.sum() == pytest.approx(1)
    with pytest.raises(DataError, match=r'nbd has no distribution of dropout\. Hint: of="purchases"'):
        clv.plot.heterogeneity(law, "dropout")


def test_covariates_act_on_its_rate(nbd):
    rng = np.random.default_rng(2)
    web = rng.integers(0, 2, 4_000).astype(float)
    made = nbd(1.0, 20.0 * np.exp(-0.7 * web)).simulate(np.full(4_000, 40.0), rng)
    table = pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T, "web": web})
    fit = clv.fit_covariates("nbd", table, purchase="web")
    assert fit.effects["purchase[web]"] == pytest.approx(0.7, abs=4 * fit.standard_errors["purchase[web]"])
    with pytest.raises(
        DataError, match=r"nbd has no dropout that could depend on web\. Hint: leave out dropout="
    ):
        clv.fit_covariates(nbd, table, dropout="web")


def test_another_package_has_no_fitter_of_it(nbd, summary):
    with pytest.raises(DataError, match=r'lifetimes has no fitter for nbd\. Hint: engine="native"'):
        clv.fit_summary(summary, model="nbd", engine="lifetimes")


def test_a_law_of_an_importable_module_travels_by_pickle(nbd):
    law = nbd(0.385, 12.072)
    assert pickle.loads(pickle.dumps(law)) == law


def test_customers_of_any_engine_are_predicted_for(nbd, summary, constructor, to_pandas, monkeypatch):
    """Workers need the law's code: of an installed package they have it; else it is sent along by value."""
    import sys

    for name in ("cloudpickle", "pyspark.cloudpickle"):
        if name in sys.modules:
            sys.modules[name].register_pickle_by_value(sys.modules["own_law"])
    some = summary.head(60)
    model = clv.fit_summary(summary.head(300), model="nbd")
    found = to_pandas(model.predict("12W", customers=constructor(some))).sort_values("customer_id")
    wanted = model.predict("12W", customers=some)
    np.testing.assert_allclose(found["expected_purchases"], wanted["expected_purchases"], rtol=1e-12)
