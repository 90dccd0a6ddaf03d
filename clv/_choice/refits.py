"""Laws fitted again to what was known at earlier days of a log: once each, for choices, backtests and past errors."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, Final

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._covariates import roles_of
from clv._customer_model import CustomerModel
from clv._fits.data import has_timing
from clv._fits.prior import Prior
from clv._laws.bg_nbd import BGNBD
from clv._laws.purchase_law import PurchaseLaw
from clv._log_options import LogOptions
from clv._season.choice import long_enough, season_until
from clv._season.clock import sum_log_gaps
from clv._season.season import Season, SeasonChoice
from clv._summary import btyd_summary_of
from clv._units import Unit, days_per_unit
from clv.errors import FitError, FitWarning
from rfm._customers.aggregation import number_customers
from rfm._customers.netting import gap_counts
from rfm._days import day_date
from rfm._frames.mapping import to_pandas
from rfm._frames.types import Table
from rfm._orders.transactions import Transactions

__all__ = ["MOST_CUSTOMERS", "Depends", "Refits", "Terms", "hashed_ids"]

MOST_CUSTOMERS: Final = 100_000  # of whom a choice reads the histories


@dataclass(frozen=True)
class Depends:
    """The covariates of all customers, and the columns on which each part of a law depends.

    Only the rows of customers who are known at an origin are read there, and levels are those that they have.
    """

    covariates: Table | None
    purchase: tuple[str, ...]
    dropout: tuple[str, ...]
    spend: tuple[str, ...]

    @classmethod
    def of(cls, covariates: Table | None, purchase: Any, dropout: Any, spend: Any) -> Depends | None:
        """The covariates that were asked for; None if there are none."""
        roles = roles_of(purchase, dropout, spend)
        return None if covariates is None and not any(roles) else cls(covariates, *roles)

    @property
    def options(self) -> dict[str, Any]:
        """Those of `fit_summary`."""
        return {
            "covariates": self.covariates,
            "purchase": self.purchase,
            "dropout": self.dropout,
            "spend": self.spend,
        }

    @property
    def of_purchases(self) -> dict[str, Any]:
        """Those of `fit` on which purchases depend; none if only spend does."""
        if not (self.purchase or self.dropout):
            return {}
        return {"covariates": self.covariates, "purchase": self.purchase, "dropout": self.dropout}


@dataclass(frozen=True)
class Terms:
    """How the purchase laws are fitted at every origin.

    Parameters
    ----------
    unit : {"D", "W", "M", "Y"}
        Unit of time, and for laws of discrete time the period.
    season : {None, "auto", "month", "week"} or Season
        Learned at each origin from what was known then, with BG/NBD for all laws.
    begins : LogOptions
        How the log begins.
    depends : Depends, optional
        Covariates.
    prior : Prior, optional
    """

    unit: Unit = "W"
    season: SeasonChoice = None
    begins: LogOptions = field(default_factory=LogOptions)
    depends: Depends | None = None
    prior: Prior | None = None


class Refits:
    """The purchase laws as they would have been fitted at earlier days of a log, each once, when it is asked for.

    Parameters
    ----------
    tx : Transactions
    terms : Terms
        The options of the fits.
    run : callable
        `clv._fit.fit_histories`, which cannot be imported here, since `clv.fit` chooses among these fits.
    most : int, optional
        At most about so many customers are read, the same ones at every origin, chosen by a hash of their ids.
    lenient : bool
        Whether laws are fitted without the season that was asked for at origins too early to learn one.
    """

    def __init__(
        self,
        tx: Transactions,
        terms: Terms,
        run: Callable[..., CustomerModel],
        *,
        most: int | None = None,
        lenient: bool = False,
    ) -> None:
        self.tx, self.terms = tx, terms
        self._run, self._most, self._lenient = run, most, lenient
        self._tables: dict[tuple[int, bool, bool], pd.DataFrame] = {}
        self._seasons: dict[int, Season | None] = {}
        self._models: dict[tuple[type[PurchaseLaw], int], CustomerModel | FitError] = {}
        self._limit: int | None = None

    @cached_property
    def lenient(self) -> Refits:
        """Those among which a choice is made: of some customers, and without a season where none can be learned yet."""
        if self._lenient:
            return self
        return Refits(self.tx, self.terms, self._run, most=MOST_CUSTOMERS, lenient=True)

    @cached_property
    def of_all(self) -> Refits:
        """The same of all customers."""
        if self._most is None:
            return self
        return Refits(self.tx, self.terms, self._run, lenient=self._lenient)

    def few(self, last: int) -> bool:
        """Whether a log has so few customers on its last day that all of them are read."""
        return self._most is None or (len(self.table(last)) > 0 and not self.sampled)

    def table(self, day: int, discrete: bool = False, gaps: bool = False) -> pd.DataFrame:
        """The BTYD summary on a day, of all customers or of those who are read; with `sum_log_gaps` if asked for.

        Its rows are in the order of the customers' ids, so that tables of one day and their models match row by row.
        """
        key = day, discrete, gaps
        if key not in self._tables:
            unit = self.terms.unit
            found = btyd_summary_of(self.tx, unit, day, unit if discrete else None, gaps=gaps)
            self._tables[key] = self._some(_in_order(to_pandas(found)))
        return self._tables[key]

    def _some(self, table: pd.DataFrame) -> pd.DataFrame:
        if self._most is None:
            return table
        hashed = hashed_ids(table["customer_id"])
        if self._limit is None:  # from the first table that is asked for
            enough = len(table) <= self._most
            self._limit = -1 if enough else int(np.partition(hashed, self._most - 1)[self._most - 1])
        if self._limit < 0:
            return table
        return table[hashed <= np.uint64(self._limit)].reset_index(drop=True)

    @property
    def sampled(self) -> bool:
        """Whether only some customers are read."""
        return self._limit is not None and self._limit >= 0

    def season(self, day: int) -> Season | None:
        """The season as it was known on a day."""
        if day not in self._seasons:
            self._seasons[day] = self._season(day)
        return self._seasons[day]

    def _season(self, day: int) -> Season | None:
        asked = self.terms.season
        if self._lenient and asked is not None and not long_enough(day - self.tx.first_day + 1):
            asked = asked.given if isinstance(asked, Season) else None
        return season_until(self.tx, asked, Season(), BGNBD, self.terms.unit, day)

    def model(self, law_class: type[PurchaseLaw], day: int) -> CustomerModel:
        """A law fitted to what was known on a day, without a law of spend; its warnings are only in the fit.

        Raises
        ------
        FitError
            If the log until then does not hold enough information.
        """
        key = law_class, day
        if key not in self._models:
            try:
                self._models[key] = self._fitted(law_class, day)
            except FitError as error:
                self._models[key] = error
        found = self._models[key]
        if isinstance(found, FitError):
            raise found
        return found

    def _fitted(self, law_class: type[PurchaseLaw], day: int) -> CustomerModel:
        terms, gaps = self.terms, has_timing(law_class)
        season = None if law_class.discrete else self.season(day)
        table = self.table(day, law_class.discrete, gaps)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", FitWarning)
            return self._run(
                table,
                law_class,
                terms.begins,
                unit=terms.unit,
                end=day_date(day),
                season=season,
                log_gaps=None if season is None or not gaps else self._gaps_in(season, day, table),
                prior=terms.prior,
                money=False,
                **({} if terms.depends is None else terms.depends.options),
            )

    def _gaps_in(self, season: Season, day: int, table: pd.DataFrame) -> float:
        """The logarithms of the times between purchases in the season's time; of some customers, their share of all."""
        pairs = gap_counts(self.tx, day)
        every = sum_log_gaps(pairs, season, days_per_unit(self.terms.unit))
        if not self.sampled:
            return every
        gaps = float(pairs.get_column("repeats").sum())
        return every * float(table["frequency"].sum()) / gaps


def _in_order(table: pd.DataFrame) -> pd.DataFrame:
    """A row for each customer, in the order of their ids: an engine gives rows in any order."""
    _, row = number_customers(nw.from_native(table["customer_id"], series_only=True))
    return table.iloc[row].reset_index(drop=True)


def hashed_ids(ids: pd.Series[Any]) -> NDArray[np.uint64]:
    """A number for each id that depends on the id alone: of whole numbers, or else of their texts."""
    values = ids.to_numpy()
    if values.dtype.kind not in "iu":
        values = np.array([str(value) for value in values], dtype=object)
    return np.asarray(pd.util.hash_array(values), dtype=np.uint64)
