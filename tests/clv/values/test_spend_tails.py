"""How much members of one x will spend: a mixture over numbers of orders, held against the law's own distribution."""

from __future__ import annotations

import numpy as np
import pytest

from clv._laws.bg_nbd import BGNBD
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.mbg_nbd import MBGNBD
from clv._values.spend_tails import FAR, Tails, count_table, tails

SPENDS = [GammaGamma(p=6.25, q=3.74, gamma=15.44), GammaGamma(p=2.0, q=9.0, gamma=60.0)]
ORDERS = np.array([0.5, 0.3, 0.0, 0.2])  # of 0, 1, 2 and 3 orders: nobody places two


@pytest.mark.parametrize("x", [0.0, 3.0, 40.0])
def test_the_tail_is_that_of_the_orders_mixed(x):
    """A customer of x orders of mean m: the law's posterior says what n orders are worth."""
    table = tails(np.tile(ORDERS, (2, 1, 1)), SPENDS, x)
    m = 30.0 if x else 0.0
    amounts = np.array([10.0, 30.0, 100.0, 250.0, 900.0])
    pair = np.zeros(len(amounts), dtype=np.int64)
    for draw, spend in enumerate(SPENDS):
        law = spend.posterior(x, m)
        known = sum(share * (1 - law.total_spend_cdf(amounts, n)) for n, share in enumerate(ORDERS) if n)
        log_u = np.log(amounts / spend.own_scale(x, m))
        assert table.spend_beyond(draw, pair, log_u) == pytest.approx(known, abs=2e-4)


@pytest.mark.parametrize("x", [0.0, 40.0])
def test_the_quantile_lies_on_the_line_between_points_where_the_tail_falls_to_a_chance(x):
    table = tails(np.tile(ORDERS, (2, 1, 1)), SPENDS, x)
    chances = np.geomspace(0.45, 0.001, 60)
    pair = np.zeros(len(chances), dtype=np.int64)
    for draw in range(2):
        found = table.spend_quantile(draw, pair, chances)
        assert found == pytest.approx(
            np.interp(chances, table.spends[draw, 0, ::-1], table.grid[::-1]), abs=1e-9
        )


def test_the_grid_holds_all_but_next_to_nothing_at_whole_steps():
    for x in (0.0, 3.0, 40.0):
        table = tails(np.tile(ORDERS, (2, 1, 1)), SPENDS, x)
        assert table.spends[:, :, 0] == pytest.approx(0.5, abs=2 * FAR)  # half have an order
        assert (table.spends[:, :, -1] < 2 * FAR).all()
        places = table.grid / table.step
        assert places == pytest.approx(np.round(places), abs=1e-6)
        assert np.diff(table.grid) == pytest.approx(table.step)
        assert table.step == pytest.approx(0.2 / np.sqrt(1 + x / 25))


def test_each_pair_and_draw_has_a_row_of_its_own():
    pmf = np.array(
        [[[1.0, 0.0], [0.2, 0.8]], [[0.6, 0.4], [0.0, 1.0]]]
    )  # two draws, two pairs, 0 or 1 orders
    table = tails(pmf, SPENDS, 0.0)
    far_below = np.full(2, table.grid[0])
    for draw in range(2):
        assert table.spend_beyond(draw, np.array([0, 1]), far_below) == pytest.approx(
            pmf[draw, :, 1], abs=1e-5
        )


def test_between_points_a_cubic_is_met_exactly_and_beyond_the_ends_the_tail_is_flat():
    """Catmull and Rom's cubics, of which a parabola is one."""
    grid = np.arange(9) * 0.5
    table = Tails((grid**2)[None, None], grid, 0.5)
    inside = np.linspace(0.5, 3.5, 50)
    pair = np.zeros(50, dtype=np.int64)
    assert table.spend_beyond(0, pair, inside) == pytest.approx(inside**2)
    assert table.spend_beyond(0, pair[:2], np.array([-3.0, 99.0])) == pytest.approx([0.0, 16.0], abs=1e-4)


def test_where_nobody_orders_nothing_is_spent():
    table = tails(np.array([[[1.0, 0.0, 0.0]]]), SPENDS[:1], 2.0)
    assert not table.spends.any()


def test_counts_are_the_laws_own_for_every_draw_and_time():
    draws = [BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426), MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614)]
    t_x, T = np.array([10.0, 30.0]), np.array([20.0, 38.0])
    table = count_table(draws, 4.0, t_x, T, 26.0)
    n = np.arange(table.shape[2])
    for law, of_draw in zip(draws, table, strict=True):
        for row, start, end in zip(of_draw, t_x, T, strict=True):
            known = law.conditional_pmf(n, 26.0, 4.0, start, end) / law.p_alive(4.0, start, end)
            assert row[1:] == pytest.approx(known[1:], abs=1e-7)
            assert row.sum() == pytest.approx(1, abs=1e-6)
