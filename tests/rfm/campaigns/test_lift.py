"""The measured effect: planted ones are found, nothing is found where nothing is, on every engine."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from rfm import DataError, DataWarning
from rfm.campaigns import Holdout, assign, lift

LIFT = {"VIP": 10.0, "new": 2.0, "lost": 0.0}


def customers(n=6_000, seed=0):
    rng = np.random.default_rng(seed)
    segment = rng.choice(list(LIFT), n, p=[0.2, 0.3, 0.5])
    clv = rng.gamma(1, 20, n) + np.where(segment == "VIP", 60, 0)
    return pd.DataFrame({"customer_id": np.arange(n), "segment": segment, "clv": clv})


def outcomes(assigned, seed=1):
    rng = np.random.default_rng(seed)
    treated = (assigned["arm"] == "treatment").to_numpy()
    noise = rng.gamma(1, 10, len(assigned))
    revenue = 0.6 * assigned["clv"] + noise + treated * assigned["segment"].map(LIFT).fillna(0.0)
    visit = rng.random(len(assigned)) < 0.1 + 0.05 * treated
    return pd.DataFrame({"customer_id": assigned["customer_id"], "revenue": revenue, "visit": visit})


@pytest.fixture(scope="module")
def assigned():
    return assign(customers(), "autumn", 0.3)


@pytest.fixture(scope="module")
def effect(assigned):
    return lift(assigned, outcomes(assigned), "clv", cost={"treatment": 1.0}, margin=0.5)


def test_planted_effects_lie_in_the_intervals(effect, assigned):
    rows = effect.table[effect.table["outcome"] == "revenue"].set_index("segment")
    for segment, planted in LIFT.items():
        assert rows.loc[segment, "adjusted_low"] < planted < rows.loc[segment, "adjusted_high"]
    average = assigned["segment"].map(LIFT).mean()
    assert rows.loc["all", "adjusted_low"] < average < rows.loc["all", "adjusted_high"]
    assert rows.loc["all", "adjusted_high"] - rows.loc["all", "adjusted_low"] < 0.7 * (
        rows.loc["all", "high"] - rows.loc["all", "low"]
    )
    visit = effect.table[(effect.table["outcome"] == "visit") & (effect.table["segment"] == "all")].iloc[0]
    assert visit["low"] < 0.05 < visit["high"]


def test_every_row_is_of_its_own_customers(effect, assigned):
    own = assigned.merge(outcomes(assigned))
    for row in effect.table.itertuples():
        mine = own if row.segment == "all" else own[own["segment"] == row.segment]
        groups = [mine.loc[mine["arm"] == arm, row.outcome].astype(float) for arm in (row.arm, "control")]
        assert (row.customers, row.customers_control) == tuple(map(len, groups))
        assert (row.mean, row.mean_control) == pytest.approx(tuple(g.mean() for g in groups), rel=1e-12)
        if row.outcome == "revenue":
            interval = stats.ttest_ind(*groups, equal_var=False).confidence_interval(0.95)
            assert (row.low, row.high) == pytest.approx(tuple(interval), rel=1e-9)


def test_what_is_explained_is_what_the_interval_lost(effect):
    rows = effect.table[effect.table["outcome"] == "revenue"].set_index("segment")
    spread = (rows["adjusted_high"] - rows["adjusted_low"]) / (rows["high"] - rows["low"])
    assert np.allclose(1 - spread**2, rows["explained"], atol=0.01)
    assert rows.loc["all", "explained"] > 0.5


def test_returns_follow_from_the_row_of_all(effect):
    row = effect.table[(effect.table["outcome"] == "revenue") & (effect.table["segment"] == "all")].iloc[0]
    (back,) = effect.returns.to_dict("records")
    assert back["incremental_revenue"] == pytest.approx(row["adjusted"] * row["customers"])
    assert back["cost"] == row["customers"]
    for name, bound in (
        ("profit", "adjusted"),
        ("profit_low", "adjusted_low"),
        ("profit_high", "adjusted_high"),
    ):
        assert back[name] == pytest.approx(0.5 * row[bound] * row["customers"] - back["cost"])
    for name, part in (
        ("return_on_cost", "profit"),
        ("return_low", "profit_low"),
        ("return_high", "profit_high"),
    ):
        assert back[name] == pytest.approx(back[part] / back["cost"])


def test_what_costs_nothing_has_no_return(assigned):
    (back,) = lift(assigned, outcomes(assigned)).returns.to_dict("records")
    assert back["profit"] == back["incremental_revenue"]
    assert np.isnan([back["return_on_cost"], back["return_low"], back["return_high"]]).all()


def test_each_outcome_has_its_covariate(assigned, effect):
    likes = assigned.assign(likes=np.random.default_rng(7).random(len(assigned)))
    both = lift(likes, outcomes(assigned), {"revenue": "clv", "visit": "likes"})
    alone = {"revenue": effect, "visit": lift(likes, outcomes(assigned), "likes")}
    for outcome, other in alone.items():
        mine, theirs = (each.table[each.table["outcome"] == outcome] for each in (both, other))
        pd.testing.assert_frame_equal(mine, theirs)
    some = lift(likes, outcomes(assigned), {"revenue": "clv"}).table
    visits = some[some["outcome"] == "visit"]
    assert visits["adjusted"].notna().tolist() == [
        False,
        False,
        False,
        True,
    ]  # by segments, in the row of all


def test_every_engine_gives_one_answer(constructor, to_pandas, assigned, effect):
    made = lift(
        constructor(assigned), constructor(outcomes(assigned)), "clv", cost={"treatment": 1.0}, margin=0.5
    )
    assert type(made.table) is type(constructor(assigned))
    keys = ["outcome", "arm", "segment"]
    for ours, theirs in (
        (made.table, effect.table),
        (made.returns, effect.returns),
        (made.balance, effect.balance),
    ):
        own = [key for key in keys if key in theirs]
        left, right = (
            each.astype(dict.fromkeys(own, str)).sort_values(own, ignore_index=True)
            for each in (to_pandas(ours), theirs)
        )
        assert list(left) == list(right)
        for name in left:
            if name in keys:
                assert left[name].tolist() == right[name].tolist()
            else:
                mine = left[name].to_numpy(dtype=float, na_value=np.nan)
                np.testing.assert_allclose(mine, right[name].to_numpy(dtype=float), rtol=1e-7, atol=1e-12)


def test_the_order_of_rows_does_not_matter(assigned, effect):
    shuffled = assigned.sample(frac=1, random_state=2)
    again = lift(
        shuffled,
        outcomes(assigned).sample(frac=1, random_state=3),
        "clv",
        cost={"treatment": 1.0},
        margin=0.5,
    )
    pd.testing.assert_frame_equal(again.table, effect.table, rtol=1e-9)


def test_p_values_over_segments_are_corrected_and_all_is_one_test(effect):
    for _, rows in effect.table.groupby(["outcome", "arm"], sort=False):
        segments, everybody = rows[rows["segment"] != "all"], rows[rows["segment"] == "all"]
        assert (segments["p_holm"] >= segments["adjusted_p_value"]).all()
        assert segments["p_holm"].min() == pytest.approx(3 * segments["adjusted_p_value"].min())
        assert everybody["p_holm"].tolist() == everybody["adjusted_p_value"].tolist()


def test_several_looks_widen_intervals_and_their_tests_say_the_same(assigned, effect):
    own = outcomes(assigned)
    five, strict = lift(assigned, own, "clv", looks=5), lift(assigned, own, "clv", confidence=0.99)
    assert np.allclose(five.table["adjusted_low"], strict.table["adjusted_low"])
    assert (five.table["adjusted_low"] < effect.table["adjusted_low"]).all()
    for name in ("p_value", "adjusted_p_value"):
        assert five.table[name].tolist() == pytest.approx(np.minimum(5 * effect.table[name], 1).tolist())
    excluded = (five.table["adjusted_low"] > 0) | (five.table["adjusted_high"] < 0)
    assert ((five.table["adjusted_p_value"] < 0.05) == excluded).all()
    assert 0 < excluded.sum() < len(excluded)
    assert "95% intervals, for 5 looks" in repr(five)


def test_several_arms_and_a_hold_out():
    table = customers()
    made = assign(table, "a", 0.3, arms={"mail": 1, "call": 1}, holdout=Holdout("2026", 0.1))
    found = lift(made, outcomes(made).drop(columns="visit"))
    assert set(found.table["arm"]) == {"mail", "call"}
    held = int((made["arm"] == "hold-out").sum())
    assert found.notes == (f"{held:,} customers of the universal hold-out are in no arm.",)
    against = lift(made, outcomes(made).drop(columns="visit"), control="hold-out")
    assert set(against.table["arm"]) == {"mail", "call", "control"}
    assert set(against.table["customers_control"][against.table["segment"] == "all"]) == {held}


def test_segments_too_small_are_said_and_joined():
    table = customers(400)
    table["segment"] = table["segment"].where(table["customer_id"] >= 3, "tiny")
    made = assign(table, "a", 0.3)
    with pytest.warns(
        DataWarning, match="1 groups? ha(s|ve) fewer than two customers in an arm, and no interval: tiny"
    ):
        found = lift(made, outcomes(made), "clv")
    rows = found.table[found.table["segment"] == "tiny"]
    assert rows[["low", "adjusted_low"]].isna().all(axis=None)
    assert any("tiny" in note for note in found.notes)
    assert found.table.loc[found.table["segment"] == "all", "adjusted_low"].notna().all()


def test_lost_customers_are_a_warning(assigned):
    lost = assigned[(assigned["arm"] == "control") | (assigned["customer_id"] % 3 > 0)]
    with pytest.warns(
        DataWarning, match="sizes do not fit their planned shares .* customers may have been lost"
    ):
        lift(lost, outcomes(lost))


def test_the_bootstrap_is_near_welch_for_many_customers_and_the_same_again(assigned):
    own = outcomes(assigned)
    welch, boot, again = (lift(assigned, own, money=m).table for m in ("welch", "bootstrap", "bootstrap"))
    assert boot.equals(again)
    rows = welch["outcome"] == "revenue"
    spread = (welch["high"] - welch["low"])[rows]
    assert (abs(boot["low"] - welch["low"])[rows] < 0.1 * spread).all()


def test_it_prints_what_an_analyst_asks(effect):
    text = repr(effect)
    lines = text.split("\n")
    assert (
        lines[0] == "Differences from the control group with 95% intervals, adjusted by what was known before"
    )
    n = int((effect.balance["customers"][effect.balance["arm"] == "treatment"]).max())
    assert f"treatment: {n:,} customers, and {6_000 - n:,} in 'control'" in lines
    row = effect.table[(effect.table["outcome"] == "revenue") & (effect.table["segment"] == "all")].iloc[0]
    (told,) = (line for line in lines if line.startswith("  revenue"))
    assert f"{row['adjusted']:+.4g}" in told
    assert f"({row['adjusted_low']:+.4g} to {row['adjusted_high']:+.4g})" in told
    assert any(line.startswith("  Found in these segments alone (Holm's correction): ") and "VIP (revenue +" in line
               for line in lines)  # fmt: skip
    assert "  Over all of them: revenue +" in text
    assert "The arms' sizes fit their planned shares: p = " in text
    assert effect._repr_html_().startswith("<pre>")


def test_where_all_outcomes_are_one_number_nothing_is_certain(assigned):
    """Not an interval of no width, nor an effect of 0 that would have been found."""
    same = outcomes(assigned).assign(revenue=5.0, visit=True)
    table = lift(assigned, same, "clv").table.set_index(["outcome", "segment"])
    money = table.loc["revenue"]
    assert (money["difference"] == 0).all()
    assert money[["low", "high", "p_value", "adjusted_low", "detectable", "p_holm"]].isna().all(axis=None)
    visits = table.loc["visit"]
    assert (visits["low"] < 0).all()
    assert (visits["high"] > 0).all()
    assert (visits["detectable"] > visits["high"]).all()
    assert visits["adjusted"].isna().all()
    assert "no interval" in repr(lift(assigned, same))


def test_shares_that_are_sums_of_rounded_numbers_stay_below_one():
    """A mean of truths computed from sums about a mean may be 1 + 2e-16."""
    for n in range(3, 60, 7):
        table = pd.DataFrame({"customer_id": range(n), "arm": ["control", *["mail"] * (n - 1)]})
        table["segment"] = ["a" if i % 3 else "b" for i in range(n)]
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", DataWarning)  # arms of one customer
            found = lift(table, table[["customer_id"]].assign(came=table["segment"] == "a")).table
        assert found["high"].dropna().between(-1, 1).all()


def test_rare_responses_are_not_adjusted():
    """Least squares see no variance where nobody responds: nine of ten assignments would find something."""
    table = customers(300)
    made = assign(table, "a", 0.3)
    treated = np.flatnonzero(made["arm"] == "treatment")
    came = pd.DataFrame(
        {"customer_id": table["customer_id"], "visit": np.isin(table["customer_id"], treated[:8])}
    )
    row = lift(made, came, "clv", by=None).table.iloc[0]
    assert np.isnan(row["adjusted"])
    assert row["p_holm"] == row["p_value"]
    assert row["low"] < row["difference"] < row["high"]


def test_scores_are_in_the_order_of_numbers(constructor, to_pandas, assigned):
    table = assigned.assign(score=assigned["customer_id"] % 12)
    found = to_pandas(lift(constructor(table), constructor(outcomes(assigned)), by="score").table)
    segments = found["segment"][found["outcome"] == "visit"].astype(str).tolist()
    assert sorted(segments, key=str) == sorted([*map(str, range(12)), "all"])
    if not constructor.is_lazy:
        assert segments == [*map(str, range(12)), "all"]


@pytest.mark.parametrize("column", ["clv", "revenue"])
def test_nothing_missing_is_counted(constructor, assigned, column):
    """Behind an engine, values are looked at when they are summed."""
    left, right = assigned.copy(), outcomes(assigned)
    table = left if column == "clv" else right
    table.loc[[3, 4], column] = np.nan
    with pytest.raises(DataError, match=rf"{column}.*missing|outcomes lacks 2"):
        lift(constructor(left), constructor(right), "clv")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.assign(arm=t["arm"].where(t["customer_id"] > 1)), "'arm' is missing for 2 customers"),
        (lambda t: t.assign(segment=t["segment"].where(t["customer_id"] > 1)), "'segment' is missing for 2 cust"),
        (lambda t: t.replace({"segment": {"new": "all"}}), "A segment is named 'all'"),
    ],
)  # fmt: skip
def test_assigned_tables_that_are_refused(constructor, assigned, change, message):
    table = change(assigned)
    with pytest.raises(DataError, match=message):
        lift(constructor(table), constructor(outcomes(assigned)))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcomes": None}, "outcomes is missing"),
        ({"covariate": "age"}, "age"),
        ({"covariate": "segment"}, "segment"),
        ({"covariate": {}}, "covariate is an empty mapping"),
        ({"covariate": {"orders": "clv"}}, "covariate: no outcome 'orders'. Outcomes: visit, revenue"),
        ({"covariate": {"revenue": 3}}, "covariate must be text; got 3"),
        ({"covariate": {"revenue": "age"}}, "age"),
        ({"by": "country"}, "by= names a column of segments"),
        ({"control": "none"}, "No customer has the arm 'none'; arms: 'control', 'treatment'"),
        ({"money": "t"}, 'money must be one of "welch", "bootstrap"'),
        ({"looks": 0}, "looks must be a whole number"),
        ({"margin": 30}, "margin must be a finite number"),
        ({"cost": {"letter": 1.0}}, "cost: no arm 'letter'. Arms: treatment"),
        ({"confidence": 95}, "confidence must lie between 0 and 1"),
        ({"start": "2026-01-01"}, "start and end choose the days of a log"),
    ],
)
def test_what_is_refused(assigned, change, message):
    with pytest.raises(DataError, match=message):
        lift(**({"assigned": assigned, "outcomes": outcomes(assigned)} | change))


def test_a_customer_in_two_arms_is_refused(assigned):
    twice = pd.concat([assigned, assigned.head(1).assign(arm="mail")])
    with pytest.raises(DataError, match="assigned: more than one row for customer 0"):
        lift(twice, outcomes(assigned))


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda t: t.iloc[1:], "outcomes lacks 1 of the assigned customers"),
        (lambda t: t.rename(columns={"revenue": "arm"}), "the assigned table has a column 'arm', too"),
        (lambda t: t[["customer_id"]], "no column besides customer_id"),
        (lambda t: pd.concat([t, t.head(1)]), "outcomes: more than one row"),
        (lambda t: t.assign(visit=np.nan), "visit"),
    ],
)
def test_outcomes_that_are_refused(assigned, change, message):
    with pytest.raises(DataError, match=message):
        lift(assigned, change(outcomes(assigned)))


@pytest.mark.nightly
def test_nothing_is_found_where_nothing_is():
    """One in twenty assignments of one log finds something: A/A, here 400 times."""
    table = customers(600, seed=5)
    fixed = outcomes(table.assign(arm="control"), seed=6)
    p = []
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DataWarning)  # one in a thousand is an odd split
        for seed in range(400):
            made = assign(table, "a", 0.4, seed=seed)
            rows = lift(made, fixed[["customer_id", "revenue"]], "clv", by=None).table
            p.append(rows["adjusted_p_value"].iloc[-1])
    assert stats.binomtest(int((np.array(p) < 0.05).sum()), 400, 0.05).pvalue > 1e-3
    assert stats.kstest(p, "uniform").pvalue > 1e-3


def test_one_arm_alone_is_refused(assigned):
    with pytest.raises(DataError, match="All customers have the arm 'control'"):
        lift(assigned[assigned["arm"] == "control"], outcomes(assigned))


def test_rounding_is_no_variance():
    """0.1 has no exact sum: values that are all the same must not differ by their last digit, nor a covariate."""
    rng = np.random.default_rng(0)
    table = assign(customers(900), "a", 0.3).assign(constant=0.1)
    by_segment = table["segment"].map({"VIP": 0.1, "new": 0.7, "lost": 1e7 / 3})
    found = lift(table, pd.DataFrame({"customer_id": table["customer_id"], "spent": by_segment}), "clv").table
    segments = found[found["segment"] != "all"]
    assert segments[["low", "p_value", "adjusted_p_value", "detectable"]].isna().all(axis=None)
    assert np.allclose(segments["difference"], 0, atol=1e-8)
    own = pd.DataFrame({"customer_id": table["customer_id"], "spent": rng.gamma(1, 10, len(table))})
    plain, useless = lift(table, own).table, lift(table, own, "constant").table
    assert np.allclose(useless["adjusted"][:3], plain["difference"][:3], rtol=1e-9)
    assert useless["adjusted"].iloc[3] == pytest.approx(plain["adjusted"].iloc[3], rel=1e-9)


def test_a_group_of_zeros_has_the_mean_zero_and_no_relative_lift():
    """Not a mean of 1e-17, and a lift of 1e15."""
    rng = np.random.default_rng(0)
    for seed in range(6):
        table = assign(customers(300, seed), "a", 0.3, seed=seed)
        spent = np.where(
            (table["arm"] == "control") & (table["segment"] == "VIP"), 0.0, rng.gamma(1, 10, 300)
        )
        own = pd.DataFrame({"customer_id": table["customer_id"], "spent": spent})
        row = lift(table, own).table.set_index("segment").loc["VIP"]
        assert row["mean_control"] == 0
        assert np.isnan(row["lift"])
