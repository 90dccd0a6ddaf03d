"""Weak, proper priors on means and concentrations.

With flat priors the posterior of these laws is improper: the likelihood has a plateau as customers become
homogeneous. A quadratic penalty, as in lifetimes, distorts means. Here each mixing distribution is parametrised by a
mean and a concentration, and these have priors, as densities in the logarithms (the log-odds of a probability):
the maps (ln a, ln b) ↦ (ln a/b, ln (a+b)) and (ln r, ln α) ↦ (ln r/α, ln r) have Jacobian 1, so that the same
numbers are the density in the log-parameters, where the search and the draws take place.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any, Final

from clv._laws.law import Law
from clv._laws.registry import law_named
from clv._numerics import Array
from rfm._options import items, number, received
from rfm.errors import DataError

__all__ = ["Prior", "check_prior"]

LARGEST: Final = 1e6  # a prior this wide is flat, and squares of its inverse still are numbers


@dataclass(frozen=True)
class Prior:
    """Weak priors on means and concentrations for `fit_law`.

    Parameters
    ----------
    mean_spread : float
        Standard deviation of the logarithm of a mean around the data's own scale: of the mean rates r/α
        and s/β around one event in the mean observation time T, of the level of spend pγ/q around the
        geometric mean of m. 3 means a factor of 400 either way with 95%.
    shape : tuple of float
        Median of the shapes r and s, and standard deviation of their logarithms.
    concentration : tuple of float
        Median of a+b (BG/BB: α+β, γ+δ), and standard deviation of its logarithm. The mean a/(a+b) is
        uniform on (0, 1).
    spend_shape : tuple of float
        Median of p and q, and standard deviation of their logarithms.

    See Also
    --------
    fit_law : Takes it as `prior=`.

    Examples
    --------
    >>> import clv, rfm
    >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
    >>> fit = clv.fit_law(clv.BGNBD, summary, prior=clv.Prior())
    >>> {name: round(value, 2) for name, value in fit.parameters.items()}  # b was 2.43, with standard error 0.71
    {'r': 0.24, 'alpha': 4.42, 'a': 0.78, 'b': 2.36}
    """

    mean_spread: float = 3.0
    shape: tuple[float, float] = (1.0, 1.5)
    concentration: tuple[float, float] = (2.0, 1.5)
    spend_shape: tuple[float, float] = (3.0, 1.5)

    def __post_init__(self) -> None:
        """Refuse spreads and medians that are not finite and above 0."""
        number("mean_spread", self.mean_spread, "clv.Prior(mean_spread=3.0)", above=0, most=LARGEST)
        for name in ("shape", "concentration", "spend_shape"):
            hint = f"clv.Prior({name}=(1.0, 1.5)), a median and the spread of its logarithm"
            pair = items(name, getattr(self, name), hint)
            if len(pair) != 2:
                raise DataError(
                    f"{name} must be two numbers; got {received(getattr(self, name))}. Hint: {hint}."
                )
            for each in pair:
                number(name, each, hint, above=0, most=LARGEST)
            object.__setattr__(self, name, (float(pair[0]), float(pair[1])))

    def log_density(self, law: str | type[Law], theta: Array) -> tuple[float, Array, Array]:
        """Log-density at the log-parameters, its gradient and Hessian.

        Parameters
        ----------
        law : str or type
            The law, or its name.
        theta : ndarray of shape (k,)
            Log-parameters in scaled units: time in mean T, money in geometric means of m.

        Returns
        -------
        tuple
            A float, (k,) and (k, k).

        Raises
        ------
        DataError
            There is no such law.

        See Also
        --------
        PurchaseLaw.prior_terms : Its terms, law by law.

        Examples
        --------
        >>> import clv, numpy as np
        >>> value, gradient, hessian = clv.Prior().log_density("bg-nbd", np.zeros(4))
        >>> gradient.shape, hessian.shape
        ((4,), (4, 4))
        """
        law_class: Any = (
            law if isinstance(law, type) else law_named(law)
        )  # a class is not checked again at every step
        if law_class is None:
            raise DataError(f'No law {received(law)}. Hint: clv.Prior().log_density("bg-nbd", theta).')
        terms = law_class.prior_terms(self, theta)
        values, gradients, hessians = zip(*terms, strict=True)
        return float(sum(values)), sum(gradients), sum(hessians)


def check_prior(prior: Any) -> None:
    """Raise DataError unless this is a prior, or none."""
    if prior is not None and not isinstance(prior, Prior):
        raise DataError(f"prior must be a Prior; got {received(prior)}. Hint: prior=clv.Prior().")
