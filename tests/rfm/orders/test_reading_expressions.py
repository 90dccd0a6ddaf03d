"""Reading behind an engine gives, row by row, what reading in memory gives."""

from __future__ import annotations

import datetime as dt
from decimal import Decimal

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm import EngineError, Transactions, TransactionsError
from rfm._orders.columns import DAY, ROUNDED, UNITS, VERDICT, Columns
from rfm._orders.reading import read_in_memory
from rfm._orders.reading_expressions import read_behind_engine
from rfm._orders.verdicts import Verdict

FORMATS = ["%Y-%m-%d", "%Y/%m/%d %H:%M", "%Y%m%d", "%d/%m/%Y", "%Y-%m-%dT%H:%M:%S.5", "%d.%m.%Y %H:%M"]


def columns(**options):
    return Columns(**{"customer": "customer_id", "date": "date", "amount": "amount", **options})


def judged(native, *cases):
    """What is read of each row in each case, in one query: lists by column and number of the case."""
    frame = nw.from_native(native)
    read = read_behind_engine if isinstance(frame, nw.LazyFrame) else read_in_memory
    for number, options in enumerate(cases):
        frame = read(frame, options).rename(
            {name: f"{name} {number}" for name in (DAY, UNITS, ROUNDED, VERDICT)}
        )
    found = frame.select("row", *(name for name in frame.collect_schema().names() if name.startswith("__")))
    found = found.collect() if isinstance(found, nw.LazyFrame) else found
    return {name: [int(value) for value in found.sort("row")[name].to_list()] for name in found.columns}


def messy(rows, seed=0):
    rng = np.random.default_rng(seed)
    amount = np.round(rng.normal(0, 50, rows), 5)
    amount[rng.random(rows) < 0.03] = np.nan
    amount[rng.random(rows) < 0.02] = np.inf
    amount[:6] = [0.00005, 0.00015, -0.00025, 1e300, 4.6e14, 0.5]
    times = np.datetime64("1969-12-30T12:00:00", "us") + rng.integers(0, 10**15, rows)
    times[rng.random(rows) < 0.05] = "NaT"
    texts = pd.Series(times).dt.strftime("%Y-%m-%d").where(rng.random(rows) > 0.3)
    for form in FORMATS:
        texts = texts.where(rng.random(rows) > 0.15, pd.Series(times).dt.strftime(form))
    ids = pd.Series(rng.integers(0, rows // 3 + 1, rows).astype(str), dtype=object)
    return pd.DataFrame(
        {
            "row": np.arange(rows),
            "customer_id": ids.mask(rng.random(rows) < 0.03, None).mask(rng.random(rows) < 0.03, ""),
            "date": times,
            "iso": texts.where(~texts.str.contains(r"^\d\d[/.]", na=False), "2011-02-30"),
            "dmy": pd.Series(times).dt.strftime("%d/%m/%Y").where(rng.random(rows) > 0.1, "1/2/1999"),
            "serial": rng.uniform(0, 60_000, rows),
            "whole": rng.integers(-(10**14), 10**14, rows),
            "amount": amount,
            "quantity": rng.integers(-3, 9, rows),
            "currency": pd.Series(rng.choice(["EUR", "USD", "GBP", None], rows), dtype=object),
        }
    )


CASES = {
    "datetimes and floats": columns(),
    "texts": columns(date="iso"),
    "a format": columns(date="dmy", date_format="%d/%m/%Y"),
    "serial dates": columns(date="serial", date_format="excel"),
    "whole numbers": columns(amount="whole"),
    "a product": columns(quantity="quantity", price="amount"),
    "currencies": columns(currency="currency", rates={"EUR": 1.0, "USD": 0.923}),
    "options": columns(until=5_000, drop_returns=True, decimals=2),
}


@pytest.mark.slow_on("spark")
def test_both_roads_read_every_row_alike(constructor):
    table = messy(400)
    found, expected = judged(constructor(table), *CASES.values()), judged(table, *CASES.values())
    for number, case in enumerate(CASES):
        for name in (DAY, UNITS, ROUNDED, VERDICT):
            assert found[f"{name} {number}"] == expected[f"{name} {number}"], case


@pytest.mark.slow
def test_both_roads_read_a_long_log_alike(constructor, to_pandas):
    table = messy(150_000, seed=1)
    table.loc[3, "amount"] = 1.0  # without the amount that overflows
    memory = Transactions(table, bad_rows="drop")
    for _ in range(2):
        tx = Transactions(constructor(table), bad_rows="drop")
        assert (tx.first_day, tx.last_day) == (memory.first_day, memory.last_day)
        keys = ["customer_id", "day", "units"]
        found, expected = (
            to_pandas(nw.to_native(part.ledger))
            .sort_values(keys)
            .astype({"customer_id": object, "day": "int64", "units": "int64"})
            for part in (tx, memory)
        )
        pd.testing.assert_frame_equal(found.reset_index(drop=True), expected.reset_index(drop=True))
    counts = [to_pandas(part.audit)[["rule", "rows", "customers", "amount"]] for part in (tx, memory)]
    pd.testing.assert_frame_equal(counts[0], counts[1], check_dtype=False)


def numbers(rows, seed=2):
    """Floats of random bits, halves of a unit, and the numbers just beside them."""
    rng = np.random.default_rng(seed)
    any_bits = rng.integers(0, 2**64, rows, dtype=np.uint64).view(np.float64)
    halves = (rng.integers(-(10**6), 10**6, rows) + 0.5) / 10.0 ** rng.integers(0, 7, rows)
    beside = [np.nextafter(halves, np.inf), np.nextafter(halves, -np.inf), 1 / (1 - halves)]
    floats = np.concatenate([any_bits, halves, *beside])
    return pd.DataFrame(
        {
            "row": np.arange(len(floats)),
            "customer_id": "a",
            "date": pd.Timestamp("2020-01-01"),
            "amount": floats,
            "whole": rng.integers(-(2**63), 2**63, len(floats)),
            "small": rng.integers(-9, 9, len(floats)),
        }
    )


@pytest.mark.slow_on("spark")
def test_every_kind_of_number(constructor):
    table = numbers(500)
    kinds = [{"amount": "amount"}, {"amount": "whole"}, {"quantity": "small", "price": "amount"},
             {"quantity": "small", "price": "whole"}]  # fmt: skip
    cases = [columns(**kind, decimals=decimals) for kind in kinds for decimals in (0, 4)]
    assert judged(constructor(table), *cases) == judged(table, *cases)


@pytest.mark.slow_on("spark")
def test_decimals_are_exact(constructor):
    rng = np.random.default_rng(3)
    units = [int(n) for n in rng.integers(-(10**14), 10**14, 400)] + [
        5,
        15,
        25,
        50,
        150,
        -50,
        -150,
        10**14 + 50,
    ]
    table = pd.DataFrame(
        {
            "row": range(len(units)),
            "customer_id": "a",
            "date": pd.Timestamp("2020-01-01"),
            "amount": [Decimal(n).scaleb(-6) for n in units],
            "small": [n % 7 for n in units],
        }
    )
    if constructor.engine == "dask":  # which turns Python's Decimals into texts
        with pytest.raises(TransactionsError, match="'amount' must hold numbers; got text"):
            judged(constructor(table), columns())
        return
    kinds = [{}, {"quantity": "small", "price": "amount"}]
    cases = [columns(**kind, decimals=decimals) for kind in kinds for decimals in (0, 2, 4)]
    assert judged(constructor(table), *cases) == judged(table, *cases)


def engines(table):
    import duckdb

    yield pl.from_arrow(table).lazy()
    with duckdb.connect() as connection:
        yield connection.from_arrow(table)


texts = st.one_of(
    st.dates().map(str),
    st.datetimes().map(lambda moment: moment.isoformat(" ")),
    st.from_regex(r"\A\d{1,4}[-/.]?\d{1,2}[-/.]?\d{1,4}( \d\d?:\d\d)?\Z"),
    st.sampled_from(
        ["", " ", "2020-02-30", "2019-02-29", "2020-2-9", "2020/2/9 7:05 PM", "20200229", "x", None]
    ),
)


@given(st.lists(texts, min_size=1, max_size=40))
def test_every_text_is_read_alike_or_refused(values):
    table = pa.table({"row": range(len(values)), "customer_id": ["a"] * len(values),
                      "date": pa.array(values, pa.string()), "amount": [1.0] * len(values)})  # fmt: skip
    try:
        expected = judged(table, columns())
    except TransactionsError:  # ambiguous as a whole, which an engine says of each such row
        expected = None
    for native in engines(table):
        found = judged(native, columns())
        for row, verdict in enumerate(found[f"{VERDICT} 0"]):
            if expected is not None and verdict != Verdict.UNDECIDED_DATE:
                for name in (f"{DAY} 0", f"{VERDICT} 0"):
                    assert found[name][row] == expected[name][row], values[row]


@given(
    st.lists(st.datetimes(dt.datetime(1900, 1, 1), dt.datetime(2100, 1, 1)), min_size=1, max_size=20),
    st.sampled_from(["%d/%m/%Y", "%m-%d-%Y %H:%M", "%Y.%m.%d", "%Y%m%d", "%d.%m.%y", "%d %m %Y %I:%M:%S %p"]),
)
def test_every_format_is_read_alike(moments, date_format):
    values = [moment.strftime(date_format) for moment in moments]
    values += [value.replace("/0", "/").replace("-0", "-").lstrip("0") for value in values]
    table = pa.table({"row": range(len(values)), "customer_id": ["a"] * len(values), "date": values,
                      "amount": [1.0] * len(values)})  # fmt: skip
    options = columns(date_format=date_format)
    for native in engines(table):
        assert judged(native, options) == judged(table, options)


@pytest.mark.parametrize("date_format", ["%d %b %Y", "%H:%M %d/%m/%Y", "%j %Y", "%d/%m", "%Y-%m-%d %z"])
def test_formats_that_engines_cannot_read_are_refused_by_name(date_format):
    table = pl.LazyFrame({"customer_id": ["a"], "date": ["x"], "amount": [1.0]})
    with pytest.raises(
        EngineError, match=r"Polars cannot read dates by date_format=.*Hint: convert the column"
    ):
        Transactions(table, date_format=date_format)


@pytest.mark.parametrize(
    "text", ["31/12/2010", "1.2.2010 08:26", "2010-12-01T08:26:00+01:00", "2010-12-01 08:26Z"]
)
def test_texts_that_need_a_decision_are_refused(text):
    table = pl.LazyFrame({"customer_id": ["a", "b"], "date": ["2020-01-01", text], "amount": [1.0, 2.0]})
    with pytest.raises(
        EngineError, match=r"Polars cannot read the dates of column 'date' without a format: 1 un"
    ):
        Transactions(table, bad_rows="drop")


def test_every_engine_is_named_when_it_cannot_decide(constructor):
    table = constructor(pd.DataFrame({"customer_id": ["a"], "date": ["31/12/2010"], "amount": [1.0]}))
    if constructor.is_lazy:
        with pytest.raises(EngineError, match=r"^(Polars|DuckDB|Ibis|Dask|Spark) cannot read the dates"):
            Transactions(table)
    else:
        assert Transactions(table).last_day == 14974


def test_columns_that_are_refused_by_type():
    table = pl.LazyFrame({"customer_id": ["a"], "date": [1], "text": ["1"], "yes": [True], "amount": [1.0]})
    with pytest.raises(
        TransactionsError, match=r"'date' holds numbers not dates\. Hint: date_format=\"excel\""
    ):
        Transactions(table)
    with pytest.raises(TransactionsError, match="'yes' holds Boolean, which is not a date"):
        Transactions(table, date="yes")
    with pytest.raises(TransactionsError, match="'text' must hold numbers; got text, such as '1'"):
        Transactions(table, date_format="excel", amount="text")
    with pytest.raises(TransactionsError, match="'yes' must hold numbers; got Boolean"):
        Transactions(table, date_format="excel", amount="yes")
    with pytest.raises(TransactionsError, match=r"No column 'when'. The table has: customer_id, date"):
        Transactions(table, date="when")


def test_currencies_without_rates(constructor):
    table = pd.DataFrame({"customer_id": ["a", "b"], "date": pd.to_datetime(["2020-01-01"] * 2), "amount": [1.0, 2],
                          "currency": ["USD", "EUR"]})  # fmt: skip
    with pytest.raises(TransactionsError, match="Column 'currency' mixes currencies: EUR, USD"):
        Transactions(constructor(table), currency="currency")
    same = constructor(table.assign(currency="EUR"))
    assert Transactions(same, currency="currency").last_day == 18262


def test_nothing_is_computed_but_one_small_query():
    reads = []
    table = pl.LazyFrame({"customer_id": ["a"], "date": [dt.date(2020, 1, 1)], "amount": [1.0]})
    tx = Transactions(table.map_batches(lambda rows: reads.append(len(rows)) or rows))
    assert isinstance(tx.ledger.to_native(), pl.LazyFrame)
    assert len(reads) == 1
    assert len(tx.ledger.collect()) == 1
    assert len(reads) == 2


@pytest.mark.parametrize("kind", ["DATE", "TIMESTAMP", "TIMESTAMPTZ"])
@pytest.mark.parametrize("engine", ["duckdb", "ibis"])
def test_an_infinite_date_is_a_missing_date(engine, kind):
    ibis = pytest.importorskip("ibis")
    connection = ibis.duckdb.connect()
    connection.con.execute(
        f"CREATE TABLE orders AS SELECT 1 AS customer_id, {kind} 'infinity' AS date, 2.0 AS amount "
        f"UNION ALL SELECT NULL, {kind} '-infinity', 1.0 UNION ALL SELECT 2, {kind} '2024-01-03', 3.0"
    )
    table = (connection.con if engine == "duckdb" else connection).table("orders")
    zone = "UTC" if kind == "TIMESTAMPTZ" else None
    with pytest.raises(TransactionsError, match=r"1 missing date \(1 on \(no date\): 2.0\)"):
        Transactions(table, tz=zone)
    tx = Transactions(table, tz=zone, bad_rows="drop")
    audit = nw.from_native(tx.audit).collect().to_pandas()
    assert audit.set_index("rule")["rows"].to_dict() == {"kept": 1, "missing customer": 1, "missing date": 1}
