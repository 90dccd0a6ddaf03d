"""A page as HTML: everything once, in order, escaped, in the language it is in."""

from __future__ import annotations

import re

import jinja2
import pytest

from clv._report.page import Card, Column, Note, Page, Picture, Quote, Section, Table, render

PAGE = Page(
    language="zh-Hant",
    title="T<b>",
    subtitle="S & more",
    footer="F",
    cards=(Card("1,234", "customers"),),
    notice="",
    sections=(
        Section(
            "One",
            ("first", "second"),
            (Note("Lead:", ((Quote("ours", "zh-Hant"), Quote("theirs", "en")),)),),
            (Table("What", (Column("Name", "word"), Column("Worth", "number")), (("<i>", "5"), ("b", "6"))),),
            (Picture("data:,x", "A picture"),),
            (("P(alive)", "a chance"),),
        ),
        Section("Two"),
    ),
)


def body(page):
    return re.sub(r"\s+", " ", render(page).partition("<body>")[2])


def test_what_stands_on_the_page_stands_there_in_order():
    html = body(PAGE)
    parts = [
        "<h1>T&lt;b&gt;</h1>",
        "S &amp; more",
        "<b>1,234</b>customers",
        "<h2>One</h2>",
        "<p>first</p><p>second</p>",
        "<p>Lead:</p>",
        "<caption>What</caption>",
        '<th class="word">Name</th><th class="number">Worth</th>',
        '<td class="word">&lt;i&gt;</td><td class="number">5</td>',
        '<td class="word">b</td>',
        "<figcaption>A picture</figcaption>",
        'src="data:,x"',
        "<dt>P(alive)</dt><dd>a chance</dd>",
        "<h2>Two</h2>",
        "<footer>F rfm-clv ",
    ]
    places = [html.find(part) for part in parts]
    assert -1 not in places, [part for part, place in zip(parts, places, strict=True) if place < 0]
    assert places == sorted(places)


def test_a_quote_in_another_language_says_so():
    html = render(PAGE)
    assert '<html lang="zh-Hant">' in html
    assert "<span>ours</span>" in html
    assert '<span lang="en">theirs</span>' in html


def test_there_is_a_notice_where_there_is_one_to_give():
    assert '<p class="note">' not in body(PAGE)
    noticed = Page(**{**vars(PAGE), "notice": "Read <this>"})
    assert '<p class="note">Read &lt;this&gt;</p>' in body(noticed)


def test_a_field_that_is_not_there_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        render(None)
