"""Every plot's test also checks that the plot had no side effects."""

import matplotlib as mpl
import pandas as pd
import pytest

import clv
import rfm


def settings():
    """Every rcParam but the backend, whose reading alone would load pyplot."""
    return {key: mpl.rcParams[key] for key in mpl.rcParams if key != "backend"}


@pytest.fixture(autouse=True)
def nothing_global_changes():
    before = settings()
    yield
    assert settings() == before


@pytest.fixture(scope="session")
def log():
    return rfm.datasets.cdnow_sample()


@pytest.fixture(scope="session")
def law():
    return clv.BGNBD(r=0.2426, alpha=4.4136, a=0.7929, b=2.4259)


@pytest.fixture(scope="session")
def model(log):
    return clv.fit(log, unit="W", end="1997-09-30")


@pytest.fixture
def small():
    """Two customers: 1 bought on days 0, 10 and 20, 2 on day 5 only."""
    days = [0, 10, 20, 5]
    return pd.DataFrame(
        {
            "customer_id": [1, 1, 1, 2],
            "date": pd.Timestamp("2024-01-01") + pd.to_timedelta(days, unit="D"),
            "amount": 10.0,
        }
    )
