"""Bounds of segments' values: those of the model behind the table, from its past errors."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._past_errors.past_errors import PastErrors

DAY = "1998-02-28"
PLAIN = ["segment", "customers", "share_of_customers", "spend", "share_of_spend", "clv", "share_of_clv",
         "clv_per_customer", "p_alive", "action"]  # fmt: skip
GAINED = ["clv_low", "clv_high", "interval_from", "correction"]


@pytest.fixture(scope="module")
def log():
    sample = rfm.datasets.cdnow_sample()
    return sample[sample["customer_id"] <= 600].reset_index(drop=True)


@pytest.fixture(scope="module")
def model(log):
    return clv.fit(log, "mbg-nbd", end=DAY)


@pytest.fixture(scope="module")
def table(log, model):
    return clv.customer_table(log, as_of=DAY, model=model, horizon="26W", margin=0.3)


def ordered(found):
    """Whether bounds stand around values; of a segment that is worth next to nothing both may be 0."""
    some = found[found["clv"] > 30]
    around = (some["clv_low"] < some["clv"]) & (some["clv"] < some["clv_high"])
    return len(some) > 2 and bool(around.all() and (found["clv_low"] <= found["clv_high"]).all())


def valued(table, **options):
    return clv.segment_value(table, interval=0.9, horizon="26W", margin=0.3, **options)


@pytest.mark.nightly
def test_the_log_alone_learns_its_past_errors(log, model, table):
    found = valued(table, tx=log)
    assert list(found) == [*PLAIN[:8], *GAINED, *PLAIN[8:]]
    pd.testing.assert_frame_equal(found[PLAIN], clv.segment_value(table))
    assert set(found["interval_from"]) == {"law and its past errors"}
    same = valued(table, model=model.with_past_errors(log))
    pd.testing.assert_frame_equal(found, same)  # the law and the day are read from the table
    assert ordered(found)


def test_the_bounds_are_those_of_the_models_totals(model, table):
    found = valued(table, model=model).astype({"segment": str}).set_index("segment")
    by = table[["customer_id", "segment"]].astype({"segment": str})
    totals = model.total(by=by, horizon="26W", margin=0.3).set_index("group").loc[found.index]
    np.testing.assert_allclose(found[["clv_low", "clv_high"]], totals[["clv_low", "clv_high"]])
    np.testing.assert_allclose(found["clv"], totals["clv"], rtol=1e-6)
    assert set(found["interval_from"]) == {"law and typical errors"}
    assert (found["correction"] == 1).all()


def test_a_model_and_a_log_are_of_the_tables_day(log, model):
    """A model of an earlier day, applied to the histories of the table's day."""
    later = clv.customer_table(log, model=model)
    found = clv.segment_value(later, interval=0.9, tx=log, model=model)
    assert ordered(found)
    with pytest.raises(rfm.DataError, match="The values of the table sum to"):
        clv.segment_value(later, interval=0.9, model=model)  # its own customers are as of another day


def test_a_correction_is_beside_the_values_which_stay_those_of_the_customers(model, table, monkeypatch):
    errors = PastErrors.typical(model.end)
    monkeypatch.setattr(PastErrors, "correction", lambda self, edges: np.array([[1.1], [1.25]]))
    found = valued(table, model=clv.CustomerModel(**{**vars(model), "past_errors": errors}))
    assert found["correction"].tolist() == [1.25] * len(found)
    assert found["clv"].sum() == pytest.approx(table["clv"].sum())


def test_engines_give_the_same_bounds(constructor, to_pandas, model, table):
    native = constructor(table.astype({"segment": str}))
    found = to_pandas(valued(native, model=model)).astype({"segment": str}).set_index("segment")
    expected = valued(table, model=model).astype({"segment": str}).set_index("segment").loc[found.index]
    np.testing.assert_allclose(found[["clv_low", "clv_high"]], expected[["clv_low", "clv_high"]])


def test_customers_without_a_value_do_not_count_in_the_bounds(model, table):
    some = table["customer_id"] % 2 == 0
    half = table.assign(clv=table["clv"].where(some))
    with pytest.warns(rfm.DataWarning, match="customers have no clv"):
        found = valued(half, model=model).astype({"segment": str}).set_index("segment")
    other = valued(table[some], model=model).astype({"segment": str}).set_index("segment")
    large = other.index[
        other["clv"] > 30
    ]  # of smaller ones the bounds are simulated in the order of all segments
    assert len(large) > 2
    pd.testing.assert_frame_equal(found.loc[large, GAINED], other.loc[large, GAINED], rtol=0.02)
    assert found.loc[other.index.symmetric_difference(found.index), GAINED].isna().all(axis=None)


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"interval": 0.9}, r"interval=0\.9 needs the log or the model behind the table"),
        ({"tx": None, "interval": 2}, "interval"),
        ({"tx": True}, r"tx= is read for intervals only.*Hint: .*tx=tx, interval=0\.9"),
        ({"model": True, "interval": 0.9}, "model must be a fitted model; got True"),
        ({"model": "model", "interval": 0.9, "horizon": "52W"}, "Hint: give horizon="),
        ({"model": "model", "interval": 0.9, "margin": 0.4}, "Hint: give horizon="),
    ],
)
def test_what_does_not_fit_the_table_is_refused(model, table, options, message):
    given = {name: model if value == "model" else value for name, value in options.items()}
    with pytest.raises(rfm.DataError, match=message):
        clv.segment_value(table, **{"horizon": "26W", "margin": 0.3, **given})


def test_tables_of_two_laws_or_without_values_have_no_bounds(log, model, table):
    mixed = table.assign(law=np.where(table.index < 9, "bg-nbd", "mbg-nbd"))
    with pytest.raises(rfm.DataError, match=r"Column 'law' of a customer table has one value.* has 2"):
        valued(mixed, model=model)
    with pytest.raises(rfm.DataError, match="has no clv, of which an interval could be"):
        valued(table.drop(columns="clv"), model=model)
