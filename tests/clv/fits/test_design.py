"""Covariates as numbers: their coding, and what is refused."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import clv
from clv._fits.design import MOST_LEVELS, Design, Factor, columns_of, read_covariates
from rfm._frames.native import from_native
from rfm.errors import DataError

TABLE = pd.DataFrame({
    "age": [30.0, 41.0, 18.0],
    "web": [True, False, True],
    "channel": ["shop", "web", "app"],
})  # fmt: skip
DESIGN = Design((Factor("age"), Factor("web"), Factor("channel", ("app", "shop", "web"))))


def read(table: pd.DataFrame, names: tuple[str, ...] = ("age", "web", "channel")) -> dict[str, Any]:
    return read_covariates(table, names)


def test_numbers_stand_for_themselves_and_categories_for_all_levels_but_the_first() -> None:
    assert Design.of(read(TABLE)) == DESIGN
    assert DESIGN.columns == ("age", "web", "channel")
    assert DESIGN.terms == ("age", "web", "channel=shop", "channel=web")
    assert DESIGN.reference == {"age": 0.0, "web": 0.0, "channel": "app"}
    expected = [[30, 1, 1, 0], [41, 0, 0, 1], [18, 1, 0, 0]]
    assert DESIGN.coded(read(TABLE)).tolist() == expected
    assert DESIGN.of_rows(*(TABLE[name].to_numpy() for name in DESIGN.columns)).tolist() == expected
    assert DESIGN.terms_of(["channel", "age"]) == ("age", "channel=shop", "channel=web")
    assert DESIGN.only(["channel"]).terms == ("channel=shop", "channel=web")


@pytest.mark.parametrize("kind", ["category", "string", "object"])
def test_texts_of_any_kind_are_categories(kind: str) -> None:
    table = TABLE.assign(channel=TABLE["channel"].astype(kind))
    assert Design.of(read(table)) == DESIGN
    assert DESIGN.coded(read(table)).tolist() == DESIGN.coded(read(TABLE)).tolist()


def test_categories_of_numbers_are_named_by_their_text() -> None:
    table = pd.DataFrame({"region": pd.Categorical([1, 10, 2])})
    design = Design.of(read_covariates(table, ["region"]))
    assert design.terms == ("region=10", "region=2")
    assert design.of_rows(table["region"].to_numpy()).tolist() == [[0, 0], [1, 0], [0, 1]]


def test_a_row_of_ones_that_asks_for_types_is_coded_as_the_reference() -> None:
    assert DESIGN.of_rows(*(np.ones(1) for _ in range(3))).tolist() == [[1, 1, 0, 0]]


def test_one_customer_is_a_mapping_or_a_table_of_one_row() -> None:
    expected = [41.0, 0.0, 0.0, 1.0]
    assert DESIGN.one({"age": 41, "web": False, "channel": "web"}).tolist() == expected
    assert DESIGN.one(TABLE.iloc[[1]]).tolist() == expected


@pytest.mark.parametrize(
    ("given", "text"),
    [
        (
            None,
            r"depends on the covariates age, web, channel, and none are given. Hint: covariates=\{'age': 0.0,",
        ),
        (3, "covariates must be a mapping or a table of one row; got 3"),
        (TABLE, "covariates must have one row for one customer; got 3"),
        ({"age": 3}, "covariates: no column 'web', 'channel'"),
        (
            {"age": 3, "web": 1, "channel": "web", "size": 2},
            "covariates has 'size', which the model does not know",
        ),
        (
            {"age": 3, "web": 1, "channel": "fax"},
            "column 'channel' has the levels 'fax', which the model has not seen",
        ),
        ({"age": None, "web": 1, "channel": "web"}, "column 'age' has 1 missing values"),
        ({"age": np.inf, "web": 1, "channel": "web"}, "column 'age' must hold finite numbers"),
        ({"age": "old", "web": 1, "channel": "web"}, "column 'age' holds String, not numbers"),
    ],
)
def test_a_customer_of_whom_not_all_is_known_is_refused(given: Any, text: str) -> None:
    with pytest.raises(DataError, match=text):
        DESIGN.one(given)


@pytest.mark.parametrize(
    ("change", "text"),
    [
        (
            {"channel": ["web", None, "app"]},
            "'channel' has 1 missing values. Hint: fill them, for instance with",
        ),
        ({"age": [1.0, np.nan, 2.0]}, "'age' has 1 missing values"),
        (
            {"channel": pd.to_datetime(["2024-01-01"] * 3)},
            "'channel' holds .*, and covariates are numbers or categ",
        ),
        ({"channel": [["a"], ["b"], ["c"]]}, "'channel' holds lists or structs"),
    ],
)
def test_columns_that_are_neither_numbers_nor_categories_are_refused(
    change: dict[str, Any], text: str
) -> None:
    with pytest.raises(DataError, match=text):
        read(TABLE.assign(**change))


def test_a_column_of_ids_is_no_category() -> None:
    ids = pd.DataFrame({"who": [f"customer {n}" for n in range(MOST_LEVELS + 1)]})
    with pytest.raises(
        DataError, match=r"'who' has 1,001 levels; at most 1,000 are coded\. Hint: group them"
    ):
        Design.of(columns_of(from_native(ids), ["who"]))


@pytest.mark.parametrize(
    ("change", "columns", "text"),
    [
        ({"age": [1.0, 1.0, 1.0]}, ["age"], "The covariate 'age' is constant"),
        (
            {"web": [31.0, 42.0, 19.0]},
            ["age", "web"],
            "The covariates age, web .*: 'web' follows from the others",
        ),
        ({"age": [0.0, 1.0, 0.0]}, ["age", "channel"], "The covariates age, channel .*: 'channel' follows"),
    ],
)
def test_effects_that_cannot_be_separated_are_refused(
    change: dict[str, Any], columns: list[str], text: str
) -> None:
    table = TABLE.assign(**change)
    with pytest.raises(clv.FitError, match=text):
        DESIGN.check_rank(DESIGN.coded(read(table)), columns)
    DESIGN.check_rank(DESIGN.coded(read(TABLE)), ["age"])
