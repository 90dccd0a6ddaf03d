import warnings

import pytest
from matplotlib import font_manager
from matplotlib.figure import Figure

from rfm.plot import fonts
from rfm.plot.style import picture, titles

CHINESE = "重要客戶 / 重要客户"


class FontList:
    def __init__(self, names):
        self.names = names

    def get_font_names(self):
        return self.names


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


@pytest.mark.skipif(not fonts.cjk_fonts(), reason="no CJK font is installed here")
@pytest.mark.parametrize("text", ["重要價值客戶:沉睡、流失", "重要价值客户:沉睡、流失"])
def test_an_installed_font_has_the_characters(text):
    with picture(None) as ax:
        titles(ax, text)
    with warnings.catch_warnings():
        warnings.simplefilter("error")  # matplotlib warns of every glyph it lacks
        ax._repr_png_()
