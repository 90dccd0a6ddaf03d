"""Laws by covariates: the law of each kind of customer, and customers grouped by kind."""

from __future__ import annotations

import numpy as np
import pytest

import clv
from clv._laws.by_covariates import ByCovariates, Effect, Patterns, at, keys, members, plain, taken

LAW = clv.ParetoNBD(1.5, 40.0, 0.5, 50.0)
BOTH = ByCovariates(
    LAW,
    (Effect("purchase[web]", "purchase", 1, -1.0, "web"), Effect("dropout[age]", "dropout", 3, -1.0, "age")),
    (0.6, -0.02),
    ("age", "web"),
)
Z = np.array([[30.0, 0.0], [41.0, 1.0], [30.0, 0.0], [18.0, 1.0]])  # age, web


def test_a_covariate_multiplies_the_parameter_it_acts_on() -> None:
    law = BOTH.of(Z)
    assert law.alpha == pytest.approx(40.0 * np.exp(-0.6 * Z[:, 1]))
    assert law.beta == pytest.approx(50.0 * np.exp(0.02 * Z[:, 0]))
    assert (law.r, law.s) == (1.5, 0.5)
    one = BOTH.of(Z[1])
    assert (one.alpha, one.beta) == pytest.approx((40.0 * np.exp(-0.6), 50.0 * np.exp(0.82)))
    assert isinstance(one.alpha, float)


def test_two_effects_on_one_parameter_add_up() -> None:
    law = ByCovariates(
        clv.GammaGamma(6.0, 4.0, 15.0),
        tuple(Effect(f"spend[{name}]", "spend", 2, 1.0, name) for name in "ab"),
        (0.1, 0.2),
        ("a", "b"),
    )
    assert law.of(np.array([1.0, 1.0])).gamma == pytest.approx(15.0 * np.exp(0.3))
    assert law.log_parameters == pytest.approx([*np.log([6.0, 4.0, 15.0]), 0.1, 0.2])


def test_customers_of_one_kind_share_a_pattern_whatever_their_order() -> None:
    patterns = Patterns.of(Z)
    assert patterns.row.tolist() == [1, 2, 1, 0]
    assert patterns.table.tolist() == [[18.0, 1.0], [30.0, 0.0], [41.0, 1.0]]
    assert (patterns.z == Z).all()
    assert (Patterns.of(Z[::-1]).row == patterns.row[::-1]).all()
    assert (taken(patterns, np.array([3, 0])).z == Z[[3, 0]]).all()  # type: ignore[union-attr]
    assert [key.tolist() for key in keys(patterns)] == [[1, 2, 1, 0]]


def test_the_law_of_many_is_that_of_each() -> None:
    x, t_x, T = np.array([0.0, 2.0, 3.0, 1.0]), np.array([0.0, 30.0, 20.0, 4.0]), np.full(4, 60.0)
    many = np.asarray(at(BOTH, Patterns.of(Z)).p_alive(x, t_x, T))
    for row in range(4):
        beta = 50.0 * float(np.exp(0.02 * Z[row, 0]))
        law = clv.ParetoNBD(1.5, 40.0 * float(np.exp(-0.6 * Z[row, 1])), 0.5, beta)
        assert many[row] == pytest.approx(law.p_alive(x[row], t_x[row], T[row]), rel=1e-12)


def test_without_covariates_there_is_one_law() -> None:
    assert at(LAW, None) is LAW
    assert plain(LAW) is LAW
    assert plain(BOTH) is LAW
    assert keys(None) == ()
    assert taken(None, np.array([0])) is None
    assert Patterns.of(np.empty((3, 0))).row.tolist() == [0, 0, 0]


def test_members_differ_by_their_silence_only_where_the_law_reads_it() -> None:
    x, t_x, T = np.array([[2, 10, 30], [2, 20, 30], [2, 10, 30], [1, 10, 30.0]]).T
    first, place = members(clv.BGNBD(0.25, 4.0, 0.5, 2.0), x, t_x, T)
    assert (len(first), place[0] == place[1]) == (2, True)
    regular = clv.BGCNBD(0.25, 4.0, 0.5, 2.0, k=2)
    first, place = members(regular, x, t_x, T)
    assert (len(first), place[0] == place[1], place[0] == place[2]) == (3, False, True)
    first, _ = members(
        ByCovariates(regular, (), (), ()), x, t_x, T, Patterns.of(np.array([[0.0], [0], [1], [0]]))
    )
    assert len(first) == 4
