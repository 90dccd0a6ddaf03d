"""Sums by arm and stratum, against NumPy."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from rfm._frames.native import from_native
from rfm.campaigns._moments import Cell, merged, moments


@pytest.fixture(scope="module")
def table():
    rng = np.random.default_rng(0)
    n = 400
    return pd.DataFrame({
        "customer_id": range(n), "arm": rng.choice(["control", "mail"], n), "segment": rng.choice(["a", "b"], n),
        "y": 1e7 + rng.normal(size=n), "x": rng.gamma(1, 1e5, n),
    })  # fmt: skip


def expected(rows):
    y, x = rows["y"] - rows["y"].mean(), rows["x"] - rows["x"].mean()
    return [len(rows), rows["y"].mean(), rows["x"].mean(), (y * y).sum(), (x * x).sum(), (x * y).sum()]


def test_cells_are_sums_about_the_means_and_lose_no_digits(constructor, table):
    cells = moments(from_native(constructor(table)), "segment", {"y": "x"})["y"]
    assert len(cells) == 4
    for (arm, stratum), cell in cells.items():
        rows = table[(table["arm"] == arm) & (table["segment"] == stratum)]
        n, y, x, yy, xx, xy = expected(rows)
        assert (cell.n, cell.y, cell.x) == pytest.approx((n, y, x), rel=1e-12)
        assert (cell.yy, cell.xx) == pytest.approx(
            (yy, xx), rel=1e-7
        )  # y itself has 9 digits after the point
        assert cell.xy == pytest.approx(xy, abs=1e-7 * (xx * yy) ** 0.5)


def test_merged_cells_are_the_cell_of_all(table):
    frame = from_native(table)
    parts, whole = (moments(frame, by, {"y": "x"})["y"] for by in ("segment", None))
    for arm in ("control", "mail"):
        joined = merged(cell for (own, _), cell in parts.items() if own == arm)
        other = whole[arm, ""]
        assert (joined.n, joined.y, joined.x) == pytest.approx((other.n, other.y, other.x), rel=1e-12)
        assert (joined.yy, joined.xx) == pytest.approx((other.yy, other.xx), rel=1e-7)
        assert joined.xy == pytest.approx(other.xy, abs=1e-7 * (other.xx * other.yy) ** 0.5)


def test_no_customers_have_no_mean():
    assert merged([]).n == 0
    assert np.isnan(merged([]).y)
    assert np.isnan(Cell(1, 3.0).variance)
