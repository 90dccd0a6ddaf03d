"""The long run compared with many steps of the chain itself."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from rfm._dynamics.markov_chain import closed_classes, long_run, path

sizes = st.integers(1, 7)


@st.composite
def chains(draw):
    """Rates with many zeros, so that groups close and cycles arise, and shares to start from."""
    size = draw(sizes)
    weights = draw(arrays.arrays(np.int64, (size, size), elements=st.sampled_from([0, 0, 0, 1, 2, 5])))
    weights += np.diag(weights.sum(axis=1) == 0)
    start = draw(arrays.arrays(np.int64, size, elements=st.integers(0, 9)))
    start[0] += start.sum() == 0
    return weights / weights.sum(axis=1, keepdims=True), start / start.sum()


def run_long(rates: np.ndarray, start: np.ndarray) -> np.ndarray:
    """The lazy chain, (1 + P)/2, stays and enters as P does and has no cycles: its limit is P's mean."""
    lazy = (np.eye(len(rates)) + rates) / 2
    for _ in range(40):
        lazy = lazy @ lazy
        lazy /= lazy.sum(axis=1, keepdims=True)
    return start @ lazy


@given(chains())
def test_the_long_run_is_where_the_chain_ends(chain):
    rates, start = chain
    shares = long_run(rates, start)
    assert shares.sum() == pytest.approx(1)
    assert shares @ rates == pytest.approx(shares, abs=1e-12)
    assert shares == pytest.approx(run_long(rates, start), abs=1e-9)


@given(chains())
def test_closed_groups_are_disjoint_closed_and_connected(chain):
    rates, _ = chain
    groups = closed_classes(rates)
    assert len(groups) >= 1
    assert np.sum(groups, axis=0).max() <= 1
    for group in groups:
        within = rates[np.ix_(group, group)]
        assert within.sum(axis=1) == pytest.approx(1)
        reach = np.linalg.matrix_power(np.eye(len(within)) + within, len(within))
        assert (reach > 0).all()


def test_a_cycle_is_averaged():
    rates = np.array([[0.0, 1.0], [1.0, 0.0]])
    assert long_run(rates, np.array([1.0, 0.0])) == pytest.approx([0.5, 0.5])


def test_two_closed_groups_share_by_who_enters_them():
    rates = np.array([[0.2, 0.6, 0.2], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0]])
    assert long_run(rates, np.array([1.0, 0.0, 0.0])) == pytest.approx([0, 0.75, 0.25])


@given(chains(), st.integers(0, 5))
def test_the_path_steps_by_the_rates(chain, steps):
    rates, start = chain
    shares = path(rates, start, steps)
    assert shares.shape == (steps + 1, len(rates))
    assert shares.sum(axis=1) == pytest.approx(1)
    assert shares[-1] == pytest.approx(start @ np.linalg.matrix_power(rates, steps))
