"""Fits at earlier days: those that `clv.fit` makes, each once, of all customers or of the same some."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._choice.refits import Depends, Refits, Terms, hashed_ids
from clv._fit import fit_histories, refits_for

DAY = "1997-09-30"
NUMBER = rfm._days.as_day(DAY, "day")


@pytest.fixture(scope="module")
def log():
    return rfm.datasets.cdnow_sample()


@pytest.fixture(scope="module")
def tx(log):
    return rfm.Transactions(log)


def refits(tx, terms=None, **options):
    return Refits(tx, Terms() if terms is None else terms, fit_histories, **options)


def test_a_refit_is_the_fit_of_that_day_without_a_law_of_spend(tx):
    found = refits(tx).model(clv.BGNBD, NUMBER)
    assert found.purchases.parameters == clv.fit(tx, "bg-nbd", end=DAY).purchases.parameters
    assert (found.spend, found.first_order, found.unit, str(found.end)) == (None, None, "W", DAY)


def test_each_law_is_fitted_once_a_day(tx):
    runs = []

    def run(*args, **options):
        runs.append(args[1])
        return fit_histories(*args, **options)

    again = Refits(tx, Terms(), run)
    first = again.model(clv.BGNBD, NUMBER)
    assert again.model(clv.BGNBD, NUMBER) is first
    again.model(clv.MBGNBD, NUMBER)
    assert runs == [clv.BGNBD, clv.MBGNBD]


def test_a_refusal_is_remembered_and_raised_again(log):
    once = rfm.Transactions(log.drop_duplicates("customer_id"))
    found = refits(once)
    for _ in range(2):
        with pytest.raises(clv.FitError, match="bought a second time"):
            found.model(clv.BGNBD, NUMBER)


def test_some_customers_are_the_same_ones_on_every_day_and_in_any_order(tx, log):
    some = refits(tx, most=500)
    ids = {day: set(some.table(NUMBER + day)["customer_id"]) for day in (0, 100)}
    assert len(ids[0]) == 500
    assert some.sampled
    assert ids[0] == ids[100]
    shuffled = rfm.Transactions(log.sample(frac=1.0, random_state=1))
    assert set(refits(shuffled, most=500).table(NUMBER)["customer_id"]) == ids[0]
    text = rfm.Transactions(log.assign(customer_id=log["customer_id"].map("c{}".format)))
    assert len(refits(text, most=500).table(NUMBER)) == 500
    all_ = refits(tx, most=5_000)
    assert (len(all_.table(NUMBER)), all_.sampled, all_.few(NUMBER)) == (2_357, False, True)
    assert not some.few(NUMBER)
    assert len(some.of_all.table(NUMBER)) == 2_357


def test_some_customers_are_like_all(tx):
    every, some = (refits(tx, most=most).model(clv.BGNBD, NUMBER).purchases for most in (None, 1_200))
    error = np.sqrt(np.diag(some.log_covariance))
    off = np.log(list(some.parameters.values())) - np.log(list(every.parameters.values()))
    assert (np.abs(off) < 3 * error).all()


def test_ids_are_hashed_by_what_they_are_and_not_by_where():
    numbers = pd.Series([3, 1, 2], dtype="int64")
    assert hashed_ids(numbers).tolist() == hashed_ids(numbers.astype("int32")).tolist()
    assert hashed_ids(numbers[::-1]).tolist() == hashed_ids(numbers).tolist()[::-1]
    mixed = pd.Series(["a", 1, None], dtype=object)
    assert len(set(hashed_ids(mixed).tolist())) == 3


def test_covariates_are_those_of_the_customers_known_that_day(tx, log):
    table = pd.DataFrame({"customer_id": np.sort(log["customer_id"].unique())})
    table["web"] = table["customer_id"] % 2
    asked = Terms(depends=Depends(table, ("web",), (), ("web",)))
    found = refits(tx, asked, most=800).model(clv.BGNBD, NUMBER)
    assert list(found.purchases.effects) == ["purchase[web]"]
    assert len(found.customers) == 800
    whole = clv.fit(tx, "bg-nbd", end=DAY, covariates=table, purchase="web", spend="web")
    assert refits(tx, asked).model(clv.BGNBD, NUMBER).purchases.effects == pytest.approx(
        whole.purchases.effects
    )


def test_no_covariates_are_none():
    assert Depends.of(None, (), (), ()) is None
    assert Depends.of(pd.DataFrame(), "a", (), "b").options["purchase"] == ("a",)


@pytest.mark.nightly
@pytest.mark.filterwarnings("ignore:F. frequency has")  # scores of few customers, for the rules of thumb
def test_laws_of_regular_buyers_are_judged_by_their_own_customers_on_an_engine():
    """An engine gives the rows of two tables in two orders; the customers must be matched nevertheless."""
    duckdb = pytest.importorskip("duckdb")
    rng = np.random.default_rng(4)
    shop = clv.simulate(clv.MBGCNBD(2.0, 30.0, 0.8, 3.0, k=3), clv.GammaGamma(6.0, 4.0, 15.0), 150, rng=rng,
                        start="2022-01-03", joining="40W", observed="104W")  # fmt: skip
    day = rfm._days.as_day("2023-07-01", "end")
    found = {}
    for name, log in (("pandas", shop), ("duckdb", duckdb.from_df(shop))):
        refits = refits_for(rfm.Transactions(log))
        model = refits.model(clv.MBGCNBD.with_k(3), day)
        assert model.customers["customer_id"].tolist() == refits.table(day)["customer_id"].tolist()
        found[name] = clv.backtest(log, "26W", models=["mbg-cnbd-3"], baselines=False).table
    pd.testing.assert_frame_equal(found["pandas"], found["duckdb"])
