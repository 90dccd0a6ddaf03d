"""Lens 3, one cohort over time: what its customers have bought and spent so far, by age."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rfm._base_report.triangle import Triangle

__all__ = ["spend_to_date"]


def spend_to_date(cells: Triangle) -> dict[str, npt.NDArray[Any]]:
    """Orders and spend of each cohort since its first purchases, by age.

    Parameters
    ----------
    cells : Triangle
        Purchases by cohort and period.

    Returns
    -------
    dict of str to arrays
        One row per cohort and age:

        ``cohort, age, period, customers``
            First day of the cohort's period, periods since, first day of that period, size of the cohort.
        ``orders_to_date, spend_to_date``
            Purchase days and net spend of the cohort from age 0 to this age; at the last age, all in the log.
        ``orders_per_customer, spend_per_customer``
            The same per customer acquired, whether still active or not.
        ``complete``
            Whether the log covers the whole period.
    """
    head = cells.head()
    orders = cells.at(np.cumsum(cells.orders, axis=1))
    spend = cells.at(np.cumsum(cells.spend, axis=1)) / cells.scale
    return head | {
        "orders_to_date": orders,
        "spend_to_date": spend,
        "orders_per_customer": orders / head["customers"],
        "spend_per_customer": spend / head["customers"],
        "complete": cells.complete(),
    }
