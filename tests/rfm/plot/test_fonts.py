import warnings
from pathlib import Path

import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure

from rfm.plot import _fonts as fonts
from rfm.plot._style import picture, titles

CHINESE = "重要客戶 / 重要客户"


class FontList:
    ttflist = ()

    def __init__(self, names):
        self.names = names

    def get_font_names(self):
        return self.names


@pytest.fixture(autouse=True)
def _the_systems_own_fonts_play_no_part(no_cjk_font):
    pass


def test_the_installed_fonts_stand_behind_the_users_own(monkeypatch):
    monkeypatch.setattr(font_manager, "fontManager", FontList(["DejaVu Sans", "SimHei", "PingFang TC"]))
    with picture(None) as ax:
        titles(ax, CHINESE, x="plain")
        ax.title.set_fontfamily(["serif"])
        own = ax._left_title.get_fontfamily()
    assert own == ["sans-serif"]
    assert ax._left_title.get_fontfamily() == ["sans-serif", "PingFang TC", "SimHei"]
    assert ax.xaxis.label.get_fontfamily() == ["sans-serif"]


def test_labels_that_were_there_before_are_served_too(monkeypatch):
    monkeypatch.setattr(font_manager, "fontManager", FontList(["Noto Sans CJK JP"]))
    ax = Figure().add_subplot()
    ax.set_ylabel(CHINESE, fontfamily=["serif"])
    with picture(ax):
        ax.set_yticks([0, 1], ["低", "high"])
    assert ax.yaxis.label.get_fontfamily() == ["serif", "Noto Sans CJK JP"]
    assert [t.get_fontfamily()[-1] for t in ax.get_yticklabels()] == ["Noto Sans CJK JP", "sans-serif"]


def test_one_warning_when_none_is_installed(monkeypatch):
    monkeypatch.setattr(font_manager, "fontManager", FontList(["DejaVu Sans"]))
    expected = r"No CJK font is installed.*Hint: install one"
    with pytest.warns(UserWarning, match=expected) as caught, picture(None) as ax:
        titles(ax, CHINESE, x=CHINESE, y=CHINESE)
    assert len(caught) == 1


def test_no_warning_where_nothing_is_chinese(monkeypatch):
    monkeypatch.setattr(font_manager, "fontManager", FontList([]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with picture(None) as ax:
            titles(ax, "café – größer")


@pytest.mark.parametrize("text", ["重要價值客戶:沉睡、流失", "重要价值客户:沉睡、流失"])
def test_characters_are_drawn_in_the_font_that_has_them(text, cjk_font):
    with picture(None) as ax:
        titles(ax, text)
    assert ax._left_title.get_fontfamily() == ["sans-serif", cjk_font]
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of every glyph it lacks
        ax._repr_png_()


def test_a_font_installed_after_matplotlib_made_its_list_is_found(cjk_font_file, monkeypatch, tmp_path):
    search = []
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    latin = next(
        entry.fname for entry in font_manager.fontManager.ttflist if entry.name == "DejaVu Sans Mono"
    )
    folders = [Path(cjk_font_file).parent, tmp_path]

    def installed(*_, **__):
        search.append(1)
        return [latin, *(str(path) for folder in folders for path in folder.glob("*.ttf"))]

    before = list(font_manager.fontManager.ttflist)
    monkeypatch.setattr(font_manager, "findSystemFonts", installed)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with picture(None) as ax:
            titles(ax, CHINESE)
        ax._repr_png_()
    assert ax._left_title.get_fontfamily() == ["sans-serif", "Noto Sans CJK TC"]
    added = font_manager.fontManager.ttflist[len(before) :]
    assert {entry.name for entry in added} == {"Noto Sans CJK TC"}  # and nothing else changes
    assert search == [1]


def test_the_systems_fonts_are_looked_at_once(monkeypatch):
    search = []
    monkeypatch.setattr(font_manager, "findSystemFonts", lambda *_, **__: search.append(1) or [])
    assert [fonts.cjk_fonts() for _ in range(3)] == [[], [], []]
    assert search == [1]
