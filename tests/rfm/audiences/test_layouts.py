"""Each layout writes and hashes what its platform publishes as examples."""

from __future__ import annotations

import csv
import hashlib
import json
from pathlib import Path
from typing import get_args

import pytest

from rfm._audiences.layouts import LAYOUTS, LayoutName
from rfm._audiences.rows import cells_of

PUBLISHED = json.loads((Path(__file__).parents[2] / "oracles" / "audiences.json").read_text(encoding="utf-8"))


@pytest.mark.parametrize(
    "example", PUBLISHED["examples"], ids=lambda each: f"{each['layout']}-{each['input']}"
)
def test_published_example(example):
    if example["field"] == "phone":
        pytest.importorskip("phonenumbers")
    plan, field = LAYOUTS[example["layout"]], example["field"]
    country = example.get("country", "")
    plain = cells_of(plan, {field: [example["input"]]}, None, country, False).columns[field]
    if "normalised" in example:
        assert plain == [example["normalised"]]
    if "sha256" in example:
        hashed = cells_of(plan, {field: [example["input"]]}, None, country, True).columns[field]
        assert hashed == [example["sha256"]]


@pytest.mark.parametrize("name", list(LAYOUTS))
def test_published_headers(name):
    plan = LAYOUTS[name]
    documented = set(PUBLISHED["headers"][name])
    headers = {field.name(hashed) for field in plan.fields.values() for hashed in (True, False)}
    assert headers | ({plan.value} - {""}) <= documented
    assert all(source.startswith("https://") for source in plan.sources)
    assert {name for each in plan.identifying for name in each} | set(plan.together) <= set(plan.fields)
    assert next(csv.reader([",".join(sorted(headers))])) == sorted(headers)


def test_the_names_are_the_table():
    assert set(get_args(LayoutName)) == set(LAYOUTS)


def test_google_hashes_neither_country_nor_postal_code():
    plan = LAYOUTS["google"]
    table = {"first_name": ["Zoë "], "last_name": ["Pérez"], "country": ["US"], "zip": ["94016"]}
    cells = cells_of(plan, table, ["US"], "", True).columns
    assert cells["country"] == ["us"]
    assert cells["zip"] == ["94016"]
    assert cells["first_name"] == [hashlib.sha256("zoë".encode()).hexdigest()]
