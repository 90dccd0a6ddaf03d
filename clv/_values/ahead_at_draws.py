"""What kinds of customers do if alive, at the fitted law and at many draws of its parameters near it.

At the fitted law every kind is asked. From there to a draw the answers change by a factor, which changes little from
kind to kind: it is found at a few nodes in x and T and interpolated, if that gives the answers of all kinds at the
first of the draws.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any, TypeAlias

import numpy as np
from numpy.typing import NDArray

from clv._laws.purchase_law import PurchaseLaw
from clv._values.alike_members import Alike, smooth_in_age

__all__ = ["AheadAtDraws", "Measure"]

Array = NDArray[np.float64]
Measure: TypeAlias = Callable[[PurchaseLaw], Array]  # of new members of a law, (members, m)

TOGETHER = 6_000  # members whose laws are evaluated together
NEAR = 0.02  # largest error of a factor, relative to how far factors are from 1


class AheadAtDraws:
    """Answers of all kinds at a law near the fitted one.

    Parameters
    ----------
    alike : Alike
        The kinds, each a node.
    measure : callable
        The law ahead of some members -> what is asked of them, ≥ 0, (members, m).
    law : PurchaseLaw or ByCovariates
        The fitted law.
    """

    def __init__(self, alike: Alike, measure: Measure, law: Any) -> None:
        self.alike, self.measure, self.law = alike, measure, law
        self.exact = measure(alike.alive(law))

    def at(self, laws: Sequence[Any]) -> Iterator[Array]:
        """At each of some laws, (kinds, m)."""
        nodes = self._nodes(laws[0]) if len(laws) > 2 else None
        if nodes is None:
            yield from self._asked(self.alike, laws)
            return
        level = self.measure(nodes.alive(self.law))
        for found in self._asked(nodes, laws):
            yield self.exact * nodes.spread(_ratio(found, level))

    def _nodes(self, law: Any) -> Alike | None:
        """Nodes that are enough, as a law near the fitted one shows; None if all kinds must be asked."""
        alike = self.alike
        if not smooth_in_age(law) or len(alike.coarse.x) >= len(alike.x):
            return None
        factor = _ratio(self.measure(alike.alive(law)), self.exact)
        nodes = alike.coarse
        found = _ratio(self.measure(nodes.alive(law)), self.measure(nodes.alive(self.law)))
        apart = np.abs(nodes.spread(found) - factor).max(initial=0.0)
        return nodes if apart <= NEAR * np.abs(factor - 1).max(initial=0.0) + 1e-9 else None

    def _asked(self, nodes: Alike, laws: Sequence[Any]) -> Iterator[Array]:
        """The answers of the nodes, law by law."""
        step = max(1, TOGETHER // max(len(nodes.x), 1))
        for start in range(0, len(laws), step):
            some = laws[start : start + step]
            found = np.concatenate([self.measure(law) for law in nodes.alive_at(some)])
            yield from found.reshape(len(some), len(nodes.x), found.shape[1])


def _ratio(values: Array, level: Array) -> Array:
    return np.divide(values, level, out=np.ones_like(values), where=level > 0)
