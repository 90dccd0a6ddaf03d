"""Options of a backtest: invalid ones are refused, duplicates count once."""

from __future__ import annotations

import re
from datetime import date

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._backtests.options import origin_days, requested_laws


@pytest.fixture(scope="module")
def tx():
    return rfm.Transactions(rfm.datasets.cdnow_sample())


def origins_of(tx, origins, days=70, period=None):
    return [rfm._days.day_text(day) for day in origin_days(tx, origins, days, period)]


def test_one_law_may_stand_for_itself_and_duplicates_count_once():
    assert requested_laws("bg-nbd") == requested_laws(clv.BGNBD) == {"bg-nbd": clv.BGNBD}
    asked = requested_laws(name for name in ["bg-bb", "bg-nbd", "bg-bb", clv.BGBB])
    assert list(asked.items()) == [("bg-bb", clv.BGBB), ("bg-nbd", clv.BGNBD)]


@pytest.mark.parametrize("number", [2, np.int64(2), np.uint8(2)])
def test_whole_numbers_of_any_kind_count_origins(tx, number):
    assert origins_of(tx, number) == ["1998-03-17", "1998-04-21"]


@pytest.mark.parametrize(
    "dates",
    [
        "1997-09-30",
        date(1997, 9, 30),
        np.datetime64("1997-09-30"),
        ["1997-09-30", date(1997, 9, 30), "1997-09-30T12:00"],
        pd.to_datetime(["1997-09-30", "1997-09-30"]),
        {"1997-09-30"},
    ],
)
def test_dates_of_any_kind_count_once(tx, dates):
    assert origins_of(tx, dates) == ["1997-09-30"]


def test_whole_periods_are_found_going_back(tx):
    assert origins_of(tx, 3, 70, "W") == ["1998-02-08", "1998-03-15", "1998-04-19"]
    assert origins_of(tx, 1, 90, "M") == ["1997-12-31"]
    assert origins_of(tx, 1, 70, "D") == ["1998-04-21"]


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (
            {"holdout": "200W"},
            "no 1400 days after it: the log runs from 1997-01-01 to 1998-06-30. Hint: a shorter hold-out.",
        ),
        (
            {"origins": ["1998-06-01"]},
            "An origin on 1998-06-01 leaves no log before it or no 273 days after it",
        ),
        ({"origins": 0}, "origins must be 1 or more, got 0. Hint: origins=3"),
        ({"holdout": "soon"}, "holdout='soon' is not a length of time"),
        ({"origins": 40}, "leaves no log before it"),
        ({"origins": 10**12}, "leaves no log before it"),
        (
            {"origins": 2.5},
            "origins=2.5 is neither a whole number nor dates. Hint: origins=3, or a list of dates.",
        ),
        ({"origins": None}, "origins=None is neither a whole number nor dates. Hint"),
        ({"origins": [3]}, "origins must be a date; got 3. Hint"),
        ({"origins": []}, "origins is empty. Hint: origins=1, or a list of dates."),
        ({"holdout": "1M"}, "is 30.4375 days, but a hold-out is a whole number of days"),
        (
            {"models": ["nbd"]},
            "No purchase law 'nbd'. Hint: choose one of bg-nbd, mbg-nbd, pareto-nbd, bg-bb, bg-cnbd, mbg-cnbd, "
            "ggompertz-nbd.",
        ),
        ({"models": "nbd"}, "No purchase law 'nbd'. Hint"),
        ({"models": [["bg-nbd"]]}, "model must be a purchase law or its name, got a list. Hint"),
        ({"models": None}, "models must be a list; got None. Hint: models="),
        (
            {"models": "bg-bb", "origins": "1997-09-30"},
            "bg-bb counts whole calendar weeks, and the hold-out from the end of 1997-09-30 to 1998-06-30 splits "
            'some of them. Hint: holdout="273D", origins="1997-09-28"; or unit="D".',
        ),
        (
            {"models": "bg-bb", "holdout": "10D"},
            'of 1998-06-20 to 1998-06-30 splits some of them. Hint: holdout="14D", origins="1998-06-14"; or unit="D".',
        ),
        ({"models": "bg-bb", "holdout": "20D", "unit": "Y"}, 'splits some of them. Hint: unit="D".'),
    ],
)
def test_what_cannot_be_meant_is_refused(tx, options, message):
    with pytest.raises(rfm.DataError, match=re.escape(message)):
        clv.backtest(tx, **{"holdout": "39W", **options})


def test_the_hint_on_periods_can_be_followed(tx):
    with pytest.raises(rfm.DataError) as caught:
        clv.backtest(tx, "100D", models="bg-bb", unit="M")
    holdout, origin = re.findall(r'holdout="(\w+)", origins="([\d-]+)"', str(caught.value))[0]
    result = clv.backtest(tx, holdout, origins=origin, models="bg-bb", unit="M", baselines=False)
    assert result.table["origin"].map(str).tolist() == [origin]
