"""Options of the fit that meet: a season, covariates, the orders that are read, and growing prices."""

import numpy as np
import pandas as pd
import pytest

import clv
import rfm

END = "1997-09-30"
MONTHS = pd.Series([0.7, 0.7, 0.8, 0.9, 1, 1, 1, 1, 1, 1.2, 1.5, 2.0], index=range(1, 13))


@pytest.fixture(scope="module")
def log():
    return rfm.datasets.cdnow_sample().query("customer_id <= 700")


@pytest.fixture(scope="module")
def channels(log):
    ids = np.sort(log["customer_id"].unique())
    return pd.DataFrame({"customer_id": ids, "channel": np.where(ids % 3 == 0, "web", "shop")})


@pytest.fixture(scope="module")
def season():
    return clv.Season.from_factors(MONTHS)


@pytest.fixture(scope="module")
def model(log, channels, season):
    options = {"season": season, "covariates": channels, "purchase": "channel", "spend": "channel"}
    return clv.fit(log, end=END, spend_orders="all", **options)


def test_the_fit_without_covariates_is_that_of_the_season_alone(log, season, model):
    plain = clv.fit(log, end=END, season=season, spend_orders="all")
    assert model.purchases.log_likelihood >= plain.purchases.log_likelihood
    assert model.purchases.plain.log_likelihood == pytest.approx(plain.purchases.log_likelihood, abs=1e-6)


def test_a_forecast_adds_up_to_the_total_at_growing_prices(model):
    total = model.total(horizon="39W", discount_rate=0.0, price_growth=0.3).iloc[0]
    periods = model.forecast("39W", every="13W", price_growth=0.3)
    assert periods["purchases"].sum() == pytest.approx(total["purchases"], rel=1e-9)
    assert periods["revenue"].sum() == pytest.approx(total["clv"], rel=1e-4)  # the total goes day by day
    single = model.predict("39W", 0.0, price_growth=0.3)
    assert single["clv"].sum() == pytest.approx(total["clv"], rel=1e-9)
    assert total["clv"] > 1.05 * model.total(horizon="39W", discount_rate=0.0).iloc[0]["clv"]


def test_a_customer_has_the_law_of_their_channel_in_the_season_s_time(log, channels, season, model):
    law = model.purchases.law_for({"channel": "web"})
    web = channels.loc[channels["channel"] == "web", "customer_id"]
    found = model.predict("13W").set_index("customer_id").loc[web]
    table = model.customers.set_index("customer_id").loc[web]
    end = pd.Timestamp(END)
    days = pd.date_range(end - pd.Timedelta("400D"), end + pd.Timedelta("91D"))
    gone = pd.Series(MONTHS.loc[days.month].cumsum().to_numpy() / 7, index=days)
    first = end - pd.to_timedelta((table["T"] * 7).round(), unit="D")
    last = first + pd.to_timedelta((table["recency"] * 7).round(), unit="D")
    since, observed = gone[last].to_numpy() - gone[first].to_numpy(), gone[end] - gone[first].to_numpy()
    ahead = gone[end + pd.Timedelta("91D")] - gone[end]
    x = table["frequency"].to_numpy()
    expected = law.conditional_expected_purchases(ahead, x, since, observed)
    assert found["expected_purchases"].tolist() == pytest.approx(expected.tolist(), rel=1e-9)


def test_a_saved_model_answers_alike(model, log, channels, tmp_path):
    path = tmp_path / "m.json"
    model.save(path)
    loaded = clv.load(path)
    known = clv.summarize(log, end=END)
    options = {"customers": known, "covariates": channels, "price_growth": 0.1}
    pd.testing.assert_frame_equal(loaded.predict("26W", **options), model.predict("26W", price_growth=0.1))
    value = {"covariates": {"channel": "web"}, "arrives": "1997-11-01", "price_growth": 0.1}
    assert loaded.new_customer(**value) == model.new_customer(**value)


@pytest.fixture(scope="module")
def older_shop():
    """Nine years of a shop with a Christmas season: the log of its last three, first purchases, the next quarter."""
    law, spend = (
        clv.ParetoNBD(r=0.6, alpha=8.0, s=0.8, beta=30.0),
        clv.GammaGamma(p=6.25, q=3.74, gamma=15.44),
    )
    season = clv.Season.from_factors(MONTHS / 1.067)
    rng = np.random.default_rng(11)
    options = {"start": "2014-01-01", "joining": "8.9Y", "observed": "10Y", "season": season}
    whole = clv.simulate(law, spend, customers=20_000, rng=rng, **options)[["customer_id", "date"]]
    whole = whole.assign(date=whole["date"].dt.floor("D")).drop_duplicates()
    log = whole[whole["date"].between("2019-01-01", "2021-12-31")]
    known = whole[whole["customer_id"].isin(log["customer_id"])]
    later = known["date"].between("2022-01-01", "2022-03-31").sum()
    firsts = known.groupby("customer_id", as_index=False).agg(first_purchase=("date", "min"))
    return log, season, firsts, later


@pytest.mark.nightly
def test_a_season_in_a_log_that_begins_mid_history(older_shop):
    """Each alone leaves its error; both together predict the quarter after Christmas."""
    log, season, firsts, later = older_shop

    def off(**options):
        model = clv.fit(log, "pareto-nbd", end="2021-12-31", **options)
        return model.predict("90D")["expected_purchases"].sum() / later - 1

    assert off() > 0.5
    assert off(entry_after="0D") > 0.5
    assert off(season=season) > 0.02
    assert abs(off(season=season, entry_after="0D")) < 0.04
    assert abs(off(season=season, first_purchase=firsts)) < 0.04


@pytest.mark.nightly
def test_what_such_a_model_says_of_a_customer_is_one_answer(older_shop):
    log, season, *_ = older_shop
    model = clv.fit(log, "pareto-nbd", end="2021-12-31", season=season, entry_after="0D")
    few = clv.summarize(log, unit="W", end="2021-12-31").head(300)
    predicted = model.predict("26W", 0.0, customers=few)
    total = model.total(horizon="26W", discount_rate=0.0, customers=few).iloc[0]
    assert predicted["expected_purchases"].sum() == pytest.approx(total["purchases"], rel=1e-9)
    assert total["purchases_low"] < total["purchases"] < total["purchases_high"]
    one = predicted.iloc[5]
    history = clv.plot.p_alive_history_data(model, log, one["customer_id"], until="2021-12-31")
    assert history["p_alive"].iloc[-1] == pytest.approx(one["p_alive"], rel=1e-6)
    due = model.due(0.5, customers=few).iloc[5]
    if pd.notna(due["due"]) and due["due"] > pd.Timestamp("2021-12-31"):
        on, before = (
            model.predict("1W", customers=few, as_of=due["due"] - pd.Timedelta(days=days))["p_alive"].iloc[5]
            for days in (0, 1)
        )
        assert on < 0.5 <= before


TWICE = clv.Season.from_factors(pd.Series(2.0, index=range(1, 13)))


@pytest.mark.nightly
@pytest.mark.parametrize(
    "begins", [{}, {"entry_after": "0D"}, {"entry_after": "26W"}, {"first_purchase": "known"}], ids=str
)
def test_a_constant_factor_changes_no_log_likelihood_and_no_sentence(older_shop, begins):
    """Time that runs twice as fast all year is another unit."""
    log, _, firsts, _ = older_shop
    begins = {name: firsts if value == "known" else value for name, value in begins.items()}
    some = log[log["customer_id"] % 4 == 0]
    plain, fast = (
        clv.fit(some, "pareto-nbd", end="2021-12-31", season=season, **begins) for season in (None, TWICE)
    )
    assert fast.purchases.log_likelihood == pytest.approx(plain.purchases.log_likelihood, abs=0.02)
    if begins:
        assert fast.log_start.note == plain.log_start.note
        assert fast.log_start.days == plain.log_start.days


def test_weights_beside_a_season_or_a_choice_of_orders_are_refused(log):
    one = pd.DataFrame({"customer_id": log["customer_id"].unique(), "w": 1.0})
    with pytest.raises(rfm.DataError, match="season= and weights= cannot be estimated together"):
        clv.fit(log, end=END, season=TWICE, weights=one)
    with pytest.raises(rfm.DataError, match="spend_orders='auto' does not know weights="):
        clv.fit(log, end=END, spend_orders="auto", weights=one)


def test_ages_of_orders_count_customers_by_their_weights(log):
    """A customer of weight 2 is two customers, at growing prices too."""
    ids = np.sort(log["customer_id"].unique())
    twice = log.assign(customer_id=log["customer_id"] + 10_000)
    doubled = pd.concat([log, twice[twice["customer_id"] % 2 == 0]])
    weights = pd.DataFrame({"customer_id": ids, "w": 1.0 + (ids % 2 == 0)})
    weighted = clv.fit(log, end=END, weights=weights).predict("26W", price_growth=0.4)
    replicated = clv.fit(doubled, end=END).predict("26W", price_growth=0.4)
    same = replicated[replicated["customer_id"].isin(ids)]
    assert weighted["clv"].tolist() == pytest.approx(same["clv"].tolist(), rel=1e-4)


def test_a_new_customer_pays_the_prices_of_the_day_of_arrival(model):
    values = [
        model.new_customer("26W", 0.0, covariates={"channel": "web"}, arrives=day, price_growth=0.5)
        for day in (END, "1998-09-30", "2001-09-30")
    ]
    first, year, four = (value.first_order for value in values)
    assert [year / first, four / first] == pytest.approx([1.5, 1.5**4], rel=2e-3)


def test_known_first_purchases_are_not_forgotten(older_shop):
    log, _, firsts, _ = older_shop
    rng = np.random.default_rng(2)
    some = log[log["customer_id"] % 5 == 0].assign(
        amount=lambda rows: rng.gamma(4.0, 5.0, len(rows)).round(2)
    )
    model = clv.fit(some, "pareto-nbd", end="2021-12-31", first_purchase=firsts)
    started = some.merge(firsts, on="customer_id")
    new = started[
        (started["first_purchase"] >= "2019-01-01") & (started["date"] == started["first_purchase"])
    ]
    assert model.first_order == pytest.approx(new["amount"].mean())
    with pytest.raises(
        rfm.DataError, match="fitted with first_purchase=, and reads histories that count from"
    ):
        clv.customer_table(some, model=model)
    own = model.predict("26W", customers=model.customers)
    pd.testing.assert_frame_equal(own, model.predict("26W"))
    for draw in (clv.plot.tracking_data, clv.plot.p_alive_history_data):
        with pytest.raises(rfm.DataError, match="counts from each customer's first purchase"):
            draw(model, some, *([] if draw is clv.plot.tracking_data else [int(some["customer_id"].iloc[0])]))
    with pytest.raises(rfm.DataError, match="counts from each customer's first purchase"):
        clv.plot.purchase_counts_data(model)
