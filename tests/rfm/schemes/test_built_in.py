"""The built-in schemes: no gaps, no unreachable segments, three languages."""

from __future__ import annotations

import re
from importlib import resources

import pytest

from rfm import Scheme
from rfm._schemes.scheme_files import BUILT_IN

NAMES = {
    "classic": (
        "VIP", "can't lose", "loyal", "potential loyalist", "needs attention", "at risk", "new", "promising",
        "about to sleep", "hibernating", "lost",
    ),
    "classic-ahead": (
        "VIP", "VIP slipping", "loyal", "potential loyalist", "needs attention", "lapsed", "new", "promising",
        "about to sleep", "hibernating", "lost",
    ),
    "codes": (
        "VIP", "loyal", "potential loyalist", "new", "promising", "needs attention", "about to sleep",
        "can't lose", "at risk", "hibernating", "lost",
    ),
    "grid": (
        "champions", "loyal customers", "potential loyalists", "new customers", "promising", "need attention",
        "about to sleep", "can't lose", "at risk", "hibernating",
    ),
    "value": ("high", "mid", "low"),
    "membership": ("diamond", "gold", "silver"),
    "lifecycle": ("new", "loyal", "repeat", "slipping", "lost"),
    "quartiles": ("best", "almost lost", "lost best", "lost cheap", "loyal", "big spenders", "others"),
    "shopify": (
        "Champions", "Loyal", "Active", "New", "Promising", "Needs attention", "At risk", "Previously loyal",
        "Almost lost", "Dormant", "Prospects",
    ),
    "klaviyo": ("Champions", "Loyal", "Recent", "Needs attention", "At risk", "Inactive"),
    "optimove": (
        "Best Customers", "High-spending New Customers", "Lowest-Spending Active Loyal Customers",
        "Churned Best Customers", "Other customers",
    ),
    "putler": (
        "Champions", "Loyal Customers", "Potential Loyalist", "Recent Customers", "Promising",
        "Customers Needing Attention", "About To Sleep", "At Risk", "Can\u2019t Lose Them", "Hibernating", "Lost",
    ),
}  # fmt: skip


def test_the_built_in_schemes_are_the_files():
    files = {
        file.name.removesuffix(".toml") for file in (resources.files("rfm._schemes") / "built_in").iterdir()
    }
    assert files == set(BUILT_IN) == set(NAMES)


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_cell_has_a_segment_and_every_segment_a_cell(name):
    scheme = Scheme.load(name)
    check = scheme.check()
    assert scheme.names == NAMES[name]
    assert check.complete
    assert check.unreachable == ()
    assert scheme.grid()["segment"].notna().all()
    fixed = set(scheme.names) - set(check.conditional) - {scheme.prospects}
    assert set(scheme.grid()["segment"]) == fixed


@pytest.mark.parametrize("name", BUILT_IN)
def test_every_segment_has_its_words_in_three_languages_and_the_scheme_its_source(name):
    scheme = Scheme.load(name)
    assert scheme.source
    for segment in scheme.segments:
        assert segment.action
        for language in ("zh-Hant", "zh-Hans"):
            assert segment.labels[language]
            assert segment.actions[language]


@pytest.mark.parametrize("name", BUILT_IN)
def test_the_file_says_where_the_table_comes_from(name):
    text = (resources.files("rfm._schemes") / "built_in" / f"{name}.toml").read_text(encoding="utf-8")
    assert re.search(r"^# (Source|The names are)", text, re.MULTILINE)


def cells(name):
    grid = Scheme.load(name).grid()
    return dict(zip(grid["rfm"], grid["segment"].astype(str), strict=True))


def test_classic_reads_as_people_speak():
    of = cells("classic")
    assert {code for code, name in of.items() if name == "VIP"} == {"555"}
    assert {code for code, name in of.items() if name == "can't lose"} == {"455", "355", "255", "155"}
    assert {of[code] for code in ("554", "545", "551", "444", "453")} == {"loyal"}
    assert {of[code] for code in ("525", "431", "535", "421")} == {"potential loyalist"}
    assert {of[code] for code in ("333", "354", "345", "321")} == {"needs attention"}
    assert {of[code] for code in ("251", "133", "154", "122")} == {"at risk"}
    assert {of[code] for code in ("511", "515")} == {"new"}
    assert {of[code] for code in ("411", "414")} == {"promising"}
    assert {of[code] for code in ("311", "315")} == {"about to sleep"}
    assert {of[code] for code in ("211", "215", "114", "115")} == {"hibernating"}
    assert {of[code] for code in ("111", "113")} == {"lost"}


def test_classic_keeps_customers_of_one_order_apart():
    of = cells("classic")
    once = {name for code, name in of.items() if code[1] == "1"}
    again = {name for code, name in of.items() if code[1] != "1"}
    assert once == set(NAMES["classic"][6:])
    assert again == set(NAMES["classic"][:6])


def test_classic_overlaps_only_where_better_goes_first():
    overlaps = Scheme.load("classic").check().overlaps
    assert set(zip(overlaps["segment"], overlaps["also"], strict=True)) == {
        ("VIP", "loyal"),
        ("can't lose", "loyal"),
        ("can't lose", "needs attention"),
        ("can't lose", "at risk"),
    }


def test_codes_name_each_of_125_codes_once():
    scheme = Scheme.load("codes")
    written = [code for segment in scheme.segments for code in re.findall(r"\d{3}", segment.rule)]
    assert len(written) == len(set(written)) == 125
    assert scheme.check().overlaps.empty
    of = cells("codes")
    assert (of["555"], of["543"], of["323"], of["512"], of["113"], of["151"]) == (
        "VIP", "loyal", "potential loyalist", "new", "can't lose", "lost",
    )  # fmt: skip


def test_grid_is_the_published_map_of_r_and_f():
    patterns = {
        "5[4-5]": "champions", "[3-4][4-5]": "loyal customers", "[4-5][2-3]": "potential loyalists",
        "51": "new customers", "41": "promising", "33": "need attention", "3[1-2]": "about to sleep",
        "[1-2]5": "can't lose", "[1-2][3-4]": "at risk", "[1-2][1-2]": "hibernating",
    }  # fmt: skip
    for code, name in cells("grid").items():
        assert name == next(found for pattern, found in patterns.items() if re.fullmatch(pattern, code[:2]))


def test_tiers_follow_spend():
    assert [cells("value")[f"33{m}"] for m in range(1, 6)] == ["low", "low", "mid", "mid", "high"]
    of = cells("membership")
    assert (of["155"], of["154"], of["144"], of["515"], of["121"]) == (
        "diamond",
        "diamond",
        "gold",
        "gold",
        "silver",
    )


def test_lifecycle_asks_for_the_number_of_orders_only_to_tell_who_is_new():
    scheme = Scheme.load("lifecycle")
    assert scheme.check().conditional == ("new",)
    row = {"R": 5, "F": 1, "M": 3}
    assert scheme.explain(row | {"frequency": 1}).segment == "new"
    assert scheme.explain(row | {"frequency": 2}).segment == "repeat"
    assert scheme.explain(row | {"R": 3, "frequency": 1}).segment == "slipping"


def test_quartiles_are_for_four_scores():
    of = cells("quartiles")
    assert len(of) == 64
    assert (of["444"], of["244"], of["144"], of["111"], of["342"], of["114"], of["333"]) == (
        "best", "almost lost", "lost best", "lost cheap", "loyal", "big spenders", "others",
    )  # fmt: skip
