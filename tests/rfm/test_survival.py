"""Kaplan–Meier against a published table and a known distribution."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rfm
from rfm._survival import kaplan_meier

# Weeks of remission under 6-mercaptopurine: Freireich et al. (1963), as in Cox & Oakes (1984), table 1.1.
REMISSION = [6, 6, 6, 7, 10, 13, 16, 22, 23]
CENSORED = [6, 9, 10, 11, 17, 19, 20, 25, 32, 32, 34, 35]


def test_the_published_curve_of_remissions():
    curve = kaplan_meier(REMISSION + CENSORED, [True] * len(REMISSION) + [False] * len(CENSORED))
    assert curve.times.tolist() == [6, 7, 10, 13, 16, 22, 23]
    assert curve.at_risk.tolist() == [21, 17, 15, 12, 11, 7, 6]
    assert curve.events.tolist() == [3, 1, 1, 1, 1, 1, 1]
    assert curve.survival == pytest.approx([0.857, 0.807, 0.753, 0.690, 0.627, 0.538, 0.448], abs=5e-4)
    published = [0.0764, 0.0869, 0.0963, 0.1068, 0.1141, 0.1282, 0.1346]  # R, survival::survfit
    assert curve.standard_error(curve.times) == pytest.approx(published, abs=5e-5)
    assert curve.quantile(0.5) == 23
    assert np.isnan(curve.quantile(0.6))
    assert curve.longest == 35
    assert np.isnan(curve.at(36.0))
    assert curve.at([5.9, 6, 35]) == pytest.approx([1, 0.857, 0.448], abs=5e-4)


def test_the_curve_levels_off_where_half_never_come():
    rng = np.random.default_rng(1)
    n = 20_000
    due = np.where(rng.random(n) < 0.5, rng.exponential(30, n), np.inf)
    watched = rng.uniform(0, 400, n)
    curve = kaplan_meier(np.minimum(due, watched), due <= watched)
    assert curve.reached(30.0) == pytest.approx(0.5 * (1 - np.exp(-1)), abs=0.012)
    assert curve.plateau == pytest.approx(0.5, abs=0.012)


def test_nobody_and_no_event():
    assert kaplan_meier([], []).plateau == 0
    assert kaplan_meier([3.0], [False]).at([2.0, 4.0]) == pytest.approx([1, np.nan], nan_ok=True)
    everybody = kaplan_meier([1, 2], [True, True])
    assert everybody.plateau == 1
    assert everybody.standard_error(2.0) == 0
    assert everybody.at(3.0) == 0  # nobody is left to whom anything could happen


def test_order_does_not_matter():
    rng = np.random.default_rng(2)
    t, event = rng.integers(0, 20, 200), rng.random(200) < 0.6
    mixed = rng.permutation(200)
    one, other = kaplan_meier(t, event), kaplan_meier(t[mixed], event[mixed])
    assert one.survival.tolist() == other.survival.tolist()


def test_what_is_no_duration_is_refused():
    with pytest.raises(rfm.DataError, match=r"at least 0; got -1.0\. Hint"):
        kaplan_meier([1, -1], [True, True])
    with pytest.raises(rfm.DataError, match=r"at least 0; got nan"):
        kaplan_meier([1, np.nan], [True, True])
    with pytest.raises(rfm.DataError, match=r"got shapes \(2,\) and \(1,\)"):
        kaplan_meier([1, 2], [True])


def test_counts_stand_for_repeated_durations() -> None:
    rng = np.random.default_rng(3)
    t, happened, counts = rng.integers(0, 9, 50), rng.random(50) < 0.6, rng.integers(0, 4, 50)
    few, many = kaplan_meier(t, happened, counts), kaplan_meier(t.repeat(counts), happened.repeat(counts))
    assert few.at(np.arange(9)) == pytest.approx(many.at(np.arange(9)), nan_ok=True)
    assert few.standard_error(np.arange(8)) == pytest.approx(many.standard_error(np.arange(8)), nan_ok=True)


def counted(length, ended, censored):
    """The curve of lengths, of which so many ended and so many were cut short."""
    event = np.repeat([True, False], len(length))
    return kaplan_meier(np.tile(length, 2), event, np.concatenate([ended, censored]))


@given(st.lists(st.tuples(st.integers(1, 9), st.integers(0, 5), st.integers(0, 5)), min_size=1, max_size=15))
def test_kaplan_meier_is_statsmodels(rows):
    duration = pytest.importorskip("statsmodels.duration.survfunc")
    length, ended, censored = np.array(rows).T
    if ended.sum() == 0:
        assert len(counted(length, ended, censored).times) == 0
        return
    time = np.concatenate([length.repeat(ended), length.repeat(censored)])
    status = np.concatenate([np.ones(ended.sum()), np.zeros(censored.sum())])
    known = duration.SurvfuncRight(time, status)
    curve = counted(length, ended, censored)
    assert curve.times.tolist() == known.surv_times.tolist()
    assert curve.survival == pytest.approx(known.surv_prob, abs=1e-12)
