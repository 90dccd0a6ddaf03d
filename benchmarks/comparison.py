"""One quantity of a law compared with the true value."""

from __future__ import annotations

from dataclasses import dataclass

from mpmath import mpf

__all__ = ["TOLERANCE", "Comparison"]

TOLERANCE = 1e-8
TINY = mpf(10) ** -290  # below, a value is compared absolutely: doubles end at 1e-308


@dataclass(frozen=True)
class Comparison:
    """A quantity at a point: `ours` as a float, the `truth` at 50 digits.

    The error of a logarithm is |ours − truth|/max(1, |truth|); of a value it is relative above 1e-290 and
    absolute below.
    """

    quantity: str
    point: dict[str, float]
    ours: float
    truth: mpf
    logarithm: bool = False

    @property
    def error(self) -> float:
        """The error; not a number if `ours` is not."""
        difference = abs(mpf(self.ours) - self.truth)
        if self.logarithm:
            return float(difference / max(1, abs(self.truth)))
        return float(difference / abs(self.truth) if abs(self.truth) > TINY else difference)
