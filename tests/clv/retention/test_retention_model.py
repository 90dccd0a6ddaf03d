"""The model's answers against brute force: curves, lifetimes, values of contracts, backtests, files."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

import clv
from clv._retention.curves import product_limit
from clv._retention.renewal_period import RenewalPeriod
from clv._retention.retention_words import WORDS
from rfm import DataError

LEFT = [1000, 869, 743, 653, 593, 551, 517, 491, 468, 445, 427, 409, 394]  # Fader and Hardie (2007)


def counts_of(left, cohort="a"):
    rows = {"cohort": cohort, "period": range(1, len(left)), "at_risk": left[:-1], "lost": -np.diff(left)}
    return pd.DataFrame(rows)


@pytest.fixture(scope="module")
def model():
    return clv.fit_retention(counts_of(LEFT[:8]), period="1M")


def held(*starts, **columns):
    frame = pd.DataFrame(
        {"customer_id": range(len(starts)), "start": pd.to_datetime(list(starts)), "end": pd.NaT}
    )
    return frame.assign(**columns)


def by_hand(law, start, as_of, rate, months):
    """Discounted renewals of one contract, date by date."""
    period = RenewalPeriod.of("1M")
    first, day = (np.array([np.datetime64(text, "D").astype(np.int64)]) for text in (start, as_of))
    k = int(period.renewals(first, day)[0])
    next_one = (period.date(first, np.array([k + 1])) - day)[0] / 365.25
    return sum(
        law.survival(j, k) * (1 + rate) ** -(next_one + (j - 1) / 12)
        for j in range(1, int(period.renewals(first, day + int(months * 365.25 / 12))[0]) - k + 1)
    )


@pytest.mark.parametrize("rate", [0.0, 0.1])
def test_values_are_sums_over_the_days_of_renewals(model, rate):
    contracts = held("2024-01-31", "2024-06-05", "2023-02-28")
    found = model.value(
        contracts, price=20.0, margin=0.5, discount_rate=rate, horizon="24M", as_of="2024-07-10"
    )
    assert found["renewals"].tolist() == [5, 1, 16]
    assert found["next_renewal"].dt.strftime("%Y-%m-%d").tolist() == [
        "2024-07-31",
        "2024-08-05",
        "2024-07-28",
    ]
    wanted = [
        by_hand(model.law(), start, "2024-07-10", rate, 24)
        for start in ("2024-01-31", "2024-06-05", "2023-02-28")
    ]
    assert found["discounted_renewals"].to_numpy() == pytest.approx(wanted, rel=1e-12)
    assert found["value"].to_numpy() == pytest.approx(10 * np.array(wanted), rel=1e-12)
    assert found["p_renew"].to_numpy() == pytest.approx(model.law().retention(np.array([6, 2, 17])))


def test_for_ever_is_the_limit_of_long_horizons(model):
    contracts = held("2024-01-31", "2024-06-05")
    for_ever = model.value(contracts, price=1.0, as_of="2024-07-10")["value"]
    long = model.value(contracts, price=1.0, as_of="2024-07-10", horizon="200Y")["value"]
    assert for_ever.to_numpy() == pytest.approx(long.to_numpy(), rel=1e-6)
    with pytest.raises(DataError, match="the expected number of renewals is infinite under this law"):
        model.value(contracts, price=1.0, discount_rate=0.0, as_of="2024-07-10")


def test_ended_contracts_are_worth_nothing_and_none_is_left_out(model):
    ends = pd.to_datetime([None, "2024-03-31", "2025-01-31"])
    contracts = held(*["2024-01-31"] * 3).assign(end=ends, price=[3.0, 4.0, 5.0])
    found = model.value(contracts, as_of="2024-07-10", interval=0.8)
    assert found["runs"].tolist() == [True, False, True]  # the last end is not known yet on that day
    assert found["renewals"].tolist() == [5, 1, 5]
    assert found["value"].iloc[1] == found["value_low"].iloc[1] == 0
    assert found["value"].iloc[2] == pytest.approx(found["value"].iloc[0] * 5 / 3)
    assert (found["value_low"] <= found["value_high"]).all()
    with pytest.raises(DataError, match="3 contracts with a start after as_of, 2023-01-01"):
        model.value(contracts, as_of="2023-01-01")


def test_rows_of_terms_are_valued_as_the_contract_that_they_make(model):
    terms = pd.DataFrame(
        {
            "customer_id": ["ann", "ann", "ann", "bob"],
            "start": pd.to_datetime(["2024-03-15", "2024-01-15", "2024-02-15", "2024-04-01"]),
            "end": pd.to_datetime([None, "2024-02-14", "2024-03-15", None]),
            "price": [12.0, 8.0, 9.0, 5.0],
        }
    )
    whole = held("2024-01-15", "2024-04-01", price=[12.0, 5.0]).assign(customer_id=["ann", "bob"])
    pd.testing.assert_frame_equal(
        model.value(terms, as_of="2024-07-10"), model.value(whole, as_of="2024-07-10")
    )


def test_contracts_that_cannot_be_are_not_valued(model):
    row = held("2024-01-31", price=[5.0])
    with pytest.raises(DataError, match="A contract ends before it starts"):
        model.value(row.assign(end=pd.Timestamp("2024-01-30")), as_of="2024-07-10")
    with pytest.raises(DataError, match="The same contract is there twice: 1 row, such as from 2024-01-31"):
        model.value(pd.concat([row, row]), as_of="2024-07-10")
    with pytest.raises(DataError, match=r"'price' must hold finite numbers from 0 .*; got -5 for customer 0"):
        model.value(row.assign(price=-5.0), as_of="2024-07-10")
    with pytest.raises(DataError, match=r"No column 'price'.*price=9\.99 gives one for all"):
        model.value(row.drop(columns="price"), as_of="2024-07-10")


def test_predictive_intervals_hold_what_happens():
    """Renewals of contracts drawn from the posterior itself."""
    counts, rng = counts_of(LEFT[:8]), np.random.default_rng(3)
    model = clv.fit_retention(counts, period="1M")
    found = model.value(
        held("2024-01-05"), price=1.0, discount_rate=0.0, horizon="36M", as_of="2024-04-20", interval=0.8
    )
    k, months = int(found["renewals"].iloc[0]), 36
    a, b = np.exp(model.fits[0].draws)
    theta = rng.beta(a, b + k, (40, len(a)))  # of customers who have renewed k times
    renewals = np.minimum(np.floor(np.log(rng.random(theta.shape)) / np.log1p(-theta)), months)
    low, high = found["value_low"].iloc[0], found["value_high"].iloc[0]
    assert np.mean(renewals < low) <= 0.115
    assert np.mean(renewals > high) <= 0.115
    assert np.mean((renewals >= low) & (renewals <= high)) >= 0.78


def test_lifetimes_are_those_of_the_law(model):
    table, rate = model.lifetime(9, discount_rate=0.2), 1.2 ** (1 / 12) - 1
    wanted = [model.law().discounted_expected_residual_lifetime(k, rate) for k in range(10)]
    assert table["discounted"].to_numpy() == pytest.approx(wanted, rel=1e-12)
    assert table["expected"].isna().all()  # a is below 1
    assert ((table["low"] < table["discounted"]) & (table["discounted"] < table["high"])).all()
    bdw = clv.fit_retention(counts_of(LEFT), "bdw", period="1Y")
    found = bdw.lifetime(5)["discounted"].to_numpy()
    assert found == pytest.approx(
        bdw.law().discounted_expected_residual_lifetime(np.arange(6), 0.1), rel=1e-11
    )


def test_curves_show_what_was_seen_beside_the_law(model):
    survival, retention = model.survival(9), model.retention(9)
    assert survival["observed"].iloc[:8].to_numpy() == pytest.approx(np.array(LEFT[:8]) / 1000)
    assert survival["observed"].iloc[8:].isna().all()
    assert retention["retention"].to_numpy() == pytest.approx(model.law().retention(np.arange(1, 10)))
    assert np.isnan(product_limit(np.array([10.0, np.nan, 5.0]), np.array([1.0, np.nan, 1.0]))[1:]).all()


def test_a_backtest_projects_the_published_curve_and_its_intervals_hold_it():
    model = clv.fit_retention(counts_of(LEFT), period="1Y")
    table = model.backtest(7)
    late = table[table["holdout"]]
    sbg = late[late["law"] == "sbg"]
    assert sbg["period"].tolist() == [8, 9, 10, 11, 12]
    assert sbg["predicted"].round(3).tolist() == [0.460, 0.436, 0.414, 0.395, 0.378]
    assert late["happened"].tolist() == pytest.approx([0.468, 0.445, 0.427, 0.409, 0.394] * 2)
    assert ((late["low"] <= late["happened"]) & (late["happened"] <= late["high"])).all()
    with pytest.raises(
        DataError, match=r"periods=12 leaves nothing to compare with: .* seen for 12 renewals"
    ):
        model.backtest(12)


@pytest.mark.nightly
def test_intervals_of_backtests_hold_what_they_say():
    rng, inside = np.random.default_rng(5), []
    for _ in range(40):
        lasted = clv.SBG(0.8, 3.0).simulate(600, rng)
        left = [int((lasted > t).sum()) for t in range(11)]
        table = clv.fit_retention(counts_of(left)).backtest(5, "sbg").query("holdout")
        inside.append(((table["low"] <= table["happened"]) & (table["happened"] <= table["high"])).to_numpy())
    assert 0.83 <= np.mean(inside) <= 0.97, np.mean(inside, axis=0)


def test_a_contract_keeps_its_group_and_an_unknown_one_is_refused():
    table = pd.concat(
        [counts_of(LEFT[:8]).assign(plan="pro"), counts_of([900, 500, 380, 320]).assign(plan="basic")]
    )
    model = clv.fit_retention(table, by="plan")
    contracts = held(*["2024-01-31"] * 3, plan=["pro", "basic", "pro"])
    found = model.value(contracts, price=1.0, as_of="2024-07-10")
    assert found["plan"].tolist() == ["pro", "basic", "pro"]
    assert found["p_renew"].to_numpy() == pytest.approx(
        [model.law(name).retention(6) for name in contracts["plan"]]
    )
    with pytest.raises(
        DataError, match="The group 'gold' of column 'plan' is unknown to the model; it knows 'basic', 'pro'"
    ):
        model.value(contracts.assign(plan="gold"), price=1.0, as_of="2024-07-10")
    with pytest.raises(DataError, match='group must be one of "basic", "pro"; got None'):
        model.law()


def test_covariates_value_each_contract_by_its_own_law():
    two = [counts_of(LEFT[:8]).assign(x=1.0), counts_of([900, 500, 380, 320, 280, 250]).assign(x=0.0)]
    model = clv.fit_retention(pd.concat(two), churn="x")
    found = model.value(held("2024-01-31", "2024-01-31", x=[0.0, 1.0]), price=1.0, as_of="2024-07-10")
    e = model.table().set_index("parameter")["estimate"]
    other = clv.SBG(e["a"] * math.exp(e["a[x]"]), e["b"] * math.exp(e["b[x]"]))
    assert found["p_renew"].to_numpy() == pytest.approx([model.law().retention(6), other.retention(6)])


def test_the_day_must_be_known(model):
    with pytest.raises(DataError, match="fitted to cohorts, and does not know today"):
        model.value(held("2024-01-31"), price=1.0)
    with pytest.raises(DataError, match="No column 'price'"):
        model.value(held("2024-01-31"), as_of="2024-07-10")


def test_the_summary_says_it_in_words(model):
    text = model.summary()
    assert text.startswith("sBG: 1,000 contracts, renewed every month, 7 renewals seen")
    assert "half of the contracts end within 7 periods" in text
    assert repr(model) == "RetentionModel(sbg, period '1M', 1,000 contracts)"
    assert all(text for text in WORDS.english.values())
