"""Each law's parameters as pairs: a mean and a concentration of how customers differ.

Rates are Gamma(shape, rate) with mean shape/rate and concentration shape; probabilities are Beta(a, b) with mean
a/(a+b) and concentration a+b.
"""

from __future__ import annotations

from typing import Literal, NamedTuple

__all__ = ["PAIRS", "Pair"]


class Pair(NamedTuple):
    """Positions of the two parameters, and the distribution that they belong to."""

    kind: Literal["gamma", "beta"]
    first: int
    second: int


PAIRS: dict[str, tuple[Pair, ...]] = {
    "bg-nbd": (Pair("gamma", 0, 1), Pair("beta", 2, 3)),
    "mbg-nbd": (Pair("gamma", 0, 1), Pair("beta", 2, 3)),
    "pareto-nbd": (Pair("gamma", 0, 1), Pair("gamma", 2, 3)),
    "bg-bb": (Pair("beta", 0, 1), Pair("beta", 2, 3)),
    "gamma-gamma": (),
}
