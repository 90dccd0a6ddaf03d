"""What a picture reads from a model, a fit or a bare law."""

from __future__ import annotations

from typing import Any

import numpy as np

from rfm.errors import DataError
from rfm.frames import enter
from rfm.plot.tables import collect, require

__all__ = ["law_of", "observed", "unit_of"]

_UNITS = {"D": "days", "W": "weeks", "M": "months", "Y": "years"}


def law_of(model: Any) -> Any:
    """Return the purchase law of a fitted model, of a Fit, or the law itself."""
    fit = getattr(model, "purchases", model)
    law = getattr(fit, "law", fit)
    if not hasattr(law, "p_alive"):
        raise DataError(
            f"A picture of a purchase law takes a model, a Fit or a law, not {type(model).__name__}. "
            "Hint: clv.fit(tx), or clv.BGNBD(r=…, alpha=…, a=…, b=…)."
        )
    return law


def unit_of(model: Any) -> str:
    """Name the time unit in the plural: "weeks"; "time units" for a bare law, which has none."""
    return _UNITS.get(getattr(model, "unit", None) or "", "time units")


def observed(model: Any, max_frequency: int | None, T: float | None) -> tuple[int, float]:
    """Return the most repeat purchases and the longest T to show: as given, or the model's customers'."""
    if max_frequency is not None and T is not None:
        return int(max_frequency), float(T)
    customers = getattr(model, "customers", None)
    if customers is None:
        raise DataError(
            f"{type(model).__name__} holds no customers to take the range from. "
            "Hint: pass max_frequency= (repeat purchases) and T= (time observed, in the law's unit)."
        )
    age = "T" if "T" in enter(customers).collect_schema().names() else "n_periods"
    hint = "clv.summarize(tx) makes such a table"
    table = collect(require(customers, ("frequency", age), hint).select("frequency", age))
    most = max(int(np.quantile(table["frequency"], 0.995, method="higher")), 1)
    return int(max_frequency or most), float(T or table[age].max())
