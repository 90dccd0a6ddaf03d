"""The picture of a season, and its numbers."""

from __future__ import annotations

import numpy as np
import pytest

import clv
import rfm
from rfm.errors import DataError

MONTHS = np.linspace(0.5, 1.5, 12)
LEARNED = clv.Season(
    shape="month",
    coefficients=tuple(np.log(MONTHS)),
    covariance=tuple(map(tuple, (np.eye(12) * 0.01).tolist())),
).with_factors({"2025-03-01": 3.0})


def test_numbers_are_the_factors_and_their_interval():
    data = clv.plot.season_data(LEARNED, year=2025)
    assert len(data) == 365
    assert data["factor"].to_numpy() == pytest.approx(LEARNED.factors(data["date"]))
    width = np.log(data["high"] / data["low"]).iloc[45]
    assert width == pytest.approx(2 * 1.645 * 0.1, rel=0.1)
    day = data.set_index("date").loc["2025-03-01"]
    assert day["low"] < day["factor"] < day["high"]
    given = clv.plot.season_data(clv.Season.from_factors({"2024-02-29": 0.0}))
    assert len(given) == 366
    assert (given["low"] == given["high"]).all()


def test_a_picture_says_what_the_band_is():
    ax = clv.plot.season(LEARNED, year=2025, words={"y": "Facteur"})
    assert ax.get_ylabel() == "Facteur"
    assert ax.get_title(loc="left").startswith("The season of 2025")


def test_what_has_no_season_is_refused():
    with pytest.raises(
        DataError, match=r"takes a model with one, or a clv.Season; got 3. Hint: clv.fit\(tx, season="
    ):
        clv.plot.season_data(3)
    log = rfm.datasets.cdnow_sample()
    with pytest.raises(DataError, match="got a model without a season"):
        clv.plot.season_data(clv.fit(log, value_per_order=1.0))
