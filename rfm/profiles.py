"""What the segments are worth: a row a segment, and the concentration of spend over customers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import narwhals as nw
import numpy as np
import pandas as pd

from rfm.errors import DataError
from rfm.frames import Frame, enter
from rfm.scheme import Scheme
from rfm.scheme_files import BUILT_IN

__all__ = ["profile"]

COLUMNS = ("customers", "share", "recency", "orders", "spend", "share_of_spend", "action")


def profile(
    segmented: Any, scheme: Scheme | None = None, *, by: str | Sequence[str] = "segment", language: str = "en"
) -> Any:
    """Describe each segment in a row.

    Parameters
    ----------
    segmented : dataframe
        From `segment`, or any table with ``recency, frequency, monetary`` and a column to group by.
    scheme : Scheme, optional
        Whose actions are shown, and whose order the rows take. By default the built-in scheme that knows
        all of the table's segments.
    by : str or sequence of str
        The column, or columns, to group by: ``"segment"``, ``"cluster"``, ``("segment", "cluster")``.
    language : str
        Of the actions: "en", "zh-Hant", "zh-Hans".

    Returns
    -------
    dataframe in memory
        pandas for pandas, Dask, DuckDB, Ibis and Spark; Polars for Polars, lazy or not; PyArrow for
        PyArrow. A row a segment, best first:

        ``segment``
            The name (or the columns named in ``by``).
        ``customers``, ``share``
            How many, and which share of all.
        ``recency``
            Median of the days since the last purchase.
        ``orders``, ``spend``
            Their total orders and total net spend.
        ``share_of_spend``
            Of all customers' net spend; missing where that is not above 0.
        ``action``
            What to do about them.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> segmented = pd.DataFrame({
    ...     "segment": ["low", "high", "low"], "recency": [10, 5, 30], "frequency": [1, 4, 2],
    ...     "monetary": [20.0, 70.0, 10.0],
    ... })
    >>> rfm.profile(segmented).drop(columns="action")
      segment  customers     share  recency  orders  spend  share_of_spend
    0    high          1  0.333333      5.0       4   70.0             0.7
    1     low          2  0.666667     20.0       3   30.0             0.3
    """
    frame, keys = enter(segmented), (by,) if isinstance(by, str) else tuple(by)
    counted = _counted(frame, keys)
    groups = counted.groupby(list(keys), dropna=False, sort=False)
    table = groups[["customers", "orders", "spend"]].sum().reset_index()
    table["recency"] = [_median(rows["recency"], rows["customers"]) for _, rows in groups]
    table["share"] = table["customers"] / table["customers"].sum()
    total = table["spend"].sum()
    table["share_of_spend"] = table["spend"] / total if total > 0 else np.nan
    scheme = scheme or _scheme_of(table[keys[0]])
    actions = {} if scheme is None else {s.name: s.action_in(language) for s in scheme.segments}
    table["action"] = [actions.get(name, "") for name in table[keys[0]]]
    order = _order(frame, keys[0], table, actions)
    table = table.sort_values(list(keys), key=lambda names: names.map(order) if names.name == keys[0] else names)
    return like(frame, table[[*keys, *COLUMNS]])


def _counted(frame: Frame, keys: Sequence[str]) -> pd.DataFrame:
    """Customers, orders and spend by group and days since the last purchase: all that leaves an engine."""
    schema = frame.collect_schema()
    facts = {"recency", "orders", "spend", "refunds"} <= set(schema)
    needed = (*keys, "recency", *(() if facts else ("frequency", "monetary")))
    if missing := [name for name in needed if name not in schema]:
        raise DataError(
            f"No column {missing[0]!r}. The table has: {', '.join(schema)}. "
            "Hint: rfm.segment(tx) makes such a table."
        )
    groups = {key: _plain(key, schema[key]) for key in keys}
    measures = {
        "recency": nw.col("recency"),
        "orders": nw.col("orders" if facts else "frequency"),
        "spend": nw.col("spend") + nw.col("refunds") if facts else nw.col("monetary"),
    }
    grouped = frame.select(**groups, **measures).group_by(*keys, "recency")
    return small(grouped.agg(nw.len().alias("customers"), nw.col("orders").sum(), nw.col("spend").sum()))


def _plain(key: str, dtype: Any) -> nw.Expr:
    return nw.col(key).cast(nw.String) if dtype in (nw.Categorical, nw.Enum) else nw.col(key)


def _median(values: pd.Series[Any], customers: pd.Series[Any]) -> float:
    """The median of values that several customers hold."""
    order = np.argsort(values.to_numpy())
    up_to = np.cumsum(customers.to_numpy()[order])
    middle = np.searchsorted(up_to, [(up_to[-1] - 1) // 2, up_to[-1] // 2], side="right")
    return float(values.to_numpy(dtype=float)[order][middle].mean())


def _scheme_of(names: pd.Series[Any]) -> Scheme | None:
    """The built-in scheme that knows all of these segments."""
    present = set(names.dropna())
    return next((scheme for scheme in map(Scheme.load, BUILT_IN) if present <= set(scheme.names)), None)


def _order(frame: Frame, key: str, table: pd.DataFrame, known: Iterable[str]) -> dict[Any, int]:
    """Groups in the order of the table's categories, of the scheme, or by spend."""
    dtype = frame.collect_schema()[key]
    by_spend = table.sort_values("spend", ascending=False, kind="stable")[key]
    names = [*dtype.categories] if isinstance(dtype, nw.Enum) else [*known]
    return {name: place for place, name in enumerate(dict.fromkeys([*names, *by_spend]))}


def small(frame: Frame) -> pd.DataFrame:
    """A small table of any engine, brought into memory."""
    rows = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return pd.DataFrame(rows.to_dict(as_series=False))


def like(frame: Frame, table: pd.DataFrame) -> Any:
    """A small table in the kind of dataframe that a frame is, or in pandas where that lives on an engine."""
    engine = frame.implementation
    if engine.is_polars() or engine.is_pyarrow():
        return nw.from_dict({name: table[name].tolist() for name in table}, backend=engine).to_native()
    return table.reset_index(drop=True)
