"""A window counts what the log cut to it holds, and changes nothing else; one answer on every engine."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import clv
import rfm
from rfm._customers.attributes import with_order_ids
from rfm._customers.window import IN_WINDOW, as_window, window_start
from rfm._days import as_day, day_text

EDGES = {"F": [1, 2, 3, 5], "M": [0, 9, 19, 29]}
WINDOWS = ["1D", "30D", "2W", "3M", "1Q", "1Y", "2023-02-01"]
rows = st.lists(
    st.tuples(st.integers(0, 5), st.integers(0, 200), st.integers(-8, 12), st.sampled_from([np.nan, 1.0, 2.0, 3.0])),
    min_size=1,
    max_size=40,
)  # fmt: skip


def as_log(rows) -> pd.DataFrame:
    log = pd.DataFrame(rows, columns=["customer_id", "day", "amount", "order"])
    log["date"] = pd.Timestamp("2023-01-01") + pd.to_timedelta(log.pop("day"), unit="D")
    return log.assign(amount=log["amount"] / 4)


def large_log(seed: int = 0, n: int = 600) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    columns = rng.integers(0, 60, n), rng.integers(0, 400, n), rng.integers(-8, 30, n), rng.integers(0, 4, n)
    return as_log(np.column_stack(columns).astype(float)).astype({"customer_id": int})


def read(log: pd.DataFrame, **options) -> rfm.Transactions:
    return rfm.Transactions(log, order_id="order", far_dates="keep", **options)


@pytest.mark.parametrize(
    ("window", "end", "start"),
    [
        ("365D", "2024-12-31", "2024-01-02"),
        ("1D", "2024-12-31", "2024-12-31"),
        ("12M", "2024-02-29", "2023-03-01"),  # the days after 2023-02-28
        ("12m", "2023-02-28", "2022-03-01"),
        ("1M", "2024-03-31", "2024-03-01"),  # the days after 2024-02-29
        (" 1M", "2024-05-31", "2024-05-01"),
        ("1Q", "2024-05-31", "2024-03-01"),
        ("1Y", "2024-06-15", "2023-06-16"),
        ("2W", "2024-06-15", "2024-06-02"),
        ("2024-06-15", "2024-06-15", "2024-06-15"),
        (pd.Timestamp("2024-02-03 10:00"), "2024-06-15", "2024-02-03"),
        (pd.Period("2024-02"), "2024-06-15", "2024-02-01"),
        (np.datetime64("2024-02"), "2024-06-15", "2024-02-01"),
        ("999999Y", "2024-06-15", "0001-01-01"),
        ("999999D", "2024-06-15", "0001-01-01"),
    ],
)
def test_the_first_day_of_a_window(window, end, start):
    assert day_text(window_start(window, as_day(end, "end"))) == start
    assert window_start(as_window(window), as_day(end, "end")) == as_day(start, "start")


@pytest.mark.parametrize("number", [1, 3, 12, 14])
def test_months_are_those_of_pandas_and_starts_never_fall_back(number):
    days = pd.date_range("2019-12-25", "2024-03-05")
    starts = [window_start(f"{number}M", as_day(day, "day")) for day in days]
    wanted = days - pd.DateOffset(months=number) + pd.Timedelta(days=1)
    assert [day_text(start) for start in starts] == [str(day.date()) for day in wanted]
    assert (np.diff(starts) >= 0).all()


@pytest.mark.parametrize(
    "window",
    ["0D", "-3D", "12.5M", "12", "year", "", 365, 1.5, True, float("nan"), pd.NaT, [], pd.DataFrame()],
)
def test_what_is_no_window_is_refused_before_the_log_is_read(window):
    words = r"window=.* is neither a positive length of time nor a day\. Hint: window=\"365D\""
    with pytest.raises(rfm.DataError, match=words):
        rfm.summarize(None, window=window)


def test_a_window_that_begins_after_its_end_is_refused():
    log = as_log([(1, 0, 8, 1.0), (2, 45, 8, 1.0)])
    words = r"begins on 2023-02-01, after its last day, 2023-01-31\. Hint: an earlier first day"
    for answer in (rfm.summarize, rfm.score, rfm.segment):
        with pytest.raises(rfm.DataError, match=words):
            answer(log, as_of="2023-01-31", window="2023-02-01")
    with pytest.raises(rfm.DataError, match=words):
        rfm.snapshots(log, dates=["2023-01-31", "2023-02-10"], window="2023-02-01")
    with pytest.raises(rfm.DataError, match=words):
        clv.customer_table(log, as_of="2023-01-31", window="2023-02-01")
    assert rfm.summarize(log, as_of="2023-02-01", window="2023-02-01")["orders_in_window"].tolist() == [0]


@given(rows, st.sampled_from(WINDOWS), st.integers(31, 260), st.sampled_from(["net", "keep"]))
def test_a_window_counts_what_the_log_cut_to_it_holds(rows, window, after, returns):
    log = as_log(rows)
    tx = read(log, returns=returns)
    end = max(after + as_day("2023-01-01", "start"), tx.first_day)
    start = window_start(window, end)
    summary = rfm.summarize(tx, day_text(end), window=window)
    whole = rfm.summarize(tx, day_text(end))
    pd.testing.assert_frame_equal(summary.drop(columns=list(IN_WINDOW)), whole)
    counted = with_order_ids(summary, tx, end, start).set_index("customer_id")
    pd.testing.assert_series_equal(
        counted["order_ids"], with_order_ids(whole, tx, end).set_index("customer_id")["order_ids"]
    )
    cut = log[(log["date"] >= day_text(start)) & (log["date"] <= day_text(end))]
    wanted = pd.DataFrame(0, index=counted.index, columns=["orders", "net", "order_ids"]).astype(
        {"net": float}
    )
    if len(cut):
        kept = read(cut, returns=returns)
        of_cut = with_order_ids(rfm.summarize(kept), kept, kept.last_day).set_index("customer_id")
        wanted = of_cut.assign(net=of_cut["spend"] + of_cut["refunds"])[wanted.columns].reindex(
            counted.index, fill_value=0
        )
    assert counted["orders_in_window"].tolist() == wanted["orders"].tolist()
    assert counted["spend_in_window"].tolist() == wanted["net"].tolist()  # quarters add up exactly
    assert counted["order_ids_in_window"].tolist() == wanted["order_ids"].tolist()


@given(rows, st.randoms())
def test_the_order_of_rows_does_not_matter(rows, random):
    summary = rfm.summarize(as_log(rows), window="60D")
    random.shuffle(rows)
    pd.testing.assert_frame_equal(rfm.summarize(as_log(rows), window="60D"), summary)


@pytest.mark.parametrize("options", [{}, {"frequency": "orders"}, {"monetary": "mean"}])
def test_a_window_longer_than_the_log_scores_as_none(options):
    tx = read(large_log())
    for answer in (rfm.score, rfm.segment):
        windowed, whole = (answer(tx, edges=EDGES, **window, **options) for window in ({"window": "9Y"}, {}))
        own = [name for name in windowed if name in whole]
        pd.testing.assert_frame_equal(windowed[own], whole[own])
    everything = rfm.summarize(tx, window="9Y")
    assert (everything["orders_in_window"] == everything["orders"]).all()
    assert np.allclose(
        everything["spend_in_window"], everything["spend"] + everything["refunds"], rtol=0, atol=1e-9
    )


def test_customers_without_an_order_in_the_window_stay_and_score_lowest():
    scored = rfm.score(read(large_log()), window="90D", monetary="mean", edges=EDGES).set_index("customer_id")
    none = scored["orders_in_window"] == 0
    assert 0 < none.sum() < len(scored) == (rfm.summarize(large_log())["orders"] > 0).sum()
    assert set(scored.loc[none, "F"]) == {1}
    assert (scored.loc[none, ["frequency", "monetary"]] == 0).all(axis=None)
    bought = scored[~none]
    per_order = bought["spend_in_window"] / bought["orders_in_window"]
    assert np.allclose(bought["monetary"], per_order, rtol=0, atol=1e-9)
    positive = as_log([(who, day, 40, 1.0) for who, day in [(1, 0), (2, 0), (2, 99), (3, 98), (3, 99)]])
    money = rfm.score(
        positive, window="9D", edges={"R": [90, 50, 9, 0], "F": [0, 1, 2, 3], "M": [0, 9, 19, 29]}
    ).set_index("customer_id")
    assert money[["F", "M"]].to_numpy().tolist() == [[1, 1], [2, 3], [3, 4]]


def test_monetary_is_the_spend_in_the_window_and_recency_is_of_the_whole_log():
    tx = read(large_log())
    segmented, whole = (rfm.segment(tx, edges=EDGES, **options) for options in ({"window": "90D"}, {}))
    assert (segmented["monetary"] == segmented["spend_in_window"]).all()
    assert (segmented["frequency"] == segmented["orders_in_window"]).all()
    unchanged = ["customer_id", "recency", "R", "first_purchase", "orders", "spend", "refunds"]
    pd.testing.assert_frame_equal(segmented[unchanged], whole[unchanged])


@pytest.mark.parametrize("scheme", ["classic", "lifecycle"])
def test_new_means_new_in_a_window(scheme):
    log = rfm.datasets.cdnow()
    last = log["date"].max()
    returned = pd.DataFrame(
        {"customer_id": [1, 10**6], "date": last, "amount": 1.0}
    )  # one of long ago, one new
    log = pd.concat([log[["customer_id", "date", "amount"]], returned], ignore_index=True)
    options = {"window": "90D", "scheme": scheme, "edges": {"F": [1, 2, 3, 4], "M": [9, 99, 199, 299]}}
    segmented = rfm.segment(log, **options).set_index("customer_id")
    assert segmented.loc[[1, 10**6], ["R", "F"]].to_numpy().tolist() == [[5, 1], [5, 1]]
    assert segmented.loc[10**6, "segment"] == "new" != segmented.loc[1, "segment"]
    assert (segmented.loc[segmented["segment"] == "new", "orders"] == 1).all()
    rules, row = rfm.Scheme.load(scheme), segmented.loc[1]
    assert rules.explain(row).segment == row["segment"]
    assert not rules.tags(segmented.drop(columns="segment")).loc[1, "new"]
    cut = log[log["date"] > last - pd.Timedelta(days=90)]
    of_cut = rfm.segment(cut, scheme=scheme, edges=options["edges"]).set_index("customer_id")
    assert of_cut.loc[1, "segment"] == "new"  # which the window is there to prevent


def test_a_rule_in_a_window_stands_in_for_a_rule_and_is_kept():
    segment = rfm.Segment("new", "R == 5", rule_in_window="R == 5 and orders == 1")
    scheme = rfm.Scheme("own", (segment, rfm.Segment("rest")), default="rest")
    assert rfm.Scheme.from_dict(scheme.to_dict()) == scheme
    with pytest.raises(rfm.SchemeError, match="rule_in_window stands in for a rule"):
        rfm.Segment("new", rule_in_window="R == 5")
    with pytest.raises(rfm.RuleError):
        rfm.Segment("new", "R == 5", rule_in_window="R ==")


def test_a_scorer_remembers_that_it_scores_a_window(tmp_path):
    log = large_log()
    windowed, whole = rfm.summarize(log, window="90D"), rfm.summarize(log)
    of_window, of_whole = (rfm.Scorer.fit(table, edges=EDGES) for table in (windowed, whole))
    of_window.save(tmp_path / "scorer.json")
    assert rfm.Scorer.load(tmp_path / "scorer.json") == of_window != of_whole
    assert (of_window.windowed, of_whole.windowed) == (True, False)
    pd.testing.assert_frame_equal(of_window.score(windowed), rfm.score(log, window="90D", edges=EDGES))
    with pytest.raises(rfm.ScoringError, match=r"only whole histories.* Hint: window="):
        of_window.score(whole)
    with pytest.raises(rfm.ScoringError, match=r"here is a window.* Hint: leave out window="):
        of_whole.score(windowed)
    with pytest.raises(rfm.ScoringError, match="here is a window"):
        rfm.segment(log, window="90D", scorer=of_whole)
    for scorer, options in ((of_window, {}), (of_whole, {"window": "90D"})):
        with pytest.raises(rfm.ScoringError, match="The scorer was learned from"):
            rfm.snapshots(log, "1Q", scorer=scorer, **options)


@pytest.mark.parametrize("within", [None, "country"])
def test_cut_points_are_those_of_the_customers_with_an_order_in_the_window(within):
    log = rfm.datasets.cdnow_sample()
    start = log["date"].max() - pd.Timedelta(days=299)
    country = pd.DataFrame({"customer_id": log["customer_id"].unique()})
    country["country"] = np.where(country["customer_id"] % 3, "FR", "NZ")
    summary = rfm.summarize(log, window="300D").merge(country)
    buyers = summary[summary["orders_in_window"] > 0]
    of_cut = rfm.summarize(log[log["date"] >= start]).merge(country)
    options = {"bins": 3, "within": within}
    scorer, wanted = rfm.Scorer.fit(summary, **options), rfm.Scorer.fit(of_cut, **options)
    assert {name: scorer.edges[name] for name in "FM"} == {name: wanted.edges[name] for name in "FM"}
    for group, edges in scorer.edges_within.items() if within else ():
        assert {name: edges[name] for name in "FM"} == {
            name: wanted.edges_within[group][name] for name in "FM"
        }
    scored = scorer.score(summary)
    for place, name in enumerate("RFM"):
        counted = scored[name].value_counts().reindex([1, 2, 3], fill_value=0)
        assert scorer.customers[place] == tuple(counted), "of all customers, as drift compares"
    assert 0 < len(buyers) < len(summary)
    assert (scored.loc[scored["orders_in_window"] == 0, ["F", "M"]] == 1).all(axis=None)
    lazy = rfm.Scorer.fit(pl.from_pandas(summary).lazy(), **options)
    assert lazy == scorer


def test_nobody_in_the_window_scores_lowest():
    log = as_log([(who, 10 * who, 8, 1.0) for who in range(1, 7)])
    with pytest.warns(rfm.DataWarning, match="the same (frequency|monetary), so every customer scores 1"):
        scored = rfm.score(log, "2024-01-01", window="9D")
    assert (scored[["F", "M"]] == 1).all(axis=None)


def test_a_summary_has_its_window_in_its_columns():
    summary = rfm.summarize(large_log(), window="90D")
    found = rfm.segment(summary=summary, edges=EDGES)
    pd.testing.assert_frame_equal(found, rfm.segment(large_log(), window="90D", edges=EDGES))
    for answer in (rfm.score, rfm.segment):
        with pytest.raises(
            rfm.ScoringError, match=r"the orders of a summary have no days.* Hint: rfm.summarize"
        ):
            answer(summary=summary, window="90D")


def test_a_scorer_saved_before_there_were_windows_is_of_whole_histories(tmp_path):
    path = tmp_path / "scorer.json"
    scorer = rfm.Scorer.fit(rfm.summarize(large_log()), edges=EDGES)
    scorer.save(path)
    text = path.read_text()
    assert text.count('"windowed": false') == 1
    path.write_text(text.replace(',\n  "windowed": false', ""))
    assert rfm.Scorer.load(path) == scorer
    path.write_text(text.replace("false", "0"))
    with pytest.raises(rfm.ScoringError, match="windowed must be True or False"):
        rfm.Scorer.load(path)


def test_without_amounts_only_orders_are_counted():
    log = large_log().drop(columns="amount")
    tx = rfm.Transactions(log, amount=None)
    summary = rfm.summarize(tx, window="90D")
    assert list(summary)[-1] == "orders_in_window"
    assert "spend_in_window" not in summary
    segmented = rfm.segment(tx, window="90D", edges={"F": EDGES["F"]})
    assert (segmented["frequency"] == segmented["orders_in_window"]).all()


def test_the_customer_table_scores_the_window_and_predicts_from_whole_histories():
    log = rfm.datasets.cdnow_sample()
    model = clv.fit(log, "bg-nbd")
    table = clv.customer_table(log, model=model, window="12M")
    whole = clv.customer_table(log, model=model)
    segmented = rfm.segment(log, window="12M")
    pd.testing.assert_frame_equal(table[list(segmented)], segmented)
    predicted = ["p_alive", "expected_purchases", "clv"]
    pd.testing.assert_frame_equal(table[predicted], whole[predicted])


@pytest.mark.slow_on("spark")
@pytest.mark.parametrize("options", [{}, {"frequency": "orders", "monetary": "mean"}])
def test_every_engine_gives_the_same_answer(constructor, to_pandas, options):
    log, options = large_log(3, 300), {"edges": EDGES, **options}
    native = constructor(log)
    dates = ["2023-05-31", "2023-11-30"]
    tx, mine = read(log), read(native)
    found = _sorted(to_pandas(rfm.segment(mine, as_of=dates[-1], window="90D", **options)))
    wanted = _sorted(rfm.segment(tx, as_of=dates[-1], window="90D", **options))
    pd.testing.assert_frame_equal(found[list(wanted)], wanted, check_dtype=False)
    found = _sorted(to_pandas(rfm.snapshots(mine, dates=dates, window="3M", **options)))
    wanted = _sorted(rfm.snapshots(tx, dates=dates, window="3M", **options))
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)


def _sorted(table: pd.DataFrame) -> pd.DataFrame:
    """In one order, with dates, texts and numbers of one type each."""
    table = table.sort_values([name for name in ("date", "customer_id") if name in table], ignore_index=True)
    for name in table:
        if "purchase" in name or name == "date":
            table[name] = pd.to_datetime(table[name]).dt.date.astype(str)
        elif name in ("segment", "rfm"):
            table[name] = table[name].astype(str)
        else:
            table[name] = table[name].astype("Float64").to_numpy(dtype=float, na_value=np.nan)
    return table
