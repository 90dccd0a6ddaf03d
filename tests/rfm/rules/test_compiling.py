"""Compiled = interpreted: the same rule over a table and row by row, on every engine."""

from __future__ import annotations

import datetime
import math

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rfm import RuleError
from rfm._frames.execution import fetch
from rfm._frames.native import from_native, to_native
from rfm._rules import Rule

NUMBERS = ("R", "F", "x", "y")
constants = st.one_of(st.integers(-6, 6), st.sampled_from([0.1, 0.3, 2.5, -1.5, 1e6]))
words = st.sampled_from(["a", "b", "TW"])


def _arithmetic(inner):
    return st.builds("({} {} {})".format, inner, st.sampled_from("+-*/"), inner)


values = st.recursive(st.one_of(st.sampled_from(NUMBERS), constants.map(str)), _arithmetic, max_leaves=4)
comparisons = st.one_of(
    st.builds("{} {} {}".format, values, st.sampled_from(["==", "!=", "<", "<=", ">", ">="]), values),
    st.builds("{} < {} <= {}".format, values, st.sampled_from(NUMBERS), values),
    st.builds(
        "{} {} {}".format,
        values,
        st.sampled_from(["in", "not in"]),
        st.lists(constants, max_size=3).map(tuple),
    ),
    st.builds("text {} {!r}".format, st.sampled_from(["==", "!=", "<", ">="]), words),
    st.builds("text {} {}".format, st.sampled_from(["in", "not in"]), st.lists(words, max_size=2).map(tuple)),
    st.sampled_from(["flag", "flag == True", "flag != True", "text == text", "x == x", "flag == flag"]),
)
conditions = st.recursive(
    comparisons,
    lambda inner: st.one_of(
        st.builds("({} and {})".format, inner, inner),
        st.builds("({} or {})".format, inner, inner),
        st.builds("not ({})".format, inner),
    ),
    max_leaves=6,
)
rows = st.lists(
    st.fixed_dictionaries(
        {
            "R": st.integers(1, 5),
            "F": st.integers(-3, 3),
            "x": st.one_of(
                st.none(), st.integers(-6, 6).map(float), st.sampled_from([0.1, 0.2, 0.3, 1e6, -1e300])
            ),
            "y": st.one_of(st.none(), st.sampled_from([0.0, 0.1, 3.0, 7.0, 1e300])),
            "text": st.one_of(st.none(), words),
            "flag": st.one_of(st.none(), st.booleans()),
        }
    ),
    min_size=1,
    max_size=8,
)

POLARS = {
    "R": pl.Int64,
    "F": pl.Int64,
    "x": pl.Float64,
    "y": pl.Float64,
    "text": pl.String,
    "flag": pl.Boolean,
}
PANDAS = {"R": "int64", "F": "int64", "x": "float64", "y": "float64", "text": "object", "flag": "boolean"}
NULLABLE = {"R": "Int64", "F": "Int64", "x": "Float64", "y": "Float64", "text": "string", "flag": "boolean"}


def readable(text):
    """The rule, or None where the random text has a comparison without a column or divides by 0."""
    try:
        return Rule(text)
    except RuleError:
        return None


def compiled(rule, native):
    frame = nw.from_native(native)
    held = fetch(frame.select(held=rule.expression(frame.collect_schema()))).get_column("held").to_list()
    assert all(isinstance(value, bool | np.bool_) for value in held), held
    return held


@given(conditions, rows)
def test_compiled_is_interpreted_on_pandas_and_polars(text, table):
    rule = readable(text)
    if rule is None:
        return
    expected = [rule.holds(row) for row in table]
    lazy = pl.DataFrame(table, schema=POLARS).lazy()
    assert compiled(rule, lazy) == expected
    assert compiled(rule, lazy.collect()) == expected
    assert compiled(rule, lazy.with_columns(pl.col("x", "y").fill_null(math.nan))) == expected
    pandas = pd.DataFrame(table).astype(PANDAS)
    assert compiled(rule, pandas) == expected
    assert compiled(rule, pandas.astype(NULLABLE)) == expected
    assert compiled(rule, lazy.collect().to_arrow()) == expected


TABLE = pd.DataFrame(
    {
        "R": [1, 2, 3, 4, 5, 5],
        "F": [0, 1, -1, 3, 2, 0],
        "x": [None, 0.3, 3.0, 0.0, 1e6, 7.0],
        "y": [3.0, None, 0.0, 0.1, 7.0, 10.0],
        "text": ["a", None, "b", "TW", "a", "b"],
        "flag": pd.array([True, None, False, True, None, False], dtype="boolean"),
    }
)
RULES = """
R >= 4 and F >= 0
2 <= R < 5
(R + F) / 2 >= 2
x / 10 == 0.3
x / 10 > 0.29999
y / F > 1
not (y / F > 1)
x != 3
not x != 3
x == x
not x == x
x in (0.3, 7)
x not in (0.3, 7)
R in (1, 5)
R not in ()
text == 'a'
text != 'a'
text in ('a', 'TW')
text not in ('a',)
not text in ('a',)
text >= 'b'
flag
not flag
flag == True
flag != True
R * F - x <= y
-R < -3
x < y or text == 'b' and not flag
R / 3 == 1
R * 0.1 == 0.3
x - x == 0
1 / F > 0
3 > R
""".strip().splitlines()
RULES += [f"R in {tuple(range(5, 600))}", " or ".join(f"x == {i}" for i in range(200, 0, -1))]


@pytest.mark.slow_on("spark")
def test_one_meaning_on_every_engine(constructor):
    """All rules at once, so that an engine is asked once."""
    native = constructor(TABLE.assign(row=range(len(TABLE))))
    frame = nw.from_native(native)
    schema = frame.collect_schema()
    rules = {f"rule_{i}": Rule(text) for i, text in enumerate(RULES)}
    held = fetch(frame.select("row", **{name: rule.expression(schema) for name, rule in rules.items()}))
    found = {row["row"]: row for row in held.rows(named=True)}
    for name, rule in rules.items():
        expected = [rule.holds(row) for row in TABLE.to_dict("records")]
        assert [found[i][name] for i in range(len(TABLE))] == expected, rule.text


def test_categories_are_text():
    table = pd.DataFrame({"text": pd.Categorical(["b", "a", None], categories=["b", "a"], ordered=True)})
    assert compiled(Rule("text < 'b'"), table) == [False, True, False]
    assert compiled(Rule("text in ('b',)"), pl.from_pandas(table)) == [True, False, False]


@pytest.mark.parametrize("dtype", [pl.UInt64, pl.Int8, pl.UInt8, pl.Int32, pl.Float32, pl.Decimal(10, 2)])
def test_numbers_of_every_width(dtype):
    frame = pl.DataFrame({"x": [1, 2, 100]}, schema={"x": dtype})
    assert compiled(Rule("x > 1.5"), frame) == [False, True, True]
    assert compiled(Rule("x - 2 < 0"), frame) == [True, False, False]
    assert compiled(Rule("x < 1000"), frame) == [True, True, True]
    assert compiled(Rule("x > -1000"), frame) == [True, True, True]


@pytest.mark.parametrize(
    ("text", "fact"),
    [
        ("nqs > 1", "No column 'nqs'."),
        ("text > 1", "This compares text with a number."),
        ("flag > 1", "This compares yes/no with a number."),
        ("R", "This compares a number with yes/no."),
        ("text + 1 > 1", "This compares text with a number."),
        ("R in ('a',)", "This compares a number with text."),
        ("when > 1", "when holds Date, which rules cannot read."),
    ],
)
def test_a_table_that_does_not_fit_is_refused_before_anything_runs(text, fact):
    frame = nw.from_native(
        pl.DataFrame([{"R": 1, "text": "a", "flag": True, "when": datetime.date(2024, 1, 1)}])
    )
    with pytest.raises(RuleError, match=f"^{fact}"):
        Rule(text).expression(frame.schema)


ZEROS = pd.DataFrame({"customer_id": range(6), "x": [0.0, -0.0, 1.0, 2.0, None, -1.0]})


@pytest.mark.parametrize(
    ("rule", "who"),
    [
        ("x in (0, 2)", [0, 1, 3]), ("x in (-0, 2)", [0, 1, 3]), ("x in (0.0, 0.5)", [0, 1]),
        ("x not in (0, 2)", [2, 5]), ("x == 0", [0, 1]), ("x == -0.0", [0, 1]), ("x != 0", [2, 3, 5]),
        ("x >= 0 and x <= -0.0", [0, 1]), ("x < 0", [5]), ("x * -1 in (0, 1)", [0, 1, 5]),
        ("x in (0, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13)", [0, 1]),
    ],
)  # fmt: skip
def test_both_zeros_are_one_number(constructor, to_pandas, rule, who):
    frame = from_native(constructor(ZEROS))
    held = frame.filter(Rule(rule).expression(frame.collect_schema()))
    assert to_pandas(to_native(held))["customer_id"].tolist() == who
    rows = ZEROS.to_dict("records")
    assert [row["customer_id"] for row in rows if Rule(rule).holds(row)] == who
