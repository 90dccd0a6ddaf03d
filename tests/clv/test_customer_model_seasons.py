"""Models with a season: every answer against the law by hand, in the season's time."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.typing import NDArray
from scipy import special

import clv
import rfm
from rfm.errors import DataError

END = "2021-12-31"
Array = NDArray[np.float64]


class ByHand:
    """The season's time of customers, from the factors of single days by dates alone."""

    def __init__(self, model: clv.CustomerModel) -> None:
        self.first = pd.Timestamp("2018-12-31")
        days = pd.date_range("2019-01-01", "2035-12-31")
        self.gone = np.append(0.0, np.cumsum(model.season.factors(days))) / 7
        self.law, self.table = model.purchases.law, model.customers

    def at(self, dates: pd.Series | str) -> Array:
        return self.gone[np.asarray((pd.to_datetime(dates) - self.first) / pd.Timedelta("1D"), dtype=int)]

    def histories(self, end: str = END) -> tuple[Array, Array, Array]:
        born = pd.Timestamp(END) - pd.to_timedelta((self.table["T"] * 7).round(), unit="D")
        last = born + pd.to_timedelta((self.table["recency"] * 7).round(), unit="D")
        x = self.table["frequency"].to_numpy(float)
        return x, np.where(x > 0, self.at(last) - self.at(born), 0.0), self.at(end) - self.at(born)


@pytest.fixture(scope="module")
def by_hand(seasonal: clv.CustomerModel) -> ByHand:
    return ByHand(seasonal)


@pytest.mark.nightly
def test_quarters_of_a_year_are_right_with_a_season_and_wrong_without(
    shop: pd.DataFrame, past: pd.DataFrame, seasonal: clv.CustomerModel
) -> None:
    days = shop.assign(date=shop["date"].dt.normalize()).drop_duplicates(["customer_id", "date"])
    later = days[(days["date"] >= "2022-01-01") & days["customer_id"].isin(past["customer_id"])]
    with_season, without = (m.forecast("365D", every="1Q") for m in (seasonal, clv.fit(past, end=END)))
    happened = [
        later["date"].between(*ends).sum()
        for ends in zip(with_season["start"], with_season["end"], strict=True)
    ]
    errors = {
        name: table["purchases"] / happened - 1
        for name, table in (("with", with_season), ("without", without))
    }
    assert errors["with"].abs().max() < 0.08
    assert errors["without"].abs().min() > 0.15
    assert (
        (with_season["purchases_low"] <= happened) & (happened <= with_season["purchases_high"])
    ).sum() >= 3


def test_predictions_are_the_laws_in_the_seasons_time(seasonal: clv.CustomerModel, by_hand: ByHand) -> None:
    x, t_x, T = by_hand.histories()
    found = seasonal.predict("13W", 0.0)
    ahead = by_hand.at("2022-04-01") - by_hand.at(END)
    assert found["p_alive"].to_numpy() == pytest.approx(by_hand.law.p_alive(x, t_x, T))
    expected = by_hand.law.conditional_expected_purchases(ahead, x, t_x, T)
    assert found["expected_purchases"].to_numpy() == pytest.approx(expected)
    assert found["clv"].to_numpy() == pytest.approx(expected * found["expected_spend"])


def test_silence_is_counted_in_the_seasons_time(seasonal: clv.CustomerModel, by_hand: ByHand) -> None:
    x, t_x, T = by_hand.histories("2022-12-31")
    found = seasonal.predict("31D", 0.0, as_of="2022-12-31")
    ahead = by_hand.at("2023-01-31") - by_hand.at("2022-12-31")
    expected = by_hand.law.conditional_expected_purchases(ahead, x, t_x, T)
    assert found["expected_purchases"].to_numpy() == pytest.approx(expected)


def test_values_are_sums_over_the_days(seasonal: clv.CustomerModel, by_hand: ByHand) -> None:
    x, t_x, T = by_hand.histories()
    reached = by_hand.at(pd.Series(pd.date_range(END, "2022-12-31"))) - by_hand.at(END)
    so_far = np.array(
        [by_hand.law.conditional_expected_purchases(c, x[:40], t_x[:40], T[:40]) for c in reached]
    )
    force = np.log(1.25) / 365.25
    worth = np.exp(-force * np.arange(365)) * -np.expm1(-force) / force
    found = seasonal.predict("365D", 0.25)[:40]
    assert found["clv"].to_numpy() == pytest.approx(
        worth @ np.diff(so_far, axis=0) * found["expected_spend"], rel=1e-8
    )


def test_infinite_horizons_repeat_the_cycle(seasonal: clv.CustomerModel) -> None:
    some = seasonal.customers[:20]
    endless, long = (seasonal.predict(ahead, 0.5, customers=some)["clv"] for ahead in ("inf", "60Y"))
    assert endless.to_numpy() == pytest.approx(long.to_numpy(), rel=1e-7)


def test_due_is_the_first_day_below_the_threshold(seasonal: clv.CustomerModel, by_hand: ByHand) -> None:
    x, t_x, T = by_hand.histories()
    found = seasonal.due(0.4)
    born = by_hand.at(END) - T
    some = found.index[found["due"].notna() & (found["due"] > "2019-06-01") & (found["due"] < "2035-01-01")][
        :200
    ]
    assert len(some) > 100
    for shift, below in ((0, True), (-1, False)):
        T_due = by_hand.at(found.loc[some, "due"] + pd.Timedelta(shift, "D")) - born[some]
        p_alive = by_hand.law.p_alive(x[some], t_x[some], np.maximum(T_due, t_x[some]))
        assert ((p_alive < 0.4 + 1e-9) == below).mean() > 0.99
    assert (found.loc[x == 0, "due_note"] == "never in doubt").all()


def test_a_new_customer_is_worth_more_before_the_season(seasonal: clv.CustomerModel, by_hand: ByHand) -> None:
    before, after = (seasonal.new_customer("8W", arrives=day) for day in ("2022-10-31", "2022-12-31"))
    for customer, start, end in ((before, "2022-10-31", "2022-12-26"), (after, "2022-12-31", "2023-02-25")):
        expected = by_hand.law.expected_purchases(by_hand.at(end) - by_hand.at(start))
        assert customer.expected_purchases == pytest.approx(float(expected))
    assert before.expected_purchases > 2 * after.expected_purchases
    slow, quick = (
        seasonal.new_customer("52W", arrives=day, acquisition_cost=60.0, margin=0.9).payback
        for day in ("2022-12-31", "2022-10-31")
    )
    assert quick < slow
    with pytest.raises(DataError, match="arrives must be a date"):
        seasonal.new_customer(arrives="May")


def test_the_log_likelihood_is_that_of_the_purchases_in_calendar_time(
    past: pd.DataFrame, seasonal: clv.CustomerModel, by_hand: ByHand
) -> None:
    days = past.assign(date=past["date"].dt.normalize()).drop_duplicates(["customer_id", "date"])
    repeats = days[days["date"] > days.groupby("customer_id")["date"].transform("min")]
    factors = seasonal.season.factors(repeats["date"].unique())
    of_day = repeats["date"].value_counts().loc[repeats["date"].unique()].to_numpy()
    known = float(np.sum(by_hand.law.log_likelihood(*by_hand.histories())) + of_day @ np.log(factors))
    fit = seasonal.purchases
    assert fit.log_likelihood == pytest.approx(known)
    assert fit.aic == pytest.approx(2 * (4 + seasonal.season.freedom) - 2 * known)
    assert 10 < seasonal.season.freedom <= 12
    assert fit.aic < clv.fit(past, end=END).purchases.aic - 500


@pytest.mark.nightly
def test_intervals_hold_the_uncertainty_of_the_factors(seasonal: clv.CustomerModel) -> None:
    season = seasonal.season
    certain = replace(season, covariance=tuple(tuple(0.0 for _ in row) for row in season.covariance))
    vague = replace(season, covariance=tuple(tuple(4 * v for v in row) for row in season.covariance))
    width = []
    for known in (certain, vague):
        model = replace(seasonal, season=known)
        expected = model.predict("28D", 0.0)["expected_purchases"].sum()
        total = model.total(horizon="28D").iloc[0]
        month = model.forecast("28D", every="28D").iloc[0]
        assert total["purchases"] == pytest.approx(expected)
        assert month["purchases"] == pytest.approx(expected)
        width.append([total["purchases_mean_high"] - total["purchases_mean_low"],
                      total["clv_mean_high"] - total["clv_mean_low"],
                      month["purchases_high"] - month["purchases_low"]])  # fmt: skip
    assert (np.array(width[1]) > np.array(width[0]) * [1.3, 1.3, 1.05]).all()


def test_a_saved_model_answers_alike(past: pd.DataFrame, seasonal: clv.CustomerModel, tmp_path: Path) -> None:
    season = seasonal.season.with_factors({"2022-01-15": 5.0})
    promoted = clv.fit(past[past["customer_id"] < 400], end=END, season=season, value_per_order=1.0)
    promoted.save(tmp_path / "m.json")
    loaded = clv.load(tmp_path / "m.json")
    assert (loaded.season, loaded.purchases.aic) == (promoted.season, promoted.purchases.aic)
    some = {"horizon": "13W", "customers": promoted.customers[:30]}
    pd.testing.assert_frame_equal(loaded.predict(**some), promoted.predict(**some))
    one, other = (model.predict(interval=0.5, **some)["clv_high"].sum() for model in (loaded, promoted))
    assert one == pytest.approx(other, abs=3)
    plain = replace(promoted, season=seasonal.season)
    for horizon, more in (("1W", False), ("4W", True)):
        ahead = [m.predict(horizon)["expected_purchases"].sum() for m in (plain, promoted)]
        assert (ahead[1] > 1.05 * ahead[0]) == more
        assert ahead[1] >= ahead[0]


def test_engines_give_the_same(past: pd.DataFrame, seasonal: clv.CustomerModel) -> None:
    lazy = clv.fit(rfm.Transactions(pl.from_pandas(past).lazy()), season="month", end=END)
    assert lazy.season.by_slot == pytest.approx(seasonal.season.by_slot, rel=1e-6)
    found = lazy.predict("13W").collect().sort("customer_id")
    assert found["expected_purchases"].to_numpy() == pytest.approx(
        seasonal.predict("13W")["expected_purchases"].to_numpy(), rel=1e-5
    )


def test_other_customers_are_read_on_their_own_day(shop: pd.DataFrame, seasonal: clv.CustomerModel) -> None:
    later = clv.summarize(shop, end="2022-10-31")
    ahead = seasonal.predict("61D", 0.0, customers=later)["expected_purchases"].sum()
    days = shop.assign(date=shop["date"].dt.normalize()).drop_duplicates(["customer_id", "date"])
    known = days.groupby("customer_id")["date"].transform("min") <= "2022-10-31"
    assert ahead == pytest.approx((known & (days["date"] > "2022-10-31")).sum(), rel=0.12)
    with pytest.raises(DataError, match="A season needs the day on which observation ended"):
        seasonal.predict(customers=later.drop(columns="end"))


def test_summaries_take_known_seasons_only(past: pd.DataFrame, christmas: clv.Season) -> None:
    summary = clv.summarize(past, end=END)
    model = clv.fit_summary(summary, season=christmas)
    assert model.purchases.law == clv.fit(past, season=christmas, end=END).purchases.law
    with pytest.raises(DataError, match="a summary does not hold the days of purchases"):
        clv.fit_summary(summary, season="auto")
    with pytest.raises(DataError, match="A season needs the day on which observation ended"):
        clv.fit_summary(summary.drop(columns="end"), season=christmas)


def test_a_purchase_on_a_closed_day_is_an_error(past: pd.DataFrame) -> None:
    closed = clv.Season.from_factors({str(past["date"].iloc[500].date()): 0.0})
    with pytest.raises(DataError, match=r"Customer \d+ bought on .*, a day whose factor in the season is 0"):
        clv.fit(past, season=closed)


def test_payments_of_lifetimes_have_no_season(seasonal: clv.CustomerModel) -> None:
    with pytest.raises(DataError, match="lump='lifetimes' has no season"):
        seasonal.predict("12M", 0.01, lump="lifetimes")


def test_pictures_and_tables_follow_the_season(
    shop: pd.DataFrame, past: pd.DataFrame, seasonal: clv.CustomerModel
) -> None:
    tracked = clv.plot.tracking_data(seasonal, shop)
    by_month = (
        tracked[tracked["date"] >= "2021-01-01"]
        .groupby(tracked["date"].dt.month)[["happened", "predicted"]]
        .sum()
    )
    assert (by_month["predicted"] / by_month["happened"] - 1).abs().max() < 0.3
    held = clv.plot.holdout_data(seasonal, shop[shop["date"] < "2022-11-01"], end="2021-12-31")
    assert held["predicted"].sum() == pytest.approx(held["happened"].sum(), rel=0.08)
    customer = int(seasonal.customers["customer_id"].iloc[0])
    history = clv.plot.p_alive_history_data(seasonal, past, customer, until=END)
    assert history["p_alive"].iloc[-1] == pytest.approx(seasonal.predict("1W")["p_alive"].iloc[0])
    counts = clv.plot.purchase_counts_data(seasonal)
    assert counts["model"].to_numpy() == pytest.approx(counts["actual"].to_numpy(), rel=0.25)
    table = clv.customer_table(past, as_of=END, season=seasonal.season, horizon="13W")
    assert table["expected_purchases"].to_numpy() == pytest.approx(
        seasonal.predict("13W")["expected_purchases"].to_numpy()
    )
    with pytest.raises(DataError, match="season= is an option of the fit"):
        clv.customer_table(past, model=seasonal, season="auto")


@pytest.mark.parametrize("name", ["mbg-nbd", "pareto-nbd"])
def test_every_law_of_continuous_time_has_a_season(
    past: pd.DataFrame, shop: pd.DataFrame, christmas: clv.Season, name: str
) -> None:
    alone = past[["customer_id", "date"]]
    without, with_season = (
        clv.fit(alone, name, end=END, season=season).predict("13W")["expected_purchases"].sum()
        for season in (None, christmas)
    )
    days = shop.assign(date=shop["date"].dt.normalize()).drop_duplicates(["customer_id", "date"])
    later = days[
        days["date"].between("2022-01-01", "2022-04-01") & days["customer_id"].isin(past["customer_id"])
    ]
    assert with_season == pytest.approx(len(later), rel=0.08)
    assert without > 1.4 * len(later)


@dataclass(frozen=True)
class Stayers(clv.PurchaseLaw):
    """Customers who never leave, with Gamma rates: a law as a user would write it."""

    r: Any
    alpha: Any

    name = "stayers"
    mixing = (clv.Gamma("r", "alpha", of="purchase rate"),)

    def log_likelihood(self, x: Any, t_x: Any, T: Any) -> Any:
        x, t_x, T = self.to_history(x, t_x, T)
        return clv.Gamma.log_moment(self.r, self.alpha, x, T)

    def posterior(self, x: Any, t_x: Any, T: Any) -> Stayers:
        x, t_x, T = self.to_history(x, t_x, T)
        return Stayers(self.r + x, self.alpha + T)

    def expected_purchases(self, t: Any) -> Any:
        return self.r / self.alpha * np.asarray(t, dtype=float)

    def log_pmf(self, n: Any, t: Any) -> Any:
        n, t = np.asarray(n, dtype=float), np.asarray(t, dtype=float)
        return clv.Gamma.log_moment(self.r, self.alpha, n, t) + special.xlogy(n, t) - special.gammaln(n + 1)

    def simulate(self, T: Any, rng: np.random.Generator) -> clv.Simulation:
        raise NotImplementedError


def test_a_law_of_ones_own_has_a_season_too() -> None:
    """Of customers who joined on one day and never leave, the factors are the months' shares of the purchases."""
    rng, days = np.random.default_rng(0), pd.date_range("2020-01-01", "2022-12-31")
    factor = np.where(days.month == 12, 2.0, 1.0)
    rate = rng.gamma(1.2, 1 / 60.0, 400)
    who, when = np.nonzero(rng.random((400, len(days))) < rate[:, None] * factor)
    log = pd.DataFrame(
        {"customer_id": [*range(400), *who], "date": [*[days[0]] * 400, *days[when]]}
    ).drop_duplicates()  # fmt: skip
    model = clv.fit(log, Stayers, season="month", end="2022-12-31")
    repeats = log[log["date"] > days[0]]
    share = (
        repeats["date"].dt.month.value_counts().sort_index().to_numpy()
        / days.month.value_counts().sort_index()
    )
    ratio = share.to_numpy() / share.mean()
    assert model.season.by_month == pytest.approx(ratio / ratio.mean(), abs=0.06)
    month = model.predict("31D", as_of="2023-11-30")["expected_purchases"].sum()
    assert month / model.predict("30D", as_of="2023-10-31")["expected_purchases"].sum() == pytest.approx(
        2.0, rel=0.12
    )


def test_a_closed_week_has_no_purchases(seasonal: clv.CustomerModel) -> None:
    closed = replace(
        seasonal, season=seasonal.season.with_factors({f"2022-01-0{k}": 0.0 for k in range(1, 8)})
    )
    some = seasonal.customers[:40]
    predicted = closed.predict("7D", interval=0.9, customers=some)
    assert (predicted[["expected_purchases", "p_purchase", "clv", "clv_high", "purchases_high"]] == 0).all(
        axis=None
    )
    after = closed.predict("28D", 0.0, customers=some)["expected_purchases"]
    assert (after < 0.8 * seasonal.predict("28D", 0.0, customers=some)["expected_purchases"]).all()
    assert closed.new_customer("7D").expected_purchases == 0


def test_units_and_the_order_of_rows_change_nothing(past: pd.DataFrame, seasonal: clv.CustomerModel) -> None:
    alone = past[["customer_id", "date"]]
    model = clv.fit(alone.sample(frac=1, random_state=1), season="month", unit="D", end=END)
    assert model.season.by_slot == pytest.approx(seasonal.season.by_slot, rel=1e-6)
    assert model.predict("13W")["expected_purchases"].to_numpy() == pytest.approx(
        seasonal.predict("13W")["expected_purchases"].to_numpy(), rel=1e-6
    )
    ordered = clv.fit(alone, season="month", unit="D", end=END)
    assert (ordered.season, ordered.purchases.law) == (model.season, model.purchases.law)
