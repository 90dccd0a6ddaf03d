"""The same results on every engine: the contract of `rfm` and `clv`, compared with pandas."""

from __future__ import annotations

import uuid
from datetime import date

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import clv
import rfm
from clv._summary import compress


def with_refunds(log: pd.DataFrame, seed: int = 7) -> pd.DataFrame:
    """A log with one row in ten turned into a refund, in another order of rows."""
    rng = np.random.default_rng(seed)
    amount = np.where(rng.random(len(log)) < 0.1, -log["amount"], log["amount"])
    table = log[["customer_id", "date"]].assign(amount=amount)
    return table.sample(frac=1, random_state=seed, ignore_index=True)


def assert_same(left: pd.DataFrame, right: pd.DataFrame) -> None:
    """Ids, dates, counts and labels exactly, money to 1e-9."""
    assert list(left) == list(right)
    for name in left:
        ours, theirs = left[name], right[name]
        if pd.api.types.is_float_dtype(theirs):
            np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-9, err_msg=name)
        elif theirs.isna().any():
            assert ours.isna().equals(theirs.isna()), name
            assert (ours.dropna() == theirs.dropna()).all(), name
        else:
            assert ours.tolist() == theirs.tolist(), name


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    return with_refunds(rfm.datasets.cdnow_sample())


@pytest.fixture(scope="module")
def whole_log() -> pd.DataFrame:
    return with_refunds(rfm.datasets.cdnow())


@pytest.mark.slow_on("spark")
def test_the_summary_of_all_of_cdnow(constructor, to_pandas, whole_log):
    mine = rfm.summarize(constructor(whole_log))
    assert type(mine) is type(constructor(whole_log))
    assert_same(to_pandas(mine), to_pandas(rfm.summarize(whole_log)))


def test_the_summary_as_of_a_day(constructor, to_pandas, log):
    day = "1997-09-30"
    assert_same(to_pandas(rfm.summarize(constructor(log), day)), to_pandas(rfm.summarize(log, day)))


@pytest.mark.slow_on("spark")
def test_the_btyd_summary_and_its_distinct_rows(constructor, to_pandas, log):
    expected, mine = clv.summarize(log), clv.summarize(constructor(log))
    assert_same(to_pandas(mine), to_pandas(expected))
    distinct, by_pandas = compress(mine), compress(expected)
    for left, right in zip(distinct.arrays, by_pandas.arrays, strict=True):
        np.testing.assert_array_equal(left, right)  # to the last bit
    np.testing.assert_array_equal(distinct.weights, by_pandas.weights)
    assert (distinct.inverse is None) == constructor.is_lazy


def test_a_btyd_summary_says_its_unit_and_its_day(constructor, log):
    for options, unit in (({"unit": "D"}, "D"), ({"discrete": "M"}, "M")):
        table = nw.from_native(clv.summarize(constructor(log), end="1998-01-31", **options))
        found = table.lazy().collect("pyarrow") if isinstance(table, nw.LazyFrame) else table
        types = table.collect_schema()
        days = nw.Datetime("us") if constructor.engine in ("pandas", "pandas-arrow", "dask") else nw.Date
        assert (types["unit"], types["end"]) == (nw.String, days)
        assert set(found["unit"].to_list()) == {unit}
        assert {str(day)[:10] for day in found["end"].to_list()} == {"1998-01-31"}


@pytest.mark.parametrize("unit", ["W", "M"])
def test_the_periods_of_discrete_time(constructor, to_pandas, log, unit):
    mine, expected = (
        clv.summarize(table, discrete=unit, end="1998-05-31")  # a Sunday
        for table in (constructor(log), log)
    )
    assert_same(to_pandas(mine), to_pandas(expected))


@pytest.mark.slow_on("spark")
def test_a_base_takes_batches(constructor, to_pandas, log):
    log = log.sort_values("date", kind="stable", ignore_index=True)
    day = log["date"].iloc[4_000]
    early, later = log[: 4_000 + 3], log[4_000 + 3 :]
    assert later["date"].iloc[0] == day, "both hold the boundary day"
    base = rfm.CustomerBase.of(constructor(early.reset_index(drop=True)))
    whole = base.add(constructor(later.reset_index(drop=True)))
    assert type(whole.customers) is type(base.customers)
    assert_same(to_pandas(whole.summary()), to_pandas(rfm.summarize(log)))
    by_pandas = rfm.CustomerBase.of(early).add(later)
    assert_same(to_pandas(whole.customers), to_pandas(by_pandas.customers))
    assert whole.extent == by_pandas.extent


@pytest.mark.slow_on("spark")
def test_a_base_finds_late_rows_and_reads_them_again(constructor, to_pandas, log):
    log = log.sort_values("date", kind="stable", ignore_index=True)
    early, later = log[:500], log[500:1_000].reset_index(drop=True)
    base = rfm.CustomerBase.of(constructor(later))
    with pytest.raises(rfm.LateRowsError) as refused:
        base.add(constructor(early))
    assert refused.value.customers == sorted(set(early["customer_id"]) & set(later["customer_id"]))
    whole = base.add(constructor(early), late="recompute", history=constructor(later))
    assert_same(to_pandas(whole.summary()), to_pandas(rfm.summarize(log[:1_000])))


@pytest.mark.slow_on("spark")
def test_a_base_saved_on_an_engine_is_read_by_pandas(constructor, to_pandas, log, tmp_path):
    rfm.CustomerBase.of(constructor(log)).save(tmp_path / "base")
    base, expected = rfm.CustomerBase.load(tmp_path / "base"), rfm.CustomerBase.of(log)
    assert base.extent == expected.extent
    assert_same(to_pandas(base.customers), to_pandas(expected.customers))


def test_ids_of_other_types(constructor, to_pandas):
    uuids = [uuid.UUID(int=n) for n in (2, 1, 3)]
    if constructor.engine not in ("pandas", "duckdb", "ibis"):  # no such type there
        uuids = [str(value) for value in uuids]
    for ids in ([2**62 + 1, -5, 2**62], ["ü", "a b", "'; --"], uuids):
        rows = pd.DataFrame(
            {"customer_id": ids * 2, "date": pd.Timestamp("2024-01-01"), "amount": range(1, 7)}
        )
        table = to_pandas(rfm.summarize(constructor(rows)))
        found = dict(zip(table["customer_id"].map(str), table["spend"], strict=True))
        assert found == dict(zip(map(str, ids), [5.0, 7.0, 9.0], strict=True))


LOGS = st.lists(
    st.tuples(
        st.integers(1, 3),
        st.dates(date(2023, 12, 30), date(2024, 1, 3)),
        st.integers(-300, 300).map(lambda cents: cents / 100) | st.just(0.0),
    ),
    min_size=1,
    max_size=12,
)
SLOW_ENGINES = {"ibis": 3, "duckdb": 5, "dask": 2, "spark": 1}


def test_any_small_log(constructor, to_pandas):
    @settings(
        deadline=None,
        max_examples=SLOW_ENGINES.get(constructor.engine, 10),
        suppress_health_check=list(HealthCheck),
        database=None,
    )
    @given(LOGS)
    def check(rows: list[tuple[int, date, float]]) -> None:
        log = pd.DataFrame(rows, columns=["customer_id", "date", "amount"])
        log["date"] = pd.to_datetime(log["date"])
        mine, expected = rfm.summarize(constructor(log)), rfm.summarize(log)
        assert_same(to_pandas(mine), to_pandas(expected))

    check()


@pytest.mark.nightly
def test_three_hundred_thousand_rows_again_and_again(constructor, to_pandas):
    rng = np.random.default_rng(11)
    n = 300_000
    log = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 60_000, n),
            "date": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 500, n), unit="D"),
            "amount": rng.integers(-1_000, 9_000, n) / 100,
        }
    )
    expected, btyd, base = rfm.summarize(log), clv.summarize(log), rfm.CustomerBase.of(log)
    for seed in range(3):
        mine = constructor(log.sample(frac=1, random_state=seed, ignore_index=True))
        assert_same(to_pandas(rfm.summarize(mine)), to_pandas(expected))
        assert_same(to_pandas(clv.summarize(mine)), to_pandas(btyd))
        assert_same(to_pandas(rfm.CustomerBase.of(mine).customers), to_pandas(base.customers))
