"""What must hold for every purchase law; a law is added by an instance and a few of its histories."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from clv._laws import BGBB, BGCNBD, BGNBD, MBGCNBD, MBGNBD, GGompertzNBD, ParetoNBD
from clv._laws.purchase_law import PurchaseLaw
from rfm.errors import DataError


@dataclass(frozen=True)
class Member:
    """A law at published estimates, and a time t and histories (x, t_x, T) in its unit."""

    law: PurchaseLaw
    T: float
    t: float
    histories: tuple[tuple[float, float, float], ...]

    @property
    def columns(self) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
        x, t_x, T = np.array(self.histories).T
        return x, t_x, T


WEEKS = (
    (0, 0, 38.86),
    (0, 0, 27.0),
    (1, 1.71, 38.86),
    (2, 30.43, 38.86),
    (7, 29.43, 38.86),
    (26, 30.86, 31.0),
)
PERIODS = ((0, 0, 6), (1, 1, 6), (1, 6, 6), (4, 5, 6), (6, 6, 6), (2, 3, 5))
MEMBERS = [
    Member(BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426), 39, 39, WEEKS),
    Member(MBGNBD(r=0.525, alpha=6.183, a=0.891, b=1.614), 39, 39, WEEKS),
    Member(ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669), 39, 39, WEEKS),
    Member(BGCNBD(r=0.5, alpha=4.0, a=0.8, b=2.4, k=2), 39, 39, WEEKS),
    Member(MBGCNBD(r=0.85, alpha=1.45, a=0.79, b=2.42, k=3), 39, 39, WEEKS),
    Member(GGompertzNBD(r=0.6, alpha=10.0, b=0.06, s=0.8, beta=5.0), 39, 39, WEEKS),
    Member(BGBB(alpha=1.204, beta=0.750, gamma=0.657, delta=2.783), 6, 10, PERIODS),
]


@pytest.fixture(params=MEMBERS, ids=lambda member: member.law.name)
def member(request: pytest.FixtureRequest) -> Member:
    return request.param


# -- values ----------------------------------------------------------------------------------------


def test_a_law_is_an_immutable_value(member: Member) -> None:
    law = member.law
    name = law.parameters[0]
    assert law == type(law)(**{name: getattr(law, name) for name in law.parameters})
    with pytest.raises(AttributeError):
        setattr(law, name, 1.0)


@pytest.mark.parametrize("wrong", [0.0, -1.0, np.nan, np.inf])
def test_refuses_parameters_that_are_not_positive(member: Member, wrong: float) -> None:
    law = member.law
    values = dict.fromkeys(law.parameters, 1.0) | {law.parameters[1]: wrong}
    with pytest.raises(
        DataError, match=rf"the parameter {law.parameters[1]} must be finite and above 0, got"
    ):
        type(law)(**values)


def test_refuses_an_array_with_one_wrong_parameter_and_names_its_row(member: Member) -> None:
    values = dict.fromkeys(member.law.parameters, 1.0) | {
        member.law.parameters[0]: np.array([1.0, 2.0, -3.0])
    }
    with pytest.raises(DataError, match="= -3 in row 2"):
        type(member.law)(**values)


def test_logarithms_of_the_parameters_return(member: Member) -> None:
    law = member.law
    again = type(law).from_log(law.log_parameters)
    assert np.allclose(again.log_parameters, law.log_parameters, rtol=1e-15)


def test_another_unit_of_time_is_the_same_law(member: Member) -> None:
    law, (x, t_x, T) = member.law, member.columns
    if not law.time_parameters:
        assert law.scaled(7) == law
        return
    days = law.scaled(7)
    assert np.allclose(days.p_alive(x, 7 * t_x, 7 * T), law.p_alive(x, t_x, T), rtol=1e-12)
    assert np.allclose(days.expected_purchases(7 * T), law.expected_purchases(T), rtol=1e-12)
    phases = getattr(law, "k", 1) * x  # a density of x times of purchase, or of all phases
    density = law.log_likelihood(x, t_x, T) - phases * np.log(7)
    assert np.allclose(days.log_likelihood(x, 7 * t_x, 7 * T), density, rtol=1e-12)


# -- the door --------------------------------------------------------------------------------------

METHODS = ("log_likelihood", "log_p_alive", "p_alive", "posterior")


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize(
    ("history", "message"),
    [
        ((-1, 1, 6), "whole and 0 or more, got x = -1"),
        ((1.5, 2, 6), "whole and 0 or more, got x = 1.5"),
        ((2, 7, 6), "lies after T, the end of observation, got x = 2, t_x = 7, T = 6"),
        ((1, 0, 6), "x > 0 with t_x = 0"),
        ((0, 3, 6), "x = 0 with t_x > 0"),
        ((0, -1, 6), "t_x, the time of the last purchase, must be 0 or more"),
        ((0, 0, np.nan), "must be finite"),
        ((np.inf, 1, 2), "must be finite"),
    ],
)
def test_refuses_impossible_histories(
    member: Member, method: str, history: tuple[float, float, float], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        getattr(member.law, method)(*history)
    good = member.columns
    with pytest.raises(DataError, match=f"{message}.* in row {len(good[0])}"):
        getattr(member.law, method)(
            *(np.append(column, value) for column, value in zip(good, history, strict=True))
        )
    with pytest.raises(DataError, match=message):
        member.law.conditional_expected_purchases(1, *history)
    with pytest.raises(DataError, match=message):
        member.law.conditional_pmf(1, 1, *history)


def test_refuses_impossible_times_and_counts(member: Member) -> None:
    law, history = member.law, member.histories[0]
    for t in (-1, np.nan, np.inf):
        for call in (
            lambda t=t: law.expected_purchases(t),
            lambda t=t: law.pmf(0, t),
            lambda t=t: law.conditional_expected_purchases(t, *history),
            lambda t=t: law.simulate([t], np.random.default_rng(0)),
        ):
            with pytest.raises(DataError, match="Hint:"):
                call()
    for n in (-1, 0.5, np.nan):
        with pytest.raises(DataError, match="whole and 0 or more"):
            law.log_pmf(n, member.t)
        with pytest.raises(DataError, match="whole and 0 or more"):
            law.conditional_pmf(n, member.t, *history)


def test_scalars_give_floats_and_arrays_arrays(member: Member) -> None:
    law, (x, t_x, T) = member.law, member.columns
    one = member.histories[3]
    answers = {
        "log_likelihood": (law.log_likelihood(*one), law.log_likelihood(x, t_x, T)),
        "log_p_alive": (law.log_p_alive(*one), law.log_p_alive(x, t_x, T)),
        "p_alive": (law.p_alive(*one), law.p_alive(x, t_x, T)),
        "conditional": (
            law.conditional_expected_purchases(member.t, *one),
            law.conditional_expected_purchases(member.t, x, t_x, T),
        ),
        "conditional_pmf": (
            law.conditional_pmf(2, member.t, *one),
            law.conditional_pmf(2, member.t, x, t_x, T),
        ),
    }
    for name, (scalar, array) in answers.items():
        assert type(scalar) is float, name
        assert isinstance(array, np.ndarray), name
        assert array.shape == x.shape, name
        assert array[3] == pytest.approx(scalar, rel=1e-12), name
    assert type(law.expected_purchases(member.t)) is float
    assert type(law.pmf(1, member.t)) is float
    assert law.expected_purchases([[1.0, 2.0]]).shape == (1, 2)


def test_everything_broadcasts(member: Member) -> None:
    law, (x, t_x, T) = member.law, member.columns
    times = np.array([1.0, 2.0, member.t])[:, None]
    table = law.conditional_expected_purchases(times, x, t_x, T)
    assert table.shape == (3, len(x))
    for i, t in enumerate(times[:, 0]):
        assert np.allclose(table[i], law.conditional_expected_purchases(t, x, t_x, T), rtol=1e-12)
    chances = law.conditional_pmf(np.arange(4)[:, None], member.t, x, t_x, T)
    assert np.allclose(chances[2], law.conditional_pmf(2, member.t, x, t_x, T), rtol=1e-12)


def test_inputs_are_not_changed_and_order_does_not_matter(member: Member) -> None:
    law, columns = member.law, member.columns
    copies = [column.copy() for column in columns]
    forward = law.conditional_expected_purchases(member.t, *columns)
    law.log_likelihood(*columns)
    for column, copy in zip(columns, copies, strict=True):
        assert np.array_equal(column, copy)
    backward = law.conditional_expected_purchases(member.t, *(column[::-1] for column in columns))
    assert np.allclose(forward, backward[::-1], rtol=1e-14)


def test_array_parameters_are_one_law_a_row(member: Member) -> None:
    law, (x, t_x, T) = member.law, member.columns
    factor = np.linspace(0.5, 2, len(x))
    mixed = type(law)(**{name: getattr(law, name) * factor for name in law.parameters})
    likelihood = mixed.log_likelihood(x, t_x, T)
    expected = mixed.conditional_expected_purchases(member.t, x, t_x, T)
    for i in range(len(x)):
        own = type(law)(**{name: getattr(law, name) * factor[i] for name in law.parameters})
        assert likelihood[i] == pytest.approx(own.log_likelihood(x[i], t_x[i], T[i]), rel=1e-12)
        conditional = own.conditional_expected_purchases(member.t, x[i], t_x[i], T[i])
        assert expected[i] == pytest.approx(conditional, rel=1e-11)


# -- probability -----------------------------------------------------------------------------------


def test_the_distribution_sums_to_one_with_its_mean(member: Member) -> None:
    n = np.arange(5000)
    chances = member.law.pmf(n, member.t)
    assert np.all(chances >= 0)
    assert chances.sum() == pytest.approx(1, abs=1e-12)
    assert n @ chances == pytest.approx(member.law.expected_purchases(member.t), rel=1e-10)


def test_the_conditional_distribution_sums_to_one_with_its_mean(member: Member) -> None:
    n = np.arange(3000)[:, None]
    chances = member.law.conditional_pmf(n, member.t, *member.columns)
    assert np.all(chances >= 0)
    assert np.allclose(chances.sum(axis=0), 1, rtol=0, atol=1e-12)
    means = member.law.conditional_expected_purchases(member.t, *member.columns)
    assert np.allclose((n * chances).sum(axis=0), means, rtol=1e-9)


def test_nothing_happens_in_no_time(member: Member) -> None:
    law = member.law
    assert law.expected_purchases(0) == 0
    assert np.all(law.conditional_expected_purchases(0, *member.columns) == 0)
    assert np.allclose(law.pmf([0, 1, 5], 0), [1, 0, 0], rtol=1e-14, atol=0)
    assert np.allclose(law.conditional_pmf(0, 0, *member.columns), 1, rtol=1e-15)


def test_without_a_history_the_conditional_answer_is_that_of_a_new_member(member: Member) -> None:
    assert member.law.conditional_expected_purchases(member.t, 0, 0, 0) == pytest.approx(
        member.law.expected_purchases(member.t), rel=1e-12
    )


def test_p_alive_is_a_probability_and_its_logarithm_goes_on_where_it_ends(member: Member) -> None:
    law, (x, t_x, T) = member.law, member.columns
    alive = law.p_alive(x, t_x, T)
    assert np.all((alive > 0) & (alive <= 1))
    assert np.allclose(np.exp(law.log_p_alive(x, t_x, T)), alive, rtol=1e-14)
    silent = law.log_p_alive(900, 1000, 20_000)
    assert -np.inf < silent < -745
    assert law.p_alive(900, 1000, 20_000) == 0


def test_summed_purchases_are_the_sum(member: Member) -> None:
    posterior = member.law.posterior(*member.columns)
    times = np.arange(1.0, 6.0)[:, None]
    weights = np.array([1.0, 0.5, 0.0, 2.0, 1.0])[:, None]
    total = sum(w[0] * posterior.expected_purchases(t[0]) for t, w in zip(times, weights, strict=True))
    assert np.allclose(posterior.summed_purchases(times, weights), total, rtol=1e-12)


# -- what a fit needs ------------------------------------------------------------------------------


def test_derivatives_are_those_of_the_log_likelihood(member: Member) -> None:
    law, columns = member.law, member.columns
    value, gradient, hessian = law.derivatives(*columns)
    assert np.allclose(value, law.log_likelihood(*columns), rtol=1e-12)
    assert np.array_equal(hessian, np.swapaxes(hessian, 0, 1))
    step = 1e-5
    for i, direction in enumerate(np.eye(len(law.parameters))):
        up, down = (type(law).from_log(law.log_parameters + sign * step * direction) for sign in (1, -1))
        slope = (up.log_likelihood(*columns) - down.log_likelihood(*columns)) / (2 * step)
        assert np.allclose(gradient[i], slope, rtol=1e-6, atol=1e-7)
        bend = (up.derivatives(*columns)[1] - down.derivatives(*columns)[1]) / (2 * step)
        assert np.allclose(hessian[i], bend, rtol=1e-6, atol=1e-7)


def test_total_derivatives_are_weighted_sums(member: Member) -> None:
    law, columns = member.law, member.columns
    weights = np.array([3.0, 1.0, 2.0, 1.0, 5.0, 0.5])
    rows = law.derivatives(*columns)
    total = law.total_derivatives(type(law).prepared(*columns, weights=weights))
    for part, sums in zip(rows, total, strict=True):
        assert np.allclose(part @ weights, sums, rtol=1e-12, atol=1e-12)
    assert np.array_equal(total[2], total[2].T)
    repeated = [np.repeat(column, [3, 1, 2, 1, 5, 1]) for column in columns]
    ones = np.r_[np.ones(12), 0.5]
    again = law.total_derivatives(type(law).prepared(*repeated, weights=ones))
    for part, sums in zip(again, total, strict=True):
        assert np.allclose(part, sums, rtol=1e-12, atol=1e-12)


def test_starts_are_finite_and_scale_with_time(member: Member) -> None:
    law_class, columns = type(member.law), member.columns
    weights = np.ones(len(columns[0]))
    starts = law_class.starts(*columns, weights=weights)
    assert len(starts) > 0
    for start in starts:
        assert start.shape == (len(law_class.parameters),)
        assert np.all(np.isfinite(start))


# -- simulation ------------------------------------------------------------------------------------


def test_simulation_is_consistent_and_repeatable(member: Member) -> None:
    T = np.full(500, float(member.T))
    one = member.law.simulate(T, np.random.default_rng(5))
    two = member.law.simulate(T, np.random.default_rng(5))
    assert np.array_equal(one.times, two.times)
    assert np.array_equal(np.bincount(one.customer, minlength=500), one.x)
    assert np.all(np.diff(one.customer) >= 0)
    assert np.all(np.diff(one.times)[np.diff(one.customer) == 0] >= 0)
    last = np.zeros(500)
    np.maximum.at(last, one.customer, one.times)
    assert np.array_equal(last, one.t_x)
    assert np.all((one.t_x <= one.T) & (one.times > 0).all())
    member.law.log_likelihood(one.x, one.t_x, one.T)


def test_simulated_counts_follow_the_distribution(member: Member) -> None:
    customers = 40_000
    sample = member.law.simulate(np.full(customers, float(member.T)), np.random.default_rng(11))
    chances = member.law.pmf(np.arange(6), member.T)
    shares = np.bincount(sample.x.astype(int), minlength=6)[:6] / customers
    assert np.all(np.abs(shares - chances) < 4 * np.sqrt(chances * (1 - chances) / customers))
    alive = member.law.p_alive(sample.x, sample.t_x, sample.T)
    assert abs(np.mean(sample.alive - alive)) < 4 * np.std(sample.alive - alive) / np.sqrt(customers)


@pytest.mark.nightly
@pytest.mark.parametrize("seed", range(3))
def test_simulated_holdouts_average_to_the_conditional_expectation(member: Member, seed: int) -> None:
    """Lives simulated through T + t and cut at T: no posterior is used to make them."""
    customers = 200_000
    whole = np.full(customers, float(member.T + member.t))
    lives = member.law.simulate(whole, np.random.default_rng(seed))
    before = lives.times <= member.T
    x = np.bincount(lives.customer[before], minlength=customers)
    t_x = np.zeros(customers)
    np.maximum.at(t_x, lives.customer[before], lives.times[before])
    T = np.full(customers, float(member.T))
    error = (lives.x - x) - member.law.conditional_expected_purchases(member.t, x, t_x, T)
    late = t_x > 0.5 * member.T
    groups = [x == 0, x == 1, (x > 1) & late, (x > 1) & ~late]
    for group in groups:
        some = np.flatnonzero(group)[:2000]
        assert len(some) == 2000
        assert abs(error[some].mean()) < 4 * error[some].std() / np.sqrt(len(some))


# -- extremes --------------------------------------------------------------------------------------

logs = st.floats(min_value=-12, max_value=12)


@given(
    logs=st.tuples(logs, logs, logs, logs), x=st.sampled_from([0, 1, 3, 40, 900]), share=st.floats(0.01, 1)
)
@pytest.mark.parametrize(
    "law_class", [BGNBD, MBGNBD, ParetoNBD, BGCNBD.with_k(2), MBGCNBD.with_k(12)], ids=lambda law: law.name
)
def test_any_parameters_give_sensible_finite_answers(
    law_class: type[PurchaseLaw], logs: tuple[float, ...], x: int, share: float
) -> None:
    law = law_class.from_log(np.array(logs))
    T = 52.0
    t_x = share * T if x else 0.0
    times = np.array([0.0, 1e-6, 1.0, 52.0, 520.0, 1e6])
    with np.errstate(all="raise"):
        expected = law.conditional_expected_purchases(times, x, t_x, T)
        likelihood, log_alive = law.log_likelihood(x, t_x, T), law.log_p_alive(x, t_x, T)
        chance = law.conditional_pmf(x, 52.0, x, t_x, T)
    assert np.all(np.isfinite(expected))
    assert np.isfinite(likelihood)
    assert -np.inf < log_alive <= 0
    assert 0 <= chance <= 1 + 1e-12
    assert expected[0] == 0
    assert np.all(np.diff(expected) >= -1e-12 * expected[1:])
