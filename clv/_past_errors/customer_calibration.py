"""Whether customers' intervals held in the log's own hold-outs, and how wide they must be where they did not."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from rfm._options import is_number

__all__ = [
    "Bin",
    "CustomerCalibration",
    "calibration_from_dict",
    "calibration_of",
    "calibration_to_dict",
]

Array = NDArray[np.float64]

BINS: Final = 6  # of customers by what was expected of them
FEWEST: Final = 100  # customers in a bin
LEVELS: Final = 201  # quantiles that are kept of each bin
ERRORS: Final = 2.0  # standard errors of the hold-out by which a law's intervals may hold less than they say


@dataclass(frozen=True)
class Bin:
    """Customers of whom about as much was expected in the hold-outs.

    Parameters
    ----------
    most : float
        The largest number of purchases expected of them in `CustomerCalibration.days`; infinite in the last bin.
    customers : int
        Their number, over all hold-outs.
    needed : tuple of float
        Quantiles, at levels evenly apart from 0 to 1, of the mass of the law's smallest central interval that held what
        a customer bought.
    """

    most: float
    customers: int
    needed: tuple[float, ...] = field(repr=False)

    def held(self, mass: float) -> float:
        """The share of customers whose interval of this mass held what they bought."""
        return float(np.searchsorted(self.needed, mass, side="right") / len(self.needed))

    def right(self, mass: float) -> bool:
        """Whether the law's intervals hold as much as they say, or no less than by chance."""
        chance = ERRORS * np.sqrt(mass * (1 - mass) / self.customers)
        return bool(self.held(mass) >= mass - chance)

    def mass(self, mass: float) -> float:
        """The mass that the law's interval must have to hold this share; its own where it is right."""
        if self.right(mass):
            return mass
        level = min(mass * (1 + 1 / self.customers), 1.0)  # of split conformal prediction
        found = np.interp(level, np.linspace(0.0, 1.0, len(self.needed)), self.needed)
        return float(np.clip(found, mass, 1 - 1e-9))


@dataclass(frozen=True)
class CustomerCalibration:
    """How customers' predictive intervals held in hold-outs inside the log; `model.calibration`.

    Parameters
    ----------
    days : int
        Of each hold-out.
    bins : tuple of Bin
        By the number of purchases that were expected.

    Notes
    -----
    Split conformal prediction within bins of the prediction, on the scale of the law's own distribution: of each
    customer in a hold-out the mass is found of the smallest central interval that holds what they bought. If a bin's
    intervals of the mass that is asked for held too few of its customers, by more than two standard errors, its
    customers get intervals of the mass that would have held them; all others keep the law's.
    """

    days: int
    bins: tuple[Bin, ...]

    def right(self, mass: float) -> bool:
        """Whether the law's intervals are kept for all customers."""
        return all(each.right(mass) for each in self.bins)

    def held(self, mass: float) -> float:
        """The share of all customers in the hold-outs whose interval by the law held what they bought."""
        counts = [each.customers for each in self.bins]
        return float(np.average([each.held(mass) for each in self.bins], weights=counts))

    def masses(self, expected: Array, days: float, mass: float) -> Array:
        """The mass of each customer's interval.

        Parameters
        ----------
        expected : ndarray of shape (n,)
            Purchases expected of each in the horizon.
        days : float
            Of the horizon.
        mass : float
            That intervals should hold.
        """
        edges = [each.most for each in self.bins[:-1]]
        place = np.searchsorted(edges, expected * self.days / days, side="left")
        return np.array([each.mass(mass) for each in self.bins])[place]


def calibration_of(expected: Array, needed: Array, days: int) -> CustomerCalibration | None:
    """A calibration from what was expected of customers, and the masses that they needed; None if there are too few."""
    count = min(BINS, len(expected) // FEWEST)
    if count < 1:
        return None
    edges = np.unique(np.quantile(expected, np.linspace(0, 1, count + 1)[1:-1]))
    place = np.searchsorted(edges, expected, side="left")
    levels = np.linspace(0.0, 1.0, LEVELS)
    bins = []
    for k, most in enumerate([*edges.tolist(), np.inf]):
        some = needed[place == k]
        if len(some):
            bins.append(Bin(float(most), len(some), tuple(np.quantile(some, levels).tolist())))
    return CustomerCalibration(days, tuple(bins))


def calibration_to_dict(found: CustomerCalibration) -> dict[str, Any]:
    """A calibration as plain JSON values; the last bin has no largest expectation."""
    return {
        "days": found.days,
        "bins": [
            {
                "most": each.most if np.isfinite(each.most) else None,
                "customers": each.customers,
                "needed": [round(value, 9) for value in each.needed],
            }
            for each in found.bins
        ],
    }


def calibration_from_dict(document: Any) -> CustomerCalibration:
    """A calibration from its JSON values.

    Raises
    ------
    TypeError, ValueError
        If a field is missing, has the wrong type, or a value that no calibration has.
    """
    if not isinstance(document, Mapping) or set(document) != {"days", "bins"}:
        raise ValueError("a calibration has days and bins")
    days, bins = document["days"], document["bins"]
    if not (is_number(days) and 1 <= days <= 36_525 and isinstance(bins, list) and bins):
        raise ValueError("a calibration has days from 1 to 36,525, and a list of bins")
    found = tuple(_bin(each, last=k == len(bins) - 1) for k, each in enumerate(bins))
    if any(one.most >= other.most for one, other in itertools.pairwise(found)):
        raise ValueError("the bins of a calibration are not in ascending order")
    return CustomerCalibration(int(days), found)


def _bin(document: Any, *, last: bool) -> Bin:
    if not isinstance(document, Mapping) or set(document) != {"most", "customers", "needed"}:
        raise ValueError("a bin of a calibration has most, customers and needed")
    most, customers, needed = (document[name] for name in ("most", "customers", "needed"))
    if (most is None) is not last or not (last or (is_number(most) and 0 <= most < 1e15)):
        raise ValueError(f"the largest expectation in a bin of a calibration is {most!r}")
    if not (is_number(customers) and 1 <= customers < 2**53):
        raise ValueError(f"a bin of a calibration has {customers!r} customers")
    return Bin(np.inf if last else float(most), int(customers), _needed(needed))


def _needed(values: Any) -> tuple[float, ...]:
    if not isinstance(values, list) or len(values) != LEVELS:
        raise ValueError(f"a bin of a calibration has {LEVELS} masses")
    if not all(is_number(value) and -1 <= value <= 1 for value in values):
        raise ValueError("a mass in a bin of a calibration is no number from −1 to 1")
    ascending: Sequence[float] = [float(value) for value in values]
    if any(one > other for one, other in itertools.pairwise(ascending)):
        raise ValueError("the masses in a bin of a calibration are not in ascending order")
    return tuple(ascending)
