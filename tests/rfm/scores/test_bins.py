"""A number of scores for each metric, from the option to schemes, snapshots, drift and files."""

import copy
import pickle

import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import DataError, Scheme, SchemeError, Scorer, ScoringError, Segment
from rfm._scores.bins import by_metric, plain_bins, same_bins

BINS = {"R": 5, "F": 3, "M": 4}
OWN = Scheme("own", [Segment("top", "R >= 4 and F == 3"), Segment("rest")], bins=BINS, default="rest")


@pytest.fixture(scope="module")
def tx():
    return rfm.Transactions(rfm.datasets.cdnow_sample())


def test_each_metric_is_scored_as_it_is_alone(tx):
    together = rfm.score(tx, bins=BINS)
    for name, bins in BINS.items():
        alone = rfm.score(tx, bins=bins)
        pd.testing.assert_series_equal(together[name], alone[name])
        assert together[name].max() == bins
    assert (together["rfm"] == together[["R", "F", "M"]].astype(str).sum(axis=1)).all()
    pd.testing.assert_frame_equal(together, rfm.score(tx, bins={"M": 4, "F": 3}))  # the rest has 5


def test_one_number_for_all_is_one_number(tx):
    summary = rfm.summarize(tx)
    assert Scorer.fit(summary, {"R": 4, "F": 4, "M": 4}) == Scorer.fit(summary, 4)
    assert Scorer.fit(summary, {}).bins == 5
    assert plain_bins(by_metric({"R": 4}, "RFM", DataError)) == {"R": 4, "F": 5, "M": 5}
    assert same_bins(BINS, {"R": 5, "F": 3})
    assert not same_bins(BINS, 5)


def test_two_digits_of_one_metric_separate_the_code(tx):
    found = rfm.score(tx, bins={"R": 10, "F": 3, "M": 4})
    assert (found["rfm"] == found[["R", "F", "M"]].astype(str).agg("-".join, axis=1)).all()
    ten = Scheme("ten", [Segment("a", "rfm == '10-3-4'"), Segment("b")], bins={**BINS, "R": 10}, default="b")
    assert ten.check().unreachable == ()
    assert (ten.assign(found)["segment"].eq("a") == found["rfm"].eq("10-3-4")).all()


def test_shares_have_no_number_where_a_metric_has_no_score(tx):
    scorer = Scorer.fit(rfm.summarize(tx), BINS)
    shares = scorer.shares
    assert shares[["R", "F", "M"]].count().to_dict() == BINS
    np.testing.assert_allclose(shares[["R", "F", "M"]].sum(), 1)


def test_extra_metrics_have_their_own_number(tx):
    summary = rfm.summarize(tx).assign(nps=lambda table: table["customer_id"] % 11)
    found = Scorer.fit(summary, {"F": 3, "nps": 8}, extra={"nps": "high"})
    assert found.score(summary)["nps_score"].max() == 8
    assert found.bins == {"R": 5, "F": 3, "M": 5, "nps": 8}
    assert same_bins(found.bins, {"F": 3, "R": 5, "M": 5})


def test_scorers_and_schemes_survive_files_and_copies(tx, tmp_path):
    scorer = Scorer.fit(rfm.summarize(tx), BINS)
    scorer.save(tmp_path / "scorer.json")
    OWN.save(tmp_path / "own.toml")
    assert "bins = { R = 5, F = 3, M = 4 }\n" in (tmp_path / "own.toml").read_text()
    assert Scorer.load(tmp_path / "scorer.json") == scorer == pickle.loads(pickle.dumps(scorer))
    assert Scheme.load(tmp_path / "own.toml") == OWN == pickle.loads(pickle.dumps(OWN)) == copy.deepcopy(OWN)
    assert Scheme.from_dict(OWN.to_dict()) == OWN.rename({"top": "top"})
    assert hash(OWN) == hash(pickle.loads(pickle.dumps(OWN)))
    assert "scores from 1 to 5 for R, 3 for F, 4 for M" in str(OWN)
    with pytest.raises(TypeError):
        OWN.bins["R"] = 3


def test_the_cube_has_the_product_of_the_three():
    found = OWN.check()
    assert found.cells == 5 * 3 * 4 == len(OWN.grid())
    assert len(found.gaps) == 60 - 2 * 4
    full = Scheme("full", [Segment("low", "F <= 2"), Segment("high", "F == 3")], bins=BINS)
    assert full.check().ok
    assert not Scheme("five", full.segments).check().complete


@pytest.mark.parametrize("learn_at", ["first", "last"])
def test_snapshots_of_both_roads_agree_with_segment(tx, learn_at):
    options = {"every": "1Q", "learn_at": learn_at}
    snaps = rfm.snapshots(tx, scheme=OWN, **options)
    by_rules = Scheme(
        "own", [*OWN.segments[:1], Segment("odd", "recency < 0"), OWN.segments[1]], BINS, "rest"
    )
    slow = rfm.snapshots(tx, scheme=by_rules, **options)
    pd.testing.assert_frame_equal(snaps.astype({"segment": str}), slow.astype({"segment": str}))
    if learn_at == "last":
        last = snaps[snaps["date"] == snaps["date"].max()].set_index("customer_id")
        whole = rfm.segment(tx, as_of=str(snaps["date"].max().date()), scheme=OWN).set_index("customer_id")
        assert (last["segment"].astype(str) == whole["segment"].astype(str)).all()


def test_drift_compares_each_metric_over_its_own_scores(tx):
    scorer, now = Scorer.fit(rfm.summarize(tx), BINS), rfm.summarize(tx, as_of="1998-03-31")
    found, even = (
        rfm.drift(scorer, now, then=rfm.summarize(tx)),
        rfm.drift(Scorer.fit(rfm.summarize(tx), 4), now),
    )
    assert found.shares.groupby("metric")["score"].max().to_dict() == BINS
    psi = [table.set_index("metric")["psi"]["M"] for table in (found.table, even.table)]
    assert psi[0] == pytest.approx(psi[1], rel=1e-12)


def test_a_heatmap_has_the_scores_of_each_axis(tx):
    assert rfm.plot.heatmap_data(rfm.score(tx, bins=BINS)).shape == (3, 5)
    ax = rfm.plot.heatmap(rfm.score(tx, bins=BINS))
    assert (len(ax.get_yticks()), len(ax.get_xticks())) == (3, 5)


def test_a_log_without_amounts_has_the_scores_of_r_and_f(tx):
    log = rfm.datasets.cdnow_sample()[["customer_id", "date"]]
    found = rfm.segment(log, scheme=OWN)
    assert (found["R"].max(), found["F"].max()) == (5, 3)
    assert rfm.snapshots(log, scheme=OWN, every="1Q")["F"].max() == 3


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (lambda tx: rfm.score(tx, bins={"X": 3}), "bins: no metric 'X'. Metrics: R, F, M. Hint: bins=5, or"),
        (lambda tx: rfm.score(tx, bins={"F": 2}), "bins of F must be a whole number from 3 to 10; got 2"),
        (lambda tx: rfm.score(tx, bins={"F": 3}, edges={"F": [1]}), "edges: 3 scores of F need 2 finite cut"),
    ],
)
def test_wrong_numbers_are_refused(tx, call, text):
    with pytest.raises(ScoringError, match=text):
        call(tx)


@pytest.mark.parametrize(
    ("call", "text"),
    [
        (
            lambda tx: Scheme("a", OWN.segments, {"F": 11}, "rest"),
            "bins of F must be a whole number from 3 to 10",
        ),
        (lambda tx: Scheme("a", OWN.segments, {"N": 3}, "rest"), "bins: no metric 'N'"),
        (
            lambda tx: rfm.segment(tx, scheme=OWN, scorer=Scorer.fit(rfm.summarize(tx))),
            "3 for F, 4 for M; these run",
        ),
        (
            lambda tx: OWN.assign(rfm.score(tx)),
            r"F of one here is 5. Hint: score with bins={'R': 5, 'F': 3, 'M': 4}",
        ),
        (lambda tx: OWN.explain({"R": 5, "F": 4, "M": 1}), "F of one here is 4"),
        (
            lambda tx: Scheme.load("classic").assign(rfm.score(tx, bins=BINS), bins=BINS),
            "are from 1 to 5 for R, 3 for",
        ),
    ],
)
def test_schemes_refuse_scores_of_other_bins(tx, call, text):
    with pytest.raises(SchemeError, match=text):
        call(tx)


def test_all_roads_agree_on_engines():
    pl = pytest.importorskip("polars")
    log = rfm.datasets.cdnow_sample()
    here = rfm.segment(log, scheme=OWN)
    there = rfm.segment(pl.from_pandas(log).lazy(), scheme=OWN).collect().sort("customer_id").to_pandas()
    for name in ("R", "F", "M", "rfm", "segment"):
        assert (here[name].astype(str).to_numpy() == there[name].astype(str).to_numpy()).all()
