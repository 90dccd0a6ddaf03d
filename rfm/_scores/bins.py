"""How many scores each metric has: one number for all, or one by metric."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from types import MappingProxyType
from typing import Any, Final, TypeAlias

from rfm._options import received, whole
from rfm.errors import DataError

__all__ = [
    "BINS",
    "MAX_BINS",
    "MIN_BINS",
    "Bins",
    "as_option",
    "by_metric",
    "in_words",
    "plain_bins",
    "same_bins",
]

Bins: TypeAlias = "int | Mapping[str, int]"
MIN_BINS, MAX_BINS = 3, 10
BINS: Final = 5  # of a metric that a mapping leaves out
EXAMPLE: Final = 'bins=5, or bins={"R": 5, "F": 3, "M": 4}'


def by_metric(bins: Any, metrics: Iterable[str], error: type[DataError]) -> dict[str, int]:
    """The number of scores of each metric; a mapping may leave some out, which then have 5.

    Raises
    ------
    DataError
        Of the class of the step, if a number is not whole and from 3 to 10, or a mapping names no metric.

    Examples
    --------
    >>> by_metric(4, "RFM", DataError)
    {'R': 4, 'F': 4, 'M': 4}
    >>> by_metric({"F": 3}, "RFM", DataError)
    {'R': 5, 'F': 3, 'M': 5}
    """
    metrics = list(metrics)
    if not isinstance(bins, Mapping):
        number = whole("bins", bins, least=MIN_BINS, most=MAX_BINS, error=error)
        return dict.fromkeys(metrics, number)
    for name, number in bins.items():
        if name not in metrics:
            raise error(f"bins: no metric {received(name)}. Metrics: {', '.join(metrics)}. Hint: {EXAMPLE}.")
        whole(f"bins of {name}", number, least=MIN_BINS, most=MAX_BINS, error=error)
    return {name: int(bins.get(name, BINS)) for name in metrics}


def plain_bins(bins: Mapping[str, int]) -> Bins:
    """One number if all metrics have it; otherwise a mapping that cannot be changed.

    >>> plain_bins({"R": 5, "F": 5}), plain_bins({"R": 5, "F": 3})
    (5, mappingproxy({'R': 5, 'F': 3}))
    """
    numbers = set(bins.values())
    return numbers.pop() if len(numbers) == 1 else MappingProxyType(dict(bins))


def same_bins(one: Bins, other: Bins) -> bool:
    """Whether two numbers of scores agree on R, F and M, as far as both have them.

    >>> same_bins({"R": 5, "F": 3, "M": 4}, {"R": 5, "F": 3}), same_bins({"R": 5, "F": 3, "M": 4}, 5)
    (True, False)
    """
    pairs = [
        [bins.get(name) if isinstance(bins, Mapping) else bins for bins in (one, other)] for name in "RFM"
    ]
    return all(a == b for a, b in pairs if a is not None and b is not None)


def in_words(bins: Bins) -> str:
    """The scores in a message: ``from 1 to 5``, or ``from 1 to 5 for R, 3 for F, 4 for M``.

    >>> in_words({"R": 5, "F": 3, "M": 4})
    'from 1 to 5 for R, 3 for F, 4 for M'
    """
    if not isinstance(bins, Mapping):
        return f"from 1 to {bins}"
    return "from 1 to " + ", ".join(f"{number} for {name}" for name, number in bins.items())


def as_option(bins: Bins) -> str:
    """The option that gives these scores, as a hint shows it.

    >>> as_option(4), as_option({"R": 5, "F": 3})
    ('bins=4', "bins={'R': 5, 'F': 3}")
    """
    return f"bins={dict(bins) if isinstance(bins, Mapping) else bins}"
