"""The private profile keeps its promise: its noise is the stated one, and two tables that differ by one customer give
results whose probabilities differ by exp(epsilon) at most."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

import rfm
from rfm import DataError
from rfm.privacy import _private_profile, private_profile

pytest.importorskip("opendp")

EDGES = {"R": [30, 90, 180, 365], "F": [1, 2, 4, 8], "M": [20, 50, 100, 200]}
ALL = {"monetary": (0, 2000), "frequency": (0, 50), "recency": (0, 600)}


def segmented(log=None):
    return rfm.segment(rfm.datasets.cdnow_sample() if log is None else log, edges=EDGES)


def alike(groups, customers, spend):
    """Many groups, each with the same customers: one release is as many draws of one group's numbers."""
    names = [f"g{i}" for i in range(groups)]
    table = pd.DataFrame({"segment": np.repeat(names, customers), "monetary": np.tile(spend, groups)})
    return table, names


def test_the_noise_of_2_000_numbers_is_the_discrete_laplace_of_the_stated_scale():
    names = [f"g{i}" for i in range(2_000)]
    table = pd.DataFrame({"segment": names[:1], "monetary": [50.0]})
    told = private_profile(table, segments=names, epsilon=0.5, bounds={"monetary": (0, 100)})
    scale = told.noise.set_index("statistic")["scale"]
    assert scale.to_dict() == pytest.approx({"customers": 4.0, "monetary_sum": 400.0})
    noise = told.table["customers"].to_numpy() - (np.arange(2_000) == 0)
    law = stats.dlaplace(1 / 4)
    edges = np.arange(-12, 13)
    counts = np.array([(noise < -12).sum(), *((noise == each).sum() for each in edges), (noise > 12).sum()])
    share = np.array([law.cdf(-13), *law.pmf(edges), law.sf(12)])
    assert stats.chisquare(counts, 2_000 * share).pvalue > 1e-6
    wrong = stats.dlaplace(1 / 2)  # the test sees a scale of 2 in place of 4
    share = np.array([wrong.cdf(-13), *wrong.pmf(edges), wrong.sf(12)])
    assert stats.chisquare(counts, 2_000 * share).pvalue < 1e-6
    money = told.table["monetary_sum"].to_numpy() - 50.0 * (np.arange(2_000) == 0)
    assert stats.kstest(money, stats.laplace(scale=400.0).cdf).pvalue > 1e-6
    assert stats.kstest(money, stats.laplace(scale=200.0).cdf).pvalue < 1e-6


def losses(epsilon, bound, draws=20_000):
    """The privacy loss of the event that tells two neighbours best apart, and its standard error."""
    shares = []
    for more in ([], [1e9]):  # one customer more, who spends beyond any bound
        spend = [3.0, 5.0, *more]
        table, names = alike(draws, len(spend), spend)
        told = private_profile(table, segments=names, epsilon=epsilon, bounds={"monetary": (0, bound)})
        shares.append(((told.table["customers"] >= 3) & (told.table["monetary_sum"] >= 8.0 + bound)).mean())
    without, with_them = shares
    error = math.sqrt((1 - without) / (without * draws) + (1 - with_them) / (with_them * draws))
    return math.log(with_them / without), error


def test_neighbours_are_told_apart_no_better_than_epsilon_and_nearly_as_well():
    loss, error = losses(1.0, 10.0)
    assert loss <= 1.0 + 4.5 * error
    assert loss >= 1.0 - 4.5 * error  # nothing of the budget is wasted
    assert error < 0.03


def test_the_test_of_neighbours_fails_for_a_scale_that_is_too_small(monkeypatch):
    plain = _private_profile.release
    monkeypatch.setattr(
        _private_profile, "release", lambda values, most, epsilon: plain(values, most, 2 * epsilon)
    )
    loss, error = losses(1.0, 10.0)
    assert loss > 1.0 + 4.5 * error


def test_ranges_of_means_hold_as_often_as_promised():
    rng = np.random.default_rng(7)
    groups, n = 3_000, 40
    spend = rng.gamma(2.0, 30.0, (groups, n))
    names = [f"g{i}" for i in range(groups)]
    table = pd.DataFrame({"segment": np.repeat(names, n), "monetary": spend.ravel()})
    told = private_profile(table, segments=names, epsilon=1.0, bounds={"monetary": (0, 150)}).table
    mean = np.minimum(spend, 150).mean(axis=1)
    inside = ((told["monetary_mean_low"] <= mean) & (mean <= told["monetary_mean_high"])).mean()
    assert inside >= 0.95 - 4 * math.sqrt(0.05 * 0.95 / groups)
    assert (told["monetary_mean_high"] - told["monetary_mean_low"]).median() < 150  # they say something
    off = np.abs(told["customers"] - n)
    half = stats.dlaplace(0.5).isf(0.025)
    assert (off > half).mean() <= 0.05 + 5 * math.sqrt(0.05 * 0.95 / groups)


def test_a_large_shop_comes_near_the_plain_profile():
    one = segmented()
    many = pd.concat([one.assign(customer_id=np.arange(len(one)) + i * len(one)) for i in range(40)])
    told = private_profile(many, epsilon=2.0, bounds=ALL)
    scale = told.noise.set_index("statistic")["scale"]
    clamped = many.assign(
        monetary=many["monetary"].clip(upper=2000), frequency=many["frequency"].clip(upper=50)
    )
    plain = rfm.profile(clamped).set_index("segment")
    table = told.table.set_index("segment").loc[plain.index]
    assert (table["customers"] - plain["customers"]).abs().max() <= 20 * scale["customers"]
    large = plain["customers"] > 20_000
    assert large.sum() == 2
    for name in ALL:
        mean = plain[f"{name}_mean"]
        off = (table[f"{name}_mean"] - mean).abs()
        most = 20 * (scale[f"{name}_sum"] + mean * scale["customers"]) / table["customers"]
        assert (off <= most).all()
        assert (off[large] <= 0.1 * mean[large]).all()


def test_segments_are_the_schemes_also_without_a_customer_and_in_its_order(constructor, to_pandas):
    table = pd.DataFrame({"customer_id": [1, 2], "segment": ["lost", "VIP"], "monetary": [1.0, 5.0]})
    told = private_profile(constructor(table), epsilon=1.0, bounds={"monetary": (0, 10)})
    assert type(told.table) is type(constructor(table))
    shown = to_pandas(told.table)
    assert shown["segment"].astype(str).tolist() == list(rfm.Scheme.load("classic").names)
    assert list(shown)[1:] == [
        "customers", "share", "monetary_sum", "monetary_mean", "monetary_mean_low", "monetary_mean_high"
    ]  # fmt: skip
    assert len(to_pandas(told.noise)) == 2


def test_the_budget_is_divided_as_told_and_never_exceeded():
    told = private_profile(
        segmented(), epsilon=0.7, bounds=ALL, split={"customers": 3, "frequency": 0.5, "recency": 0.5}
    )
    shares = told.noise.set_index("statistic")["epsilon"] / 0.7
    assert shares.to_dict() == pytest.approx(
        {"customers": 0.6, "monetary_sum": 0.2, "frequency_sum": 0.1, "recency_sum": 0.1}
    )
    assert told.epsilon <= 0.7 * (1 + 1e-12)
    assert told.noise["scale"].to_numpy() == pytest.approx(told.noise["sensitivity"] / told.noise["epsilon"])


def test_the_input_is_not_changed_and_means_stay_within_the_bounds():
    table = segmented()
    copy = table.copy()
    told = private_profile(table, epsilon=0.01, bounds={"monetary": (0, 100)}).table
    assert table.equals(copy)
    means = told[["monetary_mean", "monetary_mean_low", "monetary_mean_high"]].to_numpy()
    assert np.nanmin(means) >= 0
    assert np.nanmax(means) <= 100
    assert (np.isnan(means).all(axis=1) == (told["customers"] < 1)).all()


def test_other_groups_can_be_named_and_customers_counted_alone():
    table = pd.DataFrame({"country": ["FR", "NZ", "FR"]})
    told = private_profile(table, by="country", segments=["FR", "NZ", "CK"], epsilon=100, bounds={})
    assert list(told.table) == ["country", "customers", "share"]
    assert told.table["customers"].tolist() == [2, 1, 0]  # noise of scale 0.01
    assert "Spent: epsilon = 100" in repr(told)
    assert "<pre>" in told._repr_html_()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"bounds": None}, "They are not read from the data, since the largest amount is somebody's"),
        ({"bounds": 3}, "bounds must map columns to"),
        ({"bounds": {"monetary": 3}}, r"bounds\['monetary'\] must be \(low, high\); got 3"),
        ({"bounds": {"monetary": (5, 5)}}, "the lower one first"),
        ({"bounds": {"monetary": (0, math.inf)}}, "finite number"),
        ({"bounds": {"spent": (0, 5)}}, "No column 'spent'"),
        ({"bounds": {"segment": (0, 5)}}, "The name 'segment' is taken by the result"),
        ({"epsilon": 0}, "epsilon must be a finite number"),
        ({"epsilon": math.inf}, "epsilon must be a finite number"),
        ({"scheme": "lifecycle"}, "which is none of the groups to show"),
        ({"segments": []}, "segments is empty"),
        ({"segments": ["VIP", "VIP"]}, "segments names one twice"),
        ({"split": {"spend": 1}}, "split: no statistic 'spend'"),
        ({"split": {"monetary": 0}}, r"split\['monetary'\] must be"),
        ({"confidence": 95}, "confidence must lie between 0 and 1"),
    ],
)
def test_what_is_refused(options, message):
    with pytest.raises(DataError, match=message):
        private_profile(segmented(), **{"epsilon": 1.0, "bounds": {"monetary": (0, 100)}} | options)


def test_a_customer_with_two_rows_is_refused_since_one_customer_is_the_unit():
    table = pd.DataFrame({"customer_id": [1, 1], "segment": ["VIP", "lost"]})
    with pytest.raises(DataError, match="More than one row for customer 1"):
        private_profile(table, epsilon=1.0, bounds={})
