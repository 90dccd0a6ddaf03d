"""Each kind of option: what is allowed, what is refused, and how the message quotes it."""

from __future__ import annotations

import math
from fractions import Fraction

import numpy as np
import pandas as pd
import pytest

from rfm import DataError, ScoringError
from rfm._options import (
    check_choice,
    check_flag,
    check_generator,
    check_text,
    confidence_level,
    file_path,
    fraction,
    is_number,
    is_whole,
    number,
    received,
    seed_number,
    whole,
)

NO_NUMBERS = [None, "1", True, 1j, [0.5], np.array([0.5]), math.nan]


@pytest.mark.parametrize("value", [*NO_NUMBERS, math.inf, -math.inf])
def test_what_is_no_finite_number_is_refused(value):
    with pytest.raises(
        DataError, match=r"^margin must be a finite number, 0 or more; got .* Hint: margin=0.3\.$"
    ):
        number("margin", value, "margin=0.3", least=0)


def test_the_least_value_is_allowed_and_said():
    assert number("margin", 0, "margin=0.3", least=0) == 0
    assert number("rate", -2, "rate=0.1") == -2
    with pytest.raises(DataError, match=r"margin must be a finite number, 0 or more; got -0\.1"):
        number("margin", -0.1, "margin=0.3", least=0)


@pytest.mark.parametrize("value", [*NO_NUMBERS, 0, 1, -0.5, math.inf])
def test_what_is_no_fraction_is_refused(value):
    with pytest.raises(DataError, match=r"^interval must lie between 0 and 1; got "):
        fraction("interval", value, "interval=0.9")


@pytest.mark.parametrize("value", [0.5, np.float32(0.5), Fraction(1, 2)])
def test_numbers_of_any_kind_become_floats(value):
    assert type(fraction("interval", value, "interval=0.9")) is float
    assert fraction("interval", value, "interval=0.9") == 0.5


def test_an_option_is_one_of_its_choices():
    check_choice("twice", "keep", ["raise", "keep"])
    with pytest.raises(ScoringError, match=r"""^twice must be one of "raise", "keep"; got 'kept'\.$"""):
        check_choice("twice", "kept", ["raise", "keep"], ScoringError)


def test_a_truth_value_is_no_number():
    values = [1, np.int64(1), 1.5, np.float32(1.5), True, np.bool_(True), "1", None]
    assert [is_number(value) for value in values] == [True] * 4 + [False] * 4
    assert [is_whole(value) for value in values] == [True] * 2 + [False] * 6


@pytest.mark.parametrize("confidence", [0, 1, 95, float("nan"), "x", None, True])
def test_a_confidence_lies_between_0_and_1(confidence):
    found = f"^confidence must lie between 0 and 1; got {confidence!r}. Hint: confidence=0.95.$"
    with pytest.raises(DataError, match=found):
        confidence_level(confidence)
    assert confidence_level(0.95) == 0.95


@pytest.mark.parametrize("value", [None, True, -1, 1.5, "0", 2**63, 10**100, math.nan, [1]])
def test_a_seed_is_a_whole_number(value):
    with pytest.raises(DataError, match=r"^seed must be a whole number, 0 or more; got .* Hint: seed=0\.$"):
        seed_number(value)
    assert seed_number(np.int64(7)) == 7


@pytest.mark.parametrize("value", [0, 13, True, 2.0, "2"])
def test_whole_numbers_have_bounds(value):
    with pytest.raises(ScoringError, match=r"^bins must be a whole number from 3 to 10; got "):
        whole("bins", value, least=3, most=10, error=ScoringError)


def test_numbers_may_be_above_a_bound():
    assert number("spread", 0.1, above=0) == 0.1
    with pytest.raises(DataError, match=r"^spread must be a finite number, above 0 and at most 1; got 0\."):
        number("spread", 0, above=0, most=1)
    with pytest.raises(DataError, match=r"^n must be a finite number; got an integer of more than 60 digits"):
        number("n", 10**400)


@pytest.mark.parametrize("value", [None, 3, "", " ", b"a", "a\0b", "\ud800", ["a"]])
def test_a_path_is_one_that_a_file_can_have(value):
    with pytest.raises(DataError, match=r"^path must be the path of a file; got .* Hint: path=\.\.\.\.$"):
        file_path(value, "path=...")


def test_texts_flags_and_generators():
    for check, good, bad in [
        (check_text, "a", ["", None, 3, b"a"]),
        (check_flag, np.bool_(True), [1, None, "yes"]),
        (check_generator, np.random.default_rng(0), [0, None, np.random.RandomState(0)]),
    ]:
        arguments = ("name",) if check is not check_generator else ()
        check(*arguments, good)
        for value in bad:
            with pytest.raises(DataError, match="must be"):
                check(*arguments, value)


def test_a_message_quotes_values_shortly_and_tables_by_their_type():
    assert received(pd.DataFrame({"a": [1]})) == "a DataFrame"
    assert len(received("a" * 10**6)) < 70
    assert len(received([["x" * 1000] * 1000] * 1000)) <= 120
    assert received(-(10**5000)) == "an integer of more than 60 digits"
