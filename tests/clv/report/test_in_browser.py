"""The report in a headless Chromium: on a phone, in light and dark, printed, and its tables sorted by clicks."""

from __future__ import annotations

import importlib.util
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

import rfm
from clv._report.findings import find
from clv._report.language import Language
from clv._report.money import Brand
from clv._report.report import write_report

PROGRAM = next(
    (name for name in ("chromium", "chromium-browser", "google-chrome") if shutil.which(name)), None
)
NEEDED = os.environ.get("RFM_BROWSER") == "1"  # then a missing browser is a failure
pytestmark = [
    pytest.mark.skipif(PROGRAM is None and not NEEDED, reason="no chromium on the path"),
    pytest.mark.filterwarnings("ignore:No CJK font"),
    pytest.mark.filterwarnings("ignore::rfm.DataWarning"),
    pytest.mark.filterwarnings("ignore::clv.FitWarning"),
]
LANGUAGES = ("en", "zh-Hant", "zh-Hans")
PHONE = 390  # CSS pixels
LONGEST = 1.6  # times the text

# The height that the text alone needs: all of it, table cells with spaces between, as one block in the page's own font
# across the phone's column. The page's height is compared with it without pictures, which are no text.
LENGTH = """(() => {
  const height = element => element.getBoundingClientRect().height;
  const pictures = [...document.querySelectorAll('figure img')].reduce((sum, each) => sum + height(each), 0);
  const page = document.body.scrollHeight - pictures;
  const text = [...document.querySelectorAll('h1,h2,p,li,td,th,dt,dd,figcaption,footer')]
    .map(each => each.textContent.trim()).join(' ');
  const block = document.createElement('div');
  block.textContent = text;
  document.body.appendChild(block);
  const needed = height(block);
  block.remove();
  return page / needed;
})()"""
# Cells whose words stand one or two letters to the line: taller than three lines, narrower than 3.5 letters.
COLLAPSED = """[...document.querySelectorAll('th, td')].filter(cell => {
  const style = getComputedStyle(cell), size = parseFloat(style.fontSize);
  const inner = cell.clientWidth - parseFloat(style.paddingLeft) - parseFloat(style.paddingRight);
  const range = document.createRange();
  range.selectNodeContents(cell);
  const lines = range.getBoundingClientRect().height / size;
  return lines > 3 * 1.6 && inner < 3.5 * size;
}).map(cell => cell.textContent)"""
BROKEN = """[...document.querySelectorAll('td.number, td.date, time')].filter(each => {
  const range = document.createRange();
  range.selectNodeContents(each);
  return new Set([...range.getClientRects()].map(box => Math.round(box.top))).size > 1;
}).map(each => each.textContent)"""
COLOURS = "[getComputedStyle(document.body).color, getComputedStyle(document.body).backgroundColor]"


@pytest.fixture(scope="module")
def pages(tmp_path_factory):
    log = rfm.datasets.cdnow_sample().query("customer_id <= 500")
    found = find(log, model="mbg-nbd")
    folder = tmp_path_factory.mktemp("pages")
    return {
        code: write_report(found, folder / f"{code}.html", Language.load(code), brand=Brand("Shop", "NT$"))
        for code in LANGUAGES
    }


@pytest.fixture(scope="module")
def browser(tmp_path_factory):
    assert PROGRAM is not None, "RFM_BROWSER=1, but no chromium is on the path"
    place = Path(__file__).with_name("chromium.py")
    spec = importlib.util.spec_from_file_location("chromium_for_tests", place)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    opened = module.Chromium(PROGRAM, tmp_path_factory.mktemp("profile"))
    yield opened
    opened.close()


@pytest.mark.parametrize("language", LANGUAGES)
def test_on_a_phone(pages, browser, language):
    browser.open(pages[language], PHONE)
    assert (
        browser.run("document.documentElement.scrollWidth") == PHONE
    )  # tables scroll inside their own boxes
    assert browser.run(COLLAPSED) == []
    assert browser.run(BROKEN) == []
    assert browser.run(LENGTH) <= LONGEST
    names = "[...document.querySelectorAll('td.word:first-child')].map(each => each.clientWidth)"
    assert min(browser.run(names)) >= 40  # a segment's name can be read
    assert browser.run("Math.min(...[...document.querySelectorAll('td')].map(each => "
                       "parseFloat(getComputedStyle(each).fontSize)))") >= 12  # fmt: skip


def test_light_and_dark(pages, browser):
    seen = []
    for scheme in ("light", "dark"):
        browser.open(pages["en"], scheme=scheme)
        ink, paper = ([int(part) for part in re.findall(r"\d+", each)] for each in browser.run(COLOURS))
        seen.append(sum(paper) / 3)
        assert contrast(ink, paper) > 7
    assert seen[0] > 200 > 60 > seen[1]


def contrast(one, other):
    """The ratio of relative luminances, as WCAG defines it."""

    def luminance(colour):
        parts = [part / 255 for part in colour[:3]]
        linear = [part / 12.92 if part <= 0.03928 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def test_it_asks_the_network_for_nothing_and_breaks_no_policy(pages, browser):
    browser.open(pages["en"])
    told = {name: [] for name in ("Network.requestWillBeSent", "Log.entryAdded", "Runtime.exceptionThrown")}
    for event in browser.events:
        told.setdefault(event.get("method"), []).append(event.get("params"))
    asked = [each["request"]["url"] for each in told["Network.requestWillBeSent"]]
    assert [url for url in asked if not url.startswith(("file:", "data:"))] == []
    assert told["Log.entryAdded"] == told["Runtime.exceptionThrown"] == []


COLUMN = (
    "[...document.querySelectorAll('table')[0].tBodies[0].rows].map(row => row.cells[{place}].textContent)"
)
SORTED = "[...document.querySelectorAll('table')[0].tHead.rows[0].cells].map(head => head.getAttribute('aria-sort'))"


def test_tables_sort_by_a_click_and_by_the_keyboard(pages, browser):
    browser.open(pages["en"])
    as_written = browser.run(COLUMN.format(place=1))
    numbers = [int(text.replace(",", "")) for text in as_written]
    assert numbers != sorted(numbers, reverse=True)
    browser.run("document.querySelectorAll('table')[0].tHead.rows[0].cells[1].firstChild.click()")
    assert browser.run(COLUMN.format(place=1)) == [f"{each:,}" for each in sorted(numbers, reverse=True)]
    assert browser.run(SORTED)[:3] == [None, "descending", None]
    browser.run("document.querySelectorAll('table')[0].tHead.rows[0].cells[1].firstChild.focus()")
    browser.press("Enter")
    assert browser.run(COLUMN.format(place=1)) == [f"{each:,}" for each in sorted(numbers)]
    assert browser.run(SORTED)[1] == "ascending"
    browser.run("document.querySelectorAll('table')[0].tHead.rows[0].cells[0].firstChild.click()")
    names = browser.run(COLUMN.format(place=0))
    assert names == sorted(names, key=str.casefold)
    assert browser.run(SORTED)[:2] == ["ascending", None]


def test_without_script_it_reads_the_same(pages, browser):
    browser.send("Emulation.setScriptExecutionDisabled", value=True)
    try:
        browser.open(pages["en"])
        text = browser.send("DOM.getOuterHTML", nodeId=browser.send("DOM.getDocument")["root"]["nodeId"])[
            "outerHTML"
        ]
    finally:
        browser.send("Emulation.setScriptExecutionDisabled", value=False)
    assert "<button" not in text
    assert ">VIP</td>" in text


TEXTS = "[...document.querySelectorAll('{of}')].map(each => each.textContent)"


@pytest.mark.skipif(shutil.which("pdftotext") is None, reason="no pdftotext on the path")
@pytest.mark.parametrize("language", ["en", "zh-Hant"])
def test_printed_no_heading_is_left_alone_at_the_foot_of_a_page(pages, browser, language, tmp_path):
    browser.open(pages[language], medium="print")
    headings = browser.run(TEXTS.format(of="h2, .caption, dt"))
    browser.open(pages[language])
    (tmp_path / "r.pdf").write_bytes(browser.pdf())
    text = subprocess.run(
        ["pdftotext", "-layout", str(tmp_path / "r.pdf"), "-"], capture_output=True, text=True, check=True
    ).stdout
    sheets = [sheet for sheet in text.split("\f") if sheet.strip()]
    assert 3 <= len(sheets) <= 14

    def plain(line):
        return re.sub(r"\s+", "", line)

    ends = {plain(heading)[-12:] for heading in headings}
    last = [plain(sheet.strip().splitlines()[-1]) for sheet in sheets[:-1]]
    # A figure's caption stands over its picture, which has no text that pdftotext could see; figures are never cut.
    assert [line for line in last if line and line[-12:] in ends] == []
    broken = "[...document.querySelectorAll('figure')].map(each => getComputedStyle(each).breakInside)"
    browser.open(pages[language], medium="print")
    assert set(browser.run(broken)) == {"avoid"}
