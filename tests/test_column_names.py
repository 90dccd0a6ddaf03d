"""Columns of any name, on every engine: they work, or the table is refused at the door by the name.

The columns of a log may have any name that an engine can hold. Tables whose columns pass through to the result
(attributes, tables of scores) keep their names, so that those that the engine reads as syntax are refused.
"""

from __future__ import annotations

import re

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

import clv
import rfm

NAMES = (
    "utm.source", "a.b.c", ".", "*", "^.*$", "a b", " ", "it's", 'say "x"', "`tick`", "a\nb", "a\tb", "a\\b", "select",
    "order", "group by", "true", "null", "1", "(x)", "[0]", "{x}", "%s", "$1", "#", "--", "a;b", "a,b", "count(*)",
    "__index__", "__row", "rowid", "index", "level_0", "largo_" * 50, "größe", "日付", "💶", "a\u202eb",
    "rfm_kept_x; drop table orders", 'x" FROM orders; --',
    "day", "units", "least", "net", "first", "last", "rows", "verdict", "gap", "R", "segment", "spend", "len",
)  # fmt: skip
"""Names that some engine, or a table of this library, reads as something else."""
SYNTAX = 20  # the first of them, which engines read as syntax

UNREADABLE = ("a\0b", "\ud800")
"""Names that Arrow and Polars cannot hold."""

CANNOT_NAME = {
    "polars": ("*", "^.*$"),
    "pyarrow": (".", "[0]"),
    "duckdb": ("*",),
    "spark": ("utm.source", "a.b.c", ".", "*", "^.*$", "`tick`"),
}
"""Names that an engine reads as syntax, of columns that keep their names."""

EDGES = {"R": [30, 60, 90, 120], "F": [1, 2, 3, 4], "M": [50, 100, 150, 200]}
ROLES = ("customer", "date", "amount", "order_id", "source")
ROWS = 60
_RNG = np.random.default_rng(1)
LOG = pd.DataFrame(
    {
        "customer_id": [f"c{i % 20:02}" for i in range(ROWS)],
        "date": pd.to_datetime("2024-01-01") + pd.to_timedelta(_RNG.integers(0, 150, ROWS), "D"),
        "amount": _RNG.integers(-9, 100, ROWS) + 0.25,
        "order_id": [f"o{i // 2}" for i in range(ROWS)],
        "source": ["web", "shop"] * (ROWS // 2),
    }
)
MAPPED = dict(zip(ROLES, LOG, strict=True))

STEPS = {
    "audit": lambda df, **columns: rfm.Transactions(df, **columns).audit,
    "without copies": lambda df, **columns: rfm.Transactions(df, duplicates="drop", **columns).audit,
    "summarize": lambda df, **columns: rfm.summarize(rfm.Transactions(df, **columns)),
    "score": lambda df, **columns: rfm.score(
        rfm.Transactions(df, **columns), edges=EDGES, frequency="orders"
    ),
    "segment": lambda df, **columns: rfm.segment(rfm.Transactions(df, **columns), edges=EDGES),
    "snapshots": lambda df, **columns: rfm.snapshots(rfm.Transactions(df, **columns), "1M", edges=EDGES),
    "base": lambda df, **columns: rfm.CustomerBase.of(rfm.Transactions(df, **columns)).summary(),
    "clv.summarize": lambda df, **columns: clv.summarize(rfm.Transactions(df, **columns)),
}
FEW = ("audit", "summarize")
"""The steps that are tried with every name, and on the engines that are slow to plan a query."""


def groups_of_five(names: tuple[str, ...]) -> list[dict[str, str]]:
    """Each name in one role, and five of them in one log."""
    padded = (*names, *MAPPED.values())[: -(-len(names) // 5) * 5]
    return [dict(zip(ROLES, padded[at : at + 5], strict=True)) for at in range(0, len(padded), 5)]


def in_order(table: pd.DataFrame) -> pd.DataFrame:
    keys = [name for name in ("customer_id", "date", "rule", "source") if name in table]
    texts = {
        name: table[name].astype(str)
        for name in table
        if str(table[name].dtype) in ("category", "object", "str")
    }
    return table.assign(**texts).sort_values(keys, ignore_index=True)


@pytest.fixture(scope="module")
def expected(to_pandas):
    return {name: in_order(to_pandas(step(LOG, **MAPPED))) for name, step in STEPS.items()}


def check(constructor, to_pandas, expected, log, columns, steps=tuple(STEPS)):
    few = constructor.engine in ("dask", "spark", "duckdb", "ibis")
    for name, step in STEPS.items():
        if name in (FEW if few else steps):
            found = in_order(to_pandas(step(constructor(log), **columns)))
            pd.testing.assert_frame_equal(
                found, expected[name], check_dtype=False, obj=f"{name} of {columns}"
            )


@pytest.mark.slow_on("spark", "dask", "ibis")
@pytest.mark.parametrize(
    "columns", groups_of_five(NAMES), ids=lambda columns: ascii(columns["customer"][:20])
)
def test_mapped_columns_of_any_name(constructor, to_pandas, expected, columns):
    if constructor.engine in ("spark", "dask") and NAMES.index(columns["customer"]) >= SYNTAX:
        pytest.skip("slow: here the names that engines read as syntax, all others on the other engines")
    log = LOG.rename(columns={MAPPED[role]: name for role, name in columns.items()})
    check(constructor, to_pandas, expected, log, columns, FEW)


@pytest.mark.slow_on("spark", "dask", "ibis", "duckdb")
def test_other_columns_of_any_name(constructor, to_pandas, expected):
    """All at once, with different values in every row, so that no row is a copy of another."""
    others = pd.DataFrame({name: np.arange(ROWS) for name in NAMES})
    check(constructor, to_pandas, expected, pd.concat([others, LOG], axis=1), MAPPED)


def test_a_column_without_a_name(to_pandas, expected):
    """As R writes the numbers of rows."""
    pl = pytest.importorskip("polars")
    log = pd.concat([pd.DataFrame({"": range(ROWS)}), LOG], axis=1)
    for df in (log, pl.from_pandas(log), pl.from_pandas(log).lazy()):
        found = in_order(to_pandas(rfm.summarize(rfm.Transactions(df, **MAPPED))))
        pd.testing.assert_frame_equal(found, expected["summarize"], check_dtype=False)


@pytest.mark.parametrize("name", UNREADABLE, ids=ascii)
def test_names_that_no_engine_reads_are_refused(name):
    log = LOG.assign(odd=1)
    log.columns = pd.Index([*LOG, name], dtype=object)
    for step in (rfm.Transactions, rfm.summarize, rfm.score, clv.summarize):
        with pytest.raises(rfm.DataError, match=r"a NUL or half of a surrogate pair.*rename the column"):
            step(log)


def test_a_message_names_the_users_column(constructor):
    log = LOG.assign(**{"*": "much"})
    with pytest.raises(rfm.DataError, match=r"Column '\*' must hold numbers; got text, such as 'much'"):
        rfm.Transactions(constructor(log), amount="*")
    with pytest.raises(rfm.DataError, match=r"Column 'a\.b' holds .*, which is not a date"):
        rfm.Transactions(constructor(LOG.assign(**{"a.b": True})), date="a.b")


@pytest.mark.slow_on("spark", "dask", "ibis", "duckdb")
def test_attributes_and_groups_of_any_name(constructor, to_pandas):
    """Names of results (R, segment, spend) are taken; those that the engine reads as syntax are refused by name."""
    engine = constructor.engine
    free = [name for name in NAMES if name not in ("R", "segment", "spend")]
    ids = [f"c{i:02}" for i in range(20)]
    log = LOG.drop(columns=["order_id", "source"])
    refused = [name for name in free if name in CANNOT_NAME.get(engine.removesuffix("-lazy"), ())]
    scored = rfm.segment(constructor(log), edges=EDGES)
    for name in refused:
        one = constructor(pd.DataFrame({"customer_id": ids, name: ["FR", "NZ"] * 10}))
        with pytest.raises(rfm.DataError, match="cannot read a column named " + re.escape(repr(name)[:60])):
            rfm.segment(constructor(log), attributes=one, edges=EDGES)
    kept = [name for name in free if name not in refused]
    many = constructor(pd.DataFrame({"customer_id": ids} | {name: ["FR", "NZ"] * 10 for name in kept}))
    segmented = rfm.segment(constructor(log), attributes=many, edges=EDGES)
    assert nw.from_native(segmented).collect_schema().names() == [
        *nw.from_native(scored).collect_schema().names()[:-1],
        *kept,
        "segment",
    ]
    plain = rfm.segment(
        log, attributes=pd.DataFrame({"customer_id": ids, "land": ["FR", "NZ"] * 10}), edges=EDGES
    )
    wanted = to_pandas(rfm.profile(plain, by="land")).rename(columns={"land": "by"})
    for name in kept[:: 12 if engine in ("dask", "spark") else 3]:
        found = to_pandas(rfm.profile(segmented, by=name)).rename(columns={name: "by"})
        pd.testing.assert_frame_equal(found, wanted, check_dtype=False, obj=f"by={name!r}")


def test_spark_refuses_points_and_backticks_where_names_are_kept():
    """Without a session: the engine's own rule."""
    from rfm._frames.engines.spark import Spark

    assert [name for name in ("a.b", "`x`", "*", "", "a b", "day") if Spark().can_name(name)] == [
        "a b",
        "day",
    ]
