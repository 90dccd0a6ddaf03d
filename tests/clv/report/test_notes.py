"""Cautions stand on the page beside the numbers that they touch, in the language of the page."""

from __future__ import annotations

import re
from dataclasses import replace
from itertools import pairwise

import pytest

import clv
import rfm
from clv._fits.fit_words import BOUNDARY
from clv._report import wording
from clv._report.cautions import Caution
from clv._report.findings import find
from clv._report.language import Language
from clv._report.page import Note, Picture, render
from clv._report.report import compose
from clv._report.wording import Wording

TOUCHED = ("data", "segments", "law", "spend", "total", "checks", "moved", "backtest")
OFF = BOUNDARY("search stopped", law="mbg-nbd", steps="9", gain="0.1")  # by the law that is used
LATE = BOUNDARY("search stopped", law="bg-nbd", steps="8", gain="0.2")  # by another that is tested


@pytest.fixture(scope="module")
def found():
    known = find(rfm.datasets.cdnow_sample(), model="mbg-nbd")
    cautions = [Caution(each, f"W {each} W.") for each in TOUCHED]
    return replace(known, cautions=(*cautions, Caution("backtest", OFF), Caution("backtest", LATE)))


@pytest.fixture
def undrawn(monkeypatch):
    for name in ("treemap", "heatmap"):
        monkeypatch.setattr(rfm.plot, name, lambda *_, **__: None)
    for name in ("decile_calibration", "p_alive_matrix"):
        monkeypatch.setattr(clv.plot, name, lambda *_, **__: None)
    monkeypatch.setattr(wording.Wording, "draw", lambda _, ax, caption: Picture("data:,", caption))


def text_of(html):
    """What is read from top to bottom, without the style sheet."""
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html[html.index("<body>") :]))


def in_order(text, *parts):
    """Whether each part follows the one before, with less than 900 characters in between."""
    places = [text.find(part) for part in parts]
    return min(places) >= 0 and all(0 < b - a < 900 for a, b in pairwise(places))


def test_each_caution_stands_beside_what_it_touches(found, undrawn):
    text = text_of(render(compose(found)))
    assert all(text.count(f"W {each} W.") == 1 for each in TOUCHED)
    table = text[text.index("Segments: share of customers") :]  # the first sentences name segments, too
    assert in_order(table, "Segments: share of customers", "W segments W.", "VIP")
    assert in_order(text, "Customers from the segment of the row", "W moved W.")
    assert in_order(text, "A purchase law (mbg-nbd)", "W law W.", "W spend W.", "Together:", "W total W.")
    assert in_order(text, "mbg-nbd predicted", "That fit gave warnings", str(OFF))
    assert in_order(text, "Backtest: laws by log score", "W backtest W.", str(LATE))
    assert in_order(text, "The audit of the log", "W data W.")
    value = text[text.index("Together:") : text.index("How far to trust it ")]
    assert str(LATE) not in value  # another law's fit is no caution on this one
    assert "W checks W." in value


def test_numbers_far_from_their_cautions_say_where_they_are(found, undrawn):
    page = compose(found)
    care = "Cautions: 3, see “What they will be worth”"
    assert [card.caution for card in page.cards] == ["", "", care, care]  # customers, spent; alive, worth
    captions = [shown.caption for section in page.sections for shown in section.tables]
    assert [care in caption for caption in captions] == [
        *(True, False, False, False),  # segments; moves, flows, the audit of the base
        *(True, True, True),  # values, those at risk, parameters
        *(False, False, False),  # backtest, checks, the audit of the log
    ]
    assert care in render(page)


@pytest.mark.filterwarnings("ignore:No CJK font")
@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
def test_leads_and_declared_texts_are_translated_and_others_are_marked_as_english(found, undrawn, language):
    spoken = Language.load(language)
    page, words = compose(found, spoken), Wording.of(spoken, found.scheme)
    notes = [part for section in page.sections for part in section.paragraphs if isinstance(part, Note)]
    notes += [note for section in page.sections for note in section.notes]
    notes += [note for section in page.sections for shown in section.tables for note in shown.notes]
    keys = ("law", "spend", "total", "tested", "checks", "segments", "moved", "backtest", "data")
    assert {note.lead for note in notes} >= {words(f"notes.{key}") for key in keys}
    assert not [note.lead for note in notes if re.search("[a-z]{4,}", note.lead.replace("alive", ""))]
    quotes = [quote for note in notes for line in note.lines for quote in line]
    assert {quote.language for quote in quotes if quote.text.startswith("W ")} == {"en"}
    assert {quote.language for quote in quotes if quote.text.startswith("mbg-nbd")} == {language}
