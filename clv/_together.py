"""What customers will do together: totals of groups, and the base period by period."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd

from clv._fitted import SPREAD, Fitted, mass_of
from clv._laws.bg_bb import BGBB
from clv._stages import refuse_table
from clv._units import Horizon, Unit, days_per_unit
from clv._values.forecast import forecast_table, period_edges, with_periods
from clv._values.groups import groups_of
from clv._values.totals import refuse_endless, total_table
from rfm._days import as_day
from rfm._frames.execution import fetch
from rfm._frames.native import from_native, to_native

__all__ = ["Together"]


@dataclass(frozen=True, repr=False)
class Together(Fitted):
    """The questions to a `clv.CustomerModel` whose answers are sums over customers."""

    def total(
        self,
        by: Any = None,
        horizon: Horizon = "52W",
        discount_rate: float = 0.10,
        *,
        margin: float = 1.0,
        interval: float = 0.9,
        customers: Any = None,
        unit: Unit | None = None,
        end: str | date | None = None,
        value_per_order: float | None = None,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Say what groups of customers will do together, with intervals for the mean and for the total itself.

        Parameters
        ----------
        by : dataframe, str or Series, optional
            The group of each customer: a table of `customer_id` and one more column, of any engine, for instance
            `table[["customer_id", "segment"]]`; the name of a column of `customers=`; or a pandas Series whose index is
            named `customer_id`. Customers without a group are the group None, and rows of other customers are left
            out with a warning. By default all are one group.
        horizon, discount_rate, margin
            See `predict`; the horizon is finite.
        interval : float
            Mass of both intervals.
        customers : dataframe, optional
            Another BTYD summary, one row per customer, in this model's unit of time; by default the customers of the
            fit. Its day may be another than the model's: answers are as of the table's.
        unit, end
            The unit of the table's times and its last day, where it has no columns `unit` and `end`; a horizon that is
            a date begins after that day.
        value_per_order : float, optional
            See `predict`.
        seed : int
            Of the draws and of the simulation.

        Returns
        -------
        pandas.DataFrame
            One row per group: `group`, `customers`, and for `purchases` and for `clv` (net of returns) the expectation,
            its *mean* interval `…_mean_low`, `…_mean_high` (the parameters are not known) and the *predictive* interval
            `…_low`, `…_high` (where the total will lie).

        Raises
        ------
        DataError
            If `by` says nothing of which customer is in which group, or holds a customer twice; if the horizon is
            infinite, or a date of which nothing says where it begins; or if the customers cannot be (see `predict`).

        Warns
        -----
        DataWarning
            If `by` has rows of customers who are not among those summed.
        """
        model = self._valued(value_per_order)
        given = model._customers(customers, unit, end)
        terms = self._terms(horizon, discount_rate, margin, start=given.end)
        refuse_endless(terms.horizon, "total")
        # Brought once: an engine may give its rows in another order when it is asked again.
        given = replace(given, table=to_native(fetch(from_native(given.table))))
        base = model._base(given)
        codes, names = groups_of(by, given.table, len(base), named=customers is not None)
        rng = np.random.default_rng([seed, 1])
        table = total_table(
            model._laws,
            model._draws(SPREAD, seed),
            base,
            codes,
            len(names),
            horizon=terms.horizon,
            delta=terms.delta,
            margin=margin,
            mass=mass_of(interval),
            rng=rng,
        )
        table.insert(0, "group", names)
        return table

    def forecast(
        self,
        horizon: Horizon = "52W",
        *,
        every: Horizon | None = None,
        interval: float = 0.9,
        customers: Any = None,
        unit: Unit | None = None,
        end: str | date | None = None,
        value_per_order: float | None = None,
        seed: int = 0,
    ) -> pd.DataFrame:
        """Purchases, revenue and active customers of the base, period by period, with predictive intervals.

        Parameters
        ----------
        horizon : str or timedelta
            How far ahead; finite. It begins on the day after the table's last day.
        every : str or timedelta, optional
            Length of a period; by default one unit of the model's time. "1M", "1Q" and "1Y" are those of the calendar,
            where it is known when observation ended. The last period ends with the horizon.
        interval : float
            Mass of the intervals.
        customers : dataframe, optional
            Another BTYD summary, one row per customer, in this model's unit of time; by default the customers of the
            fit. Its day may be another than the model's: answers are as of the table's.
        unit, end
            The unit of the table's times and its last day, where it has no columns `unit` and `end`.
        value_per_order : float, optional
            See `predict`.
        seed : int
            Of the draws and of the simulation.

        Returns
        -------
        pandas.DataFrame
            One row per period: `start` and `end` (days, both inclusive; the time ahead in units where nobody knows when
            observation ended), and for `purchases`, `revenue` (net of returns, not discounted) and `active` (customers
            with at least one purchase in the period) the expectation with `…_low` and `…_high`. No `revenue`
            where the model knows nothing of money.

        Raises
        ------
        DataError
            If the horizon is infinite or shorter than a day, `every` is no length of a period, the customers cannot
            be (see `predict`), or the model knows its day and the table given does not.
        """
        refuse_table(horizon, "horizon", "forecast")
        unit_days = days_per_unit(self.unit)
        model = self._valued(value_per_order)
        given = model._customers(customers, unit, end)
        known = given.end if self.end is None else self._known(given.end, "forecast")
        day = None if known is None else as_day(known, "end")
        days = self._days(horizon, known)
        refuse_endless(days, "forecast")
        whole = isinstance(self._laws[0], BGBB)  # its periods are steps, all of one length
        edges = period_edges(days, every or f"1{self.unit}", None if whole else day)
        base = model._base(given)
        table = forecast_table(
            model._laws,
            model._draws(SPREAD, seed),
            base,
            edges / unit_days,
            mass_of(interval),
            np.random.default_rng([seed, 2]),
        )
        return with_periods(table, edges, day, unit_days)
