"""Lens 4, cohorts compared: what each did at the same age."""

from __future__ import annotations

from typing import Any

import numpy as np
import numpy.typing as npt

from rfm._base_report.triangle import Triangle, ratio

__all__ = ["cohorts"]


def cohorts(cells: Triangle) -> dict[str, npt.NDArray[Any]]:
    """The factors of each cohort's spend, by age, and the value of its first and later orders.

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
        ``active, active_share``
            Customers who bought in the period, and their share of the cohort.
        ``orders, orders_per_active``
            Purchase days, and purchase days per active customer.
        ``spend, order_value``
            Net spend, and net spend per order. ``customers · active_share · orders_per_active · order_value``
            is ``spend``.
        ``spend_per_customer``
            Net spend from age 0 to this age per customer acquired.
        ``first_order_value, later_order_value``
            Net spend per first purchase day and, up to this age, per later one, later refunds included.
        ``complete``
            Whether the log covers the whole period.

        Ratios to nothing (orders of no active customer) are NaN.
    """
    head = cells.head()
    size = head["customers"]
    active, orders, spend = (cells.at(values) for values in (cells.active, cells.orders, cells.spend))
    orders_to_date, spend_to_date = (
        cells.at(np.cumsum(values, axis=1)) for values in (cells.orders, cells.spend)
    )
    first = cells.first_orders[cells.places[0]]
    return head | {
        "active": active,
        "active_share": active / size,
        "orders": orders,
        "orders_per_active": ratio(orders, active),
        "spend": spend / cells.scale,
        "order_value": ratio(spend / cells.scale, orders),
        "spend_per_customer": spend_to_date / cells.scale / size,
        "first_order_value": first / cells.scale / size,
        "later_order_value": ratio((spend_to_date - first) / cells.scale, orders_to_date - size),
        "complete": cells.complete(),
    }
