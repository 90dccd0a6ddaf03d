"""Models of logs that begin in the middle of histories: options, predictions, files, tables and refusals."""

from __future__ import annotations

import json
from dataclasses import dataclass

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv import FitError
from clv._command.command import main
from clv._laws.seen_law import SeenLaw
from clv._log_options import LogStart, as_options
from rfm import DataError, DataWarning

START, WEEKS = pd.Timestamp("2020-01-01"), 104
LAST = START + pd.Timedelta(days=7 * WEEKS - 1)
LAW = clv.ParetoNBD(r=0.8, alpha=8.0, s=0.6, beta=20.0)


@pytest.fixture(scope="module")
def shop():
    """Two years of a shop that is four years older, all its orders, and when each customer bought first."""
    rng = np.random.default_rng(4)
    joined = rng.uniform(-208, WEEKS, 4500)
    made = LAW.simulate(WEEKS + 52 - joined, rng)
    who = np.concatenate([np.arange(len(joined)), made.customer])
    week = np.concatenate([joined, joined[made.customer] + made.times])
    days = pd.to_timedelta(np.floor(7 * week).astype(int), unit="D")
    rows = pd.DataFrame(
        {"customer_id": who, "date": START + days, "amount": rng.gamma(4.0, 5.0, len(who)).round(2)}
    )
    firsts = pd.DataFrame(
        {"customer_id": np.arange(len(joined)), "first_purchase": rows["date"][: len(joined)]}
    )
    return rows.drop_duplicates(["customer_id", "date"]), firsts


@pytest.fixture(scope="module")
def log(shop):
    rows, _ = shop
    return rows[(rows["date"] >= START) & (rows["date"] <= LAST)].reset_index(drop=True)


@pytest.fixture(scope="module")
def later(shop, log):
    """Orders of the next year by customers of the log."""
    rows, _ = shop
    after = rows[(rows["date"] > LAST) & (rows["date"] <= LAST + pd.Timedelta(days=364))]
    return int(after["customer_id"].isin(log["customer_id"]).sum())


@pytest.fixture(scope="module")
def some(shop, log):
    """The same of one customer in three, for what does not need all."""
    chosen = log["customer_id"] % 3 == 0
    return log[chosen].reset_index(drop=True)


@pytest.fixture(scope="module")
def plain(log):
    return clv.fit(log, "pareto-nbd", end=LAST)


@pytest.fixture(scope="module")
def auto(log):
    return clv.fit(log, "pareto-nbd", end=LAST, entry_after="auto")


@pytest.fixture(scope="module")
def known(shop, log):
    return clv.fit(log, "pareto-nbd", end=LAST, first_purchase=shop[1])


def bought(model):
    return model.predict("52W")["expected_purchases"].sum()


def test_auto_finds_the_old_customers_and_predicts(plain, auto, later):
    assert bought(plain) / later - 1 > 0.06
    assert abs(bought(auto) / later - 1) < 0.04
    assert "had joined before" in str(auto.summary())
    assert auto.log_start.mixture
    assert plain.log_start is None


def test_known_first_purchases_predict(known, later, shop, log):
    assert abs(bought(known) / later - 1) < 0.04
    firsts = shop[1].set_index("customer_id")["first_purchase"]
    table = known.customers.set_index("customer_id")
    np.testing.assert_array_equal(table.pop("first_purchase"), firsts.loc[table.index])
    summary = clv.summarize(log, end=LAST).set_index("customer_id")
    old = firsts.loc[table.index] < START
    assert str(known.summary()).count(
        f"{old.sum():,} of {len(table):,} customers are known to have joined before"
    )
    pd.testing.assert_frame_equal(table[~old], summary[~old].drop(columns="sum_log_gaps"))
    of_old = table[old]
    np.testing.assert_allclose(of_old["T"], (LAST - firsts[of_old.index]).dt.days / 7)
    np.testing.assert_array_equal(of_old["frequency"], summary["frequency"][old] + 1)
    last = summary["T"][old] - summary["recency"][old]
    np.testing.assert_allclose(of_old["T"] - of_old["recency"], last, atol=1e-9)
    spent = log.groupby("customer_id")["amount"].sum()
    np.testing.assert_allclose(of_old["monetary_value"] * of_old["frequency"], spent[of_old.index])


@pytest.mark.slow
def test_a_column_of_the_log_says_the_same(known, shop, log):
    joined = log.merge(shop[1].rename(columns={"first_purchase": "since"}), on="customer_id")
    again = clv.fit(joined, "pareto-nbd", end=LAST, first_purchase="since")
    assert again.purchases.law == known.purchases.law


@pytest.mark.slow
def test_the_order_of_rows_does_not_matter(auto, known, shop, log):
    mixed = log.sample(frac=1, random_state=1)
    assert clv.fit(mixed, "pareto-nbd", end=LAST, entry_after="0D").purchases.law == auto.purchases.law
    firsts = shop[1].sample(frac=1, random_state=2)
    again = clv.fit(mixed, "pareto-nbd", end=LAST, first_purchase=firsts)
    assert again.purchases.law == known.purchases.law


@pytest.mark.slow
def test_a_time_asks_for_those_first_seen_later(log, later):
    model = clv.fit(log, "pareto-nbd", end=LAST, entry_after="26W")
    summary = clv.summarize(log, end=LAST)
    assert model.purchases.n == int((summary["T"] <= WEEKS - 26 - 1 / 7 + 1e-9).sum())
    assert len(model.predict("52W")) == len(summary)
    assert abs(bought(model) / later - 1) < 0.08
    assert "more than 182 days after its beginning" in model.log_start.note


def test_a_whole_log_loses_nothing():
    sample = rfm.datasets.cdnow_sample()
    model, same = (clv.fit(sample, end="1997-09-30", entry_after=option) for option in ("auto", None))
    assert model.purchases.law == same.purchases.law
    assert "everybody counts as new" in str(model.summary())
    pd.testing.assert_frame_equal(model.predict("39W"), same.predict("39W"))


@pytest.fixture(scope="module")
def saved(auto, tmp_path_factory):
    path = tmp_path_factory.mktemp("saved") / "m.json"
    auto.save(path)
    return path.read_text()


@pytest.mark.parametrize("kind", ["auto", pytest.param("known", marks=pytest.mark.slow)])
def test_a_saved_model_predicts_the_same(kind, request, tmp_path):
    model = request.getfixturevalue(kind)
    if kind == "auto":
        (tmp_path / "m.json").write_text(request.getfixturevalue("saved"))
    else:
        model.save(tmp_path / "m.json")
    loaded = clv.load(tmp_path / "m.json")
    assert loaded.log_start == model.log_start
    assert "customer_id" not in (tmp_path / "m.json").read_text()
    few = model.customers.head(15)
    for options in ({}, {"as_of": LAST + pd.Timedelta(days=30)}):
        ours = model.predict("26W", customers=few, **options)
        pd.testing.assert_frame_equal(loaded.predict("26W", customers=few, **options), ours)
    pd.testing.assert_frame_equal(loaded.due(customers=few), model.due(customers=few))
    interval = loaded.predict("26W", customers=few, interval=0.9)
    assert (interval["clv_low"] <= interval["clv_high"]).all()
    assert interval["purchases_low"].le(interval["expected_purchases"] + 1).all()


@pytest.mark.slow
def test_totals_and_forecasts_are_sums_of_the_predictions(auto):
    few = auto.customers.head(300)
    expected = auto.predict("26W", 0.0, customers=few)
    total = auto.total(customers=few, horizon="26W", discount_rate=0.0).iloc[0]
    assert total["purchases"] == pytest.approx(expected["expected_purchases"].sum())
    assert total["purchases_mean_low"] < total["purchases"] < total["purchases_mean_high"]
    steps = auto.forecast("26W", every="13W", customers=few)
    assert steps["purchases"].sum() == pytest.approx(total["purchases"], rel=1e-6)


def test_silence_makes_customers_due(auto):
    few = auto.customers.head(60)
    due = auto.due(0.5, customers=few)
    assert due["due"].notna().any()
    for _, row in due[(due["due"] > LAST) & (due["due"] < LAST + pd.Timedelta(days=2000))].head(5).iterrows():
        one = few[few["customer_id"] == row["customer_id"]]
        day_before = auto.predict("1W", customers=one, as_of=row["due"] - pd.Timedelta(days=1))
        on_it = auto.predict("1W", customers=one, as_of=row["due"])
        assert on_it["p_alive"].iloc[0] < 0.5 <= day_before["p_alive"].iloc[0] + 1e-9


def test_another_day_of_the_same_log_has_another_window(auto, log):
    early = clv.summarize(log, unit="W", end=LAST - pd.Timedelta(days=182))
    predicted = auto.predict("4W", customers=early)
    law = auto.purchases.law
    start = auto.log_start
    seen = SeenLaw(law, start.growth, start.past, WEEKS - 26.0)
    x, t_x, T = (early[name].to_numpy() for name in ("frequency", "recency", "T"))
    np.testing.assert_allclose(predicted["p_alive"], seen.p_alive(x, t_x, T), rtol=1e-9)
    with pytest.raises(DataError, match="lies before the log that the model was fitted to begins"):
        auto.predict("4W", customers=early.head(3).assign(end="2019-12-01"))


def test_history_plot_ends_at_the_prediction(auto, log):
    predicted = auto.predict("4W").set_index("customer_id")["p_alive"]
    for customer in log["customer_id"].unique()[:3]:
        history = clv.plot.p_alive_history_data(auto, log, customer=customer, until=LAST)
        assert history["p_alive"].iloc[-1] == pytest.approx(predicted[customer], rel=1e-5)


def test_holdout_plot_predicts_as_the_model(auto, shop):
    rows = shop[0]
    rows = rows[rows["date"] >= START]
    held = clv.plot.holdout_data(auto, rows)
    ahead = rows["date"].max() - LAST
    assert held["predicted"].sum() == pytest.approx(
        auto.predict(f"{ahead.days}D")["expected_purchases"].sum()
    )


@pytest.mark.slow
def test_polars_is_the_same(auto, known, log, shop):
    pl = pytest.importorskip("polars")
    model = clv.fit(pl.from_pandas(log), "pareto-nbd", end=LAST, entry_after="0D")
    np.testing.assert_allclose(model.predict("52W")["clv"].to_numpy(), auto.predict("52W")["clv"], rtol=1e-9)
    firsts = pl.from_pandas(shop[1])
    again = clv.fit(pl.from_pandas(log), "pareto-nbd", end=LAST, first_purchase=firsts)
    assert isinstance(again.customers, pl.DataFrame)
    assert again.purchases.law == known.purchases.law


def test_duckdb_predicts_the_same(auto):
    duckdb = pytest.importorskip("duckdb")
    few = auto.customers.head(50)
    table = duckdb.from_arrow(__import__("pyarrow").Table.from_pandas(few))
    found = auto.predict("26W", customers=table).df().sort_values("customer_id")
    np.testing.assert_allclose(found["clv"], auto.predict("26W", customers=few)["clv"], rtol=1e-9)


@pytest.mark.slow
def test_a_btyd_summary_will_do(auto, known, shop, log):
    summary = clv.summarize(log, unit="W", end=LAST)
    model = clv.fit_summary(summary, "pareto-nbd", entry_after="0D")
    assert model.purchases.law == auto.purchases.law
    again = clv.fit_summary(summary, "pareto-nbd", first_purchase=shop[1])
    assert again.purchases.law == known.purchases.law
    assert clv.fit_summary(summary, "pareto-nbd", entry_after="auto").log_start == auto.log_start


@pytest.mark.slow
def test_one_call_predicts_and_tables_agree(auto, log):
    predicted = clv.predict(log, "26W", model="pareto-nbd", entry_after="auto")
    pd.testing.assert_frame_equal(predicted, auto.predict("26W"))
    table = clv.customer_table(log, model="pareto-nbd", entry_after="auto", horizon="26W")
    np.testing.assert_allclose(table["clv"], predicted["clv"])
    with pytest.raises(DataError, match="entry_after= is an option of the fit"):
        clv.customer_table(log, model=auto, entry_after="26W")


@pytest.mark.slow
def test_a_backtest_shows_the_gain(shop):
    rows = shop[0]
    whole = rows[rows["date"] >= START]
    bias = {}
    for option in (None, "auto"):
        found = clv.backtest(whole, "52W", models="pareto-nbd", baselines=False, entry_after=option)
        bias[option] = float(found.table["predicted"].iloc[0] / found.table["happened"].iloc[0] - 1)
    assert abs(bias["auto"]) < 0.04 < bias[None]


@pytest.mark.slow
@pytest.mark.filterwarnings("ignore::rfm.DataWarning", "ignore::clv.errors.FitWarning")
def test_the_report_and_the_command_say_it(some, tmp_path, capsys):
    log = some
    path = clv.report(log, tmp_path / "r.html", model="pareto-nbd", entry_after="auto")
    assert "begins in the middle of histories" in path.read_text()
    log.to_csv(tmp_path / "orders.csv", index=False)
    columns = ["--customer", "customer_id", "--date", "date", "--amount", "amount"]
    code = main(
        ["report", str(tmp_path / "orders.csv"), *columns, "--entry-after", "26W", "--out", str(tmp_path)]
    )
    assert code == 0
    assert "begins in the middle of histories" in capsys.readouterr().out


@pytest.mark.slow
def test_a_price_and_a_log_without_amounts(some):
    log = some
    priced = clv.fit(log, "pareto-nbd", end=LAST, entry_after="0D", value_per_order=10.0)
    bare = clv.fit(log[["customer_id", "date"]], "pareto-nbd", end=LAST, entry_after="0D")
    assert "clv" in priced.predict("26W")
    assert "clv" not in bare.predict("26W")
    assert priced.purchases.law == bare.purchases.law


WRONG = {
    "a text": ({"entry_after": "soon"}, "entry_after='soon' is not a length of time. Hint: entry_after=\"26W\""),
    "a date": ({"entry_after": "2020-06-01"}, "is a date"),
    "for ever": ({"entry_after": "inf"}, "entry_after='inf' leaves no customers"),
    "beyond the log": ({"entry_after": "105W"}, "entry_after is 735 days, and the log only 728"),
    "nobody left": ({"entry_after": "103.9W"}, "customer"),
    "both": ({"entry_after": "26W", "first_purchase": "since"}, "Both entry_after= and first_purchase= are given"),
    "a law of periods": ({"entry_after": "26W", "model": "bg-bb"}, "not known for BG/BB, which counts calendar"),
    "another package": ({"entry_after": "1W", "engine": "lifetimes"}, "'lifetimes' cannot fit with entry_after="),
    "no table": ({"first_purchase": 3}, "first_purchase=3 is no table. Hint: a table with the columns"),
    "no column": ({"first_purchase": "since"}, "first_purchase: no column 'since'"),
}  # fmt: skip


@pytest.mark.parametrize("case", WRONG)
def test_wrong_options_are_refused(some, case):
    log, (options, message) = some, WRONG[case]
    with pytest.raises((DataError, FitError), match=message):
        clv.fit(log, **{"model": "pareto-nbd", "end": LAST, **options})


def test_a_law_of_your_own_is_refused_with_the_reason(log):
    @dataclass(frozen=True)
    class Own(clv.PurchaseLaw):
        r: float
        alpha: float
        name = "own-law"
        mixing = (clv.Gamma("r", "alpha", of="purchase rate"),)
        expected_purchases = log_likelihood = log_pmf = posterior = simulate = clv.BGNBD.posterior

    with pytest.raises(DataError, match="not known for own-law, a law of your own"):
        clv.fit(log, Own, entry_after="auto")


def first_of(log):
    return log.groupby("customer_id", as_index=False)["date"].min().rename(columns={"date": "first_purchase"})


FIRSTS = {
    "a customer without": (lambda firsts: firsts.iloc[1:], "1 customers have no first purchase, among them"),
    "a missing day": (
        lambda firsts: firsts.assign(first_purchase=firsts["first_purchase"].where(firsts.index > 2)),
        "3 customers have no first purchase",
    ),
    "later than the first order": (
        lambda firsts: firsts.assign(first_purchase=firsts["first_purchase"] + pd.Timedelta(days=1)),
        "bought in the log before their first purchase",
    ),
    "a sign-up": (
        lambda firsts: firsts.assign(
            first_purchase=firsts["first_purchase"].where(
                firsts["first_purchase"] < "2021-01-01", firsts["first_purchase"] - pd.Timedelta(days=5)
            )
        ),
        "have a first purchase in the time of the log that it lacks, among them .* the day of a sign-up is no purchase",
    ),
    "twice": (lambda firsts: pd.concat([firsts, firsts.head(1)]), "first_purchase: .*customer"),
    "ids as texts": (lambda firsts: firsts.astype({"customer_id": str}), "customer_id holds texts there"),
    "no dates": (lambda firsts: firsts.assign(first_purchase="yesterday"), "first_purchase: Rows that"),
    "another column": (
        lambda firsts: firsts.rename(columns={"first_purchase": "day"}),
        "no column 'first_purchase'",
    ),
}


@pytest.mark.parametrize("case", FIRSTS)
def test_first_purchases_that_cannot_be_are_refused(some, case):
    log, (change, message) = some, FIRSTS[case]
    with pytest.raises(DataError, match=message):
        clv.fit(log, end=LAST, first_purchase=change(first_of(log)))


def test_first_purchases_of_a_whole_log_change_nothing(log, plain):
    model = clv.fit(log, "pareto-nbd", end=LAST, first_purchase=first_of(log))
    np.testing.assert_allclose(
        model.purchases.law.log_parameters, plain.purchases.law.log_parameters, atol=1e-6
    )
    assert model.purchases.log_likelihood == pytest.approx(plain.purchases.log_likelihood)


def test_after_a_launch_everybody_is_new():
    """Many are first seen at the beginning: by their number alone they look like old customers, by what they do not."""
    rng = np.random.default_rng(1)
    joined = np.concatenate([rng.uniform(0, 8, 600), rng.uniform(0, WEEKS, 1500)])
    made = LAW.simulate(WEEKS - joined, rng)
    who = np.concatenate([np.arange(len(joined)), made.customer])
    week = np.concatenate([joined, joined[made.customer] + made.times])
    log = pd.DataFrame({"customer_id": who, "date": START + pd.to_timedelta(np.floor(7 * week), unit="D")})
    auto, plain = (clv.fit(log, "pareto-nbd", end=LAST, entry_after=option) for option in ("auto", None))
    assert clv.check(log.assign(amount=1.0), end=LAST).loc[0, "holds"] in ("doubtful", "no")
    assert auto.purchases.law == plain.purchases.law
    assert "is not explained better if some of them are old" in str(auto.summary())
    pd.testing.assert_frame_equal(auto.predict("26W"), plain.predict("26W"))


def test_a_cohort_is_refused():
    with pytest.raises(FitError, match="first seen within 84 of 546 days: a cohort"):
        clv.fit(rfm.datasets.cdnow_sample(), entry_after="0D")


@pytest.mark.slow
def test_nobody_old_is_said():
    rng, spend = np.random.default_rng(1), clv.GammaGamma(4, 4, 20)
    log = clv.simulate(LAW, spend, customers=4000, rng=rng, observed="104W", joining="104W")
    with pytest.warns(DataWarning, match="nobody had joined before the log"):
        model = clv.fit(log, "pareto-nbd", entry_after="0D")
    assert model.log_start.mixture


def test_options_in_words():
    assert not as_options(None, None).asked
    assert as_options("auto", None).auto
    assert as_options(" Auto ", None).auto
    assert as_options("2W", None).entry == 14
    assert as_options(pd.Timedelta(days=3), None).entry == 3


def damaged(**fields):
    def change(document):
        document["log_start"] = {**document["log_start"], **fields}
        return document

    return change


HOSTILE = {
    "a window in text": (damaged(window="x"), "a finite number is expected"),
    "a past below 0": (damaged(past=-1.0), "0 or more"),
    "an entry after the end": (damaged(entry=1e6), "0 or more, and the entry within"),
    "a note that is a number": (damaged(note=3), "text is expected"),
    "draws without a past": (damaged(draws=[[0.1]]), "each draw has its growth and its past"),
    "no draws": (damaged(draws=None), "is damaged"),
    "no dictionary": (lambda document: {**document, "log_start": 7}, "the field 'window' is missing"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_refused(saved, tmp_path, case):
    change, message = HOSTILE[case]
    path = tmp_path / "m.json"
    path.write_text(json.dumps(change(json.loads(saved))))
    with pytest.raises(FitError, match=message):
        clv.load(path)


def test_a_start_makes_laws_of_its_log():
    start = LogStart(104.0, 0.0, 0.01, 200.0)
    seen = start.seen(LAW, 90.0)
    assert seen == SeenLaw(LAW, 0.01, 200.0, 90.0)
    assert start.seen(seen, 80.0) == SeenLaw(LAW, 0.01, 200.0, 80.0)
