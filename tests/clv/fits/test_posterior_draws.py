"""Draws of the parameters follow the posterior: compared with a long NUTS run under the same priors."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
from scipy import stats

import clv
import rfm
from clv._fits.data import FitData
from clv._fits.posterior import TRUSTED
from clv._fits.posterior_draws import ENOUGH, FREEDOM, MOST, Student, draw, latin
from clv._fits.prior import Prior
from clv._laws.registry import fitted_laws

LAWS = fitted_laws()

NUTS = json.loads((Path(__file__).parents[2] / "oracles" / "nuts.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def summary():
    return clv.summarize(rfm.datasets.cdnow_sample(), unit="W", end="1997-09-30")


@pytest.mark.parametrize("law", ["bg-nbd", "gamma-gamma"])
@pytest.mark.parametrize("proposals", [1_000, pytest.param(10_000, marks=pytest.mark.slow)])
def test_means_and_quantiles_are_those_of_a_long_nuts_run(law, proposals, summary):
    law_class, truth = LAWS[law], NUTS[law]
    data = FitData.read(law_class, summary)
    drawn = draw(law_class, data, 16, np.random.default_rng(3), proposals=proposals)
    effective = 1 / np.sum(drawn.weights**2)
    assert drawn.k_hat < TRUSTED
    assert effective > 0.6 * proposals
    for name, *found in zip(
        law_class.parameters, drawn.mean(), drawn.quantile(0.05), drawn.quantile(0.95), strict=True
    ):
        for (value, error), ours in zip(
            (truth[name][key] for key in ("mean", "q05", "q95")), found, strict=True
        ):
            # Monte Carlo errors of both: ours is NUTS's, scaled to our effective number of draws.
            combined = error * np.sqrt(1 + truth[name]["ess_bulk"] / effective)
            assert ours == pytest.approx(value, abs=4 * combined), name


def test_laws_are_drawn_in_the_units_of_the_data(summary):
    drawn = draw(clv.BGNBD, FitData.read(clv.BGNBD, summary), 200, np.random.default_rng(4))
    rates = [law.r / law.alpha for law in drawn.laws]
    assert np.mean(rates) == pytest.approx(0.243 / 4.43, rel=0.02)
    assert len(drawn.laws) == 200


def test_the_seed_decides(summary):
    data = FitData.read(clv.GammaGamma, summary)
    one, two, other = (draw(clv.GammaGamma, data, 8, np.random.default_rng(seed)).laws for seed in (1, 1, 2))
    assert one == two
    assert one != other


def test_few_customers_are_less_sure(summary):
    few = summary.sample(300, random_state=1)
    many, some = (
        draw(clv.BGNBD, FitData.read(clv.BGNBD, table), 16, np.random.default_rng(5))
        for table in (summary, few)
    )
    spread = [np.log(drawn.quantile(0.95) / drawn.quantile(0.05)) for drawn in (many, some)]
    assert (spread[1] > 1.5 * spread[0]).all()


def points_of(prior, mean_T, count, rng):
    """BG/NBD's parameters (4, count) as the prior has them: a mean and a concentration of each distribution."""
    rate = np.exp(prior.mean_spread * rng.standard_normal(count)) / mean_T
    r = prior.shape[0] * np.exp(prior.shape[1] * rng.standard_normal(count))
    share = rng.random(count)
    both = prior.concentration[0] * np.exp(prior.concentration[1] * rng.standard_normal(count))
    return np.stack([r, r / rate, share * both, (1 - share) * both])


@pytest.mark.parametrize(
    "prior",
    [None, Prior(mean_spread=0.3, shape=(2.0, 0.2), concentration=(5.0, 0.3))],
    ids=["weak", "strong"],
)
def test_few_customers_have_the_posterior_of_the_prior_weighed_by_the_likelihood(prior, summary):
    few = summary.sample(30, random_state=2)
    x, t_x, T = (few[name].to_numpy(float) for name in ("frequency", "recency", "T"))
    points = points_of(prior or Prior(), T.mean(), 12_000, np.random.default_rng(6))
    likely = np.zeros(points.shape[1])
    for customer in zip(x, t_x, T, strict=True):
        likely += clv.BGNBD(*points).log_likelihood(*customer)
    weight = np.exp(likely - likely.max())
    weight /= weight.sum()
    logs = np.log(points)
    known = logs @ weight
    error = np.sqrt((logs - known[:, None]) ** 2 @ weight**2)
    spread = np.sqrt((logs - known[:, None]) ** 2 @ weight)

    drawn = draw(clv.BGNBD, FitData.read(clv.BGNBD, few), 200, np.random.default_rng(7), prior)
    assert len(drawn.theta) == MOST  # for few rows
    found = drawn.weights @ drawn.theta
    ours = np.sqrt(drawn.weights**2 @ (drawn.theta - found) ** 2)
    assert (np.abs(found - known) < 4 * np.hypot(error, ours)).all()
    assert np.sqrt(drawn.weights @ (drawn.theta - found) ** 2) == pytest.approx(spread, rel=0.25)
    of_laws = np.array([law.log_parameters for law in drawn.laws])
    assert (np.abs(of_laws.mean(axis=0) - known) < 0.3 * spread).all()


SCALE = np.array([[2.0, 0.6, 0.0], [0.6, 1.0, -0.3], [0.0, -0.3, 0.5]])
CENTRE = np.array([1.0, -2.0, 0.5])


def test_proposals_have_scipys_multivariate_t_density():
    points = np.random.default_rng(8).normal(0, 2, (50, 3))
    for centre, scale in ((CENTRE, SCALE), (np.zeros(3), 0.01 * SCALE)):
        apart = Student(centre, scale).log_density(points) - Student(np.zeros(3), np.eye(3)).log_density(
            points
        )
        known = [
            stats.multivariate_t(loc, shape, df=FREEDOM).logpdf(points)
            for loc, shape in ((centre, scale), (np.zeros(3), np.eye(3)))
        ]
        assert apart == pytest.approx(known[0] - known[1])


def test_proposals_are_drawn_from_their_density():
    points = Student(CENTRE, SCALE).sample(4_000, np.random.default_rng(9))
    for axis in range(3):
        standard = (points[:, axis] - CENTRE[axis]) / np.sqrt(SCALE[axis, axis])
        assert stats.kstest(standard, stats.t(FREEDOM).cdf).statistic < 1.63 / np.sqrt(4_000)  # 1%
    away = np.linalg.solve(np.linalg.cholesky(SCALE), (points - CENTRE).T)
    assert stats.kstest((away**2).mean(axis=0), stats.f(3, FREEDOM).cdf).statistic < 1.63 / np.sqrt(4_000)


def test_a_proposal_moves_to_weighted_points_if_these_are_enough():
    start = Student(np.zeros(3), np.eye(3))
    points = np.random.default_rng(10).normal(0, 2, (int(ENOUGH * 3), 3))
    equal = np.full(len(points), 1 / len(points))
    moved = start.moved(points, equal)
    assert moved.centre == pytest.approx(points.mean(axis=0))
    assert moved.scale == pytest.approx(np.cov(points.T, bias=True))
    fewer = np.where(np.arange(len(points)) == 0, 0.0, 1 / (len(points) - 1))
    assert start.moved(points, fewer) is start
    uneven = np.linspace(1, 9, 200)
    many = np.random.default_rng(11).normal(0, 2, (200, 3))
    weighed = start.moved(many, uneven / uneven.sum())
    assert weighed.scale == pytest.approx(np.cov(many.T, aweights=uneven, bias=True))


def test_a_latin_hypercube_has_one_point_in_each_part_of_each_coordinate():
    points = latin(50, 3, np.random.default_rng(12))
    assert (np.sort(np.floor(points * 50), axis=0) == np.arange(50)[:, None]).all()
    assert ((points > 0) & (points < 1)).all()
