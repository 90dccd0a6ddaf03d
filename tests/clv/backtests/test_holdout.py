"""The split of a log: what lies before and after it, who is left out, and what is counted."""

from __future__ import annotations

import pandas as pd
import pytest

import rfm
from clv._backtests.holdout import split

# Few customers have one level of each metric.
pytestmark = pytest.mark.filterwarnings("ignore::rfm.DataWarning")


def cut_of(log, origin, days=10, **options):
    tx = rfm.Transactions(pd.DataFrame(log, columns=["customer_id", "date", "amount"]))
    return split(tx, rfm._days.as_day(origin, "origin"), days, "W", "classic", **options)


def test_the_last_second_of_the_last_day_is_known():
    log = [(1, "2024-01-01 08:00", 5.0), (1, "2024-01-10 23:59:59", 7.0), (1, "2024-01-11 00:00:00", 9.0),
           (2, "2024-01-02 08:00", 5.0), (2, "2024-01-25 00:00", 1.0)]  # fmt: skip
    cut = cut_of([(c, pd.Timestamp(d), a) for c, d, a in log], "2024-01-10")
    assert cut.btyd["frequency"].tolist() == [1, 0]
    assert cut.customers["happened"].tolist() == [1, 0]
    assert cut.customers["spend"].tolist() == [9.0, 0.0]
    assert cut.customers["mean_spend"].tolist() == [6.0, 5.0]
    assert cut.horizon == "10D"


def test_customers_first_seen_later_are_named_and_left_out():
    log = [
        (1, "2024-01-01", 5.0),
        (2, "2024-01-12", 5.0),
        (2, "2024-01-13", 5.0),
        (3, "2024-01-14", 1.0),
        (4, "2024-02-01", 1.0),
        (5, "2024-01-15", -1.0),
    ]
    for counts, origin, days in (("purchases", "2024-01-10", 10), ("periods", "2024-01-07", 14)):
        cut = cut_of(log, origin, days, counts=counts)
        assert cut.btyd["customer_id"].tolist() == [1]
        assert cut.newcomers.to_dict("list") == {
            "customer_id": [2, 3],
            "purchases": [2, 1],
            "spend": [10.0, 1.0],
        }


def test_periods_are_counted_before_the_cut_and_after_it():
    # Mondays are the 1st, 8th, … of January 2024. Ann buys in weeks 0, 1 and 4, twice in the first and the last.
    days = {"ann": ["01-01", "01-03", "01-14", "01-29", "02-04"], "bob": ["01-09", "02-05"]}
    log = [(who, f"2024-{day}", 6.0) for who, when in days.items() for day in when]
    cut = cut_of(log, "2024-01-21", 21, counts="periods")
    assert cut.btyd[["frequency", "recency", "n_periods"]].to_numpy().tolist() == [[1, 1, 2], [0, 0, 1]]
    assert cut.customers["happened"].tolist() == [1, 1]
    assert cut.customers["spend"].tolist() == [12.0, 6.0]
    assert cut.customers["mean_spend"].tolist() == [9.0, 6.0]
    assert (cut.horizon, cut.known.horizon) == ("3W", 3.0)
    # The past of the RFM cells: ann's second week, in the two weeks after 7 January, for three weeks.
    assert cut.known.past_purchases.tolist() == [1.0]
    assert cut.known.past_scale == 1.5


def test_no_whole_period_in_calibration_leaves_no_past():
    log = [(1, "2024-01-05", 5.0), (2, "2024-01-06", 5.0), (1, "2024-01-20", 5.0)]
    cut = cut_of(log, "2024-01-07", 7, counts="periods")
    assert len(cut.known.past_cells) == len(cut.known.past_purchases) == 0
