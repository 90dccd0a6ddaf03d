"""A model fitted to a log, whose law is chosen by fits to earlier days that others will read, too."""

from __future__ import annotations

from dataclasses import replace
from datetime import date
from typing import Any

from clv._choice.candidates import is_auto
from clv._choice.choose import choose_law
from clv._choice.refits import Refits
from clv._customer_model import CustomerModel
from clv._fit import PurchaseModel, fit
from rfm._customers.netting import netted_once
from rfm._days import as_day
from rfm._orders.transactions import Transactions

__all__ = ["fit_chosen"]


def fit_chosen(
    refits: Refits, model: PurchaseModel, day: date, *, tx: Transactions | None = None, **options: Any
) -> CustomerModel:
    """`clv.fit` to a log until a day, where a law is chosen by fits that others will read, too.

    Parameters
    ----------
    refits : Refits
        Of the log, with the same options.
    model : str or type
        The law, or "auto".
    day : date
        The last day that counts.
    tx : Transactions, optional
        The log to fit to, where the fits are to some of its customers; by default theirs.
    **options
        Of `clv.fit`.
    """
    choice = None
    with netted_once(refits.tx, days=True):
        if is_auto(model):
            choice = choose_law(refits, as_day(day, "end"))
            model = choice.law
        return replace(fit(refits.tx if tx is None else tx, model, end=day, **options), choice=choice)
