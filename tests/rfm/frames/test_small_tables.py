"""Small tables are returned as the kind of dataframe that came in."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl

from rfm._frames.columns import score_column, segment_column
from rfm._frames.native import from_native
from rfm._frames.small_tables import table_like

COLUMNS = {
    "period": np.array(["2024-01-01", "2024-02-01"], dtype="datetime64[D]"),
    "segment": np.array(["low", "high"], dtype=object),
    "share": np.array([0.25, np.nan]),
    "customers": np.array([3, 0]),
    "complete": np.array([True, False]),
}


def test_every_engine_gets_its_own_kind_with_dates_and_missing_values(constructor, to_pandas):
    native = constructor(pd.DataFrame({"customer_id": [1]}))
    made = table_like(from_native(native), COLUMNS, ("high", "low"))
    assert type(made) is type(native)
    table = to_pandas(made).sort_values("period").reset_index(drop=True)
    assert table["period"].tolist() == [pd.Timestamp("2024-01-01"), pd.Timestamp("2024-02-01")]
    assert table["segment"].tolist() == ["low", "high"]
    assert table["share"].isna().tolist() == [False, True]
    assert table["customers"].tolist() == [3, 0]
    assert table["complete"].tolist() == [True, False]


def test_segments_are_ordered_where_the_engine_has_an_order():
    table = table_like(from_native(pd.DataFrame({"a": [1]})), COLUMNS, ("high", "low"))
    assert table["segment"].cat.categories.tolist() == ["high", "low"]
    assert table["segment"].cat.ordered
    table = table_like(from_native(pl.DataFrame({"a": [1]})), COLUMNS, ("high", "low"))
    assert table.schema == {"period": pl.Date, "segment": pl.Enum(["high", "low"]), "share": pl.Float64,
                            "customers": pl.Int64, "complete": pl.Boolean}  # fmt: skip
    assert table["share"].null_count() == 1


def test_columns_from_small_codes():
    for native in (pd.DataFrame({"a": [1, 2, 3]}, index=[7, 8, 9]), pl.DataFrame({"a": [1, 2, 3]})):
        frame = from_native(native)
        scores = score_column(frame, "R", np.array([5, 0, 1], dtype=np.int8))
        names = segment_column(frame, "segment", ["not yet", "hi", "lo"], np.array([1, 0, 2], dtype=np.int8),
                               ("hi", "lo", "not yet"))  # fmt: skip
        made = frame.with_columns(scores, names)
        assert [None if pd.isna(value) else value for value in made["R"].to_list()] == [5, None, 1]
        assert made["segment"].to_list() == ["hi", "not yet", "lo"]
