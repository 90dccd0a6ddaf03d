"""Against tea-tasting, an independent package for A/B tests, wherever it has the method.

Where formulas differ, the difference itself is computed and tested: CUPED's one slope of both groups against a slope
for each, Wald's interval against Newcombe's, and Student's non-central t against the normal approximation of sizes.
"""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from rfm._statistics.many_tests import false_discovery, holm
from rfm.campaigns import assign, lift, required_size

tt = pytest.importorskip("tea_tasting")


@pytest.fixture(scope="module")
def users():
    """Two groups of unlike size, with a covariate and an effect."""
    rng = np.random.default_rng(19)
    n = 4_000
    table = assign(pd.DataFrame({"customer_id": range(n), "clv": rng.gamma(0.7, 30, n)}), "tea", 0.3)
    treated = (table["arm"] == "treatment").to_numpy()
    revenue = table["clv"] * (0.6 + 0.2 * treated) + rng.gamma(0.5, 20, n) + 2 * treated
    visit = rng.random(n) < 0.1 + 0.03 * treated
    return table.assign(revenue=revenue, visit=visit, seen=visit.astype(int))


def ours(users, outcome, **options):
    assigned = users[["customer_id", "arm", "clv", "planned_share"]]
    (row,) = lift(assigned, users[["customer_id", outcome]], **options).table.to_dict("records")
    return row


def theirs(users, metric):
    return tt.Experiment(metric=metric, variant="arm").analyze(users, control="control")["metric"]


@pytest.mark.parametrize("confidence", [0.9, 0.95])
def test_welchs_interval_and_students_test_are_theirs(users, confidence):
    mine = ours(users, "revenue", confidence=confidence)
    other = theirs(users, tt.Mean("revenue", confidence_level=confidence))
    assert (mine["mean"], mine["mean_control"]) == pytest.approx((other.treatment, other.control), rel=1e-12)
    assert (mine["difference"], mine["low"], mine["high"]) == pytest.approx(
        (other.effect_size, other.effect_size_ci_lower, other.effect_size_ci_upper), rel=1e-9
    )
    same = theirs(users, tt.Mean("revenue", confidence_level=confidence, equal_var=True))
    assert mine["p_value"] == pytest.approx(same.pvalue, rel=1e-7)
    assert mine["lift"] == pytest.approx(other.rel_effect_size, rel=1e-9)


def test_cuped_is_theirs_but_for_the_slopes(users):
    mine, other = ours(users, "revenue", covariate="clv"), theirs(users, tt.Mean("revenue", "clv"))
    arms = [users[users["arm"] == arm] for arm in ("treatment", "control")]
    pooled, *own = (np.cov(g["clv"], g["revenue"])[0, 1] / g["clv"].var() for g in (users, *arms))
    share = len(arms[0]) / len(users)
    slope = (1 - share) * own[0] + share * own[1]  # each group is moved by the other's share
    moved = (pooled - slope) * (arms[0]["clv"].mean() - arms[1]["clv"].mean())
    assert mine["adjusted"] == pytest.approx(other.effect_size + moved, rel=1e-9)
    assert abs(moved) > 1e-6 * abs(other.effect_size)  # the two are not the same by accident
    width = (mine["adjusted_high"] - mine["adjusted_low"]) / (
        other.effect_size_ci_upper - other.effect_size_ci_lower
    )
    # Their slope is that of least variance for groups of one size; ours is for those that there are.
    assert 0.97 < width < 1.001


def test_cuped_is_theirs_to_the_last_digits_where_the_covariates_means_agree():
    """Then no slope moves anything, and the difference is that of the means."""
    rng = np.random.default_rng(1)
    x, n = rng.gamma(2, 10, 500), 1_000
    users = pd.DataFrame({
        "customer_id": range(n), "arm": np.repeat(["control", "treatment"], n // 2), "clv": np.tile(x, 2),
        "revenue": np.tile(0.8 * x, 2) + rng.gamma(0.5, 20, n) + 3 * (np.arange(n) >= n // 2),
    })  # fmt: skip
    mine = lift(users[["customer_id", "arm", "clv"]], users[["customer_id", "revenue"]], "clv").table.iloc[0]
    other = theirs(users, tt.Mean("revenue", "clv"))
    assert mine["adjusted"] == pytest.approx(other.effect_size, rel=1e-10)
    assert mine["adjusted_p_value"] == pytest.approx(other.pvalue, rel=0.02)
    assert (mine["adjusted_low"], mine["adjusted_high"]) == pytest.approx(
        (other.effect_size_ci_lower, other.effect_size_ci_upper), rel=2e-3
    )


def test_shares_have_their_test_and_an_interval_near_theirs(users):
    """The test of the pooled share is the same; Newcombe's interval and Wald's differ by a part of 1/n."""
    mine = ours(users, "visit")
    other = theirs(users, tt.Proportion("seen", method="norm", correction=False))
    assert mine["difference"] == pytest.approx(other.effect_size, rel=1e-12)
    assert mine["p_value"] == pytest.approx(other.pvalue, rel=1e-9)
    gaps = []
    for times in (1, 25):
        more = pd.concat([users] * times).assign(customer_id=range(times * len(users)))
        wald = theirs(more, tt.Proportion("seen", method="norm", correction=False, equal_var=False))
        mine = ours(more, "visit")
        gaps.append([mine["low"] - wald.effect_size_ci_lower, mine["high"] - wald.effect_size_ci_upper])
    assert np.divide(*gaps) == pytest.approx([25, 25], rel=0.1)
    assert np.abs(gaps[1]).max() < 5e-5


def test_the_sample_ratio_is_tested_as_theirs(users):
    lost = users[(users["arm"] == "control") | (users["customer_id"] % 30 > 0)]
    for table in (users, lost):
        mine = lift(table[["customer_id", "arm", "planned_share"]], table[["customer_id", "revenue"]])
        other = theirs(table, tt.SampleRatio(0.7 / 0.3, method="norm", correction=False))
        assert mine.sample_ratio_p == pytest.approx(other.pvalue, rel=1e-9)


@pytest.mark.parametrize("control", [0.5, 0.3])
@pytest.mark.parametrize("power", [0.8, 0.9])
def test_sizes_of_means_are_theirs(users, control, power):
    """Ours takes the normal distribution, as theirs does without Student's t; with it the power is hardly less."""
    mean, deviation = users["revenue"].mean(), users["revenue"].std()
    mine = required_size(mean, 0.05, power, standard_deviation=deviation, control=control)
    options = {"rel_effect_size": 0.05, "power": power, "ratio": (1 - control) / control}
    plain = tt.Mean("revenue", use_t=False, **options).solve_power(users, "n_obs")[0]
    assert mine == pytest.approx(plain.n_obs, abs=1.001)
    student = tt.Mean("revenue", rel_effect_size=0.05, n_obs=mine, ratio=options["ratio"])
    assert 0 < power - student.solve_power(users, "power")[0].power < 2e-4


def test_what_a_covariate_saves_is_what_they_save(users):
    mean, deviation = users["revenue"].mean(), users["revenue"].std()
    explained = np.corrcoef(users["clv"], users["revenue"])[0, 1] ** 2
    mine = required_size(mean, 0.05, standard_deviation=deviation, explained=explained)
    other = tt.Mean("revenue", "clv", use_t=False, rel_effect_size=0.05).solve_power(users, "n_obs")[0]
    assert mine == pytest.approx(other.n_obs, rel=2e-3)


def test_corrections_for_many_tests_are_theirs(users):
    """Holm over metrics is Holm over segments; so is Benjamini & Hochberg's correction."""
    rng = np.random.default_rng(2)
    treated = (users["arm"] == "treatment").to_numpy()
    names = [f"m{i}" for i in range(8)]
    values = {name: rng.normal(size=len(users)) + 0.02 * i * treated for i, name in enumerate(names)}
    table = users[["arm"]].assign(**values)
    result = tt.Experiment({name: tt.Mean(name) for name in names}, variant="arm").analyze(
        table, control="control"
    )
    p = [result[name].pvalue for name in names]
    for correct, adjust in (
        (holm, lambda r: tt.adjust_fwer(r, arbitrary_dependence=True, method="bonferroni")),
        (false_discovery, lambda r: tt.adjust_fdr(r, arbitrary_dependence=False)),
    ):
        (adjusted,) = adjust(result).values()
        assert correct(p).tolist() == pytest.approx(
            [adjusted[name]["pvalue_adj"] for name in names], rel=1e-9
        )
    assert not math.isclose(holm(p)[-1], p[-1])
