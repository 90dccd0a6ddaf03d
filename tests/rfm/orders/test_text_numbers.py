"""Amounts that are text: the hint's code, run as it is, gives the intended numbers."""

from __future__ import annotations

import re

import narwhals.stable.v2 as nw
import pandas as pd
import pytest

import rfm
from rfm._orders.text_numbers import recipe

MEANT = {
    "plain": (["1280", "12.50", " 7 ", "-3", "1e3"], [1280, 12.5, 7, -3, 1000]),
    "thousands": (["1,280", "12,345,678", "5"], [1280, 12345678, 5]),
    "thousands and cents": (["1,280.50", "3.25"], [1280.5, 3.25]),
    "a currency before": (["NT$1,280", "NT$35"], [1280, 35]),
    "signs of currencies": (["€12.50", "£ 3.00", "¥1,000"], [12.5, 3, 1000]),
    "a currency after": (["12.50 EUR", "1,000.00 EUR"], [12.5, 1000]),
    "a shortened currency": (["Rs.1,280", "Rs. 35.50"], [1280, 35.5]),
    "decimal commas": (["1.280,50", "45,00", "7"], [1280.5, 45, 7]),
    "decimal commas alone": (["12,5", "1280,75"], [12.5, 1280.75]),
    "points part thousands": (["1.280.000", "1.280"], [1280000, 1280]),
    "spaces part thousands": (["1 280,50", "45,00 zł"], [1280.5, 45]),  # a narrow space too
    "brackets of accountants": (["(45.00)", "1,280.00"], [-45, 1280]),
    "brackets and a currency": (["($45.00)", "$(3.50)", "$7.00"], [-45, -3.5, 7]),
    "a minus after": (["45.00-", "3.00"], [-45, 3]),
    "a true minus": (["−45.00", "3.00"], [-45, 3]),
}


def log(texts):
    return pd.DataFrame({
        "customer_id": range(len(texts)), "date": "2024-01-01",
        "paid": pd.Series(texts, dtype=object),
    })  # fmt: skip


def run(code, native, engine):
    """What the code gives for a table of this engine, row by customer."""
    table, name = native, {"df": native, "t": native, "table": native, "pandas": pd}
    if engine.startswith("polars"):
        import polars as pl

        frame = table.with_columns(made=eval(code, {"pl": pl}))
    elif engine == "duckdb":
        frame = table.project(f"*, {code} AS made")
    elif engine == "pyarrow":
        import pyarrow.compute as pc

        frame = table.append_column("made", eval(code, {"pc": pc, "table": table}))
    elif engine == "ibis":
        frame = table.mutate(made=eval(code, name))
    elif engine == "spark":
        from pyspark.sql import functions as F  # noqa: N812

        frame = table.withColumn("made", eval(code, {"F": F}))
    else:
        frame = table.assign(made=eval(code, name))
    known = nw.from_native(frame).select("customer_id", "made").lazy().collect()
    return [float(value) for _, value in sorted(known.rows())]


@pytest.mark.slow_on("spark", "dask")
@pytest.mark.parametrize("kind", MEANT)
def test_the_hint_makes_the_numbers_that_were_meant(constructor, kind):
    texts, numbers = MEANT[kind]
    native = constructor(log(texts))
    with pytest.raises(rfm.TransactionsError) as caught:
        rfm.Transactions(native, amount="paid")
    found = re.fullmatch(
        r"Column 'paid' must hold numbers; got text, such as '.*'\. Hint: (.*) converts them to numbers\.",
        str(caught.value),
        re.DOTALL,
    )
    assert run(found[1], native, constructor.engine) == numbers


def test_texts_without_a_number_are_named():
    code = recipe("paid", ["n/a", "NT$5"], "pandas")
    assert code.endswith(", once texts such as 'n/a' are missing values or dropped")
    assert recipe("paid", ["abc"], "pandas").endswith("such as 'abc' are missing values or dropped")


def test_a_column_of_numbers_and_texts_says_how_to_read_the_texts():
    table = log(["5"]).assign(paid=pd.Series([5.0], dtype=object))
    mixed = pd.concat([table, log(["1,280"]).assign(customer_id=1)])
    with pytest.raises(rfm.TransactionsError, match="unreadable amount") as caught:
        rfm.Transactions(mixed, amount="paid")
    code = re.search(r"Hint: (pandas\.to_numeric\(.*\)) converts text to numbers", str(caught.value))[1]
    assert eval(code, {"pandas": pd, "df": mixed}).tolist() == [5, 1280]
