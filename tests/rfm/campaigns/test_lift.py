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
    assert back["return_on_cost"] == pytest.approx(back["profit"] / back["cost"])


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


def test_several_looks_widen_intervals(assigned, effect):
    own = outcomes(assigned)
    five, strict = lift(assigned, own, "clv", looks=5), lift(assigned, own, "clv", confidence=0.99)
    assert np.allclose(five.table["adjusted_low"], strict.table["adjusted_low"])
    assert (five.table["adjusted_low"] < effect.table["adjusted_low"]).all()


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
    assert "revenue" in text
    assert "The arms' sizes fit their planned shares: p = " in text
    assert effect._repr_html_().startswith("<pre>")


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"outcomes": None}, "outcomes is missing"),
        ({"covariate": "age"}, "age"),
        ({"covariate": "segment"}, "segment"),
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


@pytest.mark.slow
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
