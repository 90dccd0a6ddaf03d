"""What could take for ever is refused at once, with the number that was asked for."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest

import clv
import clv.plot
import rfm
import rfm.plot
from rfm import DataError

LAW = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
SPEND = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)
Log = pd.DataFrame

REFUSED: dict[str, tuple[str, Callable[[Log, clv.CustomerModel], Any]]] = {
    "forecast by day": ("365,250 periods", lambda log, model: model.forecast("1000Y", every="1D")),
    "forecast by month": ("12,001 periods", lambda log, model: model.forecast("1000Y", every="1M")),
    "forecast by unit": ("52,179 periods", lambda log, model: model.forecast("1000Y")),
    "forecast for ever": ("finite", lambda log, model: model.forecast("inf", every="1D")),
    "snapshots": ("periods", lambda log, model: rfm.snapshots(far(log), "1D")),
    "trend": ("periods", lambda log, model: rfm.trend(far(log), "1D", lapsed_after=90)),
    "cohorts": ("periods", lambda log, model: rfm.cohorts(far(log), "1D")),
    "base report": ("at most 2,000", lambda log, model: rfm.base_report(far(log), "1W")),
    "path": ("1000000000", lambda log, model: moved(log).expected_path(periods=10**9)),
    "backtest": ("fits of every law", lambda log, model: clv.backtest(log, "2D", origins=10**9)),
    "simulation": ("1000000000000", lambda log, model: clv.simulate(LAW, SPEND, customers=10**12, rng=rng())),
    "tracking": ("periods", lambda log, model: tracked(log)),
    "history": ("days after", lambda log, model: clv.plot.p_alive_history(model, log, 4, until="9999-12-31")),
    "matrix": ("10000", lambda log, model: clv.plot.p_alive_matrix(LAW, max_frequency=10**9, T=39)),
    "counts": ("10000", lambda log, model: clv.plot.purchase_counts(model, most=10**9)),
    "top customers": ("1000", lambda log, model: clv.plot.top_customers(model.predict(), 10**9)),
    "exposure": ("1,000", lambda log, model: clv.plot.exposure(rfm.datasets.cdnow_sample(), 10**9)),
    "scores": ("1 to 100", lambda log, model: rfm.plot.heatmap(rfm.score(log).assign(R=10**9))),
}


def far(log: Log) -> rfm.Transactions:
    dates = log["date"].where(log.index > 0, pd.Timestamp("1901-01-01"))
    return rfm.Transactions(log.assign(date=dates), far_dates="keep")


def moved(log: Log) -> Any:
    return rfm.migration(rfm.snapshots(log, "1Q", scheme="value"))


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def tracked(log: Log) -> Any:
    return clv.plot.tracking_data(LAW, log, end="1997-09-30", until="9999-12-31", unit="D")


@pytest.fixture(scope="module")
def log() -> Log:
    few = rfm.datasets.cdnow_sample()
    return few[few["customer_id"] <= 200].reset_index(drop=True)


@pytest.fixture(scope="module")
def model(log: Log) -> clv.CustomerModel:
    return clv.fit(log)


@pytest.mark.parametrize("name", REFUSED)
def test_what_has_no_end_is_refused_with_its_number(name: str, log: Log, model: clv.CustomerModel) -> None:
    number, call = REFUSED[name]
    began = time.process_time()
    with pytest.raises(DataError, match=number):
        call(log, model)
    assert time.process_time() - began < 5  # it hung for hours, or ran out of memory
