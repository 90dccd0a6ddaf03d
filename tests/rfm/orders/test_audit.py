"""Every row of the log is kept or under exactly one dropping rule, in any order and on any engine."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm import Transactions, TransactionsError

COLUMNS = ["rule", "effect", "rows", "customers", "amount", "examples"]
MESSY = pd.DataFrame(
    {
        "customer_id": ["ann", "ann", "bob", "bob", "bob", "cid", "dan", None, "eve", "eve", "fay", "fay"],
        "date": ["2020-01-01", "2020-01-01", "2020-01-05", "2020-01-05", "2020-01-09", "2020-02-01", "2020-02-02",
                 "2020-02-03", "soon", None, "2021-01-01", "2020-03-01"],
        "amount": [10.0, -4.0, 5.0, 5.0, 1.23456, -7.0, 0.0, 3.0, 2.0, 2.0, 8.0, np.inf],
        "shop": ["x", "x", "x", "x", "y", "y", "y", "y", None, None, "x", "x"],
    }
)  # fmt: skip
EXPECTED = [
    ("kept", "kept", 7, 4, 10.2346, ""),
    ("missing customer", "dropped", 1, 0, 3.0, "(no customer) on '2020-02-03': 3.0"),
    ("missing date", "dropped", 1, 1, 2.0, "eve on (no date): 2.0"),
    ("unreadable date", "dropped", 1, 1, 2.0, "eve on 'soon': 2.0"),
    ("infinite amount", "dropped", 1, 1, None, "fay on '2020-03-01': inf"),
    ("after until", "dropped", 1, 1, 8.0, "fay on '2021-01-01': 8.0"),
    ("duplicate row kept", "informs", 1, 1, 5.0, "bob on '2020-01-05': 5.0"),
    ("return netted", "informs", 2, 2, -11.0, "ann on '2020-01-01': -4.0; cid on '2020-02-01': -7.0"),
    ("amount rounded", "informs", 1, 1, 1.2346, "bob on '2020-01-09': 1.23456"),
    ("order merged into its day", "informs", 2, 2, None, "ann on 2020-01-01: 2 rows; bob on 2020-01-05: 2 rows"),
    ("customer with refunds only", "informs", 1, 1, -7.0, "cid"),
]  # fmt: skip


def lines(audit, columns=COLUMNS):
    frame = nw.from_native(audit)
    frame = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    table = frame.select(*columns).to_pandas().astype(object)
    return [tuple(row) for row in table.where(table.notna(), None).to_numpy().tolist()]


def read(table, **options):
    return Transactions(table, **{"bad_rows": "drop", "until": "2020-12-31", **options})


def test_every_line_of_a_messy_log():
    assert lines(read(MESSY).audit) == EXPECTED


@pytest.mark.slow_on("spark")
def test_every_line_on_every_engine(constructor):
    table = MESSY.sample(frac=1, random_state=5).reset_index(drop=True)
    tx = read(constructor(table))
    assert type(tx.audit) is type(constructor(table))
    assert lines(tx.audit) == EXPECTED


def test_dropping_duplicates_and_returns():
    found = lines(read(MESSY, duplicates="drop", returns="drop").audit)
    assert [line[:5] for line in found if line[1] != "dropped" or line[0] in ("return", "duplicate row")] == [
        ("kept", "kept", 4, 3, 16.2346),
        ("return", "dropped", 2, 2, -11.0),
        ("duplicate row", "dropped", 1, 1, 5.0),
        ("amount rounded", "informs", 1, 1, 1.2346),
    ]


@pytest.mark.parametrize("native", [MESSY, pl.from_pandas(MESSY), pl.from_pandas(MESSY).lazy()])
def test_sources_are_kept_apart(native):
    found = lines(read(native, source="shop").audit, ["rule", "source", "rows", "amount"])
    assert found[:6] == [
        ("kept", "x", 4, 16.0),
        ("kept", "y", 3, -5.7654),
        ("missing customer", "y", 1, 3.0),
        ("missing date", None, 1, 2.0),
        ("unreadable date", None, 1, 2.0),
        ("infinite amount", "x", 1, None),
    ]


def test_sources_that_are_whole_numbers_stay_so(constructor):
    table = pd.DataFrame(
        {"customer_id": ["a", "a"], "date": pd.to_datetime(["2020-01-01"] * 2), "amount": 1.0}
    )
    tx = read(constructor(table.assign(shop=[1, 22])), source="shop")
    assert lines(tx.audit, ["rule", "source"]) == [
        ("kept", "1"), ("kept", "22"), ("order merged into its day", None)
    ]  # fmt: skip


def test_the_audit_is_computed_when_asked_for(monkeypatch):
    import rfm._orders.transactions as room

    monkeypatch.setattr(room, "audit_lines", lambda *a, **k: pytest.fail("computed"))
    tx = read(MESSY)
    monkeypatch.undo()
    assert tx.audit is tx.audit


def test_mixed_ids_have_examples_in_a_fixed_order():
    table = pd.DataFrame({"customer_id": pd.Series(["1", 1, 2.5, None], dtype=object), "date": ["2020-01-01"] * 4,
                          "amount": [-1.0] * 4})  # fmt: skip
    expected = "1 on '2020-01-01': -1.0; 1 on '2020-01-01': -1.0; 2.5 on '2020-01-01': -1.0"
    for order in ([0, 1, 2, 3], [3, 2, 1, 0]):
        found = {line[0]: line[-1] for line in lines(read(table.iloc[order]).audit)}
        # by type name, then text: the float, the int, the text
        assert found["return netted"] == "; ".join(reversed(expected.split("; ")))
        assert found["customer with refunds only"] == "2.5; 1; 1"


customers = st.one_of(st.none(), st.just(""), st.integers(0, 4), st.sampled_from(["0", "1", "a"]))
dates = st.one_of(st.none(), st.sampled_from(["x", "2020-01-01", "2020-01-02", "2020-06-01", "2021-01-01"]))
amounts = st.one_of(
    st.none(), st.sampled_from([np.inf, -np.inf, "£3", True]), st.integers(-3, 3), st.floats(-5, 5, width=32)
)
logs = st.lists(st.tuples(customers, dates, amounts), min_size=1, max_size=25)


def frame(rows):
    return pd.DataFrame(rows, columns=["customer_id", "date", "amount"], dtype=object)


def audited(rows, **options):
    """The log as it is read, or None where it is refused as a whole."""
    try:
        return read(frame(rows), **options)
    except TransactionsError as error:
        if "No row is left" in str(error) or "must hold numbers" in str(error):
            return None
        raise


@given(logs, st.sampled_from(["net", "drop"]), st.sampled_from(["keep", "drop"]), st.randoms())
def test_every_row_is_kept_or_dropped_once(rows, returns, duplicates, random):
    tx = audited(rows, returns=returns, duplicates=duplicates)
    if tx is None:
        return
    audit = tx.audit
    counted = audit[audit["effect"] != "informs"]
    assert counted["rows"].sum() == len(rows)
    assert (audit["rows"] > 0).all()
    assert not counted["rule"].duplicated().any()
    kept = audit[audit["effect"] == "kept"].iloc[0]
    ledger = nw.to_native(tx.ledger)
    assert kept["rows"] == len(ledger)
    assert kept["customers"] == ledger["customer_id"].nunique()
    assert kept["amount"] * 10_000 == pytest.approx(ledger["units"].sum())
    random.shuffle(rows)
    pd.testing.assert_frame_equal(audited(rows, returns=returns, duplicates=duplicates).audit, audit)


@given(logs)
def test_what_is_refused_is_what_is_dropped(rows):
    tx = audited(rows)
    if tx is None:
        return
    bad = tx.audit[(tx.audit["effect"] == "dropped") & (tx.audit["rule"] != "after until")]
    if len(bad):
        with pytest.raises(TransactionsError, match="Rows that cannot be used") as error:
            read(frame(rows), bad_rows="raise")
        for line in bad.itertuples():
            assert f"{line.rows:,} {line.rule} ({line.examples})" in str(error.value)
    else:
        assert len(read(frame(rows), bad_rows="raise").ledger) == len(tx.ledger)
