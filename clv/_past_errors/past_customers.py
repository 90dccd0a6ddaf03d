"""What customers bought in hold-outs inside a log, against the law's distributions of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray

from clv._choice.choose import happened_after, origins_of
from clv._choice.outlook import Outcomes
from clv._choice.refits import Refits
from clv._customer_model import CustomerModel
from clv._laws.by_covariates import taken
from clv._laws.purchase_law import PurchaseLaw
from clv._past_errors.customer_calibration import CustomerCalibration, calibration_of
from clv._values.pmf_tables import counts_alive
from clv.errors import FitError

__all__ = ["learned_calibration", "needed_masses"]

Array = NDArray[np.float64]

TOGETHER: Final = 2_000  # histories whose distributions are tabulated at a time


def learned_calibration(
    refits: Refits, law_class: type[PurchaseLaw], last: int, like: CustomerModel | None = None
) -> CustomerCalibration | None:
    """How the law's intervals of customers held after the days at which a law is chosen; None without any.

    Rates drift, and a law's intervals hold less the further they reach: the hold-outs are two of the choice's long,
    where the log has room.
    """
    refits.table(last)
    begins = refits.terms.begins
    origins, days = origins_of(refits.tx.first_day, last, round(begins.entry or 0.0))
    long = [day for day in origins if day + 2 * days <= last]
    origins, days = (long, 2 * days) if long else (origins, days)
    found = []
    for day in origins[-1:] if begins.asked else origins:
        try:
            model = refits.model(law_class, day)
        except FitError:  # too few repeat purchases until then
            continue
        if like is not None:
            model = replace(model, memory=like.memory)
        found.append(needed_masses(model, happened_after(refits, day, days), f"{days}D"))
    if not found:
        return None
    expected, needed = (np.concatenate(parts) for parts in zip(*found, strict=True))
    return calibration_of(expected, needed, days)


def needed_masses(model: CustomerModel, happened: Array, horizon: str) -> tuple[Array, Array]:
    """What was expected of each customer, and the mass of the law's smallest central interval that held what happened.

    An interval of mass c holds n if P(N ≤ n) ≥ (1 − c)/2 and P(N ≥ n) > (1 − c)/2.

    Parameters
    ----------
    model : CustomerModel
        Fitted to what was known on its last day, with its customers in memory.
    happened : ndarray of shape (n,)
        Purchases of each in the horizon.
    horizon : str
        Length of the hold-out.
    """
    found = Outcomes.of(model, happened, horizon)
    alive = np.asarray(found.law_of_rows.p_alive(found.x, found.t_x, found.T), dtype=float)
    until, below = _up_to_and_below(found)
    less = np.where(found.n > 0, 1 - alive + alive * below, 0.0)  # P(N < n)
    up_to = 1 - alive + alive * until
    needed = 1.0 - 2.0 * np.minimum(up_to, 1.0 - less)
    return found.expected[found.row], needed[found.row]


def _up_to_and_below(found: Outcomes) -> tuple[Array, Array]:
    """P(N ≤ n | alive) and P(N < n | alive) of each row."""
    until, below = np.empty(len(found.x)), np.empty(len(found.x))
    order = np.argsort(found.x, kind="stable")
    for start in range(0, len(order), TOGETHER):
        part = order[start : start + TOGETHER]
        x, t_x, T = (column[part] for column in (found.x, found.t_x, found.T))
        counts = counts_alive(found.law, x, t_x, T, found.ahead, taken(found.patterns, part))
        reached = np.pad(np.cumsum(counts, axis=1), ((0, 0), (1, 0)))  # P(N < 0), P(N < 1), …
        place = np.minimum(found.n[part].astype(np.int64) + 1, reached.shape[1] - 1)
        until[part] = reached[np.arange(len(part)), place]
        below[part] = reached[np.arange(len(part)), place - 1]
    return until, below
