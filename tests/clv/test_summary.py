from __future__ import annotations

import math
import warnings

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._periods import last_end
from clv._summary import compress
from clv._units import days_per_unit
from rfm._days import as_day, day_date

TIMES = ["customer_id", "frequency", "recency", "T"]
COLUMNS = [*TIMES, "monetary_value"]
MORE = ["first_order_spend", "refunds", "unit", "end"]
LOGS = ("cdnow", "cdnow_sample", "example_transactions")


def lifetimes_summary(log: pd.DataFrame, **options: object) -> pd.DataFrame:
    """The table of lifetimes, whose import and use warn of other libraries' futures."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from lifetimes.utils import summary_data_from_transaction_data

        table = summary_data_from_transaction_data(
            log[["customer_id", "date", "amount"]], "customer_id", "date", "amount", **options
        )
    return table.reset_index()


@pytest.mark.parametrize("name", LOGS)
def test_the_table_of_lifetimes_customer_by_customer(name):
    log = getattr(rfm.datasets, name)()
    mine, theirs = clv.summarize(log, unit="W"), lifetimes_summary(log, freq="D", freq_multiplier=7)
    assert mine.columns.tolist() == [*TIMES, "sum_log_gaps", "monetary_value", *MORE]
    for column in ("customer_id", "frequency", "recency", "T"):
        np.testing.assert_array_equal(mine[column], theirs[column], err_msg=column)
    np.testing.assert_allclose(mine["monetary_value"], theirs["monetary_value"], rtol=0, atol=1e-9)


def test_the_table_of_lifetimes_to_an_earlier_end():
    log, end = rfm.datasets.cdnow_sample(), "1997-09-30"
    mine = clv.summarize(log, unit="D", end=end)
    theirs = lifetimes_summary(log, freq="D", observation_period_end=end)
    pd.testing.assert_frame_equal(
        mine[COLUMNS], theirs, check_dtype=False, check_column_type=False, rtol=0, atol=1e-9
    )


@pytest.mark.parametrize("name", LOGS)
@pytest.mark.parametrize("unit", ["D", "W"])
def test_periods_are_those_of_lifetimes(name, unit):
    log = getattr(rfm.datasets, name)()
    end = day_date(last_end(as_day(log["date"].max(), "end"), unit))
    mine = clv.summarize(log, discrete=unit, end=end)
    theirs = lifetimes_summary(log[log["date"] <= str(end)], freq=unit, observation_period_end=str(end))
    for ours, column in (("frequency", "frequency"), ("recency", "recency"), ("n_periods", "T")):
        np.testing.assert_array_equal(mine[ours], theirs[column], err_msg=ours)


@pytest.mark.parametrize("unit", ["M", "Y"])
def test_periods_are_those_of_the_calendar(unit):
    log = rfm.datasets.cdnow()
    log = log[log["date"] <= ("1998-05-31" if unit == "M" else "1997-12-31")]
    period = log["date"].dt.to_period(unit).astype("int64")
    by_hand = period.groupby(log["customer_id"]).agg(["min", "max", "nunique"])
    mine = clv.summarize(log, discrete=unit, end="1998-05-31" if unit == "M" else "1997-12-31")
    np.testing.assert_array_equal(mine["frequency"], by_hand["nunique"] - 1)
    np.testing.assert_array_equal(mine["recency"], by_hand["max"] - by_hand["min"])
    np.testing.assert_array_equal(mine["n_periods"], period.max() - by_hand["min"])


def test_weeks_begin_on_monday():
    sunday, monday = "2024-03-03", "2024-03-04"
    log = pd.DataFrame(
        {"customer_id": [1, 1, 1], "date": [sunday, monday, "2024-03-10"], "amount": [5.0, 7.0, 9.0]}
    )
    table = clv.summarize(log, discrete="W", end="2024-03-17")
    assert table.to_dict("records") == [
        {"customer_id": 1, "frequency": 1, "recency": 1, "n_periods": 2, "monetary_value": 16.0,
         "first_order_spend": 5.0, "refunds": 0.0, "unit": "W", "end": pd.Timestamp("2024-03-17")}
    ]  # fmt: skip


def test_a_week_is_seven_days_and_never_cut_to_whole_ones():
    log = pd.DataFrame({"customer_id": [1, 1], "date": ["2024-01-01", "2024-01-11"], "amount": [5.0, 7.0]})
    row = clv.summarize(log, unit="W", end="2024-01-31").iloc[0]
    assert (row.frequency, row.recency, row["T"], row.monetary_value) == (1, 10 / 7, 30 / 7, 7.0)


def test_refunds_on_other_days_leave_the_mean_alone_and_customers_without_orders_are_left_out():
    log = pd.DataFrame(
        {
            "customer_id": ["a", "a", "a", "b"],
            "date": ["2024-01-01", "2024-01-05", "2024-01-09", "2024-01-02"],
            "amount": [5.0, 7.0, -7.0, -1.0],
        }
    )
    table = clv.summarize(log, unit="D")
    assert table.to_dict("records") == [
        {"customer_id": "a", "frequency": 1, "recency": 4.0, "T": 8.0, "sum_log_gaps": pytest.approx(math.log(4)),
         "monetary_value": 7.0, "first_order_spend": 5.0, "refunds": -7.0, "unit": "D",
         "end": pd.Timestamp("2024-01-09")}
    ]  # fmt: skip


@pytest.mark.parametrize("unit", ["D", "W", "M", "Y"])
def test_logarithms_of_gaps_are_those_of_the_log_in_any_unit_and_order(unit):
    log, end = rfm.datasets.cdnow_sample(), "1997-12-31"
    table = clv.summarize(log, unit=unit, end=end)
    days = (
        log.loc[log["date"] <= end, ["customer_id", "date"]]
        .drop_duplicates()
        .sort_values(["customer_id", "date"])
    )
    gap = days.groupby("customer_id")["date"].diff().dt.days / days_per_unit(unit)
    expected = np.log(gap).groupby(days["customer_id"]).sum()
    np.testing.assert_allclose(table["sum_log_gaps"], expected.to_numpy(), rtol=0, atol=1e-12)
    assert (table.loc[table["frequency"] == 0, "sum_log_gaps"] == 0).all()
    again = clv.summarize(log.sample(frac=1, random_state=1), unit=unit, end=end)
    assert again["sum_log_gaps"].tolist() == table["sum_log_gaps"].tolist()


def test_gaps_of_one_unit_add_nothing_and_periods_have_none():
    log = pd.DataFrame(
        {"customer_id": 1, "date": pd.date_range("2024-01-01", periods=9, freq="7D"), "amount": 1.0}
    )
    assert clv.summarize(log, unit="W")["sum_log_gaps"].item() == 0.0
    assert clv.summarize(log, unit="D")["sum_log_gaps"].item() == pytest.approx(8 * math.log(7), abs=1e-12)
    assert "sum_log_gaps" not in clv.summarize(log, discrete="W", end="2024-03-03")


@pytest.fixture(scope="module")
def refunded():
    """CDNOW's sample with one row in eight a refund, and a customer who only ever gave back."""
    log = rfm.datasets.cdnow_sample()[["customer_id", "date", "amount"]]
    log.loc[::8, "amount"] *= -1
    return pd.concat([log, pd.DataFrame({"customer_id": [-1], "date": log["date"].max(), "amount": [-3.0]})])


@pytest.mark.parametrize("unit", ["D", "W", "M", "Y"])
@pytest.mark.parametrize("option", ["unit", "discrete"])
def test_first_orders_and_refunds_are_those_of_the_log(refunded, unit, option):
    whole = {"W": "1998-03-29", "Y": "1997-12-31"} if option == "discrete" else {}
    end = pd.Timestamp(whole.get(unit, "1998-03-31"))
    days = refunded[refunded["date"] <= end].groupby(["customer_id", "date"])["amount"].agg(["sum", "min"])
    days = days.round(2).reset_index()
    bought = (days["sum"] > 0) | ((days["sum"] == 0) & (days["min"] >= 0))
    orders, others = days[bought], days[~bought]
    period = orders["date"].dt.to_period("W-SUN" if unit == "W" and option == "discrete" else
                                         unit if option == "discrete" else "D")  # fmt: skip
    spends = (
        orders.groupby(["customer_id", period.astype("int64")])["sum"].sum().groupby("customer_id").first()
    )
    refunds = others.groupby("customer_id")["sum"].sum().reindex(spends.index).fillna(0.0)
    table = clv.summarize(refunded, end=end, **{option: unit}).set_index("customer_id")
    assert list(table.index) == list(spends.index)
    np.testing.assert_allclose(table["first_order_spend"], spends, rtol=0, atol=1e-9)
    np.testing.assert_allclose(table["refunds"], refunds, rtol=0, atol=1e-9)
    assert (table["refunds"] < 0).sum() > 100
    assert set(table["unit"]) == {unit}
    assert set(table["end"]) == {end}


@pytest.mark.parametrize("options", [{"unit": "X"}, {"discrete": "Q"}])
def test_unknown_units_are_refused(options):
    with pytest.raises(rfm.DataError, match="is not a unit of time"):
        clv.summarize(rfm.datasets.cdnow_sample(), **options)


def test_an_end_before_the_log_is_refused():
    with pytest.raises(rfm.DataError, match="No rows on or before 1990-01-01"):
        clv.summarize(rfm.datasets.cdnow_sample(), end="1990-01-01")


def test_compressed_rows_are_distinct_sorted_and_lead_back():
    table = clv.summarize(rfm.datasets.cdnow())
    distinct = compress(table)
    rows = pd.DataFrame(distinct.columns)
    assert not rows.duplicated().any()
    pd.testing.assert_frame_equal(rows, rows.sort_values(list(rows), ignore_index=True))
    assert distinct.weights.sum() == len(table)
    np.testing.assert_array_equal(distinct.weights, np.bincount(distinct.inverse))
    for name, values in distinct.columns.items():
        np.testing.assert_array_equal(values[distinct.inverse], table[name], err_msg=name)


def test_compression_does_not_depend_on_the_order_of_rows():
    table = clv.summarize(rfm.datasets.cdnow())
    once, again = compress(table), compress(table.sample(frac=1, random_state=1))
    for left, right in zip(once.arrays, again.arrays, strict=True):
        np.testing.assert_array_equal(left, right)
    np.testing.assert_array_equal(once.weights, again.weights)


def test_other_columns_compress_too_and_very_many_levels_do_not_overflow():
    rng = np.random.default_rng(5)
    values = {name: rng.choice(rng.random(20_000), 60_000) for name in "abcdef"}  # 20,000^6 > 2^64
    whole = {name: np.tile(column, 2) for name, column in values.items()}
    distinct = compress(whole, list("abcdef"))
    assert len(distinct.weights) == 60_000
    assert (distinct.weights == 2).all()
    for name, column in distinct.columns.items():
        np.testing.assert_array_equal(column[distinct.inverse], whole[name])
