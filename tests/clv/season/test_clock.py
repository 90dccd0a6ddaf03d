"""The change of time is exact: customers simulated in the calendar's time are those of the law in the season's."""

from __future__ import annotations

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

import clv
from clv._fits.data import FitData
from clv._season.clock import Clock, in_time, sum_log_gaps, tau
from clv._season.factors import factors_on
from clv._season.season import Season
from rfm._days import as_day
from rfm.errors import DataError

MONTHS = np.array([0.4, 0.6, 0.8, 1.0, 1.0, 1.0, 0.7, 0.5, 1.0, 1.2, 2.0, 2.2])
SEASON = Season.from_factors(pd.Series(MONTHS, index=range(1, 13)))
START = as_day("2021-01-01", "start")


def coin_tossers(
    law: clv.PurchaseLaw, first_coin: bool, customers: int, days: int, seed: int
) -> list[np.ndarray]:
    """Customers and calendar times (days) of purchases: candidates at the highest rate, thinned by the day's factor.

    The definition of the laws in the calendar's time: purchases at the rate λ s(day) while alive, and a coin after each
    of them, with MBG/NBD also at the first. Nothing here knows of a change of time.
    """
    rng = np.random.default_rng(seed)
    factor = factors_on(SEASON, START + np.arange(days))
    rate = rng.gamma(law.r, 1 / law.alpha, customers)  # a day
    chance = rng.beta(law.a, law.b, customers)
    alive = rng.random(customers) >= chance if first_coin else np.ones(customers, dtype=bool)
    now, top = np.zeros(customers), factor.max()
    who, when = [], []
    active = np.flatnonzero(alive)
    while len(active):
        now[active] += rng.exponential(1 / (rate[active] * top))
        active = active[now[active] < days]
        kept = active[rng.random(len(active)) * top < factor[now[active].astype(int)]]
        who.append(kept)
        when.append(now[kept])
        left = kept[rng.random(len(kept)) < chance[kept]]
        active = np.setdiff1d(active, left, assume_unique=True)
    return [np.concatenate(who), np.concatenate(when)]


@pytest.mark.parametrize(
    ("law", "first_coin"),
    [
        (clv.BGNBD(r=0.8, alpha=30.0, a=0.7, b=2.5), False),
        (clv.MBGNBD(r=0.8, alpha=30.0, a=0.7, b=2.5), True),
    ],
    ids=["bg-nbd", "mbg-nbd"],
)
def test_coin_laws_hold_exactly_in_the_seasons_time(law: clv.PurchaseLaw, first_coin: bool) -> None:
    n, days, middle = 60_000, 500, 330
    who, when = coin_tossers(law, first_coin, n, days, seed=3)
    gone = np.append(0.0, np.cumsum(factors_on(SEASON, START + np.arange(days))))

    def clock(t: np.ndarray | float) -> np.ndarray:
        return np.interp(t, np.arange(days + 1), gone)

    for end in (100, 330, 500):  # the mean and the distribution of counts
        counts = np.bincount(who[when < end], minlength=n)
        error = counts.std() / np.sqrt(n)
        assert counts.mean() == pytest.approx(float(law.expected_purchases(clock(end))), abs=4 * error)
        for k in range(4):
            p = float(law.pmf(k, clock(end)))
            assert (counts == k).mean() == pytest.approx(p, abs=4.5 * np.sqrt(p * (1 - p) / n))
    # what follows a history, by how long ago the last purchase was
    early = when < middle
    x = np.bincount(who[early], minlength=n)
    t_x = np.zeros(n)
    np.maximum.at(t_x, who[early], when[early])
    later = np.bincount(who[~early], minlength=n)
    expected = law.conditional_expected_purchases(
        clock(days) - clock(middle), x.astype(float), np.where(x > 0, clock(t_x), 0.0), clock(middle)
    )
    for group in (x == 0, (x > 0) & (t_x < 200), (x > 0) & (t_x >= 200)):
        error = later[group].std() / np.sqrt(group.sum())
        assert later[group].mean() == pytest.approx(expected[group].mean(), abs=4 * error)


def test_tau_sums_the_factors_until_and_including_a_day() -> None:
    day = as_day("2021-03-01", "day")
    assert np.diff(tau(SEASON, np.array([day - 1.0, day, day + 1.5]))) == pytest.approx([0.8, 1.2])
    assert tau(SEASON, np.array([])).size == 0


def test_histories_are_read_in_the_seasons_time() -> None:
    end = as_day("2021-03-10", "end")
    clock = Clock(SEASON, end, 7.0)
    x, t_x, T = np.array([0.0, 2.0]), np.array([0.0, 20 / 7]), np.array([10 / 7, 40 / 7])
    since, observed = clock.histories(x, t_x, T)
    day = np.arange(end - 60, end + 1)
    factor = factors_on(SEASON, day)
    assert since == pytest.approx([0.0, factor[(day > end - 40) & (day <= end - 20)].sum() / 7])
    assert observed == pytest.approx([factor[day > end - 10].sum() / 7, factor[day > end - 40].sum() / 7])
    data = FitData(("frequency", "recency", "T"), (x, t_x, T), np.ones(2))
    assert clock.data(data).columns[2] == pytest.approx(observed)
    assert in_time(None, x, t_x, T)[1] is t_x
    assert in_time(clock, x, t_x, T)[1] == pytest.approx(since)


def test_horizons_add_up() -> None:
    clock = Clock(SEASON, START, 7.0)
    edges = np.array([0.0, 31.0, 59.0, 59.0, 365.0])
    ahead = clock.ahead(START - 1, edges)
    assert ahead[:2] == pytest.approx([0.0, 31 * 0.4 / 7])
    assert ahead[2] == ahead[3]
    assert clock.steps(START - 1, 365.0).length == pytest.approx(ahead[-1])


def test_a_last_purchase_on_a_closed_day_is_refused_by_its_row() -> None:
    closed = Season.from_factors({"2021-02-10": 0.0})
    clock = Clock(closed, as_day("2021-03-10", "end"), 1.0)
    fine = np.array([1.0]), np.array([9.0]), np.array([38.0])  # from 31 January to 9 February
    assert clock.histories(*fine)[0] == pytest.approx([9.0])
    with pytest.raises(DataError, match=r"customer in row 1 is on 2021-02-10, a day whose factor .* is 0"):
        clock.histories(np.array([0.0, 1.0]), np.array([0.0, 10.0]), np.array([5.0, 38.0]))


def test_the_factors_uncertainty_stretches_periods() -> None:
    shape = Season(
        shape="month",
        coefficients=tuple(np.log(MONTHS)),
        covariance=tuple(map(tuple, (np.eye(12) * 0.01).tolist())),
    )
    clock = Clock(shape, START - 1, 7.0)
    edges = np.array([0.0, 31.0, 31.0, 365.0])
    drawn = clock.ratios(START - 1, edges, 4_000, np.random.default_rng(0))
    assert drawn.shape == (4_000, 3)
    assert drawn.mean(axis=0) == pytest.approx([1, 1, 1], abs=0.01)
    assert (drawn[:, 1] == 1).all()
    assert drawn[:, 0].std() == pytest.approx(0.1, abs=0.01)  # of a month with 3% of the year
    assert drawn[:, 2].std() < 0.01  # the mean over the cycle is 1
    assert (clock.ratios(START, edges, 3, np.random.default_rng(0))[:, 0] != 1).all()
    assert (Clock(SEASON, START, 7.0).ratios(START, edges, 3, np.random.default_rng(0)) == 1).all()


def test_customers_from_before_all_calendars_are_refused() -> None:
    with pytest.raises(
        DataError, match="row 1 has been observed for 1e\\+08 units of time, since before the year 1"
    ):
        Clock(SEASON, START, 7.0).histories(np.zeros(2), np.zeros(2), np.array([5.0, 1e8]))


def test_gaps_in_a_seasons_time_are_sums_of_its_factors():
    pairs = pd.DataFrame({"before": [START, START, START + 40], "day": [START + 1, START + 40, START + 400]})
    repeats = np.array([3, 1, 2])
    factor = factors_on(SEASON, np.arange(START, START + 401))
    gaps = np.array([factor[1], factor[1:41].sum(), factor[41:401].sum()]) / 7
    found = sum_log_gaps(nw.from_native(pairs.assign(repeats=repeats)), SEASON, 7.0)
    assert found == pytest.approx(repeats @ np.log(gaps), abs=1e-12)
    assert sum_log_gaps(nw.from_native(pairs.assign(repeats=repeats).head(0)), SEASON, 7.0) == 0.0


def test_rows_in_a_seasons_time_forget_the_gaps_of_the_calendar():
    data = FitData(
        ("frequency", "recency", "T"), (np.ones(1), np.ones(1), np.ones(1) * 2), np.ones(1), np.zeros(1)
    )
    assert Clock(SEASON, START + 100, 7.0).data(data).log_gaps is None
