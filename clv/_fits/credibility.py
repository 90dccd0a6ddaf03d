"""The credibility spend law: the variances of order values within and between customers, and what they are worth.

Gamma-Gamma's likelihood knows a customer by the number and the mean of their orders. Where the shape of the orders'
distribution is another (spreads that differ between customers, first few large orders), it may explain that frequent
buyers' means differ less than others' by customers who are all alike: q runs off to infinity, and every customer is
expected to spend the same. Whether they are alike can be seen from the orders themselves, without any distribution, by
an analysis of variance: do the orders of one customer resemble each other?
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from clv._fits.boundary import FAR
from clv._fits.fit_law import Fit, announced
from clv._fits.fit_words import SPEND as TEXTS
from clv._laws.credibility_spend import CredibilitySpend
from clv._laws.gamma_gamma import GammaGamma
from clv.errors import FitError

__all__ = ["OrderSums", "Variances", "asked_for", "contradicted", "credibility_fit", "variances"]

Array = NDArray[np.float64]

ERRORS: Final = 2.0  # standard errors by which the variance between customers must exceed 0 …
WEIGHT: Final = 5.0  # how many times more orders Gamma-Gamma would need to know a customer as well
FEWEST: Final = 30  # … among customers with two repeat orders at least
STEP: Final = 1e-20  # of the derivatives by complex steps, relative


@dataclass(frozen=True)
class OrderSums:
    """The repeat orders of customers with a positive mean, (n,) each: their number, sum and sum of squares."""

    orders: Array
    total: Array
    squares: Array


@dataclass(frozen=True)
class Variances:
    """An analysis of variance of orders by customer.

    Parameters
    ----------
    mean : float
        μ, the mean of the customers' means, weighted by their credibility.
    within, between : float
        s² and τ²; the second may be estimated below 0.
    between_error : float
        Standard error of τ², whatever the distribution of orders.
    f : float
        Variance ratio: 1 where customers are alike.
    customers, several : int
        With repeat orders, and with two at least.
    log_covariance : ndarray of shape (3, 3)
        Of the logarithms of μ, s/μ and s²/τ²; NaN where τ² or s² is not above 0.
    """

    mean: float
    within: float
    between: float
    between_error: float
    f: float
    customers: int
    several: int
    log_covariance: Array

    @property
    def differ(self) -> bool:
        """Whether the customers' means are known to differ, and orders of one customer too."""
        clearly = self.between > ERRORS * self.between_error
        return self.several >= FEWEST and self.within > 0 and self.between > 0 and clearly


def variances(sums: OrderSums) -> Variances:
    """Estimate means and variances, by Bühlmann and Straub (1970), with errors from the customers' contributions.

    Parameters
    ----------
    sums : OrderSums
        Of two customers at least, and one with two orders at least.

    Notes
    -----
    With n orders of mean m of each of I customers, N = Σn and the overall mean m̄ = Σnm/N,

        s² = Σ Σ (z − m)²/(N − I),    τ² = [Σ n(m − m̄)² − (I − 1)·s²]/(N − Σn²/N),    F = Σ n(m − m̄)²/((I − 1)·s²).

    Both are functions of sums over customers, and have errors by the delta method from the covariance of the customers'
    terms, which needs no assumption on the distribution of orders. μ is the mean of m with the weights n/(n + s²/τ²),
    or with equal ones where τ² is not above 0.

    Examples
    --------
    >>> orders = OrderSums(np.array([2.0, 2.0]), np.array([4.0, 8.0]), np.array([10.0, 34.0]))  # 1, 3 and 3, 5
    >>> found = variances(orders)
    >>> found.mean, found.within, found.between, found.f
    (3.0, 2.0, 1.0, 2.0)
    """
    order = np.lexsort(
        (sums.squares, sums.total, sums.orders)
    )  # so that sums do not depend on the order of rows
    n, total, squares = (column[order] for column in (sums.orders, sums.total, sums.squares))
    m = total / n
    inside = np.maximum(squares - total * m, 0.0)
    terms = np.stack([np.ones(len(n)), n, total, total * m, n * n, inside])
    whole = terms.sum(axis=1)
    (within, between), slopes = _with_slopes(whole)
    customers = len(n)
    apart = terms - whole[:, None] / customers
    errors = slopes @ apart  # the customers' contributions to the errors of s² and τ², (2, I)
    weight = n / (n + within / between) if between > 0 else np.ones(customers)
    mean = float(weight @ m / weight.sum())
    logs = np.full((3, 3), np.nan)
    if within > 0 and between > 0:
        of_mean = weight * (m - mean) / (weight.sum() * mean)
        of_within, of_between = errors[0] / within, errors[1] / between
        parts = np.stack([of_mean, of_within / 2 - of_mean, of_within - of_between])
        logs = parts @ parts.T
    spread = whole[3] - whole[2] ** 2 / whole[1]
    return Variances(
        mean=mean,
        within=within,
        between=between,
        between_error=float(np.sqrt((errors[1] ** 2).sum())),
        f=float(spread / ((customers - 1) * within)) if within > 0 else np.inf,
        customers=customers,
        several=int((n > 1).sum()),
        log_covariance=logs,
    )


def _with_slopes(whole: Array) -> tuple[tuple[float, float], Array]:
    """s² and τ² as functions of the six sums over customers, and their derivatives, (2, 6), by complex steps."""

    def both(sums: NDArray[Any]) -> NDArray[Any]:
        count, orders, total, of_means, squared, inside = sums
        within = inside / (orders - count)
        between = of_means - total**2 / orders - (count - 1) * within
        return np.stack([within, between / (orders - squared / orders)])

    steps = STEP * np.maximum(np.abs(whole), 1e-300)
    slopes = [both(whole + 1j * step * np.eye(len(whole))[j]).imag / step for j, step in enumerate(steps)]
    within, between = (float(value) for value in both(whole))
    return (within, between), np.stack(slopes, axis=1)


def contradicted(fit: Fit[Any], orders: Callable[[], OrderSums]) -> Variances | None:
    """The variances, if a Gamma-Gamma fit has all customers alike and their orders say otherwise; else None.

    Gamma-Gamma's expectation is a credibility mean too, with k = (q − 1)/p. It is contradicted where customers' means
    differ by less than a twelfth (q > e⁵), though the analysis of variance is sure that they differ, and gives their
    own orders five times the weight.

    Parameters
    ----------
    fit : Fit
        Of Gamma-Gamma.
    orders : callable
        Reads the orders; called only where the fit has customers alike.
    """
    law = fit.law
    if not isinstance(law, GammaGamma) or np.log(float(law.q)) < FAR:
        return None
    sums = orders()
    if (sums.orders > 1).sum() < FEWEST:
        return None
    found = variances(sums)
    if not found.differ or (float(law.q) - 1) / float(law.p) < WEIGHT * found.within / found.between:
        return None
    return found


def credibility_fit(found: Variances, instead: bool) -> Fit[CredibilitySpend]:
    """The law of these variances as a fit, announced; `instead` is whether it takes Gamma-Gamma's place unasked."""
    law = CredibilitySpend(
        found.mean, float(np.sqrt(found.within)) / found.mean, found.within / found.between
    )
    natural = np.exp(law.log_parameters)
    text = TEXTS(
        "credibility instead",
        law=law.name,
        customers=f"{found.customers:,}",
        f=f"{found.f:.2f}",
        mean=f"{found.mean:.4g}",
        k=f"{law.k:.2g}",
    )
    return announced(
        Fit(
            law=law,
            covariance=found.log_covariance * np.outer(natural, natural),
            log_covariance=found.log_covariance,
            log_likelihood=np.nan,
            n=found.customers,
            converged=True,
            at_boundary=False,
            warnings=(text,) if instead else (),
            mean_order=found.mean,
        )
    )


def asked_for(sums: OrderSums) -> Fit[CredibilitySpend]:
    """The law where it was asked for.

    Raises
    ------
    FitError
        If it cannot be estimated from these orders.
    """
    several = int((sums.orders > 1).sum())
    if several < 2:
        raise FitError(
            f"spend_law='credibility' is estimated from customers with two repeat orders or more, of whom there are "
            f'{several}. Hint: spend_law="gamma-gamma".'
        )
    found = variances(sums)
    if found.within <= 0:
        raise FitError(
            "spend_law='credibility': all repeat orders of a customer are worth the same, so that their own mean is "
            'known exactly. Hint: spend_law="gamma-gamma".'
        )
    if found.between <= 0:
        raise FitError(
            f"spend_law='credibility': the orders of one customer differ as much as those of different ones (F = "
            f'{found.f:.2f}), so that customers cannot be told apart. Hint: spend_law="gamma-gamma", or '
            "value_per_order=, the mean order."
        )
    return credibility_fit(found, instead=False)
