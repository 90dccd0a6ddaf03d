"""Reasons in words, in three languages."""

from __future__ import annotations

import pytest

from clv._contacts.reasons import TEXTS, follow_up_words, stake_words, uplift_words
from clv._report.language import Language


def test_a_silence():
    words = stake_words(62, 20.2, 0.41, 310.4, money=True)
    assert words == "silent 62 days, usually buys every 20 days; 41% likely still a customer; 310 at stake"


def test_every_day_once_and_orders():
    assert "usually buys every day;" in stake_words(3, 1.2, 0.5, 9.5, money=True)
    words = stake_words(62, float("nan"), 0.4, 3.14, money=False)
    assert words == "silent 62 days, after one purchase; 40% likely still a customer; 3.1 orders at stake"


def test_an_uplift_and_its_cost():
    assert uplift_words(12.3, 0.0) == "such contacts bring 12.30 more than none, as measured"
    assert uplift_words(120.0, 2.5).endswith("; they cost 2.50")


def test_a_later_contact():
    assert follow_up_words(2, 3, 7) == "contact 2 of 3, 7 days after the first"
    assert follow_up_words(2, 2, 1) == "contact 2 of 2, a day after the first"


@pytest.mark.parametrize("name", ["zh-Hant", "zh-Hans"])
def test_every_word_is_translated(name):
    language = Language.load(name)
    assert [key for key in TEXTS.templates if key not in language.texts] == []
    for words in (
        stake_words(62, 20.0, 0.41, 310.0, money=True),
        stake_words(62, float("nan"), 0.41, 3.0, money=False),
        uplift_words(12.0, 2.0),
        follow_up_words(2, 3, 1),
    ):
        said = language(words)
        assert said != words
        assert not any(word in said for word in ("silent", "stake", "contact", "days", "cost"))
