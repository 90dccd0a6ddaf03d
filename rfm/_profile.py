"""Profiles of segments, one row each, and the concentration of spend over customers."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
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
from rfm._options import check_choice, check_flag, check_text, numbers, received, texts
from rfm._profile_statistics import FUNCTIONS, KEY, Grouped, by_group
from rfm._requirements import (
    COUNT,
    MONEY,
    TIME,
    Held,
    check_columns,
    check_groups,
    check_numbers,
    refuse_repeated,
)
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
FIRST, LAST = f"{INTERNAL}first", f"{INTERNAL}last"
NEW = "new"  # the segment of newcomers in the built-in schemes
MADE = "rfm.segment(tx) makes such a table"
METRICS = ("recency", "frequency", "monetary")
STATISTICS = tuple(f"{metric}_{part}" for metric in METRICS for part in ("median", "mean"))
OF_MONEY = (
    "spend",
    "share_of_spend",
    "monetary_median",
    "monetary_mean",
    "average_order_value",
    "spend_per_customer",
)
COLUMNS = (
    *("customers", "share", "recency", "orders", "spend", "share_of_spend"),
    *STATISTICS,
    *("average_order_value", "spend_per_customer"),
)
ASKED = Held(missing=True, booleans=True)
AGGREGATES = 'aggregates={"nps": "mean"}'


def profile(
    segmented: FrameT,
    scheme: str | Path | Scheme | None = None,
    *,
    by: str | Sequence[str] = "segment",
    total: bool = False,
    subtotals: bool = False,
    aggregates: Mapping[str, str | Sequence[str]] | None = None,
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
    total : bool
        Adds a last row of all customers.
    subtotals : bool
        With several columns in ``by``: adds a row for each group of the first of them, of the first two, and so on,
        after its parts, as SQL's ROLLUP does.
    aggregates : mapping of str to str or sequence of str, optional
        More columns of numbers, and what is told of them: "mean", "sum", "min", "max" or "median".
        ``{"nps": "mean"}`` adds ``nps_mean``. Missing values are left out.
    language : str
        Of the actions: "en", "zh-Hant", "zh-Hans".

    Returns
    -------
    dataframe of the kind that came in
        One row per segment, best first:

        ``segment``
            The name (or the columns named in ``by``); missing in the rows that ``total`` and ``subtotals`` add.
        ``level``
            With these only: "group", "subtotal" or "total".
        ``customers``, ``share``
            Number, and share of all.
        ``recency``
            Median of the days since the last purchase; the same as ``recency_median``. Missing for prospects, who have
            bought nothing.
        ``orders``, ``spend``
            Their total orders, as the table counts them for its scores (``frequency``: purchase days, or order
            ids where it was scored by ``frequency="orders"``), and total net spend (``spend + refunds``, also
            where it was scored by ``monetary="mean"``; ``monetary`` in a table without these). Where the table
            has ``spend_in_window``, both are those of the window.
        ``share_of_spend``
            Of all customers' net spend; missing where that is not above 0.
        ``recency_median``, ``recency_mean``, ``frequency_median``, ``frequency_mean``, ``monetary_median``, \
        ``monetary_mean``
            Over customers. Where few spend most, the median is the typical customer and the mean is not.
        ``average_order_value``, ``spend_per_customer``
            ``spend / orders``, missing without orders, and ``spend / customers``.
        ``action``
            Recommended action, after the aggregates.

        All columns of money are absent for a log without amounts.

    Raises
    ------
    DataError
        If a column is missing or not numeric, a customer has several rows, a column in ``by`` has the name of another
        column of the result, or an aggregate is unknown.

    Warns
    -----
    DataWarning
        If there is a segment "new", and the days of first purchases show that the log begins in the middle of its
        customers' histories.

    See Also
    --------
    segment : Makes the table.
    compare_segments : Who moved between two of them.
    rfm.plot.shares : A picture of it.
    clv.segment_value : With predicted value.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> segmented = pd.DataFrame({
    ...     "segment": ["low", "high", "low"], "recency": [10, 5, 30], "frequency": [1, 4, 2],
    ...     "monetary": [20.0, 70.0, 10.0],
    ... })
    >>> table = rfm.profile(segmented, total=True)
    >>> table[["segment", "customers", "share", "recency", "orders", "spend", "share_of_spend"]]
      segment  customers     share  recency  orders  spend  share_of_spend
    0    high          1  0.333333      5.0       4   70.0             0.7
    1     low          2  0.666667     20.0       3   30.0             0.3
    2     NaN          3  1.000000     10.0       7  100.0             1.0
    >>> table[["segment", "monetary_median", "monetary_mean", "average_order_value"]]
      segment  monetary_median  monetary_mean  average_order_value
    0    high             70.0      70.000000            17.500000
    1     low             15.0      15.000000            10.000000
    2     NaN             20.0      33.333333            14.285714
    """
    frame = from_native(segmented, MADE)
    keys = (by,) if isinstance(by, str) else tuple(texts("by", by, 'by="segment", or a list of columns'))
    if not keys:
        raise DataError('by is empty. Hint: by="segment".')
    check_text("language", language, 'language="en"')
    check_flag("total", total)
    check_flag("subtotals", subtotals)
    asked = _asked(aggregates, frame.collect_schema().names())
    grouped = _grouped(frame, keys, asked)
    sizes = [len(keys), *(range(len(keys) - 1, 0, -1) if subtotals else ()), *([0] if total else [])]
    tables = [_described(grouped.first(size), asked) for size in sizes]
    table = tables[0]
    lead = "segment" if "segment" in keys else keys[0]
    if (table[lead] == NEW).any():
        _warn_of_beginning(frame)
    known = scheme_of(table[lead].dropna()) if scheme is None else as_scheme(scheme)
    actions = {} if known is None else {s.name: s.action_in(language) for s in known.segments}
    orders = {key: _order(frame, key, table, actions) for key in {keys[0], lead}}
    table = _in_order(tables, sizes, keys, orders)
    everyone, spend = tables[0]["customers"].sum(), tables[0]["spend"].sum()
    table["share"] = table["customers"] / everyone
    table["share_of_spend"] = table["spend"] / spend if spend > 0 else np.nan
    table["action"] = [actions.get(name, "") for name in table[lead]]
    spent = () if _has_money(frame.collect_schema()) else OF_MONEY
    level = ("level",) if total or subtotals else ()
    named = [f"{name}_{function}" for name, functions in asked.items() for function in functions]
    names = [*keys, *level, *COLUMNS, *named, "action"]
    columns = {name: table[name].to_numpy() for name in names if name not in spent}
    categories = [name for name in orders[lead] if isinstance(name, str)]
    answer: FrameT = table_like(empty_like(frame), columns, categories)
    return answer


def _asked(aggregates: Any, held: Sequence[str]) -> dict[str, tuple[str, ...]]:
    """What is asked of which columns, checked but for their types."""
    if aggregates is None:
        return {}
    if not isinstance(aggregates, Mapping):
        raise DataError(
            f"aggregates must map columns to functions; got {received(aggregates)}. Hint: {AGGREGATES}."
        )
    found: dict[str, tuple[str, ...]] = {}
    for name, functions in aggregates.items():
        check_text("aggregates", name, AGGREGATES)
        listed = (
            (functions,)
            if isinstance(functions, str)
            else tuple(texts(f"aggregates[{name!r}]", functions, AGGREGATES))
        )
        if not listed:
            raise DataError(f"aggregates[{name!r}] is empty. Hint: {AGGREGATES}.")
        for function in listed:
            check_choice(f"aggregates[{name!r}]", function, FUNCTIONS)
        found[name] = tuple(dict.fromkeys(listed))
    return found


def _grouped(frame: Frame, keys: Sequence[str], asked: Mapping[str, Sequence[str]]) -> Grouped:
    """The columns that are described, checked, and the groups; an engine computes them once."""
    schema = frame.collect_schema()
    orders = "frequency" if "frequency" in schema or "orders" not in schema else "orders"
    has_spend, has_money = {"spend", "refunds"} <= set(schema), _has_money(schema)
    monetary = has_money and ("monetary" in schema or not has_spend)
    needed = (*keys, "recency", orders, *(("monetary",) if monetary else ()), *asked)
    check_columns(frame, needed, MADE)
    made = {
        *COLUMNS,
        "action",
        "level",
        *(f"{name}_{f}" for name, functions in asked.items() for f in functions),
    }
    if taken := [key for key in keys if key in made]:
        raise DataError(
            f"by={taken[0]!r} has the name of another column of the profile. Hint: rename the column, and group "
            "by the new name."
        )
    if taken := [
        f"{name}_{f}" for name, functions in asked.items() for f in functions if f"{name}_{f}" in COLUMNS
    ]:
        raise DataError(f"The profile has {taken[0]!r} already. Hint: leave it out of aggregates.")
    check_groups(frame, keys)
    if "customer_id" in schema:
        refuse_repeated(frame)
    money = {"spend": MONEY, "refunds": MONEY} if has_spend else {}
    money |= {"monetary": MONEY} if monetary else {}
    check_numbers(buyers(frame, orders), {"recency": TIME, orders: COUNT, **money}, MADE)
    check_numbers(frame, dict.fromkeys(asked, ASKED), f"{AGGREGATES} names columns of numbers")
    windowed = "spend_in_window" in schema
    spend = nw.col("spend_in_window") if windowed else _spend(has_spend, has_money)
    measures = {
        "recency": nw.col("recency"),
        "frequency": nw.col(orders),
        "orders": nw.col(orders).fill_null(0).cast(nw.Int64),  # prospects have none
        "spend": spend.fill_null(0.0),
        "monetary": nw.col("monetary") if monetary else spend,
    }
    plain = {f"{KEY}{place}": nw.col(key) for place, key in enumerate(keys)}
    values = {f"{INTERNAL}asked{place}": nw.col(name) for place, name in enumerate(asked)}
    chosen = frame.select(
        **plain, **{f"{INTERNAL}{name}": value for name, value in measures.items()}, **values
    )
    return Grouped(materialise(chosen), tuple(keys))


def _described(grouped: Grouped, asked: Mapping[str, Sequence[str]]) -> pd.DataFrame:
    """One row per group, without the shares."""
    sums = {f"{INTERNAL}{name}": name for name in ("orders", "spend")}
    aggregates: dict[str, tuple[str, ...]] = {
        f"{INTERNAL}{name}": ("mean", "median") for name in METRICS
    }  # of those who bought
    aggregates |= {
        f"{INTERNAL}asked{place}": tuple(functions) for place, functions in enumerate(asked.values())
    }
    table = by_group(grouped, list(sums), aggregates)
    inner = sums | {
        f"{INTERNAL}{name}_{part}": f"{name}_{part}" for name in METRICS for part in ("mean", "median")
    }
    for place, (name, functions) in enumerate(asked.items()):
        inner |= {f"{INTERNAL}asked{place}_{function}": f"{name}_{function}" for function in functions}
    table = table.rename(columns=inner)
    orders = table["orders"].to_numpy(dtype=float)
    table["average_order_value"] = table["spend"] / np.where(orders > 0, orders, np.nan)
    table["spend_per_customer"] = table["spend"] / table["customers"]
    return table.assign(recency=table["recency_median"])


def _in_order(
    tables: Sequence[pd.DataFrame],
    sizes: Sequence[int],
    keys: Sequence[str],
    orders: Mapping[str, Sequence[Any]],
) -> pd.DataFrame:
    """The groups by their keys, some of these in a given order; the larger groups after their parts."""
    named = {len(keys): "group", 0: "total"}
    parts = []
    for table, size in zip(tables, sizes, strict=True):
        last = {f"{PLACE}{place}": int(place >= size) for place in range(len(keys))}
        parts.append(table.assign(level=named.get(size, "subtotal"), **last))
    whole = pd.concat(
        parts, ignore_index=True
    )  # keys that a part lacks are missing, of the type of the others
    for key, order in orders.items():
        ranks = {name: rank for rank, name in enumerate(order)}
        whole[f"{PLACE}_{key}"] = [ranks.get(name, len(ranks)) for name in whole[key]]
    sorted_by = [f"{PLACE}_{key}" if key in orders else key for key in keys]
    places = [f"{PLACE}{place}" for place in range(len(keys))]
    within = [each for both in zip(places, sorted_by, strict=True) for each in both]
    return whole.sort_values(within, ignore_index=True)


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


def _order(frame: Frame, key: str, table: pd.DataFrame, known: Iterable[str]) -> list[Any]:
    """Groups in the order of the table's categories, or of the scheme; others by spend."""
    dtype = frame.collect_schema()[key]
    first = [*dtype.categories] if isinstance(dtype, nw.Enum) else [*known]
    spend = table.groupby(key, dropna=False, sort=False)["spend"].sum().reset_index()
    by_spend = spend.sort_values(["spend", key], ascending=[False, True])[key]
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
