"""Customers in the middle of a gap: what they do next, by simulation, and what is known of them later."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

import clv
from clv._laws.erlang_member import ErlangMember
from rfm.errors import DataError

FAMILIES = [clv.BGCNBD, clv.MBGCNBD]


@pytest.mark.parametrize("family", FAMILIES)
def test_what_happens_after_a_silence_is_what_the_law_simulates(family: Any) -> None:
    """Among simulated customers of one history at 20 the next 10; what depends on x and T alone would miss it."""
    law = family(r=2.0, alpha=1.2, a=0.8, b=4.0, k=3)
    sample = law.simulate(np.full(400_000, 30.0), np.random.default_rng(1))
    early = sample.times <= 20.0
    x = np.bincount(sample.customer[early], minlength=len(sample.x)).astype(float)
    t_x = np.zeros(len(x))
    np.maximum.at(t_x, sample.customer[early], sample.times[early])
    later = sample.x - x
    for low, high in ((18.0, 20.0), (14.0, 16.0)):
        some = (x == 8) & (t_x > low) & (t_x <= high)
        history = x[some], t_x[some], np.full(some.sum(), 20.0)
        expected = law.conditional_expected_purchases(10.0, *history)
        error = later[some].std() / np.sqrt(some.sum())
        assert later[some].mean() == pytest.approx(expected.mean(), abs=4 * error)
        none = law.conditional_pmf(0, 10.0, *history).mean()
        assert np.mean(later[some] == 0) == pytest.approx(none, abs=4 * np.sqrt(0.25 / some.sum()))


def test_long_waits_bring_the_next_purchase_nearer() -> None:
    soon = [ErlangMember(20.0, 10.0, 0.8, 4.0, waited, 4).pmf(0, 0.5) for waited in (0.0, 1.0, 3.0)]
    assert np.all(np.diff(soon) < 0)
    random = [ErlangMember(20.0, 10.0, 0.8, 4.0, waited, 1).pmf(0, 0.5) for waited in (0.0, 3.0)]
    assert random[0] == random[1]


def test_a_member_observed_further_is_the_customer_of_the_whole_history() -> None:
    law = clv.BGCNBD(r=0.85, alpha=1.45, a=0.79, b=2.42, k=3)
    member = law.posterior(4, 10.0, 12.0)
    assert member.posterior(0, 0.0, 5.0) == law.posterior(4, 10.0, 17.0)
    assert member.posterior(2, 3.0, 5.0) == law.posterior(6, 15.0, 17.0)
    alive = law.p_alive(4, 10.0, 12.0)
    silent = law.p_alive(4, 10.0, 17.0)
    # alive at 17 and silent, of those alive at 12: both roads to the likelihood of the whole
    by_member = member.log_likelihood(0, 0.0, 5.0) + np.log(alive) + law.log_likelihood(4, 10.0, 12.0)
    assert by_member == pytest.approx(np.log(silent) + law.log_likelihood(4, 10.0, 17.0), rel=1e-12)
    assert member.log_p_alive(0, 0.0, 5.0) == 0.0


def test_the_table_is_the_distribution_and_simulation_follows_it() -> None:
    member = ErlangMember(np.array([4.0, 9.0]), 12.0, 0.8, np.array([3.0, 7.0]), np.array([0.0, 5.0]), 3)
    n = np.arange(40)
    table = member.pmf_table(40, 20.0)
    assert np.allclose(table, np.asarray(member.pmf(n[:, None], 20.0)).T, rtol=0, atol=1e-13)
    assert np.allclose(table @ n, member.expected_purchases(20.0), rtol=1e-12)
    many = ErlangMember(9.0, 12.0, 0.8, 7.0, 5.0, 3)
    sample = many.simulate(np.full(50_000, 20.0), np.random.default_rng(4))
    assert sample.x.mean() == pytest.approx(many.expected_purchases(20.0), abs=0.03)
    assert np.mean(sample.x == 0) == pytest.approx(many.pmf(0, 20.0), abs=0.01)


def test_scaling_takes_the_wait_along() -> None:
    member = ErlangMember(4.0, 12.0, 0.8, 3.0, 5.0, 3)
    days = member.scaled(7)
    assert (days.alpha, days.waited) == (84.0, 35.0)
    assert days.expected_purchases(70.0) == pytest.approx(member.expected_purchases(10.0), rel=1e-13)


def test_refuses_a_wait_that_is_impossible() -> None:
    for waited in (-1.0, np.nan, 12.0):
        with pytest.raises(DataError, match="waited"):
            ErlangMember(4.0, 12.0, 0.8, 3.0, waited, 3)
