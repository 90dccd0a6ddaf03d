"""When inactivity becomes alarming."""

from __future__ import annotations

import numpy as np
import pytest

from clv._laws import BGBB, BGNBD, MBGNBD, ParetoNBD
from clv._values.due import due_columns, silence_until
from rfm.errors import DataError

CDNOW = BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
ALL = [
    CDNOW,
    MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614),
    ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669),
]
X, TX, T = np.array([1.0, 2.0, 10.0]), np.array([5.0, 30.0, 38.0]), np.array([38.0, 38.0, 38.0])


@pytest.mark.parametrize("law", ALL, ids=lambda law: law.name)
@pytest.mark.parametrize("threshold", [0.1, 0.5, 0.7])
def test_p_alive_is_the_threshold_after_the_silence(law, threshold):
    silence, never = silence_until(law, X, TX, T, threshold, 5000.0)
    assert not never.any()
    at_once = law.p_alive(X, TX, TX) < threshold
    assert (silence[at_once] == 0).all()
    rest = ~at_once
    reached = law.p_alive(X[rest], TX[rest], TX[rest] + silence[rest])
    assert reached == pytest.approx(np.full(rest.sum(), threshold), rel=1e-9)


def test_bg_nbd_equals_its_closed_form():
    # Fader, Hardie & Lee (2008), "Computing P(alive) using the BG/NBD model":
    # 1 / (1 + a/(b+x−1) ((α+T)/(α+t_x))^(r+x)).
    r, alpha, a, b = CDNOW.r, CDNOW.alpha, CDNOW.a, CDNOW.b
    silence, _ = silence_until(CDNOW, X, TX, T, 0.5, 5000.0)
    closed = (alpha + TX) * (((b + X - 1) / a) ** (1 / (r + X)) - 1)
    assert silence == pytest.approx(closed, rel=1e-9)


def test_due_is_the_first_day_below_the_threshold():
    end = 10_000
    columns = due_columns(CDNOW, X, TX, T, threshold=0.5, unit_days=7.0, end=end)
    day = columns["due"].astype("datetime64[D]").astype(int)
    later = (day - end) / 7.0
    for shift, below in ((0.0, True), (-1 / 7.0, False)):
        assert ((CDNOW.p_alive(X, TX, T + later + shift) < 0.5) == below).all()
    assert (columns["due_note"] == "").all()


def test_bg_bb_falls_below_the_threshold_after_a_whole_number_of_periods():
    law = BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783)
    x, t_x, n = np.array([0.0, 2.0, 6.0]), np.array([0.0, 3.0, 6.0]), np.full(3, 6.0)
    silence, never = silence_until(law, x, t_x, n, 0.5, 1200.3)
    assert not never.any()
    assert (silence == np.round(silence)).all()
    assert (law.p_alive(x, t_x, t_x + silence) < 0.5).all()
    assert (law.p_alive(x, t_x, t_x + silence - 1) >= 0.5).all()


def test_bg_nbd_never_doubts_a_one_time_buyer_and_says_so():
    columns = due_columns(
        CDNOW, np.zeros(1), np.zeros(1), np.array([38.0]), threshold=0.5, unit_days=7.0, end=10_000
    )
    assert np.isnat(columns["due"][0])
    assert columns["due_note"][0] == "never in doubt"


def test_other_laws_do_doubt_a_one_time_buyer():
    for law in ALL[1:]:
        columns = due_columns(
            law, np.zeros(1), np.zeros(1), np.array([38.0]), threshold=0.5, unit_days=7.0, end=10_000
        )
        assert not np.isnat(columns["due"][0])


def test_beyond_a_century_is_said():
    slow = ParetoNBD(r=1.0, alpha=1e6, s=0.01, beta=1e7)
    columns = due_columns(
        slow, np.zeros(1), np.zeros(1), np.array([1.0]), threshold=0.5, unit_days=7.0, end=10_000
    )
    assert np.isnat(columns["due"][0])
    assert columns["due_note"][0] == "not within a century"


@pytest.mark.parametrize("threshold", [0.0, 1.0, -3.0, float("nan")])
def test_a_threshold_outside_is_refused(threshold):
    with pytest.raises(DataError, match="threshold must lie between 0 and 1"):
        silence_until(CDNOW, X, TX, T, threshold, 100.0)
