"""Profiles of segments, one row each, and the concentration of spend over customers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd

from rfm._first_seen import warn_of_old_customers
from rfm._frames.dates import with_day_numbers
from rfm._frames.execution import fetch, materialise
from rfm._frames.native import INTERNAL, Frame, from_native
from rfm._frames.small_tables import empty_like, table_like
from rfm._frames.types import FrameT
from rfm._options import check_text, numbers, texts
from rfm._requirements import COUNT, MONEY, TIME, check_columns, check_groups, check_numbers, refuse_repeated
from rfm._schemes.prospects import buyers
from rfm._schemes.recognising import scheme_of
from rfm._schemes.scheme import Scheme, as_scheme
from rfm._scores.metrics import measured
from rfm._scores.value_counts import levels
from rfm.errors import DataError

__all__ = ["pareto", "profile"]

PERCENTS = tuple(percent / 100 for percent in range(1, 101))
DECIMALS = 4
PLACE = f"{INTERNAL}place"
KEY = f"{INTERNAL}key"
FIRST, LAST = f"{INTERNAL}first", f"{INTERNAL}last"
NEW = "new"  # the segment of newcomers in the built-in schemes
COLUMNS = ("customers", "share", "recency", "orders", "spend", "share_of_spend", "action")


def profile(
    segmented: FrameT,
    scheme: str | Path | Scheme | None = None,
    *,
    by: str | Sequence[str] = "segment",
    language: str = "en",
) -> FrameT:
    """Describe each segment in one row.

    Parameters
    ----------
    segmented : dataframe
        From `segment`, or any table with ``recency, frequency, monetary`` and a column to group by; one row
        per customer, where there is a ``customer_id``.
    scheme : str, path or Scheme, optional
        A built-in scheme by name, a TOML file, or a scheme, which gives the actions and the order of the rows.
        By default the built-in scheme that has all of the table's segments.
    by : str or sequence of str
        The column, or columns, to group by: ``"segment"``, ``"cluster"``, ``("segment", "cluster")``.
    language : str
        Of the actions: "en", "zh-Hant", "zh-Hans".

    Returns
    -------
    dataframe of the kind that came in
        One row per segment, best first:

        ``segment``
            The name (or the columns named in ``by``).
        ``customers``, ``share``
            Number, and share of all.
        ``recency``
            Median of the days since the last purchase; missing for prospects, who have bought nothing.
        ``orders``, ``spend``
            Their total orders, as the table counts them for its scores (``frequency``: purchase days, or order
            ids where it was scored by ``frequency="orders"``), and total net spend (``spend + refunds``, also
            where it was scored by ``monetary="mean"``; ``monetary`` in a table without these).
        ``share_of_spend``
            Of all customers' net spend; missing where that is not above 0. Both columns are absent for a log without
            amounts.
        ``action``
            Recommended action.

    Raises
    ------
    DataError
        If a column is missing, a customer has several rows, or a column in ``by`` has the name of another
        column of the result.

    Warns
    -----
    DataWarning
        If there is a segment "new", and the days of first purchases show that the log begins in the middle of its
        customers' histories.

    See Also
    --------
    segment : Makes the table.
    rfm.plot.shares : A picture of it.
    clv.segment_value : With predicted value.

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
    frame = from_native(segmented, "rfm.segment(tx) makes such a table")
    keys = (by,) if isinstance(by, str) else tuple(texts("by", by, 'by="segment", or a list of columns'))
    if not keys:
        raise DataError('by is empty. Hint: by="segment".')
    check_text("language", language, 'language="en"')
    counted = _counted(frame, keys)
    groups = counted.groupby(list(keys), dropna=False, sort=False)
    table = groups[["customers", "orders", "spend"]].sum().reset_index()
    table["recency"] = [_median(rows["recency"], rows["customers"]) for _, rows in groups]
    table["share"] = table["customers"] / table["customers"].sum()
    total = table["spend"].sum()
    table["share_of_spend"] = table["spend"] / total if total > 0 else np.nan
    if (table[keys[0]] == NEW).any():
        _warn_of_beginning(frame)
    known = scheme_of(table[keys[0]].dropna()) if scheme is None else as_scheme(scheme)
    actions = {} if known is None else {s.name: s.action_in(language) for s in known.segments}
    table["action"] = [actions.get(name, "") for name in table[keys[0]]]
    order = _order(frame, keys[0], table, actions)
    place = table[keys[0]].map({name: place for place, name in enumerate(order)})
    table = table.assign(**{PLACE: place}).sort_values([PLACE, *keys[1:]])
    spent = () if _has_money(frame.collect_schema()) else ("spend", "share_of_spend")
    columns = {name: table[name].to_numpy() for name in (*keys, *COLUMNS) if name not in spent}
    answer: FrameT = table_like(empty_like(frame), columns, [name for name in order if isinstance(name, str)])
    return answer


def _counted(frame: Frame, keys: Sequence[str]) -> pd.DataFrame:
    """Customers, orders and spend by group and days since the last purchase: all that leaves an engine."""
    schema = frame.collect_schema()
    orders = "frequency" if "frequency" in schema or "orders" not in schema else "orders"
    has_spend, has_money = {"spend", "refunds"} <= set(schema), _has_money(schema)
    needed = (*keys, "recency", orders, *(() if has_spend or not has_money else ("monetary",)))
    check_columns(frame, needed, "rfm.segment(tx) makes such a table")
    if taken := [key for key in keys if key in COLUMNS]:
        raise DataError(
            f"by={taken[0]!r} has the name of another column of the profile. Hint: rename the column, and group "
            "by the new name."
        )
    check_groups(frame, keys)
    if "customer_id" in schema:
        refuse_repeated(frame)
    money = {"spend": MONEY, "refunds": MONEY} if has_spend else {"monetary": MONEY} if has_money else {}
    numbers = {"recency": TIME, orders: COUNT, **money}
    check_numbers(buyers(frame, orders), numbers, "rfm.segment(tx) makes such a table")
    measures = {
        "recency": nw.col("recency").cast(nw.Float64),
        "orders": nw.col(orders).fill_null(0),
        "spend": _spend(has_spend, has_money).fill_null(0.0),
    }
    plain = {
        f"{KEY}{place}": key for place, key in enumerate(keys)
    }  # some engines read a key as an expression
    groups = frame.select(**{name: nw.col(key) for name, key in plain.items()}, **measures)
    grouped = groups.group_by(*plain, "recency")
    counted = grouped.agg(nw.len().alias("customers"), nw.col("orders").sum(), nw.col("spend").sum())
    counted = counted.with_columns(nw.col("orders").cast(nw.Int64))  # DuckDB widens the sum of whole numbers
    return pd.DataFrame(fetch(counted).to_dict(as_series=False)).rename(columns=plain)


def _warn_of_beginning(frame: Frame) -> None:
    """Warn of a segment "new" where the log seems to begin in the middle of its customers' histories."""
    schema, days = frame.collect_schema(), ("first_purchase", "last_purchase")
    if not all(schema.get(name) in (nw.Date, nw.Datetime) for name in days):
        return  # a table of the user's own
    dated = with_day_numbers(with_day_numbers(frame.select(*days), days[0], FIRST), days[1], LAST)
    counted = fetch(dated.group_by(FIRST).agg(customers=nw.len(), latest=nw.col(LAST).max()))
    first, customers, latest = (counted.get_column(c).to_numpy() for c in (FIRST, "customers", "latest"))
    if len(first) and not np.isnan(np.append(first, latest).astype(float)).any():
        start = int(first.min())
        seen = first.astype(np.int64) - start
        warn_of_old_customers(seen, customers, int(latest.max()) - start, f'"{NEW}" as a segment means')


def _spend(has_spend: bool, has_money: bool) -> nw.Expr:
    """Net spend, from its parts or as it was scored; none for a log without amounts."""
    if has_spend:
        return nw.col("spend") + nw.col("refunds")
    return nw.col("monetary") if has_money else nw.lit(0.0)


def _has_money(schema: Iterable[str]) -> bool:
    """Whether a table has money; one of a log without amounts has orders but neither spend nor monetary."""
    names = set(schema)
    return "orders" not in names or not {"spend", "monetary"}.isdisjoint(names)


def _median(values: pd.Series[Any], customers: pd.Series[Any]) -> float:
    """The weighted median of values."""
    order = np.argsort(values.to_numpy())
    up_to = np.cumsum(customers.to_numpy()[order])
    middle = np.searchsorted(up_to, [(up_to[-1] - 1) // 2, up_to[-1] // 2], side="right")
    return float(values.to_numpy(dtype=float)[order][middle].mean())


def _order(frame: Frame, key: str, table: pd.DataFrame, known: Iterable[str]) -> list[Any]:
    """Groups in the order of the table's categories, or of the scheme; others by spend."""
    dtype = frame.collect_schema()[key]
    first = [*dtype.categories] if isinstance(dtype, nw.Enum) else [*known]
    by_spend = table.sort_values(["spend", key], ascending=[False, True])[key]
    return list(dict.fromkeys([*first, *by_spend]))


def pareto(summary: FrameT, shares: Sequence[float] = PERCENTS) -> FrameT:
    """The share of spend that comes from each share of customers.

    Parameters
    ----------
    summary : dataframe
        From `summarize` or `score`, one row per customer. Customers without a purchase are left out.
    shares : sequence of float
        Shares of customers, the best first, in (0, 1]; by default every percent.

    Returns
    -------
    dataframe of the kind that came in
        One row per share: ``share_of_customers``; ``customers``, their number (rounded up); ``spend``, the net spend
        of that many best customers; ``share_of_spend``, which is missing unless the total is above 0.

    Raises
    ------
    DataError
        If a share lies outside (0, 1], a column is missing, or a customer has several rows.

    See Also
    --------
    rfm.plot.pareto : The whole curve.
    profile : Spend by segment.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> summary = pd.DataFrame({
    ...     "customer_id": range(5), "recency": 0, "orders": 1, "refunds": 0.0,
    ...     "spend": [80.0, 10.0, 5.0, 3.0, 2.0],
    ... })
    >>> rfm.pareto(summary, shares=[0.2, 1.0])
       share_of_customers  customers  spend  share_of_spend
    0                 0.2          1   80.0             0.8
    1                 1.0          5  100.0             1.0
    """
    wanted = sorted(set(numbers("shares", shares, "shares=[0.2, 0.5]", above=0, most=1)))
    made = "rfm.summarize(tx) or rfm.score(tx) makes such a table"
    entered = from_native(summary, made)
    if not _has_money(entered.collect_schema()):
        raise DataError(
            "This summary has no amounts, and shares of spend need them. "
            'Hint: Transactions(df, amount="…") names the column.'
        )
    frame = measured(entered, "days", "total", DECIMALS)
    frame = materialise(frame.select("customer_id", "monetary"))
    refuse_repeated(frame)
    found = levels(frame, "monetary", lambda n: [n + 1 - _many(share, n) for share in wanted])
    if not len(found.values):
        raise DataError("No customer in this summary has bought. Hint: check as_of and tx.audit.")
    people = np.concatenate([[0], np.cumsum(found.customers[::-1])])
    money = np.concatenate([[0.0], np.cumsum(found.total[::-1])])
    customers = np.array([_many(share, int(people[-1])) for share in wanted])
    spend = np.interp(customers, people, money)
    columns = {
        "share_of_customers": np.array(wanted),
        "customers": customers,
        "spend": spend,
        "share_of_spend": spend / money[-1] if money[-1] > 0 else np.full(len(spend), np.nan),
    }
    answer: FrameT = table_like(empty_like(frame), columns)
    return answer


def _many(share: float, n: int) -> int:
    """A share of n, rounded up; 7% of 100 is 7, although 0.07 * 100 is above 7 in floating point."""
    return math.ceil(round(share * n, 9))
