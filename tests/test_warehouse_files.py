"""Files with statements of SQL: dbt's model in the examples, and the statement that the docs show."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pandas as pd
import pytest

import rfm

duckdb = pytest.importorskip("duckdb")
pytest.importorskip("sqlglot")

ROOT = Path(__file__).parents[1]
DBT = ROOT / "examples" / "dbt"
SHOWN = ROOT / "docs" / "how-to" / "classic.sql"


@pytest.fixture(scope="module")
def script():
    spec = importlib.util.spec_from_file_location("make_model", DBT / "make_model.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="module")
def scorer(script):
    return script.learned()


def test_the_model_is_what_its_script_makes(script, scorer):
    assert script.MODEL.read_text("utf-8") == script.model(scorer)


@pytest.mark.parametrize("dialect", ["postgres", "bigquery", "snowflake", "databricks", "mysql"])
def test_the_model_of_other_dialects_reads_the_source(script, scorer, dialect):
    assert script.model(scorer, dialect=dialect).count(f"FROM {script.SOURCE} AS ") == 1


def test_the_model_gives_the_customers_of_python(script):
    log = rfm.datasets.cdnow()
    with duckdb.connect() as warehouse:
        warehouse.execute("create schema shop")
        warehouse.execute("create table shop.orders as select customer_id, date, amount from log")
        sql = script.MODEL.read_text("utf-8").replace(script.SOURCE, "shop.orders")
        found = warehouse.execute(sql).df().sort_values("customer_id", ignore_index=True)
    expected = rfm.segment(log)
    columns = ["customer_id", "recency", "frequency", "R", "F", "M", "rfm", "segment"]
    pd.testing.assert_frame_equal(found[columns].astype(object), expected[columns].astype(object))
    assert abs(found["monetary"] - expected["monetary"]).max() < 1e-9


def test_dbt_tests_for_the_segments_of_the_scheme():
    text = (DBT / "models" / "schema.yml").read_text("utf-8")
    for name in rfm.Scheme.load("classic").names:
        written = "\"can''t lose\"" if name == "can't lose" else f"'{name}'"  # dbt does not double the mark
        assert f"- {written}" in text
    assert text.count("not_null") == 8
    assert text.count("unique") == 1


def test_the_statement_in_the_docs_is_fresh(scorer):
    assert SHOWN.read_text("utf-8") == scorer.to_sql("classic", table="shop.orders", dialect="postgres")
