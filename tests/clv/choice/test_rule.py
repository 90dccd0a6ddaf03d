"""The rule for ties, from scores and biases made by hand."""

from __future__ import annotations

import numpy as np
import pytest

from clv._choice.rule import decide, one_sided

NAMES = ("pareto-nbd", "bg-nbd", "mbg-nbd")
FOUR = (4, 4, 4)


def scores(*steps, noise=0.0, n=400):
    """Log scores whose mean differs from −1 by a step each, with independent noise."""
    rng = np.random.default_rng(5)
    return -1.0 + np.array(steps) + noise * rng.standard_normal((n, len(steps)))


def fair(origins=1, k=3):
    return np.zeros((origins, k))


def test_the_best_score_is_chosen_where_the_difference_is_more_than_chance():
    found = decide(NAMES, [scores(0.1, -0.1, -0.05, noise=0.1)], fair(), FOUR)
    assert found.law == "pareto-nbd"
    assert found.verdict == ("chosen", "worse", "worse")
    assert found.difference[0] == 0
    assert (found.low[1:] < found.difference[1:]).all()
    assert (found.difference[1:] < found.high[1:]).all()
    assert (found.high[1:] < 0).all()


def test_a_tie_ends_with_mbg_before_bg_before_pareto():
    tied = [scores(0.001, 0.0, -0.001, noise=0.3)]
    assert decide(NAMES, tied, fair(), FOUR).law == "mbg-nbd"
    assert decide(NAMES[:2], [each[:, :2] for each in tied], fair(k=2), (4, 4)).law == "bg-nbd"


def test_less_than_a_thousandth_of_the_score_is_a_tie_however_sure():
    found = decide(NAMES, [scores(0.0005, -0.002, 0.0)], fair(), FOUR)  # without any noise
    assert found.verdict == ("tied", "worse", "chosen")


def test_fewer_parameters_come_before_the_order_of_names():
    tied = [scores(0.0, 0.0, 0.0, noise=0.2)]
    assert decide(NAMES, tied, fair(), (4, 3, 5)).law == "bg-nbd"


def test_laws_that_the_log_contradicts_leave_the_tie_unless_nobody_would_be_left():
    tied, asked = [scores(0.0, 0.001, -0.5, noise=0.2)], []

    def contradicted(names):
        asked.append(tuple(names))
        return {"bg-nbd"}

    found = decide(NAMES, tied, fair(), FOUR, contradicted)
    assert asked == [("pareto-nbd", "bg-nbd")]  # who is worse is not asked about
    assert found.verdict == ("chosen", "contradicted", "worse")
    both = decide(NAMES, tied, fair(), FOUR, lambda names: names)
    assert both.verdict == ("tied", "chosen", "worse")


def test_a_law_that_is_clearly_best_is_chosen_whatever_the_log_says_of_p_alive():
    found = decide(NAMES, [scores(-0.5, 0.5, -0.5)], fair(), FOUR, lambda names: set(NAMES))
    assert (found.law, found.verdict[1]) == ("bg-nbd", "chosen")


def test_bias_decides_among_ties_from_three_origins_on():
    each = scores(0.0, 0.0, 0.0, noise=0.2)
    bias = np.array([[0.02, 0.03, 0.25], [-0.03, -0.02, 0.30], [0.01, 0.02, 0.28]])
    found = decide(NAMES, [each] * 3, bias, FOUR)
    assert found.verdict == ("tied", "chosen", "biased")
    assert decide(NAMES, [each] * 2, bias[:2], FOUR).law == "mbg-nbd"  # two origins say nothing of a spread


@pytest.mark.parametrize(
    ("bias", "others", "wrong"),
    [
        ([0.2, 0.3, 0.25], [0.0, 0.0, 0.0], True),
        ([-0.2, -0.3, -0.25], [0.0, 0.0, 0.0], True),
        ([0.2, -0.3, 0.25], [0.0, 0.0, 0.0], False),  # another sign
        ([0.05, 0.60, 0.10], [0.0, 0.0, 0.0], False),  # 0.25 on average, which varies by 0.30
        ([0.2, 0.3, 0.25], [0.21, 0.29, 0.25], False),  # the others miss by as much
        ([0.2, 0.3], [0.0, 0.0], False),
        ([0.2, 0.3, np.nan], [0.0, 0.0, 0.0], False),  # an origin at which nothing happened
    ],
)
def test_a_bias_keeps_its_sign_and_exceeds_its_own_spread(bias, others, wrong):
    own = np.array(bias)
    assert one_sided(own, np.column_stack([own, others])) is wrong


def test_another_tests_choice_is_taken_and_said_to_be_behind_or_not():
    found = decide(NAMES, [scores(0.1, -0.1, 0.0999)], fair(), FOUR)
    assert (found.imposed, found.law) == (False, "mbg-nbd")
    near, far = found.given("pareto-nbd"), found.given("bg-nbd")
    assert (near.law, near.imposed, near.clearly_behind) == ("pareto-nbd", True, False)
    assert (far.law, far.imposed, far.clearly_behind) == ("bg-nbd", True, True)
    assert far.verdict == ("tied", "chosen", "tied")
