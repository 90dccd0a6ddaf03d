"""A table that lacks columns is refused before it is read, with all that is missing and what it has."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rfm import DataError, ScoringError
from rfm._frames.native import from_native
from rfm._requirements import check_choice, check_columns, check_confidence, is_number, is_whole

TABLE = pd.DataFrame({"customer_id": [1], "orders": [2]})


def test_all_that_is_missing_is_named_with_what_is_there(constructor):
    with pytest.raises(DataError) as refused:
        check_columns(from_native(constructor(TABLE)), ("spend", "orders", "recency", "spend"), "make it")
    assert str(refused.value) == (
        "No column 'spend', 'recency'. The table has: customer_id, orders. Hint: make it."
    )


def test_the_argument_and_the_error_are_the_callers():
    with pytest.raises(
        ScoringError, match=r"^segments: no column 'r'\. The table has: customer_id, orders\. "
    ):
        check_columns(from_native(TABLE), ["r"], "make it", argument="segments", error=ScoringError)


def test_an_option_is_one_of_its_choices():
    check_choice("twice", "keep", ["raise", "keep"])
    with pytest.raises(ScoringError, match=r"""^twice must be one of "raise", "keep"; got 'kept'\.$"""):
        check_choice("twice", "kept", ["raise", "keep"], ScoringError)


def test_the_schema_is_given_back(constructor):
    schema = check_columns(from_native(constructor(TABLE)), iter(["orders"]), "make it")
    assert schema.names() == ["customer_id", "orders"]
    assert schema["orders"].is_integer()


def test_a_truth_value_is_no_number():
    values = [1, np.int64(1), 1.5, np.float32(1.5), True, np.bool_(True), "1", None]
    assert [is_number(value) for value in values] == [True] * 4 + [False] * 4
    assert [is_whole(value) for value in values] == [True] * 2 + [False] * 6


@pytest.mark.parametrize("confidence", [0, 1, 95, float("nan"), "x", None, True])
def test_a_confidence_lies_between_0_and_1(confidence):
    found = f"^confidence must lie between 0 and 1; got {confidence!r}. Hint: confidence=0.95.$"
    with pytest.raises(DataError, match=found):
        check_confidence(confidence)
    check_confidence(0.95)
