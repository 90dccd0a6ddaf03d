"""A quotient is the correctly rounded one, on every engine."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

from rfm._frames.division import quotient
from rfm._frames.execution import fetch


def test_quotients_are_those_of_ieee_754(constructor):
    units = np.random.default_rng(1).integers(-(10**12), 10**12, 20_000)
    frame = nw.from_native(constructor(pd.DataFrame({"units": units})))
    divisors = {"ten": 10.0, "three": 3.0, "scale": 10_000.0}
    found = fetch(
        frame.select("units", **{name: quotient(nw.col("units"), d) for name, d in divisors.items()})
    )
    column = {name: np.array(found.get_column(name).to_list()) for name in ("units", *divisors)}
    for name, divisor in divisors.items():
        assert (column[name] == column["units"] / divisor).all()


@pytest.mark.parametrize("rows", [0, 1, 2])
def test_few_rows(rows):
    pl = pytest.importorskip("polars")
    for frame in (pl.DataFrame({"x": [903_200] * rows}), pl.LazyFrame({"x": [903_200] * rows})):
        frame = nw.from_native(frame)
        assert (
            fetch(frame.select(q=quotient(nw.col("x"), 10_000.0))).get_column("q").to_list() == [90.32] * rows
        )
