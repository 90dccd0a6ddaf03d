"""Hiding small groups of a table, and the further cells from which they could be computed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import optimize

from rfm._frames.mapping import to_plain_pandas
from rfm._frames.native import from_native
from rfm._frames.small_tables import empty_like, table_like
from rfm._frames.types import FrameT
from rfm._options import check_text, texts, whole
from rfm._requirements import COUNT, check_columns, check_groups, check_numbers
from rfm.errors import DataError

__all__ = ["suppress"]

MADE: Final = (
    "suppress takes a table with a row per group and a column of numbers of customers, as of rfm.profile"
)
LARGEST: Final = 2_000
"""Rows of a table whose hidden cells are proven to be hidden."""


def suppress(
    table: FrameT,
    k: int = 5,
    by: Sequence[str] | str | None = None,
    *,
    customers: str = "customers",
    keep: Sequence[str] = (),
) -> FrameT:
    """Hide groups of fewer than k customers, so that the rest of the table does not give them away.

    A group of 1 to k − 1 customers loses its numbers. Where row and column totals are known, one hidden cell is the
    total less the others: so further cells are hidden (the smallest that do), until no hidden number of customers
    can be computed more precisely than to a range that k fits into.

    Parameters
    ----------
    table : dataframe
        One row per group, such as `profile` or a table of two dimensions.
    k : int
        The smallest group that is shown.
    by : str or sequence of str, optional
        The columns that name a group, one or two. By default all columns of text.
    customers : str
        The column of numbers of customers.
    keep : sequence of str
        Columns that are shown for hidden groups, too, as they tell nothing of customers, such as ``action``.

    Returns
    -------
    dataframe of the kind that came in
        The same rows, with missing values in all columns but ``by`` and ``keep`` where a group is hidden, and
        ``suppressed``: "" , "small" or "complementary".

    Raises
    ------
    DataError
        If a column is missing, there are not one or two columns of groups, a group has two rows, or nothing can be
        shown: then all of its cells are too small.

    See Also
    --------
    k_anonymity : The same for rows of single customers.
    pseudonymize : Ids.

    Notes
    -----
    The reader is assumed to know every row and column total (all customers of the shop, of each segment, of each
    country). What can be computed of a hidden cell is then the range that a linear programme finds (Fischetti &
    Salazar 2001, Management Science 47, 1008–1027, who minimise the loss exactly; here cells are added one by one).

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> table = pd.DataFrame({"segment": ["VIP", "loyal", "new", "lost"], "customers": [3, 20, 45, 90]})
    >>> rfm.privacy.suppress(table)
      segment  customers     suppressed
    0     VIP        NaN          small
    1   loyal        NaN  complementary
    2     new       45.0
    3    lost       90.0
    """
    least = whole("k", k, "k=5", least=2, most=1_000_000)
    frame = from_native(table, MADE)
    check_text("customers", customers, 'customers="customers"')
    keep = texts("keep", keep, 'keep=["action"]')
    check_columns(frame, (customers,), MADE)
    held = frame.collect_schema()
    plain = to_plain_pandas(frame)
    named = [by] if isinstance(by, str) else texts("by", by, 'by=["segment"]') if by is not None else None
    keys = named or [
        name for name in plain if name != customers and name not in keep and _is_text(plain[name])
    ]
    if len(keys) not in (1, 2):
        raise DataError(f'A table has one or two columns of groups; got {len(keys)}. Hint: by=["segment"].')
    check_columns(frame, (*keys, *keep), MADE)
    check_groups(frame, keys)
    check_numbers(frame, {customers: COUNT}, MADE)
    if "suppressed" in held:
        raise DataError("The name 'suppressed' is taken by the result. Hint: rename the column.")
    if plain.duplicated(keys).any():
        raise DataError(
            f"A group has several rows. Hint: by= names all columns that tell groups apart; got {keys}."
        )
    if len(plain) > LARGEST:
        raise DataError(f"The table has {len(plain):,} rows; suppress proves tables of up to {LARGEST:,}.")
    n = plain[customers].to_numpy(dtype=float)
    lines = _lines(plain, keys)
    small = (n > 0) & (n < least)
    hidden = _complemented(n, small, lines, least)
    why = np.where(small, "small", np.where(hidden, "complementary", "")).astype(object)
    columns = {
        name: _shown(plain[name]) if name in (*keys, *keep) else _without(plain[name], hidden)
        for name in plain
    }
    made = {**{str(name): values for name, values in columns.items()}, "suppressed": why}
    answer: FrameT = table_like(empty_like(frame), made, _order(plain))
    return answer


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


def _lines(table: pd.DataFrame, keys: Sequence[str]) -> list[npt.NDArray[np.int64]]:
    """The rows of each group of cells whose total is known: all, or each value of each of two columns."""
    if len(keys) == 1:
        return [np.arange(len(table))]
    return [
        np.asarray(rows, dtype=np.int64)
        for key in keys
        for rows in table.groupby(key, sort=True, observed=True).indices.values()
    ]


def _complemented(
    n: npt.NDArray[Any], small: npt.NDArray[np.bool_], lines: list[npt.NDArray[np.int64]], k: int
) -> npt.NDArray[np.bool_]:
    """The hidden cells: the small ones, and more until each is known only to a range that k fits into."""
    hidden = small.copy()
    lines_of = {int(cell): [line for line in lines if cell in line] for line in lines for cell in line}
    while exposed := [int(cell) for cell in np.flatnonzero(small) if _range(cell, n, hidden, lines) < k]:
        more = _rectangle(exposed[0], n, hidden, lines_of, k) or _smallest(exposed[0], n, hidden, lines_of)
        if not more:
            raise DataError(
                f"No group can be shown: hiding those below {k} customers hides all. "
                "Hint: larger groups, or a smaller k."
            )
        hidden[more] = True
    return hidden


def _rectangle(
    cell: int,
    n: npt.NDArray[Any],
    hidden: npt.NDArray[np.bool_],
    lines_of: dict[int, list[npt.NDArray[np.int64]]],
    k: int,
) -> list[int]:
    """The cheapest three cells that make a rectangle with a cell: what one corner gains, its neighbours lose.

    The cell may then be larger by what both neighbours hold, and smaller by what the corner across can take over.
    """
    if len(lines_of[cell]) < 2:
        return []
    across = {(id(a), id(b)): c for c, (a, b) in lines_of.items()}
    best: tuple[float, list[int]] = (np.inf, [])
    row, column = lines_of[cell]
    for left in map(int, row):
        for right in map(int, column):
            corner = across.get((id(lines_of[right][0]), id(lines_of[left][1])))
            if cell in (left, right) or corner is None:
                continue
            if min(n[left], n[right]) + min(n[cell], n[corner]) < k:
                continue
            added = [each for each in (left, right, corner) if not hidden[each]]
            lost = float(sum(n[each] for each in added))
            if added and lost < best[0]:
                best = (lost, added)
    return best[1]


def _smallest(
    cell: int,
    n: npt.NDArray[Any],
    hidden: npt.NDArray[np.bool_],
    lines_of: dict[int, list[npt.NDArray[np.int64]]],
) -> list[int]:
    """The smallest cell that is still shown, of the cell's own lines if there is one."""
    shown = np.flatnonzero(~hidden & (n > 0))
    own = [int(i) for i in shown if any(i in line for line in lines_of[cell])]
    return sorted(own or map(int, shown), key=lambda i: (n[i], i))[:1]


def _range(
    cell: int, n: npt.NDArray[Any], hidden: npt.NDArray[np.bool_], lines: list[npt.NDArray[np.int64]]
) -> float:
    """How wide the range is that a hidden cell is known to, from the totals and the cells that are shown."""
    cells = np.flatnonzero(hidden)
    place = {int(c): i for i, c in enumerate(cells)}
    rows = [[place[int(i)] for i in line if hidden[i]] for line in lines]
    equalities = np.zeros((len(rows), len(cells)))
    for i, row in enumerate(rows):
        equalities[i, row] = 1.0
    totals = equalities @ n[cells]
    goal = np.zeros(len(cells))
    goal[place[int(cell)]] = 1.0
    ends = [
        optimize.linprog(sign * goal, A_eq=equalities, b_eq=totals, bounds=(0, None)).fun for sign in (1, -1)
    ]
    return float(-ends[1] - ends[0])
