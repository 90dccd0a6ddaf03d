"""How many customers a campaign needs, and how small an effect it can find."""

from __future__ import annotations

import math
from typing import Final

from scipy import optimize, special

from rfm._options import fraction, number, received, whole
from rfm.errors import DataError

__all__ = [
    "MOST_CUSTOMERS", "POWER", "detectable_difference", "detectable_lift", "normal_reach", "required_size",
]  # fmt: skip

POWER: Final = 0.8
MOST_CUSTOMERS: Final = 10**12


def required_size(
    baseline: float,
    lift: float,
    power: float = POWER,
    *,
    standard_deviation: float | None = None,
    control: float = 0.5,
    confidence: float = 0.95,
    explained: float = 0.0,
    looks: int = 1,
) -> int:
    """How many customers, control group included, a campaign needs to find an effect.

    Parameters
    ----------
    baseline : float
        What is expected without the campaign: a share of customers who respond, or, with ``standard_deviation``, a
        mean, such as spend per customer.
    lift : float
        The effect that should be found, relative to the baseline: 0.1 is a tenth more.
    power : float
        Probability that it is found if it is there.
    standard_deviation : float, optional
        Of the outcome over customers, in its unit; it makes the baseline a mean.
    control : float
        Share of the customers who are left alone. One half needs the fewest customers in all.
    confidence : float
        Of the interval that should not hold zero.
    explained : float
        Share of the outcome's variance that is explained by what was known before (``explained`` of `lift`'s table):
        1 − that is the size that is still needed.
    looks : int
        How often the result is looked at; see `lift`.

    Returns
    -------
    int
        Customers in all.

    Raises
    ------
    DataError
        If an option lies outside its bounds, or the lift makes a share leave 0 to 1.

    See Also
    --------
    detectable_lift : The other way round.
    assign : The next step.

    Notes
    -----
    The normal approximation with each group's own variance, that of the treated under the lift; for shares Fleiss,
    Levin & Paik (2003, Statistical Methods for Rates and Proportions, section 4.2) without their continuity correction.

    Examples
    --------
    5% buy in a month; to find 10% more of them, with a control group as large as the treated one:

    >>> import rfm
    >>> rfm.campaigns.required_size(0.05, 0.1)
    62467
    >>> rfm.campaigns.required_size(0.05, 0.1, control=0.1)
    175955

    A year's spend of 40 ± 90 for each customer, of which predictions explain 45%:

    >>> rfm.campaigns.required_size(40.0, 0.1, standard_deviation=90.0, explained=0.45)
    8742
    """
    base, more, deviation = _checked(baseline, lift, standard_deviation)
    shares = _groups(power, control, confidence, explained, looks)
    if not more:
        raise DataError("lift is 0, which no number of customers finds. Hint: lift=0.1, a tenth more.")
    found = _size(base, more * base, deviation, *shares)
    if found > MOST_CUSTOMERS:
        raise DataError(
            f"An effect of {more:.3g} of {base:.3g} needs more than {MOST_CUSTOMERS:,} customers. Hint: a larger lift."
        )
    return math.ceil(round(found, 6))


def detectable_lift(
    baseline: float,
    customers: int,
    power: float = POWER,
    *,
    standard_deviation: float | None = None,
    control: float = 0.5,
    confidence: float = 0.95,
    explained: float = 0.0,
    looks: int = 1,
) -> float:
    """The smallest lift that so many customers can find: the minimum detectable effect.

    Parameters
    ----------
    baseline : float
        See `required_size`.
    customers : int
        In all, control group included.
    power : float
        See `required_size`.
    standard_deviation : float, optional
        See `required_size`.
    control, confidence, explained : float
        See `required_size`.
    looks : int
        See `required_size`.

    Returns
    -------
    float
        Relative to the baseline; infinite where a share cannot rise as far as it would have to.

    Raises
    ------
    DataError
        If an option lies outside its bounds.

    See Also
    --------
    required_size : The other way round.

    Examples
    --------
    >>> import rfm
    >>> round(rfm.campaigns.detectable_lift(0.05, 62_467), 4)
    0.1
    """
    base, _, deviation = _checked(baseline, 0.0, standard_deviation)
    n = whole("customers", customers, "customers=10_000", least=4, most=MOST_CUSTOMERS)
    shares = _groups(power, control, confidence, explained, looks)

    def beyond(more: float) -> float:
        return _size(base, more, deviation, *shares) - n

    most = (1 - base) * (1 - 1e-12) if deviation is None else 1e6 * (deviation + base)
    if beyond(most) > 0:
        return math.inf
    return float(optimize.brentq(beyond, most * 1e-12, most, xtol=1e-15)) / base


def detectable_difference(standard_error: float, level: float, power: float = POWER) -> float:
    """The difference that an estimate with this error finds with this probability; unknown where the error is."""
    if not standard_error > 0:
        return math.nan
    return (normal_reach(level) + float(special.ndtri(power))) * standard_error


def normal_reach(level: float) -> float:
    """How many standard errors an interval of this confidence reaches to each side."""
    return float(special.ndtri((1 + level) / 2))


def _size(
    base: float, more: float, deviation: float | None, power: float, control: float, level: float, rest: float
) -> float:
    """The customers that a difference of ``more`` needs."""
    z, reach = float(special.ndtri((1 + level) / 2)), float(special.ndtri(power))
    if deviation is not None:
        error = math.sqrt(rest * deviation**2 * (1 / control + 1 / (1 - control)))
        return ((z + reach) * error / more) ** 2
    treated = base + more
    pooled = control * base + (1 - control) * treated
    none = math.sqrt(rest * pooled * (1 - pooled) * (1 / control + 1 / (1 - control)))
    own = math.sqrt(rest * (base * (1 - base) / control + treated * (1 - treated) / (1 - control)))
    return ((z * none + reach * own) / more) ** 2


def _checked(baseline: float, lift: float, deviation: float | None) -> tuple[float, float, float | None]:
    if deviation is not None:
        deviation = number("standard_deviation", deviation, "standard_deviation=90.0", above=0, most=1e15)
        base = number("baseline", baseline, "baseline=40.0", above=0, most=1e15)
    else:
        base = fraction(
            "baseline", baseline, "baseline=0.05, or standard_deviation= for the baseline of a mean"
        )
    more = number("lift", lift, "lift=0.1", least=-1)
    if deviation is None and not 0 <= base * (1 + more) <= 1:
        raise DataError(
            f"A lift of {received(lift)} makes a share of {base:.6g} one of {base * (1 + more):.6g}. "
            "Hint: lift is relative to the baseline; 0.1 is a tenth more."
        )
    return base, more, deviation


def _groups(
    power: float, control: float, confidence: float, explained: float, looks: int
) -> tuple[float, float, float, float]:
    level = fraction("confidence", confidence, "confidence=0.95")
    known = number("explained", explained, "explained=0.45", least=0, most=0.999999)
    times = whole("looks", looks, "looks=1", least=1, most=1000)
    return (
        fraction("power", power, "power=0.8"),
        fraction("control", control, "control=0.1"),
        1 - (1 - level) / times,
        1 - known,
    )
