"""Profile-likelihood intervals: the values of a parameter that the data do not contradict.

A value is inside if the best fit with the parameter held there loses less log-likelihood than half the χ² quantile.
If the likelihood is skewed, its coverage is better than that of an interval from standard errors, and at a boundary
it extends to 0 or infinity.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike
from scipy.special import ndtri

from clv._fits.data import FitData
from clv._fits.fit_law import Fit
from clv._fits.likelihood import Likelihood, informative
from clv._fits.maximise import LIMIT, maximise
from clv._fits.search import covariance_of
from clv._numerics import Array
from rfm._frames.types import Table
from rfm.errors import DataError

__all__ = ["profile_intervals"]

_STEPS = 60
_CLOSE = 1e-4  # tolerance of the loss of log-likelihood at an end


def profile_intervals(
    fit: Fit, btyd_summary: Table, level: float = 0.95, *, weights: ArrayLike | str | None = None
) -> dict[str, tuple[float, float]]:
    """Profile-likelihood interval of each parameter of a fit.

    Parameters
    ----------
    fit : Fit
        A maximum-likelihood fit.
    btyd_summary : dataframe
        The table that it was fitted to.
    level : float
        Confidence, between 0 and 1.
    weights : array_like or str, optional
        As given to `fit_law`.

    Returns
    -------
    dict of str to (float, float)
        In the units of the data; 0 or inf where the data set no bound.

    Raises
    ------
    DataError, FitError
        As `fit_law`, and for a spend law that was not fitted.

    Examples
    --------
    >>> import clv, rfm
    >>> from clv._fits.profile_likelihood import profile_intervals
    >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    >>> fit = clv.fit_law(clv.BGNBD, summary)
    >>> low, high = profile_intervals(fit, summary)["b"]
    >>> round(low, 2), round(high, 2)
    (1.43, 4.57)
    """
    law = fit.law
    if law.constant or law.from_orders:
        why = (
            "it is estimated from variances" if law.from_orders else "its value was given, or is the only one"
        )
        raise DataError(
            f"{law} has no likelihood to profile: {why} in the data. "
            "Hint: profile model.purchases, or a fit of clv.GammaGamma."
        )
    if fit.coefficients:
        raise DataError(
            "A profile is of the parameters of one law, and this fit has coefficients of covariates. "
            "Hint: fit.interval(), or profile fit.plain."
        )
    law_class = type(law)
    likelihood = Likelihood.of(
        law_class, informative(law_class, FitData.read(law_class, btyd_summary, weights))
    )
    centre = likelihood.theta(law)
    top, _, hessian = likelihood(centre)
    spread = np.sqrt(np.diag(covariance_of(hessian)[0]))
    loss = 0.5 * float(ndtri(0.5 + level / 2)) ** 2
    units = law.log_parameters - centre
    intervals = {}
    for place, name in enumerate(law.parameters):
        ends = [_end(likelihood, centre, place, side * spread[place], top - loss) for side in (-1.0, 1.0)]
        intervals[name] = (float(np.exp(ends[0] + units[place])), float(np.exp(ends[1] + units[place])))
    return intervals


def _end(likelihood: Likelihood, centre: Array, place: int, step: float, target: float) -> float:
    """Where the profile falls to the target on one side; ±inf if it stays above it up to the limit.

    The root of the loss is nearly linear in the distance, so that false position in it is fast.
    """
    others = np.flatnonzero(np.arange(len(centre)) != place)
    top, rest = likelihood(centre)[0], centre[others]

    def profile(value: float, start: Array) -> tuple[float, Array]:
        def held(theta: Array) -> tuple[float, Array, Array]:
            point = np.insert(theta, place, value)
            full, gradient, hessian = likelihood(point)
            return full, gradient[others], hessian[np.ix_(others, others)]

        found = maximise(held, start, 1e-7)
        return found.value, found.theta

    wanted = np.sqrt(2 * (top - target))
    inside, outside = (float(centre[place]), 0.0), (np.nan, np.nan)  # (position, root of twice the loss)
    at = inside[0] + float(np.clip(step * wanted, -2.0, 2.0))
    for _ in range(_STEPS):
        at = float(np.clip(at, -LIMIT, LIMIT))
        value, rest = profile(at, rest)
        root = np.sqrt(max(2 * (top - value), 0.0))
        if abs(root - wanted) < _CLOSE:
            return at
        if root < wanted:
            inside = (at, root)
            if abs(at) >= LIMIT:
                return float(np.copysign(np.inf, step))
        else:
            outside = (at, root)
        if np.isnan(outside[0]):
            at += float(np.clip((at - centre[place]) * (wanted / max(root, 0.1) - 1), -4.0, 4.0)) * 1.05
        else:
            share = (wanted - inside[1]) / (outside[1] - inside[1])
            at = inside[0] + float(np.clip(share, 0.05, 0.95)) * (outside[0] - inside[0])
    return at
