"""Bounds of CDNOW's totals by a long simulation: one future for each of 20,000 draws of the parameters.

python tests/oracles/make_totals.py    # writes totals.json; some minutes
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

import clv
import rfm
from clv._fits.data import FitData
from clv._fits.posterior_draws import draw
from clv._values.lifetime_value import discount_force
from clv._values.simulated_future import Base, simulate_future

DRAWS, HORIZON, LEVELS = 20_000, 39, (0.05, 0.95)


def main() -> None:
    """Simulate, and write the bounds."""
    summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    rng = np.random.default_rng(12)
    laws = [
        draw(law, FitData.read(law, summary), DRAWS, rng, proposals=DRAWS).laws
        for law in (clv.BGNBD, clv.GammaGamma)
    ]
    columns = (*clv.BGNBD.data_columns, "monetary_value")
    base = Base(*(summary[name].to_numpy(dtype=float) for name in columns))
    repeat, delta = base.x > 0, discount_force(0.10, 7)
    rows = []
    for law, spend in zip(*laws, strict=True):
        future = simulate_future(law, spend, base, HORIZON, rng)
        worth = future.amount * np.exp(-delta * future.time)
        again = repeat[future.customer]
        week = np.bincount((future.time / 13).astype(int).clip(max=2), minlength=3)
        money = np.bincount((future.time / 13).astype(int).clip(max=2), future.amount, minlength=3)
        active = [len(np.unique(future.customer[future.time // 13 == k])) for k in range(3)]
        rows.append([len(worth), worth.sum(), again.sum(), worth[again].sum(), *week, *money, *active])
    names = ["purchases", "clv", "purchases of repeat buyers", "clv of repeat buyers"]
    names += [f"{measure} {k}" for measure in ("purchases", "revenue", "active") for k in range(3)]
    bounds = np.quantile(np.array(rows, dtype=float), LEVELS, axis=0).T
    found = {name: pair.round(2).tolist() for name, pair in zip(names, bounds, strict=True)}
    Path(__file__).with_name("totals.json").write_text(json.dumps(found, indent=1) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
