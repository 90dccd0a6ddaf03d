"""The process of errors against simulation: covariances of overlapping times, and the posterior by brute force."""

from __future__ import annotations

import numpy as np
import pytest
from scipy.optimize import brentq
from scipy.stats import norm

from clv._past_errors.error_process import Errors, Learned, Scales, Windows

# Times that overlap, touch, and lie apart; all begin at their origins but the last two.
ORIGIN = np.array([100.0, 100.0, 130.0, 177.0, 300.0, 300.0])
BEGIN = np.array([0.0, 0.0, 0.0, 0.0, 0.0, 60.0])
END = np.array([28.0, 182.0, 91.0, 91.0, 60.0, 200.0])
TIMES = Windows(ORIGIN, BEGIN, END)
PRIOR = Scales(bias=0.05, shocks=0.1, season=0.08, drift=0.15, spread=0.7)
WAVES = np.array([1.0, 0.7, 0.5, 0.35])  # variances of the season's harmonics, in proportion
NOISE, DOUBT = np.array([0.05, 0.03, 0.04]), np.array([0.03, 0.02, 0.01])


def simulated(paths: int, rng: np.random.Generator, times: Windows = TIMES) -> np.ndarray:
    """Bias, shocks, season and drift with scales of 1, (4, paths, n): followed week by week and averaged day by day."""
    start = int(times.origin.min()) - 28
    days = int((times.origin + times.end).max()) - start
    weeks = -(-days // 7)
    keep = np.exp(-7 / 28)
    shock = np.empty((paths, weeks))
    shock[:, 0] = rng.standard_normal(paths)
    for week in range(1, weeks):
        shock[:, week] = keep * shock[:, week - 1] + np.sqrt(1 - keep**2) * rng.standard_normal(paths)
    level = np.cumsum(rng.standard_normal((paths, weeks)) * np.sqrt(7 / 365.25), axis=1)
    two = rng.standard_normal((paths, 2))
    found = np.empty((4, paths, len(times)))
    turn = 2 * np.pi * np.outer(np.arange(1, 5), 7 * np.arange(weeks)) / 365.25
    wave = rng.standard_normal((2, paths, 4)) * np.sqrt(WAVES / WAVES.sum())
    season = wave[0] @ np.cos(turn) + wave[1] @ np.sin(turn)
    week_of = np.arange(days) // 7
    for k in range(len(times)):
        origin = int(times.origin[k]) - start
        inside = slice(origin + int(times.begin[k]), origin + int(times.end[k]))
        before = slice(origin - 28, origin)
        found[1, :, k] = shock[:, week_of[inside]].mean(axis=1)
        found[2, :, k] = season[:, week_of[inside]].mean(axis=1)
        found[3, :, k] = level[:, week_of[inside]].mean(axis=1) - level[:, week_of[before]].mean(axis=1)
        # Until t the bias adds t·(b₀ + b₁ (t/182)^.75)/√2 to the sum of daily errors.
        t = np.array([times.begin[k], times.end[k]])
        sums = t * (two[:, :1] + two[:, 1:] * (t / 182) ** 0.75) / np.sqrt(2)
        found[0, :, k] = (sums[:, 1] - sums[:, 0]) / (t[1] - t[0])
    return found


@pytest.fixture(scope="module")
def paths() -> np.ndarray:
    return simulated(30_000, np.random.default_rng(5))


@pytest.mark.parametrize("part", [0, 1, 2, 3], ids=["bias", "shocks", "season", "drift"])
def test_covariances_of_overlapping_times_are_those_of_simulated_paths(paths, part):
    exact, found = TIMES.components()[part], np.cov(paths[part].T)
    sd = np.sqrt(np.diag(exact))
    # The standard error of a covariance of Gaussian variables; the largest of 21 is below 4 of them.
    error = np.sqrt((np.outer(sd**2, sd**2) + exact**2) / paths.shape[1])
    assert (np.abs(found - exact) < 4 * error).all()


def test_the_error_of_a_time_is_the_mean_of_those_of_its_parts():
    origin, edges = np.full(4, 50.0), np.array([0.0, 28.0, 100.0, 182.0])
    times = Windows(origin, np.append(edges[:-1], 0.0), np.append(edges[1:], 182.0))
    weight = np.append(np.diff(edges) / 182, -1.0)
    for part in times.components():
        assert weight @ part @ weight == pytest.approx(0.0, abs=1e-12 * part.max())


def test_noise_of_overlapping_times_is_that_of_sums_of_independent_days():
    days = np.random.default_rng(1).standard_normal((20_000, 520))
    ranges = [slice(int(o + b), int(o + e)) for o, b, e in zip(ORIGIN, BEGIN, END, strict=True)]
    found = np.corrcoef(np.column_stack([days[:, inside].sum(axis=1) for inside in ranges]).T)
    assert found == pytest.approx(TIMES.shared_noise, abs=4 / np.sqrt(20_000))


TIMES_OVER = 5  # sets of scales that each path is read with


def brute_force(observed: np.ndarray, parts: np.ndarray, continuous: bool) -> tuple[np.ndarray, np.ndarray]:
    """Draws of errors to come and their weights: of all paths, those count that explain what was observed."""
    rng = np.random.default_rng(11)
    parts = np.tile(parts, (1, TIMES_OVER, 1))
    count = parts.shape[1]
    if continuous:
        z = rng.standard_normal((count, 4))
        scale = np.array([PRIOR.bias, PRIOR.shocks, PRIOR.season, PRIOR.drift]) * np.exp(PRIOR.spread * z)
    else:
        scales, log_prior = PRIOR.grid
        scale = scales[rng.choice(len(scales), count, p=np.exp(log_prior))]
    error = np.einsum("kpn,pk->pn", parts, scale)
    whiten = np.linalg.inv(np.linalg.cholesky(noise_covariance()))
    weight = np.exp(-0.5 * (((observed - error[:, :3]) @ whiten.T) ** 2).sum(axis=1))
    return error[:, 3:], weight / weight.sum()


def noise_covariance() -> np.ndarray:
    """Of the law's own noise in the first three times: luck by the days that they share, doubt by their origin."""
    luck = np.sqrt(NOISE**2 - DOUBT**2)
    found = np.diag(NOISE**2 + 1e-5)
    for i, j in ((0, 1), (0, 2), (1, 2)):
        low, high = max(ORIGIN[i], ORIGIN[j]), min((ORIGIN + END)[i], (ORIGIN + END)[j])
        found[i, j] = found[j, i] = max(high - low, 0) / np.sqrt(END[i] * END[j]) * luck[i] * luck[j]
        found[i, j] = found[j, i] = found[i, j] + (ORIGIN[i] == ORIGIN[j]) * DOUBT[i] * DOUBT[j]
    return found


def weighted_quantiles(values: np.ndarray, weight: np.ndarray, levels: np.ndarray) -> np.ndarray:
    order = np.argsort(values)
    return np.interp(levels, np.cumsum(weight[order]) - weight[order] / 2, values[order])


LEVELS = np.array([0.05, 0.25, 0.5, 0.75, 0.95])


@pytest.mark.parametrize("observed", [[0.02, -0.03, 0.0], [0.15, 0.12, 0.18]], ids=["small", "large"])
@pytest.mark.parametrize("continuous", [False, True], ids=["grid", "log-normal"])
def test_the_posterior_is_that_of_weighted_paths(paths, observed, continuous):
    """On the grid of scales, and nearly that of the log-normal prior which the grid stands for."""
    past = Errors(TIMES.take(np.arange(3)), np.array(observed), NOISE, DOUBT)
    learned = past.ahead(TIMES.take(np.arange(3, 6)), PRIOR)
    draws, weight = brute_force(np.array(observed), paths, continuous)
    used = 1 / (weight**2).sum()
    assert used > 500
    mean = weight @ draws
    sd = np.sqrt(weight @ (draws - mean) ** 2)
    allowed = 4 / np.sqrt(used) if not continuous else 4 / np.sqrt(used) + 0.05
    assert learned.expected == pytest.approx(mean, abs=float((allowed * sd).max()))
    exact = learned.quantiles(LEVELS)
    for k in range(3):
        found = weighted_quantiles(draws[:, k], weight, LEVELS)
        # Of a quantile: that of its level over the density, in standard deviations at most 3 times that of the mean.
        assert np.abs(found - exact[k]).max() < 3 * allowed * sd[k]


def mixture() -> Learned:
    mean = np.array([[0.1, 0.0], [-0.2, 0.3]])
    covariance = np.array([[[0.04, 0.01], [0.01, 0.09]], [[0.25, -0.1], [-0.1, 0.16]]])
    return Learned(np.array([0.7, 0.3]), mean, covariance)


def test_quantiles_are_the_roots_of_the_mixtures_distribution_function():
    learned, noise = mixture(), np.array([0.01, 0.04])
    found = learned.quantiles(LEVELS, noise)
    for k in range(2):
        sd = np.sqrt(learned.covariance[:, k, k] + noise[k])
        for level, quantile in zip(LEVELS, found[k], strict=True):
            root = brentq(
                lambda q, k=k, sd=sd, level=level: (
                    learned.weight @ norm.cdf(q, learned.mean[:, k], sd) - level
                ),
                -9,
                9,
            )
            assert quantile == pytest.approx(root, abs=1e-9)


def test_draws_of_one_error_are_its_quantiles():
    one = Learned(mixture().weight, mixture().mean[:, :1], mixture().covariance[:, :1, :1])
    drawn = np.sort(one.draws(400, np.random.default_rng(3))[:, 0])
    assert drawn == pytest.approx(one.quantiles((np.arange(400) + 0.5) / 400)[0], abs=0.01)


def test_draws_of_several_errors_have_the_mixtures_moments():
    learned = mixture()
    drawn = learned.draws(40_000, np.random.default_rng(4))
    mean = learned.expected
    apart = learned.mean - mean
    covariance = np.einsum(
        "g,gij->ij", learned.weight, learned.covariance + apart[:, :, None] * apart[:, None]
    )
    assert drawn.mean(axis=0) == pytest.approx(mean, abs=4 * np.sqrt(covariance.max() / 40_000))
    assert np.cov(drawn.T) == pytest.approx(covariance, abs=8 * covariance.max() / np.sqrt(40_000))


def test_the_log_likelihood_is_the_gaussian_one():
    past = Errors(TIMES.take(np.arange(3)), np.array([0.1, -0.05, 0.2]), NOISE, DOUBT)
    scales = np.array([[0.05, 0.1, 0.08, 0.15], [0.2, 0.01, 0.02, 0.3]])
    found = past.log_likelihood(scales)
    for row, value in zip(scales, found, strict=True):
        covariance = np.einsum("k,kij->ij", row**2, past.windows.components()) + noise_covariance()
        exact = -0.5 * (
            np.linalg.slogdet(covariance)[1] + past.error @ np.linalg.solve(covariance, past.error)
        )
        assert value == pytest.approx(exact, rel=1e-9)


def test_few_scales_stand_for_many():
    past = Errors(TIMES.take(np.arange(3)), np.array([0.1, -0.05, 0.2]), NOISE, DOUBT)
    ahead = TIMES.take(np.arange(3, 6))
    all_of_them, few = past.ahead(ahead, PRIOR), past.ahead(ahead, PRIOR, 40)
    assert len(few.weight) <= 40 < len(all_of_them.weight)
    width = np.ptp(all_of_them.quantiles(LEVELS), axis=1)
    assert np.abs(few.quantiles(LEVELS) - all_of_them.quantiles(LEVELS)).max() < 0.05 * width.max()


@pytest.mark.nightly
def test_intervals_hold_errors_of_shops_whose_scales_are_those_of_the_prior():
    """Ranks of the next error are uniform if the posterior is right, whatever the past says (Talts et al. 2018)."""
    rng, shops = np.random.default_rng(8), 400
    origin = np.repeat(np.array([100.0, 150.0, 200.0, 250.0]), 2)
    days = np.tile([28.0, 91.0], 4)
    times = Windows(np.append(origin, [360.0, 360.0]), np.zeros(10), np.append(days, [28.0, 182.0]))
    medians = np.array([PRIOR.bias, PRIOR.shocks, PRIOR.season, PRIOR.drift])
    scale = medians * np.exp(0.7 * rng.standard_normal((shops, 4)))
    error = np.einsum("kpn,pk->pn", simulated(shops, rng, times), scale)
    noise = np.full(8, 0.03)
    root = np.linalg.cholesky(times.shared_noise[:8, :8] * 0.03**2 + 1e-5 * np.eye(8))
    seen = error[:, :8] + rng.standard_normal((shops, 8)) @ root.T
    levels = np.array([0.05, 0.25, 0.75, 0.95])
    below = np.zeros((2, 4))
    for shop in range(shops):
        known = Errors(times.take(np.arange(8)), seen[shop], noise, 0 * noise).ahead(
            times.take(np.arange(8, 10)), PRIOR
        )
        below += error[shop, 8:, None] < known.quantiles(levels)
    assert below / shops == pytest.approx(np.tile(levels, (2, 1)), abs=3.5 * np.sqrt(0.25 / shops))
    held = (below[:, 3] - below[:, 0]) / shops
    assert (np.abs(held - 0.9) < 3.5 * np.sqrt(0.09 / shops)).all()
