"""Every night: add the day's orders without reading the history, score with fixed cut points, list who moved.

Run it from anywhere: python examples/every_night.py
"""

from __future__ import annotations

import tempfile
from pathlib import Path

import rfm


def first_night(orders, folder: Path) -> None:
    """Read the history once; keep the base, the cut points and the rules."""
    base = rfm.CustomerBase.of(orders)
    base.save(folder / "base")
    rfm.Scorer.fit(base.summary()).save(folder / "scorer.json")
    rfm.Scheme.load("classic").save(folder / "segments.toml")


def any_night(orders, folder: Path):
    """Add a day's orders, score as on the first night, and list who changed segment."""
    scorer = rfm.Scorer.load(folder / "scorer.json")
    scheme = rfm.Scheme.load(folder / "segments.toml")
    base = rfm.CustomerBase.load(folder / "base")
    before = scheme.assign(scorer.score(base.summary()))
    base = base.add(orders)
    after = scheme.assign(scorer.score(base.summary()))
    both = before.merge(after, on="customer_id", how="right", suffixes=("_before", ""))
    return base, both[both["segment"] != both["segment_before"]]


def main() -> None:
    orders = rfm.datasets.cdnow()
    known, new = orders[orders["date"] < "1998-06-30"], orders[orders["date"] >= "1998-06-30"]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        first_night(known, folder)
        base, moved = any_night(new, folder)
    print(base)
    print(
        f"{len(new)} orders of {new['customer_id'].nunique()} customers came in; {len(moved)} changed segment:"
    )
    moves = moved.groupby(["segment_before", "segment"], observed=True).size()
    print(moves.sort_values(ascending=False).head(8).to_string())


if __name__ == "__main__":
    main()
