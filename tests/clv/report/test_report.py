"""The report: one self-contained file with all findings, which executes nothing from the data."""

from __future__ import annotations

import dataclasses
import json
import re
import shutil
import subprocess
import warnings
from html.parser import HTMLParser

import numpy as np
import pandas as pd
import pytest
from matplotlib import pyplot as plt
from matplotlib.dates import ConciseDateFormatter
from matplotlib.text import Text

import clv
import rfm
from clv._checks.finding import Estimate, Finding
from clv._fits.fit_words import BOUNDARY
from clv._report import wording
from clv._report.cautions import Caution
from clv._report.findings import find, rows_until
from clv._report.language import Language
from clv._report.page import Note, Picture, render
from clv._report.pictures import number_months
from clv._report.report import compose, write_report
from clv._report.wording import Wording
from rfm._words import declared

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
        self.script = ""
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        self.tags.append(tag)
        self.attributes.extend(attrs)
        if tag == "span":
            self._foreign = "lang" in dict(attrs)

    def handle_data(self, data):
        if self.lasttag == "script":
            self.script += data
        elif self._foreign:
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
    assert seen.tags.count("script") == 1  # ours, which sorts tables: see test_page
    assert "owned" not in seen.script
    assert HOSTILE in seen.text
    assert not [name for name, _ in seen.attributes if name.startswith("on")]


def test_it_says_what_was_found(seen):
    for words in (
        "2,357",
        "Who they are, and what to do about each",
        "What to do first",
        "Who moved, and why",
        "with a 90% interval of",
        "How far to trust it",
        "Use ",
        "The audit of the log",
        "P(alive)",
        "VIP",
    ):
        assert words in seen.text, words
    assert seen.tags.count("img") == 6
    assert seen.tags.count("table") == 10


@pytest.mark.nightly
def test_the_same_log_gives_the_same_bytes(log, path, tmp_path):
    again = clv.report(log.sample(frac=1, random_state=1), tmp_path / "again.html")
    assert again.read_bytes() == path.read_bytes()


CHINESE = [("zh-Hant", "顧客分析", "忠誠顧客"), ("zh-Hans", "客户分析", "忠诚客户")]
# Names of laws, their parameters, scores and errors of prediction are written alike everywhere; P(alive) is explained.
ALIKE = re.compile(
    r"M?BG/NBD|Pareto/NBD|MBG/CNBD|[Gg]amma-[Gg]amma|(m?bg|pareto)-nbd|P\(alive\)|RMSE|MAE|CLV|VIP|rfm-clv|"
    r"\b(r|a|b|k|p|q|R|F|M|T|alpha|gamma)\b|\d[\d.,]*[kM]|<script>.*?</script>"
)


@pytest.mark.filterwarnings("ignore:No CJK font")  # where none is installed, the pictures stay English
@pytest.mark.parametrize(("language", "title", "segment"), CHINESE)
def test_a_chinese_report_is_chinese_throughout(found, tmp_path, language, title, segment):
    path = write_report(found, tmp_path / "r.html", Language.load(language))
    seen = Elements(path.read_text(encoding="utf-8"))
    assert title in seen.text
    assert segment in seen.text
    assert next(value for name, value in seen.attributes if name == "lang") == language
    words = ALIKE.sub("", seen.text[seen.text.rindex(title) :])
    assert re.findall(r"[A-Za-z]+", words) == []


@pytest.fixture
def drawn(monkeypatch):
    """The texts of all pictures that are put onto a page."""
    texts, draw = [], wording.draw

    def listen(ax, *arguments, **options):
        texts.extend(text.get_text() for text in ax.findobj(Text) if text is not ax.title.axes._left_title)
        return draw(ax, *arguments, **options)

    monkeypatch.setattr(wording, "draw", listen)
    return texts


@pytest.mark.parametrize("language", ["zh-Hant", "zh-Hans"])
def test_pictures_speak_the_language_of_the_report(found, language, drawn, cjk_font):
    compose(found, Language.load(language))
    assert any("購" in text or "购" in text for text in drawn)
    assert re.findall(r"[A-Za-z]+", ALIKE.sub("", "\n".join(drawn))) == []


def test_months_have_no_english_names_in_other_languages():
    _, ax = plt.subplots()
    ax.plot(pd.date_range("2024-01-15", periods=8, freq="31D"), range(8))
    ax.xaxis.set_major_formatter(ConciseDateFormatter(ax.xaxis.get_major_locator()))
    number_months(ax)
    ax.figure.canvas.draw()
    labels = [label.get_text() for label in ax.get_xticklabels()]
    plt.close(ax.figure)
    assert "2024-03" in labels
    assert not re.search("[A-Za-z]", "".join(labels) + ax.xaxis.get_offset_text().get_text())


def marked(text):
    """A text of a language in which each word of ours stands between « and »; what is filled in does not."""
    return re.sub(r"[^{}]+(?![^{]*\})", lambda found: f"«{found[0]}»", text)


FRENCH = {
    "page.title": "«Clients : qui ils sont, qui s’en va»",
    "pictures.matrices.frequency": "«Fréquence : achats répétés»",
}


@pytest.fixture(scope="module")
def french(tmp_path_factory):
    """A language file of Latin letters: some French, and every other text marked."""
    path = tmp_path_factory.mktemp("words") / "fr.toml"
    texts = {key: FRENCH.get(key, marked(text)) for key, text in declared().items()}
    lines = [json.dumps(key.split("."), ensure_ascii=False)[1:-1].replace(", ", ".") for key in texts]
    values = [json.dumps(text, ensure_ascii=False) for text in texts.values()]
    path.write_text("\n".join(map(" = ".join, zip(lines, values, strict=True))), encoding="utf-8")
    return path


def in_french(scheme):
    """A scheme whose segments have labels and actions in the marked language."""
    segments = [
        dataclasses.replace(
            segment, labels={"fr": f"«{segment.name}»"}, actions={"fr": f"«{segment.action}»"}
        )
        for segment in scheme.segments
    ]
    return dataclasses.replace(scheme, segments=tuple(segments))


def ours(text):
    """The words of a text that are neither marked nor written alike everywhere."""
    return re.findall(r"[A-Za-z]+", ALIKE.sub("", re.sub(r"«[^»]*»", "", text)))


def test_a_language_of_ones_own_is_spoken_throughout(found, french, drawn, no_cjk_font, tmp_path):
    """Nothing of ours is left in English, nothing is half said, and no Latin letter asks for a Chinese font."""
    spoken = dataclasses.replace(found, scheme=in_french(found.scheme))
    seen = Elements(
        write_report(spoken, tmp_path / "r.html", Language.load(french)).read_text(encoding="utf-8")
    )
    assert seen.text.count(FRENCH["page.title"]) == 2  # of the browser's window, and of the page
    assert FRENCH["pictures.matrices.frequency"] in drawn
    assert next(value for name, value in seen.attributes if name == "lang") == "fr"
    assert seen.quoted == []
    assert ours(seen.text[seen.text.rindex("«Clients") :]) == []
    assert ours("\n".join(drawn)) == []


def test_one_warning_and_english_pictures_without_a_chinese_font(found, no_cjk_font):
    with pytest.warns(
        UserWarning, match="No CJK font is installed, so the words in the report's pictures"
    ) as caught:
        page = compose(found, Language.load("zh-Hant"))
    assert len(caught) == 1
    english = compose(found)
    assert [p.source for s in page.sections for p in s.pictures] == [
        p.source for s in english.sections for p in s.pictures
    ]
    assert page.title.startswith("顧客")


def test_a_picture_has_its_caption_for_a_title(found):
    ax = rfm.plot.heatmap(found.table)
    title = ax.title.axes._left_title
    picture = Wording.of(Language("en"), found.scheme).draw(ax, "What it shows")
    assert picture.alt == "What it shows"
    assert title.get_text() == ""


@pytest.mark.filterwarnings(
    "ignore::clv.FitWarning"
)  # eight weeks tell little of spend, and the draws say so
def test_a_short_log_says_what_cannot_be_told(tmp_path, french):
    short = rfm.datasets.cdnow_sample()
    short = short[short["date"] < "1997-02-26"]
    written = clv.report(short, tmp_path / "r.html", language=french)
    seen = Elements(written.read_text(encoding="utf-8"))
    assert "too short for a backtest" in seen.text
    assert "shorter than a quarter" in seen.text
    assert seen.quoted == []  # whatever the fits warn of


OFF = BOUNDARY("search stopped", law="bg-nbd", steps="9", gain="0.1")
FEW = "One order makes 92% of the value."  # of a check that is no part of the house, in English everywhere


@pytest.mark.filterwarnings("ignore:No CJK font")
@pytest.mark.parametrize(
    ("language", "lead", "verdict", "off"),
    [
        (
            "en",
            "The fit of the purchase law gave warnings",
            "(no):",
            "bg-nbd: the search stopped after 9 steps",
        ),
        ("zh-Hant", "估計購買模型時有以下提醒", "（不符合）：", "bg-nbd：搜尋在 9 步之後停止"),
        ("zh-Hans", "估计购买模型时有以下提醒", "（不符合）：", "bg-nbd：搜索在 9 步之后停止"),
    ],
)
def test_what_speaks_against_the_values_stands_beside_them(found, monkeypatch, language, lead, verdict, off):
    checks = (
        Finding("a line not yet known", "no", "", Estimate(0.92), FEW, 1),
        Finding("another", "yes", "", Estimate(0.0), "All is well.", 1),
    )
    doubted = dataclasses.replace(found, cautions=(Caution("law", OFF),), checks=checks)
    for name in ("treemap", "heatmap"):
        monkeypatch.setattr(rfm.plot, name, lambda *_, **__: None)
    for name in ("decile_calibration", "p_alive_matrix"):
        monkeypatch.setattr(clv.plot, name, lambda *_, **__: None)
    monkeypatch.setattr(wording.Wording, "draw", lambda _, ax, caption: Picture("data:,", caption))
    spoken = Language.load(language)
    page, words = compose(doubted, spoken), Wording.of(spoken, found.scheme)
    title = words("value.title")
    assert page.notice == words("notice.text", title=title, count="2")
    [value] = [section for section in page.sections if section.title == title]
    [of_fit] = [part for part in value.paragraphs if isinstance(part, Note)]
    [of_checks] = value.notes
    assert of_fit.lead.startswith(lead)
    seen = Elements(render(page))
    result = "\n".join([seen.text, *seen.quoted])
    assert page.notice in seen.text
    assert seen.text.count(off) == result.count(FEW) == 1
    assert result.count("All is well.") == 1  # among the other assumptions
    assert (FEW in seen.quoted) == (language != "en")
    assert [of_checks.lead in seen.text, verdict in seen.text] == [True, True]


def test_a_page_without_doubts_and_without_a_backtest(found):
    bare = dataclasses.replace(
        found,
        table=found.table.assign(p_alive=1.0),
        cautions=(),
        checks=tuple(dataclasses.replace(check, holds="yes") for check in found.checks),
        backtest=None,
    )
    page = compose(bare)
    assert [card.value for card in page.cards if "no customer leaves" in card.label] == ["–"]
    [value] = [section for section in page.sections if section.title == "What they will be worth"]
    assert "No list of customers most at risk" in value.paragraphs[-1]
    assert len(value.tables) == 2
    assert page.notice == ""
    assert not [note for section in page.sections for note in section.notes]
    assert not [part for section in page.sections for part in section.paragraphs if isinstance(part, Note)]
    assert not [note for section in page.sections for shown in section.tables for note in shown.notes]
    assert not [card.caution for card in page.cards if card.caution]
    [trust] = [section for section in page.sections if section.title == "How far to trust it"]
    assert "too short for a backtest" in trust.paragraphs[0]
    assert "continues after 1998-06-30" in trust.paragraphs[0]


def test_the_fits_own_warnings_and_the_logs_checks_are_found(found):
    fits = found.model.purchases.warnings + found.model.spend.warnings
    assert found.cautions_on("law", "spend") == fits
    pd.testing.assert_frame_equal(
        pd.DataFrame([line.row for line in found.checks]), clv.check(found.tx, model="mbg-nbd")
    )
    assert {line.holds for line in found.objections} == {"doubtful"}
    # MBG/NBD lets one-time buyers leave, so that they are no objection to it; to BG/NBD they are.
    plain = dataclasses.replace(found, model=clv.fit(found.tx, "bg-nbd"))
    assert {line.holds for line in plain.objections} == {"no", "doubtful"}


def test_rows_are_rows_and_orders_are_orders(found, log, seen):
    assert (found.rows, found.orders) == (len(log), len(log.drop_duplicates(["customer_id", "date"])))
    assert found.orders < found.rows
    assert f"{found.orders:,} orders in {found.rows:,} rows of the log" in seen.text
    day = pd.Timestamp("1997-09-30")
    assert rows_until(found.tx, (day - pd.Timestamp(0)).days) == (pd.to_datetime(log["date"]) <= day).sum()


def test_the_total_is_said_with_what_its_interval_holds(found, seen):
    assert "as far as its errors on earlier days of the log show" in seen.text
    held = found.model.past_errors.held(0.9)
    assert f"90% intervals held {held.with_errors} with the errors that had been seen by then" in seen.text
    assert f"{held.by_law} by the law alone" in seen.text
    assert "The expected value under the law has a 90% interval of" in seen.text
    tested = found.backtest.table.set_index("model").loc["mbg-nbd"]
    assert (
        f"predicted {tested['predicted']:,.0f} purchases for the time after it, in which {tested['happened']:,.0f}"
        in seen.text
    )


def test_an_unknown_language_is_refused(log, tmp_path):
    with pytest.raises(
        rfm.DataError, match=r"No words in language 'tlh'\. Hint: choose one of en, zh-Hans, zh-Hant"
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
    assert dom.tags.count("script") == 1
    assert HOSTILE in dom.text


@pytest.mark.parametrize("language", ["en", "zh-Hans"])
def test_a_season_is_told_and_drawn(found, language):
    """Its note, the forecast of each month, and the picture of the factors."""
    december = clv.Season.from_factors(pd.Series([1.0] * 11 + [3.0], index=range(1, 13)))
    model = dataclasses.replace(found.model, season=december)
    months = pd.DataFrame(
        {
            "start": pd.to_datetime(["2024-11-01", "2024-12-01"]),
            "end": pd.to_datetime(["2024-11-30", "2024-12-31"]),
            **{name: [1_234.4, 3_700.6] for name in ("purchases", "revenue", "active")},
        }
    )
    seasonal = dataclasses.replace(found, model=model, by_month=months)
    words = Language.load(language)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of fonts
        page, plain = compose(seasonal, words), compose(found, words)
    seen = render(page)
    assert "3,701" in seen
    assert "2024-12-31" in seen
    note = {"en": "The factors of the season were given.", "zh-Hans": "淡旺季的因子是给定的。"}[language]
    assert note in seen
    assert note not in render(plain)
    count = [sum(len(section.pictures) for section in each.sections) for each in (page, plain)]
    assert count[0] == count[1] + 1


def test_where_purchases_depend_on_covariates_there_is_no_one_picture_of_p_alive(found):
    customers = found.model.customers
    web = customers[["customer_id"]].assign(web=np.arange(len(customers)) % 2)
    model = clv.fit_summary(customers, covariates=web, purchase="web")
    sections = compose(dataclasses.replace(found, model=model)).sections
    [value] = [section for section in sections if section.title == "What they will be worth"]
    assert not value.pictures
    assert any("purchase[web]" in str(row) for table in value.tables for row in table.rows)
