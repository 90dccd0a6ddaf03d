"""Customers with equal laws ahead, and the few of them from whose answers those of the others are interpolated.

What a law expects of customers who are alive depends on x and T, and for equal x it is a smooth function of T: of many
T it is found at some nodes, and between these by the polynomial in ln(T + c) through them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields
from functools import cached_property
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from clv._laws.by_covariates import Patterns, at, members, plain, taken
from clv._laws.purchase_law import PurchaseLaw
from clv._values.simulated_future import Base

__all__ = ["Alike", "lagrange", "smooth_in_age"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

NODES = 12  # in T, for the customers of one x
COUNTS, AGES = 7, 5  # nodes in x and in T, if there are few
SHIFT = 0.1  # c, relative to the largest T


@dataclass(frozen=True)
class Alike:
    """Distinct customers apart from what the law does not read, and nodes between which they lie.

    Parameters
    ----------
    first : ndarray of shape (members,)
        Row of the first customer of each distinct kind.
    kind : ndarray of shape (n,)
        The kind of each customer.
    x, t_x, T : ndarray of shape (nodes,)
        Histories of the nodes.
    patterns : Patterns or None
        Their covariates.
    weights : csr_array or None
        (members, nodes): each kind's answer from those of the nodes; None if the nodes are the kinds themselves.
    """

    first: Ints
    kind: Ints
    x: Array
    t_x: Array
    T: Array
    patterns: Patterns | None
    weights: csr_array | None

    @classmethod
    def exactly(cls, law: Any, base: Base) -> Alike:
        """Every distinct kind is a node."""
        first, kind = members(law, base.x, base.t_x, base.T, base.patterns)
        histories = base.x[first], base.t_x[first], base.T[first]
        return cls(first, kind, *histories, taken(base.patterns, first), None)

    @cached_property
    def nearly(self) -> Alike:
        """The same customers by nodes in T, of each x that has more than some T."""
        if not len(self.x):
            return self
        pattern = np.zeros(len(self.x), dtype=np.int64) if self.patterns is None else self.patterns.row
        order = np.lexsort((self.T, self.x, pattern))
        cuts = np.flatnonzero((np.diff(self.x[order]) != 0) | (np.diff(pattern[order]) != 0)) + 1
        shift = SHIFT * float(self.T.max(initial=0.0)) + 1e-12
        x, T, of_node, rows, columns, parts = [], [], [], [], [], []
        size = 0
        for held in np.split(order, cuts):
            nodes, weights = _between(self.T[held], shift)
            x.append(np.full(len(nodes), self.x[held[0]]))
            of_node.append(np.full(len(nodes), pattern[held[0]]))
            T.append(nodes)
            row, column = np.nonzero(weights)
            rows.append(held[row])
            columns.append(size + column)
            parts.append(weights[row, column])
            size += len(nodes)
        each, ages = np.concatenate(x), np.concatenate(T)
        places = (np.concatenate(rows), np.concatenate(columns))
        whole = csr_array((np.concatenate(parts), places), shape=(len(self.x), size))
        patterns = None if self.patterns is None else Patterns(self.patterns.table, np.concatenate(of_node))
        return Alike(self.first, self.kind, each, np.where(each > 0, ages, 0.0), ages, patterns, whole)

    @cached_property
    def coarse(self) -> Alike:
        """The same customers by a few nodes in x and T for each pattern: enough for what changes little with both."""
        if not len(self.x):
            return self
        pattern = np.zeros(len(self.x), dtype=np.int64) if self.patterns is None else self.patterns.row
        held, of_kind = np.unique(pattern, return_inverse=True)
        counts, ages = np.unique(self.x), np.unique(self.T)
        shift = SHIFT * float(ages.max(initial=0.0)) + 1e-12
        if len(counts) > COUNTS:  # the known counts that are nearest to Chebyshev's nodes in ln(1 + x)
            wanted = _chebyshev(np.log1p(counts[0]), np.log1p(counts[-1]), COUNTS)
            counts = counts[np.unique([np.abs(np.log1p(counts) - place).argmin() for place in wanted])]
        if len(ages) > AGES:
            ages = np.exp(_chebyshev(np.log(ages[0] + shift), np.log(ages[-1] + shift), AGES)) - shift
        by_count = lagrange(np.log1p(self.x), np.log1p(counts))
        by_age = lagrange(np.log(self.T + shift), np.log(ages + shift))
        weights = (by_count[:, :, None] * by_age[:, None, :]).reshape(len(self.x), -1)
        nodes = weights.shape[1]
        x, T = (each.ravel() for each in np.meshgrid(counts, np.maximum(ages, 0.0), indexing="ij"))
        T = np.where((x > 0) & (T <= 0), 1e-3 * shift, T)  # no repeat purchase on the day of the first
        x, T = np.tile(x, len(held)), np.tile(T, len(held))
        starts = np.arange(len(self.x) + 1) * nodes
        places = (of_kind[:, None] * nodes + np.arange(nodes)).ravel()
        whole = csr_array((weights.ravel(), places, starts), shape=(len(self.x), nodes * len(held)))
        patterns = None if self.patterns is None else Patterns(self.patterns.table, np.repeat(held, nodes))
        return Alike(self.first, self.kind, x, np.where(x > 0, T, 0.0), T, patterns, whole)

    def alive(self, law: Any) -> PurchaseLaw:
        """The law ahead of the nodes, if alive."""
        found: PurchaseLaw = at(law, self.patterns).posterior(self.x, self.t_x, self.T)
        return found

    def alive_at(self, laws: Sequence[Any]) -> list[PurchaseLaw]:
        """The laws ahead of the nodes at several laws: as one, its rows law by law, where they are of a kind."""
        ahead = [self.alive(law) for law in laws]
        kinds = {type(law) for law in ahead}
        names = ahead[0].parameters
        if len(kinds) > 1 or tuple(each.name for each in fields(ahead[0])) != tuple(names):  # type: ignore[arg-type]
            return ahead
        shape = self.x.shape
        merged = {
            name: np.concatenate([np.broadcast_to(getattr(law, name), shape) for law in ahead])
            for name in names
        }
        return [kinds.pop()(**merged)]

    def spread(self, values: Array) -> Array:
        """Answers of the kinds, (members, …), from those of the nodes, (nodes, …)."""
        if self.weights is None:
            return values
        return np.asarray(self.weights @ values.reshape(len(values), -1)).reshape(-1, *values.shape[1:])


def smooth_in_age(law: Any) -> bool:
    """Whether the law ahead of customers of one x may be asked at any T."""
    return not (plain(law).discrete or plain(law).reads_silence)


def _between(T: Array, shift: float) -> tuple[Array, Array]:
    """Nodes for some sorted T, and the weights of the nodes at each, (T, nodes); few T are nodes themselves."""
    if len(T) <= NODES:
        return T, np.eye(len(T))
    low, high = np.log(T[0] + shift), np.log(T[-1] + shift)
    nodes = np.clip(np.exp(_chebyshev(low, high, NODES)) - shift, T[0], T[-1])
    return nodes, lagrange(np.log(T + shift), np.log(nodes + shift))


def _chebyshev(low: float, high: float, count: int) -> Array:
    """Chebyshev's nodes between two ends, with the ends."""
    turn = np.cos(np.pi * np.arange(count) / (count - 1))
    return np.asarray((low + high) / 2 - (high - low) / 2 * turn)


def lagrange(at: Array, nodes: Array) -> Array:
    """Values of the Lagrange polynomials of some nodes, (points, nodes), by the barycentric formula.

    >>> lagrange(np.array([0.5]), np.array([0.0, 1.0]))
    array([[0.5, 0.5]])
    """
    span = max(abs(float(nodes[-1] - nodes[0])), 1e-300)
    apart = (nodes[:, None] - nodes) / span + np.eye(len(nodes))
    weights = 1 / np.prod(apart, axis=1)
    distance = at[:, None] - nodes
    here = distance == 0
    terms = weights / np.where(here, 1.0, distance)
    terms = np.where(here.any(axis=1, keepdims=True), here.astype(float), terms)
    return np.asarray(terms / terms.sum(axis=1, keepdims=True))
