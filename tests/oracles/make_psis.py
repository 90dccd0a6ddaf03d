"""Pareto-smoothed weights and shapes by ArviZ (0.21), of ratios that anybody can make again.

python tests/oracles/make_psis.py    # writes psis.json; needs arviz
"""

from __future__ import annotations

import json
from pathlib import Path

import arviz
import numpy as np

SIZES, SPREADS = (40, 200, 900), (0.5, 1.5, 3.0)


def log_ratios(size: int, spread: float) -> np.ndarray:
    """Log-ratios without a random number: the quantiles of a logistic law, in an order that is not sorted."""
    place = (np.arange(size) * 7 % size + 0.5) / size  # 7 divides none of the sizes
    return spread * np.log(place / (1 - place))


def main() -> None:
    """Smooth each, and write the shape and some of the weights."""
    rows = []
    for size in SIZES:
        for spread in SPREADS:
            log_weights, k = arviz.psislw(log_ratios(size, spread))
            weights = np.sort(np.exp(log_weights))[::-1]
            largest = [float(weight) for weight in weights[:8]]
            rows.append({"size": size, "spread": spread, "k": float(k), "largest": largest})
    Path(__file__).with_name("psis.json").write_text(json.dumps(rows, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
