"""How the report speaks: lengths of time, labels, quotes, and words that take over."""

from __future__ import annotations

from datetime import timedelta

import numpy as np
import pytest

from clv._fits.fit_words import BOUNDARY
from clv._report import wording
from clv._report.language import Language
from clv._report.wording import Wording
from rfm._schemes.scheme import Scheme

CLASSIC = Scheme.load("classic")
ENGLISH = Wording(Language("en"), CLASSIC)
CHINESE = Wording(Language.load("zh-Hant"), CLASSIC)


@pytest.mark.parametrize(
    ("length", "words"),
    [
        ("52W", "52 weeks"),
        ("1W", "1 week"),
        (" 1 d ", "1 day"),
        ("2Q", "6 months"),
        ("1.5Q", "4.5 months"),
        ("1Y", "1 year"),
        ("1.5M", "1.5 months"),
        (timedelta(days=1), "1 day"),
        (timedelta(weeks=2), "14 days"),
        (np.timedelta64(36, "h"), "1.5 days"),
        ("inf", "inf"),
        ("4W and more", "4W and more"),
    ],
)
def test_a_length_of_time_as_people_say_it(length, words):
    assert ENGLISH.time(length) == words


def test_a_length_of_time_in_another_language():
    assert CHINESE.time("52W").startswith("52")
    assert "week" not in CHINESE.time("52W")


def test_segments_have_labels_and_actions_where_the_scheme_has_them():
    first = CLASSIC.segments[0]
    assert CHINESE.label(first.name) == first.label("zh-Hant") != ""
    assert CHINESE.action(first.name) == first.action_in("zh-Hant") != first.action
    assert ENGLISH.action(first.name) == first.action
    assert (CHINESE.label("theirs"), CHINESE.action("theirs")) == ("theirs", "")
    assert CHINESE.drawn_labels() == {name: CHINESE.label(name) for name in CLASSIC.names}


def test_a_quote_is_in_the_language_where_that_has_words_for_it():
    ours = BOUNDARY("search stopped", law="bg-nbd", steps="9", gain="0.1")
    assert [CHINESE.quote(text).language for text in (ours, "Of another package.")] == ["zh-Hant", "en"]
    assert CHINESE.quote("Of another package.").text == "Of another package."
    assert CHINESE.quote(ours).text != str(ours) == ENGLISH.quote(ours).text


def test_where_fonts_lack_the_language_pictures_stay_english():
    plain = Wording(CHINESE.language, CLASSIC, in_pictures=False)
    assert plain.drawn_labels() == plain.words_of("treemap") == {}
    assert plain("title") == CHINESE("title")
    assert CHINESE.words_of("treemap") != {}


def test_words_of_a_log_without_money_take_over_and_the_last_block_is_asked_first():
    without = ENGLISH.without("without_amounts", "without_value")
    assert without("segments.caption") == "Segments: share of customers" != ENGLISH("segments.caption")
    assert without("value.title") == "What they will buy" != ENGLISH("value.title")
    assert without("title") == ENGLISH("title")
    law = {"law": "bg-nbd", "rate": "10%", "horizon": "52 weeks", "last": "2024-12-31"}
    known, priced = ENGLISH.without("one_value"), ENGLISH.without("one_value", "without_value")
    assert "every order is taken to have the same value" in known("value.text", **law)
    assert "The value of an order is unknown" in priced("value.text", **law)
    swapped = ENGLISH.without("without_value", "one_value")
    assert swapped("value.text", **law) == known("value.text", **law)


def test_chinese_pictures_need_a_font_and_latin_ones_do_not(no_cjk_font, recwarn):
    latin = Language("fr", {"pictures.treemap.title": "Où est l’argent"})
    assert Wording.of(latin, CLASSIC).in_pictures
    assert Wording.of(Language("en"), CLASSIC).in_pictures
    assert not recwarn
    with pytest.warns(
        UserWarning, match="No CJK font is installed, so the words in the report's pictures"
    ) as heard:
        plain = Wording.of(CHINESE.language, CLASSIC)
    assert not plain.in_pictures
    assert len(heard) == 1
    with pytest.warns(UserWarning, match="No CJK font"):  # labels of segments alone are drawn too
        assert not Wording.of(Language("zh-Hant"), CLASSIC).in_pictures


def test_with_a_font_pictures_are_chinese(cjk_font):
    assert Wording.of(CHINESE.language, CLASSIC).in_pictures


@pytest.mark.parametrize(("language", "simplified"), [("zh-Hans", True), ("zh-Hant", False)])
def test_a_picture_is_drawn_with_the_fonts_of_its_characters(monkeypatch, language, simplified):
    monkeypatch.setattr(wording, "draw", lambda ax, caption, *, simplified, **_: (ax, caption, simplified))
    spoken = Wording(Language.load(language), CLASSIC)
    assert spoken.draw("the axes", "What it shows") == ("the axes", "What it shows", simplified)
