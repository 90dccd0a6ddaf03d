"""How the laws of a model are estimated: the options of `clv.fit`, checked before the data, and with their columns."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import narwhals.stable.v2 as nw

from clv._covariates import design_of, roles_of, with_covariates
from clv._fits.covariate_effects import effects_of
from clv._fits.fit_law import Fit
from clv._fits.fitting import Fitting
from clv._fits.lifetimes import fit_with_lifetimes
from clv._fits.prior import Prior, check_prior
from clv._histories import Histories
from clv._laws.arguments import to_floats
from clv._laws.purchase_law import PurchaseLaw
from clv._stages import names_of
from rfm._frames.columns import new_column
from rfm._frames.execution import materialise
from rfm._frames.native import from_native, to_native
from rfm._frames.types import Table
from rfm._options import received
from rfm._requirements import check_columns, refuse_taken
from rfm.errors import DataError

__all__ = ["FitOptions", "fit_options", "with_columns"]


@dataclass(frozen=True)
class FitOptions:
    """How the laws are estimated: the engine, and what only the native one has."""

    engine: Callable[..., Fit[Any]] | None
    fitting: Fitting

    @property
    def run(self) -> Callable[..., Fit[Any]]:
        """The fitter of a law and a checked table."""
        return self.engine or self.fitting


def fit_options(
    law_class: type[PurchaseLaw],
    engine: str,
    purchase: Any,
    dropout: Any,
    spend: Any,
    prior: Prior | None,
    value_per_order: float | None,
) -> FitOptions:
    """The options of the estimation, checked as far as they can be without the data."""
    run = _engine(engine)
    check_prior(prior)
    purchase, dropout, spend = roles_of(purchase, dropout, spend)
    if purchase or dropout:
        effects_of(law_class, purchase, dropout)
    if spend and value_per_order is not None:
        raise DataError(
            f"spend={list(spend)!r} says on what the worth of orders depends, and value_per_order= gives it. "
            "Hint: leave out one of them."
        )
    if run is not None and (purchase or dropout or spend or prior is not None):
        raise DataError(
            f"engine={engine!r} has no covariates and no prior= of this kind. Hint: leave out engine=."
        )
    return FitOptions(run, Fitting(None, purchase, dropout, spend, prior))


def with_columns(
    known: Histories, options: FitOptions, covariates: Table | None, weights: Any
) -> tuple[Histories, FitOptions]:
    """The summary with columns of covariates and of weights, and the options with their design."""
    fitting, table = options.fitting, known.table
    names = tuple(dict.fromkeys((*fitting.purchase, *fitting.dropout, *fitting.spend)))
    if covariates is not None and not names and not isinstance(weights, str):
        raise DataError(
            'covariates are given, but not what depends on them. Hint: purchase=["Channel"], dropout=, spend=.'
        )
    if options.engine is not None and weights is not None:
        raise DataError("weights= are of the native engine. Hint: leave out engine=.")
    column, table = _weighed(table, weights)
    if covariates is not None:
        inside = names_of(covariates)
        read = [*names, *([column] if column in inside and isinstance(weights, str) else [])]
        table = with_covariates(table, covariates, read)
    if column is not None:
        check_columns(
            from_native(table), (column,), "weights= names a column of covariates, or of the summary"
        )
    if table is not known.table:
        table = to_native(materialise(from_native(table)))  # an engine would join again at every step
    design = design_of(table, names) if names else None
    return replace(known, table=table), replace(
        options, fitting=replace(fitting, design=design, weights=column)
    )


def _weighed(table: Any, weights: Any) -> tuple[str | None, Any]:
    """The name of the column of weights, and the table with that column if it was given apart."""
    if weights is None or isinstance(weights, str):
        return weights, table
    frame = from_native(table)
    if hasattr(weights, "columns"):
        names = from_native(weights).collect_schema().names()
        others = [name for name in names if name != "customer_id"]
        if "customer_id" not in names or len(others) != 1:
            raise DataError(
                f"weights must be a table of customer_id and exactly one more column, got {', '.join(names)}. "
                'Hint: weights=table[["customer_id", "weight"]].'
            )
        return others[0], with_covariates(table, weights, others, "weights")
    if not isinstance(frame, nw.DataFrame):
        raise DataError(
            "weights must name a column where the table is behind an engine. "
            "Hint: weights= names a column of the table, or is one number per row."
        )
    values = to_floats("weights", weights)
    if values.shape != (len(frame),):
        raise DataError(
            f'weights must be one number per row, {len(frame):,}; got {values.size:,}. Hint: weights="column".'
        )
    refuse_taken(frame, ("weights",), argument="btyd_summary")
    return "weights", to_native(frame.with_columns(new_column(frame, "weights", values)))


def _engine(engine: str) -> Callable[..., Fit[Any]] | None:
    """The fitter of another package; None for our own."""
    engines: dict[str, Callable[..., Fit[Any]] | None] = {"native": None, "lifetimes": fit_with_lifetimes}
    if not isinstance(engine, str) or engine not in engines:
        raise DataError(f"No engine {received(engine)}. Hint: choose one of {', '.join(engines)}.")
    return engines[engine]
