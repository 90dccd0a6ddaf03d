"""The k of regular buyers: what is chosen, from what, and that log-likelihoods compare."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.data import FitData

SPEND = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)
TRUE = {"r": 1.2, "alpha": 3.0, "a": 0.8, "b": 3.0}
FAMILIES = {"mbg-cnbd": clv.MBGCNBD, "bg-cnbd": clv.BGCNBD}


def shop(
    k: int, customers: int = 1_000, name: str = "mbg-cnbd", seed: int = 1, **options: Any
) -> pd.DataFrame:
    """The log of customers with k phases between purchases."""
    law = FAMILIES[name](**TRUE, k=k)
    return clv.simulate(law, SPEND, customers=customers, rng=np.random.default_rng(seed), **options)


@pytest.mark.parametrize("k", [1, 2, 3, 6])
@pytest.mark.parametrize("name", FAMILIES)
def test_the_chosen_k_is_the_true_one_and_the_best_of_all_twelve(name, k):
    summary = clv.summarize(shop(k, name=name))
    fit = clv.fit_law(name, summary)
    assert fit.law.k == k
    every = {each: clv.fit_law(name, summary, k=each).log_likelihood for each in range(1, 13)}
    assert max(every, key=lambda each: every[each]) == k
    assert fit.by_k == {each: pytest.approx(every[each], abs=1e-9) for each in fit.by_k}
    assert set(fit.by_k) >= {max(k - 1, 1), k, k + 1}


def test_the_order_of_customers_does_not_matter_to_the_last_bit():
    summary = clv.summarize(shop(2, customers=2_000))
    fits = [clv.fit_law("mbg-cnbd", summary.sample(frac=1, random_state=seed)) for seed in range(3)]
    assert len({str(fit.by_k) + repr(fit.law) for fit in fits}) == 1


@pytest.mark.parametrize("k", [2, 4])
def test_parameters_are_recovered(k):
    fit = clv.fit_law("mbg-cnbd", clv.summarize(shop(k, customers=4_000, seed=5)))
    for parameter, (low, high) in fit.interval(0.999).items():
        assert low < TRUE[parameter] < high


def test_cdnow_is_bought_at_random_moments():
    log, end = rfm.datasets.cdnow_sample(), "1997-09-30"
    for name, law in (("bg-cnbd", "bg-nbd"), ("mbg-cnbd", "mbg-nbd")):
        regular, plain = (clv.fit(log, model, end=end).purchases for model in (name, law))
        assert (regular.law.name, list(regular.by_k)) == (f"{name}-1", [1, 2, 3])
        assert regular.log_likelihood == pytest.approx(plain.log_likelihood, abs=1e-8)
        assert regular.aic == pytest.approx(plain.aic + 2, abs=1e-7)  # k is a parameter that was chosen


def density_of_times(law: Any, times: list[float], T: float) -> float:
    """The log-density of repeat purchases at these times until T: ∫∫ over the rate and the dropout chance."""
    rng = np.random.default_rng(0)
    rate, leave = rng.gamma(law.r, 1 / law.alpha, 400_000), rng.beta(law.a, law.b, 400_000)
    gaps, k = np.diff([0.0, *times]), law.k
    ended = np.prod([rate**k * gap ** (k - 1) / math.gamma(k) * np.exp(-rate * gap) for gap in gaps], axis=0)
    rest = (T - times[-1]) * rate
    waits = np.exp(-rest) * sum(rest**j / math.factorial(j) for j in range(k))
    return math.log(np.mean(ended * (1 - leave) ** len(gaps) * (leave + (1 - leave) * waits)))


@pytest.mark.parametrize("k", [1, 2, 3])
def test_the_log_likelihood_of_a_fit_is_that_of_the_purchase_times(k):
    """So that fits of all laws to one log compare; against a Monte Carlo integral of the model's definition."""
    law = clv.MBGCNBD(**TRUE, k=k)
    times = [2.0, 5.0, 7.0]
    told = law.log_likelihood(3, 7.0, 10.0) + law.log_gap_term(np.log(np.diff([0.0, *times])).sum(), 3)
    assert told == pytest.approx(density_of_times(law, times, 10.0), abs=0.01)
    summary = clv.summarize(shop(2, customers=300))
    fit = clv.fit_law("mbg-cnbd", summary, k=k)
    x, t_x, T, sums = (
        summary[name].to_numpy(float) for name in ("frequency", "recency", "T", "sum_log_gaps")
    )
    by_hand = np.sum(fit.law.log_likelihood(x, t_x, T) + fit.law.log_gap_term(sums, x))
    assert fit.log_likelihood == pytest.approx(by_hand, abs=1e-7)


def test_the_unit_of_time_moves_all_likelihoods_alike():
    log = shop(3, customers=400)
    weeks, days = (clv.fit_law("mbg-cnbd", clv.summarize(log, unit=unit)) for unit in ("W", "D"))
    repeats = clv.summarize(log)["frequency"].sum()
    assert weeks.law.k == days.law.k == 3
    for k, value in weeks.by_k.items():
        assert days.by_k[k] == pytest.approx(value - repeats * math.log(7), abs=1e-6)
    poisson = [clv.fit_law("mbg-nbd", clv.summarize(log, unit=unit)).log_likelihood for unit in ("W", "D")]
    assert poisson[0] - poisson[1] == pytest.approx(repeats * math.log(7), abs=1e-6)


def test_weights_count_customers():
    summary = clv.summarize(shop(2, customers=200))
    twice = clv.fit_law(
        "mbg-cnbd", pd.concat([summary, summary.assign(customer_id=summary["customer_id"] + 1e6)])
    )
    weighted = clv.fit_law("mbg-cnbd", summary, weights=np.full(len(summary), 2.0))
    assert weighted.by_k == {k: pytest.approx(value, rel=1e-9) for k, value in twice.by_k.items()}
    both = clv.summarize(
        pd.concat([shop(1, 300), shop(6, 300).assign(customer_id=lambda log: log["customer_id"] + 1_000)])
    )
    for first, k in ((1e4, 1), (1e-4, 6)):
        weights = np.where(both["customer_id"] < 1_000, first, 1.0)
        assert clv.fit_law("mbg-cnbd", both.assign(w=weights), weights="w").law.k == k


def test_a_prior_takes_part_in_the_choice():
    summary = clv.summarize(shop(2, customers=60))
    prior = clv.Prior()
    fit = clv.fit_law("mbg-cnbd", summary, prior=prior)
    plain = clv.fit_law("mbg-cnbd", summary, prior=prior, k=fit.law.k)
    assert fit.log_likelihood == plain.log_likelihood
    assert fit.by_k[fit.law.k] < fit.log_likelihood  # with the log-density of the prior


def test_k_is_given_by_name_by_option_and_by_class():
    summary = clv.summarize(shop(2, customers=200))
    by_option, by_name, by_class = (
        clv.fit_law("mbg-cnbd", summary, k=3),
        clv.fit_law("mbg-cnbd-3", summary),
        clv.fit_law(clv.MBGCNBD.with_k(3), summary, k=3),
    )
    assert by_option.law == by_name.law == by_class.law
    assert by_option.by_k == {}


@pytest.mark.parametrize(
    ("model", "k", "fact"),
    [
        (
            "bg-nbd",
            2,
            "k=2 is an option of the laws of regular buyers, and BG/NBD has none. Hint: leave out k=",
        ),
        ("mbg-cnbd-2", 3, "k=3 was given, and 'mbg-cnbd-2' says k = 2. Hint: leave out one"),
        ("mbg-cnbd", 13, "13"),
        ("mbg-cnbd", 0, "0"),
        ("mbg-cnbd", 1.5, "1.5"),
        ("mbg-cnbd", "2", "'2'"),
    ],
)
def test_a_k_that_the_law_cannot_have_is_an_error(model, k, fact):
    log = shop(1, customers=50)
    for ask in (
        lambda: clv.fit(log, model, k=k),
        lambda: clv.predict(log, model=model, k=k),
        lambda: clv.fit_law(model, clv.summarize(log), k=k),
        lambda: clv.fit_summary(clv.summarize(log), model, k=k),
    ):
        with pytest.raises(rfm.DataError, match=fact):
            ask()


def test_a_summary_without_gaps_needs_k():
    summary = clv.summarize(shop(2, customers=200))
    bare = summary.drop(columns="sum_log_gaps")
    for ask in (clv.fit_summary, lambda table, law: clv.fit_law(law, table)):
        with pytest.raises(
            rfm.DataError,
            match=r"without the column 'sum_log_gaps'.*Hint: give it, k=2 or model=\"mbg-cnbd-2\"",
        ):
            ask(bare, "mbg-cnbd")
    given, known = (clv.fit_summary(table, "mbg-cnbd", k=2).purchases for table in (bare, summary))
    assert given.law == known.law
    repeats = summary["frequency"].sum()
    gained = known.law.log_gap_term(summary["sum_log_gaps"].sum(), repeats)
    assert known.log_likelihood - given.log_likelihood == pytest.approx(gained, abs=1e-7)


def test_gaps_that_cannot_be_are_refused():
    summary = clv.summarize(shop(2, customers=100))
    in_days = summary.assign(sum_log_gaps=clv.summarize(shop(2, customers=100), unit="D")["sum_log_gaps"])
    with pytest.raises(
        rfm.DataError, match=r"gaps that add up to t_x have at most .*Hint: it is in the table's unit"
    ):
        clv.fit_summary(in_days, "mbg-cnbd")
    with pytest.raises(
        rfm.DataError, match="'sum_log_gaps' has values that are missing or infinite, the first in row 0"
    ):
        clv.fit_summary(summary.assign(sum_log_gaps=np.nan), "mbg-cnbd")
    alike = summary.assign(sum_log_gaps=0.0)[summary["frequency"] == 0]
    with pytest.raises(rfm.DataError, match="sum_log_gaps = 1, and gaps that add up to t_x have at most 0"):
        clv.fit_summary(
            pd.concat([summary[summary["frequency"] > 0], alike.assign(sum_log_gaps=1.0)]), "mbg-cnbd"
        )


def test_rows_keep_their_gaps_when_they_are_merged_chosen_and_sampled():
    summary = clv.summarize(shop(2, customers=3_000))
    data = FitData.read(clv.MBGCNBD, summary)
    assert len(data.weights) < len(summary)
    assert data.log_gaps.sum() == pytest.approx(summary["sum_log_gaps"].sum(), rel=1e-12)
    buyers = data.where(data.columns[0] > 0)
    assert buyers.log_gaps.sum() == pytest.approx(data.log_gaps.sum(), rel=1e-12)
    some = data.sample(300)
    each, of_some = ((d.log_gaps.sum() / (d.weights @ d.columns[0])) for d in (data, some))
    assert of_some == pytest.approx(each, abs=0.1)
    assert FitData.read(clv.BGNBD, summary).log_gaps is None


def test_many_rows_begin_with_some_of_them(monkeypatch):
    summary = clv.summarize(shop(4, customers=2_000))
    whole = clv.fit_law("mbg-cnbd", summary)
    monkeypatch.setattr("clv._fits.timing.SAMPLE", 100)
    begun = clv.fit_law("mbg-cnbd", summary)
    assert begun.law.k == whole.law.k == 4
    assert 1 in whole.by_k
    assert set(begun.by_k) <= {2, 3, 4, 5, 6}  # near the one found on a sample, in both directions
    assert begun.by_k == {
        k: pytest.approx(whole.by_k[k], rel=1e-12) for k in begun.by_k if k in whole.by_k
    } | {k: value for k, value in begun.by_k.items() if k not in whole.by_k}


def test_covariates_take_part_in_the_choice():
    logs = {kind: shop(3, 500, seed=kind) for kind in (1, 2)}
    log = pd.concat([logs[1], logs[2].assign(customer_id=lambda table: table["customer_id"] + 1_000)])
    kinds = pd.DataFrame({"customer_id": log["customer_id"].unique()})
    kinds["second"] = (kinds["customer_id"] >= 1_000).astype(float)
    model = clv.fit(log, "mbg-cnbd", covariates=kinds, purchase="second")
    assert model.purchases.law.k == 3
    assert list(model.purchases.by_k) == [1, 2, 3, 4, 5]
    given = clv.fit(log, "mbg-cnbd-3", covariates=kinds, purchase="second").purchases
    assert model.purchases.log_likelihood == pytest.approx(given.log_likelihood, abs=1e-9)
    assert model.purchases.likelihood_ratio.p_value > 1e-3


def test_the_table_is_shown():
    model = clv.fit(shop(2, customers=300), "mbg-cnbd")
    line = next(line for line in model.summary().splitlines() if line.startswith("k = "))
    assert line.startswith("k = 2, chosen by the log-likelihood: ")
    assert all(f"{value:.1f} at {k}" in line for k, value in model.purchases.by_k.items())
    assert "chosen" not in clv.fit(shop(2, customers=300), "mbg-cnbd", k=2).summary()


def test_the_fingerprint_knows_the_gaps():
    summary = clv.summarize(shop(2, customers=100))
    other = summary.assign(sum_log_gaps=summary["sum_log_gaps"] - 0.01 * (summary["frequency"] > 0))
    one, two = (clv.fit_summary(table, "mbg-cnbd", k=2) for table in (summary, other))
    assert one.purchases.law == two.purchases.law
    assert one.fingerprint != two.fingerprint


SUMMER = clv.Season.from_factors({month: 4.0 if 6 <= month <= 8 else 0.5 for month in range(1, 13)})


@pytest.fixture(scope="module")
def summery() -> pd.DataFrame:
    """Customers with three phases between purchases in a season's time."""
    return shop(3, 800, observed="130W", season=SUMMER)


def test_with_a_season_gaps_are_those_in_its_time(summery):
    model = clv.fit(summery, "mbg-cnbd", season=SUMMER)
    fit = model.purchases
    assert fit.law.k == 3
    assert (
        clv.fit(summery, "mbg-cnbd").purchases.law.k < 3
    )  # in the calendar's time gaps vary with the season, too
    days = summery.assign(date=summery["date"].dt.normalize())[["customer_id", "date"]].drop_duplicates()
    days = days.sort_values(["customer_id", "date"])
    every = pd.date_range(days["date"].min(), days["date"].max())
    factor = pd.Series(SUMMER.factors(every), index=every)
    now = days["date"].map(factor.cumsum()) / 7
    gap = now.groupby(days["customer_id"]).diff()
    first, last = (now.groupby(days["customer_id"]).agg(which) for which in ("first", "last"))
    x = days.groupby("customer_id").size() - 1.0
    T = factor.sum() / 7 - first
    told = fit.law.log_likelihood(x, last - first, T) + fit.law.log_gap_term(
        np.log(gap).groupby(days["customer_id"]).sum(), x
    )
    by_hand = np.sum(told) + np.log(days["date"].map(factor))[gap.notna()].sum()
    assert fit.log_likelihood == pytest.approx(by_hand, abs=1e-6)
    assert fit.by_k[3] == pytest.approx(by_hand, abs=1e-6)


@pytest.mark.nightly
def test_a_learned_season_and_a_choice_at_each_origin(summery):
    assert clv.fit(summery, "mbg-cnbd", season="month").purchases.law.k == 3
    result = clv.backtest(
        summery, "26W", models=["mbg-cnbd", "mbg-cnbd-3"], season=SUMMER, origins=2, baselines=False
    )
    chosen, given = (
        result.table[result.table["model"] == name].drop(columns="model").reset_index(drop=True)
        for name in ("mbg-cnbd", "mbg-cnbd-3")
    )
    pd.testing.assert_frame_equal(chosen, given)
    without_money = clv.backtest(
        summery[["customer_id", "date"]],
        "26W",
        models=["mbg-cnbd", "mbg-cnbd-3"],
        season=SUMMER,
        baselines=False,
    )
    assert without_money.table["predicted"].nunique() == 1


def test_a_season_of_a_summary_needs_k(summery):
    summary = clv.summarize(summery)
    with pytest.raises(
        rfm.DataError, match=r"or are read in a season's time. Hint: .*clv.fit\(tx, …\) of the log"
    ):
        clv.fit_summary(summary, "mbg-cnbd", season=SUMMER)
    given = clv.fit_summary(summary, "mbg-cnbd", season=SUMMER, k=3).purchases
    assert given.law == clv.fit(summery, "mbg-cnbd", season=SUMMER, k=3).purchases.law


@pytest.mark.parametrize("asked", [{"entry_after": "auto"}, {"first_purchase": "since"}])
def test_logs_that_begin_mid_history_are_refused(asked):
    log = shop(2, 200)
    log["since"] = log.groupby("customer_id")["date"].transform("min")
    text = r"(entry_after|first_purchase)= needs to know .* MBG/CNBD-k, in which it also matters when"
    with pytest.raises(rfm.DataError, match=text):
        clv.fit(log, "mbg-cnbd", **asked)


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore:m?bg-nbd. the estimates diverge")
@pytest.mark.parametrize("k", [2, 3, 6])
def test_regular_buyers_are_predicted_better_than_by_laws_of_random_moments(k):
    """Three shops each: the mean absolute error of customers and the error of the total in half a year held out."""
    error, bias = {}, {}
    for seed in range(3):
        log = shop(k, 2_000, seed=10 * k + seed)
        result = clv.backtest(log, "26W", models=["mbg-cnbd", "mbg-nbd", "bg-nbd"], baselines=False)
        for row in result.table.itertuples():
            error[row.model] = error.get(row.model, 0.0) + row.mae / 3
            bias[row.model] = bias.get(row.model, 0.0) + row.bias / 3
    assert error["mbg-cnbd"] < 0.95 * min(error["mbg-nbd"], error["bg-nbd"])
    assert abs(bias["mbg-cnbd"]) < 0.5 * min(abs(bias["mbg-nbd"]), abs(bias["bg-nbd"]))


def in_whole_days(k: int, gap: float, customers: int = 3_000) -> pd.DataFrame:
    """A summary, in days, of buyers with a mean gap; several purchases of a day are one."""
    rng = np.random.default_rng(3)
    law = clv.MBGCNBD(r=2.0, alpha=2.0 * gap / k, a=0.8, b=12.0, k=k)
    T = rng.integers(int(20 * gap), int(40 * gap), customers).astype(float)
    members = law.simulate(T, rng)
    day = np.floor(members.times + rng.random(customers)[members.customer])
    bought = pd.DataFrame({"customer_id": members.customer, "day": day})[day > 0].drop_duplicates()
    gaps = bought.groupby("customer_id")["day"].diff().fillna(bought["day"])
    found = pd.DataFrame({"T": T + 1.0})
    found["frequency"] = bought.groupby("customer_id").size()
    found["recency"] = bought.groupby("customer_id")["day"].max()
    found["sum_log_gaps"] = np.log(gaps).groupby(bought["customer_id"]).sum()
    return found.fillna(0.0)


@pytest.mark.nightly
@pytest.mark.parametrize(
    ("gap", "chosen"),
    [
        (1, {1: 4, 2: 6, 3: 7, 6: 11}),
        (3, {1: 2, 2: 3, 3: 4, 6: 6}),
        (7, {1: 2, 2: 2, 3: 3, 6: 6}),
        (14, {1: 1, 2: 2, 3: 3, 6: 6}),
    ],
)
def test_whole_days_make_frequent_buyers_seem_more_regular(gap, chosen):
    """The numbers of docs/how-to/choosing-a-law.md."""
    found = {k: clv.fit_law("mbg-cnbd", in_whole_days(k, gap), unit="D").law.k for k in chosen}
    assert found == chosen
