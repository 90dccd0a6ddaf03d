"""The same results on every engine: a model's input and predictions, compared with pandas."""

from __future__ import annotations

import uuid
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._payback import payback
from clv._segment_forecast import segment_forecast

ENDS = "1998-06-30"


def assert_same(left: pd.DataFrame, right: pd.DataFrame, rtol: float = 1e-9) -> None:
    """Ids, dates, counts and labels exactly, numbers to 1e-9 of themselves."""
    assert list(left) == list(right)
    for name in left:
        ours, theirs = left[name], right[name]
        if pd.api.types.is_float_dtype(theirs):
            np.testing.assert_allclose(ours.astype(float), theirs, rtol=rtol, atol=1e-9, err_msg=name)
        else:
            assert ours.isna().tolist() == theirs.isna().tolist(), name
            assert ours.dropna().astype(str).tolist() == theirs.dropna().astype(str).tolist(), name


# A row in ten is turned around whatever was bought before, so that many refunds have no order.
pytestmark = pytest.mark.filterwarnings("ignore:Of .* days on which a customer's net amount is negative")


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    """A tenth of CDNOW, of which one row in ten is a refund, in another order."""
    table = rfm.datasets.cdnow_sample()
    rng = np.random.default_rng(3)
    amount = np.where(rng.random(len(table)) < 0.1, -table["amount"], table["amount"])
    log = table[["customer_id", "date"]].assign(amount=amount)
    return log.sample(frac=1, random_state=3, ignore_index=True)


@pytest.fixture(scope="module")
def model(log: pd.DataFrame) -> clv.CustomerModel:
    return clv.fit(log)


def test_a_fit_is_the_same_fit(constructor, log, model):
    there = clv.fit(constructor(log))
    assert there.fingerprint == model.fingerprint
    for mine, theirs in ((there.purchases, model.purchases), (there.spend, model.spend)):
        assert mine.n == theirs.n
        np.testing.assert_allclose(mine.log_likelihood, theirs.log_likelihood, rtol=1e-12)
        np.testing.assert_allclose(mine.law.log_parameters, theirs.law.log_parameters, rtol=0, atol=1e-8)


@pytest.fixture(scope="module")
def regular() -> pd.DataFrame:
    """Two years of customers who buy at regular intervals, more often in summer; in no order."""
    law, spend = clv.MBGCNBD(r=1.2, alpha=3.0, a=0.8, b=3.0, k=3), clv.GammaGamma(6.25, 3.74, 15.44)
    summer = clv.Season.from_factors({month: 3.0 if 6 <= month <= 8 else 1.0 for month in range(1, 13)})
    log = clv.simulate(law, spend, 300, rng=np.random.default_rng(1), observed="110W", season=summer)
    return log.sample(frac=1, random_state=3, ignore_index=True)


@pytest.mark.slow_on("spark")
@pytest.mark.parametrize("season", [None, "month"])
def test_the_k_of_regular_buyers_is_the_same(constructor, regular, season):
    mine, theirs = (
        clv.fit(log, "mbg-cnbd", season=season).purchases for log in (constructor(regular), regular)
    )
    assert mine.law.name == theirs.law.name
    assert list(mine.by_k) == list(theirs.by_k)
    np.testing.assert_allclose(list(mine.by_k.values()), list(theirs.by_k.values()), rtol=1e-10)
    np.testing.assert_allclose(mine.log_likelihood, theirs.log_likelihood, rtol=1e-10)
    if season:
        assert mine.law.k == 3


@pytest.mark.slow_on("spark")
def test_predictions(constructor, to_pandas, log, model):
    native = constructor(log)
    customers = clv.summarize(native)
    result = model.predict("52W", customers=customers)
    assert type(result) is type(native)
    assert_same(to_pandas(result), to_pandas(model.predict("52W")))
    due = model.due(customers=customers)
    assert type(due) is type(native)
    assert_same(to_pandas(due), to_pandas(model.due()))


def test_bounds(constructor, to_pandas, log, model):
    some = log[log["customer_id"] % 5 == 0]
    ours, theirs = (
        model.predict(
            "39W", interval=0.8, margin=0.3, as_of="1998-12-31", customers=clv.summarize(table, end=ENDS)
        )
        for table in (constructor(some), some)
    )
    assert_same(to_pandas(ours), to_pandas(theirs))


@pytest.mark.slow_on("spark")
def test_a_law_of_periods(constructor, to_pandas, log):
    mine, expected = (clv.fit(table, model="bg-bb", unit="M", end=ENDS) for table in (constructor(log), log))
    predicted = mine.predict("12M", customers=mine.customers)
    assert_same(to_pandas(predicted), to_pandas(expected.predict("12M")), rtol=1e-6)


@pytest.mark.slow
def test_everything_known_of_a_customer_in_one_table(constructor, to_pandas, log):
    native = constructor(log)
    options: dict[str, Any] = {"horizon": "39W", "margin": 0.3}
    table, expected = clv.customer_table(native, **options), clv.customer_table(log, **options)
    assert type(table) is type(native)
    assert_same(to_pandas(table), to_pandas(expected), rtol=1e-6)  # two fits
    value, wanted = (clv.segment_value(clv.customer_table(each, model="bg-nbd")) for each in (native, log))
    assert nw.from_native(value).implementation is nw.from_native(native).implementation
    value, wanted = (
        to_pandas(rows).assign(segment=lambda t: t["segment"].astype(str)) for rows in (value, wanted)
    )
    order = value.set_index("segment").loc[wanted["segment"]].reset_index()
    assert_same(order, wanted, rtol=1e-6)


DEPENDS = {"purchase": ["channel", "vip"], "dropout": "age", "spend": "channel", "end": ENDS}


@pytest.fixture(scope="module")
def covariates(log: pd.DataFrame) -> pd.DataFrame:
    ids = np.sort(log["customer_id"].unique())
    channel = np.where(ids % 3 == 0, "web", "shop")
    return pd.DataFrame({"customer_id": ids, "channel": channel, "vip": ids % 4 == 0, "age": 20.0 + ids % 7})


@pytest.fixture(scope="module")
def by_covariates(log: pd.DataFrame, covariates: pd.DataFrame) -> clv.CustomerModel:
    return clv.fit(log, "pareto-nbd", covariates=covariates, **DEPENDS)


@pytest.mark.slow_on("dask", "spark")
def test_a_model_by_covariates(constructor, to_pandas, log, covariates, by_covariates):
    table, expected = covariates, by_covariates
    mine = clv.fit(constructor(log), "pareto-nbd", covariates=constructor(table), **DEPENDS)
    assert mine.fingerprint == expected.fingerprint
    assert mine.design == expected.design
    assert mine.purchases.coefficients == pytest.approx(expected.purchases.coefficients, abs=1e-6)
    by_id = {"by": "customer_id", "ignore_index": True}
    for ask in (
        lambda model: model.predict("12M"),
        lambda model: model.predict("12M", customers=model.customers),
        lambda model: model.due(0.3),
    ):
        assert_same(to_pandas(ask(mine)).sort_values(**by_id), to_pandas(ask(expected)), rtol=1e-5)
    later = clv.summarize(constructor(log), unit="W", end="1998-09-30")
    others = table.assign(channel="web")
    assert_same(
        to_pandas(mine.predict("12M", customers=later, covariates=constructor(others))).sort_values(**by_id),
        to_pandas(
            expected.predict("12M", customers=to_pandas(later).sort_values(**by_id), covariates=others)
        ),
        rtol=1e-5,
    )
    with pytest.raises(rfm.DataError, match="the levels 'fax', which the model has not seen"):
        mine.predict(covariates=constructor(table.assign(channel="fax")))
    with pytest.raises(rfm.DataError, match="no row for 3 of the customers"):
        mine.predict(covariates=constructor(table.iloc[3:]))


@pytest.mark.slow
def test_a_backtest_and_a_report_of_what_the_model_assumes(constructor, log):
    native = constructor(log)
    mine, expected = (clv.backtest(rows, holdout="39W", models=("bg-nbd",)) for rows in (native, log))
    assert_same(mine.table, expected.table, rtol=1e-6)
    assert mine.recommendation == expected.recommendation
    assert_same(clv.check(native), clv.check(log), rtol=1e-6)


@pytest.mark.slow_on("spark")
def test_ids_keep_their_type_and_their_customer(constructor, to_pandas, model):
    days = pd.to_datetime(
        ["2024-01-01", "2024-01-01", "2024-02-01", "2024-01-09", "2024-03-01", "2024-03-01"]
    )
    uuids = [uuid.UUID(int=n) for n in (2, 1, 3)]
    if constructor.engine not in ("pandas", "duckdb", "ibis"):  # no such type there
        uuids = [str(value) for value in uuids]
    for ids in ([2**62 + 1, -5, 2**62], ["ü", "a b", "'; --"], uuids):
        rows = pd.DataFrame({"customer_id": ids * 2, "date": days, "amount": [1.0, 2, 3, 4, 5, 6]})
        native = constructor(rows)
        customers = clv.summarize(native)
        result = model.predict("12W", customers=customers)
        types = [nw.from_native(frame).collect_schema()["customer_id"] for frame in (native, result)]
        assert types[0] == types[1], types
        expected = model.predict("12W", customers=clv.summarize(rows))
        found = to_pandas(result)
        assert dict(zip(found["customer_id"].map(str), found["clv"].round(9), strict=True)) == dict(
            zip(expected["customer_id"].map(str), expected["clv"].round(9), strict=True)
        )


@pytest.mark.nightly
def test_three_hundred_thousand_rows_again_and_again(constructor, to_pandas):
    rng = np.random.default_rng(11)
    laws = clv.BGNBD(r=0.8, alpha=4.0, a=0.5, b=4.0), clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)
    log = clv.simulate(*laws, customers=60_000, rng=rng)
    log["amount"] *= np.where(rng.random(len(log)) < 0.03, -1, 1)
    model = clv.fit(log)
    expected = to_pandas(model.predict("52W"))
    scores = to_pandas(rfm.segment(log)).astype({"segment": str})
    for seed in range(2):
        native = constructor(log.sample(frac=1, random_state=seed, ignore_index=True))
        assert_same(to_pandas(model.predict("52W", customers=clv.summarize(native))), expected)
        given = to_pandas(rfm.segment(native)).astype({"segment": str})[list(scores)]
        pd.testing.assert_frame_equal(given, scores, check_dtype=False, check_exact=True)
    assert len(log) >= 300_000


@pytest.mark.slow_on("spark")
def test_segments_ahead(constructor, log, model, tmp_path, monkeypatch):
    """With refunds, from a model with its draws, not fitted again; a few futures show whether rows are equal."""
    monkeypatch.setattr(segment_forecast, "FUTURES", 30)
    few = log[log["customer_id"] % 4 == 0]
    model.save(tmp_path / "model.json")
    options: dict[str, Any] = {"model": clv.load(tmp_path / "model.json"), "horizon": "26W"}
    options |= {"as_of": "1997-09-30", "interval_from": "law", "every": None}
    found = clv.segment_forecast(constructor(few), "value", **options)
    pd.testing.assert_frame_equal(found, clv.segment_forecast(few, "value", **options))


@pytest.mark.slow_on("spark")
def test_a_contact_list(constructor, to_pandas, log, model):
    """From a table whose rows are in another order; ids and segments keep their type."""
    table = clv.customer_table(log, model=model).astype({"segment": str})
    table["due"] = np.arange(len(table)) % 40 - 20.0
    native = constructor(table.sample(frac=1, random_state=1, ignore_index=True))
    options: dict[str, Any] = {"capacity": 7, "periods": 3, "cost": 0.5}
    plan, expected = clv.prioritize(native, **options), clv.prioritize(table, **options)
    for name in ("contacts", "load", "left_out"):
        ours = getattr(plan, name)
        assert nw.from_native(ours).implementation is nw.from_native(native).implementation
        order = {"contacts": "priority", "load": "date", "left_out": "reason"}[name]
        found, wanted = (
            to_pandas(rows).sort_values(order, ignore_index=True) for rows in (ours, getattr(expected, name))
        )
        assert_same(found, wanted)
    assert plan.gain == pytest.approx(expected.gain)
    assert repr(plan)
    types = [nw.from_native(frame).collect_schema() for frame in (native, plan.contacts)]
    assert types[0]["customer_id"] == types[1]["customer_id"]

    brings = {"VIP": 4.0, "lost": 0.4, "new": 1.0}
    later: dict[str, Any] = {"start": "1998-07-03", "cadence": (0, 7), **options}
    again, wanted = (
        to_pandas(clv.prioritize(each, uplift=brings, contacted=before.contacts, **later).contacts)
        for each, before in ((native, plan), (table, expected))
    )
    by = {"by": ["contact", "priority"], "ignore_index": True}
    assert len(again)
    assert_same(again.sort_values(**by), wanted.sort_values(**by))


@pytest.mark.slow_on("spark")
def test_payback_by_channel(constructor, log, model, tmp_path, monkeypatch):
    """With refunds, and customers of no channel; a few futures show whether rows are equal."""
    monkeypatch.setattr(payback, "FUTURES", 30)
    few = log[log["customer_id"] % 4 == 0]
    model.save(tmp_path / "model.json")
    known = pd.DataFrame({"customer_id": few["customer_id"].unique()}).iloc[:-40]
    known["channel"] = np.where(known["customer_id"] % 8 == 0, "web", "shop")
    options: dict[str, Any] = {
        "model": clv.load(tmp_path / "model.json"),
        "horizon": "2Y",
        "interval_from": "law",
    }
    options |= {"as_of": "1997-09-30", "by": "channel"}
    costs = {"web": 20_000.0, "shop": 30_000.0}
    found = clv.payback(constructor(few), costs, attributes=constructor(known), **options)
    wanted = clv.payback(few, costs, attributes=known, **options)
    assert wanted.cohorts["cohort"].tolist() == ["shop", "web", None]
    pd.testing.assert_frame_equal(found.cohorts, wanted.cohorts)
    pd.testing.assert_frame_equal(found.curve, wanted.curve)


@pytest.mark.slow_on("spark")
def test_payback_by_month(constructor, log, model, tmp_path, monkeypatch):
    monkeypatch.setattr(payback, "FUTURES", 30)
    few = log[log["customer_id"] % 4 == 0]
    model.save(tmp_path / "model.json")
    options: dict[str, Any] = {
        "model": clv.load(tmp_path / "model.json"),
        "horizon": "1Y",
        "interval_from": "law",
    }
    costs = pd.DataFrame({"cohort": ["1997-01", "1997-02"], "cost": [9_000.0, 12_000.0]})
    found = clv.payback(constructor(few), constructor(costs), as_of="1997-09-30", **options)
    wanted = clv.payback(few, costs, as_of="1997-09-30", **options)
    pd.testing.assert_frame_equal(found.cohorts, wanted.cohorts)
    pd.testing.assert_frame_equal(found.curve, wanted.curve)
