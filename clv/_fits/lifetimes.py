"""The package `lifetimes` as a reference: fit with its fitters, or convert its fitted models.

`lifetimes` is unmaintained. Importing it warns, silences every FutureWarning and changes an option of pandas;
here it is imported only on request, and what it changes is restored.
"""

from __future__ import annotations

import contextlib
import io
import warnings
from collections.abc import Iterator
from dataclasses import dataclass, field
from importlib import import_module
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import ArrayLike

from clv._fits.data import FitData, Law
from clv._fits.fit_law import Fit, fit_at
from clv._fits.likelihood import informative
from clv._laws.registry import law_named
from clv.errors import FitError
from rfm.errors import DataError

__all__ = ["fit_with_lifetimes", "from_lifetimes"]


@dataclass(frozen=True)
class Fitter:
    """A class of lifetimes: its name, its names for our parameters, and the arguments of its `fit`."""

    name: str
    theirs: dict[str, str] = field(default_factory=dict)
    options: dict[str, Any] = field(default_factory=dict)


# Names of another package's classes belong here, not in our laws.
FITTERS = {
    "bg-nbd": Fitter("BetaGeoFitter"),
    "mbg-nbd": Fitter("ModifiedBetaGeoFitter"),
    "pareto-nbd": Fitter("ParetoNBDFitter", options={"initial_params": np.ones(4)}),  # else drawn at random
    "bg-bb": Fitter("BetaGeoBetaBinomFitter"),
    "gamma-gamma": Fitter("GammaGammaFitter", theirs={"gamma": "v"}),
}
_CLOSE = 1e-2  # log-likelihood by which a lifetimes fit may fall short and still count as converged


def fit_with_lifetimes(
    law_class: type[Law],
    btyd_summary: Any,
    *,
    unit: str | None = None,
    weights: ArrayLike | str | None = None,
) -> Fit[Any]:
    """Fit a law with lifetimes' fitter; arguments and result are those of `clv.fit_law`.

    Raises
    ------
    DataError
        If lifetimes has no fitter of the law.
    FitError
        If the data do not hold enough information, or lifetimes does not converge.

    Examples
    --------
    >>> import clv, rfm
    >>> from clv._fits.lifetimes import fit_with_lifetimes
    >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    >>> fit = fit_with_lifetimes(clv.BGNBD, summary, unit="W")
    >>> round(fit.law.r, 3), round(fit.log_likelihood, 2)
    (0.243, -9582.43)
    """
    if law_class.name not in FITTERS:
        raise DataError(
            f"lifetimes has no fitter for {law_class.name}. "
            f'Hint: engine="native", or one of the laws {", ".join(FITTERS)}.'
        )
    known = FITTERS[law_class.name]
    data = informative(law_class, FitData.read(law_class, btyd_summary, weights))
    with lifetimes_package() as lifetimes:
        fitter = getattr(lifetimes, known.name)()
        try:
            fitter.fit(*data.columns, weights=data.weights, **known.options)
        except lifetimes.utils.ConvergenceError as error:
            raise FitError(
                f'lifetimes did not converge on these {data.n:g} customers. Hint: engine="native" fits them.'
            ) from error
    return from_lifetimes(fitter, unit=unit)


def from_lifetimes(fitter: Any, *, unit: str | None = None) -> Fit[Any]:
    """Take over a fitter of lifetimes: its parameters, and the exact log-likelihood and covariance at them.

    Parameters
    ----------
    fitter : fitted lifetimes fitter
        `BetaGeoFitter`, `ModifiedBetaGeoFitter`, `ParetoNBDFitter`, `BetaGeoBetaBinomFitter` or
        `GammaGammaFitter`, with its data.
    unit : {"D", "W", "M", "Y"}, optional
        The unit of time of its data.

    Returns
    -------
    Fit

    Raises
    ------
    DataError
        If it is no such fitter, or is not fitted, or was saved without its data.

    See Also
    --------
    fit : `engine="lifetimes"` fits with that package in one call.
    fit_law : Fits the same law without it.

    Examples
    --------
    >>> import clv, rfm
    >>> from clv._fits.lifetimes import lifetimes_package  # imports it without its warnings
    >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    >>> with lifetimes_package() as lifetimes:
    ...     fitter = lifetimes.BetaGeoFitter().fit(summary["frequency"], summary["recency"], summary["T"])
    >>> fit = clv.from_lifetimes(fitter, unit="W")
    >>> round(fit.law.r, 3), round(fit.log_likelihood, 2)
    (0.243, -9582.43)
    """
    names = {fitter.name: ours for ours, fitter in FITTERS.items()}
    kind = type(fitter).__name__
    if kind not in names:
        raise DataError(f"Not a fitter of lifetimes: {kind}. Hint: pass one of {', '.join(names)}.")
    law_class = law_named(names[kind])
    if not hasattr(fitter, "params_"):
        raise DataError(f"This {kind} is not fitted. Hint: call its fit() first.")
    known = FITTERS[names[kind]]
    theirs = (known.theirs.get(name, name) for name in law_class.parameters)
    law = law_class(*(float(fitter.params_[name]) for name in theirs))
    if getattr(fitter, "data", None) is None:
        raise DataError(
            f"This {kind} was saved without its data, which its standard errors need. "
            f"Hint: the law alone is {law}."
        )
    data = FitData.read(law_class, fitter.data, "weights")
    texts = []
    if fitter.penalizer_coef:
        texts.append(
            f"{law.name}: lifetimes shrank these parameters with penalizer_coef={fitter.penalizer_coef:g}; "
            "they are not maximum-likelihood estimates."
        )
    return fit_at(law, data, unit=unit, tolerance=_CLOSE, notes=tuple(texts))


@contextlib.contextmanager
def lifetimes_package() -> Iterator[Any]:
    """The package, imported, with its warnings silenced; filters and options are restored afterwards."""
    with warnings.catch_warnings(), contextlib.redirect_stdout(io.StringIO()), np.errstate(all="ignore"):
        warnings.simplefilter("ignore")
        option = pd.get_option("mode.chained_assignment")
        try:
            yield import_module("lifetimes")
        finally:
            pd.set_option("mode.chained_assignment", option)
