"""Time to the second purchase, compared with a count of customers and with statsmodels' Kaplan–Meier."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from statsmodels.duration.survfunc import SurvfuncRight

import rfm
from tests.rfm.base_report.slow_counts import EVERY, ROWS, as_log, as_starts, days_of, lenses


def second_days(log: pd.DataFrame, every: str) -> pd.DataFrame:
    days, periods = days_of(log, every)
    rows = []
    for _, own in days[days["bought"]].groupby("customer_id"):
        bought = sorted(own["day"])
        wait = bought[1] - bought[0] if len(bought) > 1 else np.nan
        rows.append((own["cohort"].iloc[0], periods.last_day - bought[0], wait))
    table = pd.DataFrame(rows, columns=["number", "seen", "wait"])
    return table.assign(cohort=as_starts(periods, table["number"]))


@given(ROWS, EVERY)
def test_it_is_the_count_of_customers_and_the_estimate_of_statsmodels(rows, every):
    log = as_log(rows)
    found = lenses(log, every).second_purchase
    known = second_days(log, every)
    assert sorted(found["cohort"].unique()) == sorted(known["cohort"].unique())
    for cohort, part in found.groupby("cohort"):
        own = known[known["cohort"] == cohort]
        assert part["days"].tolist() == list(range(5, max(own["seen"].max(), 5) + 1, 5))
        assert set(part["customers"]) == {len(own)}
        for days, observed, again in part[["days", "observed", "bought_again"]].itertuples(index=False):
            assert observed == (own["seen"] >= days).sum()
            assert again == (own["wait"] <= days).sum()
        _is_kaplan_meier(part, own)


def _is_kaplan_meier(part: pd.DataFrame, own: pd.DataFrame) -> None:
    again = own["wait"].notna()
    time = own["wait"].fillna(own["seen"]).to_numpy(float)
    theirs = SurvfuncRight(time, again.to_numpy(int))
    for days, share in part[["days", "share_again"]].itertuples(index=False):
        left = theirs.surv_prob[theirs.surv_times <= days]
        survival = left[-1] if len(left) else 1.0
        if days <= time.max() or survival == 0:
            assert share == pytest.approx(1 - survival, abs=1e-12)
        else:
            assert np.isnan(share)


def test_where_all_were_seen_so_long_it_is_the_plain_share():
    found = rfm.base_report(rfm.datasets.cdnow(), every="1M").second_purchase
    seen = found[found["observed"] == found["customers"]]
    assert len(seen) > 270
    np.testing.assert_allclose(seen["share_again"], seen["bought_again"] / seen["customers"], atol=1e-12)
    young = found[(found["observed"] < found["customers"]) & found["share_again"].notna()]
    assert (young["share_again"] >= young["bought_again"] / young["customers"] - 1e-12).all()


def test_those_not_seen_so_long_do_not_pull_the_share_down():
    rng = np.random.default_rng(5)
    joined, wait = rng.integers(0, 200, 4_000), rng.geometric(0.02, 4_000)
    rows = [(who, day, 8) for who, day in enumerate(joined)]
    rows += [
        (who, day + then, 8)
        for who, (day, then) in enumerate(zip(joined, wait, strict=True))
        if day + then <= 200
    ]
    found = rfm.base_report(as_log(rows), every="2Y").second_purchase
    at = found.set_index("days").loc[100]
    assert at["share_again"] == pytest.approx(1 - 0.98**100, abs=0.03)  # four standard errors
    assert at["bought_again"] / at["customers"] < 0.75 < at["share_again"]


def test_two_orders_on_a_day_are_one_purchase_and_a_refund_is_none():
    log = as_log([(1, 0, 8), (1, 0, 8), (1, 4, -4), (1, 12, 8), (2, 0, 8), (2, 20, -8)])
    found = rfm.base_report(log, every="1Y").second_purchase
    assert found["bought_again"].tolist() == [0, 0, 1, 1]
    assert found["share_again"].tolist() == [0, 0, 0.5, 0.5]
