"""Draws are made once for a model and forgotten with it."""

from __future__ import annotations

import gc
from dataclasses import replace

import numpy as np
import pandas as pd

import clv
import rfm
from clv._fits.posterior import MIXED, SPREAD
from clv._kept_draws import MOST, _values, kept


class Owner:
    """Something that values are kept for."""


def test_a_value_is_made_once_for_each_key():
    owner, made = Owner(), []

    def make():
        made.append(len(made))
        return made[-1]

    assert [kept(owner, key, make) for key in ("a", "b", "a")] == [0, 1, 0]
    assert kept(Owner(), "a", make) == 2
    for key in range(MOST):
        kept(owner, key, make)
    assert kept(owner, "a", make) == 3 + MOST  # the oldest was forgotten


def test_values_are_forgotten_with_their_owner():
    owner = Owner()
    place = id(owner)
    kept(owner, 1, lambda: 2)
    assert place in _values
    del owner
    gc.collect()
    assert place not in _values


def test_a_model_draws_once_for_a_budget_and_a_seed():
    model = clv.fit(rfm.datasets.cdnow_sample().query("customer_id <= 300"), end="1997-09-30")
    drawn = model._posterior(SPREAD, 0)
    assert model._posterior(SPREAD, 0) is drawn
    assert model._posterior(SPREAD, 1) is not drawn
    assert len(model._posterior(MIXED, 0).pairs) < len(drawn.pairs)
    other = replace(model, customers=model.customers.head(200))
    assert other._posterior(SPREAD, 0) is not drawn
    again = replace(model)._posterior(SPREAD, 0)
    assert [law.log_parameters.tolist() for law, _ in again.pairs] == [
        law.log_parameters.tolist() for law, _ in drawn.pairs
    ]
    options = {"horizon": "4W", "interval_from": "law"}
    pd.testing.assert_frame_equal(model.total(**options), replace(model).total(**options))
    assert np.isfinite(model.total(**options)["clv_high"].item())
