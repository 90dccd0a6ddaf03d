"""Customer tables in every step: one row per customer, in their order, without name clashes."""

from __future__ import annotations

import json
import warnings

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import DataError, Scheme, Scorer
from rfm._customers.customer_base_files import STATES

CLASSIC = Scheme.load("classic")


def summary(n=60, seed=3):
    rng = np.random.default_rng(seed)
    return pd.DataFrame({
        "customer_id": rng.permutation(n) + 100,
        "recency": rng.integers(0, 300, n),
        "orders": rng.integers(0, 9, n),
        "spend": rng.lognormal(3, 1, n).round(2),
        "refunds": 0.0,
    })  # fmt: skip


def bought(n=60):
    return summary(n).assign(orders=lambda t: t["orders"] + 1)


SCORER = Scorer.fit(bought())
STEPS = {
    "Scorer.score": (bought(), SCORER.score, "rfm"),
    "cluster": (bought(), lambda table: rfm.cluster(table, k=3), "cluster"),
    "assign": (SCORER.score(bought()), CLASSIC.assign, "segment"),
    "tags": (SCORER.score(bought()), CLASSIC.tags, "VIP"),
}
INDEXES = {
    "numbers": pd.Index(np.arange(60) * 7 + 3, name="row"),
    "texts": pd.Index([f"c{i}" for i in range(60)][::-1]),
    "non-unique": pd.Index([1, 2, 3] * 20),
    "two levels": pd.MultiIndex.from_product([range(6), range(10)], names=["a", "b"]),
    "dates": pd.date_range("2024-01-01", periods=60),
}

# ------------------------------------------------------------ labels, order


@pytest.mark.parametrize("index", INDEXES)
@pytest.mark.parametrize("step", STEPS)
def test_a_pandas_index_stays_with_its_rows(step, index):
    pytest.importorskip("sklearn")
    table, function, _ = STEPS[step]
    plain = function(table)
    labelled = table.set_axis(INDEXES[index])
    before = labelled.copy(deep=True)
    result = function(labelled)
    pd.testing.assert_index_equal(result.index, INDEXES[index])
    pd.testing.assert_frame_equal(result.reset_index(drop=True), plain)
    pd.testing.assert_frame_equal(labelled, before)


@pytest.mark.parametrize("step", STEPS)
def test_a_column_of_the_answer_can_be_put_beside_the_rows_that_were_given(step):
    pytest.importorskip("sklearn")
    table, function, column = STEPS[step]
    if step in ("Scorer.score", "cluster"):
        table = summary()  # some never bought, and are left out
    of_customer = function(table).set_index("customer_id")[column].astype(str)
    shuffled = table.sample(frac=1, random_state=1)
    shuffled["x"] = function(shuffled)[column].astype(str)
    held = shuffled[shuffled["x"].notna()]
    assert len(held) == len(of_customer)
    assert held["x"].tolist() == of_customer[held["customer_id"]].tolist()


@pytest.mark.parametrize("step", STEPS)
def test_rows_keep_their_order_on_every_engine_in_memory(constructor, step):
    pytest.importorskip("sklearn")
    if constructor.is_lazy:
        pytest.skip("rows behind an engine have no order")
    table, function, column = STEPS[step]
    result = nw.from_native(function(constructor(table)), eager_only=True)
    assert result["customer_id"].to_list() == table["customer_id"].tolist()
    assert [str(value) for value in result[column].to_list()] == function(table)[column].astype(str).tolist()


def test_what_is_made_of_a_log_is_numbered_anew():
    log = pd.DataFrame({"customer_id": [3, 1, 2, 2], "date": "2024-01-01", "amount": [5.0, -2.0, 7.0, 1.0]})
    edges = {"R": [4, 3, 2, 1], "F": [1, 2, 3, 4], "M": [1, 2, 3, 4]}
    for table in (rfm.score(log, edges=edges), rfm.segment(log, edges=edges)):
        assert table["customer_id"].tolist() == [2, 3]
        assert table.index.equals(pd.RangeIndex(2))


# ------------------------------------------------- one row per customer

SEGMENTS = pd.DataFrame({"customer_id": range(100, 160), "segment": "mine"})
LOG = pd.DataFrame({
    "customer_id": [100, 101, 102, 103] * 3, "amount": 5.0,
    "date": pd.date_range("2024-01-01", periods=12, freq="20D"),
})  # fmt: skip
TAKERS = {
    "Scorer.fit": (bought(), Scorer.fit),
    "Scorer.score": (bought(), SCORER.score),
    "drift": (bought(), lambda table: rfm.drift(SCORER, table)),
    "cluster": (bought(), lambda table: rfm.cluster(table, k=2)),
    "pareto": (bought(), rfm.pareto),
    "profile": (CLASSIC.assign(SCORER.score(bought())).astype({"segment": str}), rfm.profile),
}


@pytest.mark.slow_on("spark", "dask")
@pytest.mark.parametrize("taker", TAKERS)
def test_a_customer_with_several_rows_is_refused_by_name(constructor, taker):
    pytest.importorskip("sklearn")
    table, function = TAKERS[taker]
    function(constructor(table))
    twice = constructor(pd.concat([table, table.iloc[[4, 4, 7]]], ignore_index=True))
    first, second = sorted((table["customer_id"].iloc[4], table["customer_id"].iloc[7]))
    rows = {table["customer_id"].iloc[4]: 3, table["customer_id"].iloc[7]: 2}
    found = (
        f"More than one row for customer {first} \\({rows[first]} rows\\), {second} \\({rows[second]} rows\\). "
        "Hint: keep one row per customer"
    )
    with pytest.raises(DataError, match=found):
        function(twice)


def test_five_customers_are_named_and_more_are_hinted_at():
    table = bought()
    with pytest.raises(DataError) as caught:
        Scorer.fit(pd.concat([table, table]))
    assert str(caught.value).count("(2 rows)") == 5
    assert "(2 rows), …. Hint:" in str(caught.value)


JOINED = {
    "attributes": lambda log, table: rfm.segment(log, attributes=table),
    "segments": lambda log, table: rfm.trend(log, lapsed_after=90, segments=table),
}


@pytest.mark.parametrize("argument", JOINED)
def test_what_is_joined_has_one_row_per_customer(constructor, argument):
    table = SEGMENTS.rename(columns={"segment": "x" if argument == "attributes" else "segment"})
    twice = constructor(pd.concat([table, table.head(1)]))
    with pytest.raises(DataError, match=f"{argument}: more than one row for customer 100 \\(2 rows\\)"):
        JOINED[argument](constructor(LOG), twice)


def test_a_base_on_disk_has_one_row_per_customer(tmp_path):
    rfm.CustomerBase.of(LOG).save(tmp_path / "base")
    file = tmp_path / "base" / STATES
    states = pd.read_parquet(file)
    pd.concat([states, states.head(1)]).to_parquet(file)
    about = json.loads((tmp_path / "base" / "base.json").read_text())
    del about["states"]  # as in a base of before the checksum
    (tmp_path / "base" / "base.json").write_text(json.dumps(about))
    with pytest.raises(DataError, match=r"customers.parquet: more than one row for customer 100 \(2 rows\)"):
        rfm.CustomerBase.load(tmp_path / "base")


def test_snapshots_have_one_row_per_customer_and_date(constructor):
    dates = pd.to_datetime(["2024-01-31", "2024-02-29"])
    snaps = pd.DataFrame({"customer_id": [1, 2, 3] * 2, "date": dates.repeat(3), "segment": "good"})
    rfm.migration(constructor(snaps))
    wrong = snaps.assign(customer_id=[1, 2, 2, 1, 2, 3])
    with pytest.raises(DataError, match=r"Customer 2 has several rows on 2024-01-31"):
        rfm.migration(constructor(wrong))
    lacking = snaps.assign(customer_id=[1, 2, 3, 1, 2, 4])
    # Dask looks at each partition by itself, and tells of the first that is wrong.
    found = (
        r"Customers? [34] lacks? a date" if constructor.engine == "dask" else r"Customers 3, 4 lack a date"
    )
    with pytest.raises(DataError, match=found):
        rfm.migration(constructor(lacking))


# ------------------------------------------------------------------ names

OLD_NAMES = ("__verdict__", "__day__", "__units__", "__rounded__", "__copies__", "__rows__", "day", "units")


@pytest.mark.parametrize("name", OLD_NAMES)
def test_a_customer_column_of_any_name_is_read(constructor, to_pandas, name):
    if constructor.engine in ("spark", "dask", "ibis"):
        pytest.skip("the road of DuckDB")
    renamed = rfm.Transactions(
        constructor(LOG.rename(columns={"customer_id": name})), customer=name, duplicates="drop"
    )
    pd.testing.assert_frame_equal(
        to_pandas(rfm.summarize(renamed)), to_pandas(rfm.summarize(constructor(LOG))), check_dtype=False
    )
    assert to_pandas(renamed.audit)["rows"].iloc[0] == 12


ADDED = [
    *((SCORER.score, bought(), name) for name in ("frequency", "monetary", "R", "F", "M", "rfm")),
    (CLASSIC.assign, SCORER.score(bought()), "segment"),
    (CLASSIC.tags, SCORER.score(bought()), "VIP"),
    (lambda table: rfm.cluster(table, k=2), bought(), "cluster"),
    (lambda table: rfm.cluster(table, k=2), bought(), "frequency"),
]


@pytest.mark.parametrize(("function", "table", "name"), ADDED)
def test_the_names_of_the_answer_are_taken(constructor, function, table, name):
    if constructor.engine in ("spark", "dask", "ibis"):
        pytest.skip("the road of DuckDB")
    native = constructor(table.assign(**{name: 1}))
    with pytest.raises(DataError, match=f"(The name|The table has a column) '{name}' (is taken|already)"):
        function(native)


@pytest.mark.parametrize(
    ("function", "name"),
    [*((rfm.segment, name) for name in ("orders", "spend", "R", "segment")), (rfm.snapshots, "date")],
)
def test_the_names_of_the_answer_are_taken_from_attributes_too(constructor, function, name):
    if constructor.engine in ("spark", "dask", "ibis"):
        pytest.skip("the road of DuckDB")
    known = constructor(pd.DataFrame({"customer_id": [100, 101, 102, 103], name: 1}))
    with pytest.raises(DataError, match=f"attributes: the name '{name}' is taken"):
        function(constructor(LOG), attributes=known)


def test_engines_that_do_not_tell_capitals_apart_take_both():
    duckdb = pytest.importorskip("duckdb")
    table = bought().assign(r=1)
    assert "R" in SCORER.score(table)
    with pytest.raises(DataError, match="The name 'r' is taken by the result"):
        SCORER.score(duckdb.from_df(table))


def test_an_extra_metric_has_a_score_of_its_own_name():
    table = bought().assign(RF=range(60), nps=range(60), nps_score=1)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        assert "RF_score" in Scorer.fit(table, extra={"RF": "high"}).score(table)
        with pytest.raises(DataError, match="The name 'nps_score' is taken"):
            Scorer.fit(table, extra={"nps": "high"}).score(table)


def test_a_segment_cannot_be_called_as_the_first_column_of_the_matrix():
    snaps = pd.DataFrame({
        "customer_id": [1, 2] * 2, "segment": ["a", "segment_from"] * 2,
        "date": pd.to_datetime(["2024-01-31", "2024-02-29"]).repeat(2),
    })  # fmt: skip
    with pytest.raises(DataError, match="A segment is named 'segment_from'"):
        rfm.migration(snaps).matrix()
