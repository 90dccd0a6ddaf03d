"""The numbers of a season."""

import numpy as np
import pytest

from clv._season.cycle import SLOTS
from clv._season.factors import Factors, drawn_factors, factors_on


def test_without_anything_given_or_learned_every_day_has_the_factor_1():
    plain = Factors()
    assert plain.flat
    assert plain.mean == pytest.approx(1.0)
    assert (plain.by_month == 1.0).all()
    assert (factors_on(plain, np.array([-1, 0, 20_000])) == 1.0).all()
    assert (drawn_factors(plain, 3, np.random.default_rng(1)) == 1.0).all()


def test_single_days_multiply_those_of_the_year():
    yearly = np.ones(SLOTS)
    yearly[0] = 3.0  # 1 January
    given = Factors(tuple(yearly.tolist()), dated=((0, 2.0), (40, 0.0)))  # 1970-01-01 and 1970-02-10
    assert factors_on(given, np.array([0, 1, 40, 365])).tolist() == [6.0, 1.0, 0.0, 3.0]
    assert given.by_month[0] == pytest.approx((3.0 + 30.0) / 31.0)
    assert not given.flat
