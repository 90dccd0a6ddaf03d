"""Customers are sorted into kinds, and each is in exactly one part."""

from __future__ import annotations

import numpy as np
import pytest

import clv
from clv._values.intervals import predictive_intervals
from clv._values.kinds import ALIKE, HALF, TABLES, Kinds

LAW = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
SPEND = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)


def customers(size: int, most: int, seed: int = 0):
    rng = np.random.default_rng(seed)
    x = np.floor(most * rng.random(size) ** 4)
    T = rng.integers(20, 60, size).astype(float)
    t_x = np.where(x > 0, np.ceil(T * rng.random(size)), 0.0)
    return x, t_x, T, np.where(x > 0, rng.integers(0, 3, size), 0.0)


@pytest.mark.parametrize(("size", "most", "draws"), [(0, 3, 1), (1, 1, 4), (3_000, 40, 1), (9_000, 900, 300)])
def test_each_kind_is_in_one_part(size, most, draws):
    x, t_x, T, known = customers(size, most)
    kinds = Kinds.of(LAW, x, t_x, T, known, None)
    pairs, rows, cells = [], [], []
    for part in kinds.parts(x, draws):
        level = x[kinds.pair_first[part.pairs]]
        assert 1 + level.max() <= ALIKE * (1 + level.min()) + 1e-9
        assert (1 + level / HALF).sum() * draws <= TABLES * (1 + 1e-9) + draws * (1 + most / HALF)
        row_first = kinds.row_first[part.rows]
        assert (kinds.pair_first[part.pairs][part.pair] == kinds.pair_first[kinds.row_pair[part.rows]]).all()
        for own, some, row, pair in part.of_known(kinds):
            first = kinds.cell_first[some]
            assert (known[first] == own).all()
            assert (t_x[row_first[row]] == t_x[first]).all()
            assert (x[kinds.pair_first[part.pairs][pair]] == x[first]).all()
            assert (T[kinds.pair_first[part.pairs][pair]] == T[first]).all()
            held, cell = kinds.customers(some)
            assert (kinds.cell[held] == some[cell]).all()
            cells.append(some)
        pairs.append(part.pairs)
        rows.append(part.rows)
    for found, expected in ((pairs, kinds.pair_first), (rows, kinds.row_first), (cells, kinds.cell_first)):
        assert sorted(np.concatenate([*found, np.empty(0, int)])) == list(range(len(expected)))
    assert (x[kinds.row_first][kinds.row] == x).all()
    assert (known[kinds.cell_first][kinds.cell] == known).all()


def test_one_law_and_a_mixture_of_it_have_the_same_bounds():
    """The scaled table of one law against the search for each customer of a mixture, in many parts."""
    x, t_x, T, known = customers(400, 60, seed=3)
    m = np.where(known > 0, np.random.default_rng(4).uniform(5, 80, len(x)), 0.0)
    options = {"horizon": 39.0, "mass": 0.9, "orders": known}
    one = predictive_intervals([(LAW, SPEND)], x, t_x, T, m, **options)
    two = predictive_intervals([(LAW, SPEND)] * 2, x, t_x, T, m, **options)
    for end in ("low", "high"):
        counts = getattr(one, f"purchases_{end}")
        assert counts.tolist() == getattr(two, f"purchases_{end}").tolist()
        np.testing.assert_allclose(getattr(one, f"spend_{end}"), getattr(two, f"spend_{end}"), rtol=2e-3)
    assert (one.spend_high > 0).any()
    assert (one.spend_high == 0).any()


def test_bounds_of_purchases_are_the_laws_own_quantiles():
    """Except where the distribution function is within 1e-6 of the level."""
    x, t_x, T, _ = customers(120, 80, seed=5)
    found = predictive_intervals([(LAW, None)], x, t_x, T, 0 * x, horizon=39.0, mass=0.9)
    n = np.arange(400)
    for i in range(len(x)):
        below = np.cumsum(LAW.conditional_pmf(n, 39.0, x[i], t_x[i], T[i]))
        for bound, level in ((found.purchases_low[i], 0.05), (found.purchases_high[i], 0.95)):
            assert below[int(bound)] >= level - 1e-6
            assert bound == 0 or below[int(bound) - 1] <= level + 1e-6


def test_bounds_of_spend_are_within_half_a_percent_of_the_laws_own_quantiles():
    x, t_x, T, _ = customers(60, 30, seed=6)
    m = np.where(x > 0, np.random.default_rng(7).uniform(5, 80, len(x)), 0.0)
    found = predictive_intervals([(LAW, SPEND)], x, t_x, T, m, horizon=39.0, mass=0.9)
    n = np.arange(1, 200)
    held = 0
    for i in np.flatnonzero(found.spend_high > 0):
        chance = LAW.conditional_pmf(n, 39.0, x[i], t_x[i], T[i])
        law = SPEND.posterior(x[i], m[i])
        for factor in (0.995, 1.005):
            beyond = float((chance * (1 - law.total_spend_cdf(found.spend_high[i] * factor, n))).sum())
            held += (beyond > 0.05) == (factor < 1)
    assert held == 2 * (found.spend_high > 0).sum()
    assert held >= 40
