"""Scores: the same for equal customers, on every engine, in any order, and never an exception on ties."""

from __future__ import annotations

import dataclasses
import json
import re
import warnings

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rfm
from rfm import DataWarning, Scorer, ScoringError


def summary(n=200, seed=0, **columns):
    rng = np.random.default_rng(seed)
    table = {
        "customer_id": np.arange(n),
        "recency": rng.integers(0, 400, n),
        "orders": rng.geometric(0.3, n),
        "spend": rng.lognormal(4, 1, n).round(2),
        "refunds": -rng.integers(0, 3, n) * 0.1,
    }
    return pd.DataFrame(table | columns)


CORE = ("recency", "frequency", "monetary", "R", "F", "M", "rfm")


def test_the_columns_come_in_order_and_the_others_pass_through():
    scored = rfm.Scorer.fit(summary()).score(summary().assign(country="TW"))
    assert list(scored.columns) == ["customer_id", *CORE, "orders", "spend", "refunds", "country"]
    assert [str(scored[name].dtype) for name in ("recency", "frequency", "R", "F", "M")] == ["int64"] * 5


def test_the_input_is_not_changed():
    table = summary()
    before = table.copy(deep=True)
    Scorer.fit(table).score(table)
    pd.testing.assert_frame_equal(table, before)


def test_one_answer_on_every_engine(constructor, to_pandas):
    table = summary(2_000, orders=np.random.default_rng(5).geometric(0.6, 2_000)).assign(
        nps=np.where(np.arange(2_000) % 7 == 0, np.nan, np.arange(2_000) % 11 / 10)
    )
    options = {"extra": {"nps": "low"}, "weights": {"R": 1, "F": 2, "nps": 0.3}, "monetary": "mean"}
    expected = Scorer.fit(table, **options)
    native = constructor(table)
    scorer = Scorer.fit(native, **options)
    assert scorer == expected
    scored = scorer.score(native)
    assert type(scored) is type(native)  # what is lazy stays lazy
    columns = ["customer_id", *CORE, "nps_score", "composite"]
    here, there = expected.score(table)[columns], to_pandas(scored)[columns]
    pd.testing.assert_frame_equal(there, here, check_dtype=False, check_exact=True)


@given(
    st.lists(
        st.tuples(st.integers(0, 5), st.integers(0, 3), st.integers(-300, 300), st.integers(-300, 0)),
        min_size=1,
        max_size=40,
    ),
    st.integers(3, 10),
    st.randoms(),
)
def test_equal_customers_get_equal_scores_in_any_order_and_nothing_raises(customers, bins, random):
    table = pd.DataFrame(customers, columns=["recency", "orders", "spend", "refunds"])
    table[["spend", "refunds"]] /= 100
    table.insert(0, "customer_id", range(len(table)))
    if not (table["orders"] > 0).any():
        with pytest.raises(ScoringError, match="No customer in this summary has bought"):
            Scorer.fit(table, bins)
        return
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)
        scorer = Scorer.fit(table, bins)
        shuffled = table.sample(frac=1, random_state=random.randrange(2**31))
        assert Scorer.fit(shuffled, bins) == scorer
    scored = scorer.score(table)
    assert (scored["orders"] > 0).all()
    assert len(scored) == (table["orders"] > 0).sum()
    keys = [scored["recency"], scored["orders"], (scored["spend"] + scored["refunds"]).round(2)]
    assert (scored.groupby(keys)["rfm"].nunique() == 1).all()
    pd.testing.assert_frame_equal(
        scorer.score(shuffled).sort_values("customer_id"), scored, check_dtype=False
    )


def test_equal_money_from_other_sums_is_equal():
    table = summary(
        4,
        recency=[1, 2, 3, 4],
        orders=[1, 2, 3, 4],
        spend=[0.3, 0.2, 0.5, 0.1],
        refunds=[-0.1, 0.0, 0.0, 0.0],
    )
    assert 0.3 - 0.1 != 0.2
    scored = Scorer.fit(table, bins=3).score(table)
    assert scored["monetary"].tolist() == [0.2, 0.2, 0.5, 0.1]
    assert scored["M"].tolist() == [1, 1, 3, 1]


def test_mean_spend_is_net_spend_an_order():
    table = summary(
        3, orders=[1, 2, 4], spend=[10.0, 30.0, 20.0], refunds=[0.0, -10.0, 0.0], recency=[1, 2, 3]
    )
    scored = Scorer.fit(table, bins=3, monetary="mean", edges={"M": [5, 9]}).score(table)
    assert scored["monetary"].tolist() == [10.0, 10.0, 5.0]


def test_later_periods_are_held_against_the_same_cuts():
    first, later = summary(seed=1), summary(seed=2, recency=0)
    scorer = Scorer.fit(first)
    alone = scorer.score(later.head(1))
    pd.testing.assert_frame_equal(scorer.score(later).head(1), alone)
    assert (scorer.score(later)["R"] == 5).all()


def test_explicit_edges_for_one_and_for_all():
    table = summary(
        4, recency=[400, 300, 90, 10], orders=[1, 2, 3, 9], spend=[5.0, 10.0, 50.0, 500.0], refunds=0.0
    )
    one = Scorer.fit(table, bins=3, edges={"R": [90, 365]})
    assert one.edges["R"] == (365, 90)
    assert one.score(table)["R"].tolist() == [1, 2, 2, 3]
    every = {"R": [365, 90], "F": [1, 3], "M": [10, 100]}
    assert Scorer.fit(table, bins=3, edges=every).score(table)["rfm"].tolist() == ["111", "221", "222", "333"]


def test_extra_metrics_take_part_and_missing_ones_have_no_score():
    table = summary(5, nps=[9.0, None, 3.0, float("inf"), 6.0])
    scorer = Scorer.fit(table, bins=3, extra={"nps": "high"})
    assert scorer.edges["nps"] == (3.0, 6.0)
    scores = scorer.score(table)["nps_score"]
    assert scores.isna().tolist() == [False, True, False, True, False]
    assert scores.dropna().tolist() == [3, 1, 2]


def test_extra_metrics_are_numbers_of_any_kind():
    pl = pytest.importorskip("polars")
    table = pl.from_pandas(summary(30)).with_columns(
        margin=pl.col("spend").cast(pl.Decimal(12, 2)), visits=pl.col("orders").cast(pl.UInt8)
    )
    scorer = Scorer.fit(table, bins=3, extra={"margin": "high", "visits": "low"})
    assert scorer == Scorer.fit(table.lazy(), bins=3, extra={"margin": "high", "visits": "low"})
    assert all(type(cut) is float for cut in scorer.edges["margin"])
    assert set(scorer.score(table)["margin_score"]) == {1, 2, 3}
    with pytest.raises(ScoringError, match="Column 'country' holds String, not numbers"):
        Scorer.fit(table.with_columns(country=pl.lit("TW")), extra={"country": "high"})


def test_the_composite_is_a_weighted_mean():
    scored = Scorer.fit(summary(), weights={"R": 1, "M": 3}).score(summary())
    assert np.allclose(scored["composite"], (scored["R"] + 3 * scored["M"]) / 4)
    assert scored["composite"].between(1, 5).all()


def test_ten_bins_part_their_digits():
    scored = Scorer.fit(summary(1_000, orders=np.arange(1_000) + 1), bins=10).score(
        summary(1_000, orders=np.arange(1_000) + 1)
    )
    assert scored["rfm"].str.fullmatch(r"(10|\d)-(10|\d)-(10|\d)").all()
    assert scored["R"].max() == scored["F"].max() == scored["M"].max() == 10


def test_shares_are_those_of_the_scores():
    table = summary(500, orders=np.random.default_rng(2).geometric(0.6, 500))
    scorer = Scorer.fit(table)
    scored = scorer.score(table)
    for name in ("R", "F", "M"):
        expected = scored[name].value_counts(normalize=True).reindex(range(1, 6), fill_value=0.0)
        assert np.allclose(scorer.shares[name], expected)
    assert scorer.shares["score"].tolist() == [1, 2, 3, 4, 5]


# ------------------------------------------------------------------ thin data


def test_one_customer_is_a_newcomer_with_a_warning_for_each_metric():
    with pytest.warns(DataWarning) as caught:
        scored = Scorer.fit(summary(1)).score(summary(1))
    assert scored["rfm"].tolist() == ["511"]
    assert [str(line.message).split(":")[0] for line in caught] == ["R", "F", "M"]
    assert "all customers have the same recency, so every customer scores 5" in str(caught[0].message)


def test_of_identical_customers_nobody_beats_another():
    table = summary(50, recency=9, orders=2, spend=30.0, refunds=0.0)
    with pytest.warns(DataWarning) as caught:
        scored = Scorer.fit(table).score(table)
    assert ["every customer scores 5" in str(line.message) for line in caught] == [True, False, False]
    assert ["every customer scores 1" in str(line.message) for line in caught] == [False, True, True]
    assert set(scored["rfm"]) == {"511"}


@pytest.mark.parametrize("seed", range(3))
def test_one_who_returns_to_a_young_shop_moves_nobody_elses_f(seed):
    rng = np.random.default_rng(seed)
    first = pd.DataFrame({
        "customer_id": range(300),
        "date": pd.Timestamp("2026-01-01") + pd.to_timedelta(rng.integers(0, 30, 300), unit="D"),
        "amount": rng.lognormal(3.5, 0.6, 300).round(2),
    })  # fmt: skip
    again = pd.DataFrame({"customer_id": [7], "date": [pd.Timestamp("2026-01-31")], "amount": [30.0]})
    with pytest.warns(DataWarning, match="all customers have the same frequency, so every customer scores 1"):
        before = rfm.score(first, as_of="2026-01-31").set_index("customer_id")
    with pytest.warns(DataWarning, match="frequency has 2 distinct values for 5 scores"):
        after = rfm.score(pd.concat([first, again])).set_index("customer_id")
    assert set(before["F"]) == {1}
    assert after["F"].to_dict() == {**before["F"].to_dict(), 7: 5}


def test_fewer_customers_than_bins():
    table = summary(3, recency=[1, 2, 3], orders=[3, 2, 1], spend=[30.0, 20.0, 10.0], refunds=0.0)
    with pytest.warns(DataWarning) as caught:
        scored = Scorer.fit(table).score(table)
    assert str(caught[0].message).startswith(
        "R: recency has 3 distinct values for 5 scores; customers by score: 1 (33.3%)"
    )
    assert scored["rfm"].tolist() == ["555", "222", "111"]


def test_97_percent_one_time_buyers():
    orders = np.ones(1_000, dtype=int)
    orders[:30] = [2] * 20 + [3] * 10
    table = summary(1_000, orders=orders)
    with pytest.warns(
        DataWarning,
        match=r"F: frequency has 3 distinct values for 5 scores; customers by score: 1 \(97.0%\), 5 \(3.0%\)",
    ):
        scorer = Scorer.fit(table)
    assert scorer.edges["F"] == (1, 1, 1, 1)
    assert scorer.score(table)["F"].tolist() == [5] * 30 + [1] * 970


def test_customers_with_refunds_only_are_left_out():
    table = summary(10, orders=[0, 1, 2, 3, 4, 5, 6, 7, 8, 9])
    table["recency"] = table["recency"].astype("Int64").mask(table["orders"] == 0)
    scored = Scorer.fit(table).score(table)
    assert scored["customer_id"].tolist() == list(range(1, 10))
    assert scored.index.tolist() == list(range(1, 10))
    with pytest.raises(ScoringError, match="No customer in this summary has bought"):
        Scorer.fit(table.head(1))


def test_scoring_nobody_gives_an_empty_table():
    scorer = Scorer.fit(summary())
    assert scorer.score(summary().head(0)).shape == (0, 11)


def test_a_million_rows_shuffled():
    table = summary(1_000_000, orders=np.random.default_rng(7).geometric(0.6, 1_000_000))
    order = np.random.default_rng(8).permutation(len(table))
    shuffled = table.iloc[order]
    scorer = Scorer.fit(table)
    assert Scorer.fit(shuffled) == scorer
    assert (scorer.score(shuffled)["rfm"].to_numpy() == scorer.score(table)["rfm"].to_numpy()[order]).all()


# ------------------------------------------------------------------ the door


def log(n=300, seed=3):
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": rng.integers(0, 60, n),
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 300, n), unit="D"),
            "amount": rng.lognormal(3, 1, n).round(2),
            "order": rng.integers(0, 120, n),
        }
    )


def test_score_takes_transactions_or_a_table():
    table = log()
    scored = rfm.score(table)
    pd.testing.assert_frame_equal(rfm.score(rfm.Transactions(table)), scored)
    pd.testing.assert_frame_equal(Scorer.fit(rfm.summarize(table)).score(rfm.summarize(table)), scored)
    scorer = Scorer.fit(rfm.summarize(table, "2024-06-30"))
    pd.testing.assert_frame_equal(rfm.score(table, scorer=scorer), scorer.score(rfm.summarize(table)))


def test_score_on_every_engine(constructor, to_pandas):
    columns = ["customer_id", *CORE]
    there = to_pandas(rfm.score(rfm.Transactions(constructor(log()), order_id="order"), frequency="orders"))
    here = rfm.score(rfm.Transactions(log(), order_id="order"), frequency="orders")
    pd.testing.assert_frame_equal(there[columns], here[columns], check_dtype=False, check_exact=True)


def test_frequency_may_count_order_ids():
    table = log()
    table.loc[0, "amount"] = -10_000.0  # its order nets below zero on that day
    days = table.groupby(["customer_id", "order", "date"])["amount"].agg(["sum", "min"]).reset_index()
    bought = days[(days["sum"] > 0) | ((days["sum"] == 0) & (days["min"] >= 0))]
    expected = bought.drop_duplicates(["customer_id", "order"]).groupby("customer_id").size()
    tx = rfm.Transactions(table, order_id="order")
    scored = rfm.score(tx, frequency="orders")
    assert scored["frequency"].tolist() == [expected.get(customer, 0) for customer in scored["customer_id"]]
    assert scored["frequency"].tolist() != rfm.score(tx)["frequency"].tolist()


def test_order_ids_up_to_as_of():
    tx = rfm.Transactions(log(), order_id="order")
    early = rfm.score(tx, as_of="2024-03-31", frequency="orders")
    assert early["frequency"].sum() == len(
        log().query("date <= '2024-03-31'").drop_duplicates(["customer_id", "order"])
    )


def test_frequency_by_orders_needs_order_ids():
    with pytest.raises(ScoringError, match=r"no order ids. Hint: Transactions\(df, order_id="):
        rfm.score(log(), frequency="orders")
    with pytest.raises(ScoringError, match="No column 'order_ids'"):
        Scorer.fit(summary(), frequency="orders")


@pytest.mark.parametrize(
    ("options", "text"),
    [
        ({"bins": 2}, "bins must be a whole number from 3 to 10; got 2"),
        ({"bins": 11}, "bins must be a whole number from 3 to 10; got 11"),
        ({"bins": 5.0}, "bins must be a whole number"),
        ({"bins": True}, "bins must be a whole number"),
        ({"frequency": "rows"}, 'frequency must be one of "days", "orders"; got \'rows\''),
        ({"monetary": "median"}, 'monetary must be one of "total", "mean"; got \'median\''),
        ({"extra": {"nps": "up"}}, "extra: the best of 'nps' must be one of \"low\", \"high\"; got 'up'"),
        ({"extra": {"R": "high"}}, "extra: 'R' is a score's own name"),
        ({"extra": {"nps": "high"}}, "No column 'nps'. The table has: customer_id"),
        ({"edges": {"R": [1, 2]}}, "5 scores of R need 4 finite cut points; got"),
        ({"edges": {"R": [1, 2, 3, float("nan")]}}, "need 4 finite cut points"),
        ({"edges": {"Q": [1, 2, 3, 4]}}, "edges: no metric 'Q'. Scored metrics: R, F, M"),
        ({"weights": {"Q": 1}}, "weights: no metric 'Q'. Scored metrics: R, F, M"),
        (
            {"edges": {"F": ["a", 2, 2, 3]}},
            "5 scores of F need 4 finite cut points; got ['a', 2, 2, 3]. Hint: edges=",
        ),
        (
            {"edges": {"F": [True, 2, 3, 4]}},
            "need 4 finite cut points; got [True, 2, 3, 4]. Hint: edges={'F': [1,",
        ),
        (
            {"edges": {"R": 5}},
            "5 scores of R need 4 finite cut points; got 5. Hint: edges={'R': [1, 2, 3, 4]}",
        ),
        ({"edges": [30, 90]}, "edges must be a mapping from metric names; got [30, 90]. Hint: edges={"),
        (
            {"extra": ["nps"]},
            "extra must be a mapping from metric names; got ['nps']. Hint: extra={\"nps\": ",
        ),
        ({"extra": "nps"}, "extra must be a mapping from metric names; got 'nps'. Hint: extra="),
        ({"extra": {5: "low"}}, "extra must be a mapping from metric names; got {5: 'low'}"),
        ({"extra": {"recency": "low"}}, "extra: 'recency' is scored as R already. Hint: leave it out"),
        (
            {"weights": [1]},
            'weights must be a mapping from metric names; got [1]. Hint: weights={"R": 1',
        ),
        (
            {"weights": {"R": "1"}},
            "weights must be non-negative numbers; got '1' for 'R'. Hint: weights=",
        ),
        ({"weights": {"R": True}}, "weights must be non-negative numbers; got True for 'R'"),
        ({"weights": {"R": -1, "F": 2}}, "weights must be non-negative numbers; got -1 for 'R'"),
        ({"weights": {"R": float("nan")}}, "weights must be non-negative numbers; got nan for 'R'"),
        ({"weights": {"R": float("inf")}}, "weights must have a positive, finite sum; got {'R': inf}"),
        ({"weights": {"R": 0, "F": 0.0}}, "weights must have a positive, finite sum; got {'R': 0, 'F': 0.0}"),
        ({"weights": {"R": 0}}, "weights must have a positive, finite sum"),
    ],
)
def test_impossible_options_are_refused_in_words(options, text):
    with pytest.raises(ScoringError, match=re.escape(text)):
        Scorer.fit(summary(), **options)


def test_what_the_transactions_settled_is_no_option():
    with pytest.raises(
        ScoringError, match=r"decimals=2 is not an option here: the transactions determine .* Hint: rfm.Trans"
    ):
        rfm.score(log(), decimals=2)


def test_edges_may_be_an_array_and_are_saved(tmp_path):
    scorer = Scorer.fit(summary(), edges={"F": np.array([1, 2, 3, 4])})
    scorer.save(tmp_path / "scorer.json")
    assert Scorer.load(tmp_path / "scorer.json") == scorer == Scorer.fit(summary(), edges={"F": [1, 2, 3, 4]})


@pytest.mark.parametrize("use", [Scorer.fit, Scorer.fit(summary()).score, rfm.pareto])
@pytest.mark.parametrize("polars", [False, True])
@pytest.mark.parametrize(
    ("column", "value"), [("spend", np.nan), ("spend", np.inf), ("refunds", -np.inf), ("recency", np.nan)]
)
def test_a_customer_who_bought_has_all_numbers(use, polars, column, value):
    table = summary().astype({column: float})
    table.loc[7, column] = value
    found = f"Column '{column}' must hold finite numbers .*; got (a missing value|-?inf) for customer 7. Hint: rfm.summ"
    with pytest.raises(ScoringError, match=found):
        use(pytest.importorskip("polars").from_pandas(table) if polars else table)
    table.loc[7, "orders"] = 0
    use(table)


def test_text_is_no_number_to_score():
    with pytest.raises(ScoringError, match="Column 'spend' holds String, not numbers"):
        Scorer.fit(summary().astype({"spend": str}))


def test_a_table_that_is_no_summary_is_refused():
    with pytest.raises(
        ScoringError,
        match=r"No column 'orders'\. The table has: .* Hint: rfm.summarize\(tx\)",
    ):
        Scorer.fit(log())
    with pytest.raises(ScoringError, match="No column 'spend'"):
        Scorer.fit(summary()).score(summary().drop(columns="spend"))


def test_what_is_no_scorer_is_refused():
    with pytest.raises(ScoringError, match=r"^scorer must be a Scorer; got 'x'. Hint: rfm.Scorer.fit"):
        rfm.score(log(), scorer="x")


def test_a_scorer_and_options_together_are_refused():
    with pytest.raises(ScoringError, match="A scorer has its options already; got monetary"):
        rfm.score(log(), scorer=Scorer.fit(summary()), monetary="mean")


# ------------------------------------------------------------------ kept


def test_a_saved_scorer_comes_back_whole(tmp_path):
    table = summary().assign(nps=1.5, visits=np.arange(200))
    with pytest.warns(DataWarning):
        scorer = Scorer.fit(
            table, 4, extra={"nps": "high", "visits": "low"}, weights={"R": 1}, monetary="mean"
        )
    scorer.save(tmp_path / "scorer.json")
    loaded = Scorer.load(tmp_path / "scorer.json")
    assert loaded == scorer
    pd.testing.assert_frame_equal(loaded.score(table), scorer.score(table))
    assert "customer_id" not in (tmp_path / "scorer.json").read_text()


@pytest.mark.parametrize("damage", ["", "[]", "{}", "null", '{"format": "other"}', "half"])
def test_a_damaged_file_is_refused(tmp_path, damage):
    path = tmp_path / "scorer.json"
    Scorer.fit(summary()).save(path)
    text = path.read_text()
    path.write_text(text[: len(text) // 2] if damage == "half" else damage)
    with pytest.raises(ScoringError, match="is not a saved scorer"):
        Scorer.load(path)


@pytest.mark.parametrize(
    ("key", "value"),
    [("bins", "5"), ("bins", 99), ("rulers", []), ("frequency", "x"), ("decimals", "4"), ("surprise", 1)],
)
def test_a_file_with_impossible_content_is_refused(tmp_path, key, value):
    path = tmp_path / "scorer.json"
    Scorer.fit(summary()).save(path)
    path.write_text(json.dumps(json.loads(path.read_text()) | {key: value}))
    with pytest.raises(ScoringError):
        Scorer.load(path)


def test_a_summary_without_counted_order_ids_says_who_counts_them():
    summary = pd.DataFrame(
        {"customer_id": [1, 2], "recency": [0, 1], "orders": [1, 2], "spend": 1.0, "refunds": 0.0}
    )
    with pytest.raises(
        ScoringError, match=r"No column 'order_ids'.*counted by rfm.score\(tx, frequency=\"orders\"\)"
    ):
        Scorer.fit(summary, frequency="orders")


@pytest.mark.parametrize(
    ("name", "cuts", "found"),
    [
        ("R", [10, 20, 30, 40], "cut points of R must go from the worst to the best, so fall"),
        ("R", [40, 30, 35, 10], "cut points of R must go from the worst to the best, so fall"),
        ("F", [1, 3, 2, 4], "cut points of F must go from the worst to the best, so rise"),
        ("M", [1, 2, 3], "5 scores of M need 4 finite cut points, or none"),
        ("M", [1, 2, 3, "4"], "cuts must be a finite number; got '4'"),
    ],
)
def test_a_file_with_cuts_out_of_order_is_refused(tmp_path, name, cuts, found):
    path = tmp_path / "scorer.json"
    Scorer.fit(summary()).save(path)
    content = json.loads(path.read_text())
    next(ruler for ruler in content["rulers"] if ruler["name"] == name)["cuts"] = cuts
    path.write_text(json.dumps(content))
    with pytest.raises(ScoringError, match=rf"scorer.json is not a saved scorer: .*{found}"):
        Scorer.load(path)


def test_a_scorer_made_by_hand_is_checked():
    scorer = Scorer.fit(summary())
    assert dataclasses.replace(scorer) == scorer
    r, f, m = scorer.rulers
    with pytest.raises(ScoringError, match="must go from the worst to the best, so rise; got"):
        dataclasses.replace(f, cuts=(4, 3, 2, 1))
    with pytest.raises(
        ScoringError, match="A scorer has cut points of R, F and M, then of others; got F, R, M"
    ):
        dataclasses.replace(scorer, rulers=(f, r, m))
    with pytest.raises(ScoringError, match="The cut points of R, F, M are for scores other than 1 to 4"):
        dataclasses.replace(scorer, bins=4)
    with pytest.raises(ScoringError, match="customers must hold a number for each score of each metric"):
        dataclasses.replace(scorer, customers=((1, 2),) * 3)


@pytest.mark.parametrize("cuts", [[1, 3, 2, 4], [4, 1, 2, 3], [3, 1, 4, 2]])
@pytest.mark.parametrize("name", ["R", "F", "M"])
def test_edges_out_of_order_are_refused(name, cuts):
    found = rf"edges: cut points of {name} must rise or fall; got \[.*\]. Hint: edges={{'{name}': \[1, "
    with pytest.raises(ScoringError, match=found):
        Scorer.fit(summary(), edges={name: cuts})


def test_edges_may_rise_or_fall_and_may_be_those_of_another_scorer():
    scorer = Scorer.fit(summary(), edges={"R": [40, 30, 20, 10], "F": [1, 2, 3, 4]})
    assert scorer.edges["R"] == (40, 30, 20, 10)
    assert Scorer.fit(summary(), edges={"R": [10, 20, 30, 40], "F": [4, 3, 2, 1]}).edges == scorer.edges
    assert Scorer.fit(summary(), edges={name: scorer.edges[name] for name in "RF"}) == scorer


@pytest.mark.parametrize("cuts", [[150, 150, 200], [200, 150, 150]])
def test_equal_edges_are_refused_since_nobody_scores_between_them(cuts):
    hint = r"bins={'M': 3} with edges={'M': \[150, 200\]}"
    text = rf"edges: cut points of M must differ, .*; got \[{cuts[0]}, .*{hint}"
    with pytest.raises(ScoringError, match=text):
        Scorer.fit(summary(), bins=4, edges={"M": cuts})


@pytest.mark.parametrize("name", ["R", "F", "M"])
def test_edges_that_look_like_shares_are_refused_with_the_hint_to_percentiles(name):
    text = rf"edges: cut points of {name} are .*look like shares.*Hint: percentiles={{'{name}': \[0.2, 0.4, 0.6, 0.8"
    with pytest.raises(ScoringError, match=text):
        Scorer.fit(summary(), edges={name: [0.2, 0.4, 0.6, 0.8]})


def test_a_shop_of_small_sums_has_edges_below_one():
    table = summary(100, spend=np.linspace(0.01, 0.99, 100), refunds=0.0)
    found = Scorer.fit(table, edges={"M": [0.2, 0.4, 0.6, 0.8]}).score(table)["M"]
    assert found.value_counts().between(19, 22).all()
    assert Scorer.fit(
        table.assign(rate=table["spend"]), extra={"rate": "high"}, edges={"rate": [0.2, 0.4, 0.6, 0.8]}
    )


def test_who_is_on_a_cut_has_not_beaten_it():
    table = summary(4, recency=[31, 30, 29, 0], orders=[1, 2, 3, 9], refunds=0.0)
    found = Scorer.fit(table, bins=3, edges={"R": [30, 7], "F": [1, 3]}).score(table)
    assert found["R"].tolist() == [1, 1, 2, 3]
    assert found["F"].tolist() == [1, 2, 2, 3]


def test_percentiles_divide_customers_as_they_say():
    table = summary(1_000, spend=np.arange(1, 1_001).astype(float), refunds=0.0, recency=np.arange(1_000))
    scorer = Scorer.fit(table, percentiles={"M": [0.5, 0.8, 0.9, 0.99], "R": [0.07, 0.2, 0.5, 0.9]})
    assert scorer.shares["M"].tolist() == pytest.approx([0.5, 0.3, 0.1, 0.09, 0.01])
    assert scorer.shares["R"].tolist() == pytest.approx([0.07, 0.13, 0.3, 0.4, 0.1])
    assert scorer.edges["M"] == (500, 800, 900, 990)
    assert (
        scorer.score(table).set_index("R").loc[1, "recency"].min() == 930
    )  # the 70 that stayed away longest


def test_percentiles_with_rounding_errors_are_the_shares_that_were_meant():
    table = summary(500)
    assert Scorer.fit(
        table, percentiles={"R": np.arange(1, 5) / 5, "M": np.linspace(0, 1, 6)[1:-1]}
    ) == Scorer.fit(table)


@pytest.mark.parametrize(
    ("options", "text"),
    [
        (
            {"percentiles": {"F": [20, 40, 60, 80]}},
            r"must lie between 0 and 1; got \[20, .*Hint: percentiles=",
        ),
        ({"percentiles": {"F": [0.2, 0.4, 0.4, 0.8]}}, "shares of F must rise"),
        ({"percentiles": {"F": [0.8, 0.6, 0.4, 0.2]}}, "shares of F must rise"),
        ({"percentiles": {"F": [1e-9, 0.4, 0.6, 0.8]}}, "shares of F must rise"),
        ({"percentiles": {"F": [0.5]}}, "5 scores of F need 4 shares"),
        ({"percentiles": {"F": 0.5}}, "5 scores of F need 4 shares"),
        ({"percentiles": {"X": [0.5]}}, "percentiles: no metric 'X'"),
        ({"percentiles": [0.5]}, "percentiles must be a mapping"),
        ({"percentiles": {"F": [0.2, 0.4, 0.6, 0.8]}, "edges": {"F": [1, 2, 3, 4]}}, "both given for F"),
    ],
)
def test_wrong_percentiles_are_refused(options, text):
    with pytest.raises(ScoringError, match=text):
        Scorer.fit(summary(), **options)
