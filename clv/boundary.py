"""Estimates that run off to 0 or infinity: which they are, and what that says of the customers."""

from __future__ import annotations

from clv.laws._base import PurchaseLaw
from clv.laws.gamma_gamma import GammaGamma
from clv.maximise import LIMIT, Maximum
from clv.numerics import Array

__all__ = ["fit_warnings", "run_off"]

_FAR = 5.0  # a log-parameter, in scaled time, beyond ±5 in a flat direction has left for 0 or infinity
_ALIKE = {
    "r": "all customers buy at one rate",
    "s": "all customers leave at one rate",
    "p": "all orders of a customer are worth the same",
    "q": "all customers spend the same on average",
}
_LIMITS = {
    "bg-nbd": {
        "a0": "nobody leaves",
        "b0": "everybody leaves after a repeat purchase",
        "a∞": "all customers leave with one probability",
    },
    "mbg-nbd": {
        "a0": "nobody leaves",
        "b0": "everybody leaves at once",
        "a∞": "all customers leave with one probability",
    },
    "pareto-nbd": {"s0": "nobody leaves", "beta∞": "nobody leaves"},
    "bg-bb": {
        "gamma0": "nobody leaves",
        "delta0": "everybody leaves at once",
        "alpha∞": "all customers buy with one probability",
        "gamma∞": "all customers leave with one probability",
        "beta0": "customers buy at every opportunity while they live",
    },
    "gamma-gamma": {},
}


def run_off(names: tuple[str, ...], theta: Array, flat: Array) -> dict[str, str]:
    """Where each parameter in a flat direction has gone: "0", "∞", or "?" for not told by the data.

    Parameters
    ----------
    names : tuple of str
        The k parameters.
    theta : ndarray of shape (k,)
        Their logarithms, in scaled time.
    flat : ndarray of shape (k, f)
        Orthonormal directions in which the likelihood is flat.
    """
    weight = (flat**2).sum(axis=1)
    gone = {}
    for name, log_value, share in zip(names, theta, weight, strict=True):
        if share > 0.1 or abs(log_value) >= LIMIT:
            gone[name] = "?" if abs(log_value) < _FAR else ("0" if log_value < 0 else "∞")
    return gone


def fit_warnings(law: PurchaseLaw | GammaGamma, gone: dict[str, str], maximum: Maximum) -> tuple[str, ...]:
    """What a reader of the fit should know, in plain sentences."""
    texts = []
    if gone:
        texts.append(_boundary_text(law.name, gone))
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


def _boundary_text(law: str, gone: dict[str, str]) -> str:
    far = {"0": "0", "∞": "infinity"}
    moves = [f"{name} to {far[end]}" for name, end in gone.items() if end in far]
    untold = [name for name, end in gone.items() if end == "?"]
    limits = {f"{name}∞": text for name, text in _ALIKE.items()} | _LIMITS[law]
    meanings = [limits[name + end] for name, end in gone.items() if name + end in limits]
    text = f"{law}: the best fit runs off" + (f", {', '.join(moves)}" if moves else "")
    text += f"; the data read as if {' and '.join(dict.fromkeys(meanings))}" if meanings else ""
    text += f"; {' and '.join(untold)} cannot be told from the data" if untold else ""
    return text + ". Predictions are those of the limit; standard errors of these parameters mean nothing."
