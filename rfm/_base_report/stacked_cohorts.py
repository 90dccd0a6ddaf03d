"""Lens 5, the whole: every period's customers, orders and spend by cohort, the table of the stacked chart C3."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rfm._base_report.triangle import Triangle, ratio

__all__ = ["stacked_cohorts"]


def stacked_cohorts(cells: Triangle) -> dict[str, npt.NDArray[Any]]:
    """Active customers, orders and spend by period and cohort, and their shares of the period.

    Parameters
    ----------
    cells : Triangle
        Purchases by cohort and period.

    Returns
    -------
    dict of str to arrays
        One row per period and cohort that had begun by then, by period and cohort:

        ``period, end, cohort``
            First and last day of the period, and first day of the period of first purchase.
        ``is_new``
            Whether the cohort is the period's own: its new customers. Others are old.
        ``customers, orders, spend``
            Customers of the cohort who bought in the period, their purchase days and net spend.
        ``share_of_customers, share_of_orders, share_of_spend``
            Their shares of the period's; NaN where the period has none.
        ``complete``
            Whether the log covers the whole period.
    """
    cohort, period = cells.places
    by_period = np.lexsort((cohort, period))
    cohort, period = cohort[by_period], period[by_period]
    starts = cells.periods.starts.astype("datetime64[D]")
    parts = {"customers": cells.active, "orders": cells.orders, "spend": cells.spend}
    columns: dict[str, npt.NDArray[Any]] = {
        "period": starts[period],
        "end": cells.periods.ends.astype("datetime64[D]")[period],
        "cohort": starts[cohort],
        "is_new": cohort == period,
        **{name: values[cohort, period] for name, values in parts.items()},
        **{
            f"share_of_{name}": ratio(values[cohort, period], values.sum(axis=0)[period])
            for name, values in parts.items()
        },
        "complete": cells.periods.complete[period],
    }
    return columns | {"spend": columns["spend"] / cells.scale}
