"""What the models assume, held against the data, in words."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

import narwhals as nw
import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from clv.frames import to_pandas
from clv.stages import as_log
from clv.summary import summarize
from clv.units import Unit, days_per_unit
from rfm.customers.summary import purchase_days
from rfm.days import as_day
from rfm.frames import leave

__all__ = ["check", "correlation", "regularity"]

Holds = Literal["yes", "doubtful", "no", "unknown"]
Array = NDArray[np.float64]

CONFIDENCE = 0.95
ENOUGH = 30  # customers below which nothing is said
WEAK = 0.1  # a correlation below which independence is a fair approximation
YOUNG = 0.5  # share of customers too young to have shown a repeat purchase from which a fit is doubtful


@dataclass(frozen=True)
class Estimate:
    """A statistic with its confidence interval and the number of customers behind it."""

    value: float
    low: float
    high: float
    n: int


def check(tx: Any, *, unit: Unit = "W", end: str | date | None = None) -> pd.DataFrame:
    """Hold the assumptions of the purchase laws and of Gamma-Gamma against a log.

    Parameters
    ----------
    tx : Transactions or dataframe
        A dataframe needs the columns `customer_id`, `date` and `amount`.
    unit : {"D", "W", "M", "Y"}
        Unit of time of the sentences.
    end : str or date, optional
        Last day of observation; by default the log's last day.

    Returns
    -------
    pandas.DataFrame
        One row a check: `check`; `holds`, "yes", "doubtful", "no" or "unknown" (too few customers); `statistic`,
        `value`, and its 95% interval `low`, `high`; `finding`, a sentence that says what follows.

    Raises
    ------
    DataError
        See `rfm.Transactions`.

    Notes
    -----
    Intervals: Pearson by Fisher's z; Spearman by Bonett and Wright (2000), "Sample size requirements for estimating
    Pearson, Kendall and Spearman correlations", Psychometrika 65; regularity by Wheat and Morrison (1990),
    "Estimating purchase regularity with two interpurchase times", Journal of Marketing Research 27.

    Examples
    --------
    >>> import clv, rfm
    >>> found = clv.check(rfm.datasets.cdnow(), end="1997-09-30")
    >>> found[["check", "holds"]]
                                     check     holds
    0    spend and frequency are unrelated  doubtful
    1     orders come at irregular moments       yes
    2    one-time buyers may leave as well        no
    3  customers were observed long enough       yes
    """
    tx = as_log(tx, "clv.check")
    table = to_pandas(summarize(tx, unit=unit, end=end))
    gaps = _gaps(tx, tx.last_day if end is None else as_day(end, "end")) / days_per_unit(unit)
    return pd.DataFrame([_independence(table), _regular(gaps), _one_time(table), _young(table, gaps, unit)])


def correlation(frequency: Array, spend: Array, method: Literal["pearson", "spearman"]) -> Estimate:
    """Correlation of two columns, each (n,), with its 95% interval on Fisher's scale."""
    n = len(frequency)
    found = stats.pearsonr(frequency, spend) if method == "pearson" else stats.spearmanr(frequency, spend)
    value = float(found.statistic)
    spread = 1.0 if method == "pearson" else 1.0 + value**2 / 2
    half = stats.norm.ppf((1 + CONFIDENCE) / 2) * math.sqrt(spread / (n - 3))
    z = math.atanh(min(max(value, -1 + 1e-15), 1 - 1e-15))
    return Estimate(value, math.tanh(z - half), math.tanh(z + half), n)


def regularity(first_gap: Array, second_gap: Array) -> Estimate:
    """Shape k of Gamma-distributed gaps between purchases: 1 is a Poisson process, above 1 is regular.

    Parameters
    ----------
    first_gap, second_gap : ndarray of shape (n,)
        Two successive gaps of each customer.

    Returns
    -------
    Estimate
        k = (1 − 4v) / 8v, with v the variance around ½ of first / (first + second).

    Notes
    -----
    Wheat and Morrison (1990), eq. 2. Given their sum, the first of two gaps of a Poisson process is uniform
    whatever the customer's rate and however long they were observed, so neither biases the estimate.
    """
    squares = (first_gap / (first_gap + second_gap) - 0.5) ** 2
    n = len(squares)
    v, half = squares.mean(), stats.norm.ppf((1 + CONFIDENCE) / 2) * squares.std(ddof=1) / math.sqrt(n)
    low, high = (_shape(w) for w in (v + half, v - half))
    return Estimate(_shape(v), low, high, n)


def _shape(variance: float) -> float:
    """k of a variance; without any, gaps are all alike, and k has no end."""
    return float((1 - 4 * variance) / (8 * variance)) if variance > 0 else math.inf


def _independence(table: pd.DataFrame) -> dict[str, Any]:
    repeat = table[(table["frequency"] > 0) & (table["monetary_value"] > 0)]
    name, statistic = "spend and frequency are unrelated", "Spearman's ρ"
    x, m = (repeat[c].to_numpy(dtype=float) for c in ("frequency", "monetary_value"))
    if len(repeat) < ENOUGH or np.ptp(x) == 0 or np.ptp(m) == 0:
        return _row(
            name, "unknown", statistic, None, f"Only {len(repeat)} repeat buyers, or no spread among them."
        )
    pearson, rank = correlation(x, m, "pearson"), correlation(x, m, "spearman")
    both = ", ".join(
        f"{name} {e.value:.2f} [{e.low:.2f}, {e.high:.2f}]"
        for name, e in (("Pearson", pearson), ("Spearman", rank))
    )
    strongest = max(abs(pearson.value), abs(rank.value))
    clear = not all(e.low <= 0 <= e.high for e in (pearson, rank))
    holds: Holds = "no" if strongest > 0.3 and clear else "doubtful" if strongest > WEAK and clear else "yes"
    follows = {
        "yes": "Gamma-Gamma's assumption is fair here.",
        "doubtful": "Gamma-Gamma assumes none: the value of the most frequent buyers is somewhat off.",
        "no": "Gamma-Gamma assumes none: fit groups of like spend apart, or trust totals less.",
    }[holds]
    return _row(name, holds, statistic, rank, f"{both}. {follows}")


def _regular(gaps: pd.DataFrame) -> dict[str, Any]:
    pairs = gaps.dropna()
    name, statistic = "orders come at irregular moments", "Wheat–Morrison k"
    if len(pairs) < ENOUGH:
        return _row(name, "unknown", statistic, None, f"Only {len(pairs)} customers with three purchases.")
    k = regularity(pairs["first"].to_numpy(), pairs["second"].to_numpy())
    holds: Holds = (
        "yes" if k.low <= 1 <= k.high or 0.9 <= k.value <= 1.1 else "doubtful" if k.value < 2 else "no"
    )
    pattern = "in clumps" if k.value < 1 else "at regular intervals"
    words = (
        "Purchases look like a Poisson process, as the laws assume."
        if holds == "yes"
        else f"Purchases come {pattern} (a Poisson process has k = 1), so P(alive) reacts too "
        + ("fast to a silence." if k.value < 1 else "slowly to a silence.")
    )
    return _row(name, holds, statistic, k, words)


def _one_time(table: pd.DataFrame) -> dict[str, Any]:
    share = float((table["frequency"] == 0).mean())
    estimate = Estimate(share, math.nan, math.nan, len(table))
    words = (
        f"{share:.0%} bought once. BG/NBD holds P(alive) = 1 for each of them, for ever; "
        'model="mbg-nbd" and model="pareto-nbd" let one-time buyers leave.'
    )
    return _row(
        "one-time buyers may leave as well",
        "no" if share > 0 else "yes",
        "share of one-time buyers",
        estimate,
        words,
    )


def _young(table: pd.DataFrame, gaps: pd.DataFrame, unit: Unit) -> dict[str, Any]:
    name, statistic = "customers were observed long enough", "share observed less than a typical gap"
    if len(gaps) < ENOUGH:
        return _row(
            name,
            "unknown",
            statistic,
            None,
            f"Only {len(gaps)} customers bought again: wait, or add history.",
        )
    typical = float(gaps["first"].median())
    young = float((table["T"] < typical).mean())
    holds: Holds = "no" if young > YOUNG else "doubtful" if young > YOUNG / 2 else "yes"
    words = (
        f"The median gap between the first two purchases is {typical:.1f} {unit}; {young:.0%} of the customers were "
        "observed for less than that"
        + (" and cannot have shown whether they return." if holds != "yes" else ".")
    )
    return _row(name, holds, statistic, Estimate(young, math.nan, math.nan, len(table)), words)


def _row(check: str, holds: Holds, statistic: str, estimate: Estimate | None, finding: str) -> dict[str, Any]:
    value, low, high = (math.nan,) * 3 if estimate is None else (estimate.value, estimate.low, estimate.high)
    return {"check": check, "holds": holds, "statistic": statistic, "value": value, "low": low, "high": high,
            "finding": finding}  # fmt: skip


def _gaps(tx: Any, end: int) -> pd.DataFrame:
    """First and second gap, in days, of every customer who bought again; the second is missing after two purchases."""
    days = to_pandas(leave(purchase_days(tx, end).select("customer_id", nw.col("day"))))
    code, _ = pd.factorize(days["customer_id"])  # ids of mixed types do not sort; their numbers do
    visits = pd.DataFrame({"customer": code, "day": days["day"].to_numpy()}).sort_values(["customer", "day"])
    gap = visits.groupby("customer")["day"].diff().dropna()
    customer = visits["customer"].loc[gap.index]
    order = gap.groupby(customer).cumcount()
    first, second = (gap[order == k].set_axis(customer[order == k]) for k in (0, 1))
    return pd.DataFrame({"first": first, "second": second.reindex(first.index)}, dtype=float)
