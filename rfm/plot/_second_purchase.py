"""The share of each cohort that has bought a second time, by days since the first purchase."""

from __future__ import annotations

from typing import Any, Final

import pandas as pd
from matplotlib.axes import Axes

from ._cohort_lines import lines, note
from ._numbers import number, percent
from ._style import nothing, picture, titles, units
from ._tables import fetched, require

__all__ = ["second_purchase", "second_purchase_data"]

HINT: Final = "rfm.base_report(tx).second_purchase is such a table"


def second_purchase(table: Any, *, ax: Axes | None = None) -> Axes:
    """Draw the share of each cohort that has bought a second time, by days since the first purchase.

    Parameters
    ----------
    table : any dataframe
        ``second_purchase`` of `rfm.base_report`.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        One line per cohort, from the oldest (dark) to the youngest (light); dashed where the log has not seen all of
        the cohort so long, faint where the cohort has fewer than 30 customers.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    second_purchase_data : Its numbers.
    rfm.base_report : Makes the table.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1M")
    >>> ax = rfm.plot.second_purchase(report.second_purchase)
    >>> ax.get_ylabel()
    'Share of the cohort'
    """
    data = second_purchase_data(table)
    with picture(ax) as ax:
        titles(
            ax, "Customers who have bought a second time", x="Days since the first purchase",
            y="Share of the cohort", note=note(data, "whole", "not all of the cohort seen so long"),
        )  # fmt: skip
        known = data.dropna(subset=["share_again"])
        if known.empty:
            return nothing(ax)
        ax.set_xlim(0, max(float(known["days"].max()), 1.0))
        ax.set_ylim(0, 1.08 * max(float(known["share_again"].max()), 1e-9))
        units(ax.xaxis, number)
        units(ax.yaxis, percent)
        origin = data.drop_duplicates("cohort").assign(days=0, share_again=0.0, whole=True)
        lines(ax, pd.concat([origin, data]).sort_values(["cohort", "days"]), "days", "share_again", "whole")
    return ax


def second_purchase_data(table: Any) -> pd.DataFrame:
    """Return the numbers of `second_purchase`.

    Parameters
    ----------
    table : any dataframe
        ``second_purchase`` of `rfm.base_report`.

    Returns
    -------
    pandas.DataFrame
        ``cohort, days, customers, share_again, whole``, sorted; ``whole`` says whether all of the cohort were seen so
        long.

    Raises
    ------
    DataError
        A column is missing.

    See Also
    --------
    second_purchase : The picture.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q")
    >>> data = rfm.plot.second_purchase_data(report.second_purchase)
    >>> data.loc[data["days"] == 90, ["share_again", "whole"]].round(3).to_dict("records")
    [{'share_again': 0.291, 'whole': True}]
    """
    columns = ("cohort", "days", "customers", "observed", "share_again")
    data = fetched(require(table, columns, HINT).select(*columns)).sort_values(["cohort", "days"])
    data["whole"] = data["observed"] >= data["customers"]
    return data[["cohort", "days", "customers", "share_again", "whole"]].reset_index(drop=True)
