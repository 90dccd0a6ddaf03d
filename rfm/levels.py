"""How many customers hold each value of a metric: exact, and bounded in memory on an engine."""

from __future__ import annotations

from typing import Any

import narwhals as nw
import numpy as np
import numpy.typing as npt

from rfm.frames import Frame, is_eager

__all__ = ["levels"]

Array = npt.NDArray[Any]
Counts = npt.NDArray[np.int64]


def levels(frame: Frame, column: str) -> tuple[Array, Counts]:
    """Distinct values in ascending order, and how many rows hold each; missing values do not count."""
    present = ~nw.col(column).is_null()
    if frame.collect_schema()[column].is_float():
        present = present & ~nw.col(column).is_nan()
    held = frame.filter(present).select(column)
    if is_eager(held):
        values, customers = np.unique(held.get_column(column).to_numpy(), return_counts=True)
        return values, customers.astype(np.int64)
    counted = held.group_by(column).agg(nw.len().alias("customers")).collect()
    return _merged(counted.get_column(column).to_numpy(), counted.get_column("customers").to_numpy())


def _merged(values: Array, customers: Array) -> tuple[Array, Counts]:
    """Sort, and count equal values once."""
    distinct, code = np.unique(values, return_inverse=True)
    total = np.zeros(len(distinct), dtype=np.int64)
    np.add.at(total, code, customers.astype(np.int64))
    return distinct, total
