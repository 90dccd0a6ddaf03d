"""Between tables and arrays: small tables for people, and columns computed for every customer."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import narwhals as nw
import pandas as pd
from numpy.typing import NDArray

from rfm.frames import enter, fetch, leave

__all__ = ["map_columns", "to_pandas"]


def to_pandas(table: Any) -> pd.DataFrame:
    """A table of any engine in memory; a pandas table is handed on as it is.

    >>> to_pandas(pd.DataFrame({"a": [1]}))
       a
    0  1
    """
    return fetch(enter(table)).to_pandas()


def map_columns(table: Any, inputs: Sequence[str], function: Callable[..., dict[str, NDArray[Any]]]) -> Any:
    """New columns beside `customer_id`, computed from the input columns as NumPy arrays.

    Parameters
    ----------
    table : dataframe
        With `customer_id` and the input columns.
    inputs : sequence of str
        Columns that the function takes, in its order, each of shape (n,).
    function : callable
        From arrays to a dict of arrays of shape (n,); row by row, so that it may see the table in parts.

    Returns
    -------
    dataframe of the kind that came in
        `customer_id` and the new columns.
    """
    frame: Any = enter(table)
    columns = function(*(frame.get_column(name).to_numpy() for name in inputs))
    backend = frame.implementation
    ids = nw.maybe_reset_index(frame.select("customer_id"))
    return leave(ids.with_columns(nw.new_series(k, v, backend=backend) for k, v in columns.items()))
