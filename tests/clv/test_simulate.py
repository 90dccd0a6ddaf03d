"""A simulated log: the laws behind it are recovered."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm

LAW = clv.BGNBD(r=0.6, alpha=8.0, a=0.8, b=3.0)
SPEND = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)


def test_a_fit_finds_the_laws_again():
    log = clv.simulate(LAW, SPEND, customers=6_000, rng=np.random.default_rng(1))
    # Times of day are finer than the days of a fit, and a day's orders are one: close, not exact.
    model = clv.fit(log, unit="W", end="2025-12-28")
    for fit, truth in ((model.purchases, LAW), (model.spend, SPEND)):
        for name, value in fit.parameters.items():
            assert value == pytest.approx(getattr(truth, name), rel=0.15), name


def test_the_log_lies_within_its_time_and_everybody_is_in_it():
    log = clv.simulate(
        LAW, SPEND, customers=500, rng=np.random.default_rng(2), start="2020-02-01", observed="60W"
    )
    assert log["customer_id"].nunique() == 500
    assert log["date"].between("2020-02-01", pd.Timestamp("2020-02-01") + pd.Timedelta(weeks=60)).all()
    assert (
        log.groupby("customer_id")["date"].min() <= pd.Timestamp("2020-02-01") + pd.Timedelta(weeks=52)
    ).all()
    assert (log["amount"] > 0).all()
    assert log["date"].is_monotonic_increasing


def test_the_same_generator_gives_the_same_log():
    one, other = (clv.simulate(LAW, SPEND, customers=50, rng=np.random.default_rng(3)) for _ in range(2))
    pd.testing.assert_frame_equal(one, other)


def test_what_cannot_be_is_refused():
    with pytest.raises(rfm.DataError, match="Customers join for 364 days and the log is 70 days long"):
        clv.simulate(LAW, SPEND, rng=np.random.default_rng(4), observed="10W")
    with pytest.raises(rfm.DataError, match="bg-bb counts periods, not time"):
        clv.simulate(clv.BGBB(1.2, 0.75, 0.66, 2.78), SPEND, rng=np.random.default_rng(5))


def test_a_season_stretches_the_time_of_all_that_happens():
    closed = clv.Season.from_factors(pd.Series([0.0] + [1.0] * 10 + [3.0], index=range(1, 13)))
    log = clv.simulate(
        LAW,
        SPEND,
        4_000,
        rng=np.random.default_rng(4),
        start="2024-01-01",
        joining="366D",
        observed="366D",
        season=closed,
    )
    month = log["date"].dt.month.value_counts()
    assert 1 not in month
    first = log.groupby("customer_id")["date"].min().dt.month.value_counts()
    assert first[12] / first[11] == pytest.approx(3 * 31 / 30, rel=0.15)
    with pytest.raises(rfm.DataError, match=r"season must be a clv\.Season; got 'auto'"):
        clv.simulate(LAW, SPEND, 10, rng=np.random.default_rng(4), season="auto")


@pytest.mark.parametrize("k", [1, 4])
def test_regular_buyers_have_gaps_of_k_phases(k):
    """The variance of the first of two gaps as a share of both is that of Beta(k, k), 1/(4(2k + 1))."""
    law = clv.BGCNBD(r=2.0, alpha=2.0, a=0.1, b=50.0, k=k)
    log = clv.simulate(
        law,
        clv.GammaGamma(6.25, 3.74, 15.44),
        4_000,
        rng=np.random.default_rng(1),
        joining="0W",
        observed="400W",
    )
    gaps = log.groupby("customer_id")["date"].diff().dt.total_seconds()
    second, third = (gaps[log.groupby("customer_id").cumcount() == place].to_numpy() for place in (1, 2))
    rows = [
        log.loc[log.groupby("customer_id").cumcount() == place, "customer_id"].to_numpy() for place in (1, 2)
    ]
    first = dict(zip(rows[0], second, strict=True))
    share = np.array([first[who] for who in rows[1]]) / (third + np.array([first[who] for who in rows[1]]))
    assert np.var(share) == pytest.approx(1 / (4 * (2 * k + 1)), rel=0.06)
