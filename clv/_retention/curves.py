"""Curves of a fitted law: survival and retention by age, with intervals, beside what was seen."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from clv._numerics import Array, central_interval
from clv._retention.retention_fit import RetentionFit
from clv._retention.retention_law import RetentionLaw

__all__ = ["Curve", "backtest_rows", "curve_of", "observed", "retention_rows", "survival_rows"]


@dataclass(frozen=True)
class Curve:
    """Survival S(0), …, S(T) at the estimates, (T + 1,), and at the draws, (T + 1, m)."""

    survival: Array
    drawn: Array

    @property
    def retention(self) -> Array:
        """S(t)/S(t − 1) at the estimates, (T,)."""
        return _ratios(self.survival)

    @property
    def drawn_retention(self) -> Array:
        """The same at the draws, (T, m)."""
        return _ratios(self.drawn)


def _ratios(survival: Array) -> Array:
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.where(survival[:-1] > 0, survival[1:] / survival[:-1], 0.0))


def curve_of(fit: RetentionFit, periods: int) -> Curve:
    """The curve of a group: with covariates the mean over its contracts."""
    coded, weights = fit.counts.members()
    at, drawn = fit.laws(coded)
    t = np.arange(periods + 1.0)
    share = weights / weights.sum()
    if not coded.shape[1]:
        return Curve(_survival(at, t), _survival(drawn, t[:, None]))
    means = [(_survival(at, each) @ share, _survival(drawn, each) @ share) for each in t]
    return Curve(np.array([mean for mean, _ in means]), np.stack([mean for _, mean in means]))


def _survival(law: RetentionLaw, t: Array | float) -> Array:
    return np.asarray(law.survival(t), dtype=float)


def observed(fit: RetentionFit, periods: int) -> tuple[Array, Array]:
    """Contracts at risk and lost at t = 1, …, T; NaN where none was seen."""
    t, at_risk, lost = fit.counts.by_age()
    seen = np.full((2, periods + 1), np.nan)
    kept = t <= periods
    seen[:, t[kept]] = at_risk[kept], lost[kept]
    return seen[0, 1:], seen[1, 1:]


def product_limit(at_risk: Array, lost: Array) -> Array:
    """Kaplan–Meier's share that is left after each renewal, NaN from the first that nobody was seen at."""
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.asarray(np.cumprod(1 - lost / at_risk))


def retention_rows(fit: RetentionFit, periods: int, interval: float) -> pd.DataFrame:
    """Renewal by renewal: seen, estimated and its interval."""
    curve, (at_risk, lost) = curve_of(fit, periods), observed(fit, periods)
    low, high = central_interval(curve.drawn_retention.T, interval)
    return pd.DataFrame(
        {
            "period": np.arange(1, periods + 1),
            "at_risk": at_risk,
            "lost": lost,
            "observed": 1 - lost / at_risk,
            "retention": curve.retention,
            "low": low,
            "high": high,
        }
    )


def survival_rows(fit: RetentionFit, periods: int, interval: float) -> pd.DataFrame:
    """Period by period from 0: the share left, seen, estimated and its interval."""
    curve, (at_risk, lost) = curve_of(fit, periods), observed(fit, periods)
    low, high = central_interval(curve.drawn.T, interval)
    return pd.DataFrame(
        {
            "period": np.arange(periods + 1),
            "observed": np.concatenate([[1.0], product_limit(at_risk, lost)]),
            "survival": curve.survival,
            "low": low,
            "high": high,
        }
    )


def backtest_rows(
    calibrated: RetentionFit, whole: RetentionFit, fitted_on: int, interval: float, seed: int
) -> pd.DataFrame:
    """What a law fitted to the first periods projects, beside what happened.

    The bounds of later periods are those of what happens, given the share left after the first as it was: by the draws,
    and by as many renewals as came.
    """
    periods = int(whole.counts.t.max())
    curve, (at_risk, lost) = curve_of(calibrated, periods), observed(whole, periods)
    rng = np.random.default_rng([seed, 11])
    n = np.nan_to_num(at_risk[fitted_on:]).astype(np.int64)[:, None]
    chance = np.clip(curve.drawn_retention[fitted_on:], 0.0, 1.0)
    renewed = np.where(n > 0, rng.binomial(n, chance) / np.maximum(n, 1), chance)
    happened = product_limit(at_risk, lost)
    drawn = curve.drawn[1:].copy()
    drawn[fitted_on:] = happened[fitted_on - 1] * np.cumprod(renewed, axis=0)
    low, high = central_interval(drawn.T, interval)
    return pd.DataFrame(
        {
            "period": np.arange(1, periods + 1),
            "holdout": np.arange(1, periods + 1) > fitted_on,
            "at_risk": at_risk,
            "happened": happened,
            "predicted": curve.survival[1:],
            "low": low,
            "high": high,
        }
    )
