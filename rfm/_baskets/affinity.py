"""What a segment buys more than others: shares of its customers who bought an item, beside those of everybody."""

from __future__ import annotations

from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import numpy.typing as npt
import pandas as pd
from scipy import stats

from rfm._baskets.lines import buyers, check_lines
from rfm._frames.execution import fetch, materialise
from rfm._frames.joins import join_in_order
from rfm._frames.native import Frame, from_native
from rfm._frames.small_tables import empty_like, table_like
from rfm._frames.types import FrameT
from rfm._options import check_text, confidence_level, whole
from rfm._requirements import check_columns, check_groups, check_same_customers, refuse_repeated
from rfm.errors import DataError

__all__ = ["affinity"]

MADE: Final = "rfm.segment(tx) makes such a table"
ALPHA: Final = 0.05


def affinity(
    lines: Any,
    segmented: FrameT,
    item: str = "category",
    *,
    by: str = "segment",
    confidence: float = 0.95,
    least: int = 5,
) -> FrameT:
    """What each segment buys more, or less, than all customers.

    Parameters
    ----------
    lines : dataframe
        Order lines: a row for each thing bought, with ``customer_id`` and a column of items. Customers without a
        segment are left out.
    segmented : dataframe
        From `segment`, on the same engine: one row per customer.
    item : str
        The column of ``lines`` that says what was bought: a category, brand or product.
    by : str
        The column of groups in ``segmented``.
    confidence : float
        Of the intervals.
    least : int
        Customers who bought an item; rarer items are left out.

    Returns
    -------
    dataframe of the kind that came in
        One row per segment and item, by segment, then the largest index:

        ``segment, item``
            Named as in the columns ``by`` and ``item``.
        ``customers, buyers``
            Customers of the segment, and those of them who bought the item.
        ``share, share_of_all``
            Share of buyers in the segment and among all customers.
        ``index, index_low, index_high``
            ``share / share_of_all`` with its interval: 1 where the segment buys the item like everybody, 2 where twice
            as many of it do. Association rules call it the lift of "in the segment" and "buys the item".
        ``missing_buyers``
            How many more customers of the segment would buy the item if the segment were like the others; 0 where
            it buys more.
        ``p_value, false_discovery``
            Of the exact test that the segment is like the others (hypergeometric, two-sided), and corrected for the
            number of rows (Benjamini & Hochberg): of rows below 0.05 one in twenty or fewer are chance.

    Raises
    ------
    DataError
        If a column is missing, a customer has several rows in ``segmented``, or no item has enough buyers.

    See Also
    --------
    cross_shop : Which items go together.
    first_items : What a first purchase leads to.

    Notes
    -----
    The interval is that of the ratio of the segment's share to the others' (Katz et al. 1978, Biometrics 34, 469–474),
    carried over to the index, which rises with it.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> segmented = pd.DataFrame({"customer_id": range(100), "segment": ["VIP"] * 20 + ["new"] * 80})
    >>> lines = pd.DataFrame({
    ...     "customer_id": [*range(15), *range(20, 40), *range(100)],
    ...     "category": ["wine"] * 35 + ["bread"] * 100,
    ... })
    >>> table = rfm.affinity(lines, segmented)
    >>> table[["segment", "category", "buyers", "share", "index", "missing_buyers"]].round(3)
      segment category  buyers  share  index  missing_buyers
    0     new    bread      80   1.00  1.000             0.0
    1     new     wine      20   0.25  0.714            40.0
    2     VIP     wine      15   0.75  2.143             0.0
    3     VIP    bread      20   1.00  1.000             0.0
    """
    frame, rows = from_native(segmented, MADE), check_lines(lines, item)
    check_text("by", by, 'by="segment"')
    level, rare = confidence_level(confidence), whole("least", least, "least=5", least=1)
    check_columns(frame, ("customer_id", by), MADE, argument="segmented")
    check_groups(frame, (by,))
    refuse_repeated(frame, argument="segmented")
    if by == item:
        raise DataError(f"by and item are both {by!r}. Hint: rename one of the columns.")
    check_same_customers(rows, frame, ("lines", "segmented"))
    groups = materialise(frame.select("customer_id", group=nw.col(by)))
    sizes, counted = _counted(groups, buyers(rows, item))
    table = _indices(sizes, counted, rare, level)
    if not len(table):
        raise DataError(f"No item was bought by {rare} customers or more. Hint: least=1, or broader items.")
    order = _order(frame, by, sizes)
    place = table["group"].map({name: i for i, name in enumerate(order)})
    table = table.iloc[np.lexsort([table["item"].astype(str), -table["index"], place])]
    columns: dict[str, npt.NDArray[Any]] = {by: table["group"].to_numpy(), item: table["item"].to_numpy()}
    columns |= {str(name): table[name].to_numpy() for name in table.columns[2:]}
    answer: FrameT = table_like(empty_like(frame), columns, [str(name) for name in order])
    return answer


def _counted(groups: Any, bought: Any) -> tuple[pd.Series[Any], pd.DataFrame]:
    """Customers by group, and buyers by group and item: all that leaves an engine."""
    sizes = pd.DataFrame(fetch(groups.group_by("group").agg(customers=nw.len())).to_dict(as_series=False))
    both = join_in_order(bought, groups, how="inner").group_by("group", "item").agg(buyers=nw.len())
    counted = pd.DataFrame(fetch(both).to_dict(as_series=False))
    return sizes.astype({"group": str}).set_index("group")["customers"], counted.astype({"group": str})


def _order(frame: Frame, by: str, sizes: pd.Series[Any]) -> list[str]:
    """The groups in the order of the table's categories, or the largest first."""
    dtype = frame.collect_schema()[by]
    known = list(dtype.categories) if isinstance(dtype, nw.Enum) else []
    largest = sorted(sizes.index, key=lambda name: (-sizes[name], name))
    return [name for name in dict.fromkeys([*known, *largest]) if name in sizes.index]


def _indices(sizes: pd.Series[Any], counted: pd.DataFrame, least: int, level: float) -> pd.DataFrame:
    """The rows of all groups and all items that are not rare."""
    everybody, of_item = int(sizes.sum()), counted.groupby("item")["buyers"].sum()
    kept = of_item[of_item >= least]
    index = pd.MultiIndex.from_product([sizes.index, kept.index], names=["group", "item"])
    k = counted.set_index(["group", "item"])["buyers"].reindex(index, fill_value=0).to_numpy(dtype=float)
    n = sizes.reindex(index.get_level_values("group")).to_numpy(dtype=float)
    all_k = kept.reindex(index.get_level_values("item")).to_numpy(dtype=float)
    share, share_of_all = k / n, all_k / everybody
    low, high = _interval(k, n, all_k, float(everybody), level)
    others = np.divide(all_k - k, everybody - n, out=np.full(len(k), np.nan), where=everybody > n)
    p = _p_values(k, n, all_k, everybody)
    return index.to_frame(index=False).assign(
        customers=n.astype(np.int64), buyers=k.astype(np.int64), share=share, share_of_all=share_of_all,
        index=share / share_of_all, index_low=low, index_high=high,
        missing_buyers=np.maximum(others * n - k, 0.0), p_value=p,
        false_discovery=stats.false_discovery_control(p) if len(p) else p,
    )  # fmt: skip


def _interval(
    k: npt.NDArray[Any], n: npt.NDArray[Any], all_k: npt.NDArray[Any], everybody: float, level: float
) -> tuple[npt.NDArray[Any], npt.NDArray[Any]]:
    """The interval of the index: 1/(w + (1 − w)/r) for the ratio r of the group's share to the others', w its size."""
    rest, rest_k = everybody - n, all_k - k
    weight = n / everybody
    with np.errstate(divide="ignore", invalid="ignore"):
        # Half a buyer more in each group where one has none, so that the ratio is neither 0 nor infinite.
        none = (k == 0) | (rest_k == 0)
        a, b = np.where(none, k + 0.5, k), np.where(none, rest_k + 0.5, rest_k)
        n_a, n_b = np.where(none, n + 0.5, n), np.where(none, rest + 0.5, rest)
        ratio = np.log(a / n_a) - np.log(b / n_b)
        error = np.sqrt(np.maximum(1 / a - 1 / n_a + 1 / b - 1 / n_b, 0.0))
        z = stats.norm.ppf((1 + level) / 2)
        ends = [1 / (weight + (1 - weight) / np.exp(ratio + side * z * error)) for side in (-1, 1)]
    whole_shop = rest == 0
    low, high = (np.where(whole_shop, 1.0, end) for end in ends)
    return np.where(k == 0, 0.0, low), high


def _p_values(
    k: npt.NDArray[Any], n: npt.NDArray[Any], all_k: npt.NDArray[Any], everybody: int
) -> npt.NDArray[Any]:
    """Twice the smaller tail of the hypergeometric distribution."""
    law = stats.hypergeom(everybody, all_k, n)
    p: npt.NDArray[Any] = np.minimum(1.0, 2 * np.minimum(law.cdf(k), law.sf(k - 1)))
    return p
