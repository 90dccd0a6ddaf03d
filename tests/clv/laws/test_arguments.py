"""What the laws take: numbers in, the first invalid one named with its values."""

from __future__ import annotations

import numpy as np
import pytest

from clv._laws.arguments import (
    give,
    to_count,
    to_history,
    to_parameter,
    to_period_history,
    to_periods,
    to_time,
)
from rfm.errors import DataError


def test_one_number_comes_back_as_a_float_and_more_as_an_array():
    assert type(give(np.float64(2))) is float
    assert type(give(np.asarray(2.0))) is float
    assert give(np.array([2.0])).tolist() == [2]
    assert to_parameter("BG/NBD", "r", 2) == 2.0
    assert to_time([0, 1.5]).tolist() == [0, 1.5]
    assert to_count([0, 3]).tolist() == [0, 3]
    assert to_periods(4).tolist() == 4


def test_histories_take_one_shape():
    x, t_x, T = to_history([0, 2], [[0.0, 5.0]], 9)
    assert x.shape == t_x.shape == T.shape == (1, 2)
    assert to_history(1, 9, 9)[1].tolist() == 9  # bought on the last day
    assert to_period_history(3, 3, 3)[0].tolist() == 3  # in every period


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: to_parameter("BG/NBD", "r", 0.0),
            r"BG/NBD: the parameter r must be finite and above 0, got r = 0",
        ),
        (lambda: to_parameter("BG/NBD", "r", [1.0, np.inf]), "got r = inf"),
        (lambda: to_time([1.0, -2.0]), "A time t must be finite, 0 or more and at most 1e\\+15, got t = -2"),
        (lambda: to_time(np.nan), "got t = nan"),
        (lambda: to_count(1.5), "A number of purchases must be whole and 0 or more, got n = 1.5"),
        (lambda: to_count(-1), "got n = -1"),
        (lambda: to_periods(2.5), "BG/BB counts whole periods, got t = 2.5"),
        (lambda: to_history([1, np.nan], 2, 3), "A history must be finite, got x = nan, t_x = 2, T = 3"),
        (lambda: to_history(0.5, 2, 3), "x, the repeat purchases, must be whole and 0 or more, got x = 0.5"),
        (lambda: to_history(-1, 2, 3), "must be whole and 0 or more, got x = -1"),
        (
            lambda: to_history(1, -2, 3),
            "t_x, the time of the last purchase, must be 0 or more, got x = 1, t_x = -2",
        ),
        (
            lambda: to_history([1, 1], [2, 4], 3),
            "lies after T, the end of observation, got x = 1, t_x = 4, T = 3",
        ),
        (lambda: to_history(1, 0, 3), "x > 0 with t_x = 0: a repeat purchase at the time of the first"),
        (lambda: to_history(0, 2, 3), "x = 0 with t_x > 0: a last purchase without any repeat purchase"),
        (lambda: to_period_history(1, 1.5, 3), "BG/BB counts whole periods, got x = 1, t_x = 1.5, n = 3"),
        (lambda: to_period_history(1, 1, 3.5), "BG/BB counts whole periods, got x = 1, t_x = 1, n = 3.5"),
        (
            lambda: to_period_history(3, 2, 3),
            "exceeds t_x, the periods up to the last of them, got x = 3, t_x = 2",
        ),
    ],
)
def test_what_is_no_number_of_the_kind_is_refused_with_its_values(call, message):
    with pytest.raises(DataError, match=message):
        call()


def test_the_row_is_named_where_there_are_several():
    with pytest.raises(DataError) as refused:
        to_history([1, 1, 1], [2, 4, 5], 3)
    assert refused.value.row == 1
    with pytest.raises(DataError) as refused:
        to_time(-1)
    assert refused.value.row is None
