"""A shop's days, counted from its log."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest

import clv
import rfm
from clv._fits.data import FitData
from clv._season.shop_days import ShopDays, refuse_closed, repeats_of_known
from rfm._days import as_day
from rfm.errors import DataError

LOG = pd.DataFrame(
    {
        "customer_id": ["ann", "bob", "ann", "ann", "cat", "bob", "bob"],
        "date": [
            "2024-01-01",
            "2024-01-02",
            "2024-01-03",
            "2024-01-03",
            "2024-01-04",
            "2024-01-05",
            "2024-01-06",
        ],
        "amount": [10.0, 10.0, 10.0, 5.0, 10.0, -3.0, 10.0],
    }
)


@pytest.mark.parametrize("kind", [lambda log: log, pl.from_pandas, lambda log: pl.from_pandas(log).lazy()])
def test_first_and_repeat_purchases_are_counted_by_day(kind) -> None:
    tx = rfm.Transactions(kind(LOG))
    data = FitData.read(clv.BGNBD, clv.summarize(tx))
    days = ShopDays.of(tx, as_day("2024-01-06", "end"), data, 7.0)
    assert days.firsts.tolist() == [1, 1, 0, 1, 0, 0]
    assert days.repeats.tolist() == [0, 0, 1, 0, 0, 1]  # two orders of a day are one, a refund is none
    assert (days.start, days.end) == (as_day("2024-01-01", "day"), as_day("2024-01-06", "day"))
    assert repeats_of_known(tx, as_day("2024-01-02", "day"), days.end).tolist() == [1, 0, 0, 1]


def test_log_factors_are_summed_over_repeat_purchases_only() -> None:
    tx = rfm.Transactions(LOG)
    days = ShopDays.of(tx, as_day("2024-01-06", "end"), FitData.read(clv.BGNBD, clv.summarize(tx)), 7.0)
    season = clv.Season.from_factors(
        {"2024-01-01": 5.0, "2024-01-03": 2.0, "2024-01-06": 3.0, "2024-01-05": 0.0}
    )
    assert days.log_factors(season) == pytest.approx(np.log(2.0) + np.log(3.0))


def test_a_purchase_on_a_closed_day_names_the_customer_and_the_day() -> None:
    tx, end = rfm.Transactions(LOG), as_day("2024-01-06", "end")
    refuse_closed(tx, end, clv.Season.from_factors({"2024-01-05": 0.0, "2023-01-01": 0.0}))  # nobody bought
    with pytest.raises(
        DataError, match="Customer ann bought on 2024-01-03, a day whose factor in the season is 0"
    ):
        refuse_closed(tx, end, clv.Season.from_factors({"2024-01-03": 0.0}))
    many = clv.Season.from_factors({"2024-01-03": 0.0, "2024-01-02": 0.0})
    with pytest.raises(
        DataError, match=r"Customer bob bought on 2024-01-02, .* and 1 more purchases are on such days"
    ):
        refuse_closed(tx, end, many)
