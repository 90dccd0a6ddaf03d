"""Estimates that run off to 0 or infinity: which they are, and what that says of the customers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from operator import sub

import numpy as np

from clv.fits.evidence import Law
from clv.fits.maximise import LIMIT, Maximum
from clv.laws.gamma_gamma import GammaGamma
from clv.numerics import Array

__all__ = ["fit_warnings", "run_off"]

_FAR = 5.0  # a log-parameter, in scaled units, beyond ±5 in a flat direction has left for 0 or infinity
_END = {"0": "0", "∞": "infinity"}


@dataclass(frozen=True)
class Meaning:
    """What the limits of a pair of parameters say; `log_odds` of their logarithms is that of a rate or chance."""

    first: str
    second: str
    none: str
    all: str
    alike: str
    extremes: str
    log_odds: Callable[[float, float], float] = sub

    def of(self, gone: dict[str, str], logs: dict[str, float]) -> str | None:
        """The limit in words; None if this pair has not run off."""
        if self.first not in gone and self.second not in gone:
            return None
        first, second = logs[self.first], logs[self.second]
        odds = self.log_odds(first, second)
        if abs(odds) > _FAR:
            return self.none if odds < 0 else self.all
        if abs(first + second) < 2 * _FAR:
            return None
        return self.alike if first > 0 else self.extremes


def _log_odds_of_dropout(s: float, beta: float) -> float:
    """Of Pareto/NBD's dropout by the mean time observed, which is 1: its chance is 1 − (β/(1+β))^s."""
    hazard = np.exp(s) * np.log1p(np.exp(-beta))
    return float(hazard + np.log(-np.expm1(-hazard)))


def _leaving(first: str, second: str, alike: str, log_odds: Callable[[float, float], float] = sub) -> Meaning:
    return Meaning(
        first,
        second,
        "nobody leaves",
        "everybody leaves as soon as possible",
        alike,
        "customers leave at once or never",
        log_odds,
    )


_BUYING = Meaning(
    "r",
    "alpha",
    "hardly anybody buys",
    "customers buy without a pause",
    "all customers buy at one rate",
    "a few customers make all the purchases",
)
_CHANCE = "all customers leave with one probability"
_MEANINGS = {
    "bg-nbd": (_BUYING, _leaving("a", "b", _CHANCE)),
    "mbg-nbd": (_BUYING, _leaving("a", "b", _CHANCE)),
    "pareto-nbd": (_BUYING, _leaving("s", "beta", "all customers leave at one rate", _log_odds_of_dropout)),
    "bg-bb": (
        Meaning("alpha", "beta", "hardly anybody buys", "customers buy at every opportunity while they live",
                "all customers buy with one probability", "customers buy always or never"),
        _leaving("gamma", "delta", _CHANCE),
    ),
    "gamma-gamma": (),
}  # fmt: skip
_ALIKE_SPEND = {
    "p": "all orders of a customer are worth the same",
    "q": "all customers spend the same on average",
}


def run_off(names: tuple[str, ...], theta: Array, flat: Array) -> dict[str, str]:
    """Where each parameter in a flat direction has gone: "0", "∞", or "?" for not told by the data.

    Parameters
    ----------
    names : tuple of str
        The k parameters.
    theta : ndarray of shape (k,)
        Their logarithms, in scaled units.
    flat : ndarray of shape (k, f)
        Orthonormal directions in which the likelihood is flat.
    """
    weight = (flat**2).sum(axis=1)
    gone = {}
    for name, log_value, share in zip(names, theta, weight, strict=True):
        if share > 0.1 or abs(log_value) >= LIMIT:
            gone[name] = "?" if abs(log_value) < _FAR else ("0" if log_value < 0 else "∞")
    return gone


def fit_warnings(law: Law, gone: dict[str, str], maximum: Maximum) -> tuple[str, ...]:
    """What a reader of the fit should know, in plain sentences."""
    texts = []
    if gone:
        texts.append(_boundary_text(law, gone, maximum.theta))
    if isinstance(law, GammaGamma) and float(law.q) <= 1:
        shrunken = float(law.p) * float(law.gamma) / float(law.q)
        texts.append(
            f"gamma-gamma: q = {law.q:.3g} is not above 1, so that the population has no finite mean spend; "
            f"expected_spend is a mean shrunken towards p·gamma/q = {shrunken:.4g} instead."
        )
    if not maximum.converged:
        texts.append(
            f"{law.name}: the search stopped after {maximum.evaluations} steps where another would still "
            f"gain {maximum.gain:.1g} in log-likelihood; treat the estimates as approximate."
        )
    return tuple(texts)


def _boundary_text(law: Law, gone: dict[str, str], theta: Array) -> str:
    logs = dict(zip(law.parameters, theta[: len(law.parameters)].tolist(), strict=True))
    meanings = [meaning.of(gone, logs) for meaning in _MEANINGS[law.name]]
    if law.name == "gamma-gamma":
        meanings = [text for name, text in _ALIKE_SPEND.items() if gone.get(name) == "∞"]
    moves = [f"{name} to {_END[end]}" for name, end in gone.items() if end in _END]
    untold = [name for name, end in gone.items() if end == "?"]
    said = [text for text in meanings if text]
    text = f"{law.name}: the best fit runs off" + (f", {', '.join(moves)}" if moves else "")
    text += f"; the data read as if {' and '.join(said)}" if said else ""
    text += f"; {' and '.join(untold)} cannot be told from the data" if untold else ""
    return text + ". Predictions are those of the limit; standard errors of these parameters mean nothing."
