"""The base period by period: sums of the laws' own answers, and Poisson luck where every rate is known."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from clv._laws.constant_spend import ConstantSpend
from clv._laws.gamma_gamma import GammaGamma
from clv._laws.pareto_nbd import ParetoNBD
from clv._values.forecast import (
    _apart,
    _chances,
    expected_by_period,
    forecast_table,
    period_edges,
    with_periods,
)
from clv._values.simulated_future import Base
from rfm.errors import DataError

LAW = ParetoNBD(r=0.553, alpha=10.578, s=0.606, beta=11.669)
SPEND = GammaGamma(p=6.25, q=3.74, gamma=15.44)
X, TX, T = (
    np.array([0.0, 2.0, 7.0, 2.0]),
    np.array([0.0, 30.0, 35.0, 4.0]),
    np.array([38.0, 38.0, 36.0, 38.0]),
)
M, KEPT = np.array([0.0, 22.35, 40.0, 10.0]), np.array([1.0, 0.9, 0.8, 1.0])
EDGES = np.array([0.0, 4.0, 10.0, 26.0])
END = 10_134  # 1997-09-30


def known(rate):
    """A law of which everything is known: everybody buys at this rate, and nobody leaves."""
    return ParetoNBD(r=1e8, alpha=1e8 / rate, s=1e-6, beta=1e6)


def customers(count):
    return Base(*(np.full(count, value) for value in (50.0, 49.9, 50.0, 20.0)))


def test_a_period_has_what_is_expected_until_its_end_less_what_is_until_its_beginning():
    purchases, revenue = expected_by_period(LAW, SPEND, Base(X, TX, T, M, KEPT), EDGES)
    until = np.array([LAW.conditional_expected_purchases(t, X, TX, T) for t in EDGES])
    assert purchases == pytest.approx(np.diff(until.sum(axis=1)))
    spent = until * KEPT * SPEND.expected_spend(X, M)
    assert revenue == pytest.approx(np.diff(spent.sum(axis=1)))
    assert not expected_by_period(LAW, None, Base(X, TX, T, M, KEPT), EDGES)[1].any()


@pytest.mark.parametrize("mass", [0.5, 0.9])
def test_where_rates_are_known_purchases_are_poisson_and_buyers_binomial(mass):
    law, count, edges = known(1.0), 400, np.array([0.0, 1.0, 3.0])
    table = forecast_table(
        (law, ConstantSpend(20.0)), [(law, ConstantSpend(20.0))] * 5, customers(count), edges, mass,
        np.random.default_rng(0),
    )  # fmt: skip
    weeks = np.diff(edges)
    buys = -np.expm1(-weeks)
    levels = np.array([[(1 - mass) / 2], [(1 + mass) / 2]])
    assert table["purchases"].to_numpy() == pytest.approx(count * weeks, rel=1e-6)
    assert table["active"].to_numpy() == pytest.approx(count * buys, rel=0.01)
    sums = stats.norm(count * weeks, np.sqrt(count * weeks)).ppf(levels)
    np.testing.assert_allclose(table[["purchases_low", "purchases_high"]].T, sums, rtol=0.005)
    np.testing.assert_allclose(table[["revenue_low", "revenue_high"]].T, 20 * sums, rtol=0.005)
    buyers = stats.norm(count * buys, np.sqrt(count * buys * (1 - buys))).ppf(levels)
    np.testing.assert_allclose(table[["active_low", "active_high"]].T, buyers, rtol=0.015)


def test_periods_of_few_purchases_are_counted():
    law = known(1.0)
    table = forecast_table(
        (law, None), [(law, None)] * 5, customers(5), np.array([0.0, 1.0, 2.0]), 0.9, np.random.default_rng(0)
    )
    assert list(table) == [
        f"{name}{end}" for name in ("purchases", "active") for end in ("", "_low", "_high")
    ]
    assert table["purchases_low"].tolist() == [stats.poisson(5).ppf(0.05)] * 2
    assert table["purchases_high"].tolist() == [stats.poisson(5).ppf(0.95)] * 2
    buyers = stats.binom(5, -np.expm1(-1.0))
    assert table["active_low"].tolist() == [buyers.ppf(0.05)] * 2
    assert table["active_high"].tolist() == [buyers.ppf(0.95)] * 2


def test_more_purchases_are_not_as_many_more_buyers():
    """Of so many customers that only the rate is unsure: 1 − e^−λ of them buy."""
    rates = np.linspace(0.8, 1.2, 101)
    draws = [(known(rate), None) for rate in np.random.default_rng(1).permutation(rates)]
    table = forecast_table(
        (known(1.0), None), draws, customers(4_000), np.array([0.0, 1.0]), 0.9, np.random.default_rng(2)
    ).iloc[0]
    low, high = np.quantile(rates, [0.05, 0.95])
    assert [table["purchases_low"], table["purchases_high"]] == pytest.approx(
        [4_000 * low, 4_000 * high], rel=0.01
    )
    buyers = [4_000 * -np.expm1(-rate) for rate in (low, high)]
    assert [table["active_low"], table["active_high"]] == pytest.approx(buyers, rel=0.015)


@pytest.mark.parametrize("chance", [0.03, 0.5, 0.8])
def test_the_moments_of_who_buys_are_unbiased(chance):
    """Over how often a customer may have bought in six futures: those of a coin with the chance."""
    times = np.arange(7)
    often = stats.binom(6, chance).pmf(times)
    each = [_chances(np.array([[float(t)]]), 6, 100.0) for t in times]
    mean, square, cube = (
        sum(weight * moments.stacked[k][0] for weight, moments in zip(often, each, strict=True))
        for k in range(3)
    )
    coin = chance * (1 - chance)
    assert [mean, square, cube] == pytest.approx([100 * chance, 100 * coin, 100 * coin * (1 - 2 * chance)])


def test_deviations_of_those_who_bought_nothing_are_counted_too():
    rng = np.random.default_rng(6)
    mean = rng.gamma(1.0, 1.0, (40, 3))
    bought = rng.poisson(mean)
    who, period = np.nonzero(bought)
    powers = np.array([(mean**k).sum(axis=0) for k in (1, 2, 3)])
    expected, square, cube = _apart(bought[who, period], mean[who, period], powers, period)
    assert expected == pytest.approx(mean.sum(axis=0))
    assert square == pytest.approx(((bought - mean) ** 2).sum(axis=0))
    assert cube == pytest.approx(((bought - mean) ** 3).sum(axis=0))


@pytest.mark.parametrize(
    ("days", "every", "end", "edges"),
    [
        (30, "1W", None, [0, 7, 14, 21, 28, 30]),
        (28, "1W", None, [0, 7, 14, 21, 28]),
        (28.5, "1W", None, [0, 7, 14, 21, 28.5]),  # the last hours belong to the day before
        (29, "1W", None, [0, 7, 14, 21, 28, 29]),
        (92, "1M", END, [0, 31, 61, 92]),  # October, November and December of 1997
        (92, "1Q", END, [0, 92]),
        (100, " 1q ", END, [0, 92, 100]),
        (400, "1Y", END, [0, 92, 400]),
        (1, "52W", None, [0, 1]),
    ],
)
def test_periods_end_with_weeks_or_with_the_calendars_months(days, every, end, edges):
    assert period_edges(days, every, end).tolist() == edges


def test_months_without_a_calendar_are_a_twelfth_of_a_year():
    assert period_edges(61, "1M", None) == pytest.approx([0, 365.25 / 12, 61])


@pytest.mark.parametrize(
    ("days", "every", "message"),
    [
        (0.5, "1W", r"A forecast needs a horizon of a day or more, got 0\.5 days\. Hint: horizon="),
        (30, "0.5D", r"every='0\.5D' is shorter than a day\. Hint: every="),
    ],
)
def test_periods_shorter_than_a_day_are_refused(days, every, message):
    with pytest.raises(DataError, match=message):
        period_edges(days, every, None)


def test_periods_have_their_first_and_last_days_or_the_time_ahead():
    edges = np.array([0.0, 31.0, 61.0])
    table = with_periods(pd.DataFrame({"purchases": [2.0, 1.0]}), edges, END, 7.0)
    assert table["start"].dt.strftime("%Y-%m-%d").tolist() == ["1997-10-01", "1997-11-01"]
    assert table["end"].dt.strftime("%Y-%m-%d").tolist() == ["1997-10-31", "1997-11-30"]
    assert list(table) == ["start", "end", "purchases"]
    ahead = with_periods(pd.DataFrame({"purchases": [2.0, 1.0]}), edges, None, 7.0)
    assert ahead["start"].tolist() == [0, 31 / 7]
    assert ahead["end"].tolist() == [31 / 7, 61 / 7]
