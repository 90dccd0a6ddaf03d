"""The process behind the log errors of totals, and what earlier errors say of the next ones.

The log error of a total over a time is modelled as the sum of

- a *bias* of the law on this log, which may grow with the time ahead: (b₀ + b₁ (t/26 weeks)^.75)/√2 on average until t;
- *shocks* of the shop that pass, which the law takes for luck: an Ornstein-Uhlenbeck process whose memory is 4 weeks,
  averaged over the time;
- a *season* that the law does not know: a curve that repeats every year, of four harmonics;
- *drift* of the shop's level: a random walk, averaged over the time, less its mean over the 4 weeks before the origin,
  since the law has learned the level until then;
- and the law's own noise, whose standard deviation is known.

All four are Gaussian with one scale each. All times overlap as they do: the covariance of any two errors
follows from the process, so that overlapping totals count for what they are worth.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.special import ndtr

__all__ = ["Errors", "Learned", "Scales", "Windows"]

Array = NDArray[np.float64]

CELL: Final = 7.0  # days; the shop's level is followed from week to week
MEMORY: Final = 28.0  # days after which e⁻¹ of a shock is left
BEFORE: Final = 28.0  # days before an origin in which the law has learned the level
AHEAD, POWER = 182.0, 0.75  # the time at which both parts of the bias are equal, and how the second one grows
YEAR: Final = 365.25
HARMONICS: Final = (1.0, 0.7, 0.5, 0.35)  # variances of a season's waves of a year, half a year, …
ROUNDING: Final = 1e-8  # of variance
NUGGET: Final = 1e-5  # of variance: rounding, and the Poisson noise of a total that is predicted exactly
SPREADS: Final = 2.0  # of a scale's prior, on both sides, that the grid covers
POINTS: Final = 5  # of the grid, for each scale
MOST: Final = POINTS**4  # scales that a distribution is a mixture over
RARE: Final = 1e-6  # probability below which one of them is left out
LOW, HIGH = -12.0, 12.0  # standard deviations in which a quantile is looked for
HALVINGS: Final = 60
FINE: Final = 1_001  # places of a distribution function


@dataclass(frozen=True)
class Scales:
    """The prior of the four scales: medians, and the standard deviations of their logarithms.

    Parameters
    ----------
    bias, shocks, season, drift : float
        Medians of standard deviations of log errors: of the bias 26 weeks ahead, of a week's shock, of a day in the
        season, and of the drift in a year.
    spread : float
        Standard deviation of the logarithm of each.
    """

    bias: float
    shocks: float
    season: float
    drift: float
    spread: float

    @cached_property
    def grid(self) -> tuple[Array, Array]:
        """Scales (g, 4), and the logarithms of their prior probabilities (g,)."""
        z = np.linspace(-SPREADS, SPREADS, POINTS)
        places = np.stack(np.meshgrid(z, z, z, z, indexing="ij"), axis=-1).reshape(-1, 4)
        log_prior = -0.5 * (places**2).sum(axis=1)
        medians = np.array([self.bias, self.shocks, self.season, self.drift])
        return medians * np.exp(self.spread * places), log_prior - np.log(np.exp(log_prior).sum())


@dataclass(frozen=True)
class Windows:
    """Times in which totals were or will be counted: arrays of shape (n,), in days.

    Parameters
    ----------
    origin : ndarray
        The last day that the law knew.
    begin, end : ndarray
        Days after it between which purchases count.
    """

    origin: Array
    begin: Array
    end: Array

    def __len__(self) -> int:
        return len(self.origin)

    def take(self, rows: NDArray[np.int64]) -> Windows:
        """Some of them."""
        return Windows(self.origin[rows], self.begin[rows], self.end[rows])

    def with_others(self, others: Windows) -> Windows:
        """These and others."""
        pairs = zip(self.parts, others.parts, strict=True)
        return Windows(*(np.concatenate(pair) for pair in pairs))

    @property
    def parts(self) -> tuple[Array, Array, Array]:
        """The three arrays."""
        return self.origin, self.begin, self.end

    @property
    def bias(self) -> Array:
        """What both parts of the bias add to each error, (n, 2)."""
        until = [self.end * (self.end / AHEAD) ** POWER, self.begin * (self.begin / AHEAD) ** POWER]
        grown = (until[0] - until[1]) / (self.end - self.begin)
        return np.asarray(np.column_stack([np.ones(len(self)), grown]) / np.sqrt(2.0))

    @property
    def shared_noise(self) -> Array:
        """Correlations of the customers' luck, (n, n): by the days that two times have in common."""
        start, stop = self.origin + self.begin, self.origin + self.end
        common = np.minimum(stop[:, None], stop) - np.maximum(start[:, None], start)
        length = stop - start
        return np.asarray(np.maximum(common, 0.0) / np.sqrt(length[:, None] * length))

    @property
    def same_origin(self) -> Array:
        """1 where two times come after one origin, else 0, (n, n)."""
        return np.asarray(self.origin[:, None] == self.origin, dtype=float)

    def components(self) -> Array:
        """Covariances of bias, shocks, season and drift with scales of 1, (4, n, n)."""
        start = float(self.origin.min()) - BEFORE
        cells = int(np.ceil((float((self.origin + self.end).max()) - start) / CELL)) + 1
        left: Array = start + CELL * np.arange(cells, dtype=float)
        ahead = _mean_over(left, self.origin + self.begin, self.origin + self.end)
        gone = ahead - _mean_over(left, self.origin - BEFORE, self.origin)
        apart = np.abs(left[:, None] - left)
        shocks = ahead @ np.exp(-apart / MEMORY) @ ahead.T
        season = ahead @ _yearly(apart) @ ahead.T
        drift = -0.5 * gone @ apart @ gone.T / YEAR  # of a random walk, since the rows of `gone` add up to 0
        return np.array([self.bias @ self.bias.T, shocks, season, drift])


def _yearly(apart: Array) -> Array:
    """Correlation of a curve that repeats every year, at two days that lie so many days apart."""
    turn = 2 * np.pi * apart / YEAR
    found = sum(weight * np.cos((k + 1) * turn) for k, weight in enumerate(HARMONICS))
    return np.asarray(found / sum(HARMONICS))


def _mean_over(left: Array, begin: Array, end: Array) -> Array:
    """Weights of cells in the mean over each time, (n, cells)."""
    inside = np.minimum(left + CELL, end[:, None]) - np.maximum(left, begin[:, None])
    return np.asarray(np.maximum(inside, 0.0) / (end - begin)[:, None], dtype=float)


def _likeliest(log_weight: Array, most: int) -> tuple[NDArray[np.int64], Array]:
    """The scales that count, and their probabilities."""
    weight = np.exp(log_weight - log_weight.max())
    weight /= weight.sum()
    kept = np.flatnonzero(weight > RARE)
    weight = weight[kept] / weight[kept].sum()
    if len(kept) <= most:
        return kept, weight
    drawn = np.searchsorted(np.cumsum(weight), (np.arange(most) + 0.5) / most)
    place, times = np.unique(np.minimum(drawn, len(kept) - 1), return_counts=True)
    return kept[place], times / most


@dataclass(frozen=True)
class Learned:
    """The distribution of errors to come: a mixture of Gaussian ones over the grid of scales.

    Parameters
    ----------
    weight : ndarray of shape (g,)
        Probabilities of the scales.
    mean : ndarray of shape (g, m)
        Of m log errors.
    covariance : ndarray of shape (g, m, m)
        Of them.
    """

    weight: Array
    mean: Array
    covariance: Array

    @property
    def expected(self) -> Array:
        """The mean log errors, (m,)."""
        return np.asarray(self.weight @ self.mean)

    def quantiles(self, levels: Array, noise: Array | None = None) -> Array:
        """Of each log error, (m, levels); with `noise`, variances (m,) of the law's own, added to them."""
        variance = np.einsum("gmm->gm", self.covariance) + (0.0 if noise is None else noise)
        sd = np.sqrt(np.maximum(variance, 1e-300))
        low = np.repeat((self.mean + LOW * sd).min(axis=0)[:, None], len(levels), axis=1)
        high = np.repeat((self.mean + HIGH * sd).max(axis=0)[:, None], len(levels), axis=1)
        for _ in range(HALVINGS):
            middle = (low + high) / 2
            below = ndtr((middle[None] - self.mean[:, :, None]) / sd[:, :, None])
            less = np.einsum("g,gml->ml", self.weight, below) < levels
            low, high = np.where(less, middle, low), np.where(less, high, middle)
        return np.asarray((low + high) / 2)

    def _evenly(self, size: int) -> Array:
        """Quantiles of a single log error at levels that are evenly apart, (size,), from its distribution function."""
        levels = (np.arange(size) + 0.5) / size
        low, high = self.quantiles(levels[[0, -1]])[0]
        error = np.linspace(low, high, FINE)
        sd = np.sqrt(np.maximum(self.covariance[:, 0, 0], 1e-300))
        below = self.weight @ ndtr((error - self.mean[:, :1]) / sd[:, None])
        return np.asarray(np.interp(levels, below, error))

    def draws(self, size: int, rng: np.random.Generator) -> Array:
        """Equally likely log errors, (size, m); of a single one its quantiles, in a random order."""
        if self.mean.shape[1] == 1:
            return np.asarray(rng.permutation(self._evenly(size))[:, None])
        chosen = np.searchsorted(np.cumsum(self.weight), (rng.permutation(size) + 0.5) / size)
        chosen = np.minimum(chosen, len(self.weight) - 1)
        found = np.empty((size, self.mean.shape[1]))
        for scale in np.unique(chosen):
            rows = np.flatnonzero(chosen == scale)
            # A thousand times faster than by eigenvalues, which wait for other threads.
            root = np.linalg.cholesky(self.covariance[scale] + ROUNDING * np.eye(found.shape[1]))
            found[rows] = self.mean[scale] + rng.standard_normal((len(rows), len(root))) @ root.T
        return found


@dataclass(frozen=True)
class Errors:
    """Log errors of the past, arrays of shape (n,).

    Parameters
    ----------
    windows : Windows
        In which the totals were counted.
    error, noise : ndarray of shape (n,)
        The log errors, and the standard deviations of the law's own noise.
    doubt : ndarray of shape (n,)
        The part of the noise that is due to the estimated parameters, which all times after an origin share.
    """

    windows: Windows
    error: Array
    noise: Array
    doubt: Array

    def take(self, rows: NDArray[np.int64]) -> Errors:
        """Some of them."""
        return Errors(self.windows.take(rows), self.error[rows], self.noise[rows], self.doubt[rows])

    def log_likelihood(self, scales: Array) -> Array:
        """Of the errors at each row of scales, (g,)."""
        root = self._roots(scales)
        return self._log_likelihood(root, self._whitened(root))

    def ahead(self, windows: Windows, prior: Scales, most: int = MOST) -> Learned:
        """What these errors say of those in other times; by at most so many scales, of many by equally likely ones."""
        scales, log_prior = prior.grid
        n, both = len(self.error), self.windows.with_others(windows)
        parts = both.components()
        root = self._roots(scales, parts[:, :n, :n])
        z = self._whitened(root)
        kept, weight = _likeliest(log_prior + self._log_likelihood(root, z), most)
        scales, root, z = scales[kept], root[kept], z[kept]
        across = np.linalg.solve(root, np.einsum("gk,kij->gij", scales**2, parts[:, :n, n:]))
        own = np.einsum("gk,kij->gij", scales**2, parts[:, n:, n:])
        mean = np.einsum("gnm,gn->gm", across, z[:, :, 0])
        return Learned(weight, mean, own - np.einsum("gni,gnj->gij", across, across))

    def _roots(self, scales: Array, parts: Array | None = None) -> Array:
        """Cholesky factors of the errors' covariances, (g, n, n)."""
        parts = self.windows.components() if parts is None else parts
        luck = np.sqrt(np.maximum(self.noise**2 - self.doubt**2, 0.0))
        noise = self.windows.shared_noise * np.outer(luck, luck)
        noise += self.windows.same_origin * np.outer(self.doubt, self.doubt)
        noise[np.diag_indices(len(noise))] += NUGGET
        return np.asarray(np.linalg.cholesky(np.einsum("gk,kij->gij", scales**2, parts) + noise))

    def _whitened(self, root: Array) -> Array:
        """The errors in standard deviations, without correlation, (g, n, 1)."""
        many = np.broadcast_to(self.error, root.shape[:2])[:, :, None]
        return np.asarray(np.linalg.solve(root, many), dtype=float)

    @staticmethod
    def _log_likelihood(root: Array, z: Array) -> Array:
        return np.asarray(
            -0.5 * (z[:, :, 0] ** 2).sum(axis=1) - np.log(np.einsum("gnn->gn", root)).sum(axis=1)
        )
