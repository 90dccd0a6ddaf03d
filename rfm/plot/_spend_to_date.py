"""Spend or orders to date per customer acquired, by age of the cohort."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, Literal

import pandas as pd
from matplotlib.axes import Axes

from rfm._options import check_choice

from ._cohort_lines import by_age, measure_by_age
from ._numbers import number
from ._style import picture

__all__ = ["spend_to_date", "spend_to_date_data"]

Measure = Literal["spend", "orders"]
HINT: Final = "rfm.base_report(tx).spend_to_date is such a table"
_WORDS: Final[Mapping[Measure, tuple[str, str]]] = {
    "spend": ("Spend to date", "Spend per customer acquired"),
    "orders": ("Orders to date", "Orders per customer acquired"),
}


def spend_to_date(table: Any, measure: Measure = "spend", *, ax: Axes | None = None) -> Axes:
    """Draw what a customer of each cohort has spent, or how often ordered, since the first purchase, by age.

    Parameters
    ----------
    table : any dataframe
        ``spend_to_date`` of `rfm.base_report`.
    measure : {"spend", "orders"}
        Net spend, or number of orders, per customer acquired.
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
    spend_to_date_data : Its numbers.
    rfm.base_report : Makes the table.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1M")
    >>> ax = rfm.plot.spend_to_date(report.spend_to_date)
    >>> ax.get_ylabel()
    'Spend per customer acquired'
    """
    data = spend_to_date_data(table, measure)
    with picture(ax) as ax:
        by_age(ax, data, *_WORDS[measure], number)
    return ax


def spend_to_date_data(table: Any, measure: Measure = "spend") -> pd.DataFrame:
    """Return the numbers of `spend_to_date`.

    Parameters
    ----------
    table : any dataframe
        ``spend_to_date`` of `rfm.base_report`.
    measure : {"spend", "orders"}
        Net spend, or number of orders, per customer acquired.

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
    spend_to_date : The picture.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q")
    >>> rfm.plot.spend_to_date_data(report.spend_to_date)["value"].round(2).tolist()
    [47.73, 62.0, 73.45, 85.37, 95.93, 103.56]
    """
    check_choice("measure", measure, tuple(_WORDS))
    return measure_by_age(table, f"{measure}_per_customer", HINT)
