import gc
import subprocess
import sys
import weakref

import pandas as pd
from matplotlib.figure import Figure

from rfm.plot._style import dates, picture, titles


def test_without_ax_a_figure_of_nine_by_five_that_shows_itself_and_is_freed():
    with picture(None) as ax:
        titles(ax, "T", x="weeks", y="customers", note="small print")
    assert tuple(ax.figure.get_size_inches()) == (9, 5)
    assert ax._repr_png_().startswith(b"\x89PNG")
    figure = weakref.ref(ax.figure)
    del ax
    gc.collect()
    assert figure() is None


def test_with_ax_the_callers_figure_is_drawn_on():
    figure = Figure()
    mine = figure.add_subplot()
    with picture(mine) as ax:
        assert ax is mine
    assert figure.axes == [mine]


def test_mathematics_in_a_name_is_not_interpreted():
    with picture(None) as ax:
        titles(ax, "cost $x^2$ and _under_", x="$a$", y="$\\frac$")
    ax._repr_png_()
    assert ax.get_xlabel() == "$a$"


def test_pictures_do_not_load_pyplot():
    code = "import sys, rfm.plot, clv.plot; assert 'matplotlib.pyplot' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_few_days_are_labelled_by_day_and_never_by_hour():
    with picture(None) as ax:
        ax.set_xlim(pd.Timestamp("2024-03-01"), pd.Timestamp("2024-03-03"))
        dates(ax.xaxis)
    assert ax.get_xticks().tolist() == [19783, 19784, 19785]
