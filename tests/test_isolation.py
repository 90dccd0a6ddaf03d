"""Threads, processes and interrupts: the same numbers, and nothing left behind."""

from __future__ import annotations

import gc
import multiprocessing
import pickle
import tempfile
import warnings
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest

import clv
import clv.errors
import rfm
import rfm.errors
from clv._fits.likelihood import Likelihood


@pytest.fixture(scope="module")
def log() -> pd.DataFrame:
    few = rfm.datasets.cdnow_sample()
    return few[few["customer_id"] % 10 == 0].reset_index(drop=True)


@pytest.fixture(scope="module")
def model(log: pd.DataFrame) -> clv.CustomerModel:
    return clv.fit(log, end="1997-09-30")


ASKED = (
    lambda model: model.predict("4W", interval=0.8),
    lambda model: model.due(),
    lambda model: model.total(horizon="4W").reset_index(),
    lambda model: model.purchases.table(),
)


def answers(model: clv.CustomerModel) -> list[Any]:
    return [ask(model) for ask in ASKED]


def assert_same(found: list[Any], wanted: list[Any]) -> None:
    """Equal but for rounding: the memory of threads is aligned otherwise, and OpenBLAS 0.3.23 sums accordingly."""
    for left, right in zip(found, wanted, strict=True):
        pd.testing.assert_frame_equal(left, right, rtol=1e-13, atol=0.0)


@pytest.mark.nightly
def test_one_model_answers_eight_threads_alike(log: pd.DataFrame, model: clv.CustomerModel) -> None:
    fresh = clv.fit(log, end="1997-09-30")  # with nothing computed yet
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda ask: ask(fresh), ASKED * 2))
    assert_same(found, answers(model) * 2)


def test_fits_in_threads_equal_those_in_turn(log: pd.DataFrame, model: clv.CustomerModel) -> None:
    laws = ["bg-nbd", "mbg-nbd"] * 4
    with ThreadPoolExecutor(8) as threads:
        found = list(threads.map(lambda law: clv.fit(log, law, end="1997-09-30").purchases.law, laws))
    assert found == [clv.fit(log, law, end="1997-09-30").purchases.law for law in laws]
    assert found[0] == model.purchases.law


@pytest.mark.slow
@pytest.mark.parametrize("start", ["fork", "spawn"])
def test_another_process_answers_alike(model: clv.CustomerModel, start: str) -> None:
    with multiprocessing.get_context(start).Pool(1) as pool:
        assert_same([pool.apply(predicted, (model,))], [predicted(model)])


def predicted(model: clv.CustomerModel) -> pd.DataFrame:
    return model.predict("4W", interval=0.8)


def test_what_is_public_crosses_processes(log: pd.DataFrame, model: clv.CustomerModel) -> None:
    assert_same([predicted(pickle.loads(pickle.dumps(model)))], [predicted(model)])
    summary, scheme = rfm.summarize(log), rfm.Scheme.load("classic")
    scorer, base = rfm.Scorer.fit(summary), rfm.CustomerBase.of(log)
    assert pickle.loads(pickle.dumps(scheme)) == scheme
    assert_same([pickle.loads(pickle.dumps(scorer)).score(summary)], [scorer.score(summary)])
    assert_same([pickle.loads(pickle.dumps(base)).summary()], [base.summary()])
    snaps = rfm.snapshots(log, "1Q", scheme="value")
    assert_same([pickle.loads(pickle.dumps(rfm.migration(snaps))).moves], [rfm.migration(snaps).moves])


EXTRA = {"LateRowsError": (["ann"],), "RowError": (3, "count.")}


@pytest.mark.parametrize(
    "error",
    [
        getattr(module, name)
        for module in (rfm.errors, clv.errors)
        for name in module.__all__
        if isinstance(getattr(module, name), type)
    ],
)
def test_errors_cross_processes(error: type[Exception]) -> None:
    raised = error("ann\nlost", *EXTRA.get(error.__name__, ()))
    again = pickle.loads(pickle.dumps(raised))
    assert (type(again), str(again), vars(again)) == (error, str(raised), vars(raised))


def left_behind() -> tuple[Any, ...]:
    files = sorted(path.name for path in Path(tempfile.gettempdir()).glob("*rfm*"))
    return list(warnings.filters), np.geterr(), dict(mpl.rcParams), files


@pytest.mark.parametrize("calls", [1, 5, 20])
def test_an_interrupted_fit_leaves_nothing_behind(
    log: pd.DataFrame, model: clv.CustomerModel, monkeypatch: pytest.MonkeyPatch, calls: int
) -> None:
    before = left_behind()
    interrupt(monkeypatch, calls)
    with pytest.raises(KeyboardInterrupt):
        clv.fit(log, end="1997-09-30")
    assert left_behind() == before
    monkeypatch.undo()
    assert clv.fit(log, end="1997-09-30").purchases.law == model.purchases.law


def test_the_table_of_an_interrupted_fit_is_dropped_by_the_next(
    log: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    duckdb = pytest.importorskip("duckdb")
    with duckdb.connect() as session:
        session.register("orders", log)
        tables = "select table_name from information_schema.tables where table_name like 'rfm_kept_%'"
        interrupt(monkeypatch, 1)
        with pytest.raises(KeyboardInterrupt):
            clv.fit(session.sql("select * from orders"), end="1997-09-30")
        monkeypatch.undo()
        gc.collect()
        left = set(session.sql(tables).fetchall())
        clv.fit(session.sql("select * from orders"), end="1997-09-30")
        now = set(session.sql(tables).fetchall())
        assert not now & left  # tables are dropped when another is kept, since they may be in use until then
        assert len(now) <= max(len(left), 1)


def interrupt(monkeypatch: pytest.MonkeyPatch, after: int) -> None:
    """Ctrl+C at the n-th evaluation of the likelihood."""
    evaluate, left = Likelihood.__call__, iter(range(after))

    def called(self: Likelihood, *arguments: Any) -> Any:
        if next(left, None) is None:
            raise KeyboardInterrupt
        return evaluate(self, *arguments)

    monkeypatch.setattr(Likelihood, "__call__", called)
