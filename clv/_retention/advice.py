"""Fits of purchase laws to what looks like renewals of contracts: their errors and warnings say so."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from clv._laws.purchase_law import PurchaseLaw
from clv._retention.looks_renewed import advice_for
from clv.errors import FitError, FitWarning
from rfm._frames.types import Table
from rfm._issuing import warn

__all__ = ["advised"]


def advised(run: Callable[[], Any], law_class: type[PurchaseLaw], summary: Table, unit: str) -> Any:
    """The result of a fit; where it is at the boundary or fails, with the advice to fit contracts, if it is due.

    Parameters
    ----------
    run : callable
        Fits, and warns of what it finds.
    law_class : type
        The purchase law; one of discrete time counts periods with a purchase, which have no gaps.
    summary : dataframe
        The BTYD summary.
    unit : {"D", "W", "M", "Y"}
        Of its times.
    """
    try:
        fit = run()
    except FitError as error:
        advice = None if law_class.discrete else advice_for(summary, unit)
        if advice is None:
            raise
        raise FitError(f"{error} {advice}") from error
    if not fit.at_boundary or law_class.discrete or (advice := advice_for(summary, unit)) is None:
        return fit
    warn(advice, FitWarning)
    return replace(fit, warnings=(*fit.warnings, advice))
