"""Gradient and Hessian of a log-likelihood in the logarithms of the parameters, by differences at 50 digits."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import product

from mpmath import mp, mpf

STEP = mpf(10) ** -9  # its square is far above the 1e-40 of the values, far below the 1e-10 asked for


def derivatives(
    log_likelihood: Callable[..., mpf],
    parameters: tuple[float, ...],
    history: tuple[float, ...],
    step: mpf = STEP,
):
    """The gradient (k), then the upper triangle of the Hessian, row by row, for k parameters."""
    at, k = {}, len(parameters)
    for shift in product((-1, 0, 1), repeat=k):
        if sum(map(abs, shift)) <= 2:
            moved = [mpf(value) * mp.exp(move * step) for value, move in zip(parameters, shift, strict=True)]
            at[shift] = log_likelihood(*moved, *history)
    return [float(value) for value in (*_first(at, k, step), *_second(at, k, step))]


def _first(at, k, step) -> Iterator[mpf]:
    for i in range(k):
        yield (at[_along(i, 1, k)] - at[_along(i, -1, k)]) / (2 * step)


def _second(at, k, step) -> Iterator[mpf]:
    for i in range(k):
        yield (at[_along(i, 1, k)] - 2 * at[_along(i, 0, k)] + at[_along(i, -1, k)]) / step**2
        for j in range(i + 1, k):
            twist = (at[_corner(i, j, a, b, k)] * a * b for a, b in product((-1, 1), repeat=2))
            yield mp.fsum(twist) / (4 * step**2)


def _along(i: int, step: int, k: int) -> tuple[int, ...]:
    return tuple(step if place == i else 0 for place in range(k))


def _corner(i: int, j: int, a: int, b: int, k: int) -> tuple[int, ...]:
    return tuple(a if place == i else b if place == j else 0 for place in range(k))
