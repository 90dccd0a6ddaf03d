"""What contacts bring: a column, amounts by segment, a measured lift."""

from __future__ import annotations

import warnings

import numpy as np
import pandas as pd
import pytest

import rfm
from clv._contacts.uplift import uplift_on
from rfm import DataError
from rfm._frames.native import from_native

CUSTOMERS = pd.DataFrame(
    {"customer_id": range(4), "segment": ["VIP", "lost", "VIP", None], "brings": [1.0, np.nan, -2, 3]}
)


def read(uplift):
    frame = from_native(CUSTOMERS)
    return frame.select(found=uplift_on(frame, uplift))["found"].to_numpy().tolist()


def test_a_column_and_amounts_by_segment():
    np.testing.assert_equal(read("brings"), [1.0, np.nan, -2.0, 3.0])
    np.testing.assert_equal(read({"VIP": 5, "nobody": 1}), [5.0, np.nan, 5.0, np.nan])


@pytest.fixture(scope="module")
def campaign():
    rng = np.random.default_rng(1)
    customers = pd.DataFrame(
        {"customer_id": range(4000), "segment": np.where(rng.random(4000) < 0.5, "VIP", "lost")}
    )
    assigned = rfm.campaigns.assign(customers.assign(clv=rng.gamma(2, 10, 4000)), name="a", control=0.5)
    treated = (assigned["arm"] == "treatment") & (assigned["segment"] == "VIP")
    return assigned, assigned[["customer_id"]].assign(revenue=assigned["clv"] + 6.0 * treated)


def test_a_lift_gives_the_adjusted_difference_of_each_segment(campaign):
    assigned, outcomes = campaign
    wide = rfm.campaigns.lift(assigned, outcomes)
    sharp = rfm.campaigns.lift(assigned, outcomes, covariate="clv")
    np.testing.assert_allclose(read(sharp)[:3], [6, 0, 6], atol=1e-6)  # the covariate is all the rest
    by_segment = wide.table.set_index("segment")["difference"]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        np.testing.assert_allclose(read(wide)[:2], [by_segment["VIP"], by_segment["lost"]])
    assert np.isnan(read(sharp)[3])


def test_what_may_be_chance_is_said(campaign):
    assigned, outcomes = campaign
    noise = np.random.default_rng(2).normal(0, 1, len(outcomes)) + 0.02 * (assigned["arm"] == "treatment")
    effect = rfm.campaigns.lift(assigned, outcomes.assign(revenue=noise))
    rows = effect.table[effect.table["segment"].astype(str) != "all"]
    unsure = rows[(rows["difference"] > 0) & (rows["low"] <= 0)]["segment"].astype(str).tolist()
    assert unsure
    with pytest.warns(
        rfm.DataWarning, match=f"In {len(unsure)} of 2 segments .* may be none: {', '.join(unsure)}"
    ):
        read(effect)


def test_lifts_that_cannot_say_it_are_refused(campaign):
    assigned, outcomes = campaign
    with pytest.raises(DataError, match="no revenue by segment"):
        read(rfm.campaigns.lift(assigned, outcomes.rename(columns={"revenue": "visits"})))
    with pytest.raises(DataError, match="no revenue by segment"):
        read(rfm.campaigns.lift(assigned, outcomes, by=None))
    arms = rfm.campaigns.assign(assigned[["customer_id", "segment"]], name="b", arms={"mail": 1, "call": 1})
    with pytest.raises(DataError, match="several arms: call, mail"):
        read(rfm.campaigns.lift(arms, outcomes))


@pytest.mark.parametrize("wrong", [3.0, {}, ["VIP"], {"VIP": np.nan}, {"VIP": "x"}, "nothing", "segment"])
def test_others_are_refused(wrong):
    with pytest.raises(DataError, match="Hint"):
        read(wrong)
