"""Input of plots from a model, a fit or a bare law."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, TypeAlias, cast

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._covariates import with_covariates
from clv._customer_model import CustomerModel
from clv._fits.covariates import CovariateFit
from clv._fits.design import read_covariates
from clv._fits.fit_law import Fit
from clv._histories import stamp
from clv._horizons import clock_of
from clv._laws.by_covariates import Patterns
from clv._laws.forgetting import forgetful
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.spend_law import SpendLaw
from clv._season.clock import tau
from clv._season.season import Season
from clv._stages import BTYD, refuse_other_stage
from clv._units import LONGEST, PERIODS, Unit, as_unit, days_per_unit
from rfm._days import as_day
from rfm._frames.native import from_native
from rfm._frames.types import Table
from rfm._options import number, whole
from rfm._orders.transactions import Transactions
from rfm.errors import DataError
from rfm.plot._tables import fetched, require

__all__ = [
    "MOST_COUNT",
    "UNITS",
    "PurchaseSource",
    "SpendSource",
    "btyd",
    "continuous_law_of",
    "depends",
    "law_of",
    "law_time",
    "members_of",
    "observed",
    "refuse_older_shop",
    "season_of",
    "spend_law_of",
    "time_unit",
    "unit_days",
    "unit_of",
    "until_day",
]

PurchaseSource: TypeAlias = CustomerModel | Fit[PurchaseLaw] | CovariateFit | PurchaseLaw
SpendSource: TypeAlias = CustomerModel | Fit[SpendLaw] | SpendLaw

MOST_COUNT = 10_000  # purchases up to which customers are told apart
UNITS = (*PERIODS.values(), "periods", "time units")  # all values of `unit_of`


def law_of(model: PurchaseSource) -> PurchaseLaw:
    """Return the purchase law of a fitted model, of a Fit, or the law itself, if it is the same for everybody."""
    fit = getattr(model, "purchases", model)
    if isinstance(fit, CovariateFit):
        raise DataError(
            f"This plot shows one law, and this one depends on {', '.join(fit.own_design.columns)}. "
            f"Hint: plot the law of one kind of customer, {_example(model, fit)}."
        )
    law: Any = getattr(fit, "law", fit)
    if not hasattr(law, "p_alive"):
        raise DataError(
            f"A plot of a purchase law takes a model, a Fit or a law; got {type(model).__name__}. "
            "Hint: clv.fit(tx), or clv.BGNBD(r=…, alpha=…, a=…, b=…)."
        )
    return cast(PurchaseLaw, forgetful(law, _factor(model)))


def _factor(model: Any) -> float:
    """The forgetting factor of a model; 1 for a fit, or a bare law."""
    return float(model.memory.factor) if isinstance(model, CustomerModel) else 1.0


def depends(model: PurchaseSource | SpendSource, part: Literal["purchases", "spend"] = "purchases") -> bool:
    """Return whether the law of purchases, or of spend, depends on covariates."""
    return isinstance(getattr(model, part, model), CovariateFit)


def members_of(
    model: PurchaseSource | SpendSource, ids: Any, part: Literal["purchases", "spend"] = "purchases"
) -> tuple[Any, Patterns | None]:
    """Return the law of purchases or of spend, and the covariates on which it depends of customers with these ids."""
    fit: Any = getattr(model, part, model)
    if not isinstance(fit, CovariateFit):
        law: Any = law_of(cast(Any, model)) if part == "purchases" else spend_law_of(cast(Any, model))
        return law, None
    held = getattr(model, "customers", None)
    if held is None:
        raise DataError(
            f"{type(model).__name__} holds no customers, on whose covariates the law depends. "
            "Hint: plot the model that clv.fit made, or pass the law of one kind of customer, "
            f"{_example(model, fit)}."
        )
    columns = fit.design.columns
    kept = fetched(from_native(held).select("customer_id", *columns))
    known = with_covariates(pd.DataFrame({"customer_id": ids}), kept, columns, "the covariates of the fit")
    z = fit.design.coded(read_covariates(known, columns, fit.design))
    return forgetful(fit.by_covariates, _factor(model) if part == "purchases" else 1.0), Patterns.of(z)


def refuse_older_shop(model: Any, *, known: bool = False) -> None:
    """Refuse a model of a log that begins mid-history, for what counts from each customer's first purchase.

    With `known` only one whose customers' first purchases are known.
    """
    start = getattr(model, "log_start", None)
    if start is None or not start.window or (known and not start.known):
        return
    raise DataError(
        "This plot counts from each customer's first purchase, and the model says that some joined before its log "
        "(entry_after=, first_purchase=). Hint: clv.plot.holdout_data, clv.backtest, or model.forecast."
    )


def _example(model: Any, fit: CovariateFit[Any]) -> str:
    """The call that gives the law of one kind of customer."""
    part = "" if model is fit else (".purchases" if model.purchases is fit else ".spend")
    return f"{'fit' if model is fit else 'model'}{part}.law_for({fit.own_design.reference!r})"


def continuous_law_of(model: PurchaseSource) -> PurchaseLaw:
    """Return the purchase law, if it counts time and not periods."""
    law = cast(Any, model).purchases.law if depends(model) and hasattr(model, "purchases") else law_of(model)
    if law.discrete:
        raise DataError(
            f"{law.title} counts periods, and this plot needs a law in continuous time. "
            'Hint: clv.fit(tx, model="bg-nbd"), "mbg-nbd" or "pareto-nbd".'
        )
    return law


def spend_law_of(model: SpendSource) -> SpendLaw:
    """Return the spend law of a fitted model, of a Fit, or the law itself."""
    fit = getattr(model, "spend", model)
    if fit is None:
        raise DataError(
            "This model was fitted to a log without amounts, and a plot of spend needs them. "
            'Hint: rfm.Transactions(df, amount="…") names their column.'
        )
    if isinstance(fit, CovariateFit):
        raise DataError(
            f"This plot shows one law, and this one depends on {', '.join(fit.own_design.columns)}. "
            f"Hint: plot the law of one kind of customer, {_example(model, fit)}."
        )
    law: Any = getattr(fit, "law", fit)
    if not hasattr(law, "total_spend_cdf"):
        raise DataError(
            f"A plot of spend takes a model, a Fit or a spend law; got {type(model).__name__}. "
            "Hint: clv.fit(tx), or clv.GammaGamma(p=…, q=…, gamma=…)."
        )
    return cast(SpendLaw, law)


def time_unit(model: PurchaseSource, unit: Unit | None) -> Unit:
    """Return the model's time unit, or `unit` if a bare law has none."""
    known = getattr(model, "unit", None) or unit
    if known is None:
        raise DataError('A bare law has no unit of time. Hint: unit="D", "W", "M" or "Y".')
    return as_unit(known)


def unit_days(model: PurchaseSource, unit: Unit | None) -> float:
    """Return the days of the model's time unit, or of `unit` where a bare law has none."""
    return days_per_unit(time_unit(model, unit))


def season_of(model: Any) -> Season | None:
    """Return the season of a fitted model; None if it has none, or the source is no model."""
    season = getattr(model, "season", None)
    return season if isinstance(season, Season) and not season.flat else None


def law_time(model: PurchaseSource, place: NDArray[Any], days: float) -> NDArray[np.float64]:
    """Return places in the calendar, in days since 1970-01-01, as units of the law's time up to a constant."""
    season = season_of(model)
    gone = np.asarray(place, dtype=float) if season is None else tau(season, place)
    return np.asarray(gone / days)


def until_day(value: str | date | None, tx: Transactions) -> int:
    """Return the last day that counts: as given, or the log's last day."""
    return tx.last_day if value is None else as_day(value, "until")


def btyd(model: PurchaseSource | SpendSource, summary: Table | None, *columns: str) -> pd.DataFrame:
    """Return columns of the BTYD summary given, or else of the one the model was fitted on, T in the law's time."""
    table = getattr(model, "customers", None) if summary is None else summary
    if table is None:
        raise DataError(
            f"{type(model).__name__} holds no customers. Hint: summary=clv.summarize(tx), in the law's unit."
        )
    made = "clv.summarize(tx)"
    refuse_other_stage(table, columns, "summary", BTYD, made)
    frame = require(table, columns, f"{made} makes such a table")
    given, known = stamp(frame, "summary")[0], getattr(model, "unit", None)
    if summary is not None and given is not None and known not in (None, given):
        raise DataError(
            f"summary: its times are in {given!r}, and the model's in {known!r}. "
            f"Hint: clv.summarize(tx, unit={known!r})."
        )
    found = fetched(frame.select(*columns))
    season = season_of(model)
    if season is not None and "T" in columns:
        end = model.end if summary is None else stamp(frame, "summary")[1]  # type: ignore[union-attr]
        clock = clock_of(season, end, known)  # type: ignore[arg-type]
        assert clock is not None
        none = np.zeros(len(found))
        found["T"] = clock.histories(none, none, found["T"].to_numpy(float))[1]
    return found


def unit_of(model: PurchaseSource) -> str:
    """Name the time unit in the plural: "weeks"; "time units" for a bare law, "periods" in discrete time."""
    if not depends(model) and law_of(model).discrete:
        return "periods"
    unit = getattr(model, "unit", None)
    return PERIODS[unit] if unit else "time units"


def observed(model: PurchaseSource, max_frequency: int | None, T: float | None) -> tuple[int, float]:
    """Return the largest number of repeat purchases and the longest T to show: as given, or the model's customers'."""
    if max_frequency is not None:
        max_frequency = whole("max_frequency", max_frequency, "max_frequency=20", least=1, most=MOST_COUNT)
    if T is not None:
        T = number("T", T, "T=52", above=0, most=LONGEST)
    if max_frequency is not None and T is not None:
        return max_frequency, T
    customers = getattr(model, "customers", None)
    if customers is None:
        raise DataError(
            f"{type(model).__name__} holds no customers to take the range from. "
            "Hint: pass max_frequency= (repeat purchases) and T= (time observed, in the law's unit)."
        )
    table = btyd(model, None, "frequency", law_of(model).data_columns[2])
    most = max(int(np.quantile(table["frequency"], 0.995, method="higher")), 1)
    return max_frequency or most, T or float(table.iloc[:, 1].max())
