"""The schemes of other tools against their published tables, cell by cell (tests/oracles/tools_schemes.json)."""

from __future__ import annotations

import itertools
import json
import math
from pathlib import Path

import pandas as pd
import pytest

import rfm
from rfm import Scheme
from rfm._schemes.recognising import scheme_of
from rfm._schemes.scheme_files import BUILT_IN, SHOPS

PUBLISHED = json.loads(
    (Path(__file__).parents[2] / "oracles" / "tools_schemes.json").read_text(encoding="utf-8")
)


def cells(name):
    """The segment of each cell, by the three scores."""
    grid = Scheme.load(name).grid()
    scores = zip(grid["R"], grid["F"], grid["M"], strict=True)
    return dict(zip(scores, grid["segment"].astype(str), strict=True))


def shopify_group(r, fm):
    """The group of a cell of the published grid, of whole R and FM."""
    row, col = 5 - fm, r - 1
    found = [
        group["name"]
        for group in PUBLISHED["shopify"]["groups"]
        if group["start"]["row"] <= row <= group["end"]["row"]
        and group["start"]["col"] <= col <= group["end"]["col"]
    ]
    assert len(found) == 1  # the grid has no hole and no overlap
    return found[0]


def test_shopify_is_the_published_grid_and_a_half_is_rounded_up():
    of = cells("shopify")
    assert len(of) == 125
    for (r, f, m), name in of.items():
        assert name == shopify_group(r, math.ceil((f + m) / 2)), (r, f, m)
    assert sum((f + m) % 2 for _, f, m in of) == 60  # the cells where the rounding is ours


def test_shopify_names_are_those_of_its_api():
    names = [name.upper().replace(" ", "_") for name in Scheme.load("shopify").names]
    assert sorted(names) == sorted(PUBLISHED["shopify"]["names"])


def test_klaviyo_is_the_published_list_of_27_codes():
    groups = {
        tuple(map(int, code.strip())): name
        for name, codes in PUBLISHED["klaviyo"]["groups"].items()
        for code in codes.split(",")
    }
    assert len(groups) == 27
    assert cells("klaviyo") == groups
    assert Scheme.load("klaviyo").names == tuple(PUBLISHED["klaviyo"]["groups"])


def test_optimove_is_the_published_nine_codes_and_the_rest_has_our_word():
    groups = {
        tuple(5 - int(tier) for tier in code.split("-")): name
        for name, codes in PUBLISHED["optimove"]["groups"].items()
        for code in codes
    }
    of = cells("optimove")
    assert len(groups) == 9
    assert len(of) == 64
    assert of == {cell: groups.get(cell, "Other customers") for cell in of}
    assert len(Scheme.load("optimove").check().gaps) == 55


def putler_claims(r, fm):
    """The names whose ranges hold a cell, in the table's order."""
    groups = PUBLISHED["putler"]["groups"]
    return [name for name, (low, high), (least, most) in groups if low <= r <= high and least <= fm <= most]


def test_putler_is_the_narrowest_published_range_of_each_cell_with_lost_at_the_bottom():
    of = cells("putler")
    claims = {(r, f, m): putler_claims(r, (f + m) / 2) for r, f, m in of}
    wide = {
        name: sum(name in claimed for claimed in claims.values())
        for name, *_ in PUBLISHED["putler"]["groups"]
    }
    assert all(claims.values())  # no hole
    assert wide["Lost"] == wide["Hibernating"]
    assert all(("Lost" in claimed) == ("Hibernating" in claimed) for claimed in claims.values())
    for cell, claimed in claims.items():
        narrowest = "Lost" if cell == (1, 1, 1) else min(claimed, key=lambda name: wide[name])
        assert of[cell] == narrowest, cell
    assert sum(len(claimed) > 1 for claimed in claims.values()) == 76
    first = {claimed[0] for claimed in claims.values()}
    assert set(wide) - first == {"Recent Customers", "Promising", "Can\u2019t Lose Them", "Lost"}


@pytest.mark.parametrize("name", SHOPS)
def test_the_source_has_its_address_and_the_day_it_was_read(name):
    source = Scheme.load(name).source
    assert "2026-11-27" in source
    assert any(end in source for end in (".com/", ".dev"))


def test_names_in_two_schemes_have_one_text_and_one_order():
    """So that a table with only names is printed right, whichever of the schemes it is taken for."""
    for one, other in itertools.combinations(map(Scheme.load, BUILT_IN), 2):
        if not {one.name, other.name} & set(SHOPS):
            continue
        shared = [name for name in one.names if name in other.names]
        assert shared == [name for name in other.names if name in shared]
        for name in shared:
            for language in ("en", "zh-Hant", "zh-Hans"):
                assert one[name].action_in(language) == other[name].action_in(language)
                assert one[name].label(language) == other[name].label(language)


@pytest.mark.parametrize("name", SHOPS)
def test_a_scheme_is_recognised_by_its_names(name):
    assert scheme_of(Scheme.load(name).names).name == name


def test_shopify_has_a_row_for_those_without_an_order():
    log = rfm.Transactions(rfm.datasets.cdnow_sample())
    known = pd.DataFrame({"customer_id": [-1, -2], "country": ["TW", "FR"]})
    found = rfm.segment(log, scheme="shopify", attributes=known)
    assert found["segment"].tolist()[-2:] == ["Prospects", "Prospects"]
    assert (found["segment"] == "Prospects").sum() == 2
    assert rfm.profile(found)["segment"].tolist()[-1] == "Prospects"


def test_klaviyo_by_its_days_and_thirds():
    """R by 180 and 365 days, both included; F and M by thirds of the customers."""
    days = [0, 180, 181, 365, 366, 400]
    end = pd.Timestamp("2024-12-31")
    log = pd.DataFrame({
        "customer_id": list("abcdef"), "date": [end - pd.Timedelta(days=day) for day in days],
        "amount": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    })  # fmt: skip
    found = rfm.segment(log, as_of="2024-12-31", scheme="klaviyo", edges={"R": [181, 366], "F": [1, 2]})
    assert found["R"].tolist() == [3, 3, 2, 2, 1, 1]
    assert found["M"].tolist() == [1, 1, 2, 2, 3, 3]


@pytest.mark.parametrize("name", SHOPS)
def test_the_cells_have_one_segment_on_every_engine(name, constructor, to_pandas):
    scheme = Scheme.load(name)
    grid = scheme.grid().astype({"segment": str})
    found = to_pandas(scheme.assign(constructor(grid[["R", "F", "M", "rfm"]])))
    assert dict(zip(found["rfm"], found["segment"].astype(str), strict=True)) == dict(
        zip(grid["rfm"], grid["segment"], strict=True)
    )
