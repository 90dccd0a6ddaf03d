"""Bins by metric, percentiles, groups and customer tables: the same on every engine as on pandas."""

import narwhals.stable.v2 as nw
import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import Scorer

DAY = "1998-06-30"
OPTIONS = {"bins": {"F": 3, "M": 4}, "percentiles": {"M": [0.5, 0.8, 0.95]}}


@pytest.fixture(scope="module")
def log():
    return rfm.datasets.cdnow_sample()


@pytest.fixture(scope="module")
def customers(log):
    ids = np.sort(log["customer_id"].unique())
    country = np.array(["FR", "NZ", "Zürich"], dtype=object)[ids % 3]
    country[::17] = None
    return pd.DataFrame({"customer_id": ids, "country": country, "tier": ids % 2})


def sorted_scores(table, names=("recency", "R", "F", "M", "rfm")):
    table = table.sort_values("customer_id", ignore_index=True)
    return table[["customer_id", *names]].astype(str)


@pytest.mark.slow_on("spark")
def test_scores_within_groups(constructor, to_pandas, log, customers):
    expected = rfm.score(log, DAY, attributes=customers, within=["country", "tier"], **OPTIONS)
    found = rfm.score(
        constructor(log), DAY, attributes=constructor(customers), within=["country", "tier"], **OPTIONS
    )
    pd.testing.assert_frame_equal(sorted_scores(to_pandas(found)), sorted_scores(expected))


@pytest.mark.slow_on("spark")
def test_a_table_with_the_last_purchase(constructor, to_pandas, log, customers):
    table = rfm.summarize(log, DAY)[["customer_id", "last_purchase", "orders", "spend"]].merge(customers)
    expected = Scorer.fit(table, within="tier", as_of=DAY, **OPTIONS)
    given = constructor(table)
    assert Scorer.fit(given, within="tier", as_of=DAY, **OPTIONS) == expected
    found = rfm.score(summary=given, as_of=DAY, scorer=expected)
    assert type(found) is type(given)
    found = nw.from_native(found).drop("last_purchase").to_native()  # in the session's zone on Spark
    pd.testing.assert_frame_equal(sorted_scores(to_pandas(found)), sorted_scores(expected.score(table, DAY)))


@pytest.mark.slow_on("spark")
def test_a_young_shop(constructor, to_pandas, log):
    young = log[log["date"] < log["date"].min() + pd.Timedelta(days=3)].drop_duplicates("customer_id")
    with pytest.warns(rfm.DataWarning):
        expected = rfm.segment(young)
    with pytest.warns(rfm.DataWarning):
        found = rfm.segment(constructor(young.reset_index(drop=True)))
    names = ("R", "F", "M", "segment")
    pd.testing.assert_frame_equal(sorted_scores(to_pandas(found), names), sorted_scores(expected, names))
    assert set(expected["F"]) == {1}


@pytest.mark.slow_on("spark")
def test_snapshots_within_groups(constructor, to_pandas, log, customers):
    options = {"dates": ["1997-12-31", DAY], "within": "country", "scheme": "value"}
    expected = rfm.snapshots(log, attributes=customers, **options)
    found = to_pandas(rfm.snapshots(constructor(log), attributes=constructor(customers), **options))
    for day in expected["date"].unique():
        pairs = [t[pd.to_datetime(t["date"]) == day].dropna() for t in (found, expected)]
        left, right = (
            sorted_scores(t.assign(**{n: t[n].astype(int) for n in "RFM"}), ("R", "F", "M", "segment"))
            for t in pairs
        )
        pd.testing.assert_frame_equal(left, right)
