"""Data shared by the tests of `clv`."""

from __future__ import annotations

import functools

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._laws import registry


@pytest.fixture(autouse=True)
def own_registry(monkeypatch):
    """What a test registers is forgotten after it, whichever test runs next in the same process."""
    monkeypatch.setattr(registry, "_known", dict(registry._known))
    monkeypatch.setattr(registry, "_seen", set(registry._seen))
    return registry


@pytest.fixture(scope="session")
def cdnow_summary() -> pd.DataFrame:
    """CDNOW's sample of 2,357 customers, in weeks, calibrated to 1997-09-30. Do not change it."""
    return clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")


FACTORS = np.array([0.75] * 10 + [2.25] * 2)
SHOP_LAW = clv.BGNBD(r=0.8, alpha=9.0, a=0.7, b=2.5)


@functools.cache
def _christmas() -> clv.Season:
    return clv.Season.from_factors(pd.Series(FACTORS, index=range(1, 13)))


@functools.cache
def _four_years() -> pd.DataFrame:
    return clv.simulate(
        SHOP_LAW,
        clv.GammaGamma(p=6.25, q=3.74, gamma=15.44),
        3_000,
        rng=np.random.default_rng(5),
        start="2019-01-01",
        joining="1461D",
        observed="1461D",
        season=_christmas(),
    )


@pytest.fixture(scope="session")
def christmas() -> clv.Season:
    """November and December with three times the rate of the other months."""
    return _christmas()


@pytest.fixture(scope="session")
def shop() -> pd.DataFrame:
    """Four years of a shop with that season; the fourth is there to be predicted. Do not change it."""
    return _four_years()


@pytest.fixture(scope="session")
def past() -> pd.DataFrame:
    """Its first three years, 2019 to 2021."""
    log = _four_years()
    return log[log["date"] < "2022-01-01"]


@pytest.fixture(scope="session")
def seasonal(past: pd.DataFrame) -> clv.CustomerModel:
    """A model of these, with a factor for each month."""
    return clv.fit(past, season="month", end="2021-12-31")
