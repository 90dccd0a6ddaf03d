"""A table that lacks columns is refused before it is read, with all that is missing and what it has."""

from __future__ import annotations

import pandas as pd
import pytest

from rfm import DataError, ScoringError
from rfm._frames.native import from_native
from rfm._requirements import check_columns

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


def test_the_schema_is_given_back(constructor):
    schema = check_columns(from_native(constructor(TABLE)), iter(["orders"]), "make it")
    assert schema.names() == ["customer_id", "orders"]
    assert schema["orders"].is_integer()
