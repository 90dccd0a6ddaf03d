"""Checks of customer tables before fitting or predicting, on every engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import numpy as np
import pandas as pd
import pytest

import clv
import rfm
from clv._fits.posterior import Posterior
from clv._histories import read_histories

COLUMNS = ["customer_id", "frequency", "recency", "T", "monetary_value"]
BUYER = 7  # a customer with a repeat purchase


@pytest.fixture(scope="module")
def model():
    """With the estimates for draws: nothing here depends on them, and they take their time."""
    model = clv.fit(rfm.datasets.cdnow_sample(), end="1997-09-30")
    return replace(model, draws=Posterior(((model.purchases.law, model.spend.law),) * 2))


@pytest.fixture(scope="module")
def table(model):
    return model.customers.head(60)


def changed(table: pd.DataFrame, customer: int = BUYER, **values: float) -> pd.DataFrame:
    """A table with another history of one customer."""
    table = table.astype({"frequency": float})
    table.loc[table["customer_id"] == customer, list(values)] = list(values.values())
    return table


ASKED = {
    "predict": lambda model, table: model.predict(customers=table),
    "intervals": lambda model, table: model.predict(customers=table, interval=0.9),
    "due": lambda model, table: model.due(customers=table),
    "total": lambda model, table: model.total(customers=table),
    "forecast": lambda model, table: model.forecast(customers=table),
    "fit": lambda model, table: clv.fit_summary(table),
}

IMPOSSIBLE = {
    "missing spend": (
        {"monetary_value": np.nan},
        "monetary_value, .* must be finite, got x = 1, monetary_value = nan",
    ),
    "infinite spend": (
        {"monetary_value": np.inf},
        "monetary_value, .* must be finite, .* monetary_value = inf",
    ),
    "negative spend": (
        {"monetary_value": -1.0},
        "monetary_value, .* must be 0 or more, .* monetary_value = -1",
    ),
    "missing time": ({"T": np.nan}, "A history must be finite"),
    "endless time": ({"T": np.inf}, "A history must be finite"),
    "bought after the end": ({"recency": 99.0}, "t_x, the time of the last purchase, lies after T"),
    "negative time": ({"recency": -1.0}, "t_x, the time of the last purchase, must be 0 or more"),
    "repeats at once": ({"recency": 0.0}, "x > 0 with t_x = 0"),
    "no repeats": ({"frequency": 0.0}, "x = 0 with t_x > 0"),
    "half a purchase": ({"frequency": 0.5}, "x, the repeat purchases, must be whole"),
    "fewer than none": ({"frequency": -1.0}, "x, the repeat purchases, must be whole and 0 or more"),
}


@pytest.mark.parametrize("ask", ASKED.values(), ids=ASKED)
def test_whoever_asks_the_customer_is_named(model, table, ask):
    with pytest.raises(
        rfm.DataError, match=r"monetary_value, .* for customer 7\. Hint: it is 0 without repeat"
    ):
        ask(model, changed(table, monetary_value=np.nan))
    with pytest.raises(rfm.DataError, match=r"x = 0 with t_x > 0: .* for customer 7"):
        ask(model, changed(table, frequency=0.0))
    with pytest.raises(
        rfm.DataError, match=r"more than one row for customer 3, 4\. Hint: keep one row per customer"
    ):
        ask(model, pd.concat([table, table[table["customer_id"].isin([3, 4])]]))


@pytest.mark.slow_on("spark")
@pytest.mark.parametrize(("values", "message"), IMPOSSIBLE.values(), ids=IMPOSSIBLE)
def test_what_cannot_be_is_found_by_every_engine(constructor, table, values, message):
    rows = changed(table, **values).sample(frac=1, random_state=1, ignore_index=True)
    with pytest.raises(rfm.DataError, match=f"customers: {message}.* for customer 7. Hint: "):
        read_histories(constructor(rows), clv.BGNBD, COLUMNS, "customers", "clv.summarize(tx)")


@pytest.mark.parametrize(
    ("values", "message"),
    [
        ({"recency": 1.5}, "BG/BB counts whole periods"),
        ({"n_periods": 9.5}, "BG/BB counts whole periods"),
        ({"frequency": 3.0, "recency": 2.0}, "x, the periods with a purchase, exceeds"),
    ],
)
def test_periods_that_cannot_be_are_found_by_every_engine(constructor, values, message):
    whole = clv.summarize(rfm.datasets.cdnow_sample(), discrete="M", end="1997-09-30").head(60)
    whole = whole.astype({"recency": float, "n_periods": float})
    columns = [name.replace("T", "n_periods") for name in COLUMNS]
    found = read_histories(constructor(whole), clv.BGBB, columns, "customers", "…")
    assert (found.unit, found.end) == ("M", date(1997, 9, 30))
    with pytest.raises(rfm.DataError, match=f"customers: {message}.* for customer 7"):
        read_histories(constructor(changed(whole, **values)), clv.BGBB, columns, "customers", "…")


def test_what_a_table_says_is_read_on_every_engine(constructor, table):
    def read(rows: pd.DataFrame) -> tuple[object, ...]:
        found = read_histories(constructor(rows), clv.BGNBD, COLUMNS, "customers", "…")
        return found.unit, found.end, found.empty

    known = ("W", date(1997, 9, 30), False)
    assert read(table) == known
    assert read(table.assign(end=table["end"].dt.strftime("%Y-%m-%d"))) == known  # as a CSV gives it back
    assert read(table[COLUMNS]) == (None, None, False)
    for name, other, result in (
        ("unit", "D", "unit: D, W"),
        ("end", pd.Timestamp("1998-01-31"), "end: 1997-09-30, 1998-"),
    ):
        mixed = table.copy()
        mixed.loc[5, name] = other
        with pytest.raises(rfm.DataError, match=f"customers: the table has more than one {result}"):
            read(mixed)
    with pytest.raises(
        rfm.DataError, match=r"customers: more than one row for customer 1, 2, 3, 4, 5\. Hint"
    ):
        read(pd.concat([table, table]))
    with pytest.raises(rfm.DataError, match="customers: column 'T' holds String, not numbers"):
        read(table.astype({"T": str}))


def test_a_table_without_rows_has_no_predictions(constructor, model, table, to_pandas):
    if constructor.engine in ("dask", "spark", "pyarrow"):
        pytest.skip("a table without rows cannot be divided into partitions")
    result = to_pandas(model.predict(customers=constructor(table.head(0))))
    assert len(result) == 0
    assert list(result) == list(model.predict())


def test_a_table_of_another_unit_is_refused(model, table):
    daily = clv.summarize(rfm.datasets.cdnow_sample(), unit="D", end="1997-09-30")
    plain = table[COLUMNS]
    for ask in (model.predict, model.due, model.total, model.forecast):
        with pytest.raises(
            rfm.DataError, match=r"the table's times are in 'D', and the model's in 'W'. Hint: clv"
        ):
            ask(customers=daily)
        with pytest.raises(
            rfm.DataError, match=r"customers: the table has no column 'unit', .*in 'W'. Hint: unit='W'"
        ):
            ask(customers=plain)
        with pytest.raises(rfm.DataError, match="unit='D' was given, and the table says 'W'"):
            ask(customers=table, unit="D")
        with pytest.raises(rfm.DataError, match="the table's times are in 'D', and the model's in 'W'"):
            ask(customers=plain, unit="D")
    pd.testing.assert_frame_equal(model.predict(customers=plain, unit="W"), model.predict(customers=table))
    for law in ("bg-nbd", clv.BGNBD):
        with pytest.raises(rfm.DataError, match="unit='W' was given, and the table says 'D'"):
            clv.fit_law(law, daily, unit="W")


def test_a_model_says_as_of_the_day_of_the_table(model):
    log, law = rfm.datasets.cdnow_sample(), model.purchases.law
    today = clv.summarize(log, end="1998-03-31")
    result = model.predict("26W", 0.0, customers=today)
    x, t_x, T = (today[name].to_numpy() for name in ("frequency", "recency", "T"))
    np.testing.assert_allclose(result["p_alive"], law.p_alive(x, t_x, T), rtol=1e-12)
    np.testing.assert_allclose(
        result["expected_purchases"], law.conditional_expected_purchases(26.0, x, t_x, T), rtol=1e-9
    )
    later = model.predict("26W", customers=today, as_of="1998-04-28")
    np.testing.assert_allclose(later["p_alive"], law.p_alive(x, t_x, T + 4), rtol=1e-12)
    with pytest.raises(rfm.DataError, match="lies before the end of observation, 1998-03-31"):
        model.predict(customers=today, as_of="1997-12-31")
    plain = today[COLUMNS]
    with pytest.raises(
        rfm.DataError, match=r"as_of needs the day on which observation ended, .* Hint: end=…"
    ):
        model.predict(customers=plain, unit="W", as_of="1998-04-28")
    again = model.predict("26W", customers=plain, unit="W", end="1998-03-31", as_of="1998-04-28")
    pd.testing.assert_frame_equal(again, later)


def test_a_silence_becomes_an_alarm_on_the_same_day_whenever_it_is_asked(model):
    """Who has bought nothing since has the same last purchase, and so the same day of alarm."""
    today = clv.summarize(rfm.datasets.cdnow_sample(), end="1998-03-31")
    then, now = model.customers.set_index("customer_id"), today.set_index("customer_id")
    silent = then.index[(then["frequency"] == now["frequency"].reindex(then.index)) & (then["frequency"] > 0)]
    assert len(silent) > 300
    before, after = (model.due(customers=c).set_index("customer_id")["due"][silent] for c in (None, today))
    assert (abs((after - before).dt.days) <= 1).all()
    assert (after == before).mean() > 0.99
    plain = today[COLUMNS]
    with pytest.raises(rfm.DataError, match=r"due needs the day on which observation ended, .* Hint: end=…"):
        model.due(customers=plain, unit="W")
    pd.testing.assert_frame_equal(
        model.due(customers=plain, unit="W", end="1998-03-31"), model.due(customers=today)
    )


def test_answers_keep_the_labels_of_their_rows(model):
    expected = model.predict().set_index("customer_id")["clv"]
    mine = model.customers.sample(frac=1, random_state=1).set_axis(np.arange(2357) * 10 + 3)
    mine["clv"] = model.predict(customers=mine)["clv"]
    np.testing.assert_array_equal(mine["clv"], expected.loc[mine["customer_id"]])
    top = mine.nlargest(20, "clv")
    assert model.due(customers=top).index.equals(top.index)
    assert model.due(customers=top)["customer_id"].equals(top["customer_id"])


def test_answers_keep_the_labels_of_dask(model):
    dask = pytest.importorskip("dask.dataframe")
    mine = model.customers.sample(frac=1, random_state=1).set_axis(np.arange(2357) * 10 + 3)
    rows = dask.from_pandas(mine, npartitions=3)
    rows["clv"] = model.predict(customers=rows)["clv"]
    expected = model.predict().set_index("customer_id")["clv"]
    found = rows.compute()
    np.testing.assert_array_equal(found["clv"], expected.loc[found["customer_id"]])


def test_a_date_needs_the_day_of_the_table_and_never_takes_the_model_s(model, table):
    undated = table.drop(columns="end")
    for ask in (model.predict, lambda date, customers: model.total(None, date, customers=customers)):
        with pytest.raises(rfm.DataError, match=r"horizon='1998-09-30' needs the day .* Hint: end=…"):
            ask("1998-09-30", customers=undated)
    of_table = {"customers": undated, "end": "1997-09-30"}
    year = model.predict("365D", customers=table)["clv"].sum()
    assert model.predict("1998-09-30", **of_table)["clv"].sum() == pytest.approx(year, rel=1e-12)
    assert model.total(None, "1998-09-30", **of_table)["clv"].item() == pytest.approx(year, rel=1e-9)
    assert model.new_customer("1998-09-30") == model.new_customer("365D")
    assert model.predict("1998-09-30", customers=undated.head(0)).empty


@pytest.mark.parametrize(
    ("refunds", "message"),
    [(np.nan, "refunds must be finite, got refunds = nan"), (7.0, "refunds must be 0 or less")],
)
def test_refunds_that_cannot_be_are_refused(constructor, model, table, refunds, message):
    returning = replace(model, refunds=clv.RefundRate(rate=0.2, prior_orders=10.0))
    wrong = constructor(changed(table, refunds=refunds))
    for ask in (lambda: returning.predict(customers=wrong), lambda: clv.fit_summary(wrong)):
        with pytest.raises(rfm.DataError, match=f"{message}.* for customer {BUYER}"):
            ask()


@pytest.mark.slow_on("spark")
def test_a_log_without_amounts_beside_a_model_that_reads_them(constructor, to_pandas, model):
    """Its orders have the value that is given, less the share that all customers send back."""
    returning = replace(model, refunds=clv.RefundRate(rate=0.2, prior_orders=10.0))
    log = rfm.datasets.cdnow_sample()[["customer_id", "date"]]
    native = clv.summarize(constructor(log[log["customer_id"] < 50]), end="1997-09-30")
    for ask in (returning.predict, returning.total, returning.forecast):
        with pytest.raises(rfm.DataError, match=r"no column 'monetary_value'.* Hint: value_per_order=…"):
            ask(customers=native)
    net = to_pandas(returning.predict(customers=native, value_per_order=10))
    gross = to_pandas(model.predict(customers=native, value_per_order=10))
    assert set(net["refund_rate"]) == {0.2}
    assert net["clv"].sum() == pytest.approx(0.8 * gross["clv"].sum(), rel=1e-12)
    total = returning.total(customers=native, value_per_order=10)["clv"].item()
    assert total == pytest.approx(net["clv"].sum(), rel=1e-9)
    assert "revenue" in returning.forecast("4W", customers=native, value_per_order=10)
