"""Write erlang.json: BG/CNBD-k and MBG/CNBD-k at 25 digits or more on points of the grid in benchmarks/grids.

Run from the project's root: python -m tests.oracles.make_erlang. Source: sums and integrals in mpmath, see
benchmarks/truth/erlang.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from mpmath import mp

from benchmarks.grids.erlang import comparisons
from clv._laws import BGCNBD, MBGCNBD

POINTS = 24


def cases() -> list[dict[str, object]]:
    """A point, and the truth of each quantity there to 20 digits."""
    found: dict[str, dict[str, object]] = {}
    for seed, family in enumerate((BGCNBD, MBGCNBD), start=20210101):
        for one in comparisons(family, Random(seed), POINTS):
            point = {key: value for key, value in one.point.items() if key != "n"}
            case = found.setdefault(
                f"{family.name} {point}", {"law": family.name, "point": point, "n": 0, "truth": {}}
            )
            case["truth"][one.quantity] = mp.nstr(one.truth, 20)  # type: ignore[index]
            if one.quantity == "conditional_pmf":
                case["n"] = one.point["n"]
    return list(found.values())


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(case) for case in cases())
    Path(__file__).with_name("erlang.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
