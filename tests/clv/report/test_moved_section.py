"""Causes of moves in words."""

from __future__ import annotations

import pytest

from clv._report.language import Language
from clv._report.moved_section import reason
from clv._report.wording import Wording
from rfm._schemes.scheme import Scheme


@pytest.mark.parametrize(
    ("cause", "metric", "language", "words"),
    [
        ("silence", "R", "en", "no purchase since (R)"),
        ("silence+refund", "F+M", "en", "no purchase since and returned an order (F+M)"),
        ("new customer", None, "en", "first purchase"),
        ("attribute", "attributes", "en", "an attribute changed"),
        ("purchase", "F", "zh-Hant", "有再購買（F）"),
        ("left the table", None, "zh-Hans", "这次不在名单内"),
    ],
)
def test_a_cause_in_words(cause, metric, language, words):
    assert reason(cause, metric, Wording(Language.load(language), Scheme.load("classic"))) == words
