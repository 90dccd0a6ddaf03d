"""Contracts for the tests of this folder."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from clv._retention.renewal_period import RenewalPeriod


def contracts_of(
    law: Any, n: int, rng: np.random.Generator, *, period: str = "1M", days: int = 1400
) -> pd.DataFrame:
    """All contracts of a law, with their ends however late, begun over some days from 2020-01-01."""
    start = np.datetime64("2020-01-01", "D").astype(np.int64) + rng.integers(0, days, n)
    lasted = np.minimum(law.simulate(n, rng), 2_000).astype(np.int64)
    end = RenewalPeriod.of(period).date(start, lasted)
    dates = {
        name: each.astype("datetime64[D]").astype("datetime64[s]")
        for name, each in (("start", start), ("end", end))
    }
    return pd.DataFrame({"customer_id": np.arange(n), **dates})


def seen_until(contracts: pd.DataFrame, day: str) -> pd.DataFrame:
    """What is known on a day: contracts that have begun, and ends that have come."""
    begun = contracts[contracts["start"] <= day].reset_index(drop=True)
    return begun.assign(end=begun["end"].where(begun["end"] <= day))


@pytest.fixture(scope="session")
def make():
    return contracts_of


@pytest.fixture(scope="session")
def seen():
    return seen_until
