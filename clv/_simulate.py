"""A simulated log of transactions under a law: for tests, teaching and planning."""

from __future__ import annotations

from typing import Final

import numpy as np
import pandas as pd

from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._season.clock import tau
from clv._season.season import Season
from clv._units import Horizon, Unit, days_per_unit, horizon_days
from rfm._days import as_day
from rfm._options import check_generator, received, whole
from rfm.errors import DataError

__all__ = ["simulate"]

MOST_CUSTOMERS: Final = 100_000_000  # beyond, their purchases need hundreds of gigabytes
HINT: Final = "clv.simulate(model.purchases.law, model.spend.law, rng=np.random.default_rng(0))"


def simulate(
    law: PurchaseLaw,
    spend: SpendLaw,
    customers: int = 1000,
    *,
    rng: np.random.Generator,
    unit: Unit = "W",
    start: str = "2024-01-01",
    joining: Horizon = "52W",
    observed: Horizon = "104W",
    season: Season | None = None,
) -> pd.DataFrame:
    """Simulate the orders of customers who join evenly over time and then buy, spend and leave by the laws.

    Parameters
    ----------
    law : PurchaseLaw
        How often they buy and when they leave; in continuous time.
    spend : SpendLaw
        What an order is worth.
    customers : int
        How many join, at most 10^8.
    rng : numpy.random.Generator
        The source of randomness.
    unit : {"D", "W", "M", "Y"}
        The law's unit of time.
    start : str
        First day of the log.
    joining : str or timedelta
        Time from the start in which customers join; at most `observed`.
    observed : str or timedelta
        Length of the log.
    season : Season, optional
        In whose time they join, buy and leave; by default in the calendar's.

    Returns
    -------
    pandas.DataFrame
        `customer_id` (0 … customers − 1), `date` (datetime64, to the second), `amount` (two decimals), by date.

    Raises
    ------
    DataError
        If a length is not finite, customers would join after the end, or the law is one of discrete time.

    See Also
    --------
    PurchaseLaw.simulate, SpendLaw.simulate : Purchase times and amounts alone.
    fit : The way back.

    Examples
    --------
    >>> import clv, numpy as np
    >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> spend = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)
    >>> log = clv.simulate(law, spend, customers=3, rng=np.random.default_rng(1))
    >>> log.columns.tolist(), log["customer_id"].nunique()
    (['customer_id', 'date', 'amount'], 3)
    """
    customers = whole("customers", customers, "customers=1000", least=1, most=MOST_CUSTOMERS)
    check_generator(rng)
    for name, value, kind in (("law", law, PurchaseLaw), ("spend", spend, SpendLaw)):
        if not isinstance(value, kind):
            raise DataError(f"{name} must be a {kind.__name__}; got {received(value)}. Hint: {HINT}.")
    join_days, days = horizon_days(joining, "joining"), horizon_days(observed, "observed")
    if not (0 <= join_days <= days < np.inf):
        raise DataError(
            f"Customers join for {join_days:g} days and the log is {days:g} days long. "
            "Hint: the time of joining must not be longer than the log, and both must be finite."
        )
    if law.discrete:
        raise DataError(f"{law.name} counts periods, not time. Hint: simulate a law in continuous time.")
    if season is not None and not isinstance(season, Season):
        raise DataError(
            f"season must be a clv.Season; got {received(season)}. Hint: clv.Season.from_factors(…)."
        )
    unit_days, begin = days_per_unit(unit), as_day(start, "start")
    calendar = np.append(np.arange(np.ceil(days)), days)
    gone = calendar if season is None else tau(season, begin - 1 + calendar)
    join_days, days = (float(length) for length in np.interp([join_days, days], calendar, gone - gone[0]))
    first = rng.uniform(0, join_days, customers)
    bought = law.simulate((days - first) / unit_days, rng)
    customer = np.concatenate([np.arange(customers), bought.customer])
    day = np.concatenate([first, first[bought.customer] + bought.times * unit_days])
    if season is not None:
        day = np.interp(day, gone - gone[0], calendar)
    orders = np.bincount(customer, minlength=customers)
    by_customer = np.argsort(customer, kind="stable")
    amount = np.empty(len(customer))
    amount[by_customer] = spend.simulate(orders, rng)
    seconds = begin * 86_400 + np.floor(day * 86_400).astype(np.int64)
    log = pd.DataFrame(
        {
            "customer_id": customer,
            "date": seconds.astype("datetime64[s]").astype("datetime64[us]"),
            "amount": np.maximum(np.round(amount, 2), 0.01),
        }
    )
    return log.sort_values(["date", "customer_id"], kind="stable", ignore_index=True)
