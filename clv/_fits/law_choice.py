"""The law given by class or name, and the unit of the table that it is fitted to."""

from __future__ import annotations

from typing import Any

from clv._histories import agreed, refuse_twice, stamp
from clv._laws.law import Law
from clv._laws.registry import BUILT_IN, fitted_laws, law_named
from clv._laws.spend_law import SpendLaw
from clv._stages import BTYD, refuse_other_stage
from clv._units import as_unit
from rfm._frames.native import from_native
from rfm._frames.types import Table
from rfm.errors import DataError

__all__ = ["as_law_class", "unit_of_summary"]


def as_law_class(law: Any) -> Any:
    """The class of a law given as a class or by its name.

    Raises
    ------
    DataError
        If it is anything else.

    Examples
    --------
    >>> as_law_class("bg-nbd").__name__
    'BGNBD'
    """
    found = law_named(law)
    if found is not None and not (found.constant or found.from_orders):
        return found
    known, given = fitted_laws(), type(law)
    classes = ", ".join(f"clv.{each.__name__}" for name, each in known.items() if name in BUILT_IN)
    if given is not str and law_named(given) is not None and not given.constant:
        k = getattr(given, "k", None)
        name = given.__name__ if k is None else f"{given.__mro__[1].__name__}.with_k({k})"
        got, hint = f"one with parameters, {law!r}", f"clv.{name}, whose parameters are to be estimated"
    elif isinstance(law, str) and (found is None or found.constant):
        got, hint = repr(law), f"{classes}, or one of the names {', '.join(known)}"
    elif found is not None and found.from_orders:
        got, hint = f"{found.__name__}, which needs the log", 'clv.fit(tx, spend_law="credibility")'
    elif found is not None:
        got, hint = f"{found.__name__}, which has nothing to estimate", f"one of {classes}"
    else:
        got, hint = f"a {type(law).__name__}", f"the law comes first, the table second: one of {classes}"
    raise DataError(f"The law to fit must be a class of clv or its name, got {got}. Hint: {hint}.")


def unit_of_summary(law_class: type[Law], table: Table, unit: str | None) -> str | None:
    """The unit of time of a summary's columns, from the table or the caller; None if neither gives it.

    Raises
    ------
    DataError
        If a law cannot be fitted to the table, a customer is in two rows, or the two units differ.
    """
    refuse_other_stage(table, law_class.data_columns, "btyd_summary", BTYD, "clv.summarize(tx)")
    frame = from_native(table)
    refuse_twice(frame, "btyd_summary")
    given = None if unit is None else as_unit(unit)
    if issubclass(law_class, SpendLaw):  # which has no time
        return given
    known: str | None = agreed("unit", stamp(frame, "btyd_summary")[0], given, "the table")
    return known
