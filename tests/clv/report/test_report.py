"""The report: one file that needs nothing else, says what was found, and runs nothing that the data hold."""

from __future__ import annotations

import dataclasses
import re
import shutil
import subprocess
import warnings
from html.parser import HTMLParser

import pandas as pd
import pytest
from matplotlib.text import Text

import clv
import rfm
from clv._backtests.baselines import BASELINES
from clv._report import language as wording
from clv._report import pictures as drawing
from clv._report.findings import find, rows_until, total_with_doubts
from clv._report.page import Picture, render
from clv._report.report import compose, write_report
from rfm._orders.verdicts import Verdict

HOSTILE = "<script>document.title='owned'</script>"


class Elements(HTMLParser):
    """What a browser would see: elements, and the text between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str | None]] = []
        self.text = ""
        self.quoted: list[str] = []  # what stands in another language than the page
        self._foreign = False
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.extend(attrs)
        if tag == "span":
            self._foreign = "lang" in dict(attrs)

    def handle_data(self, data):
        if self._foreign:
            self.quoted.append(data)
        else:
            self.text += data + "\n"  # cells do not run together

    def handle_endtag(self, tag):
        self._foreign = self._foreign and tag != "span"


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
    assert any(value and value.startswith("default-src 'none'") for _, value in seen.attributes)
    assert [value for name, value in seen.attributes if name == "lang"] == ["en"]


def test_what_the_data_hold_is_text_and_nothing_runs(seen):
    assert "script" not in seen.tags
    assert HOSTILE in seen.text
    assert not [name for name, _ in seen.attributes if name.startswith("on")]


def test_it_says_what_was_found(seen):
    for words in (
        "2,357",
        "Who they are, and what to do about each",
        "Who moved in the last quarter",
        "with a 90% interval of",
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
    assert next(value for name, value in seen.attributes if name == "lang") == language
    words = ALIKE.sub("", seen.text[seen.text.rindex(title) :])
    assert re.findall(r"[A-Za-z]+", words) == []


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
def test_pictures_speak_the_language_of_the_report(found, language, monkeypatch, cjk_font):
    said, speak = [], drawing.translate

    def listen(ax, *arguments, **options):
        speak(ax, *arguments, **options)
        said.extend(text.get_text() for text in ax.findobj(Text))

    monkeypatch.setattr(drawing, "translate", listen)
    compose(found, language)
    assert any("購" in text or "购" in text for text in said)
    assert re.findall(r"[A-Za-z]+", ALIKE.sub("", "\n".join(said))) == []


def test_one_warning_and_english_pictures_without_a_chinese_font(found, no_cjk_font):
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


OFF = "bg-nbd: the best fit runs off, a to 0; the data read as if nobody leaves."
FEW = "One order makes 92% of the value."


@pytest.mark.filterwarnings("ignore:No CJK font")
@pytest.mark.parametrize(
    ("language", "lead", "verdict"),
    [
        ("en", "The fit has found something", "(no):"),
        ("zh-Hant", "模型估計有以下情形", "（不成立）："),
        ("zh-Hans", "模型估计有以下情形", "（不成立）："),
    ],
)
def test_what_speaks_against_the_values_stands_beside_them(found, monkeypatch, language, lead, verdict):
    checks = pd.DataFrame(
        {
            "check": ["a line not yet known", "another"],
            "holds": ["no", "yes"],
            "finding": [FEW, "All is well."],
        }
    )
    doubted = dataclasses.replace(found, warnings=(OFF,), checks=checks)
    for name in ("treemap", "heatmap"):
        monkeypatch.setattr(rfm.plot, name, lambda *_, **__: None)
    for name in ("decile_calibration", "p_alive_matrix"):
        monkeypatch.setattr(clv.plot, name, lambda *_, **__: None)
    monkeypatch.setattr(wording.Wording, "draw", lambda _, ax, caption: Picture("data:,", caption))
    page = compose(doubted, language)
    title = wording.texts_in(language)["value"]["title"]
    assert page.notice == wording.texts_in(language)["notice"]["text"].format(title=title, count=2)
    [value] = [section for section in page.sections if section.title == title]
    [of_fit, of_checks] = value.notes
    assert of_fit.lead.startswith(lead)
    seen = Elements(render(page))
    said = "\n".join([seen.text, *seen.quoted])
    assert page.notice in seen.text
    assert said.count(OFF) == said.count(FEW) == 1
    assert "All is well." not in said
    assert (OFF in seen.quoted) == (FEW in seen.quoted) == (language != "en")
    assert [of_checks.lead in seen.text, verdict in seen.text] == [True, True]


def test_a_page_without_doubts_and_without_a_backtest(found):
    bare = dataclasses.replace(
        found,
        table=found.table.assign(p_alive=1.0),
        warnings=(),
        checks=found.checks.assign(holds="yes"),
        backtest=None,
    )
    page = compose(bare, "en")
    assert [card.value for card in page.cards if "sees nobody leave" in card.label] == ["–"]
    [value] = [section for section in page.sections if section.title == "What they will be worth"]
    assert "No list of customers most at risk" in value.paragraphs[-1]
    assert len(value.tables) == 2
    assert page.notice == ""
    assert not [note for section in page.sections for note in section.notes]
    [trust] = [section for section in page.sections if section.title == "How far to trust it"]
    assert "too short for a backtest" in trust.paragraphs[0]
    assert "goes on after 1998-06-30" in trust.paragraphs[0]


def test_the_fits_own_warnings_and_the_logs_checks_are_found(found):
    assert found.warnings == found.model.purchases.warnings + found.model.spend.warnings
    pd.testing.assert_frame_equal(found.checks, clv.check(found.tx))
    assert found.objections["holds"].isin(["no", "doubtful"]).all()


def test_what_is_warned_of_the_intervals_goes_on_to_the_page_and_to_the_caller():
    class Doubtful:
        def total(self, **_):
            warnings.warn("The draws say little.", clv.FitWarning, stacklevel=2)
            return pd.DataFrame({"clv": [3.0]})

    with pytest.warns(clv.FitWarning, match="The draws say little"):
        total, doubts = total_with_doubts(Doubtful(), "52W", 0.1)
    assert (total["clv"], doubts) == (3.0, ("The draws say little.",))


def test_rows_are_rows_and_orders_are_orders(found, log, seen):
    assert (found.rows, found.orders) == (len(log), len(log.drop_duplicates(["customer_id", "date"])))
    assert found.orders < found.rows
    assert f"{found.orders:,} orders in {found.rows:,} rows of the log" in seen.text
    day = pd.Timestamp("1997-09-30")
    assert rows_until(found.tx, (day - pd.Timestamp(0)).days) == (pd.to_datetime(log["date"]) <= day).sum()


def test_the_total_is_said_with_what_its_interval_holds(found, seen):
    assert "known to lie" not in seen.text
    assert "The expected value alone has a 90% interval of" in seen.text
    assert (
        "they hold nine times out of ten only where customers buy, spend and leave as the laws say"
        in seen.text
    )
    tested = found.backtest.table.set_index("model").loc["bg-nbd"]
    assert (
        f"foretold {tested['predicted']:,.0f} purchases where {tested['happened']:,.0f} happened" in seen.text
    )


def test_an_unknown_language_is_refused(log, tmp_path):
    with pytest.raises(
        rfm.DataError, match=r"No words in language 'tlh'\. Hint: choose one of en, zh-Hant, zh-Hans"
    ):
        clv.report(log, tmp_path / "r.html", language="tlh")


@pytest.mark.skipif(shutil.which("chromium") is None, reason="no browser: chromium is not on the path")
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


def test_every_check_has_a_chinese_name(found):
    for language in ("zh-Hant", "zh-Hans"):
        assert set(found.checks["check"]) <= set(wording.texts_in(language)["terms"])


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
