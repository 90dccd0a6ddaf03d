"""One row per segment, and the concentration of spend."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rfm
from rfm import DataError, Scheme
from rfm import _profile_statistics as statistics_room
from rfm._frames.execution import fetch
from rfm._frames.native import from_native
from rfm._scores import value_counts as levels_room
from rfm.plot._tables import segment_sizes


def segmented(n=400, seed=0, **columns):
    rng = np.random.default_rng(seed)
    table = {
        "customer_id": np.arange(n),
        "recency": rng.integers(0, 50, n),
        "frequency": rng.integers(1, 9, n),
        "monetary": rng.lognormal(3, 1, n).round(2),
        **{name: rng.integers(1, 6, n) for name in "RFM"},
    }
    return Scheme.load("classic").assign(pd.DataFrame(table | columns))


def test_profile_is_the_group_by_that_it_says():
    table = segmented()
    profile = rfm.profile(table)
    groups = table.groupby("segment", observed=True)
    assert list(profile.columns) == [
        "segment", "customers", "share", "recency", "orders", "spend", "share_of_spend",
        "recency_median", "recency_mean", "frequency_median", "frequency_mean", "monetary_median", "monetary_mean",
        "average_order_value", "spend_per_customer", "action",
    ]  # fmt: skip
    for metric in ("recency", "frequency", "monetary"):
        for statistic in ("median", "mean"):
            expected = groups[metric].agg(statistic)
            np.testing.assert_allclose(profile[f"{metric}_{statistic}"], expected, rtol=1e-12)
    assert profile["recency"].equals(profile["recency_median"])
    np.testing.assert_allclose(
        profile["average_order_value"] * profile["orders"], profile["spend"], rtol=1e-12
    )
    np.testing.assert_allclose(
        profile["spend_per_customer"] * profile["customers"], profile["spend"], rtol=1e-12
    )
    present = set(table["segment"])
    assert profile["segment"].tolist() == [name for name in Scheme.load("classic").names if name in present]
    assert profile["customers"].tolist() == groups.size().tolist()
    assert profile["recency"].tolist() == groups["recency"].median().tolist()
    assert profile["orders"].tolist() == groups["frequency"].sum().tolist()
    assert np.allclose(profile["spend"], groups["monetary"].sum(), rtol=1e-12)
    assert np.allclose(profile[["share", "share_of_spend"]].sum(), 1.0)
    assert profile["action"].tolist() == [Scheme.load("classic")[name].action for name in profile["segment"]]
    assert profile["segment"].dtype == table["segment"].dtype


def test_spend_is_net_and_orders_are_those_that_were_scored():
    table = segmented(100).assign(orders=3, spend=10.0, refunds=-1.0)
    profile = rfm.profile(table)
    assert profile["spend"].sum() == 900.0
    assert profile["orders"].sum() == table["frequency"].sum() != 300
    assert rfm.profile(table.drop(columns=["frequency", "monetary"]))["orders"].sum() == 300


BASKETS = pd.DataFrame({
    "customer_id": [1, 1, 1, 2, 2, 3, 4, 4, 5, 1],
    "date": ["2024-01-01"] * 3 + ["2024-02-01"] * 2
    + ["2024-03-01", "2024-03-05", "2024-03-09", "2024-04-01", "2024-04-02"],
    "order": range(10), "amount": 10.0,
})  # fmt: skip


@pytest.mark.slow_on("dask", "spark")
def test_what_a_table_is_scored_by_is_what_its_profile_sums(constructor, to_pandas):
    """Ten order ids lie on seven purchase days."""
    tx = rfm.Transactions(constructor(BASKETS), order_id="order")
    edges = {"R": [60, 45, 30, 15], "F": [1, 2, 3, 4], "M": [5.0, 15.0, 25.0, 35.0]}
    for frequency, total in (("orders", 10), ("days", 7)):
        for monetary in ("total", "mean"):
            table = rfm.segment(tx, scheme="value", edges=edges, frequency=frequency, monetary=monetary)
            profile = to_pandas(rfm.profile(table))
            assert profile["orders"].sum() == to_pandas(table)["frequency"].sum() == total
            assert profile["spend"].sum() == 100.0


def test_clusters_and_pictures_count_as_the_scores_do():
    pytest.importorskip("sklearn")
    tx = rfm.Transactions(BASKETS, order_id="order")
    edges = {"R": [60, 45, 30, 15], "F": [1, 2, 3, 4], "M": [5.0, 15.0, 25.0, 35.0]}
    table = rfm.segment(tx, scheme="value", edges=edges, frequency="orders", monetary="mean")
    clustered = rfm.cluster(table, k=2)
    pd.testing.assert_frame_equal(clustered.drop(columns="cluster"), table)
    assert rfm.profile(clustered, by="cluster")["orders"].sum() == 10
    sizes, _ = segment_sizes(table)
    assert sizes["spend"].sum() == 100.0


@pytest.mark.parametrize("by", ["orders", "recency", "customers", "action", "level", "monetary_mean"])
def test_a_group_cannot_have_the_name_of_a_column_of_the_profile(by):
    with pytest.raises(rfm.DataError, match=rf"by='{by}' has the name of another column of the profile"):
        rfm.profile(segmented().assign(**{by: 1}), by=by)


def test_a_scheme_may_be_named():
    assert rfm.profile(segmented(), "classic").equals(rfm.profile(segmented(), Scheme.load("classic")))
    with pytest.raises(rfm.SchemeError, match="No scheme 'clasic'"):
        rfm.profile(segmented(), "clasic")


def test_actions_come_from_the_scheme_given_or_from_the_one_that_knows_the_names():
    table = segmented()
    mine = Scheme.load("classic").with_segment("x", "R == 9", action="?").rename({"VIP": "VIP"})
    assert rfm.profile(table, mine)["action"].tolist() == rfm.profile(table)["action"].tolist()
    assert (
        rfm.profile(table, language="zh-Hant")["action"].iloc[0]
        == Scheme.load("classic")["VIP"].actions["zh-Hant"]
    )
    lifecycle = Scheme.load("lifecycle").assign(segmented().drop(columns="segment"))
    assert "Thank, reward, ask for referrals" in set(rfm.profile(lifecycle)["action"])
    other = table.assign(segment="mine")
    assert rfm.profile(other)["action"].tolist() == [""]


def test_groups_of_any_column_and_of_two():
    table = segmented().assign(country=np.where(np.arange(400) % 4, "TW", "HK"))
    by_country = rfm.profile(table, by="country")
    assert by_country["customers"].tolist() == [300, 100]
    both = rfm.profile(table, by=["segment", "country"])
    assert len(both) == table.groupby(["segment", "country"], observed=True).ngroups
    summed = both.groupby("segment", observed=True)["customers"].sum()
    assert summed.tolist() == rfm.profile(table)["customers"].tolist()


def test_customers_without_a_segment_are_a_row_too():
    table = segmented().assign(segment=np.where(np.arange(400) < 30, None, "mine"))
    profile = rfm.profile(table)
    assert sorted(profile["customers"]) == [30, 370]
    assert profile["segment"].isna().sum() == 1
    ordered = table.assign(
        segment=pd.Categorical(table["segment"], categories=["mine", "other"], ordered=True)
    )
    assert rfm.profile(ordered)["customers"].tolist() == [370, 30]


def test_no_spend_no_share():
    assert rfm.profile(segmented(monetary=0.0))["share_of_spend"].isna().all()


def test_a_table_that_is_not_segmented_is_refused():
    with pytest.raises(DataError, match=r"No column 'segment'. The table has: .* Hint: rfm.segment\(tx\)"):
        rfm.profile(segmented().drop(columns="segment"))
    with pytest.raises(DataError, match="No column 'monetary'"):
        rfm.profile(segmented().drop(columns="monetary"))


@given(st.lists(st.integers(0, 6), min_size=1, max_size=30))
def test_the_median_is_exact(recency):
    table = pd.DataFrame({"segment": "a", "recency": recency, "frequency": 1, "monetary": 1.0})
    assert rfm.profile(table)["recency"].tolist() == [np.median(recency)]


def described(table, names):
    """The profile of all rows of a table, computed by pandas."""
    spend = table["monetary"].sum()
    return pd.Series({
        "customers": len(table), "recency": table["recency"].median(), "orders": table["frequency"].sum(),
        "spend": spend, "recency_mean": table["recency"].mean(), "frequency_median": table["frequency"].median(),
        "monetary_median": table["monetary"].median(), "monetary_mean": table["monetary"].mean(),
        "average_order_value": spend / table["frequency"].sum(), "spend_per_customer": spend / len(table),
        "nps_mean": table["nps"].mean(), "nps_max": table["nps"].max(), "nps_median": table["nps"].median(),
    })[names]  # fmt: skip


def test_subtotals_and_the_total_are_profiles_of_larger_groups():
    table = segmented().assign(
        country=np.resize(["TW", "HK", "SG"], 400), nps=np.resize([1.0, np.nan, 10.0, 4.0], 400)
    )
    profile = rfm.profile(
        table,
        by=["country", "segment"],
        total=True,
        subtotals=True,
        aggregates={"nps": ["mean", "max", "median"]},
    )
    assert list(profile.columns[:3]) == ["country", "segment", "level"]
    assert list(profile.columns[-4:]) == ["nps_mean", "nps_max", "nps_median", "action"]
    names = [name for name in profile.columns[3:-1] if name not in ("share", "share_of_spend")]
    names = [name for name in names if name in described(table, slice(None)).index]
    assert len(names) == 13
    for row in profile.to_dict("records"):
        rows = table
        for key in ("country", "segment")[: {"group": 2, "subtotal": 1, "total": 0}[row["level"]]]:
            rows = rows[rows[key] == row[key]]
        found = pd.Series({name: row[name] for name in names})
        np.testing.assert_allclose(found.astype(float), described(rows, names).astype(float), rtol=1e-12)
        assert row["share"] == pytest.approx(len(rows) / 400)
        assert row["share_of_spend"] == pytest.approx(rows["monetary"].sum() / table["monetary"].sum())
    assert profile["level"].iloc[-1] == "total"
    level, country = profile["level"].tolist(), profile["country"]
    for place in range(1, len(level) - 1):  # a subtotal ends its country
        assert (level[place] == "subtotal") == (country.iloc[place] != country.iloc[place + 1])
    groups = profile[profile["level"] == "group"].drop(columns="level").reset_index(drop=True)
    plain = rfm.profile(table, by=["country", "segment"], aggregates={"nps": ["mean", "max", "median"]})
    pd.testing.assert_frame_equal(groups, plain)


def test_a_total_alone_is_one_more_row():
    profile, plain = rfm.profile(segmented(), total=True), rfm.profile(segmented())
    pd.testing.assert_frame_equal(profile.drop(columns="level").iloc[:-1], plain)
    assert profile["segment"].isna().tolist() == [False] * len(plain) + [True]
    assert profile[["share", "share_of_spend"]].iloc[-1].tolist() == pytest.approx([1.0, 1.0])
    clustered = segmented().assign(cluster=np.arange(400) % 3)
    counted = rfm.profile(clustered, by="cluster", total=True)
    assert dict(zip(counted["cluster"].fillna(-1), counted["customers"], strict=True)) == {
        0: 134,
        1: 133,
        2: 133,
        -1: 400,
    }


@pytest.mark.slow_on("spark")
def test_statistics_and_subtotals_on_every_engine(constructor, to_pandas):
    table = segmented(60).astype({"segment": str}).assign(country=np.resize(["TW", "HK"], 60))
    table = table.assign(nps=np.resize([1.0, 9.0, 4.0, np.nan], 60), tall=np.resize([True, False, True], 60))
    options = {
        "by": ["segment", "country"], "total": True, "subtotals": True,
        "aggregates": {"nps": ["mean", "sum", "min", "max", "median"], "tall": "mean"},
    }  # fmt: skip
    keys = ["level", "segment", "country"]
    found = to_pandas(rfm.profile(constructor(table), **options)).astype(dict.fromkeys(keys, object))
    expected = to_pandas(rfm.profile(table, **options)).astype(dict.fromkeys(keys, object))
    found, expected = (each.assign(**each[keys].fillna("-")) for each in (found, expected))
    if constructor.is_lazy:
        found, expected = (each.sort_values(keys, ignore_index=True) for each in (found, expected))
    pd.testing.assert_frame_equal(found, expected, check_dtype=False, rtol=1e-9)


def test_medians_of_more_values_than_are_fetched(monkeypatch):
    pl = pytest.importorskip("polars")
    table = segmented(3_000).assign(country=np.resize(["TW", None, "HK"], 3_000).astype(object))
    expected = rfm.profile(table, by="country", total=True)
    monkeypatch.setattr(levels_room, "MOST", 64)
    monkeypatch.setattr(statistics_room, "MOST", 64)
    found = rfm.profile(
        pl.from_pandas(table.drop(columns="segment")).lazy(), by="country", total=True
    ).collect()
    for name in ("recency_median", "monetary_median"):
        here, there = (dict(zip(t["customers"], t[name], strict=True)) for t in (expected, found.to_pandas()))
        assert here == there


def test_a_profile_of_a_window_reads_its_spend():
    table = segmented().assign(spend=900.0, refunds=0.0, spend_in_window=100.0, orders=9)
    profile = rfm.profile(table.assign(monetary=100.0))
    assert (profile["spend_per_customer"] == 100.0).all()
    assert (profile["monetary_mean"] == 100.0).all()


def test_aggregates_that_cannot_be_told_are_refused():
    table = segmented().assign(nps=1.0, country="TW", monetary_score=1)
    for aggregates, message in (
        ({"nps": "mode"}, r"aggregates\['nps'\] must be one of"),
        ({"nps": []}, r"aggregates\['nps'\] is empty"),
        ({"csat": "mean"}, "No column 'csat'"),
        ({"country": "mean"}, "Column 'country' holds .*, not numbers"),
        ({"monetary": "mean"}, "The profile has 'monetary_mean' already"),
        ("nps", "aggregates must map columns to functions; got 'nps'"),
    ):
        with pytest.raises(DataError, match=message):
            rfm.profile(table, aggregates=aggregates)
    for option in ("total", "subtotals"):
        with pytest.raises(DataError, match=f"{option} must be True or False"):
            rfm.profile(table, **{option: "yes"})


# ------------------------------------------------------------------- pareto


def summary(spend, orders=1):
    n = len(spend)
    return pd.DataFrame(
        {
            "customer_id": range(n),
            "recency": 0,
            "orders": orders,
            "spend": np.asarray(spend, float),
            "refunds": 0.0,
        }
    )


@given(
    st.lists(st.integers(-20, 400).map(lambda cents: cents / 4), min_size=1, max_size=120),
    st.lists(st.sampled_from([0.01, 0.07, 0.2, 0.29, 0.5, 0.57, 1.0]), min_size=1, max_size=4, unique=True),
)
def test_pareto_is_the_sum_of_the_best(spend, shares):
    table = rfm.pareto(summary(spend), shares)
    best = np.sort(spend)[::-1]
    for share, many, money in table[["share_of_customers", "customers", "spend"]].itertuples(index=False):
        exact = share * 100 * len(spend) / 100
        assert many - 1 < exact + 1e-9
        assert many >= exact - 1e-9
        assert np.isclose(money, best[:many].sum(), rtol=1e-12, atol=1e-9)


def test_pareto_on_an_engine_a_few_values_at_a_time(monkeypatch):
    pl = pytest.importorskip("polars")
    table = summary(np.random.default_rng(3).lognormal(3, 2, 3_000).round(2))
    expected = rfm.pareto(table)
    monkeypatch.setattr(levels_room, "MOST", 64)
    found = rfm.pareto(pl.from_pandas(table).lazy()).collect()
    assert found["customers"].to_list() == expected["customers"].tolist()
    assert np.allclose(found["spend"], expected["spend"], rtol=1e-12)
    assert found["share_of_spend"][-1] == 1.0


def test_pareto_of_real_customers():
    table = rfm.pareto(rfm.summarize(rfm.datasets.cdnow()))
    assert len(table) == 100
    fifth = table.iloc[19]
    assert (fifth["share_of_customers"], fifth["customers"]) == (0.2, 4_714)
    assert round(fifth["share_of_spend"], 4) == 0.6778
    assert table["share_of_spend"].is_monotonic_increasing


def test_pareto_leaves_out_who_never_bought_and_needs_shares():
    table = summary([5.0, 1.0, 1.0], orders=[1, 1, 0])
    assert rfm.pareto(table, [0.5, 1])["spend"].tolist() == [5.0, 6.0]
    assert rfm.pareto(summary([0.0, 0.0]), [1])["share_of_spend"].isna().all()
    for shares in ([], [0.0], [1.5], [-1], [float("nan")], 0.2, "all", ["x"]):
        with pytest.raises(
            DataError,
            match=r"^shares (is empty|must be a finite number, above 0 and at most 1|must be a list)",
        ):
            rfm.pareto(table, shares)
    with pytest.raises(DataError, match="has bought"):
        rfm.pareto(table.assign(orders=0))


def test_a_group_without_a_name_is_a_group_on_every_engine(constructor):
    scored = segmented(60)[["customer_id", "recency", "frequency", "monetary"]]
    table = scored.assign(country=np.resize(["DE", None, "FR"], 60).astype(object))
    found = fetch(from_native(rfm.profile(constructor(table), by="country")))
    outcome = dict(zip(found["country"].to_list(), found["customers"].to_list(), strict=True))
    assert {name: outcome.pop(name) for name in ("DE", "FR")} == {"DE": 20, "FR": 20}
    assert list(outcome.values()) == [20]
    assert found["country"].is_null().sum() == 1
