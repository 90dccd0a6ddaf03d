"""The spend law of a model: Gamma-Gamma if it can be estimated from the orders, else its limit, with the reason."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import narwhals.stable.v2 as nw
import numpy as np

from clv._fits import population_mean
from clv._fits.credibility import OrderSums, contradicted, credibility_fit
from clv._fits.data import FitData, one_mean, spending
from clv._fits.fit_law import Fit, announced
from clv._fits.fit_words import SPEND as TEXTS
from clv._fits.fitting import Fitting
from clv._laws.constant_spend import ConstantSpend
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.spend_law import SpendLaw
from clv.errors import FitError
from rfm._frames.execution import fetch
from rfm._frames.native import from_native
from rfm._frames.types import Table
from rfm._options import money

__all__ = [
    "as_price",
    "constant_fit",
    "expecting",
    "fit_spend",
    "fit_spend_checked",
    "given_price",
    "mean_first_order",
]


def fit_spend(
    btyd_summary: Table,
    run: Callable[..., Fit[Any]],
    weights: str | None = None,
    depends: tuple[str, ...] = (),
) -> Fit[SpendLaw]:
    """Fit Gamma-Gamma; if it cannot be estimated from the orders, its limit, with a warning.

    Parameters
    ----------
    btyd_summary : dataframe
        With `frequency` and `monetary_value`; the mean of `first_order_spend` is read if the column is there.
    run : callable
        The fitter, `clv.fit_law` or that of another package.
    weights : str, optional
        The column of customers per row.
    depends : tuple of str
        The covariates of spend, which its limit has not.

    Returns
    -------
    Fit
        Of `GammaGamma`, or of `ConstantSpend`: at the price if all repeat buyers have one mean; at the mean of all
        orders if fewer than two customers have repeat orders of positive value.

    Raises
    ------
    DataError
        As `clv.fit_law`.
    FitError
        If only the limit can be estimated, and spend depends on covariates.
    """
    data = FitData.read(GammaGamma, btyd_summary, weights)
    buyers = spending(data)
    if buyers.n >= 2 and one_mean(buyers) is None:
        return run(GammaGamma, btyd_summary, unit=None)
    if depends:
        why = (
            "all orders have one price"
            if buyers.n >= 2
            else "fewer than two customers have repeat orders of value"
        )
        raise FitError(
            f"spend={list(depends)!r}: no spend law can be estimated from these orders, since {why}. "
            "Hint: leave out spend=."
        )
    return announced(_limit(data, buyers, mean_first_order(btyd_summary, weights)))


def fit_spend_checked(
    btyd_summary: Table, fitting: Fitting, orders: Callable[[], OrderSums]
) -> Fit[SpendLaw]:
    """Fit Gamma-Gamma, and where it has customers alike whose orders differ, the law by credibility, with a warning.

    Parameters
    ----------
    btyd_summary : dataframe
        See `fit_spend`.
    fitting : Fitting
        The options of the estimation.
    orders : callable
        Reads the repeat orders of the same customers.
    """
    fit = fit_spend(btyd_summary, fitting.quietly)
    found = contradicted(fit, orders)
    if found is not None:
        return credibility_fit(found, instead=True)
    return fit if fit.law.constant else announced(fit)


def _limit(data: FitData, buyers: FitData, first: float | None) -> Fit[ConstantSpend]:
    """The limit law and the reason for it."""
    price = one_mean(buyers) if buyers.n >= 2 else None
    if price is not None:
        return constant_fit(price, buyers.n, "one price", buyers=f"{buyers.n:,.0f}", worth=f"{price:g}")
    who = TEXTS("nobody" if not buyers.n else "one customer")
    mean, orders = _mean_order(data, first)
    if mean < 0:
        return constant_fit(0.0, data.n, "below 0", who=who, orders=orders)
    return constant_fit(mean, data.n, "mean order", who=who, orders=orders, worth=f"{mean:g}")


def _mean_order(data: FitData, first: float | None) -> tuple[float, str]:
    """Mean order of the log, and the orders it is taken over."""
    x, m = data.columns
    repeats, spent = float(data.weights @ x), float(data.weights @ (x * np.maximum(m, 0.0)))
    if first is None:
        return spent / max(repeats, 1.0), TEXTS("the repeat orders")
    return (data.n * first + spent) / (data.n + repeats), TEXTS("all orders")


def mean_first_order(
    btyd_summary: Table, weights: str | None = None, within: float | None = None
) -> float | None:
    """Mean of the customers' first orders, in currency; None if the table has no column `first_order_spend`.

    With `within` only of those whose first order lies in this time before the last day.
    """
    frame = from_native(btyd_summary)
    if within is not None:
        frame = frame.filter(nw.col("T") < within)
    if "first_order_spend" not in frame.collect_schema().names():
        return None
    first = nw.col("first_order_spend")
    if weights is None:
        mean = fetch(frame.select(first.mean())).item()
        return None if mean is None or np.isnan(mean) else float(mean)
    sums = fetch(frame.select(spent=(first * nw.col(weights)).sum(), n=nw.col(weights).sum()))
    return float(sums["spent"].item()) / float(sums["n"].item())


def constant_fit(value: float, n: float, reason: str, **values: str) -> Fit[ConstantSpend]:
    """A `ConstantSpend` as a fit: a value without an error, and the reason for it."""
    law = ConstantSpend(value)
    nil = np.zeros((1, 1))
    text = TEXTS(reason, law=law.name, sure=TEXTS("sure"), **values)
    return Fit(law, nil, nil, np.nan, round(n), converged=True, at_boundary=True, warnings=(text,))


def as_price(value_per_order: Any) -> float:
    """The user's value of every order, checked.

    Raises
    ------
    DataError
        If it is not a finite number, 0 or more.
    """
    return money("value_per_order", value_per_order, "pass the mean value of an order, in currency")


def given_price(value: float, n: float) -> Fit[ConstantSpend]:
    """A `ConstantSpend` at the value that the user gave, without a warning."""
    nil = np.zeros((1, 1))
    return Fit(ConstantSpend(value), nil, nil, np.nan, round(n), converged=True, at_boundary=False)


def expecting(fit: Fit[SpendLaw]) -> SpendLaw:
    """The law that a model predicts with: at the estimates, with its mean kept finite."""
    return population_mean.expecting(fit.law, fit.log_covariance, fit.mean_order)
