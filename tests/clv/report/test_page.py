"""A page as HTML: everything once, in order, escaped, in the language it is in."""

from __future__ import annotations

import base64
import hashlib
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
        '<p class="caption" id="table-1-1">What</p>',
        '<th scope="col" class="word">Name</th><th scope="col" class="number">Worth</th>',
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


def test_the_one_script_is_the_one_that_the_policy_allows():
    html = render(PAGE)
    [script] = re.findall(r"<script>(.*?)</script>", html, re.DOTALL)
    allowed = base64.b64encode(hashlib.sha256(script.encode()).digest()).decode()
    assert f"script-src 'sha256-{allowed}'" in html
    assert "<script" not in html.replace("<script>", "", 1)


def test_dates_are_not_broken_and_the_shop_and_what_to_do_stand_on_top():
    dated = Page(
        **{**vars(PAGE), "shop": "A & B", "first_title": "Do", "first": ("Since 2024-01-31 <x>", "two")}
    )
    html = body(dated)
    assert "<li>Since <time>2024-01-31</time> &lt;x&gt;</li><li>two</li>" in html
    assert html.index("A &amp; B") < html.index("<h1>") < html.index("<h2>Do</h2>") < html.index("1,234")
    assert "<title>A &amp; B · T&lt;b&gt;</title>" in render(dated)


def test_a_field_that_is_not_there_is_an_error():
    with pytest.raises(jinja2.UndefinedError):
        render(None)
