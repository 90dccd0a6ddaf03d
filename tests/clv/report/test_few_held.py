"""Where intervals have held few past totals, a caution says so; where they held most, or few are known, none does."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import clv
from clv._past_errors.past_errors import COLUMNS
from clv._report.few_held import few_held


def past(errors):
    """Totals of 28 days, one after another, with these log errors."""
    days = pd.date_range("2023-01-31", periods=len(errors), freq="28D").date
    columns = {
        "days": 28,
        "predicted": 1000.0,
        "happened": 1000 * np.exp(errors),
        "law_sd": 0.03,
        "parameters_sd": 0.0,
    }
    table = pd.DataFrame({"origin": days, **columns, "predicted_spend": 5.0, "happened_spend": 5.0})
    return clv.PastErrors(table[list(COLUMNS)], days[-1])


@pytest.mark.parametrize(
    ("errors", "few"),
    [
        (np.tile([0.1, -0.1], 5), False),
        (np.cumsum(np.full(10, 0.9)), True),  # each is further off than all before it
        (np.cumsum(np.full(5, 0.9)), False),  # too few to tell
    ],
)
def test_a_caution_where_most_past_totals_lay_outside(errors, few):
    known = past(errors)
    held = known.held(0.9)
    assert (held.with_errors < 0.7 * held.totals) == (few or len(errors) < 8)
    found = few_held(known)
    assert len(found) == few
    if few:
        assert (
            f"Of 10 past totals of this log, 90% intervals like this one held {held.with_errors}, far"
            in found[0]
        )


def test_nothing_is_said_where_nothing_is_known():
    assert few_held(None) == few_held(clv.PastErrors.typical()) == ()
