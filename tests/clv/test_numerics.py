"""The numerical helpers against mpmath at 50 digits, where the plain formulas cancel."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from mpmath import mp, mpf

from clv import _numerics as numerics

SIZES = [1e-8, 0.3, 1.0, 2.5, 9.999, 10.0, 57.0, 1e4, 1e6, 1e13]


@pytest.fixture(autouse=True)
def fifty_digits():
    with mp.workdps(50):
        yield


def test_exp_underflows_in_silence() -> None:
    with np.errstate(all="raise"):
        assert np.array_equal(numerics.exp(np.array([-1e6, -np.inf, 0.0])), [0.0, 0.0, 1.0])


def test_softplus_and_log_add_at_every_size() -> None:
    with np.errstate(all="raise"):
        assert np.array_equal(numerics.softplus(np.array([-np.inf, -800.0, 800.0])), [0.0, 0.0, 800.0])
        u, v = np.array([-np.inf, -np.inf, 3.0, -1e5]), np.array([-np.inf, 2.0, 3.0, -1e5 - 1])
        added = numerics.log_add(u, v)
    assert added[0] == -np.inf
    assert added[1:] == pytest.approx([2.0, 3 + np.log(2), -1e5 + np.log1p(np.exp(-1))], rel=1e-15)
    assert numerics.softplus(np.array(-40.0)) == pytest.approx(float(mp.log1p(mp.exp(-40))), rel=1e-15)


@pytest.mark.parametrize("z", SIZES)
def test_stirling_remainder(z: float) -> None:
    exact = mp.loggamma(mpf(z)) - ((mpf(z) - 0.5) * mp.log(z) - z + mp.log(2 * mp.pi) / 2)
    assert numerics.stirling_remainder(np.array(z)) == pytest.approx(float(exact), rel=1e-12, abs=1e-15)


@pytest.mark.parametrize("z", SIZES)
@pytest.mark.parametrize("n", [0.0, 1e-6, 1.0, 7.0, 2e4, 1e9])
def test_log_rising_and_its_derivatives(z: float, n: float) -> None:
    value, first, second = numerics.rising_derivatives(np.array(z), np.array(n))
    exact = mp.loggamma(mpf(z) + n) - mp.loggamma(z)
    slope = mp.psi(0, mpf(z) + n) - mp.psi(0, z)
    bend = mp.psi(1, mpf(z) + n) - mp.psi(1, z)
    assert value == pytest.approx(float(exact), rel=1e-12, abs=1e-14)
    assert z * first == pytest.approx(float(z * slope), rel=1e-12, abs=1e-14)
    assert z * z * second == pytest.approx(float(z * z * bend), rel=1e-12, abs=1e-14)


@pytest.mark.parametrize("a", [1e-8, 0.8, 50, 1e6])
@pytest.mark.parametrize("b", [1e-8, 2.4, 1e6])
@pytest.mark.parametrize("m", [0, 1, 3.5, 1e20])
def test_log_beta_moment(a: float, b: float, m: float) -> None:
    with mp.workdps(80):
        exact = (
            mp.loggamma(mpf(b) + m) + mp.loggamma(mpf(a) + b) - mp.loggamma(b) - mp.loggamma(mpf(a) + b + m)
        )
    ours = numerics.log_beta_moment(np.array(a), np.array(b), np.array(m, dtype=float))
    assert ours == pytest.approx(float(exact), rel=1e-10, abs=1e-9)


@pytest.mark.parametrize(
    ("a", "b", "x", "y"),
    [
        (1, 0.243, 0.9, 0.1),
        (10, 0.243, 0.3, 0.7),
        (2000, 3, 0.5, 0.5),
        (20000, 0.243, 1e-3, 0.999),
        (7, 1e6, 1e-9, 1 - 1e-9),
        (500, 1e6, 1e-4, 0.9999),
        (50, 1e6, 1e-4, 0.9999),
        (1, 1e-8, 0.9, 0.1),
        (20000, 50, 0.99, 0.01),
    ],
)
def test_log_betainc(a: float, b: float, x: float, y: float) -> None:
    with np.errstate(all="raise"):
        ours = numerics.log_betainc(*map(np.array, (float(a), float(b), x, y)))
    x = 1 - mpf(y) if y < x else mpf(x)
    series, term, k = mpf(1), mpf(1), 0
    while term > series * mpf(10) ** -40:
        term *= (a + b + k) / mpf(a + 1 + k) * x
        series += term
        k += 1
    front = (
        a * mp.log(x)
        + b * mp.log1p(-x)
        - mp.log(a)
        + mp.loggamma(mpf(a) + b)
        - mp.loggamma(a)
        - mp.loggamma(b)
    )
    assert ours == pytest.approx(float(front + mp.log(series)), rel=1e-10, abs=1e-10)


@pytest.mark.parametrize("a", [1e-8, 0.5, 1, 29, 50, 1e6])
@pytest.mark.parametrize("b", [1e-8, 0.5, 3, 2e4, 1e6, 1e9])
def test_beta_expectation_of_known_means(a: float, b: float) -> None:
    """E[p^3 (1 − p)] and E[p^3 (1 − p)^400], the second of scale 400."""
    rows = [np.array([float(a)]), np.array([float(b)])]
    for power in (1.0, 400.0):
        ours = numerics.beta_expectation(
            lambda p, log_q, m: p**3 * np.exp(np.maximum(m * log_q, numerics.FLOOR)),
            *rows, np.array([power]), order=3, scale=np.array([power]),
        )  # fmt: skip
        with mp.workdps(80):
            exact = mp.beta(mpf(a) + 3, mpf(b) + power) / mp.beta(a, b)
        if exact > mpf(10) ** -290:
            assert ours[0] == pytest.approx(float(exact), rel=1e-10)


@given(
    st.integers(1, 200).flatmap(
        lambda n: st.tuples(
            arrays.arrays(float, n, elements=st.sampled_from([0.0, 1.0, 2.0, 1e9, 0.5, 1 / 7, -3.0])),
            arrays.arrays(float, n, elements=st.integers(0, 4).map(float)),
            arrays.arrays(float, n, elements=st.floats(0, 1)),
        )
    )
)
def test_unique_rows_return_every_row_once(columns: tuple[np.ndarray, ...]) -> None:
    first, inverse = numerics.unique_rows(*columns)
    for column in columns:
        assert np.array_equal(column[first][inverse], column)
    assert len(set(zip(*(column[first] for column in columns), strict=True))) == len(first)


def test_unique_rows_know_a_value_that_is_not_a_number() -> None:
    columns = (np.array([np.nan, 0.1, np.nan, 0.1]), np.array([np.nan, np.nan, np.nan, np.nan]))
    first, inverse = numerics.unique_rows(*columns)
    assert sorted(first) == [2, 3]
    assert np.array_equal(columns[0][first][inverse], columns[0], equal_nan=True)


def test_a_beta_expectation_at_numbers_beyond_a_double_is_not_known() -> None:
    a, scale = np.array([0.5, 0.5, 1.0]), np.array([np.inf, 2.0, np.nan])
    found = numerics.beta_expectation(
        lambda p, log_q, one: one * p**3 * np.exp(log_q), a, np.ones(3), np.ones(3), order=3, scale=scale
    )
    assert np.isnan(found).tolist() == [True, False, True]
    assert found[1] == pytest.approx(float(mp.beta(3.5, 2) / mp.beta(0.5, 1)), rel=1e-12)


def test_unique_rows_of_many_wide_columns_do_not_overflow() -> None:
    rng = np.random.default_rng(0)
    columns = [rng.random(5000) for _ in range(8)]
    first, inverse = numerics.unique_rows(*columns)
    assert len(first) == 5000
    assert np.array_equal(columns[7][first][inverse], columns[7])


def test_in_blocks_is_the_function_itself() -> None:
    x = np.arange(3 * numerics.BLOCK + 5, dtype=float)
    assert np.array_equal(numerics.in_blocks(lambda u, v: u + v, x, np.array(2.0)), x + 2)
    table = np.ones((2, numerics.BLOCK))
    assert np.array_equal(numerics.in_blocks(lambda u, v: u + v, table, table[0]), table + 1)


@pytest.mark.parametrize("n", [39, 100])
def test_a_further_draw_lies_in_the_central_interval_with_its_mass(n) -> None:
    rng = np.random.default_rng(n)
    draws = rng.standard_normal((n + 1, 40_000))
    low, high = numerics.central_interval(draws[:n], 0.9)
    assert np.mean((low <= draws[n]) & (draws[n] <= high)) == pytest.approx(0.9, abs=0.005)
