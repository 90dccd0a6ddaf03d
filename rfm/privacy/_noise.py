"""Noise by OpenDP on whole numbers: its scale, what it spends, and how far it reaches."""

from __future__ import annotations

import math
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

__all__ = ["Release", "load_opendp", "release"]

_SWITCH: Final = threading.Lock()
"""OpenDP's switch of features is the process's: two threads must not find it half-way."""


class OpenDP(NamedTuple):
    """The modules of OpenDP that are used."""

    accuracy: Any
    domains: Any
    measurements: Any
    metrics: Any
    mod: Any


@dataclass(frozen=True)
class Release:
    """Whole numbers with noise, and how it was made.

    Attributes
    ----------
    values : tuple of int
    epsilon : float
        What the release spends, by OpenDP's own account.
    scale : float
        Of the discrete Laplace distribution.
    """

    values: tuple[int, ...]
    epsilon: float
    scale: float

    def half_width(self, confidence: float) -> int:
        """The whole number that the noise of one value exceeds, up or down, with probability 1 − confidence at most.

        The noise Z has P(|Z| ≥ t) = 2 q^t / (1 + q) for whole t from 1, q = exp(−1/scale), so that
        `discrete_laplacian_scale_to_accuracy` solves this for t, and the whole number below it is enough.
        """
        reach: float = load_opendp().accuracy.discrete_laplacian_scale_to_accuracy(self.scale, 1 - confidence)
        return math.floor(reach)


def release(values: Sequence[int], sensitivity: int, epsilon: float) -> Release:
    """Whole numbers with OpenDP's discrete Laplace noise.

    Parameters
    ----------
    values : sequence of int
        Such as sums by segment.
    sensitivity : int
        The most that adding or removing one customer can change them by, over all of them together (the L1 distance).
    epsilon : float
        What may be spent. OpenDP searches the smallest scale that keeps to it.
    """
    dp = load_opendp()
    with _contrib(dp.mod):
        space = dp.domains.vector_domain(dp.domains.atom_domain(T="i64")), dp.metrics.l1_distance(T="i64")
        scale = dp.mod.binary_search_param(
            lambda each: dp.measurements.make_laplace(*space, scale=each), d_in=sensitivity, d_out=epsilon
        )
        measurement = dp.measurements.make_laplace(*space, scale=scale)
    noisy = measurement([int(each) for each in values])
    return Release(tuple(map(int, noisy)), float(measurement.map(sensitivity)), float(scale))


def load_opendp() -> OpenDP:
    """The parts of OpenDP that are used; not its prelude, which imports Polars and scikit-learn as well."""
    try:
        from opendp import accuracy, domains, measurements, metrics, mod  # noqa: PLC0415
    except ImportError as error:
        raise ImportError(
            "rfm.privacy.private_profile needs OpenDP. Hint: pip install 'rfm-clv[privacy]'."
        ) from error
    return OpenDP(accuracy, domains, measurements, metrics, mod)


@contextmanager
def _contrib(switch: Any) -> Iterator[None]:
    """Allow OpenDP's "contrib", and leave the user's own choice as it was.

    OpenDP calls so what has not gone through all of its review of proofs. Its Laplace mechanism is there, too.
    """
    with _SWITCH:
        allowed = "contrib" in switch.GLOBAL_FEATURES
        switch.enable_features("contrib")
        try:
            yield
        finally:
            if not allowed:
                switch.disable_features("contrib")
