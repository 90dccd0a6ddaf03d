"""A fitted model that was given in place of a law to fit: the periods it counts, and the histories it is applied to."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

from clv._choice.candidates import is_auto
from clv._customer_model import CustomerModel
from clv._fit import PurchaseModel
from clv._laws.registry import as_purchase_law
from clv._summary import btyd_summary_of
from clv._units import Unit, as_unit
from rfm._days import as_day
from rfm._frames.execution import materialise
from rfm._frames.native import from_native, to_native
from rfm._frames.types import Table
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = ["histories_on", "period_of", "refuse_fit_options"]


def period_of(model: PurchaseModel | CustomerModel, unit: Unit | None) -> Unit | None:
    """The calendar periods that the model counts; None where time is continuous, as in all laws that may be chosen."""
    if isinstance(model, CustomerModel):
        return model.unit if model.purchases.law.discrete else None
    asked = as_unit("W" if unit is None else unit)
    return asked if not is_auto(model) and as_purchase_law(model).discrete else None


def histories_on(model: CustomerModel, tx: Transactions, day: date) -> Table:
    """The histories of a log on a day, as the model reads them."""
    period = period_of(model, None)
    summary = btyd_summary_of(tx, model.unit, as_day(day, "end"), period, gaps=False)
    table: Table = to_native(materialise(from_native(summary)))
    return table


def refuse_fit_options(options: Mapping[str, Any]) -> None:
    """Refuse what only a fit could read, where a fitted model is given; None is not asked for."""
    for name, value in options.items():
        if value is not None:
            raise DataError(
                f"{name}= is an option of the fit, and the model that was given is fitted. Hint: clv.fit(tx, {name}=…) "
                "first, and that model here."
            )
