"""The three sentences at the top of the report follow from the numbers."""

from __future__ import annotations

import dataclasses
import re

import pandas as pd
import pytest

import rfm
from clv._report.findings import find
from clv._report.first_sentences import first_sentences
from clv._report.language import Language
from clv._report.money import Brand
from clv._report.wording import Wording

LANGUAGES = ["en", "zh-Hant", "zh-Hans"]


@pytest.fixture(scope="module")
def found():
    return find(rfm.datasets.cdnow_sample().query("customer_id <= 800"), model="mbg-nbd")


def said(found, language="en", sign=""):
    return first_sentences(found, Wording(Language.load(language), found.scheme, brand=Brand("", sign)))


def test_they_follow_from_the_numbers(found):
    money, slipping, ahead = said(found, sign="$")
    spend = found.table["monetary"].sort_values(ascending=False)
    half = int((spend.cumsum() < spend.sum() / 2).sum()) + 1
    assert f"{half} of {len(spend)} customers" in money
    assert f"half of the ${spend.sum():,.0f} spent" in money
    assert re.match(r"\d+ repeat buyers are slipping away", slipping)
    low, high = (f"${found.total[f'clv_{end}']:,.0f}" for end in ("low", "high"))
    assert f"worth ${found.total['clv']:,.0f}, nine times out of ten between {low} and {high}" in ahead


@pytest.mark.parametrize("language", LANGUAGES)
def test_they_are_true_of_odd_logs(found, language):
    """Nothing is left unfilled, not a number, or said of what the log does not have."""
    table, total = found.table, found.total
    odd = {
        "refunds": {"table": table.assign(monetary=-1.0)},
        "one": {"table": table.head(1).assign(segment="VIP")},
        "equal": {"table": table.assign(monetary=5.0)},
        "no repeats": {"table": table.assign(frequency=1)},
        "all alive": {"table": table.assign(p_alive=1.0)},
        "no amounts": {
            "table": table.drop(columns=["monetary", "clv"]),
            "total": total[[name for name in total.index if not str(name).startswith("clv")]],
        },
        "no interval": {"total": pd.concat([total.drop(["clv_low", "clv_high"])])},
    }
    plain = said(found, language)
    for name, changes in odd.items():
        sentences = said(dataclasses.replace(found, **changes), language)
        assert len(sentences) == 3
        assert sentences != plain, name
        assert not re.search(r"nan|inf\b|[{}]|None", " ".join(sentences)), (name, sentences)


def test_how_sure_is_said(found):
    unsure = dataclasses.replace(found, total=found.total.drop(["clv_low", "clv_high"]))
    assert "how sure that is cannot be told" in said(unsure)[2]
    law = dataclasses.replace(found, total=found.total.replace({found.total["interval_from"]: "law"}))
    assert "only if customers behave as the law assumes" in said(law)[2]
    assert (
        "nobody has bought twice"
        in said(dataclasses.replace(found, table=found.table.assign(frequency=1)))[1]
    )
