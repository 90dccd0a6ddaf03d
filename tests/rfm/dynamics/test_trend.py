"""Trends compared with a slow count of every period, in plain Python."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rfm

rows = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 300), st.integers(-6, 12)), min_size=1, max_size=40
)
SHARES = ("customers", "new", "returning", "lapsed", "orders", "spend", "mean_order")


def as_log(rows) -> pd.DataFrame:
    who, day, amount = np.array(rows).T
    date = pd.Timestamp("2023-02-10") + pd.to_timedelta(day, unit="D")
    return pd.DataFrame({"customer_id": who, "date": date, "amount": amount / 4})


def purchase_days(log: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Netted days that are purchases, and the others of those who ever bought."""
    days = log.groupby(["customer_id", "date"])["amount"].agg(["sum", "min"]).reset_index()
    bought = (days["sum"] > 0) | ((days["sum"] == 0) & (days["min"] >= 0))
    others = days[~bought & days["customer_id"].isin(days.loc[bought, "customer_id"])]
    return days[bought], others


def slow_count(log: pd.DataFrame, starts: list[pd.Timestamp], span: int) -> pd.DataFrame:
    """By period, with one sentence a number."""
    days, others = purchase_days(log)
    history = {who: sorted(dates) for who, dates in days.groupby("customer_id")["date"]}
    end, lines = log["date"].max(), []
    for start, stop in zip(starts, [*starts[1:], pd.Timestamp.max], strict=True):
        here = days[(days["date"] >= start) & (days["date"] < stop)]
        customers = set(here["customer_id"])
        new = {who for who in customers if start <= history[who][0] < stop}
        lapsed = won_back = 0
        for dates in history.values():
            for day, after in zip(dates, [*dates[1:], None], strict=True):
                silent = day + pd.Timedelta(days=span + 1)  # the first day of a silence that is too long
                lapsed += start <= silent < stop and silent <= end and (after is None or after >= silent)
                won_back += after is not None and start <= after < stop and (after - day).days > span
        refunds = others.loc[(others["date"] >= start) & (others["date"] < stop), "sum"].sum()
        lines.append((len(customers), len(new), len(customers) - len(new), won_back, lapsed, len(here),
                      here["sum"].sum(), refunds))  # fmt: skip
    names = ["customers", "new", "returning", "won_back", "lapsed", "orders", "spend", "refunds"]
    return pd.DataFrame(lines, columns=names)


@pytest.mark.nightly
@given(rows, st.sampled_from(["1M", "1Q", "2W", "45D"]), st.integers(1, 90), st.randoms())
def test_a_trend_is_the_slow_count(rows, every, span, random):
    log = as_log(rows)
    table = rfm.trend(log, every, lapsed_after=span)
    known = slow_count(log, table["period"].tolist(), span)
    pd.testing.assert_frame_equal(table[known.columns], known, check_dtype=False)
    assert (table["active"] == (table["new"] + table["won_back"] - table["lapsed"]).cumsum()).all()
    assert (table["active"] >= 0).all()
    assert (table["mean_order"] * table["orders"]).fillna(0).to_numpy() == pytest.approx(
        table["spend"].to_numpy()
    )
    random.shuffle(rows)
    pd.testing.assert_frame_equal(rfm.trend(as_log(rows), every, lapsed_after=span), table)


@given(rows, st.integers(1, 90))
def test_segments_add_up_to_the_whole(rows, span):
    log = as_log(rows)
    names = pd.CategoricalDtype(["z", "b", "a"], ordered=True)
    segments = pd.DataFrame({"customer_id": [0, 1, 2, 3], "segment": ["a", "b", "z", "a"]}).astype(
        {"segment": names}
    )
    parts = rfm.trend(log, "1Q", lapsed_after=span, segments=segments)
    whole = rfm.trend(log, "1Q", lapsed_after=span)
    counted = ["customers", "new", "returning", "won_back", "lapsed", "active", "orders", "spend", "refunds"]
    total = (
        parts.groupby("period")[counted].sum().reindex(whole["period"], fill_value=0).reset_index(drop=True)
    )
    pd.testing.assert_frame_equal(total, whole[counted], check_dtype=False)
    found = set(parts["segment"])
    order = [name for name in ("z", "b", "a", "no segment") if name in found]
    assert parts["segment"].cat.categories.tolist() == order
    assert parts["segment"].iloc[: len(order)].tolist() == order


def test_changes_are_shares_of_the_period_and_of_the_year_before():
    table = rfm.trend(rfm.datasets.cdnow())
    for name in SHARES:
        before = table[name].astype(float).where(table[name] > 0)
        assert table[f"{name}_change"].to_numpy() == pytest.approx(
            (table[name] / before.shift(1) - 1).to_numpy(), nan_ok=True
        )
        assert table[f"{name}_change_year"].to_numpy() == pytest.approx(
            (table[name] / before.shift(12) - 1).to_numpy(), nan_ok=True
        )
    assert table["orders_change_year"].notna().sum() == 6
    assert table["complete"].all()


def test_incomplete_periods_are_flagged_and_never_compared():
    log = as_log([(1, day, 8) for day in range(0, 100)])  # 2023-02-10 to 2023-05-20
    table = rfm.trend(log, lapsed_after=30)
    assert table["complete"].tolist() == [False, True, True, False]
    assert table["orders_change"].isna().tolist() == [True, True, False, True]
    assert table["orders_change"].iloc[2] == pytest.approx(30 / 31 - 1)


def shop(days: int, seed: int, *, leave: float, mean: float = 128.6, customers: int = 1500) -> pd.DataFrame:
    """Everybody's gaps are exponential, nine in ten within 2.303 means; `to_native` of the purchases are the last."""
    rng = np.random.default_rng(seed)
    who, day = np.arange(customers), rng.uniform(0, days, customers)
    rows = []
    while len(who):
        rows.append(np.stack([who, np.floor(day)]))
        stay = rng.random(len(who)) >= leave
        who, day = who[stay], day[stay] + rng.exponential(mean, stay.sum())
        who, day = who[day < days], day[day < days]
    who, day = np.concatenate(rows, axis=1)
    date = pd.Timestamp("2020-01-01") + pd.to_timedelta(day, unit="D")
    return pd.DataFrame({"customer_id": who.astype(int), "date": date, "amount": 5.0})


@pytest.mark.parametrize("leave", [0.0, 0.3, 0.5])
@pytest.mark.parametrize("days", [730, 1095, 2000])
def test_the_default_is_the_time_in_which_nine_in_ten_of_those_who_return_do_so(leave, days):
    tables = [rfm.trend(shop(days, seed, leave=leave), "1Y") for seed in range(3)]
    assert np.mean([table["lapsed_after"].iloc[0] for table in tables]) == pytest.approx(296, rel=0.07)
    assert np.mean([table["followed"].iloc[0] for table in tables]) == pytest.approx(1 - leave, abs=0.03)


@pytest.mark.parametrize("leave", [0.0, 0.3, 0.5])
@pytest.mark.parametrize("days", [180, 365])
def test_a_log_too_short_to_tell_has_no_default(leave, days):
    log = shop(days, 0, leave=leave)
    with pytest.raises(
        rfm.DataError, match=r"too short to estimate after how long .* Hint: lapsed_after=180"
    ):
        rfm.trend(log)
    assert rfm.trend(log, lapsed_after=180)["followed"].isna().all()


def test_the_default_is_a_slow_count_of_those_who_buy_again():
    days, _ = purchase_days(rfm.datasets.cdnow())
    days = days.sort_values(["customer_id", "date"])
    after = days.groupby("customer_id")["date"].shift(-1)
    open_until = days["date"].max()
    gap = (after.fillna(open_until) - days["date"]).dt.days.to_numpy()
    closed, silent, levels = after.notna().to_numpy(), 1.0, {}
    for day in range(1, gap.max() + 1):
        silent *= 1 - (closed & (gap == day)).sum() / (gap >= day).sum()
        levels[day] = 1 - silent
    table = rfm.trend(rfm.datasets.cdnow(), "1Y")
    plateau = levels[gap.max()]
    assert table["followed"].tolist() == pytest.approx([plateau, plateau])
    known = min(day for day, level in levels.items() if level >= 0.9 * plateau)
    assert table["lapsed_after"].tolist() == [known, known]
    seen = np.quantile(gap[closed], 0.9, method="inverted_cdf")
    assert known > 1.15 * seen  # the gaps that were seen end too early


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"every": "0D"}, "every='0D' is not a period length"),
        ({"lapsed_after": 0}, "lapsed_after must be a whole number, 1 or more; got 0"),
        ({"lapsed_after": "90D"}, "1 or more; got '90D'"),
        ({}, "No customer bought twice, so there are no gaps to estimate from. Hint: lapsed_after=90"),
        (
            {"segments": pd.DataFrame({"customer_id": [1]})},
            "segments: no column 'segment'. The table has: customer_id",
        ),
        ({"segments": pl.DataFrame({"customer_id": [1], "segment": ["a"]})}, "The log is on pandas and the"),
        (
            {"segments": pd.DataFrame({"customer_id": [1, 1], "segment": ["a", "b"]})},
            "more than one row for customer 1",
        ),
    ],
)
def test_what_cannot_be_is_refused_in_words(options, words):
    with pytest.raises(rfm.DataError, match=words):
        rfm.trend(as_log([(1, 0, 8), (2, 45, 8)]), **options)


def test_refunds_of_those_who_never_bought_are_in_the_audit():
    dates = ["2020-01-01", "2020-01-09", "2020-01-15"]
    tx = rfm.Transactions(
        pd.DataFrame({"customer_id": ["a", "a", "b"], "date": dates, "amount": [10, -3, -5]})
    )
    left_out = tx.audit.set_index("rule").loc["customer with refunds only", "amount"]
    counted = rfm.trend(tx, lapsed_after=20)["refunds"].sum()
    assert (counted, left_out) == (-3, -5)
    assert counted + left_out == rfm.summarize(tx)["refunds"].sum()


@pytest.mark.parametrize("function", [rfm.cohorts, rfm.trend])
def test_segments_of_a_customer_twice_are_named_so(function):
    log = pd.DataFrame({"customer_id": ["a", "b"], "date": ["2020-01-01", "2020-01-15"], "amount": 1.0})
    twice = pd.DataFrame({"customer_id": ["a", "a"], "segment": ["x", "y"]})
    with pytest.raises(rfm.DataError, match=r"^segments: more than one row for customer 'a'"):
        function(log, segments=twice)
    with pytest.raises(rfm.EngineError, match="The log is on pandas and the segments on Polars"):
        function(log, segments=pl.from_pandas(twice))


def test_a_log_without_a_purchase_is_a_row_of_zeros():
    table = rfm.trend(as_log([(1, 0, -8)]), lapsed_after=30)
    assert table[["customers", "orders", "lapsed", "active"]].to_numpy().tolist() == [[0, 0, 0, 0]]
    assert table["mean_order"].isna().all()
