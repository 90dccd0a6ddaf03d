"""Prices that grow: past orders raised to today's prices, and orders to come at the prices of their day."""

from __future__ import annotations

import json
from dataclasses import replace

import mpmath
import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.posterior import draw_pairs
from clv._price_growth import OrderAges, PriceGrowth, growth_force, mean_deflator
from clv._summary import compress
from clv._values.expected_ahead import Expectations
from clv._values.forecast import expected_by_period
from clv._values.lifetime_value import discounted_purchases
from clv._values.simulated_future import Base, simulate_future
from rfm._frames.mapping import to_pandas

LAW = clv.BGNBD(r=0.8, alpha=8.0, a=0.6, b=2.5)
SPEND = clv.GammaGamma(p=4.0, q=4.0, gamma=20.0)
WEEKS, YEAR = 156, 365.25 / 7
END = pd.Timestamp("2020-01-01") + pd.Timedelta(days=7 * WEEKS - 1)
FIFTY = float(np.log(1.5) / YEAR)


def shop(growth, seed, customers=3_000):
    """A log of three years and the year after it, of customers who joined evenly, with prices of their days."""
    rng = np.random.default_rng(seed)
    joined = rng.uniform(0, WEEKS, customers)
    made = LAW.simulate(WEEKS + 52 - joined, rng)
    customer = np.concatenate([np.arange(customers), made.customer])
    week = np.concatenate([joined, joined[made.customer] + made.times])
    amount = np.empty(len(customer))
    amount[np.argsort(customer, kind="stable")] = SPEND.simulate(np.bincount(customer), rng)
    date = pd.Timestamp("2020-01-01") + pd.to_timedelta(np.floor(7 * week), unit="D")
    amount = np.round(amount * (1 + growth) ** ((week - WEEKS) / YEAR), 2)
    log = pd.DataFrame({"customer_id": customer, "date": date, "amount": amount})
    known = log["customer_id"].isin(log.loc[log["date"] <= END, "customer_id"])
    later = log[known & (log["date"] > END) & (log["date"] <= END + pd.Timedelta(days=364))]
    return log[log["date"] <= END], later


@pytest.fixture(scope="module")
def model():
    fitted = clv.fit(shop(0.5, 1, 800)[0], end=END)
    return replace(fitted, draws=draw_pairs(fitted.purchases, fitted.spend, None, 20, 0))


@pytest.mark.parametrize(
    ("growth", "orders"),
    [
        (0.5, "repeat"),
        pytest.param(0.5, "all", marks=pytest.mark.slow),
        pytest.param(-0.3, "repeat", marks=pytest.mark.slow),
    ],
)
def test_revenue_is_right_where_prices_grow(growth, orders):
    """At 50% a year revenue was off by 39% in such a shop."""
    log, later = shop(growth, 2, 12_000)
    model = clv.fit(log, end=END, spend_orders=orders)
    plain, grown = (model.predict("52W", 0.0, price_growth=rate)["clv"].sum() for rate in (0.0, growth))
    happened = later["amount"].sum()
    assert abs(plain / happened - 1) > 0.3
    luck = np.sqrt((later.groupby("customer_id")["amount"].sum() ** 2).sum()) / happened
    assert abs(grown / happened - 1) < 3 * luck < 0.1


def test_it_is_nearly_what_exactly_deflated_amounts_give():
    log, _ = shop(0.5, 3)
    grown = clv.fit(log, end=END).predict("52W", 0.1, price_growth=0.5)
    years = (END - log["date"]).dt.days / 365.25
    exact = clv.fit(log.assign(amount=log["amount"] * 1.5**years), end=END).predict("52W", 1.1 / 1.5 - 1)
    assert grown["clv"].sum() == pytest.approx(exact["clv"].sum(), rel=0.01)
    assert np.corrcoef(grown["clv"], exact["clv"])[0, 1] > 0.995


def test_first_orders_and_single_repeat_orders_are_raised_exactly():
    log, _ = shop(0.5, 4, 400)
    summary = clv.summarize(log, end=END)
    years = (END - log["date"]).dt.days / 365.25
    deflated = clv.summarize(log.assign(amount=log["amount"] * 1.5**years), end=END)
    x, t_x, T, m, first = (summary[c].to_numpy(float) for c in
                           ("frequency", "recency", "T", "monetary_value", "first_order_spend"))  # fmt: skip
    growth, once = PriceGrowth(FIFTY), x == 1
    assert growth.repeats(x, t_x, T, m)[once] == pytest.approx(
        deflated["monetary_value"][once].to_numpy(), abs=1e-3
    )
    assert growth.firsts(T, first) == pytest.approx(deflated["first_order_spend"].to_numpy(), abs=1e-3)


@pytest.mark.parametrize("x", [1, 2, 7])
def test_the_deflator_is_the_mean_over_uniform_times(x):
    t_x, T, force = 30.0, 45.0, 0.02
    other = mpmath.quad(lambda u: mpmath.exp(-force * (T - u)), [0, t_x]) / t_x
    expected = (mpmath.exp(-force * (T - t_x)) + (x - 1) * other) / x
    assert mean_deflator(*map(np.array, (float(x), t_x, T)), force) == pytest.approx(
        float(expected), rel=1e-12
    )


@pytest.mark.parametrize(
    "law", [LAW, clv.ParetoNBD(0.8, 8.0, 0.6, 20.0), clv.MBGNBD(0.8, 8.0, 0.6, 2.5)], ids=lambda law: law.name
)
def test_past_orders_are_as_old_as_under_the_law(law):
    """Of simulated customers, whatever x, t_x and T are."""
    T = np.full(20_000, 100.0)
    made = law.simulate(T, np.random.default_rng(5))
    x = np.bincount(made.customer, minlength=len(T)).astype(float)
    t_x = np.zeros(len(T))
    np.maximum.at(t_x, made.customer, made.times)
    seen = np.bincount(made.customer, np.exp(-0.02 * (100.0 - made.times)), len(T)) / np.maximum(x, 1)
    apart = (seen - mean_deflator(x, t_x, T, 0.02))[x > 1]
    assert abs(apart.mean()) < 4 * apart.std() / np.sqrt(len(apart))


def test_ages_keep_the_mean_deflator_of_the_fit(model):
    summary = model.customers
    x, t_x, T = (summary[c].to_numpy(float) for c in ("frequency", "recency", "T"))
    law, ages = model.spend.law, model._ages()
    told = law.p * x / (law.p * x + law.q + 1)
    for force in (FIFTY, -FIFTY, 0.1 * FIFTY):
        exact = np.average(mean_deflator(x, t_x, T, force), weights=told)
        assert ages.deflator(force) == pytest.approx(exact, rel=1e-3)
        assert ages.deflator(force, first=True) == pytest.approx(np.exp(-force * T).mean(), rel=1e-3)
    assert ages.deflator(0.0) == pytest.approx(1.0)


def test_ages_do_not_depend_on_how_often_rows_are_counted(model):
    rows = compress(model.customers, ("frequency", "recency", "T"))
    twice = replace(rows, weights=2 * rows.weights)
    one, other = (OrderAges.of(each, model.spend) for each in (rows, twice))
    assert one.fitted == pytest.approx(other.fitted)
    assert sum(one.first) == pytest.approx(1.0)


def test_customers_who_joined_today_have_no_ages(model):
    rows = compress({name: np.zeros(2) for name in ("frequency", "recency", "T")})
    ages = OrderAges.of(rows, model.spend)
    assert ages.deflator(FIFTY, first=True) == pytest.approx(1.0, rel=0.01)


def test_without_growth_nothing_changes(model):
    few = model.customers.head(50)
    pd.testing.assert_frame_equal(
        model.predict(price_growth=0.0, customers=few), model.predict(customers=few)
    )
    assert model.new_customer(price_growth=0) == model.new_customer()


def test_expectations_of_groups_and_periods_have_the_same_growth(model):
    few = model.customers.head(60)
    growth = model._growth(0.5)
    base = replace(model._reader, growth=growth).base(few)
    laws = growth.laws([model._laws])[0]
    total = Expectations.of(laws, base, horizon=26.0, delta=0.001, margin=1.0, steps=None).exact[1].sum()
    discounted = model.predict("26W", np.expm1(0.001 * YEAR), customers=few, price_growth=0.5)
    assert total == pytest.approx(discounted["clv"].sum(), rel=1e-9)
    revenue = expected_by_period(*laws, base, np.array([0.0, 13.0, 26.0]))[1].sum()
    plain = model.predict("26W", 0.0, customers=few, price_growth=0.5)
    assert revenue == pytest.approx(plain["clv"].sum(), rel=1e-9)


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore:This model has neither its customers")
def test_totals_forecasts_and_intervals_have_the_same_growth(model):
    few, options = model.customers.head(12), {"price_growth": 0.5}
    discounted, plain = (model.predict("26W", rate, customers=few, **options) for rate in (0.1, 0.0))
    total = model.total(horizon="26W", customers=few, **options)
    assert total["clv"].item() == pytest.approx(discounted["clv"].sum(), rel=1e-9)
    assert total["clv_low"].item() < total["clv"].item() < total["clv_high"].item()
    revenue = model.forecast("26W", every="13W", customers=few, **options)
    assert revenue["revenue"].sum() == pytest.approx(plain["clv"].sum(), rel=1e-9)
    assert (revenue["revenue"] < revenue["revenue_high"]).all()
    bounds = model.predict("26W", 0.0, customers=few, interval=0.9, **options)
    still = model.predict("26W", 0.0, customers=few, interval=0.9)
    ratio = bounds["clv_high"] / still["clv_high"]
    assert ratio[still["clv_high"] > 0].median() == pytest.approx(
        (bounds["clv"] / still["clv"]).median(), rel=0.1
    )


def test_growth_to_come_is_a_lower_discount_rate(model):
    few = model.customers.head(40)
    price = {"customers": few, "value_per_order": 10.0}
    grown, cheaper = (
        model.predict("52W", 0.1, price_growth=0.5, **price),
        model.predict("52W", 1.1 / 1.5 - 1, **price),
    )
    assert grown["clv"].to_numpy() == pytest.approx(cheaper["clv"].to_numpy(), rel=1e-9)
    assert set(grown["expected_spend"]) == {10.0}
    endless = model.predict("inf", 0.6, price_growth=0.5, **price)["clv"].sum()
    assert endless == pytest.approx(model.predict("inf", 1.6 / 1.5 - 1, **price)["clv"].sum(), rel=1e-9)


def test_revenue_of_a_period_is_an_integral_over_its_prices():
    x, t_x, T, m = (np.array([value]) for value in (3.0, 20.0, 30.0, 15.0))
    base = Base(x, t_x, T, m, growth=0.01)
    purchases, revenue = expected_by_period(LAW, SPEND, base, np.array([0.0, 13.0, 26.0]))
    alive, p = LAW.posterior(3, 20, 30), float(LAW.p_alive(3, 20, 30))
    fine = np.linspace(13.0, 26.0, 20_001)
    steps = np.diff(np.asarray([float(np.asarray(alive.expected_purchases(t))) for t in fine[::100]]))
    middle = (fine[::100][1:] + fine[::100][:-1]) / 2
    expected = p * float(SPEND.expected_spend(3, 15.0)) * float(steps @ np.exp(0.01 * middle))
    assert revenue[1] == pytest.approx(expected, rel=1e-5)
    assert purchases.sum() == pytest.approx(p * float(discounted_purchases(alive, 26.0, 0.0)))


def test_simulated_orders_are_at_the_prices_of_their_day():
    n = 4_000
    base = Base(*(np.full(n, value) for value in (3.0, 29.0, 30.0, 15.0)), growth=0.03)
    future = simulate_future(LAW, SPEND, base, 26.0, np.random.default_rng(6))
    worth = np.bincount(future.customer, future.amount, n)
    expected = expected_by_period(LAW, SPEND, replace(base, **{
        name: getattr(base, name)[:1] for name in ("x", "t_x", "T", "m")}), np.array([0.0, 26.0]))[1]  # fmt: skip
    assert abs(worth.mean() - expected.item()) < 4 * worth.std() / np.sqrt(n)


def test_a_later_day_has_later_prices(model):
    day = END + pd.Timedelta(days=60)
    later = model.customers.assign(T=model.customers["T"] + 60 / 7, end=day.date()).head(50)
    one = model.predict("26W", customers=later, price_growth=0.5)
    other = model.predict("26W", customers=model.customers.head(50), as_of=day, price_growth=0.5)
    assert one["clv"].to_numpy() == pytest.approx(other["clv"].to_numpy(), rel=1e-9)
    earlier = model.predict("26W", customers=model.customers.head(50), price_growth=0.5)
    assert one["expected_spend"].to_numpy() == pytest.approx(
        earlier["expected_spend"] * 1.5 ** (60 / 365.25), rel=1e-6
    )


def test_a_new_customer_pays_todays_prices(model):
    grown, plain = model.new_customer("52W", 0.0, price_growth=0.5), model.new_customer("52W", 0.0)
    today = SPEND.p * SPEND.gamma / (SPEND.q - 1)
    assert grown.expected_spend == pytest.approx(today, rel=0.06)
    assert grown.first_order == pytest.approx(today, rel=0.06)
    assert plain.first_order < 0.7 * today
    worth = float(discounted_purchases(model.purchases.law, 52.0, -FIFTY))
    assert grown.clv == pytest.approx(grown.expected_spend * worth)


@pytest.mark.filterwarnings("ignore:This model has neither its customers")
def test_a_file_keeps_the_ages(model, tmp_path):
    path, few = tmp_path / "m.json", model.customers.head(50)
    model.save(path)
    loaded = clv.load(path)
    grown = loaded.predict(customers=few, price_growth=0.5)
    pd.testing.assert_frame_equal(grown, model.predict(customers=few, price_growth=0.5))
    document = json.loads(path.read_text(encoding="utf-8"))
    path.write_text(json.dumps({**document, "order_ages": None}), encoding="utf-8")
    with pytest.raises(rfm.DataError, match=r"how old the orders of the fit were, .* Hint: fit again"):
        clv.load(path).predict(customers=few, price_growth=0.5)
    assert clv.load(path).predict(customers=few, price_growth=0.5, value_per_order=2.0)["clv"].sum() > 0


def test_every_engine_grows(model, constructor):
    rows = model.customers.drop(columns="end").head(40)
    found = model.predict("26W", customers=constructor(rows), end=END.date(), price_growth=0.5)
    known = model.predict("26W", customers=model.customers.head(40), price_growth=0.5)
    assert to_pandas(found)["clv"].sum() == pytest.approx(known["clv"].sum())


def test_a_customer_table_and_one_call_grow(model):
    log = shop(0.5, 1, 800)[0]
    table = clv.customer_table(log, as_of=END, model=model, price_growth=0.5)
    predicted = model.predict(price_growth=0.5)
    assert table["clv"].sum() == pytest.approx(predicted["clv"].sum())
    ended = log["date"].max()
    at_once, two = clv.predict(log, price_growth=0.5), clv.fit(log, end=ended).predict(price_growth=0.5)
    assert at_once["clv"].sum() == pytest.approx(two["clv"].sum())


def test_what_is_refused(model):
    with pytest.raises(
        rfm.DataError, match=r"price_growth must be a finite number, above -1 and at most 100"
    ):
        model.predict(price_growth=-1)
    with pytest.raises(rfm.DataError, match="infinite where prices grow as fast as values are discounted"):
        model.predict("inf", 0.1, price_growth=0.1)
    with pytest.raises(rfm.DataError, match='no meaning with lump="lifetimes"'):
        model.predict(lump="lifetimes", discount_rate=0.01, price_growth=0.1)
    for far in ({"horizon": "900Y"}, {"as_of": "2999-01-01"}):
        with pytest.raises(
            rfm.DataError, match=r"price_growth=1 multiplies prices by e\^6\d\d over the time"
        ):
            model.predict(**far, price_growth=1.0)
    with pytest.raises(rfm.DataError, match=r"price_growth=1 multiplies prices by e\^62\d over the time"):
        model.forecast("900Y", every="1Y", price_growth=1.0)
    rows = model.customers.drop(columns="end").head(9)
    with pytest.raises(rfm.DataError, match="price_growth needs the day on which observation ended"):
        model.predict(customers=rows, price_growth=0.1)
    with pytest.warns(rfm.DataWarning, match="price_growth=3 is 300% a year"):
        growth_force(3, 7.0)
