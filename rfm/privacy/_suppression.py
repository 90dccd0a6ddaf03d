"""Hiding small groups of a table, and the further cells from which they could be computed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd

from rfm._frames.mapping import to_plain_pandas
from rfm._frames.native import from_native
from rfm._frames.small_tables import empty_like, table_like
from rfm._frames.types import FrameT
from rfm._options import check_text, fraction, received, text_by_text, texts, whole
from rfm._requirements import COUNT, LARGEST_AMOUNT, Held, check_columns, check_groups, check_numbers
from rfm.errors import DataError
from rfm.privacy._complementing import Measure, complemented

__all__ = ["suppress"]

MADE: Final = (
    "suppress takes a table with a row per group and a column of numbers of customers, as of rfm.profile"
)
ACTION: Final = "action"
AMOUNT: Final = Held(0, LARGEST_AMOUNT)
WIDTH: Final = 0.2
"""Of the largest customer's amount: the width of the range to which a sum may be known (the p% rule with p = 20)."""
LARGEST: Final = 2_000
"""Rows of a table whose hidden cells are proven to be hidden."""


def suppress(
    table: FrameT,
    k: int = 5,
    by: Sequence[str] | str | None = None,
    *,
    customers: str = "customers",
    keep: Sequence[str] = (),
    largest: Mapping[str, str] | None = None,
    dominance: float = 0.5,
) -> FrameT:
    """Hide groups of fewer than k customers, so that the rest of the table does not give them away.

    A group of 1 to k − 1 customers loses its numbers. Where row and column totals are known, one hidden cell is the
    total less the others: so further cells are hidden (few, and small ones), until at least k numbers of customers are
    possible for each small group.

    Parameters
    ----------
    table : dataframe
        One row per group, such as `profile` or a table of two dimensions, without rows of totals.
    k : int
        The smallest group that is shown.
    by : str or sequence of str, optional
        The columns that name a group, one or two. By default all columns of text but ``action``.
    customers : str
        The column of numbers of customers.
    keep : sequence of str
        Columns of text that are shown for hidden groups, too, as they tell nothing of customers. ``action``, as
        `profile` gives it, is one of them.
    largest : mapping of str to str, optional
        For columns of sums of amounts from 0, the column that holds the largest customer's amount: ``{"spend":
        "monetary_max"}`` after ``rfm.profile(segmented, aggregates={"monetary": "max"})``. A group whose sum is mostly
        one customer's is then hidden as well, and the sum of a group that must be hidden cannot be computed more
        precisely than to a range a fifth as wide as its largest amount. These columns of single customers are left out
        of the result.
    dominance : float
        The share of a sum above which one customer dominates it.

    Returns
    -------
    dataframe of the kind that came in
        The same rows, with missing values in all columns but ``by`` and ``keep`` where a group is hidden, and
        ``suppressed``: "hidden" or "". Which of them are small is not told: from a total of 6 and k = 5, that would
        give 1 and 5.

    Raises
    ------
    DataError
        If a column is missing, there are not one or two columns of groups, a group has two rows or no name, the total
        of a row or column is too small to hide anything in it, or nothing can be shown.

    See Also
    --------
    k_anonymity : The same for rows of single customers.
    private_profile : Noise, which protects against what readers know besides.
    pseudonymize : Ids.

    Notes
    -----
    The reader is assumed to know every row and column total (all customers of the shop, of each segment, of each
    country), and that empty groups are shown. What can be computed of a hidden cell is then the range that a linear
    programme finds (Fischetti & Salazar 2001, Management Science 47, 1008–1027, who minimise the loss exactly; here
    cells are added one by one). It does not cover what two tables of the same customers tell together, nor readers
    who are themselves among the hidden.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> table = pd.DataFrame({"segment": ["VIP", "loyal", "new", "lost"], "customers": [3, 20, 45, 90]})
    >>> rfm.privacy.suppress(table)
      segment  customers suppressed
    0     VIP        NaN     hidden
    1   loyal        NaN     hidden
    2     new       45.0
    3    lost       90.0
    """
    least = whole("k", k, "k=5", least=2, most=1_000_000)
    most = fraction("dominance", dominance, "dominance=0.5")
    frame = from_native(table, MADE)
    check_text("customers", customers, 'customers="customers"')
    keep = texts("keep", keep, 'keep=["note"]')
    sums = text_by_text("largest", {} if largest is None else largest, 'largest={"spend": "monetary_max"}')
    check_columns(frame, (customers, *keep, *sums, *sums.values()), MADE)
    plain = to_plain_pandas(frame)
    keys = _keys(plain, by, (customers, *keep, ACTION))
    if ACTION in plain and ACTION not in keys:
        keep = [*keep, ACTION]  # a segment's, not its customers'
    check_columns(frame, keys, MADE)
    check_groups(frame, keys)
    amounts = dict.fromkeys([*sums, *sums.values()], AMOUNT)
    check_numbers(from_native(plain), {customers: COUNT, **amounts}, MADE)
    _check_groups_of(plain, keys, keep)
    n = plain[customers].to_numpy(dtype=float)
    lines = _lines(plain, keys)
    small = (n > 0) & (n < least)
    _check_totals(n, small, lines, least)
    money = [
        (plain[total].to_numpy(dtype=float), plain[one].to_numpy(dtype=float)) for total, one in sums.items()
    ]
    primary = small.copy()
    for total, one in money:
        primary |= (n > 0) & (one > most * total)
    measures = [Measure(n, 1.0, np.where(small, least - 1.0, 0.0))]
    measures += [Measure(total, 0.0, WIDTH * np.minimum(one, total)) for total, one in money]
    hidden = complemented(measures, primary, list(lines.values()), least)
    columns = {
        str(name): _shown(plain[name]) if name in (*keys, *keep) else _without(plain[name], hidden)
        for name in plain
        if name not in sums.values()
    }
    columns["suppressed"] = np.where(hidden, "hidden", "").astype(object)
    answer: FrameT = table_like(empty_like(frame), columns, _order(plain))
    return answer


def _keys(table: pd.DataFrame, by: Any, others: Sequence[str]) -> list[str]:
    """The columns that name a group."""
    if by is None:
        keys = [str(name) for name in table if name not in others and _is_text(table[name])]
    else:
        keys = [by] if isinstance(by, str) else texts("by", by, 'by=["segment"]')
    if len(keys) not in (1, 2):
        raise DataError(f'A table has one or two columns of groups; got {len(keys)}. Hint: by=["segment"].')
    return keys


def _check_groups_of(table: pd.DataFrame, keys: Sequence[str], keep: Sequence[str]) -> None:
    """Refuse tables whose rows are not one group each, and columns that would tell what is hidden."""
    if "suppressed" in table:
        raise DataError("The name 'suppressed' is taken by the result. Hint: rename the column.")
    if numeric := [name for name in keep if pd.api.types.is_numeric_dtype(table[name])]:
        raise DataError(
            f"keep={numeric[0]!r} holds numbers, which may tell what is hidden: a share is a number of customers. "
            'Hint: keep=["note"], columns of text.'
        )
    for key in keys:
        if table[key].isna().any():
            raise DataError(
                f"Column {key!r} has missing values, as in rows of totals. Totals are taken as known. Hint: leave rows "
                "of totals out, or give customers without a group a name."
            )
    if table.duplicated(list(keys)).any():
        raise DataError(
            f"A group has several rows. Hint: by= names all columns that tell groups apart; got {list(keys)}."
        )
    if len(table) > LARGEST:
        raise DataError(f"The table has {len(table):,} rows; suppress proves tables of up to {LARGEST:,}.")


def _check_totals(
    n: npt.NDArray[Any], small: npt.NDArray[np.bool_], lines: Mapping[str, npt.NDArray[np.int64]], k: int
) -> None:
    """Refuse a row or column whose known total leaves fewer than k numbers possible, whatever is hidden."""
    for name, line in lines.items():
        total, cells = n[line].sum(), int((n[line] > 0).sum())
        if small[line].any() and total - cells + 1 < k:
            raise DataError(
                f"{name} has {total:,.0f} customers in {cells} groups: its total, which is taken as known, tells too "
                f"much of groups below {k}. Hint: join it with another, or leave it out."
            )


def _order(table: pd.DataFrame) -> list[str]:
    """The segments in their order: that of the categories, or of the rows."""
    if "segment" not in table:
        return []
    column = table["segment"]
    own = column.cat.categories if isinstance(column.dtype, pd.CategoricalDtype) else column.dropna().unique()
    return [str(each) for each in own]


def _is_text(column: pd.Series[Any]) -> bool:
    return not (pd.api.types.is_numeric_dtype(column) or pd.api.types.is_datetime64_any_dtype(column))


def _shown(column: pd.Series[Any]) -> npt.NDArray[Any]:
    return (column.astype(object) if _is_text(column) else column).to_numpy()


def _without(column: pd.Series[Any], hidden: npt.NDArray[np.bool_]) -> npt.NDArray[Any]:
    """The values with hidden ones missing."""
    if pd.api.types.is_numeric_dtype(column):
        return np.where(hidden, np.nan, column.to_numpy(dtype=float))
    values = column.astype(object).to_numpy(copy=True)
    values[hidden] = None
    return values


def _lines(table: pd.DataFrame, keys: Sequence[str]) -> dict[str, npt.NDArray[np.int64]]:
    """The rows of each group of cells whose total is known, by name: all, or each value of each of two columns."""
    if len(keys) == 1:
        return {"The table": np.arange(len(table))}
    return {
        f"{key} {received(name)}": np.asarray(rows, dtype=np.int64)
        for key in keys
        for name, rows in table.groupby(key, sort=True, observed=True).indices.items()
    }
