"""Write credibility.json: the distribution of totals of the credibility spend law at 50 digits.

    python tests/oracles/make_credibility.py

With parameters mean, within and k, the total of n orders is Gamma with mean n·mean and variance
n²·mean²·within²·(1/n + 1/k); the mean of n orders has its density at m.
"""

from __future__ import annotations

import json
from itertools import product
from pathlib import Path

import mpmath as mp

mp.mp.dps = 50
LAWS = ((35.0, 1.0, 2.3), (0.02, 0.05, 1e-3), (1e6, 8.0, 1e3), (12.5, 0.4, 1e8))
ORDERS = (1, 7, 250)
PLACES = (0.05, 0.7, 1.0, 3.0)  # of the mean total


def row(law: tuple[float, float, float], n: int, place: float) -> dict[str, float]:
    """One total, with its probability and the log-density of its mean."""
    mean, within, k = map(mp.mpf, law)
    value = float(place * law[0] * n)
    shape = 1 / (within**2 * (mp.mpf(1) / n + 1 / k))
    scale = n * mean / shape
    density = (
        (shape - 1) * mp.log(mp.mpf(value) / scale)
        - mp.mpf(value) / scale
        - mp.loggamma(shape)
        - mp.log(scale)
    )
    return {
        "mean": law[0],
        "within": law[1],
        "k": law[2],
        "n": n,
        "value": value,
        "cdf": float(mp.gammainc(shape, 0, mp.mpf(value) / scale, regularized=True)),
        "log_density_of_mean": float(density + mp.log(n)),
    }


def main() -> None:
    """Write the file beside this one."""
    rows = [row(law, n, place) for law, n, place in product(LAWS, ORDERS, PLACES)]
    path = Path(__file__).with_name("credibility.json")
    path.write_text(json.dumps({"made by": "make_credibility.py", "rows": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
