"""Snapshots and what follows from them on every engine: the same rows as pandas, of the kind that came in."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import rfm

EDGES = {"R": [120, 60, 30, 10], "F": [1, 2, 3, 5], "M": [5.0, 20.0, 50.0, 90.0]}
DATES = ["2023-06-30", "2024-03-31"]
KEYS = [
    "date_from",
    "date",
    "cohort",
    "period",
    "segment",
    "segment_from",
    "segment_to",
    "metric",
    "age",
    "customer_id",
]


def log_of(customers: int, rows: int, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    date = pd.Timestamp("2023-01-15") + pd.to_timedelta(rng.integers(0, 480, rows), unit="D")
    table = pd.DataFrame(
        {"customer_id": rng.integers(0, customers, rows), "date": date.astype("datetime64[us]")}
    )
    return table.assign(amount=np.round(rng.normal(20, 15, rows), 2))


def everything(tx: Any, then: Any) -> dict[str, Any]:
    """Every function of `rfm._dynamics` on one log, with small tables where the engine lets them be small."""
    scorer = rfm.Scorer.fit(rfm.summarize(tx, as_of=DATES[0]), edges=EDGES)
    snaps = rfm.snapshots(tx, dates=DATES, scorer=scorer)
    moved = rfm.migration(snaps)
    return {
        "snapshots": snaps,
        "moves": moved.moves,
        "dwell": moved.dwell,
        "long run": moved.long_run,
        "cohorts": rfm.cohorts(tx, "1Q"),
        "trend": rfm.trend(tx, "1Q"),
        "trend by segment": rfm.trend(tx, "1Y", segments=then),
        "drift": rfm.drift(scorer, rfm.summarize(tx)).table,
    }


def sorted_rows(table: pd.DataFrame) -> pd.DataFrame:
    for name in table:
        if name.startswith("segment") or name == "metric":
            table[name] = table[name].astype(str)
    keys = [name for name in KEYS if name in table]
    return table.sort_values(keys).reset_index(drop=True)


def assert_one_answer(constructor, to_pandas, log: pd.DataFrame) -> None:
    customers = pd.DataFrame({"customer_id": np.unique(log["customer_id"])})
    then = customers.assign(segment=np.where(customers["customer_id"] % 3 == 0, "b", "a"))
    known = everything(rfm.Transactions(log), then)
    native = constructor(log)
    found = everything(rfm.Transactions(native), constructor(then))
    for name, table in found.items():
        assert type(table) is type(native), name
        columns = list(known[name].columns)
        pd.testing.assert_frame_equal(
            sorted_rows(to_pandas(table))[columns],
            sorted_rows(to_pandas(known[name])),
            check_dtype=False,
            rtol=1e-9,
        )


@pytest.mark.slow_on("dask", "spark")
def test_every_engine_gives_one_answer(constructor, to_pandas):
    assert_one_answer(constructor, to_pandas, log_of(150, 1_500))


@pytest.mark.slow_on("spark")
def test_rules_beyond_scores_and_order_ids_on_every_engine(constructor, to_pandas):
    log = log_of(60, 500).assign(order=np.random.default_rng(1).integers(0, 200, 500))
    ids = pd.DataFrame({"customer_id": np.arange(60)})
    scheme = rfm.Scheme.load("classic").with_segment("fan", "nps >= 8 and spend > 30", before="VIP")
    one = rfm.summarize(log_of(1, 1).assign(amount=1.0)).assign(order_ids=1)
    scorer = rfm.Scorer.fit(one, edges=EDGES, frequency="orders")

    def snaps(table: Any, attributes: Any) -> pd.DataFrame:
        tx = rfm.Transactions(table, order_id="order")
        options = {"dates": DATES, "scheme": scheme, "attributes": attributes, "scorer": scorer}
        return sorted_rows(to_pandas(rfm.snapshots(tx, **options)))

    attributes = ids.assign(nps=np.arange(60) % 11)
    pd.testing.assert_frame_equal(
        snaps(constructor(log), constructor(attributes)), snaps(log, attributes), check_dtype=False
    )


@pytest.mark.slow
def test_every_engine_gives_one_answer_on_a_large_log(constructor, to_pandas):
    assert_one_answer(constructor, to_pandas, log_of(30_000, 150_000))
