"""What every fitted model holds: two fits, their unit of time, the end of observation, and the customers."""

from __future__ import annotations

import warnings
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

from clv._fits.fit_law import Fit
from clv._fits.posterior import Pair, Posterior, draw_pairs
from clv._fits.spend_fit import as_price, expecting, given_price
from clv._histories import Histories, agreed, read_histories
from clv._laws.bg_bb import BGBB
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._model_files import fit_to_dict, posterior_to_dict, refunds_to_dict, write_model
from clv._options import finite, fraction
from clv._periods import last_whole_end
from clv._refund_log import REFUND_COLUMNS
from clv._refund_rate import RefundRate
from clv._stages import names_of
from clv._summary import periods_between
from clv._units import Horizon, Unit, as_unit, days_per_unit, horizon_days
from clv._values.lifetime_value import Lump, discount_force
from clv._values.prediction import Terms
from clv._values.simulated_future import Base
from clv._values.totals import refuse_endless
from clv.errors import FitWarning
from rfm._days import Day, as_day, day_date, is_day
from rfm._frames.mapping import to_pandas
from rfm._frames.native import from_native, to_native
from rfm._printed import Printed
from rfm._requirements import check_columns
from rfm.errors import DataError, DataWarning

__all__ = ["Fitted", "mass_of"]

# Customers × draws of the parameters: the more customers, the surer the parameters and the fewer draws are needed.
MIXED = (6e4, 4, 64)  # in customers' own intervals, at least and at most
SPREAD = (2e6, 100, 900)  # where the draws' own spread is the interval
ENDLESS = (2e6, 100, 200)  # the same for each customer over an infinite horizon


@dataclass(frozen=True)
class Fitted:
    """State and provenance of a `clv.CustomerModel`, which has the questions that can be asked of it."""

    purchases: Fit
    spend: Fit | None
    unit: Unit
    end: date | None
    fingerprint: str
    customers: Any = field(default=None, repr=False, compare=False)
    draws: Posterior | None = field(default=None, repr=False, compare=False)  # those of a loaded model
    refunds: RefundRate = field(default_factory=RefundRate)
    first_order: float | None = None  # mean of the customers' first orders, in currency

    def summary(self) -> Printed:
        """The two fits as a statistics package prints them.

        Returns
        -------
        str
            Shown with its lines in a terminal, and as static, escaped HTML in a notebook.
        """
        return Printed("\n\n".join(fit.summary() for fit in (self.purchases, self.spend) if fit is not None))

    def __repr__(self) -> str:
        laws = " and ".join(fit.law.name for fit in (self.purchases, self.spend) if fit is not None)
        return f"{type(self).__name__}({laws}, {self.purchases.n:,} customers, unit={self.unit!r}, end={self.end})"

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def save(self, path: str | Path) -> None:
        """Write the model as JSON: parameters and draws of them, covariance, units, provenance; no customer data.

        The 100 to 900 draws are the posterior's, and give a loaded model this one's intervals. Making them takes about
        a second, and on many customers what `total` spends on its draws.

        Parameters
        ----------
        path : str or Path
            The file to write; `clv.load` reads it.
        """
        draws = self.draws
        if draws is None and self.customers is not None:
            draws = self._posterior(SPREAD, seed=0)
        write_model(
            path,
            {
                "purchases": fit_to_dict(self.purchases),
                "spend": None if self.spend is None else fit_to_dict(self.spend),
                "unit": self.unit,
                "end": None if self.end is None else self.end.isoformat(),
                "fingerprint": self.fingerprint,
                "draws": None if draws is None else posterior_to_dict(draws),
                "refunds": refunds_to_dict(self.refunds),
                "first_order": self.first_order,
            },
        )

    @property
    def _laws(self) -> tuple[PurchaseLaw, SpendLaw | None]:
        """What expectations are made with; without a spend law there are purchases only."""
        law = self.purchases.law
        assert isinstance(law, PurchaseLaw)
        return law, None if self.spend is None else expecting(self.spend)

    def _valued(self, value_per_order: float | None) -> Self:
        """This model with every order worth what is given; itself where nothing is."""
        if value_per_order is None:
            return self
        price = as_price(value_per_order)
        return replace(self, spend=given_price(price, self.purchases.n), first_order=price)

    def _draws(self, budget: tuple[float, int, int], seed: int) -> tuple[Pair, ...]:
        """As many draws of the laws as the number of customers lets pay; what their reader should know is said."""
        drawn = self._posterior(budget, seed)
        for text in drawn.warnings:
            warnings.warn(text, FitWarning, stacklevel=3)
        spend = self.spend
        if spend is None:
            return tuple((law, None) for law, _ in drawn.pairs)
        return tuple((law, expecting(spend, of_spend)) for law, of_spend in drawn.pairs)

    def _posterior(self, budget: tuple[float, int, int], seed: int) -> Posterior:
        work, least, most = budget
        wanted = int(np.clip(work / max(self.purchases.n, 1), least, most))
        if self.draws is not None:
            return self.draws.sample(wanted, seed)
        return draw_pairs(self.purchases, self.spend, self.customers, wanted, seed)

    def _base(self, given: Histories) -> Base:
        names = self._read_columns(given.table)
        rows = to_pandas(to_native(from_native(given.table).select(*names)))
        columns = [rows[name].to_numpy(dtype=float) for name in names]
        x, t_x, T, *m = columns[:4]
        return Base(
            x,
            t_x,
            T,
            m[0] if m else np.zeros_like(x),
            1.0 - self._refund_rates(*columns) if self.refunds.rate > 0 else None,
        )

    @property
    def _columns(self) -> tuple[str, ...]:
        """What a prediction must know of a customer: the law's columns, and the mean order where it counts."""
        columns = self.purchases.law.data_columns
        own = self.spend is not None and isinstance(self.spend.law, GammaGamma)
        return (*columns, "monetary_value") if own else columns

    def _read_columns(self, table: Any) -> tuple[str, ...]:
        """What a prediction reads of a table: where anything is ever refunded, also what each customer sent back."""
        return self._columns_among(names_of(table) if self.refunds.rate > 0 else set())

    def _columns_among(self, names: set[str]) -> tuple[str, ...]:
        """The columns to read; a table without money says nothing of refunds, and then the share of all is taken."""
        sent_back = ("monetary_value", *REFUND_COLUMNS)
        if self.refunds.rate > 0 and set(sent_back) <= names:
            return (*self.purchases.law.data_columns, *sent_back)
        return self._columns

    def _refund_rates(self, *columns: NDArray[Any]) -> NDArray[np.float64]:
        """The share of spend that each customer sends back, from the columns read; that of all where these are few."""
        if len(columns) == len(self._columns):
            return np.full(len(columns[0]), self.refunds.rate)
        numbers = (np.asarray(column, dtype=float) for column in columns)
        return self.refunds.of_customers(*numbers, unit_days=days_per_unit(self.unit))

    def _customers(
        self, customers: Any, unit: Unit | None = None, end: str | date | None = None
    ) -> Histories:
        """The customers that are asked about, in this model's unit: those given, or else those of the fit.

        Their day is the table's own, or `end`; a table that is given never takes the model's.
        """
        day = None if end is None else day_date(as_day(end, "end"))
        discrete = f", discrete={self.unit!r}" if isinstance(self.purchases.law, BGBB) else ""
        made = f"clv.summarize(tx, unit={self.unit!r}, end=…{discrete})"
        if customers is None and self.customers is None:
            raise DataError(
                "This model was loaded, and a saved model holds no customers. "
                f"Hint: pass them, customers={made}."
            )
        if customers is None:
            check_columns(
                from_native(self.customers),
                ("customer_id",),
                "fit to customers with ids",
                argument="customers",
            )
            agreed("unit", self.unit, unit, "the model")
            return Histories(self.customers, self.unit, agreed("end", self.end, day, "the model"))
        law: Any = type(self.purchases.law)
        names = names_of(customers)
        self._refuse_without_money(names)
        columns = ("customer_id", *self._columns_among(names))
        told = read_histories(customers, law, columns, "customers", made)
        known = agreed("unit", told.unit, None if unit is None else as_unit(unit), "the table")
        if known is None and not told.empty:
            raise DataError(
                f"customers: the table has no column 'unit', and the model's times are in {self.unit!r}. "
                f"Hint: unit={self.unit!r} if the table's are too; {made} says it in the table."
            )
        if known not in (None, self.unit):
            raise DataError(
                f"customers: the table's times are in {known!r}, and the model's in {self.unit!r}. Hint: {made}."
            )
        last = agreed("end", told.end, day, "the table")
        if told.empty and last is None:
            last = self.end  # of nobody anything may be said
        return Histories(told.table, self.unit, last, told.empty)

    def _refuse_without_money(self, names: set[str]) -> None:
        """Raise DataError where this model asks for customers' mean orders and their log had no amounts."""
        if {"customer_id", *self.purchases.law.data_columns} <= names and set(self._columns) - names:
            raise DataError(
                "customers: no column 'monetary_value', as in a table of a log without amounts, and this model values "
                "customers by their own mean orders. Hint: value_per_order=…, what every order is worth; or the "
                "table of a log with amounts."
            )

    def _terms(
        self,
        horizon: Horizon,
        rate: float,
        margin: float,
        silent: float = 0.0,
        lump: Lump | None = None,
        start: Day | None = None,
    ) -> Terms:
        if lump not in (None, "lifetimes"):
            raise DataError(f"lump={lump!r} is no way of paying. Hint: leave it out, or lump='lifetimes'.")
        margin = finite(margin, "margin", "margin=0.3 keeps 30% of what is spent", least=0)
        days, unit_days = self._days(horizon, start), days_per_unit(self.unit)
        delta = discount_force(rate, unit_days)
        if rate > 1:
            warnings.warn(
                f"discount_rate={rate:g} is {rate:.0%} a year: next year's money is worth less than half. "
                "Write 10% a year as 0.10.",
                DataWarning,
                stacklevel=3,
            )
        if lump == "lifetimes":
            refuse_endless(days, "sum of monthly payments")
            return Terms(days / days_per_unit("M"), rate, margin, silent, lump, self.unit)
        return Terms(days / unit_days, delta, margin, silent)

    def _days(self, horizon: Horizon, begins: Day | None) -> float:
        """Days of a horizon; one that is a date is counted from where it begins: the end of observation, or later."""
        if begins is None and self.end is not None and is_day(horizon):
            self._known(
                begins, f"horizon={str(horizon)!r}"
            )  # the model's own day is not the day of another table
        start = None if begins is None else as_day(begins, "as_of")
        if start is None or not is_day(horizon) or not isinstance(self.purchases.law, BGBB):
            return horizon_days(horizon, start=start)
        until = start + int(horizon_days(horizon, start=start))  # its periods are those of the calendar
        return periods_between(start, until, self.unit) * days_per_unit(self.unit)

    def _silence(self, as_of: str | date | None, end: date | None) -> float:
        """Units of time between the end of observation and a later day; for BG/BB, calendar periods."""
        if as_of is None:
            return 0.0
        day, last = as_day(as_of, "as_of"), as_day(self._known(end, "as_of"), "end")
        if day < last:
            raise DataError(
                f"as_of={as_of!r} lies before the end of observation, {end}. "
                "Hint: clv.summarize(tx, end=…) gives the customers of an earlier day."
            )
        if isinstance(self.purchases.law, BGBB):
            return max(periods_between(last, last_whole_end(day, self.unit), self.unit), 0)
        return (day - last) / days_per_unit(self.unit)

    def _known(self, end: date | None, asker: str) -> date:
        """The last day of observation, where a date cannot be told without it."""
        if end is None:
            raise DataError(
                f"{asker} needs the day on which observation ended, and neither the table of customers nor an "
                "argument says it. Hint: end=…, the last day that the table's times count."
            )
        return end


def mass_of(interval: float) -> float:
    """The mass of an interval, checked."""
    return fraction(interval, "interval", "interval=0.9")
