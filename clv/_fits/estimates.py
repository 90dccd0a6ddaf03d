"""What every fit reports of its estimates: errors, intervals, information criteria and a printed summary."""

from __future__ import annotations

import numpy as np
import pandas as pd
from scipy.special import ndtri

from clv._fits.data import Law
from clv._fits.parameter_table import parameter_table
from clv._numerics import Array
from rfm._options import confidence_level, fraction
from rfm._printed import Printed, name_in_text

__all__ = ["Estimates"]


class Estimates:
    """A law's estimated parameters, on the log scale, and coefficients if any: the base of all fits."""

    law: Law
    log_covariance: Array
    log_likelihood: float
    n: int
    warnings: tuple[str, ...]
    unit: str | None
    season_parameters: float = 0.0
    by_k: dict[int, float]

    @property
    def coefficients(self) -> dict[str, float]:
        """Coefficients of covariates, by name; empty where there are none."""
        return {}

    @property
    def parameters(self) -> dict[str, float]:
        """The law's parameters, by name."""
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
        return 2 * self._freedom - 2 * self.log_likelihood

    @property
    def bic(self) -> float:
        """Schwarz's information criterion; smaller is better."""
        return float(self._freedom * np.log(self.n)) - 2 * self.log_likelihood

    @property
    def _freedom(self) -> float:
        """Parameters, with those that a learned season is worth, and the k that was chosen."""
        return len(self.log_covariance) + self.season_parameters + bool(self.by_k)

    def interval(self, level: float = 0.95) -> dict[str, tuple[float, float]]:
        """Confidence interval of each parameter, symmetric in its logarithm, and of each coefficient.

        Parameters
        ----------
        level : float
            Mass of the interval, between 0 and 1.

        Returns
        -------
        dict of str to tuple of float
            The lower and the upper bound of each.

        See Also
        --------
        table : The same as a frame, with the estimates.

        Examples
        --------
        >>> import clv, rfm
        >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
        >>> low, high = clv.fit_law(clv.BGNBD, summary).interval(0.9)["r"]
        >>> round(low, 3), round(high, 3)
        (0.223, 0.264)
        """
        level = fraction("level", level, "fit.interval(0.95)")
        k, spread = len(self.parameters), ndtri(0.5 + level / 2) * np.sqrt(np.diag(self.log_covariance))
        centre = np.concatenate([self.law.log_parameters, list(self.coefficients.values())])
        ends = np.stack([centre - spread, centre + spread], axis=1)
        with np.errstate(over="ignore"):
            ends[:k] = np.exp(ends[:k])
        names = (*self.parameters, *self.coefficients)
        return {name: (low, high) for name, (low, high) in zip(names, ends.tolist(), strict=True)}

    def table(self, confidence: float = 0.95) -> pd.DataFrame:
        """The estimates as a frame, one row per parameter of the law and per coefficient.

        Parameters
        ----------
        confidence : float
            Mass of the intervals, between 0 and 1.

        Returns
        -------
        pandas.DataFrame
            `parameter`, the name (of a coefficient, such as "purchase[web]"); `estimate`; `standard_error`, by the
            delta method; `low` and `high`, the bounds of the confidence interval, symmetric in the logarithm of
            a parameter and in a coefficient itself. Rates and times are in the fit's unit of time, `gamma` and
            `value` of a spend law in currency.

        Raises
        ------
        DataError
            If the confidence is not between 0 and 1.

        See Also
        --------
        summary : The same, printed.
        interval : The intervals alone.

        Examples
        --------
        >>> import clv, rfm
        >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
        >>> clv.fit_law(clv.BGNBD, summary).table(confidence=0.9).round(3)
          parameter  estimate  standard_error    low   high
        0         r     0.243           0.013  0.223  0.264
        1     alpha     4.414           0.378  3.833  5.082
        2         a     0.793           0.186  0.539  1.166
        3         b     2.426           0.705  1.504  3.914
        """
        confidence_level(confidence)
        return parameter_table(
            self.parameters | self.coefficients, self.standard_errors, self.interval(confidence)
        )

    def __repr__(self) -> str:
        estimates = ", ".join(
            f"{name_in_text(name)}={value:.4g}"
            for name, value in (self.parameters | self.coefficients).items()
        )
        unit = f", unit={self.unit!r}" if self.unit else ""
        return f"{type(self).__name__}({self.law.name}: {estimates}; {self.n:,} customers{unit})"

    def _repr_html_(self) -> str:
        return self.summary()._repr_html_()

    def summary(self) -> Printed:
        """The fit as a statistics package prints it.

        Returns
        -------
        str
            Shown with its lines in a terminal, and as static, escaped HTML in a notebook.

        See Also
        --------
        table : The estimates as a frame.

        Examples
        --------
        >>> import clv, rfm
        >>> summary = clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")
        >>> print(clv.fit_law(clv.GammaGamma, summary).summary())
        gamma-gamma: 946 customers
        log-likelihood -4055.918   AIC 8117.84   BIC 8132.39
                    estimate  std. error        2.5%       97.5%
        p               6.25        1.19       4.303       9.077
        q              3.744      0.2901       3.217       4.358
        gamma          15.44       4.159       9.109       26.18
        """
        unit = f", time in {self.unit}" if self.unit else ""
        table = self.table()
        names = list(map(name_in_text, table["parameter"]))  # with columns of covariates
        width = max(8, *(len(name) + 1 for name in names))
        lines = [
            f"{self.law.name}: {self.n:,} customers{unit}",
            *self._likelihood_lines(),
            f"{'':{width}}{'estimate':>12}{'std. error':>12}{'2.5%':>12}{'97.5%':>12}",
        ]
        for name, (_, *values) in zip(names, table.itertuples(index=False), strict=True):
            lines.append(f"{name:{width}}" + "".join(f"{value:12.4g}" for value in values))
        return Printed("\n".join([*lines, *self.warnings]))

    def _likelihood_lines(self) -> list[str]:
        """None if nothing was maximised."""
        if np.isnan(self.log_likelihood):
            return []
        lines = [f"log-likelihood {self.log_likelihood:.3f}   AIC {self.aic:.2f}   BIC {self.bic:.2f}"]
        if self.by_k:
            best = max(self.by_k, key=lambda k: self.by_k[k])
            tried = ", ".join(f"{value:.1f} at {k}" for k, value in self.by_k.items())
            lines.append(f"k = {best}, chosen by the log-likelihood: {tried}")
        return lines
