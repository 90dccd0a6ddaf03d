from __future__ import annotations

from datetime import date

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import clv
import rfm

ORDERS = rfm.datasets.cdnow_sample()
LATER = ORDERS["date"].astype("datetime64[ns]") >= pd.Timestamp("1997-09-30")
END = "1998-07-16"  # two weeks after the last order
LAW = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)


@pytest.fixture(scope="module")
def base() -> rfm.CustomerBase:
    quiet = ORDERS.iloc[:0]
    return rfm.CustomerBase.of(ORDERS[~LATER]).add(ORDERS[LATER]).add(quiet, until=END)


@pytest.fixture(scope="module")
def model() -> clv.CustomerModel:
    return clv.fit(ORDERS, end="1997-09-30")


def test_the_summary_is_that_of_the_log(base):
    for unit in ("D", "W", "M", "Y"):
        whole = clv.summarize(ORDERS, unit, end=END).drop(columns="sum_log_gaps")
        pd.testing.assert_frame_equal(clv.summarize(base, unit), whole, rtol=1e-12)
    pd.testing.assert_frame_equal(
        clv.summarize(base, end="1999-01-01"),
        clv.summarize(ORDERS, end="1999-01-01").drop(columns="sum_log_gaps"),
    )


@pytest.mark.parametrize("law", ["bg-nbd", "mbg-cnbd-2"])
def test_a_fit_is_that_of_the_log(base, law):
    mine, whole = clv.fit(base, law), clv.fit(ORDERS, law, end=END)
    ours, theirs = (tuple(vars(found.purchases.law).values()) for found in (mine, whole))
    numbers = [(a, b) for a, b in zip(ours, theirs, strict=True) if isinstance(a, float)]
    np.testing.assert_allclose(*np.transpose(numbers), rtol=1e-6 if law == "mbg-cnbd-2" else 1e-12)
    assert mine.end == whole.end == date(1998, 7, 16)


def test_a_loaded_model_values_todays_customers(base, model, tmp_path):
    """By the law's formulas on a summary made by hand."""
    model.save(tmp_path / "m.json")
    loaded = clv.load(tmp_path / "m.json")
    table = clv.customer_table(base, model=loaded, horizon="39W")
    pd.testing.assert_frame_equal(
        table, clv.customer_table(ORDERS, model=loaded, as_of=END, horizon="39W"), rtol=1e-12
    )
    orders = ORDERS.assign(date=ORDERS["date"].astype("datetime64[ns]")).groupby("customer_id")["date"]
    first, last, days = orders.min(), orders.max(), orders.nunique()
    x, t_x = days.to_numpy() - 1.0, ((last - first).dt.days / 7).to_numpy()
    t = ((pd.Timestamp(END) - first).dt.days / 7).to_numpy()
    law = loaded.purchases.law
    np.testing.assert_allclose(table["p_alive"], law.p_alive(x, t_x, t), rtol=1e-9)
    expected = law.conditional_expected_purchases(39.0, x, t_x, t)
    np.testing.assert_allclose(table["expected_purchases"], expected, rtol=1e-9)
    assert set(table["as_of"]) == {pd.Timestamp(END)}


def test_a_table_with_a_named_law_is_that_of_the_log(base):
    pd.testing.assert_frame_equal(
        clv.customer_table(base, model="bg-nbd"),
        clv.customer_table(ORDERS, model="bg-nbd", as_of=END),
        rtol=1e-12,
    )
    table = clv.customer_table(base, model="bg-nbd")
    whole = clv.customer_table(ORDERS, model="bg-nbd", as_of=END)
    pd.testing.assert_frame_equal(clv.segment_value(table), clv.segment_value(whole), rtol=1e-12)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({}, r"model='auto' needs held-out parts of the log.*Hint: name a law"),
        (
            {"model": "bg-nbd", "interval": 0.9},
            r"interval=0.9 needs earlier days of the log.*Hint: fit to the log once",
        ),
        ({"model": "bg-bb"}, r"model='bg-bb' needs the days of purchases in calendar periods"),
        ({"model": "mbg-cnbd"}, r"model='mbg-cnbd' chooses k, which needs the times between purchases"),
        ({"model": "bg-nbd", "season": "auto"}, r"season='auto' needs the days of all purchases"),
        (
            {"model": "bg-nbd", "entry_after": "26W"},
            r"entry_after='26W' needs the days on which the log begins",
        ),
        ({"model": "bg-nbd", "spend_orders": "auto"}, r"spend_orders='auto' needs later parts of the log"),
        (
            {"model": "bg-nbd", "as_of": "1998-01-01"},
            r"cannot go back to 1998-01-01\. Hint: clv.customer_table\(log",
        ),
    ],
)
def test_what_needs_the_log_says_so(base, options, said):
    with pytest.raises(rfm.DataError, match=said):
        clv.customer_table(base, **options)


@pytest.mark.parametrize(
    ("options", "said"),
    [
        ({"forgetting": "auto"}, "forgetting='auto' needs later parts of the log"),
        ({"spend_law": "credibility"}, "spend_law='credibility' needs the worth of each order"),
        ({"first_purchase": ORDERS}, "first_purchase=.* needs the days of the log"),
        ({"model": "auto"}, "model='auto' needs held-out parts of the log"),
    ],
)
def test_a_fit_that_needs_the_log_says_so(base, options, said):
    with pytest.raises(rfm.DataError, match=said):
        clv.fit(base, **options)


def test_calendar_periods_need_the_log(base):
    with pytest.raises(rfm.DataError, match=r"discrete='M' counts the periods .*Hint: clv.summarize\(log"):
        clv.summarize(base, discrete="M")


def test_of_a_base_with_refunds_a_fitted_model_is_applied_and_none_is_fitted():
    back = pd.DataFrame({"customer_id": [1], "date": ["1998-07-02"], "amount": [-5.0]})
    log = pd.concat([ORDERS.assign(date=ORDERS["date"].astype(str)), back])
    base = rfm.CustomerBase.of(log)
    with pytest.raises(
        rfm.DataError, match="A fit to a base with refunds needs the log, in which each refund"
    ):
        clv.fit(base)
    model = clv.fit(log)
    pd.testing.assert_frame_equal(
        clv.customer_table(base, model=model), clv.customer_table(log, model=model), rtol=1e-12
    )


ROWS = st.lists(
    st.tuples(st.integers(1, 6), st.integers(0, 40), st.integers(-300, 2_000)), min_size=1, max_size=40
)


@settings(max_examples=8, deadline=None)
@given(ROWS, st.lists(st.integers(0, 41), max_size=5))
def test_any_split_of_a_log_gives_the_whole_logs_answers(model, rows, cuts):
    """Batches of days, some of them empty."""
    days = pd.Timestamp("2024-01-01") + pd.to_timedelta([day for _, day, _ in rows], "D")
    log = pd.DataFrame({"customer_id": [who for who, _, _ in rows], "date": days,
                        "amount": [cents / 100 for _, _, cents in rows]})  # fmt: skip
    log = log.sort_values("date", kind="stable")
    number = (log["date"] - pd.Timestamp("2024-01-01")).dt.days
    base, edges = None, sorted({*cuts, 42})
    for low, high in zip([0, *edges], edges, strict=False):
        batch = log[(number >= low) & (number < high)]
        day = pd.Timestamp("2024-01-01") + pd.Timedelta(max(high - 1, 0), "D")
        if base is not None:
            base = base.add(batch, until=day, name=f"{low}-{high}")
        elif len(batch):
            base = rfm.CustomerBase.of(batch).add(batch.iloc[:0], until=day)
    assert base is not None
    end = "2024-02-11"
    pd.testing.assert_frame_equal(base.summary(), rfm.summarize(log, as_of=end))
    mine, whole = clv.summarize(base), clv.summarize(log, end=end).drop(columns="sum_log_gaps")
    pd.testing.assert_frame_equal(mine, whole, rtol=1e-12)
    if len(mine):
        pd.testing.assert_frame_equal(
            model.predict(customers=mine), model.predict(customers=whole), rtol=1e-12
        )
