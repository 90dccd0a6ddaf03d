"""Learn a model's past errors from the log that it was fitted to."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import narwhals.stable.v2 as nw
import numpy as np

from clv._choice.refits import MOST_CUSTOMERS, Depends, Refits, Terms
from clv._covariates import known_covariates
from clv._customer_model import CustomerModel
from clv._fit import fit_histories
from clv._fits.covariates import CovariateFit
from clv._fits.design import Design
from clv._fits.timing import family_name
from clv._horizons import known_day
from clv._laws.purchase_law import PurchaseLaw
from clv._laws.registry import as_purchase_law
from clv._log_options import LogOptions
from clv._past_errors.past_customers import learned_calibration
from clv._past_errors.past_errors import PastErrors
from clv._past_errors.past_totals import past_totals
from clv._units import days_per_unit
from rfm._customers.netting import netted_once
from rfm._days import as_day, day_text
from rfm._frames.execution import fetch
from rfm._frames.native import from_native, to_native
from rfm._frames.types import Table
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = ["knowing", "refits_of", "with_past"]

# Columns of every BTYD summary, which the summary of an earlier day has, too.
BTYD: Final = frozenset({"frequency", "recency", "T", "monetary_value", "first_order_spend"})


def with_past(
    model: CustomerModel, tx: Transactions, covariates: Table | None = None, refits: Refits | None = None
) -> CustomerModel:
    """The model with the past errors of its totals and how its customers' intervals held, see `with_past_errors`.

    Parameters
    ----------
    model : CustomerModel
        Fitted to the log, whole or until an earlier day.
    tx : Transactions
        The log; days after the model's last one are not read.
    covariates : dataframe, optional
        Of the customers, if the model depends on any; by default those that it was fitted with.
    refits : Refits, optional
        Fits that have been made already, with the options of the model; perhaps to some of the log's customers.

    Returns
    -------
    CustomerModel
        With typical errors and no calibration where the log is too short, or the law counts periods.

    Raises
    ------
    DataError
        If the model was not fitted to this log, or in a way that cannot be repeated at earlier days.
    """
    last = _checked_day(model, tx)
    if type(model.purchases.law).discrete:
        return replace(model, past_errors=PastErrors.typical(model.end), calibration=None)
    refits = refits_of(model, tx, covariates) if refits is None else refits
    with netted_once(tx, days=True):
        known = len(refits.table(last))
        whole = model.log_start is None and not refits.sampled and refits.tx is tx  # else of some customers
        if whole and known != model.purchases.n:
            raise DataError(
                f"tx has {known:,} customers until {day_text(last)}, and the model was fitted to "
                f"{model.purchases.n:,}. Hint: give the log of the fit, clv.fit(tx).with_past_errors(tx)."
            )
        if covariates is not None and model.design is not None:
            known_covariates(refits.table(last), model.design, covariates, None, "covariates")
        return knowing(model, refits, _law_to_refit(model), last)


def knowing(model: CustomerModel, refits: Refits, law_class: type[PurchaseLaw], last: int) -> CustomerModel:
    """The model with what fits of its law at earlier days say of it, read until its own last day.

    Parameters
    ----------
    model : CustomerModel
    refits : Refits
        Fits with its options.
    law_class : type
        Its law, of continuous time; with its k chosen anew if it was chosen.
    last : int
        Its last day, in days since 1970-01-01.
    """
    return replace(
        model,
        past_errors=PastErrors(past_totals(refits, law_class, last, model), model.end),
        calibration=learned_calibration(refits, law_class, last, model),
    )


def refits_of(model: CustomerModel, tx: Transactions, covariates: Table | None = None) -> Refits:
    """Fits at earlier days with the options of a model."""
    start, unit_days = model.log_start, days_per_unit(model.unit)
    begins = LogOptions(start.entry * unit_days) if start is not None and start.window else LogOptions()
    season = model.season if model.season is not None and not model.season.flat else None
    terms = Terms(model.unit, season, begins, _depends(model, covariates), model.prior)
    return Refits(tx, terms, fit_histories, most=MOST_CUSTOMERS, lenient=True)


def _checked_day(model: CustomerModel, tx: Transactions) -> int:
    """The model's last day, refused where its fit cannot be repeated at earlier ones."""
    last = as_day(known_day(model.end, "with_past_errors"), "end")
    if tx.last_day < last - _silent_days(model):
        raise DataError(
            f"tx ends on {day_text(tx.last_day)}, and the model was fitted until {day_text(last)}. "
            "Hint: give the log of the fit."
        )
    reasons = {
        "weights=": model.weights is not None,
        "first_purchase=": model.log_start is not None and model.log_start.known,
    }
    for option, given in reasons.items():
        if given:
            raise DataError(
                f"model.with_past_errors fits again at earlier days, and cannot with {option}. Hint: fit without it; "
                "or go without past errors, and intervals have typical ones."
            )
    return last


def _silent_days(model: CustomerModel) -> int:
    """Days between the last purchase that the model knows and its last day: a log may end so many days earlier."""
    law_class = type(model.purchases.law)
    if model.customers is None or law_class.discrete:
        return 0
    _, last, observed = law_class.data_columns
    since = from_native(model.customers).select(since=nw.col(observed) - nw.col(last))
    return round(float(np.min(fetch(since)["since"].to_numpy())) * days_per_unit(model.unit))


def _law_to_refit(model: CustomerModel) -> type[PurchaseLaw]:
    """The law of the model; with its k chosen anew if it was chosen."""
    law_class = type(model.purchases.law)
    return as_purchase_law(family_name(law_class)) if model.purchases.by_k else law_class


def _depends(model: CustomerModel, covariates: Table | None) -> Depends | None:
    """The covariates of a model, from the table given or from the customers that it keeps."""
    fits = [fit for fit in (model.purchases, model.spend) if isinstance(fit, CovariateFit)]
    if not fits:
        if covariates is not None:
            raise DataError(
                "covariates are given, and this model depends on none. Hint: leave out covariates=."
            )
        return None
    factors = model.design.factors  # type: ignore[union-attr]
    column_of = {term: factor.name for factor in factors for term in Design((factor,)).terms}
    purchase, dropout, spend = (
        tuple(dict.fromkeys(column_of[term] for fit in fits for term in getattr(fit, role)))
        for role in ("purchase", "dropout", "spend")
    )
    if covariates is None and model.customers is not None:
        others = [factor.name for factor in factors if factor.name not in BTYD]
        kept = from_native(model.customers).select("customer_id", *others)
        covariates = to_native(kept) if others else None
    return Depends(covariates, purchase, dropout, spend)
