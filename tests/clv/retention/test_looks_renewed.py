"""Whether gaps are those of payments: by the gaps themselves, and by their means."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._retention.looks_renewed import LENGTHS, advice_for, renewed_every


def test_lengths_are_found_with_days_of_delay():
    rng = np.random.default_rng(1)
    for length in LENGTHS:
        if length.key == "four weeks":  # its gaps are those of a month, too
            continue
        middle = (length.low + length.high) // 2
        slack = (length.high - length.low) // 2
        gaps = middle + rng.integers(-slack, slack + 1, 600)
        found, renewed, looked_at = renewed_every(np.repeat(np.arange(100), 6), gaps)
        assert (found.key, renewed, looked_at) == (length.key, 100, 100)


@pytest.mark.parametrize("shape", [1, 3])
@pytest.mark.parametrize("mean", [7, 30.4, 91])
def test_poisson_and_erlang_buyers_are_none_even_if_all_have_one_rate(shape, mean):
    rng = np.random.default_rng(2)
    gaps = np.maximum(np.rint(rng.gamma(shape, mean / shape, 20_000)), 1).astype(np.int64)
    _, renewed, looked_at = renewed_every(np.repeat(np.arange(4_000), 5), gaps)
    assert renewed < 0.1 * looked_at


def test_advice_is_given_for_months_and_not_for_cdnow():
    assert advice_for(clv.summarize(rfm.datasets.cdnow_sample()), "W") is None
    x = np.arange(2, 42)
    monthly = pd.DataFrame({"frequency": x, "recency": x * 365.25 / 12 / 7, "T": 300.0})
    assert "100% of the customers with two repeat purchases or more buy once a month" in advice_for(
        monthly, "W"
    )
    assert advice_for(monthly.head(20), "W") is None  # too few to say
