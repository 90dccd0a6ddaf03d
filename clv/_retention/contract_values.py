"""The value of each contract's renewals to come."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from clv._numerics import Array, unique_rows
from clv._retention.renewal_period import RenewalPeriod
from clv._retention.retention_fit import RetentionFit
from clv._retention.retention_law import RetentionLaw
from rfm.errors import DataError

__all__ = ["Terms", "renewal_values"]

Ints = NDArray[np.int64]

MOST_PERIODS = 5_000  # renewals ahead that predictive bounds tell apart


@dataclass(frozen=True)
class Terms:
    """How renewals are valued.

    Parameters
    ----------
    period : RenewalPeriod
    as_of : int
        Days since 1970-01-01 from which values are counted.
    rate : float
        Annual discount rate.
    horizon : float
        Days; infinite for ever.
    interval : float, optional
        Mass of the predictive interval.
    """

    period: RenewalPeriod
    as_of: int
    rate: float
    horizon: float
    interval: float | None

    @property
    def force(self) -> float:
        """The force of discount of one period."""
        return math.log1p(self.rate) * self.period.years


def renewal_values(fit: RetentionFit, coded: Array, start: Ints, terms: Terms) -> dict[str, Any]:
    """Renewals so far, the day of the next, its probability, and discounted renewals to come, of running contracts.

    Returns
    -------
    dict of str to ndarray of shape (n,)
        `renewals`, `next_renewal`, `p_renew`, `discounted_renewals`; with an interval its `low` and `high`.
    """
    as_of, period = np.full_like(start, terms.as_of), terms.period
    renewals = period.renewals(start, as_of)
    following = period.date(start, renewals + 1)
    ahead = _ahead(start, renewals, terms)
    wait = np.exp(-math.log1p(terms.rate) * period.years_between(as_of, following))
    result: dict[str, Any] = {"renewals": renewals, "next_renewal": following}
    first, place = unique_rows(renewals.astype(float), np.where(np.isinf(ahead), -1.0, ahead), *coded.T)
    found: dict[str, Array] = {name: np.empty(len(first)) for name in ("p_renew", "sum", "low", "high")}
    pattern, member = unique_rows(np.zeros(len(first)), *coded[first].T)
    for number, row in enumerate(pattern):
        chosen = np.flatnonzero(member == number)
        at, drawn = fit.laws(coded[first[row]][None])
        k, j = renewals[first[chosen]].astype(float), ahead[first[chosen]]
        law = type(at)(*(float(np.ravel(getattr(at, name))[0]) for name in at.parameters))
        found["p_renew"][chosen] = law.retention(k + 1)
        found["sum"][chosen] = _sums(law, k, j, terms.force)
        if terms.interval is not None:
            found["low"][chosen], found["high"][chosen] = _bounds(drawn, k, j, terms)
    result["p_renew"] = found["p_renew"][place]
    result["discounted_renewals"] = found["sum"][place] * wait
    if terms.interval is not None:
        result |= {name: found[name][place] * wait for name in ("low", "high")}
    return result


def _ahead(start: Ints, renewals: Ints, terms: Terms) -> Array:
    """Renewals that fall within the horizon; infinite for ever."""
    if math.isinf(terms.horizon):
        return np.full(len(start), np.inf)
    until = np.full_like(start, terms.as_of + int(terms.horizon))
    return np.asarray(terms.period.renewals(start, until) - renewals, dtype=float)


def _sums(law: RetentionLaw, k: Array, j: Array, force: float) -> Array:
    """Σ from i = 1 to j of e^(−δ(i − 1)) S(k + i)/S(k)."""
    if np.isinf(j).all():
        total = np.asarray(law.discounted_expected_residual_lifetime(k, math.expm1(force)), dtype=float)
        if np.isinf(total).any():
            raise DataError(
                "Without discount the expected number of renewals is infinite under this law. "
                'Hint: discount_rate=0.10, or a horizon such as "36M".'
            )
        return total
    most, furthest = int(k.max()), int(j.max())
    retention = np.asarray(law.retention(np.arange(1.0, most + furthest + 2)), dtype=float)
    table = [np.zeros(len(retention))]
    for _ in range(furthest):  # of one renewal more, from those one period later
        later = np.append(table[-1][1:], 0.0)
        table.append(retention * (1 + math.exp(-force) * later))
    return np.array([table[int(many)][int(past)] for past, many in zip(k, j, strict=True)])


def _bounds(drawn: RetentionLaw, k: Array, j: Array, terms: Terms) -> tuple[Array, Array]:
    """Quantiles of the discounted number of renewals of a contract, over the draws and over what happens."""
    assert terms.interval is not None
    tail = (1 - terms.interval) / 2
    low, high = np.empty(len(k)), np.empty(len(k))
    for row, (past, many) in enumerate(zip(k, j, strict=True)):
        furthest = int(min(many, MOST_PERIODS))
        counts = [_quantile(drawn, past, furthest, p) for p in (tail, 1 - tail)]
        low[row], high[row] = (_annuity(n, terms.force) for n in counts)
    return low, high


def _quantile(drawn: RetentionLaw, past: float, furthest: int, p: float) -> int:
    """The smallest n with P(at most n further renewals) ≥ p, up to the furthest."""
    below, above = -1, furthest
    while above - below > 1:
        middle = (below + above) // 2
        more = float(np.mean(drawn.survival(middle + 1, past)))
        below, above = (below, middle) if 1 - more >= p else (middle, above)
    return above


def _annuity(n: int, force: float) -> float:
    """Σ from i = 1 to n of e^(−δ(i − 1))."""
    return float(n) if force == 0 else math.expm1(-force * n) / math.expm1(-force)
