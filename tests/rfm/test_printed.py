"""Summaries print as lines, and are static, escaped HTML in notebooks."""

from __future__ import annotations

import rfm
from rfm._printed import Printed

MARKUP = "<b>best</b>"


def test_text_with_lines_and_escaped_html():
    assert Printed("<script>&")._repr_html_() == "<pre>&lt;script&gt;&amp;</pre>"
    assert repr(Printed("one\ntwo")) == "one\ntwo"


def test_a_scheme_shows_its_rules_and_is_short_in_a_line():
    scheme = rfm.Scheme.load("value").with_segment(MARKUP, "M == 5", before="high")
    assert repr(scheme) == "Scheme('value', 4 segments, bins=5, default=None)"
    page = scheme._repr_html_()
    assert page.startswith("<pre>value: 4 segments for scores from 1 to 5\n")
    assert "&lt;b&gt;best&lt;/b&gt;" in page
    assert "M == 5" in page
    assert "<b>" not in page


def test_a_check_of_a_scheme_is_a_short_report():
    found = rfm.Scheme.load("value").with_segment(MARKUP, "M == 5", before="high").check()
    assert repr(found) == str(found)
    assert repr(found).startswith("125 cells: 0 claimed by no rule, ")
    page = found._repr_html_()
    assert "&lt;b&gt;best&lt;/b&gt; goes before high" in page
    assert "<b>" not in page
