"""The section on what changed: it says the numbers of the audit, and is left out without two periods."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

import rfm
from clv._report.base_section import base_section
from clv._report.language import Language
from clv._report.wording import Wording
from rfm._base_report.brief import Brief, brief
from rfm._schemes.scheme import Scheme


@dataclass(frozen=True)
class Found:
    """What the section reads of the findings."""

    audit: Brief | None
    first_day: date = date(1997, 1, 1)
    as_of: date = date(1998, 6, 30)


def found() -> Any:
    tx = rfm.Transactions(rfm.datasets.cdnow_sample())
    return Found(brief(tx, tx.last_day))


def test_it_says_the_numbers_of_the_audit():
    [section] = base_section(found(), Wording(Language("en"), Scheme.load("classic")))
    report = rfm.base_report(rfm.datasets.cdnow_sample(), "6M")
    before, *_, after = report.revenue_bridge["amount"]
    sentence = str(section.paragraphs[1])
    assert (
        f"from {before:,.0f} (1997-07-01 to 1997-12-31) to {after:,.0f} (1998-01-01 to 1998-06-30)"
        in sentence
    )
    both = report.overlap.set_index("bought")["customers"]
    assert (
        f"{both['both']:,} ({both['both'] / (both['both'] + both['before only']):.0%}) bought again"
        in sentence
    )
    assert [row[2] for row in section.tables[0].rows] == [f"{n:,}" for n in report.revenue_tree["customers"]]
    assert len(section.pictures) == 2


def test_it_is_translated():
    [section] = base_section(
        found(), Wording(Language.load("zh-Hant"), Scheme.load("classic"), in_pictures=False)
    )
    english = base_section(found(), Wording(Language("en"), Scheme.load("classic")))[0]
    assert not {section.title, *map(str, section.paragraphs)} & {english.title, *map(str, english.paragraphs)}
    assert not {column.label for column in section.tables[0].columns} & {
        column.label for column in english.tables[0].columns
    }


def test_without_two_periods_there_is_none():
    assert base_section(Found(None), Wording(Language("en"), Scheme.load("classic"))) == ()  # type: ignore[arg-type]
