"""Backtests: one code path before and after the origin, no look-ahead, reproducible results."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm

ORIGIN = "1997-09-30"
WEEK_END = "1997-09-28"


@pytest.fixture(scope="module")
def tx():
    return rfm.Transactions(rfm.datasets.cdnow_sample())


@pytest.fixture(scope="module")
def result(tx):
    return clv.backtest(tx, "39W", origins=[ORIGIN])


@pytest.fixture(scope="module")
def periods(tx):
    return clv.backtest(tx, "39W", origins=WEEK_END, models=["bg-bb", "bg-nbd"])


@pytest.fixture(scope="module")
def one_price():
    """CDNOW's purchase days, each at one price."""
    return rfm.datasets.cdnow_sample().drop_duplicates(["customer_id", "date"]).assign(amount=10.0)


def test_laws_and_baselines_stand_side_by_side(result):
    assert set(result.table["model"]) == {
        "bg-nbd", "mbg-nbd", "pareto-nbd", "past rate continued", "population mean", "active if recent",
        "RFM cell mean",
    }  # fmt: skip
    laws, rules = (result.table[result.table["kind"] == kind] for kind in ("law", "baseline"))
    assert result.table["kind"].tolist() == ["law"] * 3 + ["baseline"] * 4
    assert laws["log_score"].is_monotonic_decreasing
    assert rules["rmse"].is_monotonic_increasing
    assert (result.table["happened"] == 1882).all()
    assert rules["log_score"].isna().all()
    assert result.table.drop(columns=["coverage", "correlation", "log_score"]).notna().all(axis=None)


def test_laws_that_differ_by_chance_are_tied_and_the_rule_says_which_is_used(result):
    """By RMSE, 1.603 against 1.607 and 1.608, Pareto/NBD was recommended: chance decided."""
    assert result.recommendation.startswith(
        "Use mbg-nbd: log score -0.9821 a customer, total -16.2%, RMSE 1.607"
    )
    assert (
        "Its log score and that of pareto-nbd, bg-nbd do not differ beyond chance or .1%"
        in result.recommendation
    )
    assert "bg-nbd is left out of the tie" in result.recommendation
    assert "12.1% below that of the best baseline, 'RFM cell mean'" in result.recommendation
    against = result.differences.query("measure == 'squared_error'").set_index("model")
    assert against.loc[["bg-nbd", "pareto-nbd"], "verdict"].tolist() == ["tied", "tied"]
    assert (against.loc[against["kind"] == "baseline", "verdict"] == "worse").all()
    assert result.recommendation in repr(result)


def test_calibration_sums_to_the_totals(result):
    for (_, by), rows in result.calibration.groupby(["model", "by"]):
        assert rows["customers"].sum() == 2357, by
        assert rows["customers"] @ rows["happened"] == pytest.approx(1882)


def test_predictions_do_not_see_the_future(tx, result):
    blind = rfm.datasets.cdnow_sample()
    blind = blind[blind["date"] <= ORIGIN]
    expected = clv.fit(blind, "bg-nbd", end=ORIGIN).predict("39W", 0.0)["expected_purchases"]
    outcome = result.predictions[result.predictions["model"] == "bg-nbd"]["predicted"]
    np.testing.assert_allclose(outcome, expected, rtol=1e-9)


def test_origins_by_number_step_back_half_a_holdout(tx):
    result = clv.backtest(tx, "20W", origins=3, models=["bg-nbd"], baselines=False)
    days = pd.to_datetime(result.table["origin"])
    assert days.diff().dropna().dt.days.tolist() == [70, 70]
    assert days.iloc[-1] == pd.Timestamp("1998-06-30") - pd.Timedelta(days=140)


def test_the_same_answer_for_shuffled_rows(tx, result):
    shuffled = rfm.datasets.cdnow_sample().sample(frac=1, random_state=3)
    again = clv.backtest(shuffled, "39W", origins=[ORIGIN])
    pd.testing.assert_frame_equal(again.table, result.table)


def test_bg_bb_counts_weeks_with_a_purchase_on_both_sides(periods):
    log = rfm.datasets.cdnow_sample()
    weeks = log.assign(week=log["date"].dt.to_period("W"))
    later = weeks[(log["date"] > WEEK_END) & (log["date"] <= "1998-06-28")]
    counted = later.groupby("customer_id")["week"].nunique()
    result = periods.predictions[periods.predictions["model"] == "bg-bb"].set_index("customer_id")
    assert result["happened"].to_dict() == counted.reindex(result.index, fill_value=0).to_dict()
    assert result["happened_spend"].sum() == pytest.approx(later["amount"].sum())
    model = clv.fit(log[log["date"] <= WEEK_END], "bg-bb", end=WEEK_END)
    np.testing.assert_allclose(
        result["predicted"], model.predict("39W", 0.0)["expected_purchases"], rtol=1e-9
    )


def test_laws_of_purchases_and_of_periods_have_baselines_of_their_own(periods):
    counts = periods.table.groupby("counts")
    assert counts["happened"].unique().map(list).to_dict() == {"periods": [1806.0], "purchases": [1901.0]}
    assert counts["spend_happened"].nunique().tolist() == [1, 1]
    assert periods.table["model"].is_unique
    assert set(periods.table[periods.table["counts"] == "periods"]["model"]) == {
        "bg-bb", "past rate continued (periods)", "population mean (periods)", "active if recent (periods)",
        "RFM cell mean (periods)",
    }  # fmt: skip
    assert periods.table["counts"].tolist() == ["purchases"] * 5 + ["periods"] * 5
    assert periods.recommendation.startswith("Use bg-nbd: log score ")
    assert " In periods with a purchase: Use bg-bb: log score -" in periods.recommendation
    assert "RMSE 1.461" in periods.recommendation
    assert periods.differences.groupby("counts")["against"].unique().map(list).to_dict() == {
        "periods": ["bg-bb"], "purchases": ["bg-nbd"]
    }  # fmt: skip


def test_a_number_of_origins_finds_ends_of_periods(tx):
    for options, expected in [
        ({"holdout": "10W"}, ["1998-03-15", "1998-04-19"]),
        ({"holdout": "92D", "unit": "M"}, ["1997-10-31", "1998-02-28"]),
    ]:
        result = clv.backtest(tx, origins=2, models="bg-bb", baselines=False, **options)
        assert result.table["origin"].map(str).tolist() == expected


def test_intervals_of_bg_bb_are_counted(tx):
    table = clv.backtest(tx, "92D", models="bg-bb", unit="M", baselines=False, interval=0.9).table
    assert 0.9 <= table.loc[0, "coverage"] <= 1


@pytest.mark.filterwarnings("ignore:F. frequency has:rfm.DataWarning")  # few have bought twice by then
def test_newcomers_are_counted_and_named():
    log = rfm.datasets.cdnow_sample()
    result = clv.backtest(log, "4W", origins=["1997-01-31", "1997-02-14"], models=[])
    first = log.groupby("customer_id")["date"].min()
    for origin, counted in result.newcomers.set_index(result.newcomers["origin"].map(str)).iterrows():
        end = pd.Timestamp(origin) + pd.Timedelta(weeks=4)
        new = first[(first > origin) & (first <= end)].index
        bought = log[log["customer_id"].isin(new) & (log["date"] <= end)]
        named = result.first_seen[result.first_seen["origin"].map(str) == origin].set_index("customer_id")
        assert named.index.tolist() == new.tolist()
        assert named["purchases"].tolist() == bought.groupby("customer_id")["date"].nunique().tolist()
        assert named["spend"].tolist() == pytest.approx(
            bought.groupby("customer_id")["amount"].sum().tolist()
        )
        assert counted["newcomers"] == len(new)
        assert counted["purchases"] == named["purchases"].sum()
        assert counted["spend"] == pytest.approx(named["spend"].sum())


def test_nobody_new_is_an_empty_table(result):
    assert result.newcomers["newcomers"].tolist() == [0]
    assert result.first_seen.empty
    assert result.first_seen.columns.tolist() == ["origin", "customer_id", "purchases", "spend"]


@pytest.mark.filterwarnings("ignore:M. all customers:rfm.DataWarning")
def test_a_shop_with_one_price_loses_nothing_of_its_purchases(one_price, tx, result):
    with pytest.warns(
        rfm.DataWarning, match="No spend law can be estimated from the orders: All 946 repeat"
    ) as caught:
        priced = clv.backtest(one_price, "39W", origins=[ORIGIN])
    assert [str(w.message) for w in caught if "spend" in str(w.message)] == [
        "No spend law can be estimated from the orders: All 946 repeat buyers spend the same mean, 10, which does "
        "not show how spend differs. Spend is predicted at the mean of all that was bought (10 until 1997-09-30); "
        "purchases are predicted by the laws as usual."
    ]
    columns = ["model", "happened", "predicted", "rmse"]
    # The cells of the RFM baseline lose their M, and nothing else changes.
    mine, theirs = (r.table.loc[r.table["model"] != "RFM cell mean", columns] for r in (priced, result))
    pd.testing.assert_frame_equal(mine, theirs)
    for part in ("predicted", "happened"):
        np.testing.assert_allclose(priced.table[f"spend_{part}"], 10 * priced.table[part])


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore:M. all customers:rfm.DataWarning", "ignore:No spend law:rfm.DataWarning")
def test_a_shop_with_one_price_has_intervals(one_price, tx):
    options = {"origins": [ORIGIN], "models": "bg-nbd", "baselines": False, "interval": 0.9}
    one, many = (clv.backtest(log, "39W", **options).table.loc[0, "coverage"] for log in (one_price, tx))
    assert one == pytest.approx(many, abs=0.005)


def test_rules_of_thumb_alone_need_no_law(tx):
    result = clv.backtest(tx, "39W", models=[])
    assert set(result.table["kind"]) == {"baseline"}
    assert result.recommendation.startswith("Of the baselines, RFM cell mean is closest")


def test_nothing_to_test_is_refused(tx):
    with pytest.raises(
        rfm.DataError, match=r"Nothing to test: models=\[\] and baselines=False\. Hint: models="
    ):
        clv.backtest(tx, "39W", models=[], baselines=False)


def test_a_season_is_learned_from_the_past_of_each_origin_only(past):
    """The last November and December, which the whole log knows, change nothing that was predicted before them."""
    options = {"origins": "2021-10-31", "models": "bg-nbd", "baselines": False, "season": "month"}
    alone = past[["customer_id", "date"]]
    result = clv.backtest(alone, "61D", **options)
    plain = clv.backtest(alone, "61D", **{**options, "season": None})
    assert abs(result.table["bias"].item()) < 0.1 < -plain.table["bias"].item()
    thrice = pd.concat([alone, alone[alone["date"] >= "2021-11-01"].assign(customer_id=-1)])
    assert clv.backtest(thrice, "61D", **options).table["predicted"].item() == pytest.approx(
        result.table["predicted"].item()
    )
    whole = clv.Season.fit(alone, "month")  # knows the future, and is learned again
    again = clv.backtest(alone, "61D", **{**options, "season": whole})
    assert again.table["predicted"].item() == pytest.approx(result.table["predicted"].item())


def test_origins_too_early_to_learn_a_season_are_named(past):
    with pytest.raises(rfm.DataError, match="the log until 2020-06-30 has 78"):
        clv.backtest(past, "61D", origins="2020-06-30", models="bg-nbd", season="month")


@pytest.mark.nightly
def test_one_price_and_intervals_go_with_a_season(past, christmas):
    some = past[past["customer_id"] < 900]
    log = some.assign(date=some["date"].dt.normalize(), amount=5.0).drop_duplicates()
    with pytest.warns(rfm.DataWarning, match="No spend law"):
        found = clv.backtest(
            log, "61D", origins="2021-10-31", models="bg-nbd", season=christmas, interval=0.9
        )
    row = found.table.set_index("model").loc["bg-nbd"]
    assert abs(row["bias"]) < 0.2  # of 300 purchases; without a season −0.4
    assert row["coverage"] > 0.9


@pytest.fixture(scope="module")
def few():
    return rfm.datasets.cdnow_sample().query("customer_id <= 500")


@pytest.fixture(scope="module")
def channels(few):
    ids = np.sort(few["customer_id"].unique())
    return pd.DataFrame(
        {"customer_id": ids, "channel": np.where(ids % 3 == 0, "web", "shop"), "age": 20.0 + ids % 11}
    )


LAWS = ["bg-nbd"]
BY_CHANNEL = {"models": LAWS, "baselines": False, "purchase": ["channel", "age"], "spend": "channel"}


def test_with_covariates_each_law_is_the_one_that_fit_makes(few, channels):
    result = clv.backtest(few, "39W", origins=ORIGIN, covariates=channels, **BY_CHANNEL)
    plain = clv.backtest(few, "39W", origins=ORIGIN, models=LAWS, baselines=False)
    for law in LAWS:
        model = clv.fit(
            few, law, end=ORIGIN, covariates=channels, purchase=["channel", "age"], spend="channel"
        )
        predicted = model.predict("39W", 0.0)
        mine, without = (each.predictions[each.predictions["model"] == law] for each in (result, plain))
        assert mine["predicted"].tolist() == pytest.approx(predicted["expected_purchases"].tolist(), rel=1e-6)
        spent = predicted["expected_purchases"] * predicted["expected_spend"]
        assert mine["predicted_spend"].tolist() == pytest.approx(spent.tolist(), rel=1e-6)
        assert (mine["happened"].to_numpy() == without["happened"].to_numpy()).all()
        assert (mine["predicted"].to_numpy() != without["predicted"].to_numpy()).all()


def test_covariates_of_customers_who_come_later_are_not_looked_at(few, channels):
    origin = "1997-06-30"
    few = few.assign(date=few["date"].where(few["customer_id"] % 5 > 0, few["date"] + pd.Timedelta("200D")))
    later = channels["customer_id"] % 5 == 0  # first seen after the origin
    forged = channels.assign(
        channel=channels["channel"].where(~later, "level of the future"),
        age=channels["age"].where(~later, np.nan),
    )
    asked = {"origins": origin, **BY_CHANNEL}
    mine = clv.backtest(few, "26W", covariates=channels, **asked)
    pd.testing.assert_frame_equal(
        mine.predictions, clv.backtest(few, "26W", covariates=forged, **asked).predictions
    )
    known = clv.backtest(few, "26W", covariates=channels[~later], **asked)
    pd.testing.assert_frame_equal(mine.predictions, known.predictions)


def test_covariates_of_purchases_count_where_there_is_one_price(few, channels):
    priced = few.drop_duplicates(["customer_id", "date"]).assign(amount=10.0)
    with pytest.warns(rfm.DataWarning, match="No spend law can be estimated"):
        result = clv.backtest(priced, "39W", origins=ORIGIN, covariates=channels, **BY_CHANNEL)
    assert (result.predictions["predicted_spend"] == 10 * result.predictions["predicted"]).all()
    model = clv.fit(
        priced, "bg-nbd", end=ORIGIN, covariates=channels, purchase=["channel", "age"], value_per_order=10.0
    )
    mine = result.predictions.query("model == 'bg-nbd'")["predicted"]
    assert mine.tolist() == pytest.approx(model.predict("39W")["expected_purchases"].tolist(), rel=1e-6)


@pytest.mark.parametrize(
    ("asked", "text"),
    [
        (
            {"purchase": "channel"},
            "A backtest with covariates needs the table of them and what depends on them",
        ),
        ({"covariates": "channels"}, "A backtest with covariates needs the table"),
        ({"covariates": "channels", "purchase": "T"}, "'T' is a column of the BTYD summary"),
        ({"covariates": "channels", "purchase": "channel", "models": "bg-bb"}, "No covariates for bg-bb"),
    ],
)
def test_covariates_that_nothing_can_depend_on_are_refused_at_once(few, channels, asked, text):
    asked = {name: channels if value == "channels" else value for name, value in asked.items()}
    with pytest.raises(rfm.DataError, match=text):
        clv.backtest(few, "39W", **asked)


@pytest.mark.nightly
def test_auto_is_the_law_that_would_have_been_chosen_at_each_origin(few):
    tx = few[["customer_id", "date"]]
    result = clv.backtest(tx, "13W", origins=2, models=["bg-nbd", "auto"], baselines=False)
    for origin in result.table["origin"].unique():
        chosen = clv.fit(tx, "auto", end=origin)
        mine = result.predictions.query("model == 'auto'")
        mine = mine[mine["origin"] == origin]["predicted"]
        assert mine.tolist() == pytest.approx(
            chosen.predict("13W", 0.0)["expected_purchases"].tolist(), rel=1e-6
        )


def test_measures_of_ones_own_join_the_table(tx, result):
    mine = {"largest miss": lambda predicted, happened: np.abs(predicted - happened).max()}
    found = clv.backtest(tx, "39W", origins=[ORIGIN], models="bg-nbd", measures=mine)
    row = found.table.set_index("model").loc["bg-nbd"]
    single = found.predictions.query("model == 'bg-nbd'")
    assert row["largest miss"] == (single["predicted"] - single["happened"]).abs().max()
    assert found.table.columns[-1] == "largest miss"
    assert found.table["largest miss"].notna().all()
    assert "largest miss" not in result.table


@pytest.mark.parametrize(
    ("measures", "text"),
    [
        ([1], "measures must map names to functions"),
        ({1: len}, "measures must map names to functions"),
        ({"a": 1}, r"measures\['a'\] must be a function; got 1"),
        ({"mae": len}, "'mae' cannot be the name of a column"),
        ({"spend_mae": len}, "cannot be the name of a column"),
        ({"": len}, "cannot be the name of a column"),
    ],
)
def test_measures_that_are_none_are_refused_at_once(tx, measures, text):
    with pytest.raises(rfm.DataError, match=text):
        clv.backtest(tx, "39W", measures=measures)
