"""The schedule against every assignment of customers to periods."""

from __future__ import annotations

import itertools
from types import SimpleNamespace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import optimize, sparse

from clv._contacts import schedule
from clv._contacts.schedule import best_periods
from rfm import DataError, DataWarning


def fits(periods: tuple[int, ...], room: list[int], contacts: list[list[int]]) -> bool:
    """Whether the contacts that begin in these periods find room."""
    used = np.zeros(len(room), dtype=int)
    for each in periods:
        if each >= 0:
            np.add.at(used, contacts[each], 1)
    return bool((used <= room).all())


def by_brute_force(
    gain: list[float], release: list[int], room: list[int], contacts: list[list[int]]
) -> float:
    """The largest sum of gains over every assignment of customers to periods from their release on, or to none."""
    choices = [(-1, *range(each, len(contacts))) for each in release]
    return max(
        sum(g for g, period in zip(gain, periods, strict=True) if period >= 0)
        for periods in itertools.product(*choices)
        if fits(periods, room, contacts)
    )


@st.composite
def cases(draw, contacts_each):
    """Customers in order of gain, with equal gains among them, and little room."""
    periods = draw(st.integers(1, 4))
    n = draw(st.integers(0, 5))
    gain = sorted(draw(st.lists(st.integers(1, 6), min_size=n, max_size=n)), reverse=True)
    release = draw(st.lists(st.integers(0, periods - 1), min_size=n, max_size=n))
    offsets = draw(contacts_each)
    contacts = [[p, *(p + offset for offset in offsets)] for p in range(periods)]
    last = max(map(max, contacts)) + 1
    room = draw(st.lists(st.integers(0, 2), min_size=last, max_size=last))
    return [float(g) for g in gain], release, room, contacts


def solved(case):
    gain, release, room, contacts = case
    found = best_periods(np.array(gain), np.array(release, dtype=int), np.array(room), contacts)
    return found


def check(case):
    gain, release, room, contacts = case
    found = solved(case)
    assert all(period == -1 or period >= first for period, first in zip(found, release, strict=True))
    assert fits(tuple(found), room, contacts)
    assert sum(g for g, p in zip(gain, found, strict=True) if p >= 0) == by_brute_force(*case)


@given(cases(st.just(())))
def test_one_contact_each_is_as_good_as_every_assignment(case):
    check(case)


@given(cases(st.sampled_from([(1,), (2,), (1, 3), (0, 1)])))
def test_several_contacts_each_are_as_good_as_every_assignment(case):
    check(case)


def test_taking_the_greatest_on_the_earliest_day_would_be_worse():
    """The best one waits a day, so that two others who need the days around it are reached as well."""
    contacts = [[0, 1], [1, 2], [2, 3]]
    found = best_periods(np.array([10.0, 9.0, 8.0]), np.array([1, 0, 0]), np.ones(4, dtype=int), contacts)
    assert found.tolist() == [2, 0, -1]


def test_equal_gains_are_taken_in_the_order_given_and_the_greatest_first():
    found = best_periods(np.ones(5), np.zeros(5, dtype=int), np.array([2, 1]), [[0], [1]])
    assert found.tolist() == [0, 0, 1, -1, -1]


def test_contacts_begin_as_early_as_the_best_plan_allows():
    found = best_periods(
        np.array([3.0, 2.0]), np.zeros(2, dtype=int), np.full(9, 5), [[p, p + 2] for p in range(7)]
    )
    assert found.tolist() == [0, 0]


@pytest.mark.parametrize("contacts", [[[0], [1]], [[0, 1], [1, 2]]])
def test_nobody_to_reach_and_no_room(contacts):
    none = np.array([], dtype=int)
    assert best_periods(none.astype(float), none, np.array([3, 3, 3]), contacts).tolist() == []
    full = best_periods(np.ones(2), np.zeros(2, dtype=int), np.zeros(3, dtype=int), contacts)
    assert full.tolist() == [-1, -1]


def test_a_month_of_a_busy_team_with_a_cadence():
    """As good as if customers could be divided, which no plan exceeds."""
    rng = np.random.default_rng(4)
    gain = np.sort(rng.gamma(1.0, 100.0, 600))[::-1]
    release = rng.integers(0, 14, 600)
    contacts = [[p, p + 7, p + 14] for p in range(14)]
    room = np.full(28, 20)
    found = best_periods(gain, release, room, contacts)
    assert fits(tuple(found), room.tolist(), contacts)
    assert (found >= release)[found >= 0].all()
    bound = without_whole_numbers(gain, release, room, contacts)
    assert 0.999 * bound <= gain[found >= 0].sum() <= bound * (1 + 1e-9)


def without_whole_numbers(gain, release, room, contacts):
    """The most that parts of customers could bring: each release a sum of parts by period, another formulation."""
    few = np.concatenate([np.flatnonzero(release == period)[:200] for period in range(len(contacts))])
    pairs = [(row, period) for row in few for period in range(release[row], len(contacts))]
    rows = {row: place for place, row in enumerate(few)}
    once = sparse.lil_array((len(few), len(pairs)))
    used = sparse.lil_array((len(room), len(pairs)))
    for place, (row, period) in enumerate(pairs):
        once[rows[row], place] = 1
        for each in contacts[period]:
            used[each, place] += 1
    matrix, most = sparse.vstack([once, used]).tocsr(), np.concatenate([np.ones(len(few)), room])
    solved = optimize.linprog([-gain[row] for row, _ in pairs], A_ub=matrix, b_ub=most)
    assert solved.status == 0
    return -solved.fun


def test_a_search_that_is_ended_says_so_or_refuses(monkeypatch):
    """The solver answers with the plan that it has, or with none."""
    contacts, room = [[0, 1], [1, 2]], np.ones(3, dtype=int)
    solved = schedule.milp

    def ended(*arguments, **options):
        answer = solved(*arguments, **options)
        answer.status, answer.mip_gap = 1, 0.02
        return answer

    monkeypatch.setattr(schedule, "milp", ended)
    with pytest.warns(DataWarning, match="another may be 2.0% better"):
        assert best_periods(np.array([5.0]), np.array([0]), room, contacts).tolist() == [0]
    monkeypatch.setattr(schedule, "milp", lambda *_, **__: SimpleNamespace(x=None, message="Time limit."))
    with pytest.raises(DataError, match=r"The plan was not found: Time limit\. Hint: fewer periods"):
        best_periods(np.array([5.0]), np.array([0]), room, contacts)
