"""Orders come at random moments, as those of a Poisson process: Wheat and Morrison's k, for whole days."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from scipy import optimize, stats

from clv._checks.finding import CONFIDENCE, ENOUGH, Estimate, Finding, Holds, unknown
from clv._checks.history import History, Terms, as_law
from clv._checks.renewals import decided_anew
from clv._fits.data import has_timing
from rfm._words import declare

__all__ = ["irregular", "regularity"]

Array = NDArray[np.float64]
Ints = NDArray[np.int64]

TEXTS: Final = declare(
    "checks.regularity",
    {
        "check": "orders come at random moments",
        "few": "Only {n} customers with three purchases.",
        "few_one": "Only {n} customer with three purchases.",
        "one day": "Gaps are of one day only: whole days show no pattern.",
        "poisson": "Purchases look like a Poisson process, as the laws assume.",
        "clumps": "Purchases come in clumps (k = {k} [{low}, {high}]; at random moments k is 1): P(alive) reacts too "
        "fast to inactivity.",
        "payments": "Purchases come at regular intervals (k = {k} [{low}, {high}]; at random moments k is 1), as "
        "payments do that a contract fixes: clv.fit_retention is for them.",
        "regular": "Purchases come at regular intervals (k = {k} [{low}, {high}]; at random moments k is 1): P(alive) "
        'reacts too slowly to inactivity. Hint: model="mbg-cnbd", a law of regular gaps; '
        'clv.backtest(tx, models=["mbg-nbd", "mbg-cnbd"]) tells whether it predicts better.',
        "regular law": "Purchases come at regular intervals (k = {k} [{low}, {high}]; at random moments k is 1), as "
        "{law} assumes.",
    },
)
CHECK: Final = TEXTS("check")
STATISTIC: Final = "Wheat–Morrison k"
EXACT: Final = 200  # largest sum of two gaps, in days, computed exactly; beyond, the effect falls as 1/days
SHAPES: Final = (1e-3, 1e4)  # gaps with a larger shape are practically equal
CLOSE: Final = 0.1  # distance from k = 1 within which a Poisson process is a fair approximation


def irregular(history: History, terms: Terms) -> Finding:
    """Whether a customer's successive gaps vary like those of a Poisson process."""
    thrice = np.flatnonzero(history.orders >= 3)
    if len(thrice) < ENOUGH:
        words = TEXTS.counted(len(thrice), f"{len(thrice):,}", "few")
        return unknown(CHECK, STATISTIC, words, len(thrice))
    begin = history.begins[thrice]
    k = regularity(history.gap[begin + 1], history.gap[begin + 2])
    if math.isnan(k.value):
        return unknown(CHECK, STATISTIC, TEXTS("one day"), k.n)
    fair = k.low <= 1 <= k.high or abs(k.value - 1) <= CLOSE
    holds: Holds = "yes" if fair else "doubtful" if k.value < 2 else "no"
    words = TEXTS("poisson")
    if holds != "yes":
        numbers = {"k": f"{k.value:.2f}", "low": f"{k.low:.2f}", "high": f"{k.high:.2f}"}
        words = TEXTS("clumps" if k.value < 1 else "regular", **numbers)
        law = as_law(terms.model)
        if k.value > 1 and decided_anew(history, terms).holds == "no":  # no purchase law is for contracts
            words = TEXTS("payments", **numbers)
        if k.value > 1 and _is_regular(law):
            holds, words = "yes", TEXTS("regular law", law=law.title, **numbers)
    return Finding(CHECK, holds, STATISTIC, k, words, k.n)


def _is_regular(law: Any) -> bool:
    """Whether a law's gaps are, or may turn out to be, more regular than random."""
    return has_timing(law) and law.k != 1


def regularity(first_gap: Ints, second_gap: Ints) -> Estimate:
    """Shape k of Gamma-distributed gaps between purchases: 1 is a Poisson process, above 1 is regular.

    Parameters
    ----------
    first_gap, second_gap : ndarray of shape (n,)
        Two successive gaps of each customer, in whole days, at least 1.

    Returns
    -------
    Estimate
        The k at which the mean square of first / (first + second) − ½ equals the observed one, and that at the bounds
        of its normal 95% interval; NaN if no two gaps sum to more than 2 days, since these can only be 1 and 1.

    Notes
    -----
    Wheat and Morrison (1990), "Estimating purchase regularity with two interpurchase times", Journal of Marketing
    Research 27: given their sum, neither the customer's rate nor the length of the log biases the first of two gaps.
    In continuous time its share is Beta(k, k), of variance 1/(4(2k + 1)). In whole days the first of two gaps of sum
    s is uniform on 1 … s − 1 for a Poisson process, of variance (s − 2)/(12 s). For other k, two purchases are w(j)
    days apart in proportion to the mean of t^(k−1) over t = j + u − u′, with u and u′ the times of day, uniform. That
    is exact for k = 1; that orders of one day are merged biases other k by a tenth where the mean gap is two days.
    """
    s = first_gap + second_gap
    usable = s > 2
    s = s[usable]
    n = len(s)
    if n < 2:
        return Estimate(math.nan, n=n)
    squares = (first_gap[usable] / s - 0.5) ** 2
    sums, place = np.unique(s, return_inverse=True)
    weights = np.bincount(place) / n
    k = _shape_at(squares.mean(), sums, weights)
    spread = (squares - (_mean_squares(sums, k)[place] if math.isfinite(k) else 0.0)).std(ddof=1)
    half = float(stats.norm.ppf((1 + CONFIDENCE) / 2) * spread / math.sqrt(n))
    low, high = (_shape_at(squares.mean() + step, sums, weights) for step in (half, -half))
    return Estimate(k, low, high, n)


def _shape_at(mean_square: float, sums: Ints, weights: Array) -> float:
    """The k with the given mean square; infinite if gaps are more regular than for any k, 0 if less."""

    def beyond(log_k: float) -> float:
        return float(weights @ _mean_squares(sums, math.exp(log_k))) - mean_square

    low, high = (math.log(k) for k in SHAPES)
    if beyond(high) >= 0:
        return math.inf
    if beyond(low) <= 0:
        return 0.0
    return math.exp(float(optimize.brentq(beyond, low, high, xtol=1e-7)))


def _mean_squares(sums: Ints, k: float) -> Array:
    """Mean of (first/s − ½)² for gaps of shape k in whole days, at each sum s ≥ 2."""
    log_weight = _log_weights(k)
    most = min(EXACT, int(sums.max()))
    s, j = np.arange(2, most + 1)[:, None], np.arange(1, most)
    both = np.where(j < s, log_weight[j] + log_weight[np.maximum(s - j, 0)], -np.inf)
    p = np.exp(both - both.max(axis=1, keepdims=True))
    exact = (p * (j / s - 0.5) ** 2).sum(axis=1) / p.sum(axis=1)
    smooth = 1 / (4 * (2 * k + 1))
    lost = EXACT * (1 - exact[-1] / smooth)  # 2 for a Poisson process
    near = exact[np.minimum(sums, most) - 2]
    return np.asarray(np.where(sums <= EXACT, near, np.maximum(smooth * (1 - lost / sums), 0.0)))


def _log_weights(k: float) -> Array:
    """Logarithm of w(j), the second difference of j^(k+1), up to a constant; j = 0 … EXACT."""
    j = np.arange(1, EXACT + 1, dtype=float)
    with np.errstate(divide="ignore"):  # (j − 1)^(k+1) is 0 at j = 1
        up, down = (k + 1) * np.log1p(1 / j), (k + 1) * np.log1p(-1 / j)
    second = 1 - 2 * np.exp(-up) + np.exp(down - up)  # over (j + 1)^(k+1), which may overflow
    return np.concatenate([[-np.inf], (k + 1) * np.log(j + 1) + np.log(second)])
