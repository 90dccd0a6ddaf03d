"""Data shared by the tests of `clv`."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm


@pytest.fixture(scope="session")
def cdnow_summary() -> pd.DataFrame:
    """CDNOW's sample of 2,357 customers, in weeks, calibrated to 1997-09-30. Do not change it."""
    return clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")


FACTORS = np.array([0.75] * 10 + [2.25] * 2)
SHOP_LAW = clv.BGNBD(r=0.8, alpha=9.0, a=0.7, b=2.5)


@pytest.fixture(scope="session")
def christmas() -> clv.Season:
    return clv.Season.from_factors(pd.Series(FACTORS, index=range(1, 13)))


@pytest.fixture(scope="session")
def shop(christmas: clv.Season) -> pd.DataFrame:
    """Four years of 3,000 customers; the fourth is there to be predicted."""
    return clv.simulate(
        SHOP_LAW,
        clv.GammaGamma(p=6.25, q=3.74, gamma=15.44),
        3_000,
        rng=np.random.default_rng(5),
        start="2019-01-01",
        joining="1461D",
        observed="1461D",
        season=christmas,
    )


@pytest.fixture(scope="session")
def past(shop: pd.DataFrame) -> pd.DataFrame:
    """The first three years."""
    return shop[shop["date"] < "2022-01-01"]


@pytest.fixture(scope="session")
def seasonal(past: pd.DataFrame) -> clv.CustomerModel:
    return clv.fit(past, season="month", end="2021-12-31")
