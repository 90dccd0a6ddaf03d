"""Learning: factors are found again, shrunk by their evidence, and their uncertainty is what it says."""

from __future__ import annotations

import numpy as np
import pytest

import clv
from clv._fits.data import FitData
from clv._season.clock import Clock
from clv._season.cycle import basis, factors_of, slot_of
from clv._season.learning import expected_repeats, learn, regress
from clv._season.season import Season
from clv._season.shop_days import ShopDays

DAYS = 18_000 + np.arange(3 * 365)
TRUE = np.where(np.arange(12) >= 10, np.log(3.0), 0.0) - np.log(3.0) / 6


def counts(rng: np.random.Generator, level: float, shape: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Purchases by day, and those expected without a season: they decline, and the law does not know by how much."""
    usual = np.full(len(DAYS), level)
    decline = np.exp(-0.3 * (DAYS - DAYS[0]) / 365)
    return rng.poisson(usual * decline * np.exp(shape)[slot_of(DAYS)]).astype(float), usual


def test_intervals_of_months_hold_nine_times_out_of_ten() -> None:
    rng, inside = np.random.default_rng(0), []
    log_true = np.log(factors_of("month", TRUE))[[15 + 30 * m for m in range(12)]]
    for _ in range(25):
        found = regress("month", DAYS, *counts(rng, 20.0, basis("month") @ TRUE))
        drawn = rng.multivariate_normal(found.coefficients, found.covariance, 300)
        logs = np.log(factors_of("month", drawn))[:, [15 + 30 * m for m in range(12)]]
        low, high = np.quantile(logs, [0.05, 0.95], axis=0)
        inside.append((low <= log_true) & (log_true <= high))
    assert 0.85 < np.mean(inside) < 0.95  # 300 intervals, not independent within a replicate


@pytest.mark.parametrize("shape", ["month", "week"])
def test_a_decline_is_not_read_as_a_season(shape: str) -> None:
    rng = np.random.default_rng(1)
    apart, freedom = [], []
    for _ in range(10):
        found = regress(shape, DAYS, *counts(rng, 20.0, np.zeros(366)))
        apart.append(np.abs(np.log(factors_of(shape, found.coefficients))).max())
        freedom.append(found.freedom)
    assert np.mean(apart) < 0.04  # single months, unshrunk, have a standard error of .04 and a largest of .09
    assert np.mean(freedom) < 3


def test_factors_are_shrunk_by_their_evidence() -> None:
    """With a purchase a week they are nearer to the truth than unshrunk ones, with many they are as near."""
    truth = np.log(factors_of("month", TRUE))
    for level, gain in ((0.15, 0.9), (50.0, 1.05)):
        rng, errors = np.random.default_rng(2), []
        for _ in range(12):
            came, usual = counts(rng, level, basis("month") @ TRUE)
            found = regress("month", DAYS, came, usual)
            month = np.eye(12)[(DAYS.astype("datetime64[D]").astype("datetime64[M]").astype(int)) % 12]
            plain = np.log(
                (month.T @ came + 0.5) / (month.T @ usual)
            )  # of whole years, so that no trend disturbs it
            unshrunk = np.log(factors_of("month", plain))
            errors.append([((np.log(factors_of("month", found.coefficients)) - truth) ** 2).mean(),
                           ((unshrunk - truth) ** 2).mean()])  # fmt: skip
        shrunk, raw = np.sqrt(np.mean(errors, axis=0))
        assert shrunk < gain * raw


def test_months_that_differ_between_years_count_for_less() -> None:
    rng = np.random.default_rng(3)
    came, usual = counts(rng, 50.0, basis("month") @ TRUE)
    month = DAYS.astype("datetime64[D]").astype("datetime64[M]").astype(int)
    differ = np.exp(rng.normal(0, 0.2, month.max() + 1))[month]
    noisy = rng.poisson(usual * differ * np.exp(basis("month") @ TRUE)[slot_of(DAYS)]).astype(float)
    calm, stormy = (regress("month", DAYS, purchases, usual) for purchases in (came, noisy))
    apart = np.eye(12) - 1 / 12  # differences between months; their level is that of the trend
    assert np.trace(apart @ stormy.covariance) > 3 * np.trace(apart @ calm.covariance)


def test_a_curve_by_week_follows_a_single_week() -> None:
    peak = np.where(np.abs(np.arange(366) - 330) <= 7, np.log(3.0), 0.0)
    found = regress("week", DAYS, *counts(np.random.default_rng(4), 50.0, peak))
    factors = factors_of("week", found.coefficients)
    usual = np.exp(np.log(factors[60:300]).mean())
    # waves of two weeks and more swing beyond a step and back; over the two weeks of the peak the mean is right
    assert np.exp(np.log(factors[323:338]).mean()) / usual == pytest.approx(3.0, rel=0.15)
    assert np.log(factors[60:300] / usual).std() < 0.06


def test_expected_repeats_are_the_laws_in_the_seasons_time(christmas: Season) -> None:
    law = clv.BGNBD(r=0.8, alpha=9.0, a=0.7, b=2.5)
    firsts = np.zeros(700)
    firsts[[0, 10, 350]] = [5.0, 3.0, 4.0]
    days = ShopDays(18_000, firsts, np.zeros(700))
    found = expected_repeats(law, days, christmas, 7.0)
    clock = Clock(christmas, 18_000 + 699, 7.0)
    for end in (69, 349, 699):  # whole weeks, for which the law is evaluated
        exact = sum(
            firsts[d] * float(law.expected_purchases(clock.ahead(18_000 + d, np.array([float(end - d)]))[0]))
            for d in (0, 10, 350)
            if d < end
        )
        assert found[: end + 1].sum() == pytest.approx(exact, rel=1e-6)
    assert found[302] / found[303] == pytest.approx(1.0, rel=0.05)  # 13 and 14 February 2020
    nobody = ShopDays(18_000, np.zeros(10), np.zeros(10))
    assert (expected_repeats(law, nobody, christmas, 7.0) == 0).all()


def test_a_closed_week_is_no_evidence_for_a_season(christmas: Season) -> None:
    rng, length = np.random.default_rng(6), 3 * 364
    law = clv.BGNBD(r=0.8, alpha=9.0, a=0.7, b=2.5)
    closed = Season.from_factors({str(np.datetime64(18_100 + k, "D")): 0.0 for k in range(25)})
    joined = np.zeros(length)
    joined[::7] = 20.0
    days = ShopDays(18_000, joined, np.zeros(length))
    came = rng.poisson(expected_repeats(law, days, closed, 7.0)).astype(float)
    n = 2_000
    sim = law.simulate(np.full(n, 150.0), rng)  # histories of the law: only its fit is needed
    data = FitData(("frequency", "recency", "T"), (sim.x, sim.t_x, sim.T), np.ones(n))
    found = learn(clv.BGNBD, data, ShopDays(18_000, joined, came), "month", closed, 7.0)
    assert found.dated == closed.dated
    assert np.abs(np.log(found.by_month)).max() < 0.1
