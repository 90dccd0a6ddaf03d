"""The user's own measures, on copies, and one number each."""

from __future__ import annotations

import numpy as np
import pytest

import rfm
from clv._backtests.tables import own_measure

PREDICTED, HAPPENED = np.array([1.0, 2.0]), np.array([0.0, 4.0])


def test_a_measure_gets_both_columns():
    assert own_measure("largest", lambda p, h: np.abs(p - h).max(), PREDICTED, HAPPENED) == 2.0
    assert own_measure("count", lambda p, h: len(p), PREDICTED, HAPPENED) == 2.0


def test_a_measure_cannot_change_the_predictions():
    def spoil(predicted, happened):
        predicted[:] = happened[:] = 7.0
        return 0.0

    own_measure("spoil", spoil, PREDICTED, HAPPENED)
    assert (PREDICTED.tolist(), HAPPENED.tolist()) == ([1.0, 2.0], [0.0, 4.0])


@pytest.mark.parametrize("answer", [None, "0.5", np.array([1.0]), True, [1.0]])
def test_a_measure_that_is_no_number_is_refused(answer):
    with pytest.raises(
        rfm.DataError, match=r"measures\['odd'\] must return one number; got .* Hint: it takes two"
    ):
        own_measure("odd", lambda p, h: answer, PREDICTED, HAPPENED)
