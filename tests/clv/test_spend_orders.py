"""The orders that the spend law reads: the fit, what is known of customers, and every answer of a model."""

from __future__ import annotations

from dataclasses import replace

import mpmath
import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.posterior import draw_pairs
from clv._spend_orders import own_orders
from clv._values.expected_ahead import Expectations
from clv._values.forecast import expected_by_period
from rfm._frames.mapping import to_pandas

SPEND = clv.GammaGamma(p=4.0, q=4.0, gamma=20.0)
LAW = clv.BGNBD(r=0.6, alpha=6.0, a=0.7, b=2.5)
END = "1997-09-30"


def shop(customers, seed, first=1.0):
    """A summary of simulated customers, with their own mean spends; first orders may be worth less or more."""
    rng = np.random.default_rng(seed)
    T = rng.uniform(20, 80, customers)
    made = LAW.simulate(T, rng)
    x = np.bincount(made.customer, minlength=customers)
    last = np.zeros(customers)
    np.maximum.at(last, made.customer, made.times)
    rate = rng.gamma(SPEND.q, 1 / SPEND.gamma, customers)
    repeat = np.where(x > 0, rng.gamma(SPEND.p * np.maximum(x, 1)) / rate, 0.0)
    table = pd.DataFrame(
        {
            "customer_id": np.arange(customers),
            "frequency": x,
            "recency": last,
            "T": T,
            "monetary_value": repeat / np.maximum(x, 1),
            "first_order_spend": first * rng.gamma(SPEND.p, size=customers) / rate,
            "unit": "W",
        }
    )
    return table, SPEND.p / rate


@pytest.fixture(scope="module")
def summary():
    return clv.summarize(rfm.datasets.cdnow_sample(), end=END)


def drawn(model):
    """The model with normal draws around its estimates, which take no time."""
    return replace(model, draws=draw_pairs(model.purchases, model.spend, None, 20, 0))


@pytest.fixture(scope="module")
def model(summary):
    return drawn(clv.fit_summary(summary, spend_orders="all"))


def test_parameters_are_those_of_the_customers_and_of_repeat_orders():
    table, _ = shop(8_000, 1)
    fit = clv.fit_summary(table, spend_orders="all").spend
    apart = (fit.law.log_parameters - SPEND.log_parameters) / np.sqrt(np.diag(fit.log_covariance))
    assert np.abs(apart).max() < 3
    assert fit.parameters == clv.fit_summary(table).spend.parameters


def test_what_one_time_buyers_spend_is_calibrated():
    """By tenths of the prediction, the mean of their true means is the predicted one."""
    table, mean = shop(15_000, 2)
    predicted = clv.fit_summary(table, spend_orders="all").predict("26W")["expected_spend"].to_numpy()
    once = (table["frequency"] == 0).to_numpy()
    tenth = pd.qcut(predicted[once], 10, labels=False)
    by = pd.DataFrame({"tenth": tenth, "predicted": predicted[once], "mean": mean[once]}).groupby("tenth")
    error = by["mean"].std() / np.sqrt(by.size())
    z = (by["mean"].mean() - by["predicted"].mean()) / error
    assert np.abs(z).max() < 4
    assert by["predicted"].mean().iloc[-1] > 3 * by["predicted"].mean().iloc[0]


def test_what_is_expected_of_a_customer_is_that_of_every_order_by_brute_force(model, summary):
    """The posterior mean of p/ν, from the densities of a customer's orders, integrated with 20 digits."""
    p, q, gamma = (
        mpmath.mpf(float(v)) for v in (model.spend.law.p, model.spend.law.q, model.spend.law.gamma)
    )
    rows = summary[(summary["frequency"] < 4) & (summary["first_order_spend"] > 0)].iloc[::300]
    predicted = model.predict("4W", customers=rows)["expected_spend"].to_numpy()
    assert set(rows["frequency"]) >= {0, 1}
    columns = rows[["frequency", "monetary_value", "first_order_spend"]]
    with mpmath.workdps(20):
        for (x, m, first), expected in zip(columns.itertuples(index=False), predicted, strict=True):
            orders = [mpmath.mpf(first), *[mpmath.mpf(m)] * int(x)]  # only their sum matters

            def weight(rate, power, orders=orders):
                seen = mpmath.fprod(rate**p * z ** (p - 1) * mpmath.exp(-rate * z) for z in orders)
                return seen * rate ** (q - 1) * mpmath.exp(-gamma * rate) * (p / rate) ** power

            peak = (p * len(orders) + q) / (sum(orders) + gamma)
            ends = [0, peak / 2, peak, 2 * peak, 6 * peak, mpmath.inf]
            whole, mean = (mpmath.quad(lambda rate, k=k: weight(rate, k), ends) for k in (0, 1))
            assert expected == pytest.approx(float(mean / whole), rel=1e-10)


def test_known_orders():
    x, m, first = (
        np.array([2.0, 0.0, 1.0, 0.0, 3.0]),
        np.array([30.0, 0, 8, 0, 0]),
        np.array([60.0, 10, 0, 0, 12]),
    )
    n, mean = own_orders(x, m, first)
    assert n.tolist() == [3, 1, 2, 0, 4]  # the fourth had a free order only
    assert mean.tolist() == [40, 10, 4, 0, 3]
    n, mean = own_orders(x, m)
    assert n.tolist() == [2, 0, 1, 0, 0]
    assert mean.tolist() == [30, 0, 8, 0, 0]
    assert (
        own_orders(np.array([1.0]), np.array([2.0]), np.array([-9.0]))[0] == 0
    )  # a loss, where returns are kept


def test_one_time_buyers_are_valued_by_their_order(model, summary):
    predicted = model.predict("39W", 0.0)
    x, first, m = (summary[c].to_numpy(float) for c in ("frequency", "first_order_spend", "monetary_value"))
    p, q, gamma = model.spend.law.p, model.spend.law.q, model.spend.law.gamma
    once = (x == 0) & (first > 0)
    assert predicted["expected_spend"][once].to_numpy() == pytest.approx(
        p * (gamma + first[once]) / (p + q - 1)
    )
    many = (x > 0) & (first + x * m > 0)
    expected = p * (gamma + first + x * m) / (p * (x + 1) + q - 1)
    assert predicted["expected_spend"][many].to_numpy() == pytest.approx(expected[many])
    assert set(predicted["spend_from"][once | many]) == {"own orders"}
    free = ~(once | many)
    assert free.any()
    assert set(predicted["spend_from"][free]) == {"population"}
    assert predicted["expected_spend"][free].to_numpy() == pytest.approx(p * gamma / (q - 1))


def test_expectations_of_groups_and_periods_are_of_the_same_law(model, summary):
    few = summary.sample(60, random_state=1)
    base, laws = model._reader.base(few), model._laws
    week = np.array([0.0, 13.0, 26.0])
    total = Expectations.of(laws, base, horizon=26.0, delta=0.001, margin=1.0, steps=None).exact[1].sum()
    rate = np.expm1(0.001 * 365.25 / 7)
    assert total == pytest.approx(model.predict("26W", rate, customers=few)["clv"].sum(), rel=1e-9)
    revenue = expected_by_period(*laws, base, week)[1].sum()
    assert revenue == pytest.approx(model.predict("26W", 0.0, customers=few)["clv"].sum(), rel=1e-9)
    newcomer, law = model.new_customer("26W"), model.spend.law
    assert newcomer.expected_spend == pytest.approx(law.p * law.gamma / (law.q - 1))


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This model has neither its customers")
def test_totals_and_forecasts_have_these_expectations(model, summary):
    few = summary.sample(20, random_state=1)
    predicted = model.predict("26W", 0.1, customers=few)
    total = model.total(horizon="26W", customers=few)
    assert total["clv"].item() == pytest.approx(predicted["clv"].sum(), rel=1e-9)
    assert total["clv_low"].item() < total["clv"].item() < total["clv_high"].item()
    forecast = model.forecast("26W", every="13W", customers=few)
    assert forecast["revenue"].sum() == pytest.approx(
        model.predict("26W", 0.0, customers=few)["clv"].sum(), rel=1e-9
    )


@pytest.mark.nightly
def test_intervals_hold_what_one_time_buyers_spend():
    """In a simulated future 95% of one-time buyers spend less than the upper bound, whatever their own order was."""
    table, mean = shop(3_000, 4)
    table = table.assign(T=table["T"].round(-1), recency=table["recency"].clip(upper=table["T"].round(-1)))
    bounds = clv.fit_summary(table, spend_orders="all").predict("52W", 0.0, interval=0.9)
    narrow = clv.fit_summary(table).predict("52W", 0.0, interval=0.9)
    rng, once = np.random.default_rng(5), np.flatnonzero(table["frequency"] == 0)
    alive = LAW.posterior(np.zeros(len(once)), np.zeros(len(once)), table["T"].to_numpy()[once])
    made = alive.simulate(np.full(len(once), 52.0), rng)
    amount = rng.gamma(SPEND.p, size=len(made.customer)) * mean[once][made.customer] / SPEND.p
    spent = np.bincount(made.customer, amount, len(once))
    rich = table["first_order_spend"].to_numpy()[once] > 40
    assert rich.sum() > 60
    for chosen in (rich, ~rich):
        within = (spent <= bounds["clv_high"].to_numpy()[once])[chosen].mean()
        assert abs(within - 0.95) < 4 * np.sqrt(0.95 * 0.05 / chosen.sum())
    assert (spent <= narrow["clv_high"].to_numpy()[once])[
        rich
    ].mean() < 0.9  # that of the population is too low


@pytest.mark.filterwarnings("ignore:This model has neither its customers")
def test_customers_of_free_orders_alone_have_the_populations_interval(summary):
    """Their expected spend is the population's, and so is the distribution around it."""
    model = drawn(clv.fit_summary(summary))
    some = summary[summary["frequency"] == 1].head(2).assign(recency=9.0, T=20.0, monetary_value=[0.0, 35.0])
    bounds = model.predict("52W", 0.0, interval=0.9, customers=some)
    assert bounds["spend_from"].tolist() == ["population", "own orders"]
    assert bounds["clv_high"].iloc[0] > 2 * bounds["clv"].iloc[0]
    assert (
        bounds["clv_high"].iloc[0] > bounds["clv_high"].iloc[1]
    )  # nothing is known of the first one's spend


@pytest.mark.filterwarnings("ignore:This model has neither its customers")
def test_a_file_holds_the_choice(model, summary, tmp_path):
    path = tmp_path / "m.json"
    model.save(path)
    loaded = clv.load(path)
    assert loaded.spend_orders == "all"
    assert loaded.summary() == model.summary()
    assert "Spend law: reads all orders of a customer, the first among them." in model.summary()
    pd.testing.assert_frame_equal(loaded.predict(customers=summary), model.predict())
    few = summary.head(60)
    live, again = (one.predict("26W", interval=0.9, customers=few) for one in (model, loaded))
    assert again["clv_high"].to_numpy() == pytest.approx(live["clv_high"].to_numpy(), rel=0.2)


def test_every_engine_reads_first_orders(model, summary, constructor):
    rows = summary.drop(columns="end")
    found = model.predict("26W", customers=constructor(rows.head(50)), end=END)
    found = to_pandas(found).sort_values("customer_id")
    known = model.predict("26W", customers=summary.head(50))
    assert found["clv"].to_numpy() == pytest.approx(known["clv"].to_numpy())
    fitted = clv.fit_summary(constructor(rows), end=END, spend_orders="all")
    assert to_pandas(fitted.predict("26W"))["clv"].sum() == pytest.approx(model.predict("26W")["clv"].sum())


def test_refunds_are_read_as_before(summary):
    """The columns of returns come after those of orders."""
    spent = summary["first_order_spend"] + summary["frequency"] * summary["monetary_value"]
    some = summary.assign(refunds=np.where(summary.index % 4 == 0, -0.9 * spent, 0.0))
    one, other = (
        clv.fit_summary(some, spend_orders=orders).predict("26W", 0.0) for orders in ("repeat", "all")
    )
    assert one["refund_rate"].nunique() > 1
    assert other["refund_rate"].to_numpy() == pytest.approx(one["refund_rate"].to_numpy())
    assert (other["clv"] / other["expected_spend"]).to_numpy() == pytest.approx(
        one["clv"] / one["expected_spend"]
    )


def test_one_price_is_the_price_of_every_order():
    log = rfm.datasets.cdnow_sample().drop_duplicates(["customer_id", "date"]).head(2_000).assign(amount=9.99)
    with pytest.warns(clv.FitWarning, match="repeat buyers spend the same"):
        model = clv.fit(log, spend_orders="all")
    assert model.spend.law == clv.ConstantSpend(9.99)
    assert set(model.predict()["spend_from"]) == {"population"}


def test_a_table_without_first_orders_is_asked_for_them(model, summary):
    bare = summary.drop(columns=["first_order_spend", "refunds"])
    with pytest.raises(rfm.DataError, match="no column 'first_order_spend', which spend_orders='all' reads"):
        clv.fit_summary(bare, spend_orders="all")
    with pytest.raises(
        rfm.DataError, match=r"no column 'first_order_spend'.*Hint: clv\.summarize\(tx, unit='W'"
    ):
        model.predict(customers=bare)
    assert model.predict(customers=bare, value_per_order=3.0)["clv"].sum() > 0
    clv.fit_summary(bare, spend_orders="all", value_per_order=3.0)


def test_a_summary_cannot_choose_and_a_fit_has_chosen(model, summary):
    with pytest.raises(
        rfm.DataError, match=r"a summary does not show.*clv\.fit\(tx, spend_orders=\"auto\"\)"
    ):
        clv.fit_summary(summary, spend_orders="auto")
    with pytest.raises(
        rfm.DataError, match="spend_orders='repeat' was given, and the model was fitted to 'all'"
    ):
        clv.customer_table(rfm.datasets.cdnow_sample(), as_of=END, model=model, spend_orders="repeat")
    table = clv.customer_table(rfm.datasets.cdnow_sample(), as_of=END, model=model, spend_orders="all")
    assert table["clv"].to_numpy() == pytest.approx(model.predict()["clv"].to_numpy())


def test_a_backtest_ranks_money_better_and_counts_the_same(summary):
    log = rfm.datasets.cdnow_sample()
    rows = [
        clv.backtest(log, "39W", models="bg-nbd", baselines=False, spend_orders=orders).table.iloc[0]
        for orders in ("repeat", "all", "auto")
    ]
    assert rows[0]["rmse"] == rows[1]["rmse"]
    assert rows[1]["spend_gini"] > rows[0]["spend_gini"] + 0.02
    assert rows[2]["spend_gini"] == rows[1]["spend_gini"]


def test_logs_without_amounts_have_nothing_to_read():
    log = rfm.datasets.cdnow_sample().head(2_000)[["customer_id", "date"]]
    for orders in ("all", "auto"):
        model = clv.fit(log, spend_orders=orders)
        assert (model.spend, model.spend_orders, model.spend_note) == (None, "repeat", None)
    assert clv.fit(log, spend_orders="auto", value_per_order=3.0).spend_note is None
