"""Gradient and Hessian of a log-likelihood in the logarithms of four parameters, by differences at 50 digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from mpmath import mp, mpf

STEP = mpf(10) ** -9  # its square is far above the 1e-40 of the values, far below the 1e-10 asked for


def derivatives(
    log_likelihood: Callable[..., mpf], parameters: tuple[float, ...], history: tuple[float, ...]
):
    """The gradient (4), then the upper triangle of the Hessian (10), row by row."""
    at = {}
    for shift in product((-1, 0, 1), repeat=4):
        if sum(map(abs, shift)) <= 2:
            moved = [mpf(value) * mp.exp(step * STEP) for value, step in zip(parameters, shift, strict=True)]
            at[shift] = log_likelihood(*moved, *history)
    return [float(value) for value in (*_first(at), *_second(at))]


def _first(at) -> Iterator[mpf]:
    for i in range(4):
        yield (at[_along(i, 1)] - at[_along(i, -1)]) / (2 * STEP)


def _second(at) -> Iterator[mpf]:
    for i in range(4):
        yield (at[_along(i, 1)] - 2 * at[_along(i, 0)] + at[_along(i, -1)]) / STEP**2
        for j in range(i + 1, 4):
            twist = (at[_corner(i, j, a, b)] * a * b for a, b in product((-1, 1), repeat=2))
            yield mp.fsum(twist) / (4 * STEP**2)


def _along(i: int, step: int) -> tuple[int, ...]:
    return tuple(step if k == i else 0 for k in range(4))


def _corner(i: int, j: int, a: int, b: int) -> tuple[int, ...]:
    return tuple(a if k == i else b if k == j else 0 for k in range(4))
