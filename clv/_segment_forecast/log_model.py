"""The model behind simulated futures of a log: its laws, the customers' histories, and the errors they share."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from clv._choice.refits import Refits
from clv._customer_model import CustomerModel
from clv._fit import PurchaseModel, refits_for
from clv._fits.posterior import Budget
from clv._given_model import histories_on, refuse_fit_options
from clv._histories import agreed
from clv._past_errors.from_refits import fit_chosen
from clv._past_errors.interval_from import LAW, PAST, TYPICAL, IntervalFrom
from clv._past_errors.learning import with_past
from clv._past_errors.past_errors import PastErrors
from clv._season.season import SeasonChoice
from clv._segment_forecast.futures import Future
from clv._segment_forecast.timeline import Timeline
from clv._units import Unit, days_per_unit
from clv._values.simulated_future import Base, Draw
from clv.errors import FitWarning
from rfm._days import as_day
from rfm._frames.execution import fetch
from rfm._frames.mapping import to_pandas
from rfm._frames.native import from_native, to_native
from rfm._frames.types import Table
from rfm._issuing import warn
from rfm._orders.transactions import Transactions
from rfm.errors import DataError

__all__ = ["base_of", "errors_of", "futures_of", "laws_drawn", "line_of", "modelled", "ratios_drawn"]

Array = NDArray[np.float64]


def modelled(
    tx: Transactions[Any],
    model: PurchaseModel | CustomerModel,
    unit: Unit | None,
    day: date,
    season: SeasonChoice,
) -> tuple[CustomerModel, Table | None, Refits | None]:
    """A model; the histories that it predicts from, None for those it was just fitted to; and the fits to earlier days
    among which its law was chosen, if past errors can be learned from them."""  # fmt: skip
    if not isinstance(model, CustomerModel):
        options: dict[str, Any] = {"unit": "W" if unit is None else unit, "season": season}
        refits = refits_for(tx, **options)
        # Of a season each of these fits may find another; past errors are those of the season that was found.
        return fit_chosen(refits, model, day, **options), None, refits if season is None else None
    refuse_fit_options({"season": season})
    agreed("unit", model.unit, unit, "the model")
    return model, histories_on(model, tx, day), None


def errors_of(
    model: CustomerModel,
    tx: Transactions[Any],
    day: date,
    source: IntervalFrom | None,
    refits: Refits | None,
    *,
    given: bool,
) -> PastErrors | None:
    """The errors common to all customers: the model's, or learned here; None for the law alone.

    Those of a model that was given are learned only if it was fitted to this log until this day, and can be fitted
    again at earlier ones; others have typical errors.
    """
    if source == LAW:
        return None
    if source == TYPICAL:
        return PastErrors.typical(day)
    errors = model.past_errors
    if errors is None:
        start = model.log_start
        again = model.weights is None and not (start is not None and start.known)
        own = model.customers is not None and model.end == day
        learnt = not given or (own and again)
        errors = with_past(model, tx, refits=refits).past_errors if learnt else None
    errors = PastErrors.typical(day) if errors is None else replace(errors, end=day)
    if source == PAST and errors.source != PAST:
        raise DataError(
            f'interval_from="{PAST}" was given, and this model has none on this log. Hint: a log of some months, '
            f'clv.fit(tx).with_past_errors(tx), or interval_from="{TYPICAL}".'
        )
    return errors


def base_of(model: CustomerModel, table: Table | None, customers: pd.Series[Any]) -> Base:
    """The histories of these customers, in their order; `table` holds them, by default the model does."""
    given = model._histories(table, None, None)
    histories = to_native(fetch(from_native(given.table)))
    base = replace(model._reader, clock=model._clock(given.end)).base(histories)
    place = pd.Index(to_pandas(histories)["customer_id"]).get_indexer(pd.Index(customers))
    if (place < 0).any():
        raise DataError(
            f"{int((place < 0).sum()):,} of {len(place):,} customers of the log are not among those of the model. "
            "Hint: clv.fit(tx), with the same log."
        )
    return base.take(place)


def line_of(model: CustomerModel, base: Base, edges: Array, day: date) -> Timeline:
    """The days ahead of these customers, whose histories end on a day; its `base` knows them too."""
    clock, unit_days = model._clock(day), days_per_unit(model.unit)
    steps = None if clock is None else clock.steps(clock.end, float(edges[-1]))
    reached = edges / unit_days if clock is None else clock.ahead(clock.end, edges)
    law = model._as_seen(model._laws[0], day)
    days = np.floor(edges + 1e-9)
    return Timeline(
        law, replace(base, steps=steps), days, reached, unit_days, model.purchases.law.discrete, steps
    )


def laws_drawn(model: CustomerModel, budget: Budget, seed: int) -> Sequence[Draw]:
    """Laws drawn from the posterior of their parameters, with warnings issued."""
    drawn = model._posterior(budget, seed)
    for text in drawn.warnings:
        warn(text, FitWarning)
    return drawn.expecting(model.spend)


def ratios_drawn(model: CustomerModel, line: Timeline, day: date, size: int, seed: int) -> Array:
    """Lengths of the periods in the season's time, relative to the expected ones: (size, m)."""
    clock = model._clock(day)
    if clock is None:
        return np.ones((size, len(line.days) - 1))
    return clock.ratios(as_day(day, "end"), line.days, size, np.random.default_rng([seed, 3]))


def futures_of(
    model: CustomerModel, members: Sequence[Draw], factors: Array, ratios: Array, day: date
) -> list[Future]:
    """A future for each set of factors, (futures, 2, m), with the drawn laws in turn."""
    found = []
    for place, each in enumerate(factors):
        law, spend = members[place % len(members)]
        found.append(Future((model._as_seen(law, day), spend), (law, spend), each, ratios[place]))
    return found
