"""The customer-base audit: five views of one log, as tables with pictures."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields
from functools import partial
from html import escape
from importlib import import_module
from typing import TYPE_CHECKING, Any, Final, Generic, overload

import narwhals.stable.v2 as nw
import numpy as np

from rfm._base_report.cohorts import cohorts
from rfm._base_report.customer_periods import customer_periods, period_totals
from rfm._base_report.deciles import deciles
from rfm._base_report.distribution import distribution
from rfm._base_report.periods import choose_periods
from rfm._base_report.revenue_tree import revenue_tree
from rfm._base_report.second_purchase import second_purchase
from rfm._base_report.spend_to_date import spend_to_date
from rfm._base_report.stacked_cohorts import stacked_cohorts
from rfm._base_report.triangle import triangle
from rfm._base_report.two_periods import FACTS, Pair, changes, overlap, pair_of, revenue_bridge
from rfm._days import Day
from rfm._dynamics.active_days import timeline, warn_of_beginning
from rfm._dynamics.periods import cut_periods
from rfm._frames.execution import materialise
from rfm._frames.mapping import to_plain_pandas
from rfm._frames.native import from_native
from rfm._frames.small_tables import table_like
from rfm._frames.types import FrameT
from rfm._options import check_choice
from rfm._orders.transactions import Transactions, as_transactions
from rfm.errors import DataError, plain

if TYPE_CHECKING:
    from matplotlib.axes import Axes

__all__ = ["BaseReport", "base_report"]

SHOWN: Final = ("revenue_tree", "deciles", "changes", "revenue_bridge")  # tables that the object's view has
NO_AMOUNTS: Final = (
    "base_report needs amounts, and this log has none. Hint: Transactions(df, amount=…) names their column; "
    "rfm.cohorts(tx) does without."
)


@overload
def base_report(
    tx: Transactions[FrameT], every: str = ..., *, period: Day | None = ..., before: Day | None = ...
) -> BaseReport[FrameT]: ...


@overload
def base_report(
    tx: FrameT, every: str = ..., *, period: Day | None = ..., before: Day | None = ...
) -> BaseReport[FrameT]: ...


def base_report(
    tx: Any, every: str = "1Y", *, period: Day | None = None, before: Day | None = None
) -> BaseReport[Any]:
    """Audit the customer base: one period, two periods, cohorts over time, cohorts compared, and the whole.

    The five lenses of Fader, Hardie and Ross [1]_, from the log alone.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns ``customer_id``, ``date`` and ``amount``.
    every : str
        Length of the periods and cohorts: "1Y" calendar years, "1Q", "1M", "6M", "1W" weeks from Monday, "30D" spans
        of days from the log's first day.
    period : str or date, optional
        Any day of the period that lens 1 describes, and lens 2 compares. By default the last period that the log
        covers completely (the last of all, where it covers none).
    before : str or date, optional
        Any day of the earlier period that lens 2 compares with it. By default the period just before, if the log
        covers it completely; otherwise lens 2 has no rows, and ``notes`` say so.

    Returns
    -------
    BaseReport
        Tables of the kind that came in; ``report.plot()`` draws each of them.

    Raises
    ------
    DataError
        If ``every`` is not a period length, a day lies outside the log, ``before`` is not in an earlier
        period than ``period``, or the log has no amounts.

    Warns
    -----
    DataWarning
        If the log seems to begin in the middle of its customers' histories, so that old customers look new.

    See Also
    --------
    cohorts : Retention by cohort alone.
    profile : Segments instead of periods.
    clv.report : Has a section on it.

    Notes
    -----
    Spend is net of refunds, which count on their own day. An order is a purchase day.

    References
    ----------
    .. [1] Fader, P., Hardie, B. and Ross, M. (2022), The Customer-Base Audit: The First Step on the Journey to Customer
       Centricity, Wharton School Press.

    Examples
    --------
    >>> import pandas as pd, rfm
    >>> log = pd.DataFrame({
    ...     "customer_id": ["ann", "bob", "ann", "eve", "ann", "eve"],
    ...     "date": ["2023-01-01", "2023-05-07", "2023-12-31", "2024-02-29", "2024-03-31", "2024-12-31"],
    ...     "amount": [20.0, 5.0, 30.0, 10.0, 60.0, 15.0],
    ... })
    >>> report = rfm.base_report(log)
    >>> report.revenue_tree[["period", "customers", "orders_per_customer", "order_value", "revenue"]]
          period  customers  orders_per_customer  order_value  revenue
    0 2023-01-01          2                  1.5    18.333333     55.0
    1 2024-01-01          2                  1.5    28.333333     85.0
    >>> report.revenue_bridge[["step", "amount"]].set_index("step").T
    step    before  left  down    up  returned   new  refunds only  after
    amount    55.0  -5.0   0.0  10.0       0.0  25.0           0.0   85.0
    """
    tx = as_transactions(tx)
    if not tx.has_amounts:
        raise DataError(NO_AMOUNTS)
    periods = cut_periods(every, tx.first_day, tx.last_day)
    chosen = choose_periods(periods, period, before)
    scale = 10.0**tx.decimals
    rows = timeline(tx)
    warn_of_beginning(rows, tx.last_day, "members of the first cohorts are")
    customers = customer_periods(rows, periods)
    totals = period_totals(tx, customers, periods)
    cells = triangle(rows, periods, tx.decimals)
    buyers = materialise(
        customers.filter((nw.col("period") == chosen.period) & (nw.col("orders") > 0)).select(
            "orders", "spend"
        )
    )
    pair = (
        None
        if chosen.before is None
        else pair_of(customers, totals, periods, chosen.before, chosen.period, scale)
    )
    make = partial(table_like, tx.ledger)

    def compared(lens: Callable[[Pair], dict[str, Any]]) -> Any:
        if pair is not None:
            return make(lens(pair))
        nothing = {name: np.zeros(7, dtype=np.int64) for name in FACTS}
        return make({name: values[:0] for name, values in lens(Pair(nothing, scale)).items()})

    return BaseReport(
        distribution=make(distribution(buyers, scale)),
        deciles=make(deciles(buyers, scale)),
        revenue_tree=make(revenue_tree(totals, periods, scale)),
        overlap=compared(overlap),
        changes=compared(changes),
        revenue_bridge=compared(revenue_bridge),
        second_purchase=make(second_purchase(rows, periods)),
        spend_to_date=make(spend_to_date(cells)),
        cohorts=make(cohorts(cells)),
        stacked_cohorts=make(stacked_cohorts(cells)),
        every=every,
        period=chosen.name(chosen.period),
        before=None if chosen.before is None else chosen.name(chosen.before),
        notes=chosen.notes(),
    )


@dataclass(frozen=True, eq=False, repr=False)
class BaseReport(Generic[FrameT]):
    """The tables of a customer-base audit, each a dataframe of the kind that came in.

    Attributes
    ----------
    distribution : dataframe
        Lens 1: ``measure, low, high, customers, share_of_customers, spend, share_of_spend``, the customers of `period`
        in bands of spend, of orders and of order value; ``low <= value < high``.
    deciles : dataframe
        Lens 1: the customers of `period` in ten groups of as many, by spend, the best first: ``decile, customers,
        orders, spend, share_of_orders, share_of_spend, cumulative_share_of_spend, spend_per_customer,
        orders_per_customer, order_value``. Customers of equal spend on a boundary are divided in proportion.
    revenue_tree : dataframe
        Lens 1: one row per period: ``customers`` × ``orders_per_customer`` × ``order_value`` = ``spend``, and with
        ``other_refunds``, those to customers who did not buy in the period, ``revenue``: the net of its rows.
    overlap : dataframe
        Lens 2: who ``bought`` "before only", in "both" periods, or "after only".
    changes : dataframe
        Lens 2: customers, orders and spend of those "new", "returned", "up", "same", "down", "left", "refunds only".
    revenue_bridge : dataframe
        Lens 2: ``step, amount, bar_start, bar_end``: from the revenue of `before` to that of `period`.
    second_purchase : dataframe
        Lens 3: by cohort and days since the first purchase, who has bought again.
    spend_to_date : dataframe
        Lens 3: by cohort and age, orders and spend so far.
    cohorts : dataframe
        Lens 4: by cohort and age, the factors of spend.
    stacked_cohorts : dataframe
        Lens 5: by period and cohort, customers, orders and spend.
    every : str
        Length of the periods.
    period, before : str
        First and last day of the periods of lenses 1 and 2; ``before`` is None where nothing is compared.
    notes : tuple of str
        What to know of the periods, in sentences.

    See Also
    --------
    base_report : Makes it.

    Examples
    --------
    >>> import rfm
    >>> report = rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q")
    >>> report.before, report.period
    ('1998-01-01 to 1998-03-31', '1998-04-01 to 1998-06-30')
    >>> report.overlap[["bought", "customers"]].values.tolist()
    [['before only', 215], ['both', 169], ['after only', 131]]
    """

    distribution: FrameT
    deciles: FrameT
    revenue_tree: FrameT
    overlap: FrameT
    changes: FrameT
    revenue_bridge: FrameT
    second_purchase: FrameT
    spend_to_date: FrameT
    cohorts: FrameT
    stacked_cohorts: FrameT
    every: str
    period: str
    before: str | None
    notes: tuple[str, ...]

    def plot(self, table: str = "stacked_cohorts", *, ax: Axes | None = None) -> Axes:
        """Draw one of the tables.

        Parameters
        ----------
        table : str
            Its name; by default the stacked cohort chart, which shows the whole. Of lens 2, the bridge.
        ax : matplotlib Axes, optional
            Where to draw; by default a new picture.

        Returns
        -------
        matplotlib Axes

        Raises
        ------
        DataError
            If there is no such table.

        See Also
        --------
        rfm.plot.stacked_cohorts, rfm.plot.revenue_bridge, rfm.plot.deciles : The same pictures, with their options.

        Examples
        --------
        >>> import rfm
        >>> rfm.base_report(rfm.datasets.cdnow_sample(), every="1Q").plot("deciles").get_xlabel()
        'Tenth of the customers, by spend'
        """
        plot = import_module("rfm.plot")  # Matplotlib loads when a picture is drawn

        draw: dict[str, Callable[..., Axes]] = {
            "distribution": plot.customer_distribution,
            "deciles": plot.deciles,
            "revenue_tree": plot.revenue_tree,
            "revenue_bridge": plot.revenue_bridge,
            "second_purchase": plot.second_purchase,
            "spend_to_date": plot.spend_to_date,
            "cohorts": plot.cohort_comparison,
            "stacked_cohorts": plot.stacked_cohorts,
        }
        check_choice("table", table, tuple(draw))
        return draw[table](getattr(self, table), ax=ax)

    @property
    def _title(self) -> str:
        compared = "" if self.before is None else f", compared with {self.before}"
        return f"Customer-base audit by {self.every}: {self.period}{compared}"

    def __repr__(self) -> str:
        parts = [self._title]
        for name in SHOWN:
            table = to_plain_pandas(from_native(getattr(self, name)))
            if len(table):
                parts.append(
                    f"{name}\n{table.to_string(index=False, float_format='{:,.2f}'.format, na_rep='–')}"
                )
        others = ", ".join(each.name for each in fields(self)[:10] if each.name not in SHOWN)
        return "\n\n".join(
            [*parts, "\n".join([f"Also: {others}", *(plain(f"- {note}") for note in self.notes)])]
        )

    def _repr_html_(self) -> str:
        parts = [f"<p><b>{escape(self._title)}</b></p>"]
        for name in SHOWN:
            table = to_plain_pandas(from_native(getattr(self, name)))
            if len(table):
                html = table.to_html(index=False, float_format="{:,.2f}".format, na_rep="–", border=0)
                parts.append(f"<p>{name}</p>{html}")
        notes = "".join(f"<li>{escape(plain(note))}</li>" for note in self.notes)
        return "".join([*parts, f"<ul>{notes}</ul>" if notes else ""])
