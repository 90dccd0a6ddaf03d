"""A scheme: immutable, checked before it is used, and a partition of the customers."""

from __future__ import annotations

import copy
import dataclasses
import pickle

import numpy as np
import pandas as pd
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rfm import DataError, DataWarning, RuleError, Scheme, SchemeError, Segment
from rfm._schemes.scheme_files import BUILT_IN
from rfm._schemes.score_cube import cube

CLASSIC = Scheme.load("classic")


def scored(n=500, bins=5, seed=0, **columns):
    rng = np.random.default_rng(seed)
    table = {"customer_id": np.arange(n), **{name: rng.integers(1, bins + 1, n) for name in "RFM"}}
    return pd.DataFrame(table | columns)


def two(**scheme):
    segments = [Segment("good", "R >= 4"), Segment("rest", "R <= 3")]
    return Scheme("two", segments, **scheme)


# ------------------------------------------------------------------ assigning


def test_every_customer_gets_the_first_segment_whose_rule_holds(constructor, to_pandas):
    table = scored(nps=np.where(np.arange(500) % 3 == 0, np.nan, np.arange(500) % 11)).assign(country="TW")
    scheme = CLASSIC.with_segment("whale", "M == 5 and nps >= 9", before="VIP")
    given = to_pandas(scheme.assign(constructor(table)))
    expected = [scheme.explain(row).segment for row in table.to_dict("records")]
    assert given["segment"].astype(str).tolist() == expected
    assert "whale" in expected


@pytest.mark.parametrize(
    "name", [name for name in BUILT_IN if name != "classic-ahead"]
)  # that reads predictions
def test_built_in_schemes_assign_what_their_grid_says(name):
    scheme = Scheme.load(name)
    cells = cube(scheme.bins).assign(frequency=9)
    given = scheme.assign(cells.assign(customer_id=range(len(cells))))
    assert given["segment"].astype(str).tolist() == scheme.grid()["segment"].astype(str).tolist()


def test_segments_are_ordered_categories_best_first():
    given = CLASSIC.assign(scored())
    assert given["segment"].dtype == pd.CategoricalDtype(list(CLASSIC.names), ordered=True)
    assert given["segment"].min() == "VIP"
    assert CLASSIC.assign(pl.from_pandas(scored()))["segment"].dtype == pl.Enum(list(CLASSIC.names))


def test_the_input_is_not_changed_and_the_rows_stay_in_place():
    table = scored().set_index(np.arange(500) * 2 + 7)
    before = table.copy(deep=True)
    given = CLASSIC.assign(table)
    pd.testing.assert_frame_equal(table, before)
    pd.testing.assert_frame_equal(given.drop(columns="segment"), before)


def test_a_scheme_with_gaps_is_refused_unless_it_names_a_default():
    gappy = CLASSIC.without("lost")
    with pytest.raises(
        SchemeError, match=r"'classic' leaves customers without a segment, at R F M = 1 1 1, 1 1 2"
    ):
        gappy.assign(scored())
    filled = dataclasses.replace(gappy, default="hibernating")
    assert set(filled.assign(scored())["segment"]) == set(gappy.names)


def test_conditional_rules_are_no_coverage():
    scheme = two().without("rest").with_segment("big", "R <= 3 and spend > 0")
    with pytest.raises(SchemeError, match="leaves customers without a segment"):
        scheme.assign(scored(spend=1.0))


def test_scores_of_other_bins_are_refused():
    with pytest.raises(SchemeError, match=r"from 1 to 5; these run to 7. Hint: score with bins=5"):
        CLASSIC.assign(scored(bins=7))
    with pytest.raises(SchemeError, match="is for scores from 1 to 5; these run to 4"):
        CLASSIC.assign(scored(bins=4), bins=4)
    with pytest.warns(DataWarning, match="No customer here scores 5 in R, F or M"):
        CLASSIC.assign(scored(bins=4))
    with pytest.raises(SchemeError, match="is for scores from 1 to 4; these run to 5"):
        Scheme.load("quartiles").assign(scored())
    with pytest.raises(SchemeError, match="from 1 to 5; one here is 0"):
        CLASSIC.assign(scored(R=0))


BAD_SCORES = {
    "R is missing in 2 rows": {"R": [np.nan, np.nan, 3.0, 4.0]},
    "F is not a whole number in 1 row, such as 2.5": {"F": [1.0, 2.5, 3.0, 4.0]},
    "for scores from 1 to 5; these run to 7": {"M": [1, 2, 7, 5]},
    "for scores from 1 to 5; one here is 0": {"M": [0, 2, 3, 5]},
    "for scores from 1 to 5; one here is -1": {"R": [-1.0, 2.0, 3.0, 5.0]},
    "for scores from 1 to 5; one here is inf": {"F": [np.inf, 2.0, 3.0, 5.0]},
}


@pytest.mark.parametrize("found", BAD_SCORES)
def test_scores_that_no_rule_is_proven_for_are_refused(constructor, found):
    table = pd.DataFrame({"customer_id": range(4), "R": 5, "F": [1, 2, 3, 5], "M": [5, 5, 2, 1]})
    native = constructor(table.assign(**BAD_SCORES[found]))
    for use in (CLASSIC.assign, lambda bad: CLASSIC.assign(bad, bins=5), CLASSIC.tags):
        with pytest.raises(SchemeError, match=found):
            use(native)


def test_whole_scores_in_floats_are_scores(constructor, to_pandas):
    table = scored(60)
    floats = constructor(table.astype({"R": float, "F": "float32", "M": float}))
    given = to_pandas(CLASSIC.assign(floats))["segment"].astype(str)
    assert given.tolist() == CLASSIC.assign(table)["segment"].astype(str).tolist()


@pytest.mark.parametrize("score", [None, np.nan, 0, 5.5, 6, np.inf])
def test_what_is_not_assigned_is_not_explained(score):
    with pytest.raises(SchemeError, match="from 1 to 5"):
        CLASSIC.explain({"R": score, "F": 5, "M": 4})


def test_codes_that_are_not_those_of_the_scores_are_refused(constructor):
    scheme = Scheme("codes", [Segment("best", "rfm == '555'"), Segment("rest", "rfm != '555'")])
    cells = cube(5).assign(customer_id=range(125))
    assert scheme.check().complete
    scheme.assign(constructor(cells))
    for code in (None, "556"):
        wrong = constructor(cells.assign(rfm=[code, *cells["rfm"][1:]]))
        with pytest.raises(
            SchemeError, match="Column 'rfm' is missing or is not the code of R, F and M in 1 row,"
        ):
            scheme.assign(wrong)


def test_scores_must_be_numbers(constructor):
    with pytest.raises(SchemeError, match="Column 'R' must hold scores, which are numbers; got String"):
        CLASSIC.assign(constructor(scored(20).assign(R="5")))


def test_a_table_without_scores_is_refused():
    with pytest.raises(
        SchemeError, match=r"No column 'F'. The table has: customer_id, R, M. Hint: rfm.score\(tx\)"
    ):
        CLASSIC.assign(scored().drop(columns="F"))


def test_an_empty_table_stays_empty():
    assert CLASSIC.assign(scored(0)).shape == (0, 5)


def test_a_rule_that_the_table_cannot_answer_names_its_segment():
    scheme = CLASSIC.with_segment("whale", "M == 5 and nps >= 9", before="VIP")
    with pytest.raises(
        RuleError, match=r"^Segment 'whale': No column 'nps'.\n  M == 5 and nps >= 9\n             \^"
    ):
        scheme.assign(scored())


@settings(deadline=None, max_examples=8)
@given(st.permutations(CLASSIC.names), st.integers(0, 2**31))
def test_any_order_of_rules_partitions_the_customers(order, seed):
    scheme = CLASSIC.reorder(order)
    table = scored(60, seed=seed)
    given = scheme.assign(table, bins=5)
    assert given["segment"].notna().all()
    shuffled = scheme.assign(table.sample(frac=1, random_state=seed), bins=5).sort_index()
    pd.testing.assert_frame_equal(shuffled, given)


# ----------------------------------------------------------------------- tags


def test_tags_let_several_labels_hold():
    segments = [Segment("big", "M >= 4"), Segment("silent", "R <= 2"), Segment("all", None)]
    table = scored(100)
    for native in (table, pl.from_pandas(table).lazy()):
        tagged = Scheme("tags", segments, default="all").tags(native)
        tagged = tagged.collect().to_pandas() if isinstance(tagged, pl.LazyFrame) else tagged
        assert tagged["big"].tolist() == (table["M"] >= 4).tolist()
        assert tagged["silent"].tolist() == (table["R"] <= 2).tolist()
        assert "all" not in tagged
        assert (tagged["big"] & tagged["silent"]).any()


def test_tags_need_neither_coverage_nor_scores_and_overwrite_nothing():
    scheme = Scheme("tags", [Segment("rich", "spend > 10")])
    assert scheme.tags(pd.DataFrame({"spend": [5.0, 20.0]}))["rich"].tolist() == [False, True]
    with pytest.raises(SchemeError, match="The table has a column 'rich' already"):
        scheme.tags(pd.DataFrame({"spend": [5.0], "rich": [1]}))


# -------------------------------------------------------------------- editing


def test_built_in_schemes_are_read_and_proven_once(monkeypatch, tmp_path):
    first = Scheme.load("classic")
    assert Scheme.load("classic") is first
    found = first.check()
    monkeypatch.setattr("rfm._schemes.scheme.check", None)  # nothing is proven again
    assert Scheme.load("classic").check().cells == 125
    found.overlaps["R"] = 9
    assert Scheme.load("classic").check().overlaps["R"].max() == 5, (
        "who changes such a table changes their own"
    )
    own = tmp_path / "classic.toml"
    first.save(own)
    assert Scheme.load(own) == first
    first.rename({"VIP": "champions"}).save(own)
    assert Scheme.load(own)["champions"].rule == first["VIP"].rule, "a file is read anew"


def test_edits_give_new_schemes():
    before = CLASSIC.to_dict()
    CLASSIC.with_segment("x", "R == 5", before="VIP")
    CLASSIC.without("lost")
    CLASSIC.rename({"VIP": "champions"})
    CLASSIC.reorder(CLASSIC.names[::-1])
    assert CLASSIC.to_dict() == before
    for thing, name in ((CLASSIC, "bins"), (CLASSIC["VIP"], "rule")):
        with pytest.raises(dataclasses.FrozenInstanceError):
            setattr(thing, name, 3)
    with pytest.raises(TypeError):
        CLASSIC["VIP"].labels["en"] = "x"


def test_with_segment_puts_it_before_or_at_the_end():
    words = {"action": "Call in person", "labels": {"zh-Hant": "大戶"}}
    first = CLASSIC.with_segment("whale", "M == 5 and nps >= 9", before="VIP", **words)
    assert first.names[:2] == ("whale", "VIP")
    assert (first["whale"].action, first["whale"].label("zh-Hant")) == ("Call in person", "大戶")
    assert CLASSIC.with_segment("last", "R == 1").names[-1] == "last"
    assert CLASSIC.with_segment("last", "R == 1").check().unreachable == ("last",)


def test_without_a_default_segment_there_is_no_default():
    scheme = Scheme.load("quartiles").without("others")
    assert scheme.default is None
    assert not scheme.check().complete


def test_rename_keeps_rules_and_the_default():
    scheme = Scheme.load("quartiles").rename({"others": "everyone else", "best": "VIP"})
    assert scheme.default == "everyone else"
    assert scheme["VIP"].rule == "R == 4 and F == 4 and M == 4"
    with pytest.raises(SchemeError, match="names a segment twice: best"):
        Scheme.load("quartiles").rename({"loyal": "best"})


def test_reorder_changes_who_goes_first():
    order = ["loyal", *[name for name in CLASSIC.names if name != "loyal"]]
    assert CLASSIC.reorder(order).explain({"R": 5, "F": 5, "M": 5}).segment == "loyal"
    with pytest.raises(SchemeError, match="reorder names every segment once"):
        CLASSIC.reorder(["VIP"])


@pytest.mark.parametrize(
    ("make", "text"),
    [
        (lambda: CLASSIC.without("vip"), "No segment 'vip'. The scheme has: VIP, can't lose"),
        (lambda: CLASSIC.rename({"vip": "x"}), "No segment 'vip'"),
        (lambda: CLASSIC.with_segment("x", "R > 1", before="vip"), "No segment 'vip'"),
        (lambda: CLASSIC.with_segment("VIP", "R > 1"), "names a segment twice: VIP"),
        (lambda: CLASSIC["vip"], "No segment 'vip'"),
        (lambda: Scheme("x", []), "'x' has no segments"),
        (lambda: Scheme("x", [Segment("a")]), "Segment 'a' has no rule. Hint: default='a'"),
        (lambda: two(default="other"), "default='other' is not a segment. Segments: good, rest"),
        (lambda: two(bins=2), "bins must be a whole number from 3 to 10; got 2"),
        (lambda: two(bins="5"), "bins must be a whole number from 3 to 10; got '5'"),
        (lambda: Segment("", "R > 1"), "A segment needs a name; got ''"),
        (lambda: Segment("x", "R >"), "Segment 'x': Cannot read the rule"),
    ],
)
def test_what_cannot_be_is_refused(make, text):
    with pytest.raises(DataError) as caught:
        make()
    assert text in str(caught.value)


# -------------------------------------------------------------- words, copies


def test_labels_and_actions_by_language():
    segment = CLASSIC["at risk"]
    assert segment.label("zh-Hant") == "流失風險"
    assert segment.label("zh-Hans") == "流失风险"
    assert segment.label() == segment.label("fr") == "at risk"
    assert segment.action_in("fr") == segment.action_in() == segment.action
    assert segment.action_in("zh-Hans") != segment.action


def test_a_scheme_prints_as_its_rules():
    assert str(Scheme.load("quartiles").without("almost lost").without("lost best")) == (
        "quartiles: 5 segments for scores from 1 to 4\n"
        "  best          R == 4 and F == 4 and M == 4\n"
        "  lost cheap    R == 1 and F == 1 and M == 1\n"
        "  loyal         F == 4\n"
        "  big spenders  M == 4\n"
        "  others        everybody else"
    )


def test_schemes_compare_copy_and_pickle():
    same = Scheme.load("classic")
    assert same == CLASSIC
    assert hash(same) == hash(CLASSIC)
    assert same.with_segment("x", "R == 1") != CLASSIC
    CLASSIC.check()
    assert pickle.loads(pickle.dumps(CLASSIC)) == copy.deepcopy(CLASSIC) == CLASSIC


# ----------------------------------------------------------------- explaining


def test_explain_says_why_not_the_ones_before():
    found = CLASSIC.explain({"R": 1, "F": 4, "M": 2})
    assert found.segment == "at risk"
    assert found.reasons[0].because == (
        "R == 5 is false (R = 1)",
        "F == 5 is false (F = 4)",
        "M == 5 is false (M = 2)",
    )
    assert str(found).splitlines()[-1] == "at risk: yes, R <= 2 and F >= 2"
    assert [reason.segment for reason in found.reasons] == list(CLASSIC.names[:6])


def test_explain_takes_a_row_of_any_kind():
    table = CLASSIC.assign(scored(20))
    for i in range(20):
        expected = table["segment"].iloc[i]
        for row in (table.iloc[i], table.iloc[[i]], dict(table.iloc[i]), pl.from_pandas(table)[i].lazy()):
            assert CLASSIC.explain(row).segment == expected
    with pytest.raises(SchemeError, match="explain takes one customer; got several rows"):
        CLASSIC.explain(table)
    with pytest.raises(SchemeError, match="explain takes one customer; got no row"):
        CLASSIC.explain(table.head(0))


def test_explain_names_missing_values_and_the_default():
    scheme = Scheme("x", [Segment("a", "nps > 5 or not (R < 3)"), Segment("b", None)], default="b")
    found = scheme.explain({"R": 2, "nps": None})
    assert found.segment == "b"
    assert (
        str(found) == "a: no, nps > 5 is false (nps is missing); not (R < 3) is false (R = 2)\nb: the default"
    )
    assert str(scheme.without("b").explain({"R": 2, "nps": 1})).endswith("\nno segment")
    with pytest.raises(RuleError, match=r"^Segment 'a': No column 'nps'"):
        scheme.explain({"R": 2})


def many(count):
    """A scheme with a segment for each of the first codes, and one for the rest."""
    first = tuple(Segment(f"s{code}", f"R * 100 + F * 10 + M == {code}") for code in range(111, 110 + count))
    return Scheme("many", (*first, Segment("rest")), default="rest")


@pytest.mark.slow
def test_two_hundred_segments_are_assigned(constructor, to_pandas):
    cube = pd.DataFrame(
        [(r, f, m) for r in range(1, 6) for f in range(1, 6) for m in range(1, 6)], columns=list("RFM")
    )
    cube.insert(0, "customer_id", range(len(cube)))
    found = to_pandas(many(200).assign(constructor(cube))).sort_values("customer_id")
    code = (cube["R"] * 100 + cube["F"] * 10 + cube["M"]).tolist()
    assert found["segment"].astype(str).tolist() == [f"s{one}" if one < 310 else "rest" for one in code]
    assert list(found) == [*cube, "segment"]


@pytest.mark.parametrize("count", [201, 20_000])
def test_more_segments_are_refused_before_their_rules_are_read(count):
    rows = [{"name": f"s{number}", "rule": "("} for number in range(count)]
    with pytest.raises(
        SchemeError, match=rf"Scheme 'mine' has {count:,} segments; a scheme has at most 200\. Hint: "
    ):
        Scheme.from_dict({"name": "mine", "segment": rows})
    with pytest.raises(SchemeError, match="at most 200"):
        Scheme("mine", (Segment("a", "R > 1"),) * count)
