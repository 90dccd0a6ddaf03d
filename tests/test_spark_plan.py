"""Spark's plans: no customer comes to the driver, and Python sees rows only in predictions."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from rfm._orders.columns import DAY
from rfm._scores import value_counts as levels

pytest.importorskip("pyspark")
pytestmark = pytest.mark.engines

PARTITIONS = 8
CUSTOMERS = 3_000
DAYS = 400  # on which these customers buy
IN_PYTHON = ("Python", "InArrow", "InPandas", "PythonUDF")  # what every operator of Python's has in its name
TO_THE_DRIVER = ("collect", "toPandas", "toArrow", "toLocalIterator")


@pytest.fixture(scope="module")
def orders() -> pd.DataFrame:
    """Customers who come in over half a year, buy at rates of their own and leave at times of their own."""
    rng = np.random.default_rng(5)
    born, lived = rng.integers(0, 180, CUSTOMERS), rng.exponential(200, CUSTOMERS)
    repeats = rng.poisson(rng.gamma(0.6, 2.0, CUSTOMERS))
    who = np.concatenate([np.arange(CUSTOMERS), np.repeat(np.arange(CUSTOMERS), repeats)])
    passed = np.where(np.arange(len(who)) < CUSTOMERS, 0, rng.random(len(who)))
    day = born[who] + passed * np.minimum(lived, DAYS - born)[who]
    amount = np.round(rng.gamma(4.0, 5.0, len(who)) / rng.gamma(4.0, 0.3, CUSTOMERS)[who] + 0.01, 2)
    date = pd.Timestamp("2023-01-01") + pd.to_timedelta(day.astype(int), unit="D")
    return pd.DataFrame({"customer_id": who, "date": date, "amount": amount})


@pytest.fixture(scope="module")
def log(
    request: pytest.FixtureRequest, orders: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Any]:
    """The orders as a Parquet folder read in eight partitions, of which no shuffle makes fewer."""
    folder = str(tmp_path_factory.mktemp("lake") / "orders")
    small = request.getfixturevalue("_spark")(orders)
    small.write.parquet(folder)
    session = small.sparkSession
    conf = {"spark.sql.shuffle.partitions": str(PARTITIONS),
            "spark.sql.adaptive.coalescePartitions.enabled": "false"}  # fmt: skip
    before = {name: session.conf.get(name) for name in conf}
    for name, value in conf.items():
        session.conf.set(name, value)
    yield session.read.parquet(folder).repartition(PARTITIONS)
    for name, value in before.items():
        session.conf.set(name, value)


@pytest.fixture
def fetched(log: Any, monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, tuple[str, ...]]]:
    """Rows and columns of everything that reaches the driver."""
    found: list[tuple[int, tuple[str, ...]]] = []
    inside = []

    def watched(method: Any) -> Any:
        def call(frame: Any, *arguments: Any, **options: Any) -> Any:
            inside.append(method)
            try:
                rows = method(frame, *arguments, **options)
            finally:
                inside.pop()
            if not inside:  # one may be made of another
                found.append((len(rows), tuple(frame.columns)))
            return rows

        return call

    for name in TO_THE_DRIVER:
        monkeypatch.setattr(type(log), name, watched(getattr(type(log), name)))
    return found


def beside_days(fetched: list[tuple[int, tuple[str, ...]]]) -> list[tuple[int, tuple[str, ...]]]:
    """What was brought beside the audit's row per day, no customer among it: asking for repeated ones brings none."""
    assert max(rows for rows, columns in fetched if DAY in columns) <= DAYS
    assert not [columns for rows, columns in fetched if "customer_id" in columns and rows]
    return [(rows, columns) for rows, columns in fetched if DAY not in columns]


def plan(frame: Any) -> str:
    """The physical plan, that of persisted tables included."""
    return str(frame._jdf.queryExecution().executedPlan().toString())


def in_python(frame: Any) -> list[str]:
    """The lines of the plan that hand rows to Python."""
    return [
        line.strip(" +-:*()0123456789")
        for line in plan(frame).splitlines()
        if any(word in line for word in IN_PYTHON)
    ]


@pytest.mark.parametrize("question", [rfm.summarize, rfm.score, rfm.segment, clv.summarize])
def test_the_engine_does_it_all_before_prediction(log, question):
    answer = question(log)
    assert in_python(answer) == []
    assert "LocalTableScan" not in plan(answer), "no rows were brought here and sent back"
    assert "Exchange hashpartitioning(customer_id" in plan(answer)
    assert answer.rdd.getNumPartitions() == PARTITIONS
    assert answer.count() == CUSTOMERS


def test_no_customer_visits_the_driver_for_segments(log, fetched, monkeypatch):
    monkeypatch.setattr(levels, "MOST", 64)  # many more distinct sums of money than are brought at a time
    rfm.segment(log)
    assert fetched, "cut points come from counts"
    assert max(rows for rows, _ in beside_days(fetched)) <= 2 * 64


def test_a_fit_brings_the_compressed_rows_and_nothing_else(log, orders, fetched):
    model = clv.fit(log)
    summary = clv.summarize(orders)
    of_rows = [(rows, columns) for rows, columns in fetched if "weights" in columns]
    history = summary.groupby(["frequency", "recency", "T"]).ngroups
    spend = summary.groupby(["frequency", "monetary_value"]).ngroups
    assert {columns[:-1]: rows for rows, columns in of_rows} == {
        ("frequency", "recency", "T"): history,
        ("frequency", "monetary_value"): spend,
    }
    assert max(history, spend) < CUSTOMERS
    assert all(rows <= 2 for rows, columns in beside_days(fetched) if "weights" not in columns), fetched
    fetched.clear()
    predicted = model.predict("52W")
    assert fetched == []
    [step] = in_python(predicted)
    assert step.startswith("MapInArrow")
    assert predicted.rdd.getNumPartitions() == PARTITIONS
    assert predicted.count() == len(summary)
    bounds = model.predict("52W", interval=0.9)
    assert all(columns[-1] == "weights" for _, columns in fetched), (
        "parameters are drawn from the same evidence"
    )
    assert len(in_python(bounds)) == 1
