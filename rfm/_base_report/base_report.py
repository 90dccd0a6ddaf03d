"""The customer-base audit of a log: its tables, lens by lens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from rfm._base_report.cohorts import cohorts
from rfm._base_report.second_purchase import second_purchase
from rfm._base_report.spend_to_date import spend_to_date
from rfm._base_report.stacked_cohorts import stacked_cohorts
from rfm._base_report.triangle import triangle
from rfm._dynamics.active_days import timeline, warn_of_beginning
from rfm._dynamics.periods import cut_periods
from rfm._frames.small_tables import table_like
from rfm._orders.transactions import as_transactions

__all__ = ["BaseReport", "base_report"]

MONEY: Final = frozenset(
    {"spend", "spend_to_date", "spend_per_customer", "order_value", "first_order_value", "later_order_value"}
    | {"share_of_spend"}
)


@dataclass(frozen=True)
class BaseReport:
    """Tables of a customer-base audit, of the kind of dataframe that came in; made by `base_report`.

    Parameters
    ----------
    second_purchase : dataframe
        Lens 3. ``cohort, days, customers, observed, bought_again, share_again``: the share of each cohort that has
        bought a second time within so many days of the first purchase. Customers whom the log has seen for less time
        count as long as they were seen (Kaplan and Meier's estimate).
    spend_to_date : dataframe
        Lens 3. ``cohort, age, period, customers, orders_to_date, spend_to_date, orders_per_customer,
        spend_per_customer, complete``: sums since the first purchase, and the same per customer acquired.
    cohorts : dataframe
        Lens 4. ``cohort, age, period, customers, active, active_share, orders, orders_per_active, spend,
        order_value, spend_per_customer, first_order_value, later_order_value, complete``: the factors of each cohort's
        spend at the same age; spend and values are net of refunds.
    stacked_cohorts : dataframe
        Lens 5. ``period, end, cohort, is_new, customers, orders, spend, share_of_customers, share_of_orders,
        share_of_spend, complete``: the stacked cohort chart (C3); rows of a period add up to the log's.

    See Also
    --------
    base_report : Makes it.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q")
    >>> report.spend_to_date["spend_per_customer"].round(2).tolist()
    [47.73, 62.0, 73.45, 85.37, 95.93, 103.56]
    """

    second_purchase: Any
    spend_to_date: Any
    cohorts: Any
    stacked_cohorts: Any


def base_report(tx: Any, every: str = "1Y") -> BaseReport:
    """Audit the customer base: one cohort over time, cohorts compared, and the whole by cohort.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id``, ``date`` and ``amount``.
    every : str
        Length of the periods: "1Y", "1Q", "1M" of the calendar, "1W" weeks from Monday, "30D" spans of days from the
        log's first day. A customer's cohort is the period of the first purchase in the log.

    Returns
    -------
    BaseReport
        Tables without spend for a log without amounts.

    Raises
    ------
    DataError
        If ``every`` is not a period length.

    Warns
    -----
    DataWarning
        If the log seems to begin in the middle of its customers' histories, so that the first cohorts hold old ones.

    See Also
    --------
    cohorts : Retention only, also by segment.
    rfm.plot.second_purchase, rfm.plot.spend_to_date, rfm.plot.cohort_comparison, rfm.plot.stacked_cohorts : Pictures.

    Notes
    -----
    Fader, Hardie and Ross (2022), *The Customer-Base Audit*, lenses 3 to 5. Customers with refunds only have no cohort;
    a refund before a customer's first purchase counts in the period of that purchase.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q")
    >>> report.stacked_cohorts[["period", "customers", "orders", "spend"]].head(2)
          period  customers  orders      spend
    0 1997-01-01       2357    3169  112498.61
    1 1997-04-01        524     920   33629.63
    """
    tx = as_transactions(tx)
    periods = cut_periods(every, tx.first_day, tx.last_day)
    rows = timeline(tx)
    warn_of_beginning(rows, tx.last_day, "members of the first cohorts are")
    cells = triangle(rows, periods, tx.decimals)
    found = (second_purchase(rows, periods), spend_to_date(cells), cohorts(cells), stacked_cohorts(cells))
    hidden: frozenset[str] = frozenset() if tx.has_amounts else MONEY
    tables = ({name: values for name, values in each.items() if name not in hidden} for each in found)
    return BaseReport(*(table_like(tx.ledger, table) for table in tables))
