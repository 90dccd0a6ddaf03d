"""KMeans clusters: deterministic, the same on every engine, and named by their centres."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import DataError

pytest.importorskip("sklearn")


def summary(n=900, seed=0):
    """Three kinds of customers that nobody could mistake."""
    rng = np.random.default_rng(seed)
    kind = np.arange(n) % 3
    return pd.DataFrame(
        {
            "customer_id": np.arange(n),
            "recency": np.array([5, 60, 700])[kind] + rng.integers(0, 4, n),
            "orders": np.array([40, 6, 1])[kind],
            "spend": (np.array([4_000.0, 200.0, 9.0])[kind] * rng.uniform(0.9, 1.1, n)).round(2),
            "refunds": 0.0,
        }
    )


def test_plain_groups_are_found_and_told_best_first():
    clustered = rfm.cluster(summary())
    names = clustered["cluster"].cat.categories
    assert len(names) == 3
    kind = clustered["cluster"].cat.codes
    assert (kind.to_numpy() == np.arange(900) % 3).all()
    assert [name.split(" days")[0] for name in names] == ["7", "62", "702"]
    profile = rfm.profile(clustered, by="cluster")
    assert profile["customers"].tolist() == [300, 300, 300]
    assert profile["spend"].is_monotonic_decreasing


@pytest.mark.slow
def test_one_answer_on_every_engine(constructor, to_pandas):
    expected = rfm.cluster(summary(), k=4)
    native = constructor(summary())
    clustered = rfm.cluster(native, k=4)
    assert type(clustered) is type(native)
    assert to_pandas(clustered)["cluster"].astype(str).tolist() == expected["cluster"].astype(str).tolist()


def test_an_engine_gives_the_same_answer():
    pl = pytest.importorskip("polars")
    clustered = rfm.cluster(pl.from_pandas(summary()).lazy(), k=4).collect()
    assert clustered["cluster"].to_list() == rfm.cluster(summary(), k=4)["cluster"].tolist()


def test_the_order_of_rows_changes_nothing():
    table = summary()
    again = rfm.cluster(table.sample(frac=1, random_state=4)).sort_values("customer_id", ignore_index=True)
    pd.testing.assert_frame_equal(again, rfm.cluster(table))


def test_clusters_stand_beside_segments():
    segmented = rfm.segment(rfm.datasets.cdnow().head(3_000), edges={"F": [1, 2, 3, 4]})
    both = rfm.cluster(segmented, k=3)
    assert set(segmented.columns) < set(both.columns)
    table = rfm.profile(both, by=("segment", "cluster"))
    assert table["customers"].sum() == len(segmented)
    assert {"segment", "cluster", "action"} <= set(table.columns)


def test_few_and_identical_customers():
    table = summary(9)
    assert rfm.cluster(table.head(1))["cluster"].nunique() == 1
    assert rfm.cluster(table.head(2))["cluster"].nunique() == 2
    same = table.assign(recency=5, orders=2, spend=30.0)
    assert rfm.cluster(same)["cluster"].unique().tolist() == ["5 days, 2 orders, 30 spent"]


def test_refunds_below_zero_are_measured_too():
    table = summary(60).assign(refunds=lambda t: np.where(t["customer_id"] % 2, -2 * t["spend"], 0.0))
    clustered = rfm.cluster(table, k=2)
    assert "-" in clustered["cluster"].cat.categories[-1]


@pytest.mark.parametrize("k", [10_000])
def test_a_number_of_clusters_that_cannot_be_is_refused(k):
    with pytest.raises(DataError, match=f"k={k} clusters need at least {k} distinct customers"):
        rfm.cluster(summary(), k=k)


@pytest.mark.parametrize("k", [1.5, "3", True, 0, -1])
def test_a_number_of_clusters_is_whole(k):
    with pytest.raises(
        DataError, match=f"k must be a whole number, 1 or more; got {k!r}. Hint: k=4, or k=None"
    ):
        rfm.cluster(summary(), k=k)
    pd.testing.assert_frame_equal(rfm.cluster(summary(), k=np.int64(3)), rfm.cluster(summary(), k=3))


def test_nobody_has_bought():
    with pytest.raises(DataError, match="has bought"):
        rfm.cluster(summary().assign(orders=0))
