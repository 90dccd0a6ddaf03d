"""Snapshots: one pass equals separate dates, no customer is lost, and the order of rows does not matter."""

from __future__ import annotations

import functools
import warnings

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rfm

EDGES = {"R": [80, 40, 20, 5], "F": [1, 2, 3, 5], "M": [0, 5, 15, 30]}
WAITING = rfm.Scheme.load("value").rename({"low": "not yet"})
rows = st.lists(
    st.tuples(st.integers(0, 6), st.integers(0, 150), st.integers(-8, 12), st.integers(0, 3)),
    min_size=1,
    max_size=50,
)


def as_log(rows: list[tuple[int, int, int, int]]) -> pd.DataFrame:
    who, day, amount, order = np.array(rows).T
    date = pd.Timestamp("2024-01-01") + pd.to_timedelta(day, unit="D")
    return pd.DataFrame({"customer_id": who, "date": date, "amount": amount / 4, "order": order})


@functools.cache
def given_scorer(**options) -> rfm.Scorer:
    """Cut points of one's own: small logs have no fifths."""
    one = pd.DataFrame({"customer_id": [1], "date": ["2024-01-01"], "amount": [1.0]})
    return rfm.Scorer.fit(rfm.summarize(one).assign(order_ids=1), edges=EDGES, **options)


def date_by_date(tx, dates, **options) -> pd.DataFrame:
    """The same table by `rfm.segment`, one call a date."""
    stills = []
    for date in dates:
        segmented = rfm.segment(tx, as_of=date, **options)
        stills.append(segmented[["customer_id", "R", "F", "M", "segment"]].assign(date=pd.Timestamp(date)))
    return pd.concat(stills).astype({"segment": str})


def assert_same(snaps: pd.DataFrame, stills: pd.DataFrame) -> None:
    seen = snaps[snaps["segment"] != "not yet"].astype({"segment": str, "R": int, "F": int, "M": int})
    known = stills.sort_values(["date", "customer_id"]).reset_index(drop=True)
    pd.testing.assert_frame_equal(seen.reset_index(drop=True)[known.columns], known, check_dtype=False)


ATTRIBUTES = pd.DataFrame({"customer_id": range(7), "nps": [9, 3, np.nan, 10, 0, 7, 9]})
FANS = rfm.Scheme.load("classic").with_segment(
    "fan", "nps >= 9 and recency <= 30 and spend > 1", before="VIP"
)
WAYS = {
    "scores": lambda: {"scorer": given_scorer()},
    "mean order": lambda: {"scheme": "lifecycle", "scorer": given_scorer(monetary="mean")},
    "order ids": lambda: {"scorer": given_scorer(frequency="orders")},
    "rules beyond scores": lambda: {"scheme": FANS, "attributes": ATTRIBUTES, "scorer": given_scorer()},
    "both": lambda: {"scheme": FANS, "attributes": ATTRIBUTES, "scorer": given_scorer(frequency="orders")},
}


@given(rows, st.sampled_from(sorted(WAYS)))
def test_one_pass_is_date_by_date(rows, way):
    log = as_log(rows)
    tx = rfm.Transactions(log, order_id="order")
    dates = pd.date_range(log["date"].min(), log["date"].max(), periods=3).normalize().unique()
    assert_same(rfm.snapshots(tx, dates=dates, **WAYS[way]()), date_by_date(tx, dates, **WAYS[way]()))


@pytest.mark.parametrize("way", WAYS)
def test_one_pass_is_date_by_date_on_a_larger_log(way):
    rng = np.random.default_rng(8)
    log = as_log(np.column_stack([rng.integers(0, 7, 900) + 100 * rng.integers(0, 40, 900), rng.integers(0, 150, 900),
                                  rng.integers(-8, 12, 900), rng.integers(0, 3, 900)]))  # fmt: skip
    tx = rfm.Transactions(log, order_id="order")
    dates = [str(day)[:10] for day in pd.date_range("2024-01-01", "2024-05-29", periods=5)]
    assert_same(rfm.snapshots(tx, dates=dates, **WAYS[way]()), date_by_date(tx, dates, **WAYS[way]()))


@given(rows, st.randoms())
def test_customers_are_conserved_and_the_order_of_rows_is_nothing(rows, random):
    log = as_log(rows)
    dates = pd.date_range(log["date"].min(), log["date"].max(), periods=3).normalize().unique()
    snaps = rfm.snapshots(log, dates=dates, scorer=given_scorer())
    summary = rfm.summarize(log, as_of=dates[-1]).query("orders > 0")
    for date in dates:
        assert snaps.loc[snaps["date"] == date, "customer_id"].tolist() == summary["customer_id"].tolist()
    waiting = snaps["segment"] == "not yet"
    assert snaps.loc[waiting, ["R", "F", "M"]].isna().all(axis=None)
    assert snaps.loc[~waiting, ["R", "F", "M"]].notna().all(axis=None)
    came = summary.set_index("customer_id")["first_purchase"].reindex(snaps["customer_id"]).to_numpy()
    assert (waiting == (snaps["date"] < came)).all()
    random.shuffle(rows)
    pd.testing.assert_frame_equal(rfm.snapshots(as_log(rows), dates=dates, scorer=given_scorer()), snaps)


def test_cuts_are_learned_where_one_says():
    tx = rfm.Transactions(rfm.datasets.cdnow())
    last = rfm.snapshots(tx, every="1Q")
    newest = last[last["date"] == "1998-06-30"]
    assert_same(newest, date_by_date(tx, ["1998-06-30"]))
    for learn_at, day in (("first", "1997-03-31"), ("1997-09-30", "1997-09-30")):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", rfm.DataWarning)
            snaps = rfm.snapshots(tx, every="1Q", learn_at=learn_at)
            scorer = rfm.Scorer.fit(rfm.summarize(tx, as_of=day))
        pd.testing.assert_frame_equal(snaps, rfm.snapshots(tx, every="1Q", scorer=scorer))


def test_the_table_is_what_the_docstring_says():
    log = rfm.datasets.cdnow()
    before = log.copy()
    snaps = (
        rfm.snapshots(log, every="1Q", scheme="value", bins=None) if False else rfm.snapshots(log, every="1Q")
    )
    pd.testing.assert_frame_equal(log, before)
    assert snaps.columns.tolist() == ["customer_id", "date", "R", "F", "M", "segment"]
    assert snaps.dtypes.astype(str).tolist()[1:5] == ["datetime64[us]", "Int64", "Int64", "Int64"]
    names = (*rfm.Scheme.load("classic").names, "not yet")
    assert snaps["segment"].cat.ordered
    assert tuple(snaps["segment"].cat.categories) == names
    assert sorted(snaps["date"].dt.strftime("%Y-%m-%d").unique()) == [
        "1997-03-31", "1997-06-30", "1997-09-30", "1997-12-31", "1998-03-31", "1998-06-30"
    ]  # fmt: skip
    assert isinstance(snaps.index, pd.RangeIndex)
    polars = rfm.snapshots(pl.from_pandas(log), every="1Q")
    assert polars.schema["segment"] == pl.Enum(names)
    assert (polars.schema["date"], polars.schema["R"]) == (pl.Date, pl.Int64)


def test_the_last_incomplete_period_has_no_snapshot():
    log = as_log([(1, 0, 8, 0), (2, 45, 8, 0)])  # to 2024-02-15
    snaps = rfm.snapshots(log, scorer=given_scorer())
    assert snaps["date"].dt.strftime("%Y-%m-%d").tolist() == ["2024-01-31"]
    with pytest.raises(
        rfm.DataError, match="every='1Y' has no end within the log, which runs from 2024-01-01 to"
    ):
        rfm.snapshots(log, every="1Y")


@pytest.mark.parametrize(
    ("options", "error", "words"),
    [
        ({"every": "0D"}, rfm.DataError, "every='0D' is not a period length"),
        ({"dates": ["2024-01-05", "2024-01-02"]}, rfm.DataError, "2024-01-02 comes after 2024-01-05"),
        ({"dates": ["2024-01-05", "2024-01-05"]}, rfm.DataError, "2024-01-05 is given twice"),
        ({"dates": ["2023-12-31"]}, rfm.DataError, "2023-12-31 lies outside the log"),
        ({"dates": ["2024-02-16"]}, rfm.DataError, "2024-02-16 lies outside the log"),
        ({"dates": ["2024-02-01"], "every": "1M"}, rfm.DataError, "every='1M' and dates were both given"),
        ({"learn_at": "soon"}, rfm.DataError, "learn_at must be a date; got 'soon'"),
        ({"learn_at": "2023-01-01"}, rfm.DataError, "No rows on or before 2023-01-01"),
        ({"scheme": "quartiles"}, rfm.SchemeError, "'quartiles' is for scores from 1 to 4; these run to 5"),
        ({"scheme": WAITING}, rfm.SchemeError, r"'value' has a segment 'not yet', as .* Hint: scheme.rename"),
        ({"scorer": "x"}, rfm.ScoringError, "scorer must be a Scorer; got 'x'. Hint: rfm.Scorer.fit"),
        (
            {"scorer": None, "bins": 5},
            rfm.ScoringError,
            "bins=5 is not an option here: the scheme sets the number",
        ),
        ({"edges": EDGES}, rfm.ScoringError, "A scorer has its options already; got edges as well"),
    ],
)
def test_what_cannot_be_is_refused_in_words(options, error, words):
    log = as_log([(1, 0, 8, 0), (2, 45, 8, 0)])
    scorer = None if "learn_at" in options else given_scorer()
    with pytest.raises(error, match=words):
        rfm.snapshots(log, **{"scorer": scorer} | options)


def test_order_ids_that_the_log_lacks_are_asked_for():
    log = as_log([(1, 0, 8, 0), (2, 45, 8, 0)])
    with pytest.raises(rfm.ScoringError, match="The log has no order ids"):
        rfm.snapshots(log, scorer=given_scorer(frequency="orders"))


@pytest.mark.nightly
@pytest.mark.slow_on("pandas", "pandas-arrow", "polars", "pyarrow")
def test_four_hundred_weeks(constructor, to_pandas):
    """Of which no expression grows so deep that an engine refuses it."""
    if constructor.engine in ("dask", "spark"):
        pytest.skip("Dask walks over the dates in memory; Spark's plan is counted below")
    rng = np.random.default_rng(0)
    log = pd.DataFrame(
        {"customer_id": rng.integers(0, 20, 600), "amount": rng.integers(-5, 99, 600).astype(float)}
    )
    log["date"] = pd.Timestamp("2015-01-01") + pd.to_timedelta(rng.integers(0, 2_807, 600), "D")
    log.loc[0, "date"], log.loc[1, "date"] = pd.Timestamp("2015-01-01"), pd.Timestamp("2022-09-12")
    edges = {"R": [30, 60, 90, 180], "F": [1, 3, 9, 20], "M": [50, 100, 500, 900]}
    mine = rfm.snapshots(constructor(log), "1W", edges=edges)
    wanted = rfm.snapshots(log, "1W", edges=edges)
    assert wanted["date"].nunique() >= 400
    found, wanted = (
        table.assign(segment=table["segment"].astype(str)).sort_values(
            ["date", "customer_id"], ignore_index=True
        )
        for table in (to_pandas(mine), to_pandas(wanted))
    )
    pd.testing.assert_frame_equal(found, wanted, check_dtype=False)
    for table in (rfm.trend(constructor(log), "1W", lapsed_after=90), rfm.cohorts(constructor(log), "1W")):
        assert len(to_pandas(table)) >= 400


@pytest.mark.parametrize("attributes", [False, True])
def test_the_expression_does_not_grow_with_the_dates(attributes):
    """Polars writes the whole expression out."""
    pl = pytest.importorskip("polars")
    log = rfm.datasets.cdnow_sample()
    land = pl.LazyFrame({"customer_id": log["customer_id"].unique(), "land": "FR"}) if attributes else None
    edges = {"R": [30, 60, 90, 180], "F": [1, 2, 3, 4], "M": [20, 50, 100, 200]}
    plans = [
        rfm.snapshots(pl.from_pandas(log).lazy(), every, edges=edges, attributes=land).explain(
            optimized=False
        )
        for every in ("6M", "1W")
    ]
    assert len(plans[1]) < 1.1 * len(plans[0])
