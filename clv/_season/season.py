"""A shop's season: by how much more, or less, customers buy on each day."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any, Final, Literal, TypeAlias

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._laws.purchase_law import PurchaseLaw
from clv._season.choice import learned_season
from clv._season.factors import NO_WAVES, Factors, factors_on
from clv._season.given_factors import given_factors
from clv._units import Unit
from rfm._days import as_day
from rfm._frames.types import Table
from rfm._options import received
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = ["Season", "SeasonChoice"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]


@dataclass(frozen=True, repr=False)
class Season(Factors):
    """By what factor customers buy more, or less, on each day; made by `Season.fit` or `Season.from_factors`.

    A season is a change of time: with s(day) the factor, customers buy in the time τ, the sum of s over the days, as
    the laws say that they buy in the time of the calendar.

    Parameters
    ----------
    yearly : tuple of float
        Given factors of each day of the year: 366, of which the 60th is 29 February.
    dated : tuple of (int, float)
        Given factors of single days, as days since 1970-01-01, in ascending order; they multiply the others.
    shape : {None, "month", "week"}
        What was learned: a factor for each month, or a curve around the year that may turn from week to week.
    coefficients : tuple of float
        Of the logarithm of the learned factors.
    covariance : tuple of tuple of float
        Their uncertainty.
    freedom : float
        How many parameters the learned factors are worth, after they were shrunk by their evidence.
    note : str
        How the season was chosen, in words.

    See Also
    --------
    fit : Fits laws in the time of a season.
    clv.plot.season : A picture of the factors.
    check : Tests whether there is a season.

    Notes
    -----
    Learned factors have the mean 1 over the cycle. Given ones multiply them and are taken as they are: a promotion adds
    purchases, and a week in which the shop is closed has the factor 0.

    Examples
    --------
    >>> import clv, pandas as pd
    >>> december = pd.Series([1.0] * 11 + [2.0], index=range(1, 13))
    >>> clv.Season.from_factors(december).factors(["2024-11-30", "2024-12-01"])
    array([1., 2.])
    """

    @classmethod
    def fit(
        cls,
        tx: Transactions | Table,
        shape: str = "auto",
        *,
        given: Season | None = None,
        model: str | type[PurchaseLaw] = "bg-nbd",
        unit: Unit = "W",
        end: str | date | None = None,
    ) -> Season:
        """Learn the factors from a log, together with a purchase law.

        Parameters
        ----------
        tx : Transactions or dataframe
            A dataframe needs the columns `customer_id` and `date`.
        shape : {"auto", "month", "week"}
            A factor for each month, a curve around the year that may turn from week to week, or that of both, or
            none, which predicts the last part of the log best.
        given : Season, optional
            Known factors, see `from_factors`, which the learned ones multiply.
        model : str or type
            The purchase law: "bg-nbd", "mbg-nbd", "pareto-nbd", or the name or class of a law of your own.
        unit : {"D", "W", "M", "Y"}
            Unit of time of that law.
        end : str or date, optional
            Last day of observation, inclusive; by default the log's last day.

        Returns
        -------
        Season
            Its `note` says what was done, and why. With "auto" all factors may be 1.

        Raises
        ------
        DataError
            If the log is shorter than two cycles of 52 weeks and the shape is not "auto", the law counts periods,
            or a purchase lies on a day whose given factor is 0.
        FitError
            If the data do not hold enough information for the law.

        See Also
        --------
        from_factors : For those who know their calendar.
        clv.fit : Learns a season by the way, `clv.fit(tx, season="auto")`.

        Notes
        -----
        A Poisson regression of the repeat purchases of each day on the shape, with the purchases that the law expects
        in the season's time as offset, alternates with fits of the law. A trend by year, linear between its turns,
        is taken out, so that a decline that the law does not know is not read as a season. The coefficients are shrunk
        by a normal prior whose variance maximises the marginal likelihood, with the overdispersion of months between
        years: where the evidence is thin, factors lie near 1.

        Examples
        --------
        >>> import clv, rfm
        >>> clv.Season.fit(rfm.datasets.cdnow_sample()).note
        'No season was learned: the log has 78 weeks, and two cycles of 52 are needed ...'
        """
        known = cls() if given is None else given
        return learned_season(tx, shape, given=known, model=model, unit=unit, end=end)

    @classmethod
    def from_factors(cls, factors: pd.Series[Any] | Mapping[Any, float]) -> Season:
        """A season whose factors are known.

        Parameters
        ----------
        factors : pandas.Series or dict
            By its index: all months 1 … 12, or all weeks 1 … 52 of the year (counted from 1 January; the days left
            belong to the last, or to a week 53), of every year; or dates or periods (`pandas.PeriodIndex`), past and
            future ones, of those only: a promotion, a closed week, a moving feast. Days without one have the factor 1.

        Returns
        -------
        Season

        Raises
        ------
        DataError
            If a factor is no number of 0 or more, all are 0, or the index is none of these.

        See Also
        --------
        fit : Learns factors from a log.
        with_factors : Adds factors to those of a season.

        Examples
        --------
        >>> import clv, pandas as pd
        >>> closed = pd.Series(0.0, index=pd.period_range("2024-08-05", "2024-08-18", freq="W"))
        >>> clv.Season.from_factors(closed).factors(["2024-08-04", "2024-08-05"])
        array([1., 0.])
        """
        return cls().with_factors(factors)

    def with_factors(self, factors: pd.Series[Any] | Mapping[Any, float]) -> Season:
        """This season, with its factors multiplied by given ones.

        Parameters
        ----------
        factors : pandas.Series or dict
            As in `from_factors`.

        Returns
        -------
        Season

        Raises
        ------
        DataError
            See `from_factors`.

        See Also
        --------
        from_factors : The same, beginning with factors of 1.

        Examples
        --------
        >>> import clv, pandas as pd
        >>> summer = clv.Season.from_factors(pd.Series([1, 1, 1, 1, 1, 2, 2, 2, 1, 1, 1, 1], index=range(1, 13)))
        >>> summer.with_factors({"2024-07-01": 3.0}).factors(["2024-06-30", "2024-07-01"])
        array([2., 6.])
        """
        found = given_factors(factors)
        yearly = tuple((np.array(self.yearly) * found.yearly).tolist())
        dated = dict(self.dated)
        for day, factor in found.dated.items():
            dated[day] = dated.get(day, 1.0) * factor
        return replace(self, yearly=yearly, dated=tuple(sorted(dated.items())))

    def factors(self, days: Iterable[str | date | np.datetime64]) -> Array:
        """The factor of each of some days.

        Parameters
        ----------
        days : sequence of dates, or DatetimeIndex
            Strings are ISO dates, year first.

        Returns
        -------
        ndarray of shape (n,)

        Raises
        ------
        DataError
            If one of them is no date.

        See Also
        --------
        clv.plot.season_data : The factors of a year, with intervals.

        Examples
        --------
        >>> import clv
        >>> clv.Season.from_factors({"2024-11-29": 4.0}).factors(["2024-11-29", "2025-11-29"])
        array([4., 1.])
        """
        if isinstance(days, (str, Mapping)) or not hasattr(days, "__iter__") or hasattr(days, "columns"):
            raise DataError(
                f"days must be a sequence of dates; got {received(days)}. "
                'Hint: pandas.date_range("2024-01-01", "2024-12-31").'
            )
        return factors_on(self, np.array([as_day(day, "days") for day in days], dtype=np.int64))

    def __repr__(self) -> str:
        if self.flat:
            return f"{type(self).__name__}(no season)"
        parts = [] if self.shape is None else [f"learned by {self.shape}"]
        if self.yearly != NO_WAVES:
            parts.append("given factors of the year")
        if self.dated:
            parts.append(f"given factors of {len(self.dated):,} days")
        low, high = int(np.argmin(self.by_month)), int(np.argmax(self.by_month))
        span = f"{_MONTHS[high]} ×{self.by_month[high]:.2f}, {_MONTHS[low]} ×{self.by_month[low]:.2f}"
        return f"{type(self).__name__}({', '.join(parts)}; {span})"


_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")


SeasonChoice: TypeAlias = Literal["auto", "month", "week"] | Season | None
