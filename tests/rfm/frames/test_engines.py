from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from rfm._frames import columns, dates, execution
from rfm._frames.engines import LazyEngine, engine_of, find_engine

DAYS = pd.DataFrame({"customer_id": [1, 2, 3, 4], "day": [0, -1, 10_957, 376_199]})


def test_days_become_dates(constructor, to_pandas):
    table = to_pandas(nw.to_native(dates.to_dates(nw.from_native(constructor(DAYS)), ["day"])))
    assert table["day"].astype(str).tolist() == ["1970-01-01", "1969-12-31", "2000-01-01", "2999-12-31"]
    assert list(table) == ["customer_id", "day"]


def test_dates_become_days(constructor, to_pandas):
    times = ["1970-01-01 23:59:00", "1969-12-31 00:01:00", None, "2999-12-31 12:00:00", "1677-09-22 00:00:00"]
    column = pd.Series(np.array(times, dtype="datetime64[us]"))
    frame = nw.from_native(constructor(pd.DataFrame({"customer_id": range(5), "date": column}))).lazy()
    days = nw.from_native(dates.with_day_numbers(frame, "date", "n")).select("customer_id", "n")
    table = to_pandas(nw.to_native(days))
    assert table["n"].isna().tolist() == [False, False, True, False, False]
    assert table["n"].dropna().tolist() == [0, -1, 376_199, -106_751]


def test_a_materialised_table_is_the_same_table_on_the_same_engine(constructor, to_pandas):
    frame = nw.from_native(constructor(DAYS)).filter(nw.col("day") >= 0)
    kept = execution.materialise(frame)
    assert kept.implementation == frame.implementation
    assert type(kept) is type(frame)
    pd.testing.assert_frame_equal(to_pandas(kept.to_native()), to_pandas(frame.to_native()))
    joined = kept.join(nw.from_native(constructor(DAYS)).select("customer_id"), on="customer_id", how="inner")
    assert len(to_pandas(joined.to_native())) == 3


def test_numbers_of_pieces_are_summed(constructor):
    table = pd.DataFrame({"customer_id": np.arange(1_000), "day": np.arange(1_000) % 7})

    def numbers(rows: nw.DataFrame) -> tuple[int, int]:
        return len(rows), int(rows.get_column("day").sum())

    assert execution.fold(nw.from_native(constructor(table)), numbers) == [1_000, int(table["day"].sum())]


def test_no_customer_is_parted(constructor, to_pandas):
    """On Dask each customer's rows meet in one partition; every other engine has its own group-by."""
    table = pd.DataFrame({"customer_id": np.arange(1_000) % 97, "day": 1})

    def counted(rows: nw.DataFrame) -> nw.DataFrame:
        return rows.group_by("customer_id").agg(nw.len().alias("rows"))

    counts = to_pandas(
        nw.to_native(execution.by_customer(nw.from_native(constructor(table)), counted, counted))
    )
    assert sorted(counts["customer_id"]) == list(range(97))
    assert counts["rows"].sum() == 1_000
    assert counts["rows"].between(10, 11).all()


def test_whole_numbers_with_missing_values_stay_whole_on_pandas():
    nullable = columns.nullable(nw.from_native(pd.DataFrame({"a": [1.0, None]})), "a")
    assert nullable.to_native()["a"].dtype == "Int64"
    assert columns.not_nullable(nullable.drop_nulls(), "a").to_native()["a"].dtype == "int64"
    other = nw.from_native(pd.DataFrame({"a": [1.5]}))
    assert columns.not_nullable(other, "a").to_native()["a"].tolist() == [1.5], "no other number is cut"


def test_the_type_of_a_table_tells_its_engine_whatever_narwhals_calls_it(constructor):
    frame = nw.from_native(constructor(DAYS))
    found = find_engine(type(nw.to_native(frame)))
    assert found is engine_of(frame)
    assert found.package == {"pandas-arrow": "pandas", "polars-lazy": "polars", "spark": "pyspark"}.get(
        constructor.engine, constructor.engine
    )
    assert isinstance(found, LazyEngine) or not constructor.is_lazy


def test_tables_of_subclasses_are_those_of_their_engine():
    class Own(pd.DataFrame):
        pass

    assert find_engine(Own).name == "pandas"
    assert find_engine(dict) is None


def test_only_columns_of_yes_and_no_become_nullable():
    table = pd.DataFrame(
        {"customer_id": [True, False], "yes": [True, False], "n": [1, 0], "text": ["a", None]}
    )
    table = table.assign(
        maybe=pd.Series([None, True], dtype=object), mixed=pd.Series([True, 1], dtype=object)
    )
    found = nw.to_native(columns.nullable_truths(nw.from_native(table)))
    changed = [name for name in table if found[name].dtype != table[name].dtype]
    assert changed == ["yes", "maybe"]
    assert {str(found[name].dtype) for name in changed} == {"boolean"}
    assert found["maybe"].isna().tolist() == [True, False]
