"""How customers differ: the law's distribution of purchase rates, and of dropout."""

from __future__ import annotations

from typing import Any, Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes
from scipy import special

from rfm.errors import DataError
from rfm.plot._colors import ACCENT, PALETTE
from rfm.plot._numbers import number, percent
from rfm.plot._style import picture, say, titles, units

from ._sources import law_of, unit_of

__all__ = ["heterogeneity", "heterogeneity_data"]

BINS = 40
SHOWN = 0.95  # share of customers whose rates set the axis; the rest stand in the last bar

# Of what, by law: the family, its two parameters, and the words. A Gamma rate is a number per unit of time.
_Family = Literal["gamma", "beta"]
_BUYING = "Purchases a {unit} while alive"
_SHAPES: dict[tuple[str, str], tuple[_Family, str, str, str]] = {
    ("bg-nbd", "purchases"): ("gamma", "r", "alpha", _BUYING),
    ("mbg-nbd", "purchases"): ("gamma", "r", "alpha", _BUYING),
    ("pareto-nbd", "purchases"): ("gamma", "r", "alpha", _BUYING),
    ("bg-bb", "purchases"): ("beta", "alpha", "beta", "Chance of a purchase in a period while alive"),
    ("bg-nbd", "dropout"): ("beta", "a", "b", "Chance of leaving after a repeat purchase"),
    ("mbg-nbd", "dropout"): ("beta", "a", "b", "Chance of leaving after any purchase"),
    ("pareto-nbd", "dropout"): ("gamma", "s", "beta", "Rate of leaving a {unit}"),
    ("bg-bb", "dropout"): ("beta", "gamma", "delta", "Chance of leaving before a period"),
}


def heterogeneity(
    model: Any, of: Literal["purchases", "dropout"] = "purchases", *, ax: Axes | None = None
) -> Axes:
    """Draw how the law spreads customers over purchase rates, or over their chance (or rate) of leaving.

    Parameters
    ----------
    model : a fitted model, a Fit, or a purchase law
        Whose distributions are drawn; from a model and a fit comes the time unit.
    of : {"purchases", "dropout"}
        Which of the law's two distributions.
    ax : matplotlib Axes, optional
        Where to draw; by default a new picture.

    Returns
    -------
    matplotlib Axes
        Bars are shares of customers (a density would be infinite at zero for the usual shapes below one); the
        line is the mean.

    Raises
    ------
    DataError
        `of` is unknown.

    Examples
    --------
    >>> import clv
    >>> ax = clv.plot.heterogeneity(clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426), "dropout")
    >>> ax.get_xlabel()
    'Chance of leaving after a repeat purchase'
    """
    data = heterogeneity_data(model, of)
    family, first, second, words = _shape(model, of)
    law = law_of(model)
    a, b = float(getattr(law, first)), float(getattr(law, second))
    mean = a / b if family == "gamma" else a / (a + b)
    with picture(ax) as ax:
        titles(
            ax,
            f"How customers differ in their {'purchase rate' if of == 'purchases' else 'dropout'}",
            x=words.format(unit=unit_of(model).removesuffix("s")),
            y="Share of customers",
            note=f"{family.capitalize()}({first} = {number(a)}, {second} = {number(b)})",
        )
        left, width = data["left"], data["right"] - data["left"]
        ax.bar(left, data["share"], width=0.94 * width, align="edge", color=PALETTE[2])
        top = float(data["share"].max())
        ax.axvline(mean, color=ACCENT, lw=1.4)
        below = _cdf(family, a, b, np.array([mean]))[0]
        text = f"mean {number(mean)}: {percent(below)} of customers lie below"
        right_side = mean > float(data["right"].iloc[-1]) / 2
        say(ax, text, (mean, 1.05 * top), offset=(-5, 0) if right_side else (5, 0), color=ACCENT,
            ha="right" if right_side else "left", patch=True)  # fmt: skip
        if family == "gamma":
            last = data.iloc[-1]
            say(ax, f"{number(last['left'])} and more", (last["right"], last["share"]), offset=(0, 4), size=8,
                ha="right", va="bottom")  # fmt: skip
        ax.set(xlim=(0, float(data["right"].iloc[-1])), ylim=(0, 1.12 * top))
        units(ax.xaxis, number)
        units(ax.yaxis, percent)
        ax.xaxis.grid(False)
    return ax


def heterogeneity_data(model: Any, of: Literal["purchases", "dropout"] = "purchases") -> pd.DataFrame:
    """Return the numbers of `heterogeneity`.

    Parameters
    ----------
    model : a fitted model, a Fit, or a purchase law
        Whose distributions are drawn; from a model and a fit comes the time unit.
    of : {"purchases", "dropout"}
        Which of the law's two distributions.

    Returns
    -------
    pandas.DataFrame
        ``left``, ``right``, ``share``: exact shares of customers; a Gamma's last row holds all above it, so
        the shares sum to one.

    Examples
    --------
    >>> import clv
    >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> clv.plot.heterogeneity_data(law)["share"].round(3).head(3).tolist()
    [0.466, 0.082, 0.053]
    """
    family, first, second, _ = _shape(model, of)
    law = law_of(model)
    a, b = float(getattr(law, first)), float(getattr(law, second))
    # Of a very skewed Gamma, 95% of the customers lie far below the mean, which is to be seen as well.
    end = max(float(special.gammaincinv(a, SHOWN)), 1.2 * a) / b if family == "gamma" else 1.0
    edges = np.linspace(0.0, end, BINS + 1)
    below = _cdf(family, a, b, edges)
    below[-1] = 1.0
    return pd.DataFrame({"left": edges[:-1], "right": edges[1:], "share": np.diff(below)})


def _cdf(family: _Family, a: float, b: float, value: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    below = special.gammainc(a, b * value) if family == "gamma" else special.betainc(a, b, value)
    return np.asarray(below)


def _shape(model: Any, of: str) -> tuple[_Family, str, str, str]:
    name = law_of(model).name
    if (name, of) not in _SHAPES:
        raise DataError(f'Customers differ in of="purchases" or of="dropout", not in of={of!r}.')
    return _SHAPES[name, of]
