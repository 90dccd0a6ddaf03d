"""fit_retention: published estimates to their digits, recovery from contracts, groups and covariates."""

from __future__ import annotations

import tomllib
import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._retention.looks_renewed import advice_for
from rfm import DataError

PUBLISHED = tomllib.loads((Path(__file__).parents[2] / "oracles" / "published.toml").read_text("utf-8"))[
    "retention"
]


def counts_of(left, cohort="a"):
    rows = {"cohort": cohort, "period": range(1, len(left)), "at_risk": left[:-1], "lost": -np.diff(left)}
    return pd.DataFrame(rows)


def left_of(name, years):
    return [round(10 * percent) for percent in PUBLISHED[name]["left"][: years + 1]]


@pytest.mark.parametrize("name", ["high_end", "regular"])
def test_fader_and_hardies_customers(name):
    printed = PUBLISHED[name]
    model = clv.fit_retention(counts_of(left_of(name, 7)), period="1Y")
    law = model.law()
    assert (round(law.a, 3), round(law.b, 3)) == (printed["a"], printed["b"])
    if name == "high_end":
        assert law.survival(np.arange(8, 13)).round(3).tolist() == printed["projected"]
        residual = model.lifetime(7, discount_rate=0.10)["discounted"].iloc[7]
        assert round(residual, 2) == printed["residual_lifetime"]


def test_cohorts_of_several_years():
    printed = PUBLISHED["cohorts"]
    table = pd.concat([counts_of(left, str(2000 + i)) for i, left in enumerate(printed["left"])])
    law = clv.fit_retention(table, period="1Y").law()
    assert (round(law.a, 2), round(law.b, 2)) == (printed["a"], printed["b"])


def test_bdw_of_the_high_end_customers():
    printed = PUBLISHED["bdw"]
    fit = clv.fit_retention(counts_of(left_of("high_end", 4)), "bdw", period="1Y").fits[0]
    found = fit.law
    assert [round(getattr(found, name), 4) for name in ("a", "b", "c")] == pytest.approx(
        [printed[name] for name in ("a", "b", "c")], abs=1.01e-4
    )
    assert fit.log_likelihood / 10 == pytest.approx(printed["log_likelihood"], abs=5e-4)
    assert (100 * found.survival(np.arange(5, 11))).round(2).tolist() == pytest.approx(
        printed["projected"], abs=0.011
    )


def test_contracts_give_back_the_law_whatever_is_censored_and_truncated(make, seen):
    truth = clv.SBG(0.9, 3.0)
    contracts = make(truth, 6_000, np.random.default_rng(1))
    plain = clv.fit_retention(seen(contracts, "2023-12-31"), as_of="2023-12-31")
    held = seen(contracts, "2023-12-31")
    survivors = held[held["end"].isna() | (held["end"] >= "2022-06-01")]
    cut = clv.fit_retention(survivors, as_of="2023-12-31", since="2022-06-01")
    naive = clv.fit_retention(survivors, as_of="2023-12-31")
    t = np.arange(1, 13)
    assert plain.law().survival(t) == pytest.approx(truth.survival(t), abs=0.02)
    assert cut.law().survival(t) == pytest.approx(truth.survival(t), abs=0.03)
    assert (
        naive.law().survival(12) > truth.survival(12) + 0.1
    )  # as if nobody had left before the records began


def test_an_earlier_day_is_what_was_known_then(make, seen):
    contracts = make(clv.SBG(0.9, 3.0), 500, np.random.default_rng(2))
    later, then = seen(contracts, "2024-06-30"), seen(contracts, "2022-12-31")
    with_later = clv.fit_retention(later, as_of="2022-12-31")
    assert with_later.law() == clv.fit_retention(then, as_of="2022-12-31").law()
    assert any("end after 2022-12-31, and count as running" in note for note in with_later.notes)
    lines = dict(zip(with_later.audit["rule"], with_later.audit["contracts"], strict=True))
    rows = lines.pop("rows read")
    assert rows == len(later) == sum(lines.values())


def test_the_order_of_rows_and_other_columns_do_not_matter(make, seen):
    held = seen(make(clv.SBG(0.9, 3.0), 300, np.random.default_rng(3)), "2023-12-31")
    mixed = held.sample(frac=1, random_state=1).assign(other=1)
    assert clv.fit_retention(mixed).law() == clv.fit_retention(held).law()


def test_groups_have_laws_of_their_own_and_covariates_act_on_a_and_b():
    """With one category covariates are as many parameters as groups, so that both give the same laws."""
    two = {"basic": left_of("regular", 7), "pro": left_of("high_end", 7)}
    table = pd.concat([counts_of(left).assign(plan=plan) for plan, left in two.items()], ignore_index=True)
    by, on = clv.fit_retention(table, by="plan"), clv.fit_retention(table, churn="plan")
    a, b = by.law("basic"), by.law("pro")
    assert (round(a.a, 3), round(a.b, 3), round(b.a, 3), round(b.b, 3)) == (0.704, 1.182, 0.668, 3.806)
    estimates = on.table().set_index("parameter")["estimate"]
    assert estimates["a"] == pytest.approx(a.a, rel=1e-5)
    assert estimates["a"] * np.exp(estimates["a[plan=pro]"]) == pytest.approx(b.a, rel=1e-5)
    assert estimates["b"] * np.exp(estimates["b[plan=pro]"]) == pytest.approx(b.b, rel=1e-5)
    mean = (a.survival(np.arange(5)) + b.survival(np.arange(5))) / 2  # of as many contracts each
    assert on.survival(4)["survival"].to_numpy() == pytest.approx(mean, rel=1e-6)


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"lost": [60, 5]}, "60 lost of 50 at risk"),
        ({"at_risk": [50, 49]}, "49 at risk, and 40 were left after the period before"),
        ({"period": [1, 1]}, "has period 1 more than once"),
        ({"period": [0, 1]}, "period must be 1 or more"),
        ({"cohort": ["a", None]}, "Column 'cohort' has missing values"),
        ({"lost": [5.5, 1.0]}, "Column 'lost' must hold whole numbers"),
    ],
)
def test_counts_that_contradict_each_other_are_refused(change, words):
    table = pd.DataFrame({"cohort": "a", "period": [1, 2], "at_risk": [50, 40], "lost": [10, 5]})
    with pytest.raises(DataError, match=words):
        clv.fit_retention(table.assign(**change))


def test_other_tables_days_and_options_are_refused():
    cohorts, log = counts_of([50, 40, 35]), rfm.datasets.cdnow_sample().head(50)
    with pytest.raises(DataError, match="as_of= is for contracts with dates"):
        clv.fit_retention(cohorts, as_of="2024-01-01")
    with pytest.raises(
        DataError, match=r"got a log of orders, .* An export of subscriptions with customer_id"
    ):
        clv.fit_retention(log)
    with pytest.raises(DataError, match="No column 'lost'"):
        clv.fit_retention(cohorts.drop(columns="lost"))
    with pytest.raises(DataError, match="named by both by= and churn="):
        clv.fit_retention(cohorts.assign(plan="a"), by="plan", churn="plan")
    contracts = pd.DataFrame(
        {"customer_id": [1, 2], "start": pd.to_datetime(["2024-01-05"] * 2), "end": None}
    )
    with pytest.raises(
        DataError, match="as_of=2023-01-01 lies before the first contract began, on 2024-01-05"
    ):
        clv.fit_retention(contracts, as_of="2023-01-01")
    with pytest.raises(clv.FitError, match="no contract has come to its first renewal after month"):
        clv.fit_retention(contracts)


def monthly_log(lost, n=200, seed=0):
    """Payments once a month, up to three days late."""
    rng = np.random.default_rng(seed)
    start, life = rng.integers(0, 700, n), np.minimum(rng.geometric(lost, n), 24)
    customer = np.repeat(np.arange(n), life)
    month = np.arange(len(customer)) - np.repeat(np.cumsum(life) - life, life)
    first = pd.to_datetime("2022-01-01") + pd.to_timedelta(start[customer], "D")
    due = [day + pd.DateOffset(months=int(k)) for day, k in zip(first, month, strict=True)]
    late = pd.to_timedelta(rng.integers(0, 4, len(customer)) * (month > 0), "D")
    log = pd.DataFrame({"customer_id": customer, "date": pd.DatetimeIndex(due) + late, "amount": 9.0})
    return log[log["date"] <= "2024-06-30"]


def test_other_laws_say_that_a_log_looks_like_renewals():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        model = clv.fit(monthly_log(0.001), "mbg-nbd")
    said = [str(each.message) for each in caught]
    assert any("buy once a month, as under a contract that is renewed" in text for text in said)
    assert "clv.fit_retention" in model.purchases.warnings[-1]
    alike = monthly_log(0.001).query("customer_id < 60").assign(customer_id=lambda log: log["customer_id"])
    same = pd.concat([alike[alike["customer_id"] == 0].assign(customer_id=i) for i in range(40)])
    with pytest.raises(clv.FitError, match=r"which does not show how they differ.* Hint: clv.fit_retention"):
        clv.fit(same)


def test_a_shop_at_the_boundary_is_not_taken_for_renewals():
    law = clv.BGNBD(r=0.8, alpha=8.0, a=0.001, b=10.0)
    made = law.simulate(np.full(300, 52.0), np.random.default_rng(6))
    loyal = pd.DataFrame({"frequency": made.x, "recency": made.t_x, "T": made.T})
    assert advice_for(loyal, "W") is None
    with pytest.warns(clv.FitWarning) as caught:
        clv.fit_summary(loyal, "bg-nbd", unit="W")
    assert not any("fit_retention" in str(each.message) for each in caught)
