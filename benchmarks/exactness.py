"""Every number of every law against mpmath at 50 digits, over the extremes: prints the worst error.

python -m benchmarks.exactness [law …] [--points 200] [--seed 0] [--no-sweep]
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Callable, Iterator
from functools import partial
from random import Random
from typing import NamedTuple

from benchmarks.comparison import TOLERANCE, Comparison
from benchmarks.grids import beta_geometric, bg_bb, erlang, gamma_gamma, ggompertz_nbd, pareto_nbd
from clv._laws import BGBB, BGCNBD, BGNBD, MBGCNBD, MBGNBD, GammaGamma, GGompertzNBD, ParetoNBD


class Grid(NamedTuple):
    """How a law is compared with the true values, and searched for invalid results."""

    comparisons: Callable[[Random, int], Iterator[Comparison]]
    sweep: Callable[[], Iterator[str]]


GRIDS = (
    {
        law.name: Grid(partial(beta_geometric.comparisons, law), partial(beta_geometric.sweep, law))
        for law in (BGNBD, MBGNBD)
    }
    | {
        family.name: Grid(partial(erlang.comparisons, family), partial(erlang.sweep, family))
        for family in (BGCNBD, MBGCNBD)
    }
    | {
        ParetoNBD.name: Grid(pareto_nbd.comparisons, pareto_nbd.sweep),
        GGompertzNBD.name: Grid(ggompertz_nbd.comparisons, ggompertz_nbd.sweep),
        BGBB.name: Grid(bg_bb.comparisons, bg_bb.sweep),
        GammaGamma.name: Grid(gamma_gamma.comparisons, gamma_gamma.sweep),
    }
)


def worst(comparisons: Iterator[Comparison]) -> dict[str, tuple[int, Comparison]]:
    """By quantity: how often it was compared, and the comparison with the largest error."""
    found: dict[str, tuple[int, Comparison]] = {}
    for comparison in comparisons:
        count, before = found.get(comparison.quantity, (0, comparison))
        is_worse = not comparison.error <= before.error  # not a number is worst
        found[comparison.quantity] = (count + 1, comparison if is_worse else before)
    return found


def report(name: str, points: int, seed: int, swept: bool) -> bool:
    """Print a law's worst errors, and whether all are within the tolerance."""
    exact = True
    for quantity, (count, comparison) in worst(GRIDS[name].comparisons(Random(seed), points)).items():
        exact &= comparison.error <= TOLERANCE
        where = ", ".join(f"{key}={value:g}" for key, value in comparison.point.items())
        print(f"{name:11} {quantity:31} {count:5} points, worst {comparison.error:.1e} at {where}")
    for fault in GRIDS[name].sweep() if swept else ():
        exact = False
        print(f"{name:11} {fault}")
    if swept:
        print(f"{name:11} sweep of the whole grid done")
    return exact


def main() -> None:
    """Read the command line, report, and exit with 1 if a number is not exact."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("laws", nargs="*", help=f"some of {', '.join(GRIDS)}; all by default")
    parser.add_argument("--points", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--no-sweep", action="store_true")
    options = parser.parse_args()
    exact = [report(law, options.points, options.seed, not options.no_sweep) for law in options.laws or GRIDS]
    print("exact" if all(exact) else f"NOT within {TOLERANCE:g}")
    sys.exit(not all(exact))


if __name__ == "__main__":
    main()
