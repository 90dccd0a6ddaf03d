"""A model as a file: everything comes back, nothing of a customer goes in, nothing hostile comes out."""

from __future__ import annotations

import json
import pickle

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv.errors import FitError


@pytest.fixture(scope="module")
def tx():
    return rfm.Transactions(rfm.datasets.cdnow_sample())


@pytest.fixture(scope="module", params=["bg-nbd", "mbg-nbd", "pareto-nbd"])
def model(tx, request):
    return clv.fit(tx, model=request.param, end="1997-09-30")


@pytest.fixture
def saved(model, tmp_path):
    path = tmp_path / "m.json"
    model.save(path)
    return path


def test_a_model_comes_back_as_it_was(model, saved, tx):
    loaded = clv.load(saved)
    assert loaded.purchases.law == model.purchases.law
    assert loaded.spend.law == model.spend.law
    assert (loaded.unit, loaded.end, loaded.fingerprint) == (model.unit, model.end, model.fingerprint)
    np.testing.assert_array_equal(loaded.purchases.covariance, model.purchases.covariance)
    assert loaded.summary() == model.summary()
    customers = clv.summarize(tx, unit="W", end="1997-09-30")
    pd.testing.assert_frame_equal(loaded.predict(customers=customers), model.predict())


def test_no_customer_is_saved(saved):
    document = json.loads(saved.read_text())
    assert set(document) == {
        "format",
        "schema",
        "version",
        "purchases",
        "spend",
        "unit",
        "end",
        "fingerprint",
    }
    assert saved.stat().st_size < 5_000


def test_a_loaded_model_asks_for_customers(saved):
    with pytest.raises(rfm.DataError, match="This model was loaded, and a saved model holds no customers"):
        clv.load(saved).predict()


def test_fits_and_models_pickle(model):
    again = pickle.loads(pickle.dumps(model))
    assert again.purchases.law == model.purchases.law
    pd.testing.assert_frame_equal(again.predict(), model.predict())


def test_the_fingerprint_does_not_depend_on_order(tx):
    log = rfm.datasets.cdnow_sample()
    shuffled = clv.fit(log.sample(frac=1, random_state=1), end="1997-09-30")
    assert shuffled.fingerprint == clv.fit(tx, end="1997-09-30").fingerprint
    assert shuffled.fingerprint != clv.fit(tx, end="1997-10-31").fingerprint


HOSTILE = {
    "cut short": (lambda text: text[: len(text) // 2], "is not a model file"),
    "not JSON": (lambda text: "cos\nsystem\n(S'true'\ntR.", "is not a model file"),
    "nested without end": (lambda text: "[" * 100_000, "is not a model file"),
    "another document": (lambda text: "[1, 2]", "is not a model file of rfm-clv"),
    "a later schema": (lambda text: text.replace('"schema": 1', '"schema": 2'), "has schema 2"),
    "an unknown law": (lambda text: text.replace('"gamma-gamma"', '"os.system"'), "unknown law 'os.system'"),
    "a missing field": (lambda text: text.replace('"spend"', '"spent"'), "is damaged: 'spend'"),
    "text for a number": (
        lambda text: text.replace('"n": ', '"n": "x", "m": '),
        "a finite number is expected, got 'x'",
    ),
    "not finite": (
        lambda text: text.replace('"n": ', '"n": Infinity, "m": '),
        "a finite number is expected, got inf",
    ),
    "a law that cannot be": (lambda text: text.replace('"p": ', '"p": -1, "ignored": '), "is damaged"),
    "a wrong covariance": (lambda text: text.replace('"covariance": [', '"covariance": [[1],'), "rows of"),
    "no date": (lambda text: text.replace("1997-09-30", "yesterday"), "Invalid isoformat string"),
}


@pytest.mark.parametrize("case", HOSTILE)
def test_hostile_files_are_errors(saved, case):
    change, message = HOSTILE[case]
    saved.write_text(change(saved.read_text()))
    with pytest.raises(FitError, match=message):
        clv.load(saved)
