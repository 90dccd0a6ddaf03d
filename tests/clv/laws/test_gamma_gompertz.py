"""Lifetimes of the gamma/Gompertz distribution, and panels of a quadrature over them."""

from __future__ import annotations

import numpy as np
import pytest

from clv._laws.gamma_gompertz import Dropping, Lifetimes, Surviving, edges, panels

B, S, BETA = (
    np.array([0.05, 1e-9, 2.0, 0.3]),
    np.array([0.6, 2.0, 1e4, 0.01]),
    np.array([4.0, 1e-8, 1e9, 1.0]),
)
LIFE = Lifetimes(B, S, BETA)


def test_survivors_are_survivors_of_the_same_law() -> None:
    first, then = np.array([5.0, 3.0, 8.0, 40.0]), np.array([20.0, 10.0, 4.0, 1.0])
    later = Lifetimes(B, S, LIFE.aged(first))
    assert np.allclose(LIFE.alive(first) * later.alive(then), LIFE.alive(first + then), rtol=1e-12)


def test_a_fall_comes_at_its_time() -> None:
    for fall in (1e-12, 0.1, 5.0, 800.0):
        time = LIFE.time_of(np.full(4, fall))
        assert np.allclose(LIFE.fall(time), fall, rtol=1e-6)


def test_falls_of_long_times_are_finite() -> None:
    with np.errstate(all="raise"):
        assert np.allclose(LIFE.fall(np.full(4, 1e12))[[0, 2]], [5e10, 2e12], rtol=1e-6)


def test_what_is_lost_is_the_integral_of_the_density() -> None:
    """With no purchases to come (R = 0+) those who leave until the end are 1 − S(end)."""
    end = np.array([60.0, 100.0, 12.0, 500.0])
    path = Dropping(np.full(4, 1e-300), np.ones(4), LIFE, end)
    mass = np.zeros(4)
    for rows, time, weights in panels(path, np.zeros(4)):
        some, lives = LIFE.take(rows), LIFE.take(rows).columns()
        density = lives.alive(time) / lives.aged(time) * (some.s * some.b)[:, None]
        mass[rows] = np.sum(density * weights, axis=1)
    assert np.allclose(mass, 1 - LIFE.alive(end), rtol=1e-12)


@pytest.mark.parametrize(
    "path",
    [Dropping(np.full(4, 3.0), np.full(4, 10.0), LIFE, np.full(4, 1e9)), Surviving(LIFE, np.full(4, 1e9))],
)
def test_panels_are_few_and_end_where_nothing_is_left(path: Dropping | Surviving) -> None:
    ends, count = edges(path, np.zeros(4))
    assert count.max() < 60
    assert np.all(np.diff(ends, axis=1) >= 0)
    assert np.all(ends[[0, 2], -1] < 1e9)


def test_an_integral_over_nothing_has_no_panels() -> None:
    assert list(panels(Surviving(LIFE, np.zeros(4)), np.zeros(4))) == []
