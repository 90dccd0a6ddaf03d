"""How customers differ: the law's distribution of purchase rates, and of dropout."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pandas as pd
from matplotlib.axes import Axes

from clv._laws.mixing import Gamma, Mixing
from rfm._options import check_choice
from rfm.errors import DataError
from rfm.plot._colors import ACCENT, PALETTE
from rfm.plot._numbers import number, percent
from rfm.plot._style import picture, titles, units, write_text

from ._sources import PurchaseSource, law_of, unit_of

__all__ = ["heterogeneity", "heterogeneity_data"]

BINS = 40
SHOWN = 0.95  # share of customers whose rates set the axis; the rest are in the last bar


def heterogeneity(
    model: PurchaseSource, of: Literal["purchases", "dropout"] = "purchases", *, ax: Axes | None = None
) -> Axes:
    """Draw the law's distribution of customers over purchase rates, or over the probability (or rate) of leaving.

    Parameters
    ----------
    model : a fitted model, a Fit, or a purchase law
        Whose distributions are drawn; a model or a fit also gives the unit of time.
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
        `of` is unknown, or the law has no such distribution.

    See Also
    --------
    heterogeneity_data : Its numbers.
    clv.Gamma, clv.Beta : The distributions.

    Examples
    --------
    >>> import clv
    >>> ax = clv.plot.heterogeneity(clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426), "dropout")
    >>> ax.get_xlabel()
    'Chance of leaving after a repeat purchase'
    """
    data = heterogeneity_data(model, of)
    mixing = _mixing(model, of)
    (first, second), (a, b) = mixing.names, _values(model, mixing)
    measured_in = law_of(model).measured_in
    second = f"{second}/{measured_in[second]}" if second in measured_in else second
    mean, unbounded = mixing.mean(a, b), isinstance(mixing, Gamma)
    with picture(ax) as ax:
        titles(
            ax,
            f"How customers differ in their {'purchase rate' if of == 'purchases' else 'dropout'}",
            x=str(mixing.label).format(unit=unit_of(model).removesuffix("s")),
            y="Share of customers",
            note=f"{type(mixing).__name__}({first} = {number(a)}, {second} = {number(b)})",
        )
        left, width = data["left"], data["right"] - data["left"]
        ax.bar(left, data["share"], width=0.94 * width, align="edge", color=PALETTE[2])
        top = float(data["share"].max())
        ax.axvline(mean, color=ACCENT, lw=1.4)
        below = mixing.cdf(np.array([mean]), a, b)[0]
        text = f"mean {number(mean)}: {percent(below)} of customers are below"
        right_side = mean > float(data["right"].iloc[-1]) / 2
        write_text(ax, text, (mean, 1.05 * top), offset=(-5, 0) if right_side else (5, 0), color=ACCENT,
            ha="right" if right_side else "left", patch=True)  # fmt: skip
        if unbounded:
            last = data.iloc[-1]
            write_text(ax, f"{number(last['left'])} and more", (last["right"], last["share"]), offset=(0, 4), size=8,
                ha="right", va="bottom")  # fmt: skip
        ax.set(xlim=(0, float(data["right"].iloc[-1])), ylim=(0, 1.12 * top))
        units(ax.xaxis, number)
        units(ax.yaxis, percent)
        ax.xaxis.grid(False)
    return ax


def heterogeneity_data(
    model: PurchaseSource, of: Literal["purchases", "dropout"] = "purchases"
) -> pd.DataFrame:
    """Return the numbers of `heterogeneity`.

    Parameters
    ----------
    model : a fitted model, a Fit, or a purchase law
        Whose distributions are drawn; a model or a fit also gives the unit of time.
    of : {"purchases", "dropout"}
        Which of the law's two distributions.

    Returns
    -------
    pandas.DataFrame
        ``left``, ``right``, ``share``: exact shares of customers; a Gamma's last row holds all above it, so
        the shares sum to one.

    See Also
    --------
    heterogeneity : The picture.

    Examples
    --------
    >>> import clv
    >>> law = clv.BGNBD(r=0.243, alpha=4.414, a=0.793, b=2.426)
    >>> clv.plot.heterogeneity_data(law)["share"].round(3).head(3).tolist()
    [0.466, 0.082, 0.053]
    """
    mixing = _mixing(model, of)
    a, b = _values(model, mixing)
    edges = np.linspace(0.0, mixing.reach(SHOWN, a, b), BINS + 1)
    below = mixing.cdf(edges, a, b)
    below[-1] = 1.0
    return pd.DataFrame({"left": edges[:-1], "right": edges[1:], "share": np.diff(below)})


def _values(model: PurchaseSource, mixing: Mixing) -> tuple[float, float]:
    """The two parameters of the distribution."""
    law = law_of(model)
    logs = dict(zip(law.parameters, law.per_time() @ law.log_parameters, strict=True))
    first, second = (
        float(np.exp(logs[name])) if name in law.measured_in else float(getattr(law, name))
        for name in mixing.names
    )
    return first, second


def _mixing(model: PurchaseSource, of: str) -> Mixing:
    """The law's distribution of purchases or of dropout."""
    law = law_of(model)
    known = {"purchases": "purchase", "dropout": "dropout"}
    check_choice("of", of, tuple(known))
    found: Mixing | None = next((mixing for mixing in law.mixing if mixing.role == known[of]), None)
    if found is None:
        others = " or ".join(
            f'of="{name}"' for name, role in known.items() if any(m.role == role for m in law.mixing)
        )
        raise DataError(f"{law.title} has no distribution of {of}. Hint: {others or 'another law'}.")
    return found
