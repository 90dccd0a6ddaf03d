"""A Markov chain of segments: future shares if today's rates stay constant.

Pure functions of NumPy arrays, for any transition matrix: with absorbing segments, with several
closed classes, and with cycles.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

__all__ = ["closed_classes", "long_run", "path"]

Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]


def path(rates: Floats, start: Floats, steps: int) -> Floats:
    """Shares after 0, 1, …, ``steps`` periods.

    Parameters
    ----------
    rates : (s, s) float
        Rows sum to 1: the share of those in a segment who are in each segment a period later.
    start : (s,) float
        Shares now; they sum to 1.

    Returns
    -------
    (steps + 1, s) float
    """
    shares = [start]
    for _ in range(steps):
        shares.append(shares[-1] @ rates)
    return np.stack(shares)


def closed_classes(rates: Floats) -> list[Bools]:
    """The closed communicating classes of segments.

    Parameters
    ----------
    rates : (s, s) float

    Returns
    -------
    list of (s,) bool
        One mask per class; segments in none of them are transient and empty in the long run.

    Examples
    --------
    >>> rates = np.array([[0.5, 0.5, 0.0], [0.0, 1.0, 0.0], [0.2, 0.0, 0.8]])
    >>> [np.flatnonzero(group).tolist() for group in closed_classes(rates)]
    [[1]]
    """
    reach = np.eye(len(rates), dtype=np.bool_) | (rates > 0)
    for _ in range(len(rates).bit_length()):  # squaring doubles the length of the paths that are covered
        reach = reach @ reach
    mutual = reach & reach.T
    closed = (reach == mutual).all(axis=1)  # every state that can be reached leads back
    heads = np.flatnonzero(closed & (mutual.argmax(axis=1) == np.arange(len(rates))))
    return [mutual[head] for head in heads]


def long_run(rates: Floats, start: Floats) -> Floats:
    """Shares in the long run: the limit of the average over periods.

    Parameters
    ----------
    rates : (s, s) float
        Rows sum to 1.
    start : (s,) float
        Shares now. They matter only if there is more than one closed class.

    Returns
    -------
    (s,) float

    Notes
    -----
    A closed class is never left, and within it the shares tend to the solution of
    π = πP. The probabilities of absorption solve the linear system of first steps (J. G. Kemeny and J. L. Snell,
    "Finite Markov chains", 1960, theorems 3.3.7 and 5.1.2). Where shares cycle, their mean over a cycle.

    Examples
    --------
    >>> rates = np.array([[0.9, 0.1], [0.3, 0.7]])
    >>> long_run(rates, np.array([1.0, 0.0])).round(4).tolist()
    [0.75, 0.25]
    """
    groups = closed_classes(rates)
    passing = ~np.logical_or.reduce(groups)
    within = np.eye(int(passing.sum())) - rates[np.ix_(passing, passing)]
    visits = np.linalg.solve(within.T, start[passing])  # expected periods spent in each transient segment
    shares = np.zeros(len(rates))
    for group in groups:
        mass = start[group].sum() + (visits @ rates[np.ix_(passing, group)]).sum()
        shares[group] = mass * _stationary(rates[np.ix_(group, group)])
    return shares


def _stationary(rates: Floats) -> Floats:
    """The solution of π = πP, Σπ = 1, for an irreducible class."""
    size = len(rates)
    equations = np.vstack([rates.T - np.eye(size), np.ones(size)])
    solution, *_ = np.linalg.lstsq(equations, np.append(np.zeros(size), 1.0), rcond=None)
    shares: Floats = np.clip(solution, 0.0, None)
    return shares
