"""What every fit tells of its estimates: errors, intervals, information criteria and a printed summary."""

from __future__ import annotations

import numpy as np
from scipy.special import ndtri

from clv._fits.data import Law
from clv._laws.constant_spend import ConstantSpend
from clv._numerics import Array
from clv._printed import Printed

__all__ = ["Estimates"]


class Estimates:
    """A law's parameters, known by their logarithms, and perhaps coefficients beside them: what a fit is."""

    law: Law | ConstantSpend
    log_covariance: Array
    log_likelihood: float
    n: int
    warnings: tuple[str, ...]
    unit: str | None

    @property
    def coefficients(self) -> dict[str, float]:
        """Estimates beside the law's parameters; none as a rule."""
        return {}

    @property
    def parameters(self) -> dict[str, float]:
        """The law's parameters by name."""
        return {name: float(getattr(self.law, name)) for name in self.law.parameters}

    @property
    def standard_errors(self) -> dict[str, float]:
        """The standard error of each estimate (delta method)."""
        names = (*self.parameters, *self.coefficients)
        slope = np.array([*self.parameters.values(), *np.ones(len(self.coefficients))])
        return dict(zip(names, (slope * np.sqrt(np.diag(self.log_covariance))).tolist(), strict=True))

    @property
    def aic(self) -> float:
        """Akaike's information criterion; smaller is better."""
        return 2 * len(self.log_covariance) - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's information criterion; smaller is better."""
        return float(len(self.log_covariance) * np.log(self.n)) - 2 * self.log_likelihood

    def interval(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """Confidence interval of each parameter, symmetric in its logarithm, and of each coefficient.

        Parameters
        ----------
        level : float
            Mass of the interval, between 0 and 1.
        """
        k, spread = len(self.parameters), ndtri(0.5 + level / 2) * np.sqrt(np.diag(self.log_covariance))
        centre = np.concatenate([self.law.log_parameters, list(self.coefficients.values())])
        ends = np.stack([centre - spread, centre + spread], axis=1)
        with np.errstate(over="ignore"):
            ends[:k] = np.exp(ends[:k])
        names = (*self.parameters, *self.coefficients)
        return {name: (low, high) for name, (low, high) in zip(names, ends.tolist(), strict=True)}

    def summary(self) -> Printed:
        """The fit as a statistics package prints it; in a notebook, static HTML."""
        unit = f", time in {self.unit}" if self.unit else ""
        errors, intervals = self.standard_errors, self.interval()
        width = max(8, *(len(name) + 1 for name in errors))
        lines = [
            f"{self.law.name}: {self.n:,} customers{unit}",
            *self._likelihood_lines(),
            f"{'':{width}}{'estimate':>12}{'std. error':>12}{'2.5%':>12}{'97.5%':>12}",
        ]
        for name, estimate in (self.parameters | self.coefficients).items():
            values = (estimate, errors[name], *intervals[name])
            lines.append(f"{name:{width}}" + "".join(f"{value:12.4g}" for value in values))
        return Printed("\n".join([*lines, *self.warnings]))

    def _likelihood_lines(self) -> list[str]:
        """None where nothing was maximised."""
        if np.isnan(self.log_likelihood):
            return []
        return [f"log-likelihood {self.log_likelihood:.3f}   AIC {self.aic:.2f}   BIC {self.bic:.2f}"]
