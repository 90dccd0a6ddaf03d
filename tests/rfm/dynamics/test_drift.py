"""Drift: the textbook's index, its distribution under no change, and the advice."""

from __future__ import annotations

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st

import rfm
from rfm._dynamics.drift import stability_index

counts = st.lists(st.integers(1, 500), min_size=2, max_size=10)


def summary(n: int, seed: int, slower: int = 0) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "customer_id": range(n),
            "recency": rng.integers(0, 100, n) + slower,
            "orders": rng.integers(1, 60, n),
            "spend": rng.lognormal(4, 1, n).round(2),
            "refunds": 0.0,
        }
    )


@given(counts, counts)
def test_the_index_is_the_textbooks(then, now):
    size = min(len(then), len(now))
    e, a = np.array(then[:size]), np.array(now[:size])
    psi, chance = stability_index(e, a)
    known = sum((y - x) * np.log(y / x) for x, y in zip(e / e.sum(), a / a.sum(), strict=True))
    assert psi == pytest.approx(known)
    assert psi >= -1e-15
    assert psi == pytest.approx(stability_index(a, e)[0])
    assert chance > 0


def test_scores_that_nobody_has_do_not_count_and_half_a_customer_stands_for_nobody():
    assert stability_index(np.array([50, 0, 50]), np.array([40, 0, 60]))[0] == pytest.approx(
        stability_index(np.array([50, 50]), np.array([40, 60]))[0]
    )
    psi, _ = stability_index(np.array([100, 0]), np.array([90, 10]))
    assert psi == pytest.approx((0.9 - 1) * np.log(0.9) + (0.1 - 0.005) * np.log(0.1 / 0.005))


def test_nineteen_in_twenty_samples_stay_below_the_bound():
    rng = np.random.default_rng(5)
    shares = np.full(5, 0.2)
    pairs = zip(rng.multinomial(800, shares, 4_000), rng.multinomial(300, shares, 4_000), strict=True)
    above = [psi > chance for psi, chance in (stability_index(*pair) for pair in pairs)]
    assert 0.04 < np.mean(above) < 0.06


@pytest.mark.parametrize(("stay", "gone", "come"), [(0.9, 0, 0), (0.7, 200, 300), (0.0, 0, 100)])
def test_the_same_customers_exceed_the_bound_one_time_in_twenty(stay, gone, come):
    """Customers keep their class with the chance `stay`, or draw it anew: the shares of the base do not change."""
    rng = np.random.default_rng(7)
    shares, above, unpaired = np.array([0.4, 0.25, 0.2, 0.1, 0.05]), [], []
    for _ in range(1_500):
        first = rng.choice(5, 1_000, p=shares)
        later = np.where(rng.random(1_000) < stay, first, rng.choice(5, 1_000, p=shares))[gone:]
        both = np.zeros((5, 5), dtype=np.int64)
        np.add.at(both, (first[gone:], later), 1)
        then = np.bincount(first, minlength=5)
        now = np.bincount(np.append(later, rng.choice(5, come, p=shares)), minlength=5)
        psi, chance = stability_index(then, now, both)
        above.append(psi > chance)
        unpaired.append(psi > stability_index(then, now)[1])
    assert 0.03 < np.mean(above) < 0.07
    if stay > 0.5:
        assert np.mean(unpaired) < 0.01  # as two samples of other customers


def test_the_summary_of_then_tells_who_is_the_same():
    then = summary(2_000, 1)
    now = then.assign(recency=np.where(then.index < 150, then["recency"].iloc[::-1], then["recency"]))
    now = now.sample(frac=1, random_state=0)
    scorer = rfm.Scorer.fit(then)
    apart, paired = rfm.drift(scorer, now), rfm.drift(scorer, now, then=then)
    assert paired.table["psi"].tolist() == apart.table["psi"].tolist()
    assert paired.table["by_chance"].iloc[0] < 0.2 * apart.table["by_chance"].iloc[0]
    assert paired.table["by_chance"].iloc[1] == pytest.approx(0, abs=1e-12)  # nobody has another F
    assert paired.table["by_chance"].iloc[0] > 0
    lazy = rfm.drift(scorer, pl.from_pandas(now).lazy(), then=pl.from_pandas(then).lazy()).table.collect()
    assert lazy["by_chance"].to_list() == pytest.approx(paired.table["by_chance"].tolist())
    with pytest.raises(rfm.DataError, match=r"then= is not the summary .* Hint: pass the summary"):
        rfm.drift(scorer, now, then=summary(2_000, 2))


def test_the_same_customers_have_not_drifted():
    table = summary(500, 1)
    found = rfm.drift(rfm.Scorer.fit(table), table)
    assert found.table["psi"].tolist() == [0, 0, 0]
    assert found.table["verdict"].tolist() == ["stable"] * 3
    assert found.advice.startswith(
        "Keep the cut points: they divide customers as they did when learned (largest PSI 0"
    )


def test_a_base_that_buys_less_often_is_told_to_learn_again():
    found = rfm.drift(rfm.Scorer.fit(summary(2_000, 1)), summary(2_000, 2, slower=45))
    assert found.table.set_index("metric")["verdict"].to_dict() == {
        "R": "moved",
        "F": "stable",
        "M": "stable",
    }
    assert found.advice.startswith("Relearn the cut points: R has moved (PSI ")
    assert "now score 1, 20% when it was learned" in found.advice
    shares = found.shares.groupby("metric")[["share_then", "share_now", "share_even"]].sum()
    assert shares.to_numpy() == pytest.approx(1)
    assert found.advice in repr(found)
    assert "<table" in found._repr_html_()


def test_a_small_shift_is_watched():
    found = rfm.drift(rfm.Scorer.fit(summary(5_000, 1)), summary(5_000, 2, slower=14))
    assert found.table["verdict"].tolist() == ["shifted", "stable", "stable"]
    assert found.advice.startswith("Keep the cut points for now, and check again soon: R has shifted (PSI 0.")


def test_what_few_customers_show_by_chance_is_stable():
    few = rfm.drift(rfm.Scorer.fit(summary(40, 1)), summary(40, 2))
    assert (few.table["psi"] > 0.1).any()
    assert (few.table["verdict"] == "stable").all()


def test_extra_metrics_are_held_against_their_cuts_too():
    rng = np.random.default_rng(0)
    then = summary(1_000, 1).assign(nps=rng.integers(0, 11, 1_000).astype(float))
    now = summary(1_000, 2).assign(nps=rng.integers(0, 5, 1_000).astype(float))
    now.loc[:99, "nps"] = np.nan
    found = rfm.drift(rfm.Scorer.fit(then, extra={"nps": "high"}), now)
    assert found.table["metric"].tolist() == ["R", "F", "M", "nps"]
    assert found.table["verdict"].tolist()[3] == "moved"


def test_saved_cut_points_remember_their_shares(tmp_path):
    scorer, later = rfm.Scorer.fit(summary(500, 1)), summary(500, 2, slower=20)
    scorer.save(tmp_path / "scorer.json")
    found = rfm.drift(rfm.Scorer.load(tmp_path / "scorer.json"), pl.from_pandas(later))
    assert isinstance(found.table, pl.DataFrame)
    assert found.table["psi"].to_list() == rfm.drift(scorer, later).table["psi"].tolist()


def test_nobody_to_compare_is_refused_in_words():
    nobody = summary(20, 1).assign(orders=0)
    with pytest.raises(rfm.DataError, match="No customer has a score in this summary"):
        rfm.drift(rfm.Scorer.fit(summary(50, 1)), nobody)
    with pytest.raises(rfm.DataError, match="No column 'recency'"):
        rfm.drift(rfm.Scorer.fit(summary(50, 1)), nobody.drop(columns="recency"))
    with pytest.raises(rfm.ScoringError, match=r"scorer must be a Scorer; got 'x'. Hint: rfm.Scorer.fit"):
        rfm.drift("x", nobody)
