"""Scores within groups: each is scored as if it were alone, on every road and engine."""

import json

import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import DataWarning, Scheme, Scorer, ScoringError, Segment
from rfm._scores import groups, value_counts


@pytest.fixture(scope="module")
def log():
    return rfm.datasets.cdnow_sample()


@pytest.fixture(scope="module")
def customers(log):
    ids = np.sort(log["customer_id"].unique())
    rng = np.random.default_rng(3)
    return pd.DataFrame({
        "customer_id": ids,
        "country": rng.choice(["FR", "NZ", None], len(ids), p=[0.6, 0.3, 0.1]),
        "tier": rng.integers(1, 3, len(ids)),
        "member": rng.random(len(ids)) < 0.5,
    })  # fmt: skip


@pytest.fixture(scope="module")
def summary(log, customers):
    return rfm.summarize(log).merge(customers, on="customer_id")


def scores_of(scored):
    return scored.set_index("customer_id")[["R", "F", "M"]].astype(int)


@pytest.mark.parametrize("within", ["country", "tier", "member", ["tier", "member"]])
def test_each_group_is_scored_as_if_it_were_alone(summary, within):
    found = scores_of(Scorer.fit(summary, within=within).score(summary))
    for _, group in summary.groupby(within):
        alone = scores_of(Scorer.fit(group).score(group))
        pd.testing.assert_frame_equal(found.loc[alone.index], alone)


def test_a_missing_or_new_group_is_scored_by_the_cut_points_of_all(summary):
    scorer, whole = Scorer.fit(summary, within="country"), Scorer.fit(summary)
    assert scorer.rulers == whole.rulers
    missing = summary["country"].isna()
    for table in (summary[missing], summary.assign(country="ZZ")):
        pd.testing.assert_frame_equal(scores_of(scorer.score(table)), scores_of(whole.score(table)))
    assert missing.any()


def test_later_periods_are_scored_by_the_learned_cut_points(log, customers):
    now, later = (rfm.summarize(log, as_of=day).merge(customers) for day in ("1998-03-31", "1998-06-30"))
    scorer = Scorer.fit(now, within="tier")
    both = scores_of(scorer.score(later))
    for tier, group in later.groupby("tier"):
        alone = Scorer.fit(now[now["tier"] == tier])
        assert scorer.edges_within[tier] == alone.edges
        pd.testing.assert_frame_equal(both.loc[group["customer_id"]], scores_of(alone.score(group)))


def test_shares_are_those_of_the_scores_that_customers_get(summary):
    scorer = Scorer.fit(summary, within="country", bins={"F": 3})
    scored = scorer.score(summary)
    for name, counted in zip(("R", "F", "M"), scorer.customers, strict=True):
        assert counted == tuple((scored[name] == score).sum() for score in range(1, len(counted) + 1))
    steady = rfm.drift(scorer, summary, then=summary)
    assert (steady.table["psi"] == 0).all()


def test_options_reach_every_group(summary):
    shares = {"M": [0.5, 0.8, 0.9, 0.99]}
    table = summary.assign(nps=lambda t: np.where(t["customer_id"] % 3 == 0, np.nan, t["customer_id"] % 11))
    options = {
        "percentiles": shares,
        "edges": {"F": [1, 2, 3, 4]},
        "extra": {"nps": "low"},
        "weights": {"R": 1, "nps": 2},
    }
    scored = Scorer.fit(table, within="tier", **options).score(table)
    assert not [name for name in scored if name.startswith("__rfm")]
    for tier, group in table.groupby("tier"):
        alone = Scorer.fit(group, **options).score(group)
        pd.testing.assert_frame_equal(scored[scored["tier"] == tier], alone)


def test_a_scorer_of_groups_survives_its_file(summary, tmp_path):
    scorer = Scorer.fit(summary, within=["country", "tier"])
    scorer.save(tmp_path / "scorer.json")
    again = Scorer.load(tmp_path / "scorer.json")
    assert again == scorer
    assert again.edges_within[("FR", 1)] == scorer.edges_within[("FR", 1)]
    content = json.loads((tmp_path / "scorer.json").read_text())
    for broken in (
        content | {"groups": []},
        content | {"within": ["country"]},
        content | {"groups": content["groups"] * 2},
        content | {"groups": [{"group": ["FR", 1.5], "cuts": content["groups"][0]["cuts"]}]},
        content | {"groups": [{"group": ["FR", 1], "cuts": [[], [], []]}]},
        content | {"groups": ["FR"]},
    ):
        (tmp_path / "scorer.json").write_text(json.dumps(broken))
        with pytest.raises(ScoringError, match="is not a saved scorer"):
            Scorer.load(tmp_path / "scorer.json")


@pytest.mark.parametrize("most", [value_counts.MOST, 64])
def test_behind_an_engine_as_in_memory(summary, monkeypatch, most):
    pl = pytest.importorskip("polars")
    monkeypatch.setattr(value_counts, "MOST", most)
    monkeypatch.setattr(groups, "MOST", most)
    summary = summary.astype({"tier": "int8"})
    for within in (["country"], ["country", "member"], ["tier"]):
        here = Scorer.fit(summary, within=within)
        there = Scorer.fit(pl.from_pandas(summary).lazy(), within=within)
        assert here == there
        scored = there.score(pl.from_pandas(summary).lazy()).collect().to_pandas()
        pd.testing.assert_frame_equal(
            scores_of(scored).sort_index(), scores_of(here.score(summary)).sort_index()
        )


def test_categories_and_index_of_a_table_in_memory(summary):
    table = summary.assign(country=summary["country"].astype("category")).sample(frac=1, random_state=1)
    scored = Scorer.fit(table, within="country").score(table)
    assert scored.index.tolist() == table.index.tolist()
    pd.testing.assert_frame_equal(
        scores_of(scored).sort_index(), scores_of(Scorer.fit(summary, within="country").score(summary))
    )


def test_segments_and_snapshots_within_groups(log, customers):
    scheme = Scheme("own", [Segment("top", "R >= 4 and F >= 4"), Segment("rest")], default="rest")
    options = {"scheme": scheme, "attributes": customers, "within": "country"}
    day = "1998-06-30"
    snaps = rfm.snapshots(log, dates=["1998-03-31", day], **options)
    last = snaps[snaps["date"] == day].set_index("customer_id")
    whole = rfm.segment(log, day, **options).set_index("customer_id")
    for name in ("R", "F", "M", "segment"):
        assert (last[name].astype(str) == whole[name].astype(str)).all()
    assert rfm.score(log, day, attributes=customers, within="country")["R"].tolist() == whole["R"].tolist()


def test_small_groups_are_a_warning(summary):
    table = summary.assign(country=["tiny"] * 2 + ["FR"] * (len(summary) - 2))
    with pytest.warns(
        DataWarning, match="within: 1 of 2 groups by country have fewer customers than .* tiny. Hint"
    ):
        scorer = Scorer.fit(table, within="country")
    assert len(scorer.groups) == 2


@pytest.mark.parametrize(
    ("within", "text"),
    [
        ("nowhere", "within: no column 'nowhere'.*Hint: attributes=… joins"),
        ("spend", "within: 'spend' must hold texts, whole numbers or truth values; got Float64"),
        ([], "within must name columns, each once"),
        (["tier", "tier"], "within must name columns, each once"),
        (3, "within must be a list; got 3"),
        ("customer_id", "within: more than 500 groups"),
    ],
)
def test_wrong_groups_are_refused(summary, within, text):
    with pytest.raises(ScoringError, match=text):
        Scorer.fit(summary, within=within)


def test_scoring_without_the_group_column_is_refused(log, summary):
    scorer = Scorer.fit(summary, within="country")
    with pytest.raises(ScoringError, match="within: no column 'country'"):
        rfm.score(log, scorer=scorer)
