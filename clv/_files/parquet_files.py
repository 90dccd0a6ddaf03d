"""Tables in Parquet files, in their own types."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pandas as pd

from clv._files.grids import warn_of_rounding

__all__ = ["read_parquet"]

LARGEST_WHOLE: Final = 2.0**63


def read_parquet(path: Path, ids: str | None) -> pd.DataFrame:
    """Types as the file has them; whole ids that were stored as floats are whole numbers again.

    Parameters
    ----------
    path : Path
    ids : str, optional
        The column of the customers; pandas would turn whole ids into floats where one is missing.

    Returns
    -------
    pandas.DataFrame
    """
    table = pd.read_parquet(path)
    if ids is not None and ids in table and pd.api.types.is_float_dtype(table[ids].dtype):
        kept = pd.read_parquet(path, columns=[ids], dtype_backend="numpy_nullable")[ids]
        if pd.api.types.is_float_dtype(kept.dtype):
            warn_of_rounding(kept, path.name)
            whole = bool((kept.dropna() % 1 == 0).all()) and bool((kept.dropna().abs() < LARGEST_WHOLE).all())
            kept = kept.astype("Int64") if whole else kept
        table[ids] = kept.to_numpy() if kept.notna().all() else kept
    return table
