"""Draw the README's picture again: python docs/make_pictures.py, from the project's root."""

from __future__ import annotations

from pathlib import Path

import rfm

STATIC = Path(__file__).parent / "_static"


def main() -> None:
    segmented = rfm.segment(rfm.datasets.cdnow())
    ax = rfm.plot.treemap(segmented, by="spend")
    ax.figure.savefig(STATIC / "treemap.png", dpi=110, metadata={"Software": None})


if __name__ == "__main__":
    main()
