"""Every plot's test also checks that the plot had no side effects."""

import matplotlib as mpl
import numpy as np
import pandas as pd
import pytest


def settings():
    """Every rcParam but the backend, whose reading alone would load pyplot."""
    return {key: mpl.rcParams[key] for key in mpl.rcParams if key != "backend"}


@pytest.fixture(autouse=True)
def nothing_global_changes():
    before = settings()
    yield
    assert settings() == before


def customers(n, segments=3, seed=0):
    """A segmented table: one row per customer."""
    rng = np.random.default_rng(seed)
    names = [f"segment {i}" for i in range(segments)]
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "recency": rng.integers(0, 400, n),
            "frequency": rng.integers(1, 12, n),
            "monetary": rng.gamma(2.0, 40.0, n),
            "R": rng.integers(1, 6, n),
            "F": rng.integers(1, 6, n),
            "M": rng.integers(1, 6, n),
            "segment": pd.Categorical.from_codes(rng.integers(0, segments, n), names, ordered=True),
        }
    )


@pytest.fixture(params=[3, 30])
def segmented(request):
    return customers(600, request.param)


@pytest.fixture
def nobody():
    return customers(0)


@pytest.fixture
def one_customer():
    return customers(1, 1)
