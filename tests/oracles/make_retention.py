"""Write retention.json: sBG and BdW at 40 digits on points of a grid of extremes.

Run from the project's root: python -m tests.oracles.make_retention. Source: the papers' formulas in mpmath; the
discounted sums of sBG by its hypergeometric function, those of BdW term by term until 1e-25 of them is left.
"""

from __future__ import annotations

import json
from pathlib import Path
from random import Random

from mpmath import mp, mpf

POINTS = 30
mp.dps = 40


def survival(a: mpf, b: mpf, c: mpf, t: int) -> mpf:
    """B(a, b + t^c)/B(a, b)."""
    u = mpf(t) ** c
    return mp.exp(mp.loggamma(b + u) + mp.loggamma(a + b) - mp.loggamma(b) - mp.loggamma(a + b + u))


def residual(a: mpf, b: mpf, c: mpf, k: int, rate: mpf) -> mpf:
    """DERL after k renewals."""
    x = 1 / (1 + rate)
    if c == 1:
        return (b + k) / (a + b + k) * mp.hyp2f1(1, b + k + 1, a + b + k + 1, x)
    total, j, base = mpf(0), 1, survival(a, b, c, k)
    while True:
        term = survival(a, b, c, k + j) / base * x ** (j - 1)
        total += term
        if term / rate < total * mpf(10) ** -25:
            return total
        j += 1


def cases() -> list[dict[str, object]]:
    """Points, and the truth at each to 20 digits."""
    rng, found = Random(20070101), []
    for number in range(POINTS):
        a, b = (round(10 ** rng.uniform(-2, 3), 4) for _ in range(2))
        c = 1.0 if number % 2 else round(10 ** rng.uniform(-0.4, 0.4), 3)
        t, k = rng.choice([1, 2, 7, 30, 365]), rng.choice([0, 1, 5, 24])
        rate = rng.choice([0.05, 0.1, 0.5])
        A, B, C = mpf(a), mpf(b), mpf(c)
        truth = {
            "survival": survival(A, B, C, t),
            "residual_survival": survival(A, B, C, t + k) / survival(A, B, C, k),
            "churn": survival(A, B, C, t - 1) - survival(A, B, C, t),
            "residual": residual(A, B, C, k, mpf(rate)),
        }
        at = {"a": a, "b": b, "c": c, "t": t, "k": k, "rate": rate}
        found.append({"at": at, "truth": {name: mp.nstr(value, 20) for name, value in truth.items()}})
    return found


if __name__ == "__main__":
    lines = ",\n".join(json.dumps(case) for case in cases())
    Path(__file__).with_name("retention.json").write_text(f"[\n{lines}\n]\n", encoding="utf-8")
