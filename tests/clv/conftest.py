"""Data shared by the tests of `clv`."""

from __future__ import annotations

import pandas as pd
import pytest

import clv
import rfm


@pytest.fixture(scope="session")
def cdnow_summary() -> pd.DataFrame:
    """CDNOW's sample of 2,357 customers, in weeks, calibrated to 1997-09-30. Do not change it."""
    return clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
