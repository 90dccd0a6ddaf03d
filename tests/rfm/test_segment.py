"""From a log to segments: one call, any engine, the scheme's own bins."""

from __future__ import annotations

import subprocess
import sys

import numpy as np
import pandas as pd
import pytest

import rfm
from rfm import SchemeError, Scorer, ScoringError


@pytest.fixture(scope="module")
def log():
    table = rfm.datasets.cdnow()
    return table[table["customer_id"] % 10 == 0].reset_index(drop=True)


def test_the_road_on_real_customers():
    segmented = rfm.segment(rfm.datasets.cdnow())
    assert len(segmented) == 23_570
    assert segmented["customer_id"].is_monotonic_increasing
    sizes = segmented["segment"].value_counts()
    assert sizes.sum() == 23_570
    assert {"VIP", "at risk", "lost"} <= set(sizes[sizes > 0].index)
    vip = segmented[segmented["segment"] == "VIP"]
    assert (vip[["R", "F", "M"]] == 5).all(axis=None)
    assert 0.05 < len(vip) / len(segmented) < 0.10, "a top tier"
    assert vip["recency"].max() < 182, "of customers who are there"


@pytest.mark.slow_on("spark")
def test_one_answer_on_every_engine(constructor, to_pandas, log):
    known = pd.DataFrame({"customer_id": log["customer_id"].unique()})
    known["nps"] = np.where(known.index % 5 == 0, np.nan, known.index % 11)
    scheme = rfm.Scheme.load("classic").with_segment("fan", "nps >= 10 and R / 10 >= 0.3", before="VIP")
    given = rfm.segment(constructor(log), scheme=scheme, attributes=constructor(known))
    expected = rfm.segment(log, scheme=scheme, attributes=known)
    assert type(given) is type(constructor(log))
    columns = ["customer_id", "recency", "frequency", "monetary", "R", "F", "M", "rfm", "segment"]
    there, here = to_pandas(given)[columns], expected[columns]
    pd.testing.assert_frame_equal(
        there.astype({"segment": str}), here.astype({"segment": str}), check_dtype=False, check_exact=True
    )
    assert "fan" in set(here["segment"])
    profile = to_pandas(rfm.profile(given, scheme))
    assert type(rfm.profile(given, scheme)) is type(given)
    profile = profile.set_index(profile["segment"].astype(str)).drop(columns="segment")
    wanted = rfm.profile(expected, scheme).astype({"segment": str}).set_index("segment")
    pd.testing.assert_frame_equal(profile.loc[wanted.index], wanted, check_dtype=False, rtol=1e-9)
    pareto, curve = to_pandas(rfm.pareto(given)), rfm.pareto(expected)
    pareto = pareto.sort_values("customers", ignore_index=True)
    pd.testing.assert_frame_equal(pareto, curve, check_dtype=False, rtol=1e-9)


@pytest.mark.nightly
def test_300_000_customers_twice_on_every_engine(constructor, to_pandas):
    rng = np.random.default_rng(11)
    n = 700_000
    log = pd.DataFrame(
        {
            "customer_id": rng.integers(0, 300_000, n),
            "date": pd.Timestamp("2023-01-01") + pd.to_timedelta(rng.integers(0, 700, n), unit="D"),
            "amount": (rng.lognormal(3, 1.5, n) * np.where(rng.random(n) < 0.05, -1, 1)).round(2),
        }
    )
    columns = ["customer_id", "recency", "frequency", "monetary", "R", "F", "M", "rfm", "segment"]
    expected = rfm.segment(log)[columns].astype({"segment": str})
    native = constructor(log)
    for _ in range(2):
        given = to_pandas(rfm.segment(native))[columns].astype({"segment": str})
        pd.testing.assert_frame_equal(given, expected, check_dtype=False, check_exact=True)


def test_the_scheme_says_how_many_scores(log):
    assert rfm.segment(log, scheme="quartiles")[["R", "F", "M"]].max().max() == 4
    scorer = Scorer.fit(rfm.summarize(log), bins=4)
    pd.testing.assert_frame_equal(
        rfm.segment(log, scheme="quartiles", scorer=scorer), rfm.segment(log, scheme="quartiles")
    )
    with pytest.raises(SchemeError, match=r"'classic' is for scores from 1 to 5; these run to 4"):
        rfm.segment(log, scorer=scorer)


def test_bins_are_the_schemes_and_a_scorer_is_a_scorer(log):
    with pytest.raises(
        ScoringError, match=r"bins=4 is not an option here: the scheme sets the number .* Hint: scheme="
    ):
        rfm.segment(log, bins=4)
    with pytest.raises(ScoringError, match=r"scorer must be a Scorer; got 'x'. Hint: rfm.Scorer.fit"):
        rfm.segment(log, scorer="x")


def test_later_days_with_earlier_cuts(log):
    scorer = Scorer.fit(rfm.summarize(log, "1997-12-31"))
    later = rfm.segment(log, scorer=scorer)
    again = rfm.Scheme.load("classic").assign(scorer.score(rfm.summarize(log)))
    pd.testing.assert_frame_equal(later, again)
    assert (later["R"] < rfm.segment(log)["R"]).any()


def test_a_scheme_may_be_a_file(tmp_path, log):
    rfm.Scheme.load("value").save(tmp_path / "mine.toml")
    pd.testing.assert_frame_equal(
        rfm.segment(log, scheme=tmp_path / "mine.toml"), rfm.segment(log, scheme="value")
    )


def test_options_go_to_the_scorer(log):
    given = rfm.segment(log, scheme="value", monetary="mean", weights={"M": 1})
    assert np.allclose(given["monetary"], (given["spend"] + given["refunds"]) / given["orders"])
    assert (given["composite"] == given["M"]).all()


def test_shuffling_the_log_changes_nothing(log):
    shuffled = log.sample(frac=1, random_state=9)
    pd.testing.assert_frame_equal(rfm.segment(shuffled), rfm.segment(log))


def test_importing_rfm_loads_nothing_heavy():
    heavy = ["matplotlib", "scipy", "sklearn", "polars", "duckdb", "pyspark", "dask", "ibis", "opendp"]
    heavy += ["sqlglot", "sqlalchemy", "psycopg", "sqlite3"]
    code = f"import rfm, sys; print([name for name in {heavy!r} if name in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
