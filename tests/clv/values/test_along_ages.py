"""What is read off a polynomial in the age is what the law says at every age."""

from __future__ import annotations

import numpy as np
import pytest

import clv
from clv._values.along_ages import DENSE, along_ages, reads_ages
from clv._values.prediction import Terms, predict_columns

LAWS = [
    clv.BGNBD(r=0.243, alpha=30.9, a=0.793, b=2.426),
    clv.MBGNBD(r=0.525, alpha=43.3, a=0.891, b=1.614),
    clv.ParetoNBD(r=0.55, alpha=74.0, s=0.61, beta=82.0),
    clv.BGNBD(r=0.01, alpha=0.3, a=0.02, b=40.0),
    clv.ParetoNBD(r=8.0, alpha=900.0, s=0.05, beta=0.5),
    clv.GGompertzNBD(r=0.55, alpha=74.0, b=0.01, s=0.6, beta=4.0),
]


@pytest.mark.parametrize("law", LAWS, ids=lambda law: f"{law.name}-{law.r}")
def test_predictions_of_many_ages_are_those_of_each_alone(law):
    """Customers of one age at a time are few: the law itself is asked."""
    x = np.repeat([0.0, 1.0, 4.0, 25.0], 300)
    T = np.tile(np.linspace(1.0, 720.0, 300), 4)
    t_x = np.where(x > 0, 0.9 * T, 0.0)
    terms = Terms(horizon=365.0, delta=0.0003)
    spend = clv.GammaGamma(p=6.25, q=3.74, gamma=15.44)
    given = x, t_x, T, np.where(x > 0, 30.0, 0.0), np.zeros(len(x))
    together = predict_columns(law, spend, *given, terms)
    parts = [predict_columns(law, spend, *(c[k::10] for c in given), terms) for k in range(10)]
    for name in ("expected_purchases", "p_purchase", "clv"):
        alone = np.empty(len(x))
        for k, part in enumerate(parts):
            alone[k::10] = part[name]
        assert (alone > 0).all()
        np.testing.assert_allclose(together[name], alone, rtol=2e-11)


def counting(function):
    """The function, and how many ages it was asked for."""
    asked = []

    def counted(x, T):
        asked.append(len(T))
        return np.array([function(x, T)])

    return counted, asked


def test_few_ages_are_evaluated_where_the_function_is_smooth():
    x, T = np.repeat([1.0, 2.0], 700), np.tile(np.arange(1.0, 701.0), 2)
    smooth, asked = counting(lambda x, T: (30.0 / (30.0 + T)) ** x)
    found = along_ages(smooth, x, T, 30.0)[0]
    np.testing.assert_allclose(found, (30.0 / (30.0 + T)) ** x, rtol=1e-11)
    assert sum(asked) < 100


@pytest.mark.parametrize("bend", [350.0, 699.5, 1.5])
def test_a_function_with_a_bend_is_evaluated_at_each_age(bend):
    """Also where only the oldest or the youngest age lies beyond it."""
    x, T = np.ones(700), np.arange(1.0, 701.0)
    bent, asked = counting(lambda x, T: np.where((bend < T) == (bend > 2), 2.0, 1.0))
    found = along_ages(bent, x, T, 30.0)[0]
    assert found.tolist() == bent(x, T)[0].tolist()
    assert sum(asked) >= 700


def test_few_ages_of_an_x_are_those_of_the_law():
    x, T = np.ones(DENSE - 1), np.linspace(1.0, 50.0, DENSE - 1)
    exact, asked = counting(lambda x, T: np.sin(T))
    assert along_ages(exact, x, T, 1.0)[0].tolist() == np.sin(T).tolist()
    assert asked == [DENSE - 1]
    assert along_ages(exact, x[:0], T[:0], 1.0).shape == (1, 0)


def test_laws_that_read_more_than_the_age_are_asked_for_each_customer():
    assert reads_ages(LAWS[0])
    assert not reads_ages(clv.BGCNBD(r=0.5, alpha=4.0, a=0.8, b=2.4, k=2))
    assert not reads_ages(clv.BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783))
    assert not reads_ages(clv.BGNBD(r=np.array([0.2, 0.3]), alpha=4.0, a=0.8, b=2.4))


def test_the_order_of_the_pairs_changes_no_digit():
    x, T = np.repeat([0.0, 3.0], 400), np.tile(np.arange(1.0, 401.0), 2)
    order = np.random.default_rng(0).permutation(len(x))

    def quantities(x, T):
        return np.array([LAWS[0].posterior(x, np.where(x > 0, T, 0.0), T).expected_purchases(90.0)])

    found = along_ages(quantities, x, T, 30.0)[0]
    assert along_ages(quantities, x[order], T[order], 30.0)[0].tolist() == found[order].tolist()
