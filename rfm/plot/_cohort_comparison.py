"""Cohorts compared at the same age, by one measure."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final, Literal

import pandas as pd
from matplotlib.axes import Axes

from rfm._options import check_choice

from ._cohort_lines import by_age, measure_by_age
from ._numbers import number, percent
from ._style import picture

__all__ = ["cohort_comparison", "cohort_comparison_data"]

Measure = Literal["active_share", "orders_per_active", "order_value", "spend_per_customer"]
HINT: Final = "rfm.base_report(tx).cohorts is such a table"
_WORDS: Final[Mapping[Measure, tuple[str, str, Callable[[float], str]]]] = {
    "active_share": ("Who still buys: active customers", "Share of the cohort", percent),
    "orders_per_active": ("How often: orders per active customer", "Orders in the period", number),
    "order_value": ("How much: spend per order", "Spend per order in the period", number),
    "spend_per_customer": ("Worth so far: spend to date", "Spend per customer acquired", number),
}  # fmt: skip


def cohort_comparison(table: Any, measure: Measure = "active_share", *, ax: Axes | None = None) -> Axes:
    """Draw one measure of every cohort at the same age.

    Parameters
    ----------
    table : any dataframe
        ``cohorts`` of `rfm.base_report`.
    measure : {"active_share", "orders_per_active", "order_value", "spend_per_customer"}
        The share of the cohort that bought in the period (from age 1: at age 0 all did); orders per customer who did;
        spend per order; spend to date per customer acquired.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        One line per cohort, from the oldest (dark) to the youngest (light); dashed at periods that the log does not
        cover, faint where the cohort has fewer than 30 customers.

    Raises
    ------
    DataError
        A column is missing, or `measure` is unknown.

    See Also
    --------
    cohort_comparison_data : Its numbers.
    cohorts : The same shares as a triangle of cells.
    rfm.base_report : Makes the table.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1M")
    >>> ax = rfm.plot.cohort_comparison(report.cohorts, "order_value")
    >>> ax.get_ylabel()
    'Spend per order in the period'
    """
    data = cohort_comparison_data(table, measure)
    with picture(ax) as ax:
        by_age(ax, data, *_WORDS[measure])
    return ax


def cohort_comparison_data(table: Any, measure: Measure = "active_share") -> pd.DataFrame:
    """Return the numbers of `cohort_comparison`.

    Parameters
    ----------
    table : any dataframe
        ``cohorts`` of `rfm.base_report`.
    measure : {"active_share", "orders_per_active", "order_value", "spend_per_customer"}
        The share of the cohort that bought in the period (from age 1: at age 0 all did); orders per customer who did;
        spend per order; spend to date per customer acquired.

    Returns
    -------
    pandas.DataFrame
        ``cohort, age, customers, value, complete``, sorted.

    Raises
    ------
    DataError
        A column is missing, or `measure` is unknown.

    See Also
    --------
    cohort_comparison : The picture.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q")
    >>> rfm.plot.cohort_comparison_data(report.cohorts)["value"].round(3).tolist()
    [0.222, 0.177, 0.171, 0.163, 0.127]
    """
    check_choice("measure", measure, tuple(_WORDS))
    data = measure_by_age(table, measure, HINT)
    return data[data["age"] > 0].reset_index(drop=True) if measure == "active_share" else data
