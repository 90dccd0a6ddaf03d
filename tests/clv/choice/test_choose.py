"""The law that is chosen for a log: simulated logs, short ones, options, engines, orders of rows."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._choice.choose import choose_law, contradicted, origins_of
from clv._choice.outlook import outlook
from clv._choice.refits import Refits, Terms
from clv._fit import fit_histories, refits_for


@pytest.fixture(scope="module")
def log():
    return rfm.datasets.cdnow_sample()


FAST = ("mbg-nbd", "bg-nbd")  # the fits of Pareto/NBD take the most time


def choice_for(log, end=None, **options):
    """Of two laws whose fits are quick."""
    tx = rfm.Transactions(log)
    last = tx.last_day if end is None else rfm._days.as_day(end, "end")
    return choose_law(refits_for(tx, **options), last, FAST)


@pytest.fixture(scope="module")
def few(log):
    return log.query("customer_id <= 800")[["customer_id", "date", "amount"]]


@pytest.fixture(scope="module")
def chosen(few):
    return choice_for(few)


def simulated(law, customers, seed):
    rng = np.random.default_rng(seed)
    shop = clv.simulate(law, clv.GammaGamma(6.0, 4.0, 15.0), customers, rng=rng, start="2022-01-03", joining="40W",
                        observed="104W")  # fmt: skip
    return shop.drop(columns="amount")


@pytest.mark.parametrize(
    ("length", "origins", "days"),
    [
        (55, [], 28),
        (56, [28], 28),
        (84, [28, 56], 28),
        (112, [28, 56, 84], 28),
        (400, [100, 200, 300], 100),
        (1_092, [273, 546, 819], 273),
        (3_000, [1_635, 1_908, 2_181, 2_454, 2_727], 273),
    ],
)
def test_hold_outs_do_not_overlap_and_as_much_lies_before_the_first(length, origins, days):
    assert origins_of(1_000, 1_000 + length) == ([1_000 + day for day in origins], days)


def test_what_no_fit_can_do_without_lies_before_the_first_origin_too():
    assert origins_of(0, 400, after=50) == ([200, 300], 100)
    assert origins_of(0, 400, after=201)[0] == []


@pytest.mark.parametrize(
    ("law", "wrong"),
    [
        pytest.param(clv.ParetoNBD(0.8, 3.0, 0.5, 4.0), "bg-nbd", marks=pytest.mark.slow),
        (clv.MBGNBD(1.5, 4.0, 0.6, 1.2), "bg-nbd"),
        pytest.param(clv.BGNBD(0.7, 4.0, 2.0, 2.0), "mbg-nbd", marks=pytest.mark.slow),
    ],
)
def test_the_law_that_made_a_log_is_never_worse_and_another_is(law, wrong):
    choice = clv.fit(simulated(law, 2_000, 7), "auto").choice
    verdict = choice.table.set_index("model")["verdict"]
    assert verdict[type(law).name] in ("chosen", "tied")
    assert verdict[wrong] == "worse"


def test_the_scores_are_those_of_fits_at_the_origins(few, chosen):
    tx = rfm.Transactions(few)
    origins, days = origins_of(tx.first_day, tx.last_day)
    total = dict.fromkeys(chosen.table["model"], 0.0)
    for day in origins:
        ends = [rfm._days.day_date(at) for at in (day, day + days)]
        early, late = (clv.summarize(few, end=end) for end in ends)
        both = early.merge(late[["customer_id", "frequency"]], on="customer_id", suffixes=("", "_then"))
        happened = (both["frequency_then"] - both["frequency"]).to_numpy(float)
        for name in total:
            model = clv.fit(few, name, end=ends[0])
            total[name] += outlook(model, happened, f"{days}D").log_score.sum()
    assert total == pytest.approx(chosen.table.set_index("model")["log_score"].to_dict(), rel=1e-9)


def test_the_answer_does_not_depend_on_rows_or_seeds(few, chosen):
    np.random.seed(5)  # noqa: NPY002 - it must not matter
    again = choice_for(few.sample(frac=1.0, random_state=2))
    assert again == chosen
    pd.testing.assert_frame_equal(again.table, chosen.table, rtol=1e-9)


@pytest.mark.slow_on("spark")
def test_the_answer_is_the_same_behind_an_engine(constructor, few, chosen):
    found = choice_for(constructor(few))
    assert found == chosen
    pd.testing.assert_frame_equal(found.table, chosen.table, rtol=1e-6)


def test_later_orders_are_not_looked_at(few):
    end = "1998-02-28"
    blind, seeing = choice_for(few[few["date"] <= end], end), choice_for(few, end)
    assert blind == seeing
    pd.testing.assert_frame_equal(blind.table, seeing.table)


def test_a_short_log_gets_the_first_law_of_the_rule_and_says_that_it_was_not_tested(log):
    short = log[log["date"] < "1997-02-20"]
    model = clv.fit(short[["customer_id", "date"]], "auto")
    assert model.choice.sentence == (
        "mbg-nbd was taken without a test: the log has 50 days, and a hold-out of 28 days after as many would not fit "
        "into it."
    )
    assert (model.purchases.law.name, len(model.choice.table)) == ("mbg-nbd", 0)


@pytest.mark.filterwarnings("ignore::clv.FitWarning")
def test_a_first_part_without_repeat_purchases_says_so_too():
    first = pd.DataFrame({"customer_id": range(50), "date": pd.Timestamp("2023-01-01")})
    again = pd.DataFrame({"customer_id": range(20), "date": pd.Timestamp("2023-12-20")})
    again["date"] += pd.to_timedelta(again["customer_id"] % 7, unit="D")
    model = clv.fit(pd.concat([first, again]), "auto")
    assert "does not hold enough repeat purchases" in model.choice.sentence
    assert model.purchases.law.name == "mbg-nbd"


def test_only_some_customers_of_many_are_read_and_the_sentence_says_so(few, chosen):
    tx = rfm.Transactions(few)
    found = choose_law(Refits(tx, Terms(), fit_histories, most=400, lenient=True), tx.last_day, FAST)
    assert "400 customers were read, chosen by a hash of their ids" in found.sentence
    scale = found.table["log_score"].iloc[0] / chosen.table["log_score"].iloc[0]
    assert scale == pytest.approx(400 / few["customer_id"].nunique(), rel=0.2)


def test_one_time_buyers_who_left_speak_against_a_law_that_lets_none_of_them_leave():
    gone = rfm.Transactions(simulated(clv.MBGNBD(1.0, 4.0, 1.0, 1.5), 1_500, 3))
    stay = rfm.Transactions(simulated(clv.BGNBD(0.9, 4.0, 0.5, 4.0), 1_500, 3))
    laws = {law.name: law for law in (clv.BGNBD, clv.MBGNBD, clv.ParetoNBD)}
    for tx, expected in ((gone, ["bg-nbd"]), (stay, [])):
        refits = refits_for(tx)
        assert list(contradicted(refits, tx.last_day, ["bg-nbd", "pareto-nbd"], laws)) == expected
        assert list(contradicted(refits, tx.last_day, ["mbg-nbd", "pareto-nbd"], laws)) == []


def test_regular_laws_stand_where_purchases_are_regular(monkeypatch):
    monkeypatch.setattr("clv._choice.candidates.REGULAR_ONLY", frozenset({"bg-nbd"}))
    rng = np.random.default_rng(4)
    days = [
        (who, day)
        for who in range(400)
        for day in np.cumsum(rng.gamma(6.0, rng.uniform(1, 4), 12)).round().astype(int) + rng.integers(60)
    ]
    shop = pd.DataFrame(days, columns=["customer_id", "day"]).drop_duplicates()
    shop["date"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(shop["day"], unit="D")
    poisson = simulated(clv.BGNBD(2.0, 3.0, 0.5, 4.0), 800, 5)
    for each, stands in ((shop[["customer_id", "date"]], True), (poisson, False)):
        tx = rfm.Transactions(each)
        found = choose_law(refits_for(tx), tx.last_day, FAST)
        assert ("bg-nbd" in set(found.table["model"])) is stands


def test_a_season_is_in_the_scores(past):
    """November and December are three times as busy: a law that knows gets the better score."""
    some = past[past["customer_id"] < 500][["customer_id", "date"]]
    plain = choice_for(some)
    true = clv.Season.from_factors(pd.Series([*[1.0] * 10, 3.0, 3.0], index=range(1, 13)))
    timed = choice_for(some, season=true)
    scores = (each.table.set_index("model")["log_score"] for each in (timed, plain))
    assert (next(scores) > next(scores)).all()


@pytest.mark.slow
def test_a_season_is_learned_where_an_origin_is_late_enough(past):
    some = past[past["customer_id"] < 500][["customer_id", "date"]]
    auto = clv.fit(some, "auto", season="month")
    assert auto.season.shape == "month"
    assert len(auto.choice.table) == 3


@pytest.mark.slow
def test_entry_after_goes_to_the_fits_and_to_the_origins():
    law, rng = clv.MBGNBD(1.0, 4.0, 0.8, 1.5), np.random.default_rng(8)
    shop = clv.simulate(law, clv.GammaGamma(6.0, 4.0, 15.0), 700, rng=rng, start="2020-01-01", joining="150W",
                        observed="156W").drop(columns="amount")  # fmt: skip
    late = rfm.Transactions(shop[shop["date"] >= "2021-06-01"])
    mixed, plain = (
        choose_law(refits_for(late, entry_after=each), late.last_day, FAST) for each in ("0D", None)
    )
    assert mixed.table["log_score"].max() > plain.table["log_score"].max()  # it knows that some are old
    assert mixed.sentence.count("202") == 1  # one origin: each of these fits takes seconds


@pytest.mark.nightly
def test_covariates_and_a_prior_go_to_the_fits(few):
    some = few[few["customer_id"] <= 200]
    table = some[["customer_id"]].drop_duplicates().assign(web=lambda t: t["customer_id"] % 2)
    depends = {"covariates": table, "purchase": "web", "spend": "web"}
    plain, by_web, prior = (
        choice_for(some, **options).table["log_score"].tolist()
        for options in ({}, depends, {"prior": clv.Prior()})
    )
    assert len({*plain, *by_web, *prior}) == 6


@pytest.mark.parametrize(
    ("options", "name"),
    [
        ({"engine": "lifetimes"}, "engine='lifetimes'"),
        ({"weights": "web", "covariates": "table"}, "weights="),
        ({"first_purchase": "table"}, "first_purchase="),
    ],
)
def test_what_cannot_be_tested_on_the_past_is_refused(log, options, name):
    table = log[["customer_id"]].drop_duplicates().assign(web=1.0, first_purchase="1996-01-01")
    options = {key: table if value == "table" else value for key, value in options.items()}
    with pytest.raises(rfm.DataError, match=f"does not know {name}.*Hint: name a law"):
        clv.fit(log, "auto", **options)


@pytest.mark.nightly
def test_a_summary_does_not_show_which_law_predicts_best(log):
    few = log.query("customer_id <= 300")
    with pytest.raises(rfm.DataError, match=r"a summary does not show\. Hint: clv\.fit\(tx, \"auto\"\)"):
        clv.fit_summary(clv.summarize(few), "auto")
    model = clv.fit(few, "auto")
    assert model.choice.law == model.purchases.law.name
    pd.testing.assert_frame_equal(clv.predict(few, "4W", model="auto"), model.predict("4W"))


def test_k_is_no_option_where_the_law_is_chosen(few):
    with pytest.raises(rfm.DataError, match="model='auto' chooses the law, and k=2"):
        clv.fit(few, "auto", k=2)


def payments(customers=80):
    """Monthly payments of contracts, some days late, that end with a chance of 7% each time."""
    rng, rows = np.random.default_rng(0), []
    for customer in range(customers):
        start = pd.Timestamp("2022-01-01") + pd.Timedelta(days=int(rng.integers(0, 365)))
        for month in range(int(rng.geometric(0.07))):
            day = start + pd.DateOffset(months=month) + pd.Timedelta(days=int(rng.integers(0, 3)))
            rows.append((customer, day))
    log = pd.DataFrame(rows, columns=["customer_id", "date"])
    return log[log["date"] < "2024-01-01"]


@pytest.mark.parametrize(
    ("made", "stands"),
    [
        (lambda: simulated(clv.MBGCNBD(2.0, 3.3, 0.6, 9.0, k=3), 200, 1), True),
        (lambda: simulated(clv.MBGNBD(2.0, 10.0, 0.6, 9.0), 200, 1), False),
        (payments, False),  # which no purchase law describes, and whose k would run off
    ],
    ids=["regular buyers", "random moments", "contracts"],
)
def test_laws_of_regular_buyers_stand_where_buyers_are_regular(made, stands):
    tx = rfm.Transactions(made())
    choice = choose_law(refits_for(tx), tx.last_day, ("mbg-nbd", "mbg-cnbd"))
    assert set(choice.table["model"]) == {"mbg-nbd"} | ({"mbg-cnbd"} if stands else set())
    assert choice.law == ("mbg-cnbd" if stands else "mbg-nbd")


def test_contracts_are_not_sent_to_a_law_of_regular_buyers():
    lines = clv.check(payments()).set_index("check")
    regular = lines.loc["orders come at random moments", "finding"]
    assert "as payments do that a contract fixes: clv.fit_retention" in regular
    assert "mbg-cnbd" not in regular
