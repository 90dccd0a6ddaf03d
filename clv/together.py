"""What customers will do together: totals of groups, and the base period by period."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from clv.fitted import SPREAD, Fitted, mass_of
from clv.laws.bg_bb import BGBB
from clv.units import Horizon, days_per_unit, horizon_days
from clv.values.forecast import forecast_table, period_edges, with_periods
from clv.values.totals import group_codes, refuse_endless, total_table
from rfm.days import as_day

__all__ = ["Together"]


@dataclass(frozen=True)
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
        seed: int = 0,
    ) -> pd.DataFrame:
        """Say what groups of customers will do together, with intervals for the mean and for the total itself.

        Parameters
        ----------
        by : Series or array of shape (n,), optional
            The group of each customer, for instance `table["segment"]`; by default all are one group.
        horizon, discount_rate, margin
            See `predict`; the horizon is finite.
        interval : float
            Mass of both intervals.
        customers : dataframe, optional
            Another BTYD summary, in this model's unit of time; by default the customers of the fit.
        seed : int
            Of the draws and of the simulation.

        Returns
        -------
        pandas.DataFrame
            One row a group: `group`, `customers`, and for `purchases` and for `clv` the expectation, its *mean*
            interval `…_mean_low`, `…_mean_high` (the parameters are not known) and the *predictive* interval `…_low`,
            `…_high` (where the total will lie).

        Raises
        ------
        DataError
            If `by` has another length than the customers, the horizon is infinite, or a loaded model is given no
            customers.
        """
        terms = self._terms(horizon, discount_rate, margin, None, None)
        refuse_endless(terms.horizon, "total")
        base = self._base(customers)
        codes, names = group_codes(by, len(base))
        rng = np.random.default_rng([seed, 1])
        table = total_table(
            self._laws,
            self._draws(SPREAD, seed),
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
        seed: int = 0,
    ) -> pd.DataFrame:
        """Purchases, revenue and active customers of the base, period by period, with predictive intervals.

        Parameters
        ----------
        horizon : str or timedelta
            How far ahead; finite.
        every : str or timedelta, optional
            Length of a period; by default one unit of the model's time. "1M", "1Q" and "1Y" are those of the calendar,
            where the model knows when observation ended. The last period ends with the horizon.
        interval : float
            Mass of the intervals.
        customers : dataframe, optional
            Another BTYD summary, in this model's unit of time; by default the customers of the fit.
        seed : int
            Of the draws and of the simulation.

        Returns
        -------
        pandas.DataFrame
            One row a period: `start` and `end` (days, both inclusive; the time ahead in units where the model does not
            know when observation ended), and for `purchases`, `revenue` (not discounted) and `active` (customers with
            at least one purchase in the period) the expectation with `…_low` and `…_high`.

        Raises
        ------
        DataError
            If the horizon is infinite or shorter than a day, `every` is no length of a period, or a loaded model is
            given no customers.
        """
        unit_days = days_per_unit(self.unit)
        days = horizon_days(horizon)
        refuse_endless(days, "forecast")
        end = None if self.end is None else as_day(self.end, "end")
        whole = isinstance(self._laws[0], BGBB)  # its periods are steps, all of one length
        edges = period_edges(days, every or f"1{self.unit}", None if whole else end)
        base = self._base(customers)
        table = forecast_table(
            self._laws,
            self._draws(SPREAD, seed),
            base,
            edges / unit_days,
            mass_of(interval),
            np.random.default_rng([seed, 2]),
        )
        return with_periods(table, edges, end, unit_days)
