"""A model that knows its past errors."""

from __future__ import annotations

import pandas as pd
import pytest

import clv
import rfm


@pytest.fixture(scope="session")
def sample() -> pd.DataFrame:
    """The orders of CDNOW's sample. Do not change them."""
    return rfm.datasets.cdnow_sample()


@pytest.fixture(scope="session")
def model(sample) -> clv.CustomerModel:
    """MBG/NBD until 1997-12-31, with its past errors."""
    return clv.fit(sample, "mbg-nbd", end="1997-12-31").with_past_errors(sample)
