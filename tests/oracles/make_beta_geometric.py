"""Write beta_geometric.json: BG/NBD and MBG/NBD at 50 digits on points of the grid in benchmarks/grids.

Run from the project's root: python -m tests.oracles.make_beta_geometric. Source: the papers' formulas in mpmath,
see benchmarks/truth/beta_geometric.py.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from mpmath import mp

from benchmarks.grids.beta_geometric import comparisons
from clv._laws import BGNBD, MBGNBD

POINTS = 40


def cases() -> list[dict[str, object]]:
    """A point, and the truth of each quantity there to 20 digits."""
    found: dict[str, dict[str, object]] = {}
    for seed, law in enumerate((BGNBD, MBGNBD), start=20050101):
        for one in comparisons(law, Random(seed), POINTS):
            point = {key: value for key, value in one.point.items() if key != "n"}
            case = found.setdefault(
                f"{law.name} {point}", {"law": law.name, "point": point, "n": 0, "truth": {}}
            )
            case["truth"][one.quantity] = mp.nstr(one.truth, 20)  # type: ignore[index]
            if one.quantity == "conditional_pmf":
                case["n"] = one.point["n"]
    return list(found.values())


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(case) for case in cases())
    Path(__file__).with_name("beta_geometric.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
