"""Dynamics of a customer base: migration, cohorts, drift and trend, each with its plot.

Run it from anywhere: python examples/dynamics.py [folder for the plots]
"""

from __future__ import annotations

import sys
from pathlib import Path

import rfm


def main(folder: Path) -> None:
    tx = rfm.Transactions(rfm.datasets.cdnow())

    snaps = rfm.snapshots(tx, every="1Q")
    moved = rfm.migration(snaps)
    print(moved, end="\n\n")

    cohorts = rfm.cohorts(tx, every="1M")
    print(cohorts.head(), end="\n\n")

    summary = rfm.summarize(tx, as_of="1998-03-31")
    print(rfm.drift(rfm.Scorer.fit(summary), rfm.summarize(tx), then=summary), end="\n\n")

    trend = rfm.trend(tx, every="1M")
    print(trend.head(), end="\n\n")

    pictures = {
        "migration": rfm.plot.migration(moved),
        "flow": rfm.plot.migration_flow(snaps),
        "cohorts": rfm.plot.cohorts(cohorts),
        "trend": rfm.plot.trend(trend),
    }
    for name, ax in pictures.items():
        path = folder / f"{name}.png"
        ax.figure.savefig(path)
        print(path)


if __name__ == "__main__":
    main(Path(sys.argv[1]) if len(sys.argv) > 1 else Path())
