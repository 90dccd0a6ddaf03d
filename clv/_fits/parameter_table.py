"""A fit's estimates as a frame, one row per parameter."""

from __future__ import annotations

from collections.abc import Mapping

import pandas as pd

__all__ = ["parameter_table"]


def parameter_table(
    estimates: Mapping[str, float],
    standard_errors: Mapping[str, float],
    intervals: Mapping[str, tuple[float, float]],
) -> pd.DataFrame:
    """The columns `parameter, estimate, standard_error, low, high`, in the order of the estimates.

    >>> parameter_table({"r": 0.25}, {"r": 0.01}, {"r": (0.23, 0.27)})
      parameter  estimate  standard_error   low  high
    0         r      0.25            0.01  0.23  0.27
    """
    rows = [(name, value, standard_errors[name], *intervals[name]) for name, value in estimates.items()]
    return pd.DataFrame(rows, columns=["parameter", "estimate", "standard_error", "low", "high"])
