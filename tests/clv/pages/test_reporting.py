"""The report: one file that needs nothing else, says what was found, and runs nothing that the data hold."""

from __future__ import annotations

import re
import shutil
import subprocess
from html.parser import HTMLParser
from types import SimpleNamespace

import pytest
from matplotlib import font_manager
from matplotlib.text import Text

import clv
import rfm
from clv.backtests.baselines import BASELINES
from clv.pages import drawing, wording
from clv.pages.findings import find
from clv.pages.reporting import compose, write_report
from rfm.orders.verdicts import Verdict
from rfm.plot.fonts import cjk_fonts

HOSTILE = "<script>document.title='owned'</script>"


class Elements(HTMLParser):
    """What a browser would see: elements, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.extend(attrs)

    def handle_data(self, data):
        self.text += data + "\n"  # cells do not run together


@pytest.fixture(scope="module")
def log():
    sample = rfm.datasets.cdnow_sample()
    best = sample.groupby("customer_id")["amount"].sum().nlargest(3).index
    names = sample["customer_id"].astype(str)
    hostile = names.where(~sample["customer_id"].isin(best), HOSTILE + names)
    return sample[["date", "amount"]].assign(customer_id=hostile)


@pytest.fixture(scope="module")
def found(log):
    return find(log)


@pytest.fixture(scope="module")
def path(found, tmp_path_factory):
    return write_report(found, tmp_path_factory.mktemp("report") / "report.html")


@pytest.fixture(scope="module")
def seen(path):
    return Elements(path.read_text(encoding="utf-8"))


def test_it_is_small_and_needs_nothing_else(path, seen):
    assert path.stat().st_size < 2_000_000
    links = [value for name, value in seen.attributes if name in ("src", "href")]
    assert links
    assert all(link.startswith("data:image/png;base64,") for link in links)
    assert ("http-equiv", "Content-Security-Policy") in seen.attributes
    policy = dict(seen.attributes)
    assert any(value and value.startswith("default-src 'none'") for _, value in seen.attributes)
    assert policy["lang"] == "en"


def test_what_the_data_hold_is_text_and_nothing_runs(seen):
    assert "script" not in seen.tags
    assert HOSTILE in seen.text
    assert not [name for name, _ in seen.attributes if name.startswith("on")]


def test_it_says_what_was_found(seen):
    for words in (
        "2,357",
        "Who they are, and what to do about each",
        "Who moved in the last quarter",
        "with 90%",
        "How far to trust it",
        "Use ",
        "The audit of the log",
        "P(alive)",
        "VIP",
    ):
        assert words in seen.text, words
    assert seen.tags.count("img") == 4
    assert seen.tags.count("table") == 7


def test_the_same_log_gives_the_same_bytes(log, path, tmp_path):
    again = clv.report(log.sample(frac=1, random_state=1), tmp_path / "again.html")
    assert again.read_bytes() == path.read_bytes()


CHINESE = [("zh-Hant", "他們是誰", "忠誠顧客"), ("zh-Hans", "他们是谁", "忠诚客户")]
# Names of laws, their parameters and errors of prediction are written alike everywhere; `recency` and `frequency` are
# explained; examples are the data's own.
ALIKE = re.compile(
    r"BG/NBD|[Gg]amma-[Gg]amma|(m?bg|pareto)-nbd|P\(alive\)|RMSE|MAE|CLV|RFM|VIP|recency|frequency|rfm-clv|"
    r"\b(r|a|b|p|q|R|F|T|alpha|gamma)\b|\d[\d.,]*[kM]|<script>.*?</script>|\d+ on \d{4}[^;]*;?"
)


@pytest.mark.filterwarnings("ignore:No CJK font")  # where none is installed, the pictures stay English
@pytest.mark.parametrize(("language", "title", "segment"), CHINESE)
def test_a_chinese_report_is_chinese_throughout(found, tmp_path, language, title, segment):
    path = write_report(found, tmp_path / "r.html", language=language)
    seen = Elements(path.read_text(encoding="utf-8"))
    assert title in seen.text
    assert segment in seen.text
    assert dict(seen.attributes)["lang"] == language
    words = ALIKE.sub("", seen.text[seen.text.rindex(title) :])
    assert re.findall(r"[A-Za-z]+", words) == []


@pytest.mark.skipif(not cjk_fonts(), reason="no CJK font is installed here")
@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
def test_pictures_speak_the_language_of_the_report(found, language, monkeypatch):
    said, speak = [], drawing.translate

    def listen(ax, *arguments, **options):
        speak(ax, *arguments, **options)
        said.extend(text.get_text() for text in ax.findobj(Text))

    monkeypatch.setattr(drawing, "translate", listen)
    compose(found, language)
    assert any("購" in text or "购" in text for text in said)
    assert re.findall(r"[A-Za-z]+", ALIKE.sub("", "\n".join(said))) == []


def test_one_warning_and_english_pictures_without_a_chinese_font(found, monkeypatch):
    monkeypatch.setattr(font_manager, "fontManager", SimpleNamespace(get_font_names=list))
    with pytest.warns(
        UserWarning, match="No CJK font is installed, so the words in the report's pictures"
    ) as caught:
        page = compose(found, "zh-Hant")
    assert len(caught) == 1
    english = compose(found, "en")
    assert [p.source for s in page.sections for p in s.pictures] == [
        p.source for s in english.sections for p in s.pictures
    ]
    assert page.title.startswith("顧客")


def test_a_picture_has_its_caption_for_a_title(found):
    ax = rfm.plot.heatmap(found.table)
    title = ax.title.axes._left_title
    picture = wording.Wording.of("en", found.scheme).draw(ax, "What it shows")
    assert picture.alt == "What it shows"
    assert title.get_text() == ""


@pytest.mark.filterwarnings("ignore::clv.FitWarning")  # ten weeks tell little of spend, and the draws say so
def test_a_short_log_says_what_cannot_be_told(tmp_path):
    short = rfm.datasets.cdnow_sample()
    short = short[short["date"] < "1997-03-15"]
    seen = Elements(clv.report(short, tmp_path / "r.html").read_text(encoding="utf-8"))
    assert "too short for a backtest" in seen.text
    assert "shorter than a quarter" in seen.text


def test_an_unknown_language_is_refused(log, tmp_path):
    with pytest.raises(
        rfm.DataError, match=r"No words in language 'tlh'\. Hint: choose one of en, zh-Hant, zh-Hans"
    ):
        clv.report(log, tmp_path / "r.html", language="tlh")


@pytest.mark.skipif(shutil.which("chromium") is None, reason="chromium is not installed")
def test_a_browser_shows_it_and_runs_nothing(path, tmp_path):
    run = subprocess.run(
        ["chromium", "--headless", "--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run",
         "--disable-background-networking", "--disable-component-update", "--disable-sync", "--dump-dom",
         f"--user-data-dir={tmp_path}", path.as_uri()],
        capture_output=True, text=True, timeout=120, check=True,
    )  # fmt: skip
    dom = Elements(run.stdout)
    assert "owned" not in run.stdout.partition("</title>")[0]
    assert "script" not in dom.tags
    assert HOSTILE in dom.text


def test_every_language_has_the_same_words():
    def keys(table, prefix=""):
        if isinstance(table, list):
            return {prefix + str(len(table))}
        if isinstance(table, dict):
            return set().union(*(keys(value, f"{prefix}.{name}") for name, value in table.items()))
        return {prefix}

    english, traditional, simplified = (
        wording.texts_in(language) for language in ("en", "zh-Hant", "zh-Hans")
    )
    assert keys(traditional) == keys(simplified)
    assert keys(english) == {key for key in keys(traditional) if not key.startswith(".terms.")}


def test_every_rule_of_the_audit_has_a_chinese_name():
    rules = {
        verdict.rule for verdict in Verdict if verdict.name not in ("UNDECIDED_DATE", "AMOUNT_TOO_LARGE")
    }
    rules |= {
        "kept",
        "dropped",
        "informs",
        "duplicate row",
        "duplicate row kept",
        "return netted",
        "amount rounded",
    }
    rules |= {"order merged into its day", "customer with refunds only", *BASELINES, "law", "baseline"}
    for language in ("zh-Hant", "zh-Hans"):
        assert rules <= set(wording.texts_in(language)["terms"])
