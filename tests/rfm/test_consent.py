"""Consent: every way of saying yes and no, and nothing else."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rfm import DataError
from rfm._consent import consent_given


@pytest.mark.parametrize(
    "yes", [True, 1, 1.0, "yes", "YES ", "y", "true", "True", "1", "是", np.True_, np.int8(1)]
)
def test_yes(yes):
    assert consent_given([yes]).tolist() == [True]


@pytest.mark.parametrize(
    "no", [False, 0, 0.0, "no", "N", "false", "0", "否", np.False_, None, np.nan, pd.NA, pd.NaT, " "]
)
def test_no_and_missing(no):
    assert consent_given([no]).tolist() == [False]


@pytest.mark.parametrize("odd", ["maybe", 2, -1, 0.5, "2", "ja", b"yes", np.inf, pd.Timestamp("2024-01-01")])
def test_anything_else_is_refused(odd):
    with pytest.raises(DataError, match=r"holds yes or no; got .* Hint: True/False"):
        consent_given([True, odd])


def test_columns_of_pandas():
    column = pd.Series([True, None, False], dtype="boolean")
    assert consent_given(column).tolist() == [True, False, False]
    assert consent_given([]).tolist() == []
