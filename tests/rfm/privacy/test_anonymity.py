"""The rarest combination of columns."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rfm import DataError
from rfm.privacy import k_anonymity


def test_it_is_the_smallest_group_on_every_engine(constructor):
    rng = np.random.default_rng(0)
    table = pd.DataFrame({"a": rng.choice(["x", "y"], 200), "b": rng.integers(0, 5, 200)})
    for columns in (["a"], ["a", "b"]):
        assert k_anonymity(constructor(table), columns) == table.groupby(columns).size().min()


def test_a_missing_value_is_a_value_and_an_empty_table_has_nobody():
    assert k_anonymity(pd.DataFrame({"a": ["x", "x", None]}), ["a"]) == 1
    assert k_anonymity(pd.DataFrame({"a": np.array([], dtype=object)}), ["a"]) == 0


@pytest.mark.parametrize(
    ("columns", "message"), [([], "columns is empty"), (["b"], "b"), ("a", "must be a list")]
)
def test_what_is_refused(columns, message):
    with pytest.raises(DataError, match=message):
        k_anonymity(pd.DataFrame({"a": ["x"]}), columns)


def test_missing_values_are_one_value_on_every_engine(constructor):
    table = pd.DataFrame({"a": ["x", "x", "x", None, None], "b": [1.0, 1.0, 1.0, np.nan, np.nan]})
    assert k_anonymity(constructor(table), ["a"]) == k_anonymity(constructor(table), ["a", "b"]) == 2


def test_orders_of_one_customer_are_no_crowd(constructor):
    log = pd.DataFrame({"customer_id": [1, 1, 1, 2], "country": ["FR", "FR", "FR", "FR"]})
    with pytest.raises(DataError, match="More than one row for customer 1"):
        k_anonymity(constructor(log), ["country"])


def test_lists_are_refused():
    with pytest.raises(DataError, match="lists or structs"):
        k_anonymity(pd.DataFrame({"a": [["x"], ["y"]]}), ["a"])
