"""The median customer of each segment: days inactive, orders, spend."""

from __future__ import annotations

from typing import Final

import pandas as pd

__all__ = ["MEDIANS", "with_medians"]

MEDIANS: Final = {"recency": "median_recency", "frequency": "median_frequency", "monetary": "median_monetary"}


def with_medians(segments: pd.DataFrame, table: pd.DataFrame) -> pd.DataFrame:
    """The segments' rows with the medians of those columns that the customer table has.

    >>> customers = pd.DataFrame({"segment": ["a", "a", "b"], "recency": [1, 4, 9], "frequency": [1, 3, 1]})
    >>> with_medians(pd.DataFrame({"segment": ["a", "b"]}), customers)
      segment  median_recency  median_frequency
    0       a             2.5               2.0
    1       b             9.0               1.0
    """
    held = [name for name in MEDIANS if name in table]
    medians = table[held].astype(float).groupby(table["segment"].astype(str).to_numpy()).median()
    rows = medians.rename(columns=MEDIANS).reindex(segments["segment"].astype(str))
    return pd.concat([segments.reset_index(drop=True), rows.reset_index(drop=True)], axis=1)
