"""Estimates that diverge to 0 or infinity: which they are, and what this implies for the customers.

The limit of a parameter alone does not describe the customers: a chance of 0.5% of leaving after each purchase is
near 0, but of customers with a hundred purchases four in ten have left. So the sentences refer to the customers that
the law was fitted to: the share of them expected to have left, and whether they bought.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from clv._fits.data import FitData, Law
from clv._fits.fit_words import BOUNDARY as TEXTS
from clv._fits.maximise import LIMIT, Maximum
from clv._laws.law_words import LIMITS
from clv._laws.mixing import Mixing, Role
from clv._laws.purchase_law import PurchaseLaw
from clv._numerics import Array
from rfm._words import joined

__all__ = ["FAR", "End", "Lives", "fit_warnings", "run_off"]

FAR = 5.0  # a log-parameter, in scaled units, beyond ±5 in a flat direction has diverged to 0 or infinity
_FEW = 0.01  # a share of the customers below this is "hardly anybody"
_END = {"0": "0", "∞": TEXTS("infinity"), "−∞": TEXTS("−infinity")}


@dataclass(frozen=True)
class Lives:
    """What a fitted law implies for the customers it was fitted to.

    Parameters
    ----------
    left : float
        Expected share of those who could leave that have left by now.
    could_leave : float
        Number who could leave: with BG/NBD, where a customer leaves only after a repeat purchase, those who made one.
    bought : float
        Share of the customers with a repeat purchase.
    kept_on : float
        Repeat purchases over the time until the last of them; with BG/BB the share of opportunities taken until then.
    who : str
        Those who could leave, in words.
    """

    left: float
    could_leave: float
    bought: float
    kept_on: float
    who: str = LIMITS("the customers")

    @classmethod
    def of(cls, law: PurchaseLaw, data: FitData, chosen: NDArray[np.bool_] | None = None) -> Lives:
        """For the rows of a fit, or some of them; the law's parameters may be arrays with one value per row."""
        (x, t_x, T), weights = data.columns[:3], data.weights
        if chosen is not None:
            weights = np.where(chosen, weights, 0.0)
        could = np.where(law.may_leave(x), weights, 0.0)
        return cls(
            left=float(could @ (1 - np.asarray(law.p_alive(x, t_x, T))) / max(float(could.sum()), 1e-300)),
            could_leave=float(could.sum()),
            bought=float(weights @ (x > 0) / max(float(weights.sum()), 1e-300)),
            kept_on=float(weights @ x / max(float(weights @ t_x), 1e-300)),
            who=law.leavers,
        )

    @property
    def share_left(self) -> str:
        """How many have left, in words."""
        return f"{100 * self.left:.2g}%" if self.left < 0.1 else f"{self.left:.0%}"


@dataclass(frozen=True)
class End:
    """The customers at one end of a covariate whose coefficient diverges.

    Parameters
    ----------
    role : "purchase" or "dropout"
        What the covariate acts on.
    customers : str
        Who they are, in words: "customers with web = 1".
    lives : Lives
        What the law implies for them.
    """

    role: Role
    customers: str
    lives: Lives

    def words(self) -> str | None:
        """What the coefficient's limit implies for them; None if they buy as others do."""
        if self.role == "purchase":
            return None if self.lives.bought else f"{self.customers} never buy again"
        if self.lives.left < _FEW:
            return f"{self.customers} do not leave"
        share = "all" if self.lives.left > 1 - _FEW else self.lives.share_left
        return f"{share} of the {self.customers} have left by now"


_NOBODY_BUYS, _NOBODY_LEAVES = TEXTS("nobody buys"), TEXTS("nobody leaves")


def run_off(
    names: tuple[str, ...], theta: Array, flat: Array, at_limit: NDArray[np.bool_] | None = None
) -> dict[str, str]:
    """The limit of each estimate in a flat direction: "0" (a coefficient: "−∞"), "∞", or "?" if unknown.

    Parameters
    ----------
    names : tuple of str
        The k parameters, and coefficients such as "dropout[web]".
    theta : ndarray of shape (k,)
        The parameters' logarithms, in scaled units, and the coefficients times the range of their covariates.
    flat : ndarray of shape (k, f)
        Orthonormal directions in which the likelihood is flat.
    at_limit : ndarray of shape (k,), optional
        Which estimates are stopped at their bounds; by default those where theta is at its limit.
    """
    weight = (flat**2).sum(axis=1)
    stopped = np.abs(theta) >= LIMIT if at_limit is None else at_limit
    gone = {}
    for name, value, share, held in zip(names, theta, weight, stopped, strict=True):
        if share > 0.1 or held:
            low = "−∞" if "[" in name else "0"
            gone[name] = "?" if abs(value) < FAR else (low if value < 0 else "∞")
    return gone


def fit_warnings(
    law: Law, gone: dict[str, str], maximum: Maximum, lives: Lives | None = None, ends: Sequence[End] = ()
) -> tuple[str, ...]:
    """The warnings of a fit, in sentences.

    Parameters
    ----------
    law : PurchaseLaw or GammaGamma
        At the estimates.
    gone : dict of str to str
        What has diverged, see `run_off`.
    maximum : Maximum
        Where the search ended.
    lives : Lives, optional
        Of the customers of the fit; needed if a purchase law has diverged.
    ends : sequence of End
        Customers at the ends of covariates whose coefficients have diverged.
    """
    texts = []
    if gone:
        texts.append(_boundary_text(law, gone, maximum.theta, lives, ends))
    if not maximum.converged:
        steps, gain = str(maximum.evaluations), f"{maximum.gain:.1g}"
        texts.append(TEXTS("search stopped", law=law.name, steps=steps, gain=gain))
    return tuple(texts)


def _boundary_text(
    law: Law, gone: dict[str, str], theta: Array, lives: Lives | None, ends: Sequence[End]
) -> str:
    rates = law.per_time() @ theta[: len(law.parameters)]
    logs = dict(zip(law.parameters, rates.tolist(), strict=True))
    ends_read = ((law.at_infinity, "∞"), (law.at_zero, "0"))
    read: list[str] = [
        text for texts, end in ends_read for name, text in texts.items() if gone.get(name) == end
    ]
    if lives is not None:
        read += [
            text
            for mixing in law.mixing
            for text in _limit(mixing, gone, logs, lives, [end for end in ends if end.role == mixing.role])
        ]
    moves = [TEXTS("move", parameter=name, end=_END[end]) for name, end in gone.items() if end in _END]
    unknown = [name for name, end in gone.items() if end == "?"]
    leaving = [name for mixing in law.mixing if mixing.role == "dropout" for name in mixing.names]
    return TEXTS(
        "runs off",
        law=law.name,
        moves=TEXTS("moves", moves=joined("list", moves)) if moves else "",
        reading=TEXTS("reading", reading=joined("and", read)) if read else "",
        unknown=TEXTS("unknown", parameters=joined("and", unknown)) if unknown else "",
        hint=TEXTS("prior") if any(name in gone for name in leaving) else "",
    )


def _limit(
    mixing: Mixing, gone: dict[str, str], logs: dict[str, float], lives: Lives, ends: list[End]
) -> list[str]:
    """The implication of a mixing distribution's limit, or those of covariates' ends that have diverged with it."""
    words = None
    if any(name in gone for name in mixing.names):
        words = (_buying if mixing.role == "purchase" else _leaving)(mixing, logs, lives)
    if ends and words not in (_NOBODY_BUYS, _NOBODY_LEAVES):
        return [text for end in ends if (text := end.words())]
    return [words] if words else []


def _buying(mixing: Mixing, logs: dict[str, float], lives: Lives) -> str | None:
    if lives.bought < _FEW:
        return _NOBODY_BUYS
    if mixing.at_top is not None and lives.kept_on > 1 - _FEW:
        return mixing.at_top
    return _mixture(mixing, logs)


def _leaving(mixing: Mixing, logs: dict[str, float], lives: Lives) -> str | None:
    if lives.left * lives.could_leave < 0.5:
        return _NOBODY_LEAVES
    first, second = mixing.names
    location = logs[first] - logs[second]  # logarithm of the mean rate, or of the odds of the mean chance
    if lives.left > 1 - _FEW and location > FAR:
        return TEXTS("everybody leaves")
    words = _mixture(mixing, logs)
    if not words and (lives.left < _FEW or location < -FAR):
        words = TEXTS("few leave" if lives.left < _FEW else "leave slowly")
    return words and TEXTS("by now", reading=words, share=lives.share_left, who=lives.who)


def _mixture(mixing: Mixing, logs: dict[str, float]) -> str | None:
    """How customers differ at the limit; None if the distribution is not degenerate."""
    first, second = mixing.names
    weight = logs[first] + logs[second]
    if abs(weight) < 2 * FAR:
        return None
    return mixing.alike if weight > 0 else mixing.extremes
